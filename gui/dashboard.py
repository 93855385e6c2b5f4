"""Dashboard: results by day, credits with how long they last, the latest runs, what needs the person. Welcome while empty."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from core.board import WEEK, AccountLine, DayLine, Group, RunLine, Snapshot
from core.words import amount
from gui.actions import kinds_word
from gui.alerts import Alert, alerts
from gui.charts import LOW, SERIES, WORDS, Balance, Bars, Legend
from gui.dashboard_tabs import DashboardTabs
from gui.key_figures import credits_left
from gui.lists import Column, Item, ListTable
from gui.looks import READY, look, when
from gui.page import Page, Surroundings
from gui.theme import px
from gui.welcome import WELCOME_SUB, welcome
from gui.widgets import Banner, Card, Figure, Segmented, button, clear, column, label, row

RUN_COLUMNS = (
    Column("When", 150),
    Column("What", 84),
    Column("Where"),
    Column("Results", 190),
    Column("Rows", 74, right=True, hides=640),
    Column("Credits", 88, right=True, hides=720),
    Column("State", 120),
)
_STATES = {"RUNNING": "Running", "DONE": "Done", "PAUSED": "Stopped"}
_UNDONE = {True: "Undone", False: "Undone in part"}
_LATEST = 5
_MOST_ACCOUNTS = 5


class Dashboard(Page):
    """Everything shown is read from the store; while there is no key, the first steps are shown instead."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "Dashboard", "The last seven days on this computer")
        self._shown, self._warned = Snapshot(), list[Alert]()
        self._day: date | None = None
        self._welcome = False  # whether the welcome is shown
        self.banners = QVBoxLayout()
        self.banners.setSpacing(8)
        self.box.addLayout(self.banners)
        self._stack = QStackedWidget()
        steps, self._first = welcome(around)
        self._stack.addWidget(steps)
        self._stack.addWidget(self._board())
        self.box.addWidget(self._stack, 1)
        self.tabs = DashboardTabs(self, self._stack)

    def close_runs(self) -> None:
        """The home is closed."""
        self.tabs.close_runs()

    def load(self, snapshot: Snapshot) -> None:
        """Only what has changed is built anew; a day that begins changes the words for days."""
        before, self._shown, now = self._shown, snapshot, datetime.now(UTC)
        today = now.astimezone().date()
        fresh, self._day = today != self._day, today
        self._warn(alerts(snapshot, now)[:3])
        if snapshot is before and not fresh:
            return
        empty = not snapshot.keys and not snapshot.runs
        if empty and not self._welcome:
            self._first.setFocus()  # Enter adds keys; Tab and Enter open the practice list
        self._welcome = empty
        _show_only(self._stack, 0 if empty else 1)
        self.title.setText("Welcome" if empty else "Dashboard")
        self.sub.setText(WELCOME_SUB if empty else "The last seven days on this computer")
        self._figures(snapshot, now)
        if fresh or snapshot.days != before.days:
            self._days()
        if fresh or snapshot.accounts != before.accounts:
            self._balances(snapshot)
        self.runs.load([run_item(run, now) for run in snapshot.runs[:_LATEST]])
        self.runs.setFixedHeight(px(38) * min(len(snapshot.runs), _LATEST) + px(40))
        self._no_runs.setVisible(not snapshot.runs)
        self.runs.setVisible(bool(snapshot.runs))
        self.tabs.load(snapshot)

    def _warn(self, found: list[Alert]) -> None:
        if found == self._warned:
            return
        self._warned = found
        clear(self.banners)
        for alert in found:
            act = button("Add keys", do=self.around.add_keys) if alert.add else button("Show keys", do=self._keys)
            self.banners.addWidget(Banner(alert.tone, alert.title, alert.text, act))

    def _keys(self) -> None:
        self.around.go("keys")

    # -- parts ---------------------------------------------------------------------------------------------------------
    def _board(self) -> QWidget:
        self.found = Figure("People found", "circle-check", "ready")
        self.rate = Figure("Found rate", "activity", "info")
        self.spent = Figure("Credits used", "coins", "info")
        self.ready = Figure("Keys ready", "key-round", "ready")
        grid = QGridLayout()
        grid.setSpacing(12)
        grid.setContentsMargins(0, 0, 0, 0)
        for place, figure in enumerate((self.found, self.rate, self.spent, self.ready)):
            grid.addWidget(figure, 0, place)
            grid.setColumnStretch(place, 1)
        grid.addWidget(self._chart_card(), 1, 0, 1, 3)
        grid.addWidget(self._credit_card(), 1, 3)
        grid.addWidget(self._run_card(), 2, 0, 1, 4)
        grid.setRowStretch(1, 1)
        made = QWidget()
        made.setLayout(grid)
        return made

    def _chart_card(self) -> Card:
        card = Card(20, 10)
        self.span: Segmented[int] = Segmented(((WEEK, "7 days"), (30, "30 days")), "Days shown")
        self.span.picked.connect(lambda _: self._days())
        self._as_table = button("As table", "ghost", "table-2", do=self._turn)
        self._as_table.setAccessibleName("Results by day as a table")
        self.bars = Bars("Results by day")
        self.table = ListTable(
            "Results by day", [Column("Day"), *[Column(WORDS[one], 100, right=True) for one in SERIES]], row_height=30
        )
        self._views = QStackedWidget()
        self._views.addWidget(self.bars)
        self._views.addWidget(self.table)
        card.box.addLayout(row(label("Results by day", "h2"), None, self.span, self._as_table))
        card.box.addLayout(row(*[Legend(group) for group in SERIES], None, spacing=14))
        card.box.addWidget(self._views, 1)
        return card

    def _credit_card(self) -> Card:
        card = Card(20, 10)
        self._accounts = QVBoxLayout()
        self._accounts.setSpacing(4)
        card.box.addWidget(label("Credits left", "h2"))
        card.box.addLayout(self._accounts)
        card.box.addStretch()
        return card

    def _run_card(self) -> Card:
        card = Card(1, 0)
        self.runs = ListTable("Latest runs", RUN_COLUMNS)
        self.runs.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # as high as what is in it
        self.runs.opened.connect(lambda run: self.around.show_run(run.id))
        head = row(label("Latest runs", "h2"), None, button("See all", "ghost", do=lambda: self.around.go("activity")))
        head.setContentsMargins(20, 10, 12, 4)
        self._no_runs = label("Nothing looked up yet. Every run will be listed here.", "sub")
        self._no_runs.setContentsMargins(20, 4, 20, 16)
        card.box.addLayout(head)
        card.box.addWidget(self.runs)
        card.box.addWidget(self._no_runs)
        return card

    def _turn(self) -> None:
        """The same numbers as a table, and back."""
        table = self._views.currentIndex() == 0
        self._views.setCurrentIndex(int(table))
        self._as_table.setText(" As chart" if table else " As table")
        self._as_table.setAccessibleName(f"Results by day as a {'chart' if table else 'table'}")

    # -- numbers -------------------------------------------------------------------------------------------------------
    def _figures(self, snapshot: Snapshot, now: datetime) -> None:
        week = snapshot.days[-WEEK:]
        found, asked, credits = totals(week)
        self.found.say(f"{found:,}", f"of {asked:,} looked up")
        self.rate.say(f"{found / asked:.0%}" if asked else "–", "of the people looked up" if asked else "nothing looked up yet")
        each = f"{amount(round(credits / found, 1))} for each person found" if found else "nobody found yet"
        self.spent.say(amount(round(credits, 2)), each)
        looks = Counter(look(line.key, now)[0] for line in snapshot.keys)
        others = " · ".join(f"{count} {shown.word.lower()}" for shown, count in looks.most_common() if shown is not READY)
        self.ready.say(f"{looks[READY]} of {len(snapshot.keys)}", others or f"{credits_left(snapshot)[0]} credits left")

    def _days(self) -> None:
        days = self._shown.days[-self.span.value :]
        self.bars.load([(_short(day.day, len(days)), day.counts) for day in days])
        self.table.load([_day_item(day) for day in reversed(days)])

    def _balances(self, snapshot: Snapshot) -> None:
        clear(self._accounts)
        accounts = sorted(snapshot.accounts, key=lambda one: (one.share is None, one.share or 0.0))
        for account in accounts[:_MOST_ACCOUNTS]:
            self._accounts.addWidget(_balance(account))
        if len(accounts) > _MOST_ACCOUNTS:
            more = button(f"{len(accounts) - _MOST_ACCOUNTS} more", "ghost", do=self._keys)
            self._accounts.addLayout(row(more, None))
        if not accounts:
            self._accounts.addWidget(label("No account yet.", "sub"))


