"""The third and fourth step: how far the run is, which key is tried, every step; then what came of it."""

from __future__ import annotations

import time

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QStackedWidget, QWidget

from core import words
from core.board import Group
from core.engine.batch import Limits
from core.engine.events import JobStarted, KeyTrying, Progress, RowDone
from core.engine.preflight import Row
from core.errors import EnrichError
from core.model import Answer, RowStatus
from core.words import amount
from gui.charts import Legend, Stack
from gui.enrich_check import MOST_CAP, FileCard
from gui.enrich_words import SAFE, after, headline, stamped
from gui.files import Outcome, Prepared, counts_of
from gui.lists import Column, Item, ListTable
from gui.theme import mono, px
from gui.widgets import Card, Segmented, button, column, label, number, rename, row

MOST_LINES = 2000
_OPEN = frozenset({RowStatus.WAITING, RowStatus.STOPPED})
_SHOWN = (
    (frozenset[RowStatus](), "All rows"),
    (frozenset({RowStatus.FOUND, RowStatus.PARTLY_FOUND, RowStatus.CHECK_MATCH}), "Found"),
    (frozenset({RowStatus.NOT_FOUND}), "Not found"),
    (frozenset({RowStatus.FAILED, RowStatus.CANNOT_LOOK_UP, RowStatus.WAITING, RowStatus.STOPPED}), "Failed or waiting"),
)
_COLUMNS = (Column("Row", 70), Column("Who", 200), Column("Status", 130), Column("Key", 70, hides=700), Column("Message"))


