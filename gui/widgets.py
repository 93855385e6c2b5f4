"""Small parts every page is made of: labels, buttons, cards, figures, choices, banners, the empty state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QCheckBox,
    QComboBox,
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

from gui.icons import icon, pixmap
from gui.theme import colours, px, tokens

T = TypeVar("T")


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
    made.setToolTip(tip)
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
    made.setToolTip(name)
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
        self.setToolTip(self.text() if shown != self.text() else "")


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


class Segmented(QFrame, Generic[T]):
    """One of a few, side by side: Tab enters at the chosen one, arrows move."""

    picked = Signal(object)

    def __init__(self, items: Sequence[tuple[T, str]], name: str) -> None:
        super().__init__()
        self.setObjectName("segments")
        box = QHBoxLayout(self)
        box.setContentsMargins(3, 3, 3, 3)
        box.setSpacing(2)
        self._group = QButtonGroup(self)
        self._values = [value for value, _text in items]
        for number, (_value, text) in enumerate(items):
            box.addWidget(self._segment(number, text, name))
        self._group.idClicked.connect(lambda number: self.picked.emit(self._values[number]))
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    @property
    def value(self) -> T:
        return self._values[max(0, self._group.checkedId())]

    def choose(self, value: T) -> None:
        """Show ``value`` as chosen, without a signal."""
        self._group.button(self._values.index(value)).setChecked(True)

    def _segment(self, number: int, text: str, name: str) -> QPushButton:
        made = QPushButton(text)
        made.setObjectName("segment")
        made.setAccessibleName(f"{name}: {text}")  # a frame's own name is not in the AT-SPI tree
        made.setCheckable(True)
        made.setChecked(number == 0)
        made.setAutoDefault(False)
        self._group.addButton(made, number)
        return made


class Check(QCheckBox):
    """Fusion's box is small and pale: painted here, behaviour and accessibility stay Qt's."""

    def __init__(self, text: str, *, on: bool = False) -> None:
        super().__init__(text)
        self.setChecked(on)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + px(38), px(26))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, at: QPoint) -> bool:
        return self.rect().contains(at)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, ink, on = QPainter(self), colours(), self.isChecked()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = float(px(17))
        box = QRectF(2.7, (self.height() - side) / 2, side, side)
        painter.setPen(QPen(ink["accent" if on else "edge"], 1.4))
        painter.setBrush(ink["accent" if on else "surface"])
        painter.drawRoundedRect(box, 5, 5)
        if on:
            mark = pixmap("check", tokens()["on_accent"], px(13), self.devicePixelRatioF())
            painter.drawPixmap(QPoint(int(box.x()) + px(2), int(box.y()) + px(2)), mark)
        if self.property("ring"):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(ink["accent"], 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.setPen(ink["text" if self.isEnabled() else "text3"])
        painter.drawText(self.rect().adjusted(px(30), 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), self.text())


class Combo(QComboBox):
    """A drop-down list with a name; its pop-up is a node of its own for screen readers and has the name too."""

    def __init__(self, name: str, items: Sequence[str] = ()) -> None:
        super().__init__()
        self.addItems(list(items))
        self.setAccessibleName(name)
        self.view().setAccessibleName(name)
        self.setMinimumContentsLength(8)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def allow_typing(self) -> None:
        """Something that is not in the list may be typed."""
        self.setEditable(True)
        if (field := self.lineEdit()) is not None:
            field.setAccessibleName(self.accessibleName())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = px(16)
        mark = pixmap("chevron-down", tokens()["text2"], side, self.devicePixelRatioF())
        QPainter(self).drawPixmap(QPoint(self.width() - side - 9, (self.height() - side) // 2), mark)


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
