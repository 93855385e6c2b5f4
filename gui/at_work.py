"""A dialog that stays while something is removed, on a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QDialog, QProgressBar, QWidget

from gui.theme import px
from gui.widgets import column, label
from gui.worker import Task, Trouble


class AtWork(QDialog):
    """Shown while something is removed; it cannot be closed, for half of it helps nobody.

    ``then`` gets the result, ``trouble`` what refused it, ``crashed`` a mistake of ours; all on the screen's thread.
    """

    def __init__(self, parent: QWidget, title: str, text: str, work: Callable[[], Any]) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(px(420))
        self.setAccessibleDescription(text)
        bar = QProgressBar()
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setAccessibleName(title)
        whole = column(label(f"{title}…", "h2"), label(text, "soft", wrap=True), bar, spacing=10)
        whole.setContentsMargins(24, 22, 24, 22)
        self.setLayout(whole)
        self._task = Task(work, self)

    def start(self, then: Callable[[Any], object], trouble: Trouble, crashed: Callable[[BaseException], object]) -> None:
        for signal, told in ((self._task.done, then), (self._task.refused, trouble), (self._task.crashed, crashed)):
            signal.connect(self._ended(told))
        self.open()
        self._task.start()

    def _ended(self, told: Callable[[Any], object]) -> Callable[[object], None]:
        def end(result: object) -> None:
            self.accept()
            told(result)

        return end

    def reject(self) -> None:
        """Esc does nothing."""
