"""API keys: which are alive, what is left, what needs the person, and everything that can be done about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMenu, QStackedWidget, QVBoxLayout, QWidget

from core.board import Snapshot
from core.errors import EnrichError
from core.keys.order import Move
from core.keys.store import AddReport
from core.model import Category, Key
from gui import actions
from gui.alerts import alerts
from gui.dialogs import AskChoice, AskText, Confirm
from gui.icons import icon
from gui.key_details import KeyDetails
from gui.key_figures import KeyFigures
from gui.key_rows import ANY_STATE, OUT_NOW, READY_ONLY, YOURS, Row, View, arrange
from gui.key_table import KeysModel, KeysTable
from gui.looks import INVALID, MISSING, PAUSED, PLAN_LIMIT, READY, look
from gui.page import Page, Surroundings
from gui.theme import px
from gui.widgets import Banner, Card, Check, Empty, Segmented, button, clear, rename, row
from gui.worker import Run

if TYPE_CHECKING:
    from core.engine.checked import KeyChecked

_KEY_FILES = "Key files (*.lushakeys);;All files (*)"
_SUB = "Tried from top to bottom. A key that runs out is skipped at once, everywhere, and comes back by itself."
_NONE = "Paste one or many Lusha API keys. They go straight into this computer's key store and are never shown in full again."
_CATEGORIES: tuple[tuple[Category | None, str], ...] = (
    (None, "All"),
    (Category.PHONE_ONLY, "Phone"),
    (Category.EMAIL_ONLY, "Email"),
)
_STATES = ((ANY_STATE, "Any state"), (READY_ONLY, "Ready"), (OUT_NOW, "Out for now"), (YOURS, "Waiting for you"))


class KeysPage(Page):
    """Shows the snapshot through a `View`; every action goes to the desk and comes back through the watcher."""

    badge_changed = Signal(object, object)

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "API keys", _SUB, scrolls=False)
        self._view, self._shown = View(), Snapshot()
        self.check = button("Check all", "", "refresh-cw", "Ask Lusha for every balance. Costs no credits. (F5)", self._check_all)
        self.add = button("Add keys", "primary", "plus", "Ctrl+N", around.add_keys)
        self.more = button("More", "", "ellipsis", "Export the audit trail", self._more)
        for made in (self.more, self.check, self.add):
            self.head.addWidget(made)
        self.banners = QVBoxLayout()
        self.banners.setSpacing(8)
        self.box.addLayout(self.banners)
        self.figures = KeyFigures()
        self.box.addWidget(self.figures)
        self._filters = self._make_filters()
        self.box.addWidget(self._filters)
        self.model = KeysModel()
        self.table = KeysTable(self.model)
        self._stack = self._make_stack()
        self._connect()
        self._news: list[Row] = []
        self._checking: Run | None = None

    def load(self, snapshot: Snapshot) -> None:
        self._shown = snapshot
        now = datetime.now(UTC)
        self.figures.load(snapshot, now)
        self._warn(now)
        self._show()

    def tick(self) -> None:
        """Countdowns go on; a key whose time has come is ready again."""
        if any(line.key.retry_at is not None for line in self._shown.keys):
            self.figures.load(self._shown, datetime.now(UTC))
            self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() - 56
        self.table.fit(wide)
        self.search.setFixedWidth(px(206 if wide > px(930) else 140))
        self.group.setText("Group by account" if wide > px(930) else "Group")
        self.figures.fit(wide)

    # -- parts ---------------------------------------------------------------------------------------------------------
    def _make_filters(self) -> QWidget:
        self.search = QLineEdit(placeholderText="Label, last 4, account")
        self.search.addAction(icon("search", "text3"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.setAccessibleName("Search keys")
        self.category: Segmented[Category | None] = Segmented(_CATEGORIES, "Kind")
        self.states: Segmented[frozenset[str]] = Segmented(_STATES, "State")
        self.group = Check("Group by account", on=True)
        made = QWidget()
        made.setLayout(row(self.search, self.category, self.states, None, self.group))
        return made

    def _make_stack(self) -> QStackedWidget:
        stack = QStackedWidget()
        stack.addWidget(self.table)
        first = button("Add keys", "primary", "plus", do=self.around.add_keys)
        practice = button("Try the practice list", "", "flask-conical", do=self.around.practise)
        stack.addWidget(Empty("key-round", "No keys yet", _NONE, first, practice))
        again = button("Clear filters", do=self._clear_filters)
        stack.addWidget(Empty("search", "No key matches", "Try another word, or clear the filters.", again))
        card = Card(1, 0)
        card.box.addWidget(stack)
        self.box.addWidget(card, 1)
        return stack

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda text: self._see(search=text.strip().casefold()))
        self.category.picked.connect(lambda value: self._see(category=value))
        self.states.picked.connect(lambda value: self._see(states=value))
        self.group.toggled.connect(lambda on: self._see(grouped=on, sort=None))
        self.table.folded.connect(self._fold)
        self.table.menu.connect(self._menu)
        self.table.remove.connect(self._remove)
        self.table.details.connect(self._details)
        self.table.moved.connect(self._moved)
        self.table.nudged.connect(lambda way: self._step(Move.UP if way < 0 else Move.DOWN))
        self.table.horizontalHeader().sectionClicked.connect(self._sort)
        self.model.changed.connect(self._note)
        for keys, do in ((QKeySequence.StandardKey.Find, self._find), (QKeySequence("F5"), self._check_all)):
            QShortcut(keys, self, do)

    # -- what is shown -------------------------------------------------------------------------------------------------
    def _see(self, **changes: object) -> None:
        self._view = replace(self._view, **changes)  # type: ignore[arg-type]
        self._show()

    def _fold(self, account: str) -> None:
        self._view = self._view.fold(account)
        self._show()

    def _sort(self, column: int) -> None:
        if self._view.grouped or column == 7:
            return
        again = self._view.sort == column
        self._see(sort=None if again and self._view.descending else column, descending=again and not self._view.descending)

    def _clear_filters(self) -> None:
        self.search.clear()
        self.category.choose(None)
        self.states.choose(ANY_STATE)
        self._view = View(grouped=self._view.grouped)
        self._show()

    def _show(self) -> None:
        now, keys = datetime.now(UTC), self._shown.keys
        rows = arrange(keys, self._shown.accounts, self._view, now)
        self.table.load(rows, now)
        self._stack.setCurrentIndex(1 if not keys else 0 if rows else 2)
        for part in (self.figures, self._filters, self.add, self.more):
            part.setVisible(bool(keys))
        self.check.setVisible(bool(keys))

    def _warn(self, now: datetime) -> None:
        clear(self.banners)
        for alert in alerts(self._shown, now):
            act = [button("Add keys", do=self.around.add_keys)] if alert.add else []
            if alert.yours:
                act.append(button("Show them", do=self._show_yours))
            self.banners.addWidget(Banner(alert.tone, alert.title, alert.text, *act))

    def _show_yours(self) -> None:
        self.states.choose(YOURS)
        self._see(states=YOURS)

    def _find(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _note(self, _old: Row, new: Row) -> None:
        """Changes of one refresh make one toast."""
        self._news.append(new)
        if len(self._news) == 1:
            QTimer.singleShot(0, self._tell)

    def _tell(self) -> None:
        news, self._news = [row for row in self._news if row.line and row.look], []
        told = [row for row in news if row.look and row.look.word in {INVALID.word, PLAN_LIMIT.word, MISSING.word, "Used up"}]
        if len(told) == 1 and told[0].line and told[0].look:
            note = f", {told[0].note}" if told[0].note else ""
            self.around.say(f"{actions.key_name(told[0].line.key)}: {told[0].look.word.lower()}{note}", False, None)
        elif told:
            counts = Counter(row.look.word.lower() for row in told if row.look)
            self.around.say(", ".join(f"{n} key{'s' if n > 1 else ''} {word}" for word, n in counts.items()), False, None)

    # -- what can be done ----------------------------------------------------------------------------------------------
    def _menu(self, at: QPoint) -> None:
        rows = self.table.chosen()
        if rows:
            self.menu_of(rows).exec(at)

    def menu_of(self, rows: list[Row]) -> QMenu:
        """The actions for these rows; several rows share those that make sense for several."""
        menu, keys = QMenu(self), [row.line.key for row in rows if row.line]
        words = {look(key, datetime.now(UTC))[0].word for key in keys}
        entries: list[tuple[str, str, Callable[[], None], bool]] = [
            ("Details…", "info", self._details, len(keys) == 1),
            ("Check now", "refresh-cw", lambda: self._check(keys), True),
            (
                "Try again now",
                "rotate-ccw",
                lambda: self._reactivate(keys),
                bool(words - {READY.word, PAUSED.word, MISSING.word}),
            ),
            ("Pause", "pause", lambda: self._pause(keys), any(not key.paused for key in keys)),
            ("Resume", "play", lambda: self._resume(keys), any(key.paused for key in keys)),
            ("", "", lambda: None, True),
            ("Move up", "arrow-up", lambda: self._step(Move.UP), len(keys) == 1),
            ("Move down", "arrow-down", lambda: self._step(Move.DOWN), len(keys) == 1),
            ("Move to top", "arrow-up", lambda: self._step(Move.TOP), len(keys) == 1),
            ("", "", lambda: None, True),
            ("Rename…", "pencil", lambda: self._rename(keys[0]), len(keys) == 1),
            ("Account…", "coins", lambda: self._account(keys), True),
            ("Replace key…", "key-round", lambda: self._replace(keys[0]), len(keys) == 1 and MISSING.word not in words),
            ("Enter key again…", "key-round", lambda: self._enter_again(keys[0]), words == {MISSING.word} and len(keys) == 1),
        ]
        for text, glyph, do, fits in entries:
            if not text:
                menu.addSeparator()
            elif fits:
                _entry(menu, text, glyph, do)
        self._add_categories(menu, keys)
        menu.addSeparator()
        _entry(menu, "Remove…", "trash-2", self._remove).setShortcut(QKeySequence("Del"))
        return menu

    def _add_categories(self, menu: QMenu, keys: list[Key]) -> None:
        inner = menu.addMenu(icon("phone"), "Use for")
        for category, word in ((Category.PHONE_ONLY, "Phones"), (Category.EMAIL_ONLY, "Emails"), (Category.ANY, "Both")):
            action = _entry(inner, word, "", partial(self._category, keys, category))
            action.setCheckable(True)
            action.setChecked(all(key.category is category for key in keys))

    def _more(self) -> None:
        menu = QMenu(self)
        _entry(menu, "Export the audit trail…", "download", self._export)
        menu.addSeparator()
        _entry(menu, "Save all keys in an encrypted file…", "lock", self._carry_out)
        _entry(menu, "Add keys from an encrypted file…", "upload", self._carry_in)
        menu.exec(self.more.mapToGlobal(QPoint(0, self.more.height())))

    def _carry_out(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save all keys, encrypted", "keys.lushakeys", _KEY_FILES)
        said = self._passphrase("Choose a passphrase. Without it nobody can read the file, you neither.") if path else None
        if said:
            done: Callable[[int], None] = partial(self._carried, Path(path).name)
            self.around.ask(lambda app: actions.carry_out_of_here(app, Path(path), said), done)

    def _carried(self, name: str, keys: int) -> None:
        self.around.say(f"Saved {keys} keys, encrypted: {name}", True, None)

    def _carry_in(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Add keys from an encrypted file", "", _KEY_FILES)
        said = self._passphrase("The passphrase of this file.") if path else None
        if said:
            self.around.ask(lambda app: actions.carry_in(app, Path(path), said), self._came_in)

    def _came_in(self, report: AddReport) -> None:
        self.around.say(f"{len(report.new)} keys added, {len(report.already_here)} were here already", True, None)

    def _passphrase(self, text: str) -> str | None:
        return AskText(self, "Passphrase", text, "Go on", name="Passphrase", hidden=True).ask()

    def _details(self) -> None:
        rows = self.table.chosen()
        if len(rows) == 1 and rows[0].line is not None:
            KeyDetails(self, self.around, rows[0]).open()

    def _check_all(self) -> None:
        self._check([line.key for line in self._shown.keys])

    def _check(self, keys: list[Key]) -> None:
        """A run of its own, because Lusha is asked slowly; a second click stops it."""
        if self._checking is not None and self._checking.running:
            self._checking.stop()
        elif keys:
            desk = self.around.desk()
            self._checking = Run(desk.settings, desk.vault, actions.check([key.id for key in keys]))
            self._checking.events.connect(self._check_goes_on)
            self._checking.ended.connect(self._checked)
            self._checking.troubled.connect(self._not_checked)
            self._checking.crashed.connect(desk.crashed.emit)
            rename(self.check, "Stop checking")
            self._checking.start()

    def _check_goes_on(self, events: list[object]) -> None:
        asked = [event for event in events if hasattr(event, "ordinal")]
        if asked:
            rename(self.check, f"Checking {getattr(asked[-1], 'ordinal', 0)} of {getattr(asked[-1], 'of', 0)} – stop")

    def _checked(self, outcomes: tuple[KeyChecked, ...]) -> None:
        rename(self.check, "Check all")
        self.around.say(actions.checked(outcomes), True, None)

    def _not_checked(self, error: EnrichError) -> None:
        rename(self.check, "Check all")
        self.around.trouble(error)

    def close_runs(self) -> None:
        """The window ends: no key is asked any more."""
        if self._checking is not None:
            self._checking.stop()
            self._checking.wait(2.0)

    def _pause(self, keys: list[Key]) -> None:
        ids = [key.id for key in keys if not key.paused]
        self.around.ask(
            lambda app: actions.pause(app, ids),
            lambda done: self._say(done, "paused", lambda: self.around.ask(lambda app: actions.resume(app, ids), _nothing)),
        )

    def _resume(self, keys: list[Key]) -> None:
        ids = [key.id for key in keys if key.paused]
        self.around.ask(
            lambda app: actions.resume(app, ids),
            lambda done: self._say(done, "in use again", lambda: self.around.ask(lambda app: actions.pause(app, ids), _nothing)),
        )

    def _reactivate(self, keys: list[Key]) -> None:
        ids = [key.id for key in keys]
        self.around.ask(lambda app: actions.reactivate(app, ids), lambda done: self._say(done, "ready to be tried again"))

    def _say(self, keys: list[Key], what: str, undo: Callable[[], None] | None = None) -> None:
        name = f"Key “{keys[0].label}”" if len(keys) == 1 else f"{len(keys)} keys"
        self.around.say(f"{name} {what}", True, undo)

    def _step(self, move: Move) -> None:
        rows = self.table.chosen()
        if len(rows) == 1:
            self._place(rows[0], lambda app: actions.step(app, rows[0].id, move))

    def _moved(self, key_id: str, place: int) -> None:
        found = next((one for one in self.model.rows if one.id == key_id), None)
        if found is not None and found.number != place:
            self._place(found, lambda app: actions.move_to(app, key_id, place))

    def _place(self, moved: Row, work: Callable[..., Key]) -> None:
        def undo() -> None:
            self.around.ask(lambda app: actions.move_to(app, moved.id, moved.number), _nothing)

        self.around.ask(work, lambda key: self._say([key], "moved", undo))

    def _rename(self, key: Key) -> None:
        said = AskText(self, "Rename key", "The label is how you tell this key from the others.", "Rename", value=key.label).ask()
        if said and said != key.label:
            self.around.ask(
                lambda app: actions.rename(app, key.id, said),
                lambda done: self._say([done], "renamed", lambda: self._undo_label(key)),
            )

    def _undo_label(self, key: Key) -> None:
        self.around.ask(lambda app: actions.rename(app, key.id, key.label), _nothing)

    def _account(self, keys: list[Key]) -> None:
        labels = [account.label for account in self._shown.accounts]
        text = "Keys of one Lusha account share its credits and limits. Choose one, or type a new name."
        said = AskChoice(self, "Account of this key", text, "Move", labels, name="Account").ask()
        if said:
            ids = [key.id for key in keys]
            self.around.ask(lambda app: actions.change_account(app, ids, said), lambda done: self._say(done, f"now in “{said}”"))

    def _category(self, keys: list[Key], category: Category) -> None:
        ids, before = [key.id for key in keys], {key.id: key.category for key in keys}

        def undo() -> None:
            self.around.ask(lambda app: actions.categories_were(app, before), _nothing)

        self.around.ask(
            lambda app: actions.change_category(app, ids, category), lambda done: self._say(done, "moved to the other list", undo)
        )

    def _replace(self, key: Key) -> None:
        text = f"The new key takes the place of {actions.key_name(key)}: its label, account and order stay."
        said = AskText(self, "Replace key", text, "Replace", name="New key", hidden=True).ask()
        if said:
            self.around.ask(lambda app: actions.replace_secret(app, key.id, said), lambda done: self._say([done], "replaced"))

    def _enter_again(self, key: Key) -> None:
        text = f"{actions.key_name(key)} is missing from the key store. Enter the same key again."
        said = AskText(self, "Enter key again", text, "Save", name="Key", hidden=True).ask()
        if said:
            self.around.ask(lambda app: actions.enter_again(app, key, said), lambda _: self.around.say("Key saved", True, None))

    def _remove(self) -> None:
        keys = [row.line.key for row in self.table.chosen() if row.line]
        if not keys:
            return
        one = len(keys) == 1
        what = f"“{keys[0].label}” (ends in {keys[0].last4}) will be deleted" if one else "They will be deleted"
        text = (
            f"{what} from this computer's key store. Excel stops using {'it' if one else 'them'} at once. "
            f"{'Its' if one else 'Their'} history stays. The key itself keeps working at Lusha."
        )
        title, verb = ("Remove this key?", "Remove key") if one else (f"Remove {len(keys)} keys?", f"Remove {len(keys)} keys")
        if Confirm(self, title, text, verb).exec():
            ids = [key.id for key in keys]
            self.around.ask(lambda app: actions.remove(app, ids), self._removed)

    def _removed(self, gone: int) -> None:
        self.around.say("Removed 1 key" if gone == 1 else f"Removed {gone} keys", True, None)

    def _export(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Export the audit trail", "audit.csv", "CSV (*.csv)")
        if path:
            self.around.ask(
                lambda app: actions.export_trail(app, Path(path)), lambda done: self.around.say(f"Saved: {done.name}", True, None)
            )


def _entry(menu: QMenu, text: str, glyph: str, do: Callable[[], None]) -> QAction:
    action = menu.addAction(text)
    if glyph:
        action.setIcon(icon(glyph))
    action.triggered.connect(lambda _checked=False: do())
    return action


def _nothing(_: object) -> None:
    pass
