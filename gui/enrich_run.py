"""The third and fourth step: how far the run is, which key is tried, every step; then what came of it."""

from __future__ import annotations

import time
from datetime import datetime

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QStackedWidget, QWidget

from core import words
from core.board import Group
from core.engine.batch import Limits
from core.engine.events import JobStarted, KeyTrying, Progress, RowDone
from core.engine.steps import lines
from core.errors import EnrichError
from core.model import Answer, RowStatus
from core.words import amount
from gui.charts import Legend, Stack
from gui.enrich_check import FileCard
from gui.files import Outcome, Prepared, apart, counts_of
from gui.lists import Column, Item, ListTable
from gui.theme import mono, px
from gui.widgets import Card, Segmented, button, column, label, rename, row

MOST_LINES = 2000
_SHOWN = (
    (frozenset[RowStatus](), "All rows"),
    (frozenset({RowStatus.FOUND, RowStatus.PARTLY_FOUND, RowStatus.CHECK_MATCH}), "Found"),
    (frozenset({RowStatus.NOT_FOUND, RowStatus.DO_NOT_CONTACT}), "Not found"),
    (frozenset({RowStatus.FAILED, RowStatus.CANNOT_LOOK_UP, RowStatus.WAITING, RowStatus.STOPPED}), "Failed or waiting"),
)
_COLUMNS = (Column("Row", 70), Column("Who", 200), Column("Status", 130), Column("Key", 70, hides=700), Column("Message"))


