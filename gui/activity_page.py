"""Activity: runs with their receipts, every look-up, what happened to the keys, and what left this computer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedWidget

from core import words
from core.board import RunLine, Snapshot
from core.history import Departure, LookUp, Which
from core.keys.trail import Entry
from core.model import RowStatus
from gui import actions, files
from gui.charts import in_words
from gui.dashboard import RUN_COLUMNS, run_item
from gui.dialogs import Confirm
from gui.key_details import entry_item
from gui.lists import Cell, Column, Item, ListTable, text_of
from gui.looks import when
from gui.page import Page, Surroundings
from gui.widgets import Card, Combo, Empty, Segmented, button, label, row

RUNS, LOOK_UPS, TRAIL, LEFT = "runs", "look_ups", "trail", "left"
_VIEWS = ((RUNS, "Runs"), (LOOK_UPS, "Look-ups"), (TRAIL, "Key changes"), (LEFT, "What left this PC"))
_WHICH = ((Which.ALL, "Everything"), (Which.FOUND, "Found"), (Which.NOT_FOUND, "Not found"), (Which.KEYS, "Key problems"))
_LOOK_UPS = (
    Column("When", 150),
    Column("Prospect"),
    Column("For", 74, hides=760),
    Column("Key", 190),
    Column("Result", 130),
    Column("Credits", 78, right=True),
    Column("Took", 70, right=True, hides=840),
)
_TRAIL = (
    Column("When", 150),
    Column("Key", 180),
    Column("What", 96),
    Column("State", 170, hides=720),
    Column("Why"),
    Column("Who", 70),
)
_LEFT = (
    Column("When", 150),
    Column("Where to", 170, hides=990),
    Column("File", 150),
    Column("People", 74, right=True),
    Column("Requests", 92, right=True, hides=800),
    Column("Fields of each person"),  # the longest, and what this list is for: it takes the room that is left
)
_ALL_KEYS = "All keys"
_EMPTY = "Every look-up will be listed here, with the key that answered and why one was skipped."


class ActivityPage(Page):
    """Lists are read when they are shown and when the store has changed; older look-ups come when the end is reached."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "Activity", "What was looked up, by which key, at what cost", scrolls=False)
        self._shown, self._seen, self._ended = Snapshot(), False, False
        self._opening = True  # nobody has seen the list of runs yet, since the page was opened
        self.tables = {
            RUNS: ListTable("Runs", RUN_COLUMNS),
            LOOK_UPS: ListTable("Look-ups", _LOOK_UPS),
            TRAIL: ListTable("Key changes", _TRAIL),
            LEFT: ListTable("What left this computer", _LEFT),
        }
        self.view: Segmented[str] = Segmented(_VIEWS, "List")
        self.which: Segmented[Which] = Segmented(_WHICH, "Look-ups shown")
        self.keys = Combo("Key", [_ALL_KEYS])
        self.keys.setMinimumWidth(190)
        self.box.addLayout(row(self.view, None, self.which, self.keys))
        self.export = button("Export…", "", "download", "The list as CSV", self._export)
        self.head.addWidget(self.export)
        self._stack, self._detail = QStackedWidget(), label("", "small", wrap=True)
        for table in self.tables.values():
            self._stack.addWidget(table)
        self._stack.addWidget(
            Empty("history", "Nothing here yet", _EMPTY, button("Enrich a file", do=lambda: around.go("enrich")))
        )
        card = Card(1, 0)
        card.box.addWidget(self._stack, 1)
        self.box.addWidget(card, 1)
        self.resume = button("Go on with this file", "", "play", do=self._resume)
        self.undo = button("Undo this run", "", "undo-2", "Cells edited since stay as they are.", self._undo)
        self.box.addLayout(self._foot())
        self._connect()
        self._show()

    def load(self, snapshot: Snapshot) -> None:
        self._shown = snapshot
        self._fill_keys()
        self._show()

    def show_list(self, name: str) -> None:
        """Show one of the lists."""
        self.view.choose(name)
        self._show()

    def show_run(self, job: str) -> None:
        """Show one run among the others."""
        self.show_list(RUNS)
        self.tables[RUNS].choose(job)
        self.tables[RUNS].setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._opening = True
        if self.view.value == RUNS:
            self._runs()

    # -- parts ---------------------------------------------------------------------------------------------------------
    def _foot(self) -> QHBoxLayout:
        foot = row(self._detail, self.undo, self.resume)
        foot.setStretch(0, 1)
        return foot

    def _connect(self) -> None:
        self.view.picked.connect(lambda _: self._show())
        self.which.picked.connect(lambda _: self._show())
        self.keys.activated.connect(lambda _: self._show())
        for table in self.tables.values():
            table.selectionModel().selectionChanged.connect(lambda *_: self._tell())
        self.tables[LOOK_UPS].verticalScrollBar().valueChanged.connect(self._older)

    def _fill_keys(self) -> None:
        names = [_ALL_KEYS, *[actions.key_name(line.key) for line in self._shown.keys]]
        if names != [self.keys.itemText(place) for place in range(self.keys.count())]:
            kept = self.keys.currentText()
            self.keys.clear()
            self.keys.addItems(names)
            self.keys.setCurrentIndex(max(0, self.keys.findText(kept)))

    # -- lists ---------------------------------------------------------------------------------------------------------
    def _show(self) -> None:
        shown = self.view.value
        self.which.setVisible(shown == LOOK_UPS)
        self.keys.setVisible(shown == TRAIL)
        self._ended = False
        if shown == RUNS:
            self._runs()
        elif shown == LOOK_UPS:
            which = self.which.value
            self.around.ask(lambda app: actions.look_ups(app, which, None), lambda found: self._look_ups(found, which))
        elif shown == TRAIL:
            key = self.keys.currentIndex() - 1
            key_id = self._shown.keys[key].key.id if 0 <= key < len(self._shown.keys) else ""
            self.around.ask(lambda app: actions.trail(app, key_id), self._trail)
        else:
            host = urlsplit(self.around.desk().settings.api_url).netloc
            self.around.ask(actions.departures, lambda found: self._fill(LEFT, [_left_item(one, host) for one in found]))

    def _runs(self) -> None:
        """Of a page that was just opened the newest run is the chosen one, if no other is."""
        table = self.tables[RUNS]
        self._fill(RUNS, [run_item(run, datetime.now(UTC)) for run in self._shown.runs])
        if self._opening and self.isVisible() and table.list.items:
            self._opening = False
            if not table.selectionModel().hasSelection():
                table.choose(table.list.items[0].id)

    def _fill(self, name: str, items: Sequence[Item]) -> None:
        self.tables[name].load(items)
        if self.view.value == name:
            self._stack.setCurrentWidget(self.tables[name]) if items else self._stack.setCurrentIndex(len(self.tables))
            self.export.setEnabled(bool(items))
            self._tell()

    def _trail(self, entries: list[Entry]) -> None:
        now = datetime.now(UTC)
        made = []
        for entry in entries:
            item = entry_item(entry, now)
            name = f"{entry.label} ...{entry.last4}" if entry.label else ""
            made.append(Item(item.id, (item.cells[0], name, *item.cells[1:]), entry, item.tip))
        self._fill(TRAIL, made)

    def _look_ups(self, found: list[LookUp], which: Which) -> None:
        if which is self.which.value:
            self._fill(LOOK_UPS, [_look_up_item(one) for one in found])

    def _older(self, value: int) -> None:
        """The end of the list is reached: the next five hundred."""
        table, which = self.tables[LOOK_UPS], self.which.value
        if self._ended or not table.list.items or value < table.verticalScrollBar().maximum():
            return
        self._ended = True
        oldest = min(one.value.seq for one in table.list.items if isinstance(one.value, LookUp))
        self.around.ask(lambda app: actions.look_ups(app, which, oldest), lambda found: self._add_older(found, which))

    def _add_older(self, found: list[LookUp], which: Which) -> None:
        if found and which is self.which.value:
            table = self.tables[LOOK_UPS]
            table.load([*table.list.items, *[_look_up_item(one) for one in found]])
            self._ended = False

    # -- the chosen line -----------------------------------------------------------------------------------------------
    def _tell(self) -> None:
        """The receipt of the chosen line, below the list."""
        item, run = self.tables[self.view.value].current(), self._run()
        self._detail.setText(receipt(run) if run is not None else item.tip if item is not None else "")
        file = run is not None and Path(run.source).suffix != ""
        self.resume.setVisible(run is not None and file and run.state == "PAUSED" and run.undone is None)
        self.undo.setVisible(run is not None and file and run.state in {"PAUSED", "DONE"} and run.undone is not True)

    def _run(self) -> RunLine | None:
        """The run that is highlighted while runs are shown."""
        item = self.tables[RUNS].current() if self.view.value == RUNS else None
        return item.value if item is not None and isinstance(item.value, RunLine) else None

    def _resume(self) -> None:
        run = self._run()
        if run is not None:
            self.around.take_up(run.id)

    def _undo(self) -> None:
        """Asks first: the file changes, and nothing but a run anew brings the cells back."""
        run = self._run()
        if run is not None and Confirm(self, "Undo this run?", undo_words(run), "Undo this run", glyph="undo-2").exec():
            self.around.ask(files.undo([run.id]), lambda report: self.around.say(report.sentence, True, None))

    def _export(self) -> None:
        name, table = self.view.value, self.tables[self.view.value]
        path, _ = QFileDialog.getSaveFileName(self, "Export the list", f"{name.replace('_', '-')}.csv", "CSV (*.csv)")
        if path:
            head = [column.title for column in table.list.columns]
            rows = [[text_of(cell) for cell in item.cells] for item in table.list.items]
            done: Callable[[Path], None] = lambda saved: self.around.say(f"Saved: {saved.name}", True, None)  # noqa: E731
            self.around.ask(lambda app: actions.export(app, Path(path), head, rows), done)


