"""Add keys: one box for many lines, and what would become of each line before anything is saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QFileDialog, QGridLayout, QPlainTextEdit, QWidget

from core import words
from core.board import AccountLine
from core.errors import EnrichError, FileTrouble
from core.keys.store import AddReport
from core.keys.vault import Vault
from core.model import Category
from core.texts import read_text
from gui.actions import Sorted, add_keys, sort_lines
from gui.theme import mono, px
from gui.widgets import Check, Combo, Glyph, Segmented, button, column, label, rename, row
from gui.worker import Desk

OWN = "One account for each key"
_MOST_FILE = 1_000_000  # bytes of a list of keys
_CATEGORIES = ((Category.PHONE_ONLY, "Phones"), (Category.EMAIL_ONLY, "Emails"), (Category.ANY, "Both"))
Added = Callable[[AddReport], None]


def open_add_keys(parent: QWidget, desk: Desk, accounts: Sequence[AccountLine], vault: Vault | None, done: Added) -> None:
    """Open the dialog over ``parent``; it offers the accounts that somebody has named."""
    labels = [account.label for account in accounts if not account.own]
    store = "this computer's key store" if vault is None else vault.describe()
    AddKeys(parent, desk, labels, store, done, Category.PHONE_ONLY).open()


def report_words(report: AddReport) -> str:
    """``Added 2 keys · 1 key already here · 1 left out``."""
    parts = [f"Added {words.keys(len(report.new))}"] if report.new else []
    parts += [f"{words.keys(len(report.already_here))} already here"] if report.already_here else []
    parts += [f"{len(report.malformed)} left out"] if report.malformed else []
    return " · ".join(parts) or "Nothing was added"


class AddKeys(QDialog):
    """``done`` is told the report of the store. The box and its undo history are emptied on closing."""

    def __init__(self, parent: QWidget, desk: Desk, accounts: Sequence[str], store: str, done: Added, start: Category) -> None:
        super().__init__(parent)
        self._desk, self._done, self._sorted = desk, done, Sorted()
        self._stale = self._wanted = False  # what is typed is not counted yet; it is to be added as soon as it is
        self.setWindowTitle("Add keys")
        self.setMinimumWidth(px(580))
        self.box = _Box(self)
        self.said = label("Nothing typed yet", "small", wrap=True)
        self.wrong = label("", "small", wrap=True)
        self.anyway = Check("Keep lines that do not look like a Lusha key")
        self.category: Segmented[Category] = Segmented(_CATEGORIES, "Use for")
        self.category.choose(start)
        self.account = Combo("Account", [OWN, *accounts])
        self.account.allow_typing()
        self.add = button("Add keys", "primary", do=self._add)
        self.add.setDefault(True)
        self.setLayout(self._whole(store))
        self._typed = QTimer(self, singleShot=True, interval=120)
        self._typed.timeout.connect(self._sort)
        self.box.textChanged.connect(self._changed)
        self.anyway.toggled.connect(self._changed)
        self.finished.connect(lambda _: self._forget())
        QShortcut(QKeySequence("Ctrl+Return"), self, self._add_typed)
        self._show()
        self.box.setFocus()

    def _whole(self, store: str) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(24, 20, 24, 18)
        grid.setVerticalSpacing(10)
        hint = label("One key a line: the key alone, or label, key, account.", "sub")
        top = row(hint, None, button("From a file…", "ghost", "folder-open", do=self._choose))
        grid.addLayout(top, 0, 0, 1, 2)
        grid.addWidget(self.box, 1, 0, 1, 2)
        grid.addLayout(column(self.said, self.wrong, self.anyway, spacing=4), 2, 0, 1, 2)
        grid.addWidget(label("Use for", "soft"), 3, 0)
        grid.addWidget(self.category, 3, 1, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(label("Account", "soft"), 4, 0)
        grid.addWidget(self.account, 4, 1)
        grid.addWidget(label("Keys of one Lusha account share its credits and limits.", "small"), 5, 1)
        grid.addWidget(label(words.ENTITLEMENT, "small", wrap=True), 6, 0, 1, 2)
        lock = row(Glyph("lock", "text3", "", 16, 14), label(f"Saved in: {store}", "small"), spacing=8)
        grid.addLayout(row(lock, None, button("Cancel", do=self.reject), self.add), 7, 0, 1, 2)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(1, 1)
        return grid

    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "A list of keys", "", "Lists (*.txt *.csv *.tsv);;All files (*)")
        if path:
            self.read(path)

    def read(self, path: str) -> None:
        """Put the lines of a file into the box; it is read off the screen's thread."""
        self._desk.ask(lambda _app: _lines_of(Path(path)), self.box.setPlainText, self._refused)

    def _changed(self) -> None:
        self._stale, self._wanted = True, False  # who types on does not want it yet
        self._typed.start()

    def _add_typed(self) -> None:
        """Ctrl+Enter. Pressed right after typing it waits until the lines are counted: nobody types slower for us."""
        self._wanted = self._stale
        if not self._stale:
            self.add.click()

    def _sort(self) -> None:
        text, anyway = self.box.toPlainText(), self.anyway.isChecked()
        self._desk.ask(lambda app: sort_lines(app, text, anyway=anyway), self._count, self._refused)

    def _count(self, found: Sorted) -> None:
        self._sorted, self._stale = found, self._typed.isActive()
        self._show()
        if self._wanted and not self._stale:
            self._add_typed()

    def _show(self) -> None:
        found = self._sorted
        self.said.setText(said(found) or "Nothing typed yet")
        self.wrong.setText("\n".join(f"Line {bad.number}: {bad.reason}" for bad in found.malformed[:3]))
        self.wrong.setVisible(bool(found.malformed))
        self.anyway.setVisible(bool(found.keepable) or self.anyway.isChecked())
        usable = found.new + len(found.here)
        self.add.setEnabled(usable > 0)
        rename(self.add, f"Add {found.new} key{'' if found.new == 1 else 's'}" if found.new else "Add keys")

    def _add(self) -> None:
        text, anyway = self.box.toPlainText(), self.anyway.isChecked()
        account = "" if self.account.currentText() == OWN else self.account.currentText()
        category = self.category.value
        self.add.setEnabled(False)
        rename(self.add, "Saving…")
        self._desk.ask(lambda app: add_keys(app, text, category, account=account, anyway=anyway), self._saved, self._refused)

    def _saved(self, added: AddReport) -> None:
        self.accept()
        self._done(added)

    def _refused(self, error: EnrichError) -> None:
        self._wanted = False
        self.said.setText(f"{error.title}. {error.message}")
        self.add.setEnabled(True)
        rename(self.add, "Try again")

    def _forget(self) -> None:
        self._typed.stop()
        self.box.setPlainText("")
        self.box.document().clearUndoRedoStacks()