def _show_only(stack: QStackedWidget, shown: int) -> None:
    """Show one; the hidden ones ask for no room."""
    for place in range(stack.count()):
        policy = QSizePolicy.Policy.Preferred if place == shown else QSizePolicy.Policy.Ignored
        if (part := stack.widget(place)) is not None:
            part.setSizePolicy(policy, policy)
    stack.setCurrentIndex(shown)


def _balance(account: AccountLine) -> QWidget:
    """One account: what is left and, at the pace of the last days, until when."""
    made, share = QWidget(), account.share
    said = (
        f"{amount(round(account.left))} of {amount(account.total)}"
        if account.left is not None and account.total
        else "not read yet"
    )
    name = label(account.label, "strong" if share is not None and share <= LOW else "")
    parts: list[QWidget | int] = []
    if share is not None:
        bar = Balance()
        bar.load(share, f"{account.label}: {said} credits left")
        parts.append(bar)
    parts.append(label(forecast(account, datetime.now(UTC)), "small", wrap=True))
    made.setLayout(column(row(name, None, label(said, "small")), *parts, 4, spacing=3))
    return made


def forecast(account: AccountLine, now: datetime) -> str:
    """How long the credits last at the pace of the last seven days."""
    if account.left is None:
        return f"{amount(round(account.spent, 2))} used in 7 days" if account.spent else "nothing used in 7 days"
    if account.left <= 0:
        return "none left"
    days = account.lasts()
    if days is None:
        return "nothing used in 7 days"
    if days > 365:
        return "lasts more than a year at this pace"
    last = datetime.fromtimestamp(now.timestamp() + days * 86_400, UTC).astimezone()
    return f"lasts until about {last.day} {last:%b} at this pace"