def undo_words(run: RunLine) -> str:
    """What undoing a run does, and what it cannot do."""
    return (
        f"What this run wrote into “{Path(run.source).name}” is taken out again; cells edited since stay as they are. "
        "It cannot be taken back. Credits do not come back, but the answers stay known: writing them again is free."
    )


def receipt(run: RunLine) -> str:
    """What a run cost and who answered, in one or two sentences."""
    keys = f" Keys: {', '.join(f'...{last4}' for last4 in run.last4)}." if run.last4 else ""
    why = f" {run.reason}" if run.reason else ""
    left = "1 answer was" if run.undelivered == 1 else f"{run.undelivered:,} answers were"
    waiting = f" {left} not written into the file." if run.undelivered else ""
    cost = f"{words.requests(run.calls)}, {words.spent(round(run.credits, 2))}"
    rows = "1 row" if run.apart == 1 else f"{run.apart:,} rows"
    apart = f" Apart from these: {rows} that must not be contacted or cannot be looked up." if run.apart else ""
    return f"{run.source}: {in_words(run.counts)}.{apart} {cost}{keys}{why}{waiting}"


def _look_up_item(one: LookUp) -> Item:
    took = "" if one.took_s is None else f"{one.took_s:.1f} s"
    status = words.STATUS[RowStatus(one.status)] if one.status in set(RowStatus) else one.status
    key = f"{one.label} ...{one.last4}" if one.last4 else one.label
    kinds = {"phones": "Phone", "emails": "Email"}.get(one.kinds, "")
    who = one.name or (f"{one.row} rows" if one.row > 1 else "1 row")
    cost = "?" if one.credits is None else words.amount(round(one.credits, 2))
    cells: tuple[Cell, ...] = (when(one.at, datetime.now(UTC)), who, kinds, key, status or "No answer yet", cost, took)
    http = f"HTTP {one.http}. " if one.http else ""
    return Item(f"{one.seq}:{one.row}:{one.kinds}", cells, one, f"{http}{one.reason}".strip())


def _left_item(one: Departure, host: str) -> Item:
    cells = (
        when(one.at, datetime.now(UTC)),
        host,
        Path(one.source).name,
        f"{one.people:,}",
        f"{one.requests:,}",
        ", ".join(one.fields),
    )
    return Item(
        one.job, cells, one, f"Sent to {host}: {', '.join(one.fields)} of {one.people:,} people in {one.requests:,} requests."
    )
