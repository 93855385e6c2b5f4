"""Practice mode of the window: starts the pretend Lusha, opens its home, and comes back to the person's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFrame

from core.errors import EnrichError
from core.settings import Settings
from gui.basics import Glyph, button, label, row

if TYPE_CHECKING:
    from core.keys.vault import Vault
    from gui.page import Surroundings
    from gui.practice import PracticeServer, Started

PRACTICE_LINE = "Practice mode. Nothing is sent to Lusha."
Opener = Callable[[Settings, "Vault | None"], None]


class Practising(QObject):
    """``own`` is the home the window was started with; ``close`` and ``open`` change the one that is shown."""

    def __init__(
        self, parent: QObject, around: Surroundings, own: Settings, vault: Vault | None, close: Callable[[], None], open: Opener
    ) -> None:
        super().__init__(parent)
        self._around, self._own, self._vault, self._close, self._open = around, own, vault, close, open
        self._server: PracticeServer | None = None

    def keep(self, settings: Settings) -> None:
        """Settings were changed: when they are those of the person's own home, it is come back to with them."""
        if (settings.origin, settings.home) == (self._own.origin, self._own.home):
            self._own = settings

    @property
    def is_on(self) -> bool:
        """Practice is shown instead of the person's own home."""
        shown = self._around.desk().settings
        return shown.origin == "practice" and shown.home != self._own.home

    def begin(self) -> None:
        """Start a pretend Lusha with keys and people of its own; while it is there, its list is opened again."""
        from gui.practice import LIST, PracticeServer  # noqa: PLC0415  # only who practises needs it

        if self.is_on:
            self._around.open_file(str(self._around.desk().settings.home / LIST))
            return
        self.end()
        self._server = PracticeServer(self)
        self._server.started.connect(self._go)
        self._server.ended.connect(self._lost)
        self._server.start()

    def leave(self) -> bool:
        """Back to the person's own home; False when the whole window was started in practice."""
        if self._around.desk().settings.home == self._own.home:
            self._around.trouble(EnrichError("This window was started in practice", "Start it without LUSHA_ENRICH_API_URL."))
            return False
        self._close()
        self.end()
        self._open(self._own, self._vault)
        return True

    def end(self) -> None:
        """Stop the pretend Lusha, if it runs."""
        if self._server is not None:
            self._server.close()

    def _go(self, started: Started) -> None:
        from core.keys.vault import MemoryVault  # noqa: PLC0415  # only who practises needs it
        from gui import practice  # noqa: PLC0415  # as above

        self._close()
        try:
            listed = practice.make_ready(self._own)
        except EnrichError as error:
            self._open(self._own, self._vault)
            self._around.trouble(error)
            return
        self._open(practice.settings_of(self._own, started.url), MemoryVault())
        self._around.ask(practice.add_practice_keys(started.keys), lambda _: self._around.open_file(str(listed)))

    def _lost(self) -> None:
        self._around.trouble(EnrichError("Practice has ended", "The pretend Lusha is not running. Start practice again."))


def practice_line(leave: Callable[[], None]) -> QFrame:
    """The line over every page while practice lasts; hidden at first."""
    made = QFrame()
    made.setObjectName("practice")
    way_out = button("Leave practice", "ghost", do=leave)
    made.setLayout(row(16, Glyph("flask-conical", "exhausted", "", 24, 16), label(PRACTICE_LINE), None, way_out, 8))
    made.hide()
    return made
