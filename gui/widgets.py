"""Small parts every page is made of: cards, figures, banners, the empty state; also the `basics` and the `choices`."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLayout, QPushButton, QSpinBox, QVBoxLayout, QWidget

from gui.basics import Elided, Glyph, button, column, label, rename, row, tool
from gui.choices import Check, Combo, Segmented
from gui.theme import px

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


def number(name: str, value: int, most: int, *, zero: str = "") -> QSpinBox:
    """A whole number; ``zero`` is shown in place of 0."""
    made = QSpinBox()
    made.setMaximum(most)
    made.setSpecialValueText(zero)
    made.setValue(value)
    made.setAccessibleName(name)
    made.setFixedWidth(px(120))
    made.lineEdit().setTextMargins(px(8), 0, px(4), 0)  # the style sheet's padding does not reach it
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


class Card(QFrame):
    """A white box; ``box`` takes what is in it."""

    def __init__(self, pad: int = 20, spacing: int = 8) -> None:
        super().__init__()
        self.setObjectName("card")
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(pad, pad, pad, pad)
        self.box.setSpacing(spacing)


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

    def tone(self, tone: str) -> None:
        """Another colour of the icon."""
        self.glyph.role, self.glyph.tile = tone, f"{tone}_bg"
        self.glyph.update()


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
