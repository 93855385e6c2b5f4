"""API keys: which are alive, what is left, what needs the person, and everything that can be done about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QPoint
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QMenu, QStackedWidget, QVBoxLayout

from core.board import Snapshot
from core.keys.order import Move
from core.model import Key
from gui import key_menu
from gui.alerts import Alert, alerts
from gui.key_check import KeyCheck
from gui.key_details import KeyDetails
from gui.key_figures import KeyFigures
from gui.key_files import KeyFiles
from gui.key_filters import KeyFilters
from gui.key_limits import KeyLimits
from gui.key_model import KeysModel
from gui.key_rows import Row, arrange
from gui.key_table import KeysTable
from gui.key_work import KeyWork
from gui.looks import waits
from gui.page import Page, Surroundings
from gui.widgets import Banner, Card, Empty, button, clear

_SUB = "Tried from top to bottom. A key that runs out is skipped at once, everywhere, and comes back by itself."
_NONE = "Paste one or many Lusha API keys. They go straight into this computer's key store and are never shown in full again."
_SLOW_TICK = timedelta(seconds=30)


class KeysPage(Page):
    """Shows the snapshot through a `View`; every action goes to the desk and comes back through the watcher."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "API keys", _SUB, scrolls=False)
        self._shown, self._looked = Snapshot(), datetime.now(UTC)
        self._warned = list[Alert]()
        self.check = button("Check all", "", "refresh-cw", "Ask Lusha for every balance. Costs no credits. (F5)", self._check_all)
        self.add = button("Add keys", "primary", "plus", "Ctrl+N", around.add_keys)
        self.more = button("More", "", "ellipsis", "Limit what a day may cost, export, carry keys", self._more)
        for made in (self.more, self.check, self.add):
            self.head.addWidget(made)
        self.banners = QVBoxLayout()
        self.banners.setSpacing(8)
        self.figures, self.filters = KeyFigures(), KeyFilters()
        self.model = KeysModel()
        self.table = KeysTable(self.model)
        self.box.addLayout(self.banners)
        self.box.addWidget(self.figures)
        self.box.addWidget(self.filters)
        self._stack = self._make_stack()
        self.work, self.limits, self._files = KeyWork(self, around), KeyLimits(self, around), KeyFiles(self, around)
        self.checking = KeyCheck(self, around, self.check)
        self._actions = key_menu.PageActions(self._details, self.checking.start, self._remove, self.filters.fold, self._accounts)
        self._connect()

    def load(self, snapshot: Snapshot) -> None:
        """Show another state; the one that is shown already is looked at again only when the clock has changed it."""
        now, before, self._shown = datetime.now(UTC), self._shown, snapshot
        if snapshot is not before or now - self._looked > _SLOW_TICK or any(waits(line.key) for line in snapshot.keys):
            self._look(now)

    def tick(self) -> None:
        """Countdowns go on, by the second for the last 90; a key whose time has come is ready again."""
        now = datetime.now(UTC)
        if any(waits(line.key) for line in self._shown.keys) and (now - self._looked > _SLOW_TICK or self._soon(now)):
            self._look(now)

    def close_runs(self) -> None:
        """The window ends: no key is asked any more."""
        self.checking.close()

    def menu_of(self, rows: list[Row]) -> QMenu:
        """The actions for these rows; several rows share those that make sense for several."""
        menu = QMenu(self)
        key_menu.fill(menu, rows, self.work, self.limits, self._actions)
        return menu

    def account_menu(self, head: Row) -> QMenu:
        """The actions for the account of this line, folded or not."""
        menu, mine = QMenu(self), [line for line in self._shown.keys if line.key.account_id == head.account.id]
        keys = [Row(line.key.id, head.account, line) for line in mine]
        key_menu.fill_account(menu, head, keys, self.limits, self._actions)
        return menu

    def more_menu(self) -> QMenu:
        """What concerns all keys together."""
        menu = QMenu(self)
        key_menu.entry(menu, "Daily limit for all keys…", "coins", lambda: self.limits.cap_all(self._shown.cap))
        menu.addSeparator()
        self._files.fill(menu)
        return menu

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() - 56
        for part in (self.table, self.filters, self.figures):
            part.fit(wide)

    # -- parts ---------------------------------------------------------------------------------------------------------
    def _make_stack(self) -> QStackedWidget:
        stack = QStackedWidget()
        stack.addWidget(self.table)
        first = button("Add keys", "primary", "plus", do=self.around.add_keys)
        practice = button("Try the practice list", "", "flask-conical", do=self.around.practise)
        stack.addWidget(Empty("key-round", "No keys yet", _NONE, first, practice))
        again = button("Clear filters", do=self.filters.clear)
        stack.addWidget(Empty("search", "No key matches", "Try another word, or clear the filters.", again))
        card = Card(1, 0)
        card.box.addWidget(stack)
        self.box.addWidget(card, 1)
        return stack

    def _connect(self) -> None:
        self.filters.changed.connect(self._show)
        self.table.folded.connect(self.filters.fold)
        self.table.menu.connect(self._menu)
        self.table.remove.connect(self._remove)
        self.table.details.connect(self._details)
        self.table.moved.connect(self._moved)
        self.table.nudged.connect(self._nudged)
        self.table.horizontalHeader().sectionClicked.connect(self.filters.sort)
        for keys, do in ((QKeySequence.StandardKey.Find, self.filters.start_search), (QKeySequence("F5"), self._check_all)):
            QShortcut(keys, self, do)

    # -- what is shown -------------------------------------------------------------------------------------------------
    def _look(self, now: datetime) -> None:
        self._looked = now
        self.figures.load(self._shown, now)
        self._warn(now)
        self._show()

    def _soon(self, now: datetime) -> bool:
        """Whether a key comes back so soon that its seconds are counted."""
        times = [line.key.retry_at for line in self._shown.keys if line.key.retry_at is not None]
        return any(-2 <= (at - now).total_seconds() <= 91 for at in times)

    def _show(self) -> None:
        now, keys = datetime.now(UTC), self._shown.keys
        rows = arrange(keys, self._shown.accounts, self.filters.view, now, self.model.by_id)
        self.table.load(rows, now)
        self._stack.setCurrentIndex(1 if not keys else 0 if rows else 2)
        for part in (self.figures, self.filters, self.add, self.more, self.check):
            part.setVisible(bool(keys))

    def _warn(self, now: datetime) -> None:
        found = alerts(self._shown, now)
        if found == self._warned:
            return
        self._warned = found
        clear(self.banners)
        for alert in found:
            act = [button("Add keys", do=self.around.add_keys)] if alert.add else []
            if alert.yours:
                act.append(button("Show them", do=self.filters.only_yours))
            self.banners.addWidget(Banner(alert.tone, alert.title, alert.text, *act))

    # -- what the person does ------------------------------------------------------------------------------------------
    def _chosen(self) -> list[Key]:
        return [row.line.key for row in self.table.chosen() if row.line]

    def _accounts(self) -> list[str]:
        return [account.label for account in self._shown.accounts]

    def _menu(self, at: QPoint) -> None:
        rows, current = self.table.chosen(), self.table.current()
        if rows:
            self.menu_of(rows).exec(at)
        elif current is not None:
            self.account_menu(current).exec(at)

    def _more(self) -> None:
        self.more_menu().exec(self.more.mapToGlobal(QPoint(0, self.more.height())))

    def _details(self) -> None:
        rows = self.table.chosen()
        if len(rows) == 1 and rows[0].line is not None:
            KeyDetails(self, self.around, rows[0]).open()

    def _check_all(self) -> None:
        self.checking.start([line.key for line in self._shown.keys])

    def _remove(self) -> None:
        if keys := self._chosen():
            self.work.remove(keys)

    def _nudged(self, way: int) -> None:
        rows = self.table.chosen()
        if len(rows) == 1:
            self.work.step(rows[0], Move.UP if way < 0 else Move.DOWN)

    def _moved(self, key_id: str, place: int) -> None:
        found = next((one for one in self.model.rows if one.id == key_id), None)
        if found is not None and found.number != place:
            self.work.move_to(found, place)
