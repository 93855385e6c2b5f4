"""Wiping everything from the window: a word to type, the work on a thread, the proof, and the end of the program."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLineEdit, QWidget

from core import words
from core.errors import EnrichError
from core.keys.vault import SystemVault, Vault
from core.settings import URL_VARIABLE
from core.wiping import PRACTICE, Wiped, has_real_data, wipe
from gui.at_work import AtWork
from gui.dialogs import Asking
from gui.privacy import Told
from gui.widgets import column, label

if TYPE_CHECKING:
    from gui.window import Window

WORD = "WIPE"


class WipeDialog(Asking):
    """Says what goes and cannot come back; the red button waits for the word."""

    def __init__(self, parent: QWidget, home: str) -> None:
        super().__init__(parent, "Wipe everything", _TEXT.format(home=home), "Wipe everything", kind="danger", glyph="trash-2")
        self.field = QLineEdit()
        self.field.setAccessibleName(f"Type {WORD} to go on")
        title = label(f"Type {WORD} to go on:", "soft")
        title.setBuddy(self.field)
        self.body.addLayout(column(title, self.field, spacing=4))
        self.yes.setEnabled(False)
        self.no.setDefault(True)
        self.field.textChanged.connect(lambda typed: self.yes.setEnabled(typed.strip() == WORD))
        self.field.setFocus()


class Wiping:
    """Carries it out for a window: its home is closed first, and opened again when something refuses.

    ``leave`` ends the program without its usual farewell, which would write the window's place into the folder again.
    """

    def __init__(self, window: Window, leave: Callable[[], object] = lambda: QCoreApplication.exit(0)) -> None:
        self._window, self._leave = window, leave
        self.told: Told | None = None

    def start(self) -> None:
        window, settings = self._window, self._window.settings
        if settings.home.name == PRACTICE:
            window.trouble(EnrichError("This is practice", "Leave practice first; then wipe what is really yours."))
            return
        if settings.origin == "practice" and has_real_data(settings.home):
            window.trouble(EnrichError("This is practice", f"Unset {URL_VARIABLE} to wipe your own data. Nothing was removed."))
            return
        home = window.home
        window.close_home()
        vault: Vault = home.vault if home.vault is not None else SystemVault()
        self._working = AtWork(window, "Wiping", _WORKING, lambda: wipe(settings.home, vault))
        self._working.start(self._done, self._refused, self._crashed)

    def _done(self, done: Wiped) -> None:
        self.told = Told(self._window, "Everything is gone" if done.is_clean else "Something is left", lines(done))
        self.told.finished.connect(lambda _: self._leave())
        self.told.open()

    def _refused(self, error: EnrichError) -> None:
        self._window.reopen(self._window.settings)
        self._window.trouble(error)

    def _crashed(self, error: BaseException) -> None:
        self._window.reopen(self._window.settings)
        self._window.crashed(error)


def lines(done: Wiped) -> list[str]:
    """What was removed, and what was found on looking again."""
    said = [
        f"Removed: {words.keys(done.secrets)} from the key store and {len(done.removed)} files.",
        words.wiped(clean=done.is_clean, gone=done.home_is_gone),
    ]
    said += [f"Still there: {one.what} ({one.why})" for one in done.left]
    if done.kept:
        said += ["", "Not ours, so they stay:", *(str(path) for path in done.kept)]
    if done.workbooks:
        said += ["", "Your own workbooks keep what was written into them:", *done.workbooks]
    return [*said, "", "LushaEnrich closes now. Starting it again makes a new, empty folder."]


_TEXT = (
    "Removes from this computer: all keys in the key store, the answers that were paid for, history, backups of your "
    "workbooks, settings and the do-not-contact list (export it first if you need it). It cannot be taken back.\n\nFolder: {home}"
)
_WORKING = "First the keys, then the files; then both are looked at again."
