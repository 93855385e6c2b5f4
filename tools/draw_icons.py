"""Draws the ribbon's icons (64 x 64 PNG): `python tools/draw_icons.py`. The pictures are committed; the build reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

SIZE = 64
BLUE, RED, INK, GOLD = QColor("#2F4B7C"), QColor("#B3362A"), QColor("#3E4C59"), QColor("#B7791F")
Draw = Callable[[QPainter], None]


def main() -> None:
    """Write every icon into addin/ribbon."""
    folder = Path(__file__).resolve().parents[1] / "addin" / "ribbon"
    for name, draw in ICONS.items():
        image = QImage(SIZE, SIZE, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw(painter)
        painter.end()
        image.save(str(folder / f"{name}.png"), "PNG")  # type: ignore[call-overload]


def _pen(colour: QColor, width: float) -> QPen:
    return QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def phone(painter: QPainter, left: float = 14, top: float = 4, height: float = 56) -> None:
    """A mobile phone."""
    width = height * 0.62
    painter.setPen(_pen(BLUE, 4.5))
    painter.setBrush(QColor("#FFFFFF"))
    painter.drawRoundedRect(QRectF(left, top + 2, width, height - 4), 6, 6)
    painter.drawLine(QPointF(left + width * 0.38, top + height - 10), QPointF(left + width * 0.62, top + height - 10))


def letter(painter: QPainter, left: float = 6, top: float = 14, width: float = 52) -> None:
    """An envelope."""
    height = width * 0.7
    painter.setPen(_pen(BLUE, 4.5))
    painter.setBrush(QColor("#FFFFFF"))
    painter.drawRoundedRect(QRectF(left, top, width, height), 4, 4)
    fold = QPainterPath(QPointF(left + 2, top + 4))
    fold.lineTo(left + width / 2, top + height * 0.55)
    fold.lineTo(left + width - 2, top + 4)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(fold)


def both(painter: QPainter) -> None:
    phone(painter, 6, 3, 46)
    letter(painter, 24, 32, 36)


def stop(painter: QPainter) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(RED)
    painter.drawRoundedRect(QRectF(12, 12, 40, 40), 7, 7)


def undo(painter: QPainter) -> None:
    """An arrow that turns back."""
    painter.setPen(_pen(INK, 6))
    path = QPainterPath(QPointF(24, 10))
    path.lineTo(10, 24)
    path.lineTo(24, 38)
    path.moveTo(12, 24)
    path.lineTo(38, 24)
    path.arcTo(QRectF(22, 24, 32, 30), 90, -180)
    path.lineTo(22, 54)
    painter.drawPath(path)


def keys(painter: QPainter) -> None:
    painter.setPen(_pen(GOLD, 6))
    painter.drawEllipse(QPointF(20, 42), 12, 12)
    path = QPainterPath(QPointF(29, 33))
    path.lineTo(54, 8)
    path.moveTo(45, 17)
    path.lineTo(54, 26)
    path.moveTo(37, 25)
    path.lineTo(43, 31)
    painter.drawPath(path)


ICONS: dict[str, Draw] = {
    "lushaPhonesIcon": phone,
    "lushaEmailsIcon": letter,
    "lushaBothIcon": both,
    "lushaStopIcon": stop,
    "lushaUndoIcon": undo,
    "lushaKeysIcon": keys,
}

if __name__ == "__main__":
    main()
