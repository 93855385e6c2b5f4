"""The dialogs about people's data: the do-not-contact list, and forgetting a person."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QFileDialog, QGridLayout, QLineEdit, QWidget

from core import words
from core.database import Database
from core.errors import EnrichError, UsageError
from core.forgetting import Forgotten, forget, refuse_while_running
from core.model import Prospect
from core.results import listing
from core.results.listing import Read
from core.results.person import clean_email, clean_linkedin, split_name
from core.results.suppression import Added, Entry
from core.retention import Retention
from core.settings import Settings
from gui.dialogs import Asking
from gui.lists import Column, Item, ListTable
from gui.page import Surroundings
from gui.theme import px
from gui.widgets import Check, button, column, label, row

if TYPE_CHECKING:
    from core.app import App

_COLUMNS = (Column("Who"), Column("Kind", 90), Column("Since", 110), Column("Reason", 190))
_KIND = {"PERSON": "Person", "DOMAIN": "Domain", "PHONE": "Phone"}
_LISTS = "Lists (*.csv *.txt);;All files (*)"


# -- on the desk's thread ----------------------------------------------------------------------------------------------
def entries(app: App) -> list[Entry]:
    return app.suppressions.list()


def add_entry(app: App, text: str, reason: str) -> Added:
    """Raises UsageError for a text that names nobody."""
    entry = listing.of_text(text, reason=reason, at=app.clock())
    if entry is None:
        raise UsageError(
            f"“{text}” names nobody",
            "Write an e-mail address, a LinkedIn profile, a domain, or a phone number with country code.",
        )
    return app.suppress([entry])[0]


def take_off(app: App, marks: Sequence[str]) -> int:
    return len(app.suppressions.remove(marks))


def import_list(app: App, path: Path) -> tuple[Added, Read]:
    read = listing.read_file(path, app.clock())
    return app.suppress(read.entries)[0], read


def export_list(app: App, path: Path) -> int:
    return listing.write_file(path, app.suppressions.list(), force=True)


# -- on a thread of its own: it may take a while -------------------------------------------------------------------------
def clean_up(settings: Settings) -> str:
    """Remove what is too old, now, and write the database anew; what went. Raises StillRunning while a run is under way."""
    refuse_while_running(settings.home)
    with Database(settings.database) as db:
        done = Retention(db, settings).purge()
        db.compact()
    return words.purged(done.answers, done.rows, done.cells, done.activity, done.files)


class SuppressDialog(QDialog):
    """The do-not-contact list: what is on it, a line to add, import and export."""

    def __init__(self, parent: QWidget, around: Surroundings) -> None:
        super().__init__(parent)
        self._around = around
        self.setWindowTitle("Do not contact")
        self.setMinimumSize(px(680), px(480))
        self.table = ListTable("People, domains and numbers not to contact", _COLUMNS)
        self.who, self.reason = QLineEdit(), QLineEdit()
        self.who.setAccessibleName("Who: e-mail address, LinkedIn profile, domain or phone number")
        self.who.setPlaceholderText("E-mail, LinkedIn profile, domain or phone number")
        self.reason.setAccessibleName("Reason")
        self.reason.setPlaceholderText("Reason (optional)")
        self.add = button("Add", "primary", do=self._add)
        self.remove = button("Take off the list", "", "x", do=self._remove)
        self.said = label("", "small", wrap=True)
        self._build()
        self.who.returnPressed.connect(self._add)
        self.reason.returnPressed.connect(self._add)
        self.who.textChanged.connect(self._enable)
        self.table.selectionModel().selectionChanged.connect(self._enable)
        QShortcut(QKeySequence.StandardKey.Delete, self.table, self._remove, context=Qt.ShortcutContext.WidgetShortcut)
        self._enable()
        self.refresh()
        self.who.setFocus()

    def _build(self) -> None:
        import_ = button("Import…", "", "download", do=self._import)
        export = button("Export…", "", "upload", do=self._export)
        close = button("Close", do=self.accept)
        for one in (self.add, import_, export, close, self.remove):
            one.setAutoDefault(False)  # Enter in a field adds, it presses no other button
        top = row(self.who, self.reason, self.add)
        top.setStretch(0, 3)
        top.setStretch(1, 2)
        foot = row(self.remove, None, import_, export, close)
        whole = column(
            label("Do not contact", "h2"), label(_ABOUT, "soft", wrap=True), top, self.said, self.table, foot, spacing=10
        )
        whole.setContentsMargins(24, 22, 24, 18)
        self.setLayout(whole)

    def refresh(self) -> None:
        self._around.ask(entries, self._show)

    def _show(self, found: list[Entry]) -> None:
        self.table.load([_item(entry) for entry in found])
        if not self.said.text():
            self.said.setText(f"{len(found)} on the list." if found else "The list is empty.")

    def _enable(self) -> None:
        self.add.setEnabled(bool(self.who.text().strip()))
        self.remove.setEnabled(bool(self._chosen()))

    def _chosen(self) -> list[Entry]:
        rows = sorted({index.row() for index in self.table.selectionModel().selectedRows()})
        values = [self.table.list.items[place].value for place in rows]
        return [value for value in values if isinstance(value, Entry)]

    def _do(self, work: Callable[[App], object], said: Callable[[object], str]) -> None:
        def then(result: object) -> None:
            self.said.setText(said(result))
            self.refresh()

        self._around.desk().ask(work, then, self._trouble)

    def _trouble(self, error: EnrichError) -> None:
        self.said.setText(f"{error.title}. {error.message}")

    def _add(self) -> None:
        who, reason = self.who.text().strip(), self.reason.text().strip()
        if not who:
            return

        def said(added: object) -> str:
            self.who.clear()
            self.reason.clear()
            new = isinstance(added, Added) and bool(added.new)
            return f"{who} is not contacted any more." if new else f"{who} is on the list already."

        self._do(lambda app: add_entry(app, who, reason), said)

    def _remove(self) -> None:
        marks = [entry.mark for entry in self._chosen()]
        if marks:
            self._do(lambda app: take_off(app, marks), lambda count: f"{count} taken off the list.")

    def _import(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "A list of people, domains or numbers", "", _LISTS)
        if path:
            self._do(lambda app: import_list(app, Path(path)), imported)

    def _export(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Export the list", "do-not-contact.csv", "CSV (*.csv)")
        if path:
            self._do(lambda app: export_list(app, Path(path)), lambda count: f"{count} entries written to {Path(path).name}.")


def imported(result: object) -> str:
    """``3 added, 1 already on the list; line 4: ...``."""
    added, read = result if isinstance(result, tuple) else (Added((), 0), Read(()))
    said = f"{len(added.new)} added, {added.already_here} already on the list."
    bad = [f"Line {one.line}: {one.why}." for one in read.bad[:3]]
    more = f"And {len(read.bad) - 3} more lines." if len(read.bad) > 3 else ""
    return " ".join(part for part in (said, *bad, more) if part)


class ForgetDialog(Asking):
    """Who is to be forgotten: a profile, an address, or a name with company. Cancel is the default."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "Forget a person", _FORGET, "Forget", kind="danger", glyph="user-x")
        self.fields = {name: QLineEdit() for name in ("LinkedIn profile", "E-mail", "First and last name", "Company")}
        grid = QGridLayout()
        grid.setVerticalSpacing(8)
        for place, (name, field) in enumerate(self.fields.items()):
            title = label(name, "soft")
            title.setBuddy(field)
            field.setAccessibleName(name)
            field.textChanged.connect(self._enable)
            grid.addWidget(title, place, 0)
            grid.addWidget(field, place, 1)
        self.too = Check("Never contact this person again", on=True)
        self.body.addLayout(grid)
        self.body.addLayout(column(self.too, label(_TOO, "small", wrap=True), spacing=2))
        self.no.setDefault(True)
        self._enable()
        next(iter(self.fields.values())).setFocus()

    @property
    def person(self) -> Prospect:
        link, email, name, company = (field.text().strip() for field in self.fields.values())
        first, last = split_name(name)
        return Prospect(
            linkedin=clean_linkedin(link).url, email=clean_email(email), first_name=first, last_name=last, company=company
        )

    def _enable(self) -> None:
        self.yes.setEnabled(bool(listing.of_people(self.person)))

    def ask(self, settings: Settings) -> Callable[[], Forgotten] | None:
        """What is to be done, or None."""
        if self.exec() != QDialog.DialogCode.Accepted:
            return None
        who, too = self.person, self.too.isChecked()
        return lambda: forget(settings, who, and_suppress=too, clock=time.time)


