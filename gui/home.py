"""The home that is open: its desk, its watcher and what its key store says. One object for each time it is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from core.errors import EnrichError, KeyStoreTrouble
from gui.worker import Desk, Watcher

if TYPE_CHECKING:
    from core.board import Snapshot
    from core.keys.vault import Vault
    from core.settings import Settings

STORE_ASKED_AFTER_MS = 1500


class Home(QObject):
    """``vault`` None is the operating system's. After `close` nothing is told any more, whatever was still under way."""

    snapshot = Signal(object)
    trouble = Signal(object)
    crashed = Signal(object)
    store = Signal(str, str)  # the words for the key store and their icon

    def __init__(self, settings: Settings, vault: Vault | None) -> None:
        super().__init__()
        self.settings, self.vault = settings, vault
        self.desk, self.watcher = Desk(settings, vault), Watcher(settings)
        self.desk.refused.connect(self.told)
        self.desk.crashed.connect(self.crashed)
        self.desk.opened.connect(self._opened)
        self.watcher.snapshot.connect(self._seen)
        self.watcher.lost.connect(self.told)

    def start(self) -> None:
        self.desk.start()

    def told(self, error: EnrichError) -> None:
        """Something was refused; the key store's own troubles stand at the foot of the side bar too."""
        if isinstance(error, KeyStoreTrouble):
            self._store_trouble(error)
        self.trouble.emit(error)

    def close(self) -> None:
        """End both threads; what was asked for is carried out first."""
        self.blockSignals(True)
        self.watcher.close()
        self.desk.close()

    def _seen(self, snapshot: Snapshot) -> None:
        self.snapshot.emit(snapshot)

    def _opened(self) -> None:
        self.watcher.start()
        QTimer.singleShot(0 if self.vault is not None else STORE_ASKED_AFTER_MS, self, self._ask_store)

    def _ask_store(self) -> None:
        """After the first paint, never at start: finding the store may take half a second."""
        from gui import actions  # noqa: PLC0415  # after the first paint

        self.desk.ask(actions.open_key_store, lambda _name: self.store.emit("Key store ready", "lock"), self._store_trouble)

    def _store_trouble(self, error: EnrichError) -> None:
        locked = isinstance(error, KeyStoreTrouble) and error.code == "key_store_locked"
        self.store.emit("Key store locked" if locked else "No key store", "shield-x")
