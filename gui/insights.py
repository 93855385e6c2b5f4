"""Insights, the second view of the Dashboard: found rates, cost, what was saved, what keys met; each chart as a table too."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFileDialog, QGridLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from core.errors import EnrichError
from core.words import amount
from gui import insight_data as data
from gui.insight_charts import Columns, Lines, Series, Shares, Swatch
from gui.lists import ListTable
from gui.page import Surroundings
from gui.theme import px
from gui.widgets import Card, Combo, Empty, Figure, Segmented, button, column, label, row
from gui.worker import Run

if TYPE_CHECKING:
    from core.app import App
    from core.stats.figures import Insights
    from core.stats.statistics import Statistics
    from core.stats.tables import Table

RANGES: tuple[tuple[int | None, str], ...] = ((7, "7 days"), (30, "30 days"), (90, "90 days"), (None, "All"))
AGAIN_MS = 3000  # while the store keeps changing, the figures follow this often
NARROW = 860
_ALL_KEYS = "All keys"


class ChartCard(Card):
    """A chart with a title and a legend, and the same numbers as a table."""

    def __init__(self, title: str, chart: QWidget, legend: QWidget | None, *extra: QWidget) -> None:
        super().__init__(20, 10)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # columns of cards are equally wide
        self.chart, self._title = chart, title
        self._turned = button("As table", "ghost", "table-2", do=self.turn)
        self._turned.setAccessibleName(f"{title} as a table")
        self.views = QStackedWidget()
        self.views.addWidget(chart)
        self.box.addLayout(row(label(title, "h2"), None, *extra, self._turned))
        if legend is not None:
            self.box.addWidget(legend)
        self.box.addWidget(self.views, 1)
        self.list: ListTable | None = None

    def load(self, table: Table) -> None:
        """The numbers behind the chart."""
        if self.list is None:
            self.list = ListTable(self._title, data.columns(table), row_height=30)
            self.list.setMinimumHeight(px(220))
            self.views.addWidget(self.list)
        self.list.load(data.items(table))

    def turn(self) -> None:
        """To the table, and back."""
        table = self.views.currentIndex() == 0
        self.views.setCurrentIndex(int(table))
        self._turned.setText(" As chart" if table else " As table")
        self._turned.setAccessibleName(f"{self._title} as a {'chart' if table else 'table'}")


class InsightsView(QWidget):
    """Reads the store on a thread of its own whenever it is shown and something has changed."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__()
        self._around = around
        self.setMinimumWidth(1)  # the cards go under each other instead of growing out of the page
        self._run: Run | None = None
        self._statistics: Statistics | None = None
        self.insights: Insights | None = None
        self._stale = True
        self._later = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self._later.timeout.connect(self.refresh)
        self.range: Segmented[int | None] = Segmented(RANGES, "Time")
        self.range.choose(30)
        self.range.picked.connect(lambda _: self._anew())
        self.export = button("Export…", "", "download", "A workbook with these figures and charts", self._export)
        self.said = label("", "small")
        self._stack = QStackedWidget()
        self._stack.addWidget(self._body())
        go = button("Enrich a file", do=lambda: around.go("enrich"))
        self._empty = Empty("activity", "Nothing looked up in this time", _EMPTY, go)
        self._stack.addWidget(self._empty)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(12)
        box.addLayout(row(self.range, self.said, None, self.export))
        box.addWidget(self._stack, 1)

    # -- reading -------------------------------------------------------------------------------------------------------
    def changed(self) -> None:
        """The store holds something new; it is read when somebody looks."""
        self._stale = True
        if self.isVisible() and not self._later.isActive():
            self._later.start()

    def refresh(self) -> None:
        """Read what has changed, one reading at a time."""
        if self._run is not None or not self._stale:
            return
        self._stale, desk, days = False, self._around.desk(), self.range.value
        self._run = Run(desk.settings, desk.vault, self._reading(days))
        self._run.ended.connect(self._read)
        self._run.troubled.connect(self._refused)
        self._run.crashed.connect(desk.crashed.emit)
        if self.insights is None:
            self.said.setText("Counting…")
        self._run.start()

    def _anew(self) -> None:
        self._stale = True
        self.refresh()

    def _reading(self, days: int | None) -> Callable[[App], Generator[object, None, tuple[int | None, Insights]]]:
        def work(app: App) -> Generator[object, None, tuple[int | None, Insights]]:
            from core.stats.span import last_days  # noqa: PLC0415  # after the first paint
            from core.stats.statistics import Statistics  # noqa: PLC0415  # as above

            if self._statistics is None:
                self._statistics = Statistics(app.clock)
            yield from ()  # a run is a generator; this one has no events
            with app.db.reader() as con:
                return days, self._statistics.read(con, last_days(days, self._statistics.today()))

        return work

    def _read(self, found: tuple[int | None, Insights]) -> None:
        self._run, days = None, found[0]
        if days != self.range.value:  # another time was picked meanwhile
            self._anew()
            return
        self.show_insights(found[1])
        if self._stale:  # something has changed while it was counted
            self.changed()

    def _refused(self, error: EnrichError) -> None:
        self._run = None
        self._around.trouble(error)

    # -- showing -------------------------------------------------------------------------------------------------------
    def _body(self) -> QWidget:
        self.rate = Figure("Found rate", "activity", "info")
        self.phone = Figure("Credits per phone", "phone", "info")
        self.email = Figure("Credits per e-mail", "mail", "info")
        self.saved = Figure("Requests saved", "zap", "ready")
        self._people = Columns("People by day", data.PEOPLE, _whole)
        self._inputs, self._accounts = Shares("Found rate by what the row gave"), Shares("Found rate by account")
        self._cost = Lines("Credits for each one found", data.COST, _credits)
        self._requests = Columns("Requests sent and saved", data.REQUESTS, _whole)
        self._said = Columns("What Lusha said to the keys", data.KEYS, _whole)
        self.key = Combo("Key", [_ALL_KEYS])
        self.key.setMinimumWidth(px(150))
        self.key.activated.connect(lambda _: self._keys())
        self.people = ChartCard("People by day", self._people, _legend(data.PEOPLE))
        self.inputs = ChartCard("Found rate by what the row gave", self._inputs, None)
        self.cost = ChartCard("Credits for each one found", self._cost, _legend(data.COST))
        self.requests = ChartCard("Requests sent and saved", self._requests, _legend(data.REQUESTS))
        self.keys = ChartCard("What Lusha said to the keys", self._said, _legend(data.KEYS), self.key)
        self.accounts = ChartCard("Found rate by account", self._accounts, None)
        self._wide = (self.keys, self.accounts)
        self._cards = (self.people, self.inputs, self.cost, self.requests, self.keys, self.accounts)
        for figure in (self.rate, self.phone, self.email, self.saved):
            figure.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._figures = (self.rate, self.phone, self.email, self.saved)
        self.notes = label("", "small", wrap=True)
        self._grid = QGridLayout()
        self._grid.setSpacing(12)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._columns = 0
        self._place(2)
        made = QWidget()
        made.setLayout(column(self._grid, self.notes, spacing=12))
        return made

    def _place(self, columns: int) -> None:
        """Cards side by side, or under each other where there is little room."""
        if columns == self._columns:
            return
        self._columns = columns
        for place, figure in enumerate(self._figures):
            self._grid.addWidget(figure, place // (columns * 2), place % (columns * 2))
        for place, card in enumerate(self._cards):
            whole = card in self._wide
            line, at = (2 + place, 0) if whole else (2 + place // columns, 2 * (place % columns))
            self._grid.addWidget(card, line, at, 1, 2 * columns if whole else 2)
        for place in range(4):
            self._grid.setColumnStretch(place, int(place < columns * 2))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place(2 if self.width() >= px(NARROW) else 1)

    def show_insights(self, insights: Insights) -> None:
        """Show these figures."""
        from core.stats.summary import notes, price_of  # noqa: PLC0415  # after the first paint

        self.insights = insights
        self._stack.setCurrentIndex(int(insights.empty))
        self.export.setEnabled(not insights.empty)
        self.said.setText(f"{insights.first:%d %b %Y} to {insights.last:%d %b %Y}, this computer")
        people, cost, saved = insights.people, insights.cost, insights.saved
        self.rate.say("–" if people.rate is None else f"{people.rate:.0%}", f"{people.found:,} of {people.answered:,} people")
        self.phone.say(_maybe(cost.per_phone), f"{cost.phones:,} phones, {amount(round(cost.phone_credits, 2))} credits")
        self.email.say(_maybe(cost.per_email), f"{cost.emails:,} e-mails, {amount(round(cost.email_credits, 2))} credits")
        known = saved.spared.known + saved.spared.duplicates
        self.saved.say(f"{saved.total:,}", f"{saved.calls.batched:,} by batches, {known:,} known")
        self._people.load(data.people_points(insights))
        self._inputs.load(data.bars(insights))
        self._cost.load(data.cost_points(insights))
        self._requests.load(data.request_points(insights))
        self._accounts.load(data.account_bars(insights))
        for card, table in zip(self._cards, data.behind(insights), strict=True):
            card.load(table)
        self._fill_keys(insights)
        self._keys()
        self.notes.setText(" ".join(notes(insights, price_of(self._around.desk().settings.credit_price))))

    def _fill_keys(self, insights: Insights) -> None:
        names = [_ALL_KEYS, *[f"{one.label} ...{one.last4}" for one in insights.keys]]
        if names != [self.key.itemText(place) for place in range(self.key.count())]:
            kept = self.key.currentText()
            self.key.clear()
            self.key.addItems(names)
            self.key.setCurrentIndex(max(0, self.key.findText(kept)))

    def _keys(self) -> None:
        if self.insights is not None:
            place = self.key.currentIndex() - 1
            key = self.insights.keys[place] if 0 <= place < len(self.insights.keys) else None
            self._said.load(data.key_points(self.insights, key))

    # -- export --------------------------------------------------------------------------------------------------------
    def _export(self) -> None:
        name = f"lusha-statistics-{self.insights.last}.xlsx" if self.insights is not None else "lusha-statistics.xlsx"
        option = QFileDialog.Option.DontConfirmOverwrite  # an existing file is refused, with words
        path, _ = QFileDialog.getSaveFileName(self, "Export the statistics", name, "Excel workbook (*.xlsx)", options=option)
        if path:
            self.save(Path(path))

    def save(self, path: Path) -> None:
        """Write what is shown as a workbook."""
        insights = self.insights
        if insights is None:
            return

        def work(app: App) -> Path:
            from core.stats.book import write_statistics  # noqa: PLC0415  # openpyxl is needed for this only
            from core.stats.summary import price_of  # noqa: PLC0415  # as above

            return write_statistics(path, insights, price_of(app.settings.credit_price))

        self._around.ask(work, lambda saved: self._around.say(f"Saved: {saved.name}", True, None))

    def close_runs(self) -> None:
        """The home is closed."""
        self._later.stop()
        if self._run is not None:
            self._run.wait(2.0)


def _legend(series: Sequence[Series]) -> QWidget:
    made = QWidget()
    made.setLayout(row(*map(Swatch, series), None, spacing=14))
    return made


def _whole(value: float) -> str:
    return f"{round(value):,}"


def _credits(value: float) -> str:
    return amount(round(value, 2))


def _maybe(value: float | None) -> str:
    return "–" if value is None else f"{value:,.2f}"


_EMPTY = "Found rates, cost and what was saved will be counted here from your own runs. Choose a longer time, or start one."
