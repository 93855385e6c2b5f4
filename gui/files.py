"""A file from dropping it to having it back: read, planned, carried out, written. Runs on the desk's or a run's thread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core import words
from core.board import Group
from core.engine.batch import Limits, Result
from core.engine.events import Event
from core.engine.preflight import Cost, Plan, Row
from core.enriching import Choices, Opened, UndoReport, deliver, read_rows
from core.enriching import undo as take_back
from core.errors import EnrichError, FileTrouble
from core.model import Answer, Kind, RowStatus
from core.results.cells import CellStore
from core.sheets.files import WORKBOOKS, open_file
from core.sheets.picks import NAMES
from core.sheets.sheet import SaveReport, letters
from core.sheets.synonyms import Field, looks_right
from core.sheets.workbook import open_workbook

if TYPE_CHECKING:
    from core.app import App

ENDINGS = frozenset({".xlsx", ".xlsm", ".csv", ".tsv", ".txt"})
_SAMPLE = 200
_PREVIEW = 6


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person wants done with which file; ``picked`` columns (from 1) are taken as told."""

    path: Path
    kinds: frozenset[Kind]
    sheet: str | None = None
    picked: Mapping[Field, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the preflight table; all lines add up to the rows."""

    count: int
    what: str
    more: str
    numbers: tuple[int, ...] = ()  # rows that can be shown


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


_GROUP = {
    RowStatus.FOUND: Group.FOUND,
    RowStatus.PARTLY_FOUND: Group.FOUND,
    RowStatus.CHECK_MATCH: Group.FOUND,
    RowStatus.FROM_STORE: Group.STORED,
    RowStatus.NOT_FOUND: Group.NOT_FOUND,
    RowStatus.FAILED: Group.FAILED,
    RowStatus.WAITING: Group.LEFT,
    RowStatus.STOPPED: Group.LEFT,
}


def counts_of(answers: Mapping[int, Answer]) -> dict[Group, int]:
    """Rows by group, as the summary counts them; the others are told by `apart`."""
    return dict(Counter(_GROUP[answer.status] for answer in answers.values() if answer.status in _GROUP))


def apart(answers: Mapping[int, Answer]) -> str:
    """``1 already filled, 2 cannot look up``: rows that nobody was to be asked about."""
    counts = Counter(answer.status for answer in answers.values() if answer.status not in _GROUP)
    return ", ".join(f"{count:,} {words.STATUS[status].lower()}" for status, count in sorted(counts.items()))


def prepare(wish: Wish) -> Callable[[App], Prepared]:
    """For the desk: read the file and plan it. Raises FileTrouble with what to do."""

    def work(app: App) -> Prepared:
        sheets = open_workbook(wish.path).sheets if wish.path.suffix.lower() in WORKBOOKS else ()
        opened = _read(app, wish)
        opened.sheet.check(None)
        planned = app.plan(opened.rows, wish.kinds)
        return Prepared(
            wish=replace(wish, sheet=opened.grid.name if sheets else None),
            opened=opened,
            plan=planned,
            sheets=tuple(sheets),
            columns=_columns(opened),
            fits=_fits(opened),
            lines=tuple(_lines(planned)),
            preview=tuple(_preview(opened, planned)),
            cost=planned.cost(app.pool(wish.kinds), app.results.hit_rates()),
        )

    return work


def carry_out(prepared: Prepared, limits: Limits) -> Callable[[App], Generator[Event, None, Outcome]]:
    """For a run: ask, then write. What was paid is in the store before a cell is touched."""

    def work(app: App) -> Generator[Event, None, Outcome]:
        source, sheet = str(prepared.wish.path), prepared.opened.grid.name
        result = yield from app.run(prepared.plan, source=source, sheet=sheet, limits=limits)
        return write(prepared, result)(app)

    return work


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
            )
        except FileTrouble as trouble:
            return Outcome(prepared, result, None, trouble=trouble)
        app.journal.delivered(result.job, result.answers)
        return Outcome(prepared, result, done.report, len(done.refused))

    return work


def undo(jobs: Sequence[str]) -> Callable[[App], UndoReport]:
    """For the desk: take back what these jobs wrote into their file, the latest first; cells edited since stay."""

    def work(app: App) -> UndoReport:
        store, settings = CellStore(app.db, app.clock), app.settings
        done = [take_back(store, job, backups=settings.backups, kept=settings.backups_kept) for job in reversed(jobs)]
        left = tuple(one for report in done for one in report.left)
        return UndoReport(done[-1].path, sum(report.undone for report in done), left, done[0].backup)

    return work


def _read(app: App, wish: Wish) -> Opened:
    names = {field_: name for name, field_ in NAMES.items()}
    picked = {names[field_]: letters(column) for field_, column in wish.picked.items() if column}
    choices = Choices(
        columns=picked, phone_form=app.settings.phone_form, source=app.settings.source_columns, flagged=app.settings.write_flagged
    )
    return read_rows(open_file(wish.path, wish.sheet), wish.kinds, choices)


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


def _lines(plan: Plan) -> list[Line]:
    """Every row is in exactly one line; a line of 0 is not shown."""
    by: dict[str, list[int]] = {}
    for number, answer in sorted(plan.answers.items()):
        by.setdefault(_LINE_OF.get(answer.status, "known"), []).append(number)
    links = sum(bool(ask.prospect.linkedin) for asks in plan.ready.values() for ask in asks)
    others = plan.to_send - links
    how = " · ".join(
        text for count, text in ((links, f"by LinkedIn {links:,}"), (others, f"by name or e-mail {others:,}")) if count
    )
    lines = [
        Line(plan.to_send, "ready to look up", how),
        Line(len(by.get("filled", ())), "already filled", "left as they are"),
        Line(len(by.get("known", ())), "known from earlier", "0 credits"),
        Line(len(plan.duplicates), "duplicates of a row above", "filled from it, 0 credits", tuple(sorted(plan.duplicates))),
        _unusable(plan, by.get("unusable", [])),
        Line(len(by.get("not", ())), "not to be contacted", "not sent", tuple(by.get("not", ()))),
    ]
    return [line for line in lines if line.count]


_LINE_OF = {
    RowStatus.ALREADY_FILLED: "filled",
    RowStatus.CANNOT_LOOK_UP: "unusable",
    RowStatus.DO_NOT_CONTACT: "not",
}


def _unusable(plan: Plan, numbers: list[int]) -> Line:
    reasons = Counter(plan.answers[number].reason for number in numbers)
    return Line(len(numbers), "cannot be looked up", next(iter(reasons), ""), tuple(numbers))


def _preview(opened: Opened, plan: Plan) -> list[tuple[str, str, str]]:
    """The first rows as they will be asked, or why not."""
    made = []
    for row in opened.rows[:_PREVIEW]:
        who = row.prospect
        name = f"{who.first_name} {who.last_name}".strip() if who else ""
        made.append((f"Row {row.number}", name, _how(row, plan)))
    return made


def _how(row: Row, plan: Plan) -> str:
    if row.number in plan.duplicates:
        return words.duplicate_of(plan.duplicates[row.number])
    answer = plan.answers.get(row.number)
    if answer is not None:
        return answer.reason or words.STATUS[answer.status]
    if row.prospect is None:
        return row.problem
    if row.prospect.linkedin:
        return row.prospect.linkedin.removeprefix("https://www.")
    return (
        row.prospect.email
        or f"{row.prospect.first_name} {row.prospect.last_name} + {row.prospect.company or row.prospect.domain}"
    )