class RunStep(QWidget):
    """Follows the events of a run; shows the summary when it has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.going, self._total = False, 0
        self._people: dict[int, Row] = {}  # by row number
        self._limits = Limits()
        self._answers: dict[int, Answer] = {}
        self._known = 0  # rows that were answered when the run set out
        self._credits, self._before, self._began = 0.0, 0.0, 0.0  # spent; of it before the job went on; seconds
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
        self.cap = number("Stop after this many credits in all", 0, MOST_CAP, zero="no cap")
        self.cap.valueChanged.connect(lambda _: self._allow())
        self._raise = QWidget()
        self._raise.setLayout(row(None, label("Stop after"), self.cap, label("credits in all")))
        self.open_file = button("Open file", "", "folder-open")
        self.write = button("Write the answers now", "primary", "file-spreadsheet")
        self.keys = button("Add keys", "", "plus")
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
        return made

    def _top(self) -> Card:
        card = Card(20, 10)
        head = row(self.title, self.side)
        head.setStretch(0, 1)
        foot = row(self.trying, None, self.undo, self.again, self.keys, self.stop, self.write, self.resume, self.open_file)
        foot.setStretch(0, 1)
        for part in (head, row(*self.legends.values(), None, spacing=16), foot):
            card.box.addLayout(part)
        card.box.addWidget(self._raise)
        card.box.insertWidget(1, self.bar)
        card.box.addWidget(self.hint)
        return card

    def _below(self) -> Card:
        card = Card(1, 0)
        self._views: Segmented[int] = Segmented(((0, "Steps"), (1, "Rows")), "View")
        self._stack = QStackedWidget()
        self._stack.setMinimumHeight(px(110))
        self._stack.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)  # takes the room that is left
        self._stack.addWidget(self.log)
        self._stack.addWidget(self.rows)
        self._views.picked.connect(self._view)
        self._copy = button("Copy", "ghost", "copy", do=lambda: QGuiApplication.clipboard().setText(self.log.toPlainText()))
        self._copy.setAccessibleName("Copy the steps")
        head = row(self._views, self.filter, None, self._copy)
        head.setContentsMargins(18, 12, 14, 10)
        card.box.addLayout(head)
        card.box.addWidget(self._stack, 1)
        return card

    def _view(self, number: int) -> None:
        self._stack.setCurrentIndex(number)
        self.filter.setVisible(number == 1)
        self._copy.setVisible(number == 0)  # rows are chosen and copied with Ctrl+C

    # -- while it runs -------------------------------------------------------------------------------------------------
    def begin(self, prepared: Prepared, limits: Limits) -> None:
        self._people, self._answers = _people(prepared), dict(prepared.plan.answers)
        self._total, self._before = prepared.plan.rows, 0.0
        self.file.load(prepared)
        self.file.change.setVisible(False)
        self.log.clear()
        self._set_out(limits)

    def go_on(self, limits: Limits) -> None:
        """The same job: what was answered stays, its steps and its credits are added to those before."""
        self._answers = {row: answer for row, answer in self._answers.items() if answer.status not in _OPEN}
        self._before = self._credits
        self._set_out(limits)

    def _set_out(self, limits: Limits) -> None:
        self.going, self._limits, self._began = True, limits, time.monotonic()
        self._credits, self._known = self._before, len(self._answers)
        self.cap.setValue(round(limits.credits or 0))
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
        news = []
        for event in events:
            match event:
                case RowDone(row=at, answer=answer):
                    self._take(at, answer)
                case Progress(credits=credits):
                    self._credits = self._before + credits
                case KeyTrying(ordinal=ordinal, of=of, last4=last4):
                    self.trying.setText(words.trying(ordinal, of, last4))
                case JobStarted(to_send=0):
                    self.trying.setText("Nothing has to be asked.")
            news += stamped(event)
        if news:
            self.log.appendPlainText("\n".join(news))
        self._count()

    def _take(self, at: int, answer: Answer) -> None:
        """A row that an earlier part of the job has filled keeps what was said of it then."""
        if at not in self._answers or answer.status is not RowStatus.ALREADY_FILLED:
            self._answers[at] = answer

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
        cap = f" of {amount(self._limits.credits)}" if self._limits.credits else ""
        said = f"{amount(self._credits)}{cap} credits used" if cap else words.spent(self._credits).rstrip(".")
        gone, asked = time.monotonic() - self._began, self._done() - self._known
        left = self._total - self._done()
        if asked >= 20 and left:
            minutes = gone / asked * left / 60
            said = f"about {minutes:.0f} min left · {said}" if minutes >= 1 else f"less than a minute left · {said}"
        self.side.setText(said)

    # -- when it has ended ---------------------------------------------------------------------------------------------
    @property
    def next(self) -> QWidget:
        """What to do now, in most cases."""
        buttons = (self.write, self.resume, self.open_file)
        shown = next((one for one in buttons if not one.isHidden()), self.again)
        return shown if shown.isEnabled() else self.cap

    def end(self, outcome: Outcome, *, undo: bool) -> None:
        self.going, self._people = False, _people(outcome.prepared)
        result = outcome.result
        self._answers, self._credits = dict(result.answers), result.credits
        self._total = len(result.answers)
        self._count()
        self.title.setText(headline(outcome))
        self.side.setText(f"{words.spent(result.credits)}".rstrip("."))
        self.trying.setText(result.detail)
        self.hint.setText(after(outcome))
        rename(self.resume, f"Look up {outcome.left:,} more" if outcome.left and not result.stopped else "Resume")
        capped = result.halt is not None and result.halt.code == "CAP"
        self._buttons(write=outcome.trouble is not None, resume=outcome.left > 0, done=True, capped=capped)
        self.keys.setVisible(result.exhausted and outcome.left > 0)
        self.undo.setVisible(undo)
        self.undo.setEnabled(True)
        self._load_rows()
        self._views.choose(1)
        self._view(1)

    def undone(self, said: str) -> None:
        self.undo.hide()
        self.resume.hide()  # the job has ended with it
        self.keys.hide()
        self._raise.hide()
        self.hint.setText(f"{said} The answers stay known: writing them again is free.")

    def halt(self, error: EnrichError, *, undo: bool) -> None:
        """The run could not go on: the rows can be asked for later."""
        self.going = False
        self.title.setText(error.title)
        self.trying.setText(error.message)
        self.hint.setText("What was paid is kept. Press Resume to go on.")
        rename(self.resume, "Resume")
        self._buttons(resume=True, done=True)
        self.undo.setVisible(undo)

    def _allow(self) -> None:
        """Below the cap that was reached nothing more could be spent."""
        cap, old = self.cap.value(), self._limits.credits
        self.resume.setEnabled(self._raise.isHidden() or not cap or old is None or cap > old)

    def _buttons(
        self, *, stop: bool = False, write: bool = False, resume: bool = False, done: bool = False, capped: bool = False
    ) -> None:
        self._raise.setVisible(resume and capped)
        self._allow()
        self.stop.setVisible(stop)
        self.undo.hide()
        self.keys.hide()
        self.write.setVisible(write)
        self.resume.setVisible(resume)
        self.open_file.setVisible(done and not write)
        self.again.setVisible(done)

    def _load_rows(self) -> None:
        wanted = self.filter.value
        self.rows.load(
            [self._item(at, answer) for at, answer in sorted(self._answers.items()) if not wanted or answer.status in wanted]
        )

    def _item(self, at: int, answer: Answer) -> Item:
        key = f"...{answer.last4}" if answer.last4 else ""
        cells = (str(at), self._who(at), words.STATUS[answer.status], key, answer.reason)
        return Item(f"{at}:{answer.status}", cells, answer, answer.reason)

    def _who(self, at: int) -> str:
        """The row's person as the sheet names them."""
        found = self._people.get(at)
        if found is None or found.prospect is None:
            return ""
        who = found.prospect
        return f"{who.first_name} {who.last_name}".strip() or who.linkedin.rpartition("/")[2] or who.email


def _people(prepared: Prepared) -> dict[int, Row]:
    return {row.number: row for row in prepared.opened.rows}
