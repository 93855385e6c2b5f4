"""A file from dropping it to having it back: read, planned, carried out, written. Runs on the desk's or a run's thread."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.engine.batch import Limits, Result
from core.engine.events import Event
from core.engine.outcome import duplicate, whole
from core.engine.preflight import Cost, Plan, combine
from core.engine.rescreening import screened
from core.enriching import Choices, Opened, deliver, read_rows, remember, remembered
from core.errors import EnrichError, FileTrouble, UsageError
from core.model import Answer, Kind, RowStatus
from core.results.cells import CellStore
from core.results.journal import Job
from core.results.mappings import MappingStore
from core.sheets.files import WORKBOOKS, open_file
from core.sheets.picks import parse, pick, said
from core.sheets.sheet import SaveReport, letters
from core.sheets.synonyms import Field, looks_right
from core.sheets.workbook import open_workbook
from core.shown import Group, group_of
from core.undoing import UndoReport
from core.undoing import undo as take_back
from gui.enrich_lines import Line, lines_of, preview_of

if TYPE_CHECKING:
    from core.app import App

ENDINGS = frozenset({".xlsx", ".xlsm", ".csv", ".tsv", ".txt"})
_SAMPLE = 200


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person wants done with which file; ``picked`` columns (from 1; 0: not in this file) are taken as told."""

    path: Path
    kinds: frozenset[Kind]
    sheet: str | None = None
    picked: Mapping[Field, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file that was read and planned; nothing has been asked or written."""

    wish: Wish
    opened: Opened
    plan: Plan
    sheets: tuple[str, ...]
    columns: tuple[str, ...]  # "B · LinkedIn", for the lists to choose from
    fits: Mapping[Field, float]  # share of the filled cells that look right
    lines: tuple[Line, ...]
    preview: tuple[tuple[str, str, str], ...]  # row, who, how it will be asked
    cost: Cost
    stopped: Job | None = None  # the latest run over this file, when it was stopped before its end
    cap: float | None = None  # of the job that is taken up: credits it may spend in all

    @property
    def to_send(self) -> int:
        return self.plan.to_send


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run over a file ended. ``trouble``: the answers are safe but not in the file."""

    prepared: Prepared
    result: Result
    report: SaveReport | None
    left_alone: int = 0
    trouble: EnrichError | None = None

    @property
    def counts(self) -> dict[Group, int]:
        """Rows by what they came to."""
        return counts_of(self.result.answers)

    @property
    def left(self) -> int:
        """Rows that were not answered and can be gone on with."""
        return self.result.count(RowStatus.STOPPED, RowStatus.WAITING)


def counts_of(answers: Mapping[int, Answer]) -> dict[Group, int]:
    """Rows by group, as the summary counts them; the others are told by `apart`."""
    groups = (_group(answer) for answer in answers.values())
    return dict(Counter(group for group in groups if group is not None))


def _group(answer: Answer) -> Group | None:
    return group_of(answer.status, from_store=answer.from_store)


def prepare(wish: Wish) -> Callable[[App], Prepared]:
    """For the desk: read the file and plan it, with the columns picked for such a list before. Raises FileTrouble."""

    def work(app: App) -> Prepared:
        sheets = open_workbook(wish.path).sheets if wish.path.suffix.lower() in WORKBOOKS else ()
        opened, picked = _read_as_before(app, wish)
        opened.sheet.check(None)
        planned = app.plan(opened.rows, wish.kinds)
        stopped = _stopped(app, wish.path, opened)
        return Prepared(
            wish=replace(wish, sheet=opened.grid.name if sheets else None, picked=picked),
            opened=opened,
            plan=planned,
            sheets=tuple(sheets),
            columns=_columns(opened),
            fits=_fits(opened),
            lines=tuple(lines_of(planned)),
            preview=tuple(preview_of(opened, planned)),
            cost=planned.cost(app.pool(wish.kinds), app.results.hit_rates()),
            stopped=stopped if stopped is not None and stopped.open_rows else None,
        )

    return work


def take_up(job: str) -> Callable[[App], Prepared]:
    """For the desk: the file of a stopped job, read with the columns it was started with. Raises what `prepare` raises."""

    def work(app: App) -> Prepared:
        found = app.journal.job(job)
        if found is None or not Path(found.source).is_file():
            source = found.source if found is not None else job
            raise FileTrouble(f"The file of this run is not there any more: {source}", "Put it back and try again.")
        if CellStore(app.db, app.clock).was_undone(job):
            raise UsageError("This run was undone and has ended", "Open its file again: known answers cost nothing.")
        more = found.options.more
        rules = (more.get("replace", "[]"), more.get("include_hidden", "false"), found.options.out)
        if rules != ("[]", "false", ""):
            raise UsageError(
                "This run was started with rules the window does not have", f"Go on with: lusha-enrich jobs resume {found.id}"
            )
        path, sheet = Path(found.source), found.sheet or None
        grid = open_file(path, sheet if path.suffix.lower() in WORKBOOKS else None).read()
        picked = pick(grid, parse(json.loads(more.get("map", "[]")))).columns
        wish = Wish(path, found.kinds, sheet if path.suffix.lower() in WORKBOOKS else None, picked)
        return replace(prepare(wish)(app), cap=found.options.credits)

    return work


def carry_out(prepared: Prepared, limits: Limits) -> Callable[[App], Generator[Event, None, Outcome]]:
    """For a run: ask, then write. What was paid is in the store before a cell is touched."""

    def work(app: App) -> Generator[Event, None, Outcome]:
        sheet = prepared.opened.grid.name
        if prepared.wish.picked or prepared.opened.doubt:  # asked once, then offered for every list with these headings
            remember(prepared.opened, _memory(app))
        more = {"map": json.dumps(said(prepared.wish.picked))}  # who goes on with the job reads the same columns
        result = yield from app.run(prepared.plan, source=_source(prepared), sheet=sheet, limits=limits, more=more)
        return write(prepared, result)(app)

    return work


def go_on(prepared: Prepared, job: str, limits: Limits) -> Callable[[App], Generator[Event, None, Outcome]]:
    """For a run: the same job, over its file as it is now; nobody who was answered is asked for again.

    Without ``job`` the latest one that was stopped over this file, or a new one when there is none.
    """

    def work(app: App) -> Generator[Event, None, Outcome]:
        opened = _read(app, prepared.wish)
        opened.sheet.check(None)
        fresh, found = replace(prepared, opened=opened), _job_of(app, prepared, job)
        if found is None:
            again = replace(fresh, plan=app.plan(opened.rows, opened.kinds))
            return (yield from carry_out(again, limits)(app))
        leg = yield from app.resume(found, opened.rows, limits=limits)
        whole_job = _whole(app, leg, opened)
        told = screened(opened.rows, whole_job.answers, app.screening.whole())
        return replace(write(fresh, leg)(app), result=replace(whole_job, answers=told))

    return work


def _source(prepared: Prepared) -> str:
    return str(prepared.wish.path.absolute())


def _job_of(app: App, prepared: Prepared, job: str) -> Job | None:
    if job:
        return app.journal.job(job)
    stopped = _stopped(app, prepared.wish.path, prepared.opened)
    return stopped if stopped is not None and stopped.kinds == prepared.wish.kinds else None


def _stopped(app: App, path: Path, opened: Opened) -> Job | None:
    """The latest run over this sheet, if it can be gone on with; one that was undone has ended."""
    source, sheet = str(path.absolute()), opened.grid.name
    latest = next((one for one in app.journal.jobs() if (one.source, one.sheet) == (source, sheet)), None)
    if latest is None or latest.state != "PAUSED" or CellStore(app.db, app.clock).was_undone(latest.id):
        return None
    return latest


def _whole(app: App, leg: Result, opened: Opened) -> Result:
    job, told = app.journal.job(leg.job), app.journal.answers(leg.job)
    answers = {row: combine(list(parts.values()), leg.kinds) for row, parts in told.items()}
    told_or_known = answers | _unasked(app, leg, opened, answers)
    return whole(leg, told_or_known, job.credits, job.calls) if job is not None else leg


def _unasked(app: App, leg: Result, opened: Opened, told: Mapping[int, Answer]) -> dict[int, Answer]:
    """Rows an earlier part has filled without asking, duplicates and known people: the journal has only who was asked for.

    Which they are says the plan of these rows as if nothing stood in them yet.
    """
    filled = {row for row, one in leg.answers.items() if one.status is RowStatus.ALREADY_FILLED}
    silent = (filled - told.keys()) & _filled_by(app, leg, opened)
    if not silent:
        return {}
    again = [replace(row, wanted=leg.kinds) for row in opened.rows if row.number in silent or row.number in told]
    planned = app.plan(again, leg.kinds)
    known = {row: one for row, one in planned.answers.items() if row in silent and one.from_store}
    leads = {**known, **told}
    doubles = {row: first for row, first in planned.duplicates.items() if row in silent and first in leads}
    return known | {row: duplicate(leads[first], first) for row, first in doubles.items()}


def _filled_by(app: App, leg: Result, opened: Opened) -> set[int]:
    """The rows whose results this job has written and that still hold them; whatever else stands there is somebody else's."""
    columns, rows = {opened.layout.column_of(kind) for kind in leg.kinds}, opened.grid.rows
    cells = [
        one for one in CellStore(app.db, app.clock).cells(leg.job) if one.column in columns and one.after and not one.heading
    ]
    return {one.row for one in cells if one.row <= len(rows) and one.after in rows[one.row - 1][one.column - 1 : one.column]}


def write(prepared: Prepared, result: Result) -> Callable[[App], Outcome]:
    """Bring the answers into the file; also the second try when it was open elsewhere. Never raises for the file's sake."""

    def work(app: App) -> Outcome:
        try:
            done = deliver(
                prepared.opened,
                result.answers,
                result.job,
                CellStore(app.db, app.clock),
                out=None,
                backups=app.settings.backups,
                kept=app.settings.backups_kept,
                screen=app.screening.whole(),
            )
        except FileTrouble as trouble:
            return Outcome(prepared, result, None, trouble=trouble)
        app.journal.delivered(result.job, result.answers)
        return Outcome(prepared, replace(result, answers=done.answers), done.report, len(done.refused))

    return work


def undo(jobs: Sequence[str]) -> Callable[[App], UndoReport]:
    """For the desk: take back what these jobs wrote into their file, the latest first; cells edited since stay.

    One that is undone already, by a try that a later one stopped, is passed over.
    """

    def work(app: App) -> UndoReport:
        store, settings = CellStore(app.db, app.clock), app.settings
        left = [job for job in reversed(jobs) if store.cells(job)] or jobs[:1]
        done = [take_back(store, job, backups=settings.backups, kept=settings.backups_kept) for job in left]
        stay = tuple(one for report in done for one in report.left)
        return UndoReport(done[-1].path, sum(report.undone for report in done), stay, done[0].backup)

    return work


def _memory(app: App) -> MappingStore:
    return MappingStore(app.db, app.clock)


def _read_as_before(app: App, wish: Wish) -> tuple[Opened, Mapping[Field, int]]:
    """With the columns that were picked for a list with these headings, unless some are picked now; and which these are."""
    if wish.picked:
        return _read(app, wish), wish.picked
    try:
        opened = _read(app, wish, _memory(app))
    except FileTrouble:  # those of another list do not fit this one: they can be picked anew
        return _read(app, wish), {}
    return opened, remembered(opened.grid, _memory(app)).columns


def _read(app: App, wish: Wish, memory: MappingStore | None = None) -> Opened:
    choices = Choices(
        columns=parse(said(wish.picked)),
        phone_form=app.settings.phone_form,
        source=app.settings.source_columns,
        flagged=app.settings.write_flagged,
    )
    return read_rows(open_file(wish.path, wish.sheet), wish.kinds, choices, memory)


def _columns(opened: Opened) -> tuple[str, ...]:
    width = max(opened.grid.width, len(opened.mapping.headings))
    names = [*opened.mapping.headings, *[""] * (width - len(opened.mapping.headings))]
    return tuple(f"{letters(number)} · {name.strip() or 'no heading'}" for number, name in enumerate(names, 1))


def _fits(opened: Opened) -> dict[Field, float]:
    sample = [cells for _, cells in opened.grid.filled(opened.mapping.first_row, opened.mapping.last_row)][:_SAMPLE]
    found = {}
    for field_, column in opened.mapping.columns.items():
        filled = [cells[column - 1] for cells in sample if column <= len(cells) and cells[column - 1].strip()]
        if filled:
            found[field_] = sum(looks_right(field_, cell) for cell in filled) / len(filled)
    return found