class Told(QDialog):
    """What was done, in lines that can be read at leisure and by a screen reader."""

    def __init__(self, parent: QWidget, title: str, lines: Sequence[str]) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(px(520))
        self.text = label("\n".join(lines), "soft", wrap=True)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.setAccessibleName(title)
        self.setAccessibleDescription(self.text.text())
        close = button("Close", "primary", do=self.accept)
        whole = column(label(title, "h2"), self.text, 6, row(None, close), spacing=12)
        whole.setContentsMargins(24, 22, 24, 18)
        self.setLayout(whole)
        close.setDefault(True)
        close.setFocus()


def forgotten(done: Forgotten) -> list[str]:
    """What forgetting came to, and what only the user can change."""
    lines = words.forgotten_lines(done.answers, done.rows, done.cells, done.texts, done.payments, done.suppressed)
    if done.workbooks:
        lines += ["", "These files are yours and may still name the person:", *done.workbooks]
    if done.backups:
        lines += ["", "Copies of them from before our changes:", *done.backups]
    if done.untouched:
        lines += ["", words.UNTOUCHED, *done.untouched]
    if done.busy:
        lines += ["", "Another program was reading: press “Clean up now” later, to overwrite what was deleted."]
    return lines


def _item(entry: Entry) -> Item:
    since = datetime.fromtimestamp(entry.at, UTC).astimezone()
    return Item(entry.mark, (entry.shown, _KIND[entry.what.value], f"{since:%Y-%m-%d}", entry.reason), entry, entry.reason)


_ABOUT = "Nobody on this list is sent to Lusha, and no number on it is written. A domain stands for everybody there."
_TOO = "Only a hash stays on the do-not-contact list: it recognises the person and holds no name."
_FORGET = (
    "Removes the person from answers, history, undo, logs and files of runs. Credits stay as numbers. "
    "Your own workbooks are not changed; those that may hold the person are named afterwards."
)
