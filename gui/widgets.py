"""Small parts every page is made of: labels, buttons, cards, figures, banners, the empty state; also the `choices`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.choices import Check, Combo, Segmented
from gui.icons import icon, pixmap
from gui.theme import colours, px, tokens
from gui.tips import plain_tip

__all__ = [
    "Banner",
    "Card",
    "Check",
    "Combo",
    "Elided",
    "Empty",
    "Figure",
    "Glyph",
    "Segmented",
    "button",
    "centred",
    "clear",
    "column",
    "label",
    "number",
    "rename",
    "row",
    "tool",
]


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


def number(name: str, value: int, most: int, *, zero: str = "") -> QSpinBox:
    """A whole number; ``zero`` is shown in place of 0."""
    made = QSpinBox()
    made.setMaximum(most)
    made.setSpecialValueText(zero)
    made.setValue(value)
    made.setAccessibleName(name)
    made.setFixedWidth(px(120))
    made.lineEdit().setTextMargins(px(8), 0, 0, 0)  # the style sheet's padding does not reach it
    return made


def centred(text: str, width: int = 420) -> QHBoxLayout:
    """A wrapped text in the middle. With an alignment flag it would be cut to one line, so it gets a fixed width."""
    body = label(text, "sub", wrap=True)
    body.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    body.setFixedWidth(px(width))
    return row(None, body, None)


def clear(box: QLayout) -> None:
    """Remove everything from a layout."""
    while (item := box.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)


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


class Card(QFrame):
    """A white box; ``box`` takes what is in it."""

    def __init__(self, pad: int = 20, spacing: int = 8) -> None:
        super().__init__()
        self.setObjectName("card")
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(pad, pad, pad, pad)
        self.box.setSpacing(spacing)


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


class Figure(Card):
    """Title, number, one line of meaning; the accessible name reads all three."""

    def __init__(self, title: str, glyph: str, tone: str = "info") -> None:
        super().__init__(0, 0)
        self.box.setContentsMargins(16, 13, 16, 13)
        self._title, self.value, self.note = title, label("–", "figure"), Elided("", "small")
        self.glyph = Glyph(glyph, tone, f"{tone}_bg", 34, 18)
        grid = QGridLayout()
        grid.setSpacing(1)
        grid.addWidget(label(title, "small"), 0, 0)
        grid.addWidget(self.value, 1, 0)
        grid.addWidget(self.glyph, 0, 1, 2, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.note, 2, 0, 1, 2)  # under both, so that the note has the whole width
        grid.setColumnStretch(0, 1)
        self.box.addLayout(grid)

    def say(self, value: str, note: str) -> None:
        self.value.setText(value)
        self.note.setText(note)
        self.setAccessibleName(f"{self._title}: {value}. {note}")


class Empty(QWidget):
    """Nothing here yet: what it means and the one thing to do."""

    def __init__(self, glyph: str, title: str, text: str, *actions: QPushButton) -> None:
        super().__init__()
        box = QVBoxLayout(self)
        box.addStretch(2)
        box.addWidget(Glyph(glyph, size=64, inner=30), 0, Qt.AlignmentFlag.AlignHCenter)
        box.addSpacing(12)
        box.addWidget(label(title, "h2"), 0, Qt.AlignmentFlag.AlignHCenter)
        box.addSpacing(4)
        box.addLayout(centred(text))
        if actions:
            box.addSpacing(14)
            box.addLayout(row(None, *actions, None))
        box.addStretch(3)


class Banner(QFrame):
    """Something the person should know now, with what can be done about it."""

    def __init__(self, tone: str, first: str, second: str, *actions: QPushButton) -> None:
        super().__init__()
        self.setObjectName("banner")
        self.setProperty("tone", tone)
        self.setAccessibleName(f"{first} {second}")
        self.said = (first, second)
        box = QHBoxLayout(self)
        box.setContentsMargins(14, 9, 8, 9)
        box.setSpacing(10)
        box.addWidget(Glyph("triangle-alert", tone, "", 20, 18), 0, Qt.AlignmentFlag.AlignTop)
        words = column(label(first, "strong", wrap=True), spacing=1)
        if second:
            words.addWidget(label(second, wrap=True))
        box.addLayout(words, 1)
        for action in actions:
            box.addWidget(action)
