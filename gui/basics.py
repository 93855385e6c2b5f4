"""What the frame of the window is made of, and nothing more, for it is loaded before the first paint; `widgets` offers it too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.icons import icon, pixmap
from gui.theme import colours, px, tokens
from gui.tips import plain_tip


def label(text: str = "", name: str = "", *, wrap: bool = False) -> QLabel:
    """Plain text always: a prospect's name is no markup."""
    made = QLabel(text)
    made.setObjectName(name)
    made.setWordWrap(wrap)
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made


def button(text: str, kind: str = "", glyph: str = "", tip: str = "", do: Callable[[], object] | None = None) -> QPushButton:
    """``kind`` is primary, danger, ghost or nothing."""
    made = QPushButton(f" {text}" if glyph else text)
    made.setAccessibleName(text)
    made.setProperty("kind", kind)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setAutoDefault(True)  # Enter presses it too, not only the space bar
    made.setToolTip(plain_tip(tip))
    if glyph:
        made.setIcon(icon(glyph, {"primary": "on_accent", "ghost": "accent_text", "danger": "invalid"}.get(kind, "text2")))
        made.setIconSize(QSize(px(16), px(16)))
    if do is not None:
        made.clicked.connect(lambda _on=False: do())
    return made


def rename(made: QPushButton, text: str) -> None:
    """Change a button's words, for eyes and for screen readers."""
    made.setText(f" {text}" if not made.icon().isNull() else text)
    made.setAccessibleName(text)


def tool(glyph: str, name: str, do: Callable[[], object] | None = None) -> QToolButton:
    made = QToolButton()
    made.setIcon(icon(glyph))
    made.setIconSize(QSize(px(18), px(18)))
    made.setMinimumSize(px(34), px(32))
    made.setAccessibleName(name)
    made.setToolTip(plain_tip(name))
    if do is not None:
        made.clicked.connect(lambda _on=False: do())
    return made


def row(*parts: QWidget | QLayout | int | None, spacing: int = 8) -> QHBoxLayout:
    """Parts side by side; a number is a gap, None the room that is left."""
    return _fill(QHBoxLayout(), parts, spacing)


def column(*parts: QWidget | QLayout | int | None, spacing: int = 8) -> QVBoxLayout:
    return _fill(QVBoxLayout(), parts, spacing)


Box = TypeVar("Box", bound=QBoxLayout)


def _fill(box: Box, parts: Sequence[QWidget | QLayout | int | None], spacing: int) -> Box:
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(spacing)
    for part in parts:
        match part:
            case QWidget():
                box.addWidget(part)
            case QLayout():
                box.addLayout(part)
            case int():
                box.addSpacing(part)
            case None:
                box.addStretch()
    return box


class Elided(QLabel):
    """Gives way with an ellipsis and keeps the whole text in the tool tip."""

    def __init__(self, text: str = "", name: str = "") -> None:
        super().__init__(text)
        self.setObjectName(name)
        self.setMinimumWidth(px(40))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self.palette().color(self.foregroundRole()))
        shown = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter), shown)
        self.setToolTip(plain_tip(self.text()) if shown != self.text() else "")


class Glyph(QWidget):
    """An icon on a tinted tile, painted so that it follows a theme switch. ``tile`` empty: no tile."""

    def __init__(self, name: str, role: str = "accent_text", tile: str = "accent_soft", size: int = 36, inner: int = 18) -> None:
        super().__init__()
        self.name, self.role, self.tile, self._inner = name, role, tile, px(inner)
        self.setFixedSize(px(size), px(size))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.tile:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours()[self.tile])
            painter.drawRoundedRect(self.rect(), self.width() * 0.28, self.width() * 0.28)
        at = (self.width() - self._inner) // 2
        drawn = pixmap(self.name, tokens()[self.role], self._inner, self.devicePixelRatioF())
        painter.drawPixmap(QPoint(at, at), drawn)
