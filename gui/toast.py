"""A short word at the lower edge: one at a time, never takes the focus, read out, with Undo where that makes sense."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from gui.basics import Glyph, button, label
from gui.theme import px

SHOWN_MS, WITH_UNDO_MS = 4500, 8000


class Toast(QFrame):
    """Lies over ``parent``; Ctrl+Z is Undo while it offers one (the window has the key)."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self.setObjectName("toast")
        box = QHBoxLayout(self)
        box.setContentsMargins(14, 9, 12, 9)
        box.setSpacing(10)
        self._mark, self.text = Glyph("circle-check", "bg", "", 18, 17), label()
        self.undo = button("Undo", tip="Ctrl+Z", do=self.take_back)
        box.addWidget(self._mark)
        box.addWidget(self.text)
        box.addWidget(self.undo)
        self._undo: Callable[[], None] | None = None
        self._later: tuple[str, bool] | None = None
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._over_now)
        self.hide()

    def say(self, text: str, good: bool, undo: Callable[[], None] | None = None) -> None:
        from PySide6.QtGui import QAccessible, QAccessibleEvent  # noqa: PLC0415  # not at start

        self._mark.name, self._undo = "circle-check" if good else "triangle-alert", undo
        self.text.setText(text)
        self.undo.setVisible(undo is not None)
        self.setAccessibleName(text)
        self.adjustSize()
        self.place()
        self.show()
        self.raise_()
        self._timer.start(WITH_UNDO_MS if undo else SHOWN_MS)
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def tell(self, text: str, good: bool) -> None:
        """Something nobody asked for: it waits while an undo is offered, so that it is not taken away."""
        if self.isVisible() and self._undo is not None:
            self._later = (text, good)
        else:
            self.say(text, good)

    def take_back(self) -> None:
        """Carry out the undo that is offered, if any."""
        undo, self._undo = self._undo, None
        if undo is not None and self.isVisible():
            self.hide()
            undo()

    def _over_now(self) -> None:
        self.hide()
        self._undo, later, self._later = None, self._later, None
        if later is not None:
            self.say(*later)

    def place(self) -> None:
        self.move((self._over.width() - self.width()) // 2, self._over.height() - self.height() - px(14))
