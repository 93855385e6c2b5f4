"""Enrich a file: drop it, check what will happen and what it costs, run, have it back. Four steps in one page."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from core.engine.batch import Limits
from core.engine.events import Event
from core.errors import EnrichError
from core.undoing import UndoReport
from gui import capabilities, excel_books, files
from gui.drop import Drop
from gui.enrich_check import CheckStep
from gui.enrich_run import RunStep
from gui.enrich_words import headline
from gui.files import Outcome, Prepared, Wish
from gui.looks import when
from gui.page import Page, Steps, Surroundings
from gui.widgets import Banner, button, clear, column
from gui.worker import Run

if TYPE_CHECKING:
    from core.app import App
    from core.results.journal import Job

FIRST = 10
CLOSING_S = 10.0
DROP, CHECK, RUN = 0, 1, 2


class EnrichPage(Page):
    """Owns the run, so that leaving the page changes nothing about it."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around, "Enrich a file", "Add phones and emails to a spreadsheet, without Excel")
        self._run: Run | None = None
        self._prepared: Prepared | None = None
        self._outcome: Outcome | None = None
        self._job = ""  # what Resume goes on with
        self._written: list[str] = []  # jobs that wrote into the file that is open
        self._trouble = column(spacing=8)
        self.box.addLayout(self._trouble)
        self.stack = Steps()
        self.box.addWidget(self.stack, 1)
        pick = button("Choose a file…", "primary", "folder-open", "Ctrl+O", self.choose)
        practise = button(
            "Practice list", "", "flask-conical", "A pretend Lusha on this computer. Costs nothing.", around.practise
        )
        excel = [button("Open Excel workbook", "", "file-spreadsheet", do=self._excel)] if capabilities.has_excel() else []
        self.drop = Drop(pick, practise, *excel)
        self.drop.dropped.connect(lambda path: self.open(Path(path)))
        self.check, self.running = CheckStep(), RunStep()
        for step in (self.drop, self.check, self.running):
            self.stack.addWidget(step)
        self._connect()
        self.pick = pick

    def _connect(self) -> None:
        self.check.wished.connect(self._prepare)
        self.check.closed.connect(lambda: self._show(DROP, self.pick))
        self.check.started.connect(self._start)
        for add in (self.check.keys, self.running.keys):
            add.clicked.connect(self.around.add_keys)
        self.running.stop.clicked.connect(self._stop)
        self.running.resume.clicked.connect(self._resume)
        self.running.again.clicked.connect(lambda: self._show(DROP, self.pick))
        self.running.open_file.clicked.connect(self._open_result)
        self.running.write.clicked.connect(self._write)
        self.running.undo.clicked.connect(self._undo)

    # -- one file ------------------------------------------------------------------------------------------------------
    def choose(self) -> None:
        if self.running_words():
            return
        path, _ = QFileDialog.getOpenFileName(self, "A spreadsheet", "", "Spreadsheets (*.xlsx *.xlsm *.csv *.tsv *.txt)")
        if path:
            self.open(Path(path))

    def open(self, path: Path) -> None:
        """Read a file and show what would happen with it."""
        if self.running_words():
            self.around.trouble(EnrichError("A run is going on", "Stop it or wait for its end, then open another file."))
            return
        self.check.cap.setValue(self.around.desk().settings.cap_run or 0)
        self._show(DROP, self.pick)
        self._prepare(Wish(path, self.check.kinds))

    def take_up(self, job: str) -> None:
        """A job that was stopped: what is left of it is shown as a file is, and goes on as the same job."""
        if self.running_words():
            self.around.trouble(EnrichError("A run is going on", "Stop it or wait for its end, then take up another."))
            return
        self._show(DROP, self.pick)
        self.around.desk().ask(files.take_up(job), lambda prepared: self._taken_up(prepared, job), self.around.trouble)

    def _taken_up(self, prepared: Prepared, job: str) -> None:
        """The cap the job was started with counts on, for the whole job, until the person changes it."""
        self.check.cap.setValue(round(prepared.cap or self.around.desk().settings.cap_run or 0))
        self._ready(prepared, job)

    def _prepare(self, wish: Wish) -> None:
        self.check.wait(wish.path.name)
        self.drop.wait(wish.path.name)
        self.around.desk().ask(files.prepare(wish), self._ready, lambda error: self._refused(error, wish))

    def _ready(self, prepared: Prepared, job: str = "") -> None:
        """A file that was chosen is shown; what was picked on the page leaves the focus where it is."""
        clear(self._trouble)
        self.drop.rest()
        self._prepared, self._written, self._job = prepared, [], job  # with other columns it is another job
        self._outcome = None
        self.check.load(prepared)
        if not job and prepared.stopped is not None:
            self._offer(prepared.stopped)
        if self.stack.currentIndex() != CHECK:
            self._show(CHECK, self.check.start)

    def _offer(self, stopped: Job) -> None:
        """The file has a run that did not come to its end: going on with it counts as one run, and is undone as one."""
        begun = when(datetime.fromtimestamp(stopped.created_at, UTC), datetime.now(UTC))
        left = f"{stopped.open_rows:,} row{'' if stopped.open_rows == 1 else 's'}"
        act = button("Go on with that run", "", "play", do=lambda: self.take_up(stopped.id))
        self._trouble.addWidget(
            Banner("info", f"A run over this file stopped with {left} left", f"Begun {begun[:1].lower()}{begun[1:]}.", act)
        )

    def _refused(self, error: EnrichError, wish: Wish) -> None:
        """Another file: the one before stays. Other columns of this file: nothing can be started with them."""
        clear(self._trouble)
        self._trouble.addWidget(Banner("bad", error.title, error.message))
        self.drop.rest()
        self.check.idle(usable=self._prepared is not None and self._prepared.wish.path != wish.path)

    # -- the run -------------------------------------------------------------------------------------------------------
    def _start(self) -> None:
        """With "first 10, then ask" ticked only those are looked up; the summary asks for the rest."""
        if self._prepared is not None:
            clear(self._trouble)
            cap = self.check.cap.value() or self.around.desk().settings.cap_run
            rows = FIRST if self.check.first.isVisible() and self.check.first.isChecked() else None
            limits = Limits(rows=rows, credits=cap)
            self.running.begin(self._prepared, limits)
            goes_on = files.go_on(self._prepared, self._job, limits) if self._job else None
            self._carry_out(goes_on or files.carry_out(self._prepared, limits))

    def _carry_out(self, work: Callable[[App], Generator[Event, None, Outcome]]) -> None:
        desk = self.around.desk()
        self._show(RUN, self.running.stop)
        self._run = Run(desk.settings, desk.vault, work)
        self._run.events.connect(self.running.follow)
        self._run.ended.connect(self._ended)
        self._run.troubled.connect(self._halted)
        self._run.crashed.connect(desk.crashed.emit)
        self._run.start()

    def _stop(self) -> None:
        if self._run is not None:
            self._run.stop()
            self.running.stopping()

    def _ended(self, outcome: Outcome) -> None:
        self._outcome, self._prepared, self._job = outcome, outcome.prepared, outcome.result.job
        if outcome.report is not None and outcome.report.written and self._job not in self._written:
            self._written.append(self._job)
        self.running.end(outcome, undo=bool(self._written))
        self.around.say(headline(outcome), not outcome.result.stopped, None)
        self.running.next.setFocus()

    def _halted(self, error: EnrichError) -> None:
        self.running.halt(error, undo=bool(self._written))
        self.running.next.setFocus()
        self.around.trouble(error)

    def _resume(self) -> None:
        """The same job goes on over the file as it is now: what was answered is not asked for again."""
        if self._prepared is not None:
            limits = Limits(credits=self.running.cap.value() or None)
            self.running.go_on(limits)
            self._carry_out(files.go_on(self._prepared, self._job, limits))

    def _write(self) -> None:
        if self._outcome is not None:
            done = self._outcome
            self.around.ask(files.write(done.prepared, done.result), self._ended)

    def _undo(self) -> None:
        """Cells go back to what they were; the answers stay known, so writing them again is free."""
        self.running.undo.setEnabled(False)
        self.around.desk().ask(files.undo(self._written), self._undone, self._not_undone)

    def _undone(self, report: UndoReport) -> None:
        self._written = []
        self.running.undone(report.sentence)
        self.running.again.setFocus()
        self.around.say(report.sentence, True, None)

    def _not_undone(self, error: EnrichError) -> None:
        self.running.undo.setEnabled(True)
        self.around.trouble(error)

    def _open_result(self) -> None:
        if self._prepared is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._prepared.wish.path)))

    def _excel(self) -> None:
        """Which open workbook, and what; a process of its own then shows what it costs and asks before it spends."""
        try:
            excel_books.offer(self)
        except EnrichError as error:
            self.around.trouble(error)

    # -- around --------------------------------------------------------------------------------------------------------
    def running_words(self) -> str:
        """How far the run is, or nothing when none is going on."""
        return self.running.how_far() if self._run is not None and self._run.running and self.running.going else ""

    def close_runs(self) -> None:
        """The window ends: the request under way is waited for, its answer is kept."""
        if self._run is not None:
            self._run.stop()
            self._run.wait(CLOSING_S)

    def tick(self) -> None:
        self.running.tick()

    def showEvent(self, event: QShowEvent) -> None:
        """Keys that were added since count: what is shown before a run is worked out again."""
        super().showEvent(event)
        if self.stack.currentIndex() == CHECK and self._prepared is not None and not self.check.keys.isHidden():
            job, wish = self._job, self._prepared.wish
            work = files.take_up(job) if job else files.prepare(wish)
            self.check.wait(wish.path.name)
            self.around.desk().ask(work, lambda prepared: self._ready(prepared, job), lambda error: self._refused(error, wish))

    def _show(self, step: int, focus: QWidget) -> None:
        self.stack.setCurrentIndex(step)
        focus.setFocus()