def totals(days: tuple[DayLine, ...]) -> tuple[int, int, float]:
    """People found, people looked up (those Lusha answered, as the statistics count them), credits."""
    found = sum(day.counts.get(Group.FOUND, 0) for day in days)
    missed = sum(day.counts.get(Group.NOT_FOUND, 0) for day in days)
    return found, found + missed, sum(day.credits for day in days)


def run_item(run: RunLine, now: datetime) -> Item:
    """A run as a line of a list."""
    where = Path(run.source).name + (f", {run.sheet}" if run.sheet else "")
    state = _STATES.get(run.state, run.state.capitalize()) if run.undone is None else _UNDONE[run.undone]
    cells = (
        when(run.created_at, now),
        kinds_word(run.kinds),
        where,
        run.counts,
        f"{run.rows:,}",
        amount(round(run.credits, 2)),
        state,
    )
    return Item(run.id, cells, run, run.reason or run.source)


def _day_item(day: DayLine) -> Item:
    return Item(day.day.isoformat(), (f"{day.day:%a %d %b}", *[f"{day.counts.get(one, 0):,}" for one in SERIES]), day)


def _short(day: date, shown: int) -> str:
    if day == datetime.now().astimezone().date():
        return "Today"
    return f"{day:%a}" if shown <= WEEK else f"{day.day} {day:%b}"
