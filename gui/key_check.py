"""Checking keys: a run of its own, because Lusha is asked slowly; the button says how far it is and stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QPushButton

from core.errors import EnrichError
from core.model import Key
from gui import actions
from gui.page import Surroundings
from gui.widgets import rename
from gui.worker import Run

if TYPE_CHECKING:
    from core.engine.checked import KeyChecked

_IDLE = "Check all"


class KeyCheck(QObject):
    """One check at a time; ``ended`` brings what it came to."""

    ended = Signal(object)

    def __init__(self, parent: QObject, around: Surroundings, shown: QPushButton) -> None:
        super().__init__(parent)
        self._around, self._button = around, shown
        self._run: Run | None = None

    def start(self, keys: list[Key]) -> None:
        """Ask for the balance of these keys; while a check goes on this stops it instead."""
        if self._run is not None and self._run.running:
            self._run.stop()
        elif keys:
            desk = self._around.desk()
            self._run = Run(desk.settings, desk.vault, actions.check([key.id for key in keys]))
            self._run.events.connect(self._goes_on)
            self._run.ended.connect(self._done)
            self._run.troubled.connect(self._refused)
            self._run.crashed.connect(desk.crashed.emit)
            rename(self._button, "Stop checking")
            self._run.start()

    def close(self) -> None:
        """The window ends: no key is asked any more."""
        if self._run is not None:
            self._run.stop()
            self._run.wait(2.0)

    def _goes_on(self, events: list[object]) -> None:
        asked = [event for event in events if hasattr(event, "ordinal")]
        if asked:
            rename(self._button, f"Checking {getattr(asked[-1], 'ordinal', 0)} of {getattr(asked[-1], 'of', 0)} – stop")

    def _done(self, outcomes: tuple[KeyChecked, ...]) -> None:
        rename(self._button, _IDLE)
        self._around.say(actions.checked(outcomes), True, None)
        self.ended.emit(outcomes)

    def _refused(self, error: EnrichError) -> None:
        rename(self._button, _IDLE)
        self._around.trouble(error)