class RunStep(QWidget):
    """Follows the events of a run; shows the summary when it has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.going, self._total = False, 0
        self._prepared: Prepared | None = None
        self._cap: float | None = None
        self._answers: dict[int, Answer] = {}
        self._credits, self._began = 0.0, 0.0
        self.file = FileCard()
        self.title, self.side = label("", "h2", wrap=True), label("", "soft")
        self.bar = Stack("Progress of the run", 14)
        self.legends = {group: Legend(group) for group in Group}
        self.trying, self.hint = label("", "strong", wrap=True), label(SAFE, "small", wrap=True)
        self.log = self._make_log()
        self.rows = ListTable("Rows of this run", _COLUMNS)
        self.filter: Segmented[frozenset[RowStatus]] = Segmented(_SHOWN, "Rows shown")
        self.filter.picked.connect(lambda _: self._load_rows())
        self.stop = button("Stop after this request", "", "square")
        self.resume = button("Resume", "primary", "play")
        self.open_file = button("Open file", "", "folder-open")
        self.write = button("Write the answers now", "primary", "file-spreadsheet")
        self.again = button("Another file")
        self.undo = button("Undo", "", "undo-2")
        self.undo.hide()
        whole = column(self.file, self._top(), self._below(), spacing=12)
        whole.setStretch(2, 1)
        self.setLayout(whole)

    # -- parts ---------------------------------------------------------------------------------------------------------
    def _make_log(self) -> QPlainTextEdit:
        made = QPlainTextEdit()
        made.setObjectName("log")
        made.setReadOnly(True)
        made.setMaximumBlockCount(MOST_LINES)
        made.setFont(mono())
        made.setAccessibleName("Steps of the run")
        made.setTabChangesFocus(True)
        made.setMinimumHeight(px(150))
        return made

    def _top(self) -> Card:
        card = Card(20, 10)
        head = row(self.title, self.side)
        head.setStretch(0, 1)
        foot = row(self.trying, None, self.undo, self.again, self.stop, self.write, self.resume, self.open_file)
        foot.setStretch(0, 1)
        for part in (head, row(*self.legends.values(), None, spacing=16), foot):
            card.box.addLayout(part)
        card.box.insertWidget(1, self.bar)
        card.box.addWidget(self.hint)
        return card

    def _below(self) -> Card:
        card = Card(1, 0)
        self._views: Segmented[int] = Segmented(((0, "Steps"), (1, "Rows")), "View")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.log)
        self._stack.addWidget(self.rows)
        self._views.picked.connect(self._view)
        copy = button("Copy", "ghost", "copy", do=lambda: QGuiApplication.clipboard().setText(self.log.toPlainText()))
        copy.setAccessibleName("Copy the steps")
        head = row(self._views, self.filter, None, copy)
        head.setContentsMargins(18, 12, 14, 10)
        card.box.addLayout(head)
        card.box.addWidget(self._stack, 1)
        return card

    def _view(self, number: int) -> None:
        self._stack.setCurrentIndex(number)
        self.filter.setVisible(number == 1)

    # -- while it runs -------------------------------------------------------------------------------------------------
    def begin(self, prepared: Prepared, limits: Limits) -> None:
        self.going, self._prepared, self._answers = True, prepared, dict(prepared.plan.answers)
        self._total, self._credits, self._cap = prepared.plan.rows, 0.0, limits.credits
        self._began = time.monotonic()
        self.file.load(prepared)
        self.file.change.setVisible(False)
        self.log.clear()
        self._views.choose(0)
        self._view(0)
        rename(self.stop, "Stop after this request")
        self.stop.setEnabled(True)
        self.trying.setText("Starting…")
        self.hint.setText(SAFE)
        self._buttons(stop=True)
        self._count()

    def follow(self, events: list[object]) -> None:
        """A tenth of a second of events; classes nobody here knows are only logged."""
        said = []
        for event in events:
            match event:
                case RowDone(row=number, answer=answer):
                    self._answers[number] = answer
                case Progress(credits=credits):
                    self._credits = credits
                case KeyTrying(ordinal=ordinal, of=of, last4=last4):
                    self.trying.setText(words.trying(ordinal, of, last4))
                case JobStarted(to_send=0):
                    self.trying.setText("Nothing has to be asked.")
            said += _said(event)
        if said:
            self.log.appendPlainText("\n".join(said))
        self._count()

    def stopping(self) -> None:
        rename(self.stop, "Stopping…")
        self.stop.setEnabled(False)

    def tick(self) -> None:
        if self.going:
            self._say_side()

    def how_far(self) -> str:
        return f"{self._done():,} of {self._total:,} rows are done." if self.going else ""

    def _done(self) -> int:
        return len(self._answers)

    def _count(self) -> None:
        counts = counts_of(self._answers)
        counts[Group.LEFT] = counts.get(Group.LEFT, 0) + self._total - self._done()
        self.bar.load(counts)
        for group, legend in self.legends.items():
            legend.say(counts.get(group, 0))
        if self.going:
            self.title.setText(words.enriching(self._done(), self._total))
            self._say_side()

    def _say_side(self) -> None:
        cap = f" of {amount(self._cap)}" if self._cap else ""
        said = f"{amount(self._credits)}{cap} credits used"
        gone, asked = time.monotonic() - self._began, self._done() - self._known()
        left = self._total - self._done()
        if asked >= 20 and left:
            minutes = gone / asked * left / 60
            said = f"about {minutes:.0f} min left · {said}" if minutes >= 1 else f"less than a minute left · {said}"
        self.side.setText(said)

    def _known(self) -> int:
        return len(self._prepared.plan.answers) if self._prepared is not None else 0

    # -- when it has ended ---------------------------------------------------------------------------------------------
    def end(self, outcome: Outcome, *, undo: bool) -> None:
        self.going = False
        result = outcome.result
        self._answers, self._credits = dict(result.answers), result.credits
        self._count()
        self.title.setText(result.message)
        self.side.setText(f"{words.spent(result.credits)}".rstrip("."))
        self.trying.setText(result.detail)
        self.hint.setText(_after(outcome))
        rename(self.resume, f"Look up {outcome.left:,} more" if outcome.left and not result.stopped else "Resume")
        self._buttons(write=outcome.trouble is not None, resume=outcome.left > 0, done=True)
        self.undo.setVisible(undo)
        self.undo.setEnabled(True)
        self._load_rows()
        self._views.choose(1)
        self._view(1)

    def undone(self, said: str) -> None:
        self.undo.hide()
        self.hint.setText(f"{said} The answers stay known: writing them again is free.")

    def halt(self, error: EnrichError) -> None:
        """The run could not go on: the rows can be asked for later."""
        self.going = False
        self.title.setText(error.title)
        self.trying.setText(error.message)
        self.hint.setText("What was paid is kept. Press Resume to go on.")
        self._buttons(resume=True, done=True)

    def _buttons(self, *, stop: bool = False, write: bool = False, resume: bool = False, done: bool = False) -> None:
        self.stop.setVisible(stop)
        self.undo.hide()
        self.write.setVisible(write)
        self.resume.setVisible(resume)
        self.open_file.setVisible(done and not write)
        self.again.setVisible(done)

    def _load_rows(self) -> None:
        wanted = self.filter.value
        self.rows.load(
            [
                self._item(number, answer)
                for number, answer in sorted(self._answers.items())
                if not wanted or answer.status in wanted
            ]
        )

    def _item(self, number: int, answer: Answer) -> Item:
        key = f"...{answer.last4}" if answer.last4 else ""
        cells = (str(number), self._who(number), words.STATUS[answer.status], key, answer.reason)
        return Item(f"{number}:{answer.status}", cells, answer, answer.reason)

    def _who(self, number: int) -> str:
        """The row's person as the sheet names them."""
        if self._prepared is None:
            return ""
        found = next((row for row in self._prepared.opened.rows if row.number == number), None)
        if found is None or found.prospect is None:
            return ""
        who = found.prospect
        return f"{who.first_name} {who.last_name}".strip() or who.linkedin.rpartition("/")[2] or who.email


SAFE = "Every answer is saved before it is written: stopping loses nothing."


def _said(event: object) -> list[str]:
    now = f"{datetime.now().astimezone():%H:%M:%S}"
    try:
        return [f"{now}  {line}" for line in lines(event)]  # type: ignore[arg-type]
    except AssertionError:  # an event of a newer core
        return []


def _after(outcome: Outcome) -> str:
    if outcome.trouble is not None:
        return f"{outcome.trouble.title}. {outcome.trouble.message} The answers are safe."
    parts = []
    if outcome.report is not None:
        parts.append(f"Written: {outcome.report.path.name}.")
        if outcome.report.backup is not None:
            parts.append(f"The old file is kept: {outcome.report.backup.name}.")
        parts += outcome.report.notes
    if others := apart(outcome.result.answers):
        parts.append(f"Apart from these: {others}.")
    if outcome.left_alone:
        parts.append(f"{outcome.left_alone} cells were left alone because they hold something.")
    return " ".join(parts)
