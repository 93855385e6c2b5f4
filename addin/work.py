"""One run on an open sheet: check, ask once, look up, and bring every answer into its cells; or take a run back."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import replace

from addin.books import selected_rows
from addin.live import LiveSheet
from addin.places import columns_now, find
from addin.trouble import ExcelBusy, ExcelGone
from addin.written import Written
from core import words
from core.app import App
from core.engine.batch import Limits, Result
from core.engine.events import Event, JobStarted, KeyTrying, Progress, RowDone, Waiting
from core.engine.forecast import groups
from core.engine.preflight import Plan, Row
from core.engine.rescreening import screened
from core.engine.steps import lines
from core.enriching import Choices, Opened, read_rows, write_answers
from core.errors import FileTrouble, UsageError
from core.model import Answer, RowStatus
from core.runs import Action, Go, Phase, Request, Runs, State
from core.sheets.sheet import Put

ROWS, EVERY_S = 50, 0.5  # rows are written when this many wait, or after this time
PATIENCE_S, FIRST_PAUSE_S, LONGEST_PAUSE_S = 60.0, 0.1, 5.0  # with a busy Excel, at the end of a run
PAUSES_FOR_ATTEMPT = 4  # a busy Excel is left alone this many times as long as asking it took
LOOK_S = 0.2  # how often the answer of the window is looked for
_FOUND = (RowStatus.FOUND, RowStatus.PARTLY_FOUND, RowStatus.CHECK_MATCH, RowStatus.FROM_STORE)


def _choices(app: App) -> Choices:
    """What the settings say of columns and numbers."""
    return Choices(source=app.settings.source_columns, flagged=app.settings.write_flagged)


class Work:
    """Carries out one request. ``sleep`` waits some seconds; ``listening`` says whether anybody can still answer."""

    def __init__(
        self,
        app: App,
        runs: Runs,
        request: Request,
        sheet: LiveSheet,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        listening: Callable[[], bool] = lambda: True,
    ) -> None:
        self._app, self._runs, self._request, self._sheet = app, runs, request, sheet
        self._clock, self._sleep, self._listening = clock, sleep, listening
        self._cells = Written(app.db, time.time)
        self._state = replace(runs.state(request.id), book=request.book, sheet=request.sheet, worker=os.getpid())
        self._waiting: dict[int, Answer] = {}  # answered, and not in the cells yet
        self._due = 0  # of them, answers that the sheet has not been given yet
        self._stands: dict[tuple[int, int], Put] = {}  # what attempts that Excel broke off have written, by row and column
        self._saved_at, self._again_at, self._pause = clock(), 0.0, FIRST_PAUSE_S
        self._trouble: FileTrouble | None = None

    def do(self) -> State:
        """Returns how it ended. Raises EnrichError for what can be told before anything is spent."""
        self._state = self._undo() if self._request.action is Action.UNDO else self._enrich()
        self._sheet.say("")
        self._tell()
        return self._state

    # -- enriching
    def _enrich(self) -> State:
        read = read_rows(self._sheet, self._request.kinds, _choices(self._app))
        self._sheet.follow(read.mapping, last=[read.layout.column_of(kind) for kind in self._request.kinds])
        self._runs.keep_rows(self._request.id, self._sheet.keys)
        hidden = hidden_in(read, self._request.selection)
        plan = self._app.plan(in_scope(read.rows, self._request.selection, hidden), self._request.kinds)
        cost = plan.cost(self._app.pool(plan.kinds), self._app.results.hit_rates())
        headings = dict(enumerate(read.mapping.headings, 1)) | {one.column: one.heading for one in read.layout.targets}
        self._tell(
            lines=(*groups(plan), *_hidden_line(hidden)), ready=plan.to_send, rows=plan.rows, likely=round(cost.likely, 1),
            most=cost.most, headings=headings, title=self._what(plan),
            message=" ".join((*read.grid.notes, *([read.doubt] if read.doubt else ()))),
        )  # fmt: skip
        go = self._ask() if plan.to_send or read.doubt else Go(go=True)
        if not go.go:
            return replace(self._state, phase=Phase.STOPPED, title="Nothing was sent", message="The sheet is as it was.")
        self._tell(phase=Phase.RUNNING, message="")
        limits = Limits(go.rows, go.credits)
        result = self._follow(self._app.run(plan, source=self._request.book, sheet=self._request.sheet, limits=limits), read)
        self._write_what_waits(read)
        return self._ended(result)

    def _what(self, plan: Plan) -> str:
        kinds = " and ".join(kind.value for kind in sorted(plan.kinds, reverse=True))
        return f'Enrich {kinds} - sheet "{self._request.sheet}", {plan.rows:,} rows'

    def _ask(self) -> Go:
        """Wait for a yes or a no before anything is spent; nobody there, or Stop, is a no."""
        self._tell(phase=Phase.ASKING)
        while (answer := self._runs.answered(self._request.id)) is None:
            if self._app.stop.is_set() or not self._listening():
                return self._runs.answered(self._request.id) or Go(go=False)
            self._sleep(LOOK_S)
        return answer

    def _follow(self, events: Generator[Event, None, Result], read: Opened) -> Result:
        while True:
            try:
                event = next(events)
            except StopIteration as end:
                self._flush(read)
                result: Result = end.value
                return result
            self._note(event)
            if self._runs.flag(self._request.id).exists():
                self._app.stop.set()
            if isinstance(event, RowDone):
                self._waiting[event.row] = event.answer
                self._due += 1
            if self._due >= ROWS or (self._due and self._clock() - self._saved_at >= EVERY_S):
                self._flush(read)

    def _note(self, event: Event) -> None:
        """What the status bar and the window show."""
        if said := lines(event):
            self._runs.add_steps(self._request.id, said)
        match event:
            case JobStarted():
                self._tell(job=self._job())
            case KeyTrying():
                self._tell(step=words.trying(event.ordinal, event.of, event.last4))
            case Waiting():
                self._tell(step=event.why)
            case Progress():
                self._tell(done=event.done, credits=event.credits)
                self._sheet.say(f"LushaEnrich: {words.enriching(event.done, event.rows)}")
            case RowDone(answer=answer):
                found, missed = answer.status in _FOUND, answer.status is RowStatus.NOT_FOUND
                self._state = replace(self._state, found=self._state.found + found, not_found=self._state.not_found + missed)
            case _:
                pass

    def _job(self) -> str:
        """The job of this run, begun with its first event; nobody else works on this book meanwhile."""
        if self._state.job:
            return self._state.job
        mine = (
            job.id for job in self._app.journal.jobs() if (job.source, job.sheet) == (self._request.book, self._request.sheet)
        )
        return next(mine, "")

    def _flush(self, read: Opened) -> None:
        """Hand what was answered to the sheet; a busy Excel is asked again later, and not more often than sensible."""
        self._saved_at = self._clock()
        if self._trouble is None and self._clock() >= self._again_at:
            self._save(read)

    def _hand_over(self, read: Opened) -> None:
        """Give the sheet all that waits as it may be told now: somebody may have got onto the do-not-contact list since."""
        self._sheet.drop_rows()
        write_answers(read, screened(read.rows, self._waiting, self._app.screening.whole()))
        self._due = 0

    def _save(self, read: Opened) -> bool:
        """One attempt; False when Excel was busy."""
        began = self._clock()
        self._hand_over(read)
        rows, cells, job = self._sheet.rows_waiting, self._sheet.cells_waiting, self._job()
        self._cells.add(job, cells)
        try:
            self._give(job, cells)
        except ExcelBusy as busy:
            now = self._clock()
            self._again_at = now + max(self._pause, PAUSES_FOR_ATTEMPT * (now - began))  # many rows: each attempt is long
            self._pause = min(self._pause * 2, LONGEST_PAUSE_S)
            self._tell(unwritten=self._sheet.waiting, message=busy.message)
            return False
        except FileTrouble as trouble:  # closed or protected: nothing more is spent, what was paid is safe
            self._trouble = trouble
            self._app.stop.set()
            written = self._state.written + len(self._sheet.written)
            self._tell(written=written, unwritten=self._sheet.waiting, message=trouble.message)
            return True
        self._waiting.clear()
        self._stands.clear()
        self._pause, self._again_at = FIRST_PAUSE_S, 0.0
        self._app.journal.delivered(job, rows)
        written = self._state.written + len(self._sheet.written)
        self._tell(written=written, unwritten=0, message="", formats=dict(self._sheet.formats))
        return True

    def _give(self, job: str, cells: Sequence[Put]) -> None:
        """Have the sheet write; whatever comes of it, what stands in it by this or an earlier attempt is remembered."""
        try:
            self._sheet.save()
        finally:
            here = {(put.row, put.column): put for put in self._sheet.written}
            before, self._stands = self._stands, self._stands | here
            self._cells.drop(job, [put for put in cells if (put.row, put.column) not in self._stands])
            self._cells.add(job, [put for at, put in before.items() if at not in here])  # with the text that stands there

    def _write_what_waits(self, read: Opened) -> None:
        """The end of a run: a busy Excel gets a minute."""
        if self._due:
            self._hand_over(read)
        until = self._clock() + PATIENCE_S
        while self._sheet.waiting and self._trouble is None and not self._save(read):
            if self._clock() >= until:
                return
            self._sleep(self._pause)

    def _ended(self, result: Result) -> State:
        waiting = self._sheet.waiting
        state = replace(self._state, job=result.job, credits=result.credits, title=result.message, message=result.detail, step="")
        if waiting:
            why = (
                self._trouble.message
                if self._trouble
                else "Excel was busy. Finish editing, then click again: writing costs nothing."
            )
            title = f"{waiting:,} results are waiting to be written"
            return replace(state, phase=Phase.WAITING, unwritten=waiting, title=title, message=why)
        self._settle_earlier()
        stopped = result.stopped or self._app.stop.is_set()
        return replace(state, phase=Phase.STOPPED if stopped else Phase.DONE, unwritten=0)

    def _settle_earlier(self) -> None:
        """What earlier runs on this sheet could not write has been written now, from the store."""
        for run in self._runs.of_book(self._request.book, self._request.sheet):
            state = self._runs.state(run.id)
            if run.id != self._request.id and state.phase is Phase.WAITING:
                self._app.journal.delivered(state.job, self._app.journal.answers(state.job))
                self._runs.tell(replace(state, phase=Phase.DONE, unwritten=0))

    # -- undo
    def _undo(self) -> State:
        earlier, here, whole = self._last_written()
        self._sheet.put(Put(row, column, cell.new, cell.expected) for (row, column), cell in here.items())
        until = self._clock() + PATIENCE_S
        while not self._take_back(earlier, here):
            if self._clock() >= until:
                raise ExcelBusy("Excel is busy", "The undo did not come to its end. Finish editing the cell and click again.")
            self._sleep(FIRST_PAUSE_S)
        return self._undone(whole)

    def _last_written(self) -> tuple[State, dict[tuple[int, int], Put], int]:
        """The latest run that wrote cells which are on this sheet, these by their place now, and how many it wrote.

        A run of which nothing is here is passed over and stays as it is: its rows were deleted, or the sheet is that of
        another workbook of the same name. Both may come back.
        """
        gone = False
        for run in self._runs.of_book(self._request.book, self._request.sheet):
            earlier = self._runs.state(run.id)
            if run.action is not Action.ENRICH or not earlier.job or not (cells := self._cells.left(earlier.job)):
                continue
            if here := self._here(run, earlier, cells):
                return earlier, here, len(cells)
            gone = True
        why = "Nothing of what was written is on this sheet." if gone else "No run has written into it, or it was undone already."
        raise UsageError("There is nothing to undo", why)

    def _here(self, run: Request, earlier: State, cells: Sequence[Put]) -> dict[tuple[int, int], Put]:
        """The cells of a run that are on the sheet, by row and column as they are now."""
        read = read_rows(self._sheet, run.kinds)
        self._sheet.follow(read.mapping)
        rows = find(self._runs.rows(run.id), read.grid.filled(read.mapping.first_row, read.mapping.last_row), read.mapping)
        columns = columns_now(earlier.headings, read.mapping.headings)
        places = {(rows.get(cell.row, 0), columns.get(cell.column, 0)): cell for cell in cells}
        return {at: cell for at, cell in places.items() if all(at)}

    def _take_back(self, earlier: State, here: dict[tuple[int, int], Put]) -> bool:
        try:
            self._sheet.save()
        except ExcelGone:
            raise
        except ExcelBusy:
            return False
        done = self._sheet.written
        self._cells.undone(earlier.job, here.values())  # what was edited since is the person's own now
        for heading, form in earlier.formats.items():
            rows = [put.row for put in done if not put.new and earlier.headings.get(here[put.row, put.column].column) == heading]
            with suppress(FileTrouble):  # the cells are taken back by now: another click would take back the run before
                self._sheet.give_back(heading, rows, form)
        self._state = replace(self._state, written=len(done))
        return True

    def _undone(self, whole: int) -> State:
        kept = whole - self._state.written
        title = f"{self._state.written:,} of {whole:,} cells undone"
        said = f"{kept:,} were edited since or are gone; they are left alone. " if kept else ""
        return replace(
            self._state, phase=Phase.DONE, title=title, message=said + "What was found stays known: writing it again is free."
        )

    def _tell(self, **news: object) -> None:
        self._state = replace(self._state, **news)  # type: ignore[arg-type]
        self._runs.tell(self._state)


def in_scope(rows: Sequence[Row], selection: str, hidden: int = 0) -> list[Row]:
    """The rows that are meant. Raises UsageError for a selection without any; ``hidden`` of it were left out."""
    areas = selected_rows(selection)
    chosen = [row for row in rows if _is_meant(row.number, areas)]
    if not chosen and hidden:
        raise UsageError("Every selected row is hidden", "Take the filter off, or show the rows, and click again.")
    if not chosen:
        raise UsageError("The selected rows hold nobody", "Select rows of the list, or one cell for the whole list.")
    return chosen


def hidden_in(read: Opened, selection: str) -> int:
    """How many rows of the selection are left out because a filter or a person has hidden them."""
    areas, first, last = selected_rows(selection), read.mapping.first_row, read.mapping.last_row
    lines = (number for number, _ in read.grid.filled(first, last) if number in read.grid.hidden_rows)
    return sum(_is_meant(number, areas) for number in lines)


def _is_meant(row: int, areas: Sequence[tuple[int, int]] | None) -> bool:
    return areas is None or any(top <= row <= bottom for top, bottom in areas)


def _hidden_line(hidden: int) -> tuple[tuple[int, str], ...]:
    return ((hidden, "hidden by a filter or by hand, not included"),) if hidden else ()