class _Box(QPlainTextEdit):
    """Tab leaves it; a dropped file is read instead of its name being written."""

    def __init__(self, dialog: AddKeys) -> None:
        super().__init__()
        self._dialog = dialog
        self.setAccessibleName("Keys, one a line")
        self.setFont(mono(13))
        self.setTabChangesFocus(True)
        self.setMinimumHeight(px(150))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
        else:
            super().dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        urls = event.mimeData().urls()
        if urls and urls[0].isLocalFile():
            event.acceptProposedAction()
            self._dialog.read(urls[0].toLocalFile())
        else:
            super().dropEvent(event)


def said(found: Sorted) -> str:
    """``2 new · 1 twice · 1 already here as “Backup” · 1 does not look like a Lusha key``."""
    parts = []
    if found.new:
        parts.append(f"{found.new} new")
    if found.twice:
        parts.append(f"{found.twice} twice")
    if found.here:
        named = f" as “{found.here[0]}”" if len(found.here) == 1 else ""
        parts.append(f"{len(found.here)} already here{named}")
    if found.malformed:
        parts.append(f"{len(found.malformed)} cannot be used")
    return " · ".join(parts)


def _lines_of(path: Path) -> str:
    if path.is_file() and path.stat().st_size > _MOST_FILE:
        raise FileTrouble(f"{path.name} is too large for a list of keys", "Choose a text file with one key a line.")
    return read_text(path)
