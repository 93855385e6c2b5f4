"""Keys and their story as files: the encrypted file that carries keys, and the audit trail as CSV."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from core.keys.store import AddReport
from gui import actions
from gui.dialogs import AskText
from gui.key_menu import entry
from gui.page import Surroundings

_KEY_FILES = "Key files (*.lushakeys);;All files (*)"


class KeyFiles:
    """What the button More offers; dialogs belong to ``parent``."""

    def __init__(self, parent: QWidget, around: Surroundings) -> None:
        self._parent, self._around = parent, around

    def fill(self, menu: QMenu) -> None:
        entry(menu, "Export the audit trail…", "download", self._export)
        menu.addSeparator()
        entry(menu, "Save all keys in an encrypted file…", "lock", self._carry_out)
        entry(menu, "Add keys from an encrypted file…", "upload", self._carry_in)

    def _export(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self._parent, "Export the audit trail", "audit.csv", "CSV (*.csv)")
        if path:
            self._around.ask(
                lambda app: actions.export_trail(app, Path(path)),
                lambda done: self._around.say(f"Saved: {done.name}", True, None),
            )

    def _carry_out(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self._parent, "Save all keys, encrypted", "keys.lushakeys", _KEY_FILES)
        said = self._passphrase("Choose a passphrase. Without it nobody can read the file, you neither.") if path else None
        if said:
            done: Callable[[int], None] = partial(self._carried, Path(path).name)
            self._around.ask(lambda app: actions.carry_out_of_here(app, Path(path), said), done)

    def _carried(self, name: str, keys: int) -> None:
        self._around.say(f"Saved {keys} keys, encrypted: {name}", True, None)

    def _carry_in(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._parent, "Add keys from an encrypted file", "", _KEY_FILES)
        said = self._passphrase("The passphrase of this file.") if path else None
        if said:
            self._around.ask(lambda app: actions.carry_in(app, Path(path), said), self._came_in)

    def _came_in(self, report: AddReport) -> None:
        self._around.say(f"{len(report.new)} keys added, {len(report.already_here)} were here already", True, None)

    def _passphrase(self, text: str) -> str | None:
        return AskText(self._parent, "Passphrase", text, "Go on", name="Passphrase", hidden=True).ask()
