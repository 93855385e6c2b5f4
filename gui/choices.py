"""What a person chooses with: one of a few side by side, a tick, a list that drops down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QComboBox, QFrame, QHBoxLayout, QPushButton, QSizePolicy

from gui.icons import pixmap
from gui.theme import colours, px, tokens

T = TypeVar("T")


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
        # Qt leaves Tab with the one that was clicked last; one that was chosen by the program must get it too
        made.toggled.connect(lambda on: made.setFocusPolicy(Qt.FocusPolicy.StrongFocus if on else Qt.FocusPolicy.ClickFocus))
        made.setFocusPolicy(Qt.FocusPolicy.StrongFocus if number == 0 else Qt.FocusPolicy.ClickFocus)
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
