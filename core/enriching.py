"""A file's way through a run: rows in, answers back into the same rows. Front doors differ around it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping as Answers
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from core import words
from core.engine.preflight import Row
from core.engine.rescreening import screened
from core.engine.screening import NOBODY, Screen
from core.errors import FileTrouble
from core.model import Answer, Kind, RowStatus
from core.results.cells import CellStore, WrittenCell
from core.results.mappings import MappingStore
from core.sheets import columns
from core.sheets.columns import Layout, cells_for, stand_apart, targets
from core.sheets.fill import Fill
from core.sheets.headers import HEADER_SEARCH, Doubt, Mapping, detect, prospect_of
from core.sheets.picks import Picked, pick, picked_of, recalled
from core.sheets.provenance import without_flagged
from core.sheets.safe_save import file_hash, real_path
from core.sheets.sheet import KEPT_BACKUPS, Grid, Put, Refused, SaveReport, Sheet
from core.sheets.synonyms import INPUTS
from core.shown import group_of
from core.whereabouts import key_of, rows_now


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person may say about a file beforehand.

    ``columns`` names columns by field ("linkedin" to "C" or to a heading). ``fill`` holds the rule for each kind.
    ``hidden``: hidden rows are part of the list too. ``phone_form`` is how numbers are shown, ``source`` whether
    columns say where they came from, ``flagged`` whether numbers flagged do-not-call are written.
    """

    columns: Answers[str, str] = field(default_factory=dict)
    fill: Answers[Kind, Fill] = field(default_factory=dict)
    hidden: bool = False
    phone_form: str = "as_received"
    source: bool = False
    flagged: bool = True

    def rule(self, kind: Kind) -> Fill:
        return self.fill.get(kind, Fill())


@dataclass(frozen=True, slots=True)
class Opened:
    """A sheet that was read and understood. ``rows`` are its data rows; ``doubt`` is a question to ask first, or "".

    ``again`` holds the rows of which filled cells are asked for again, with the kinds. ``hidden_out`` counts the rows
    that were left out because they are hidden.
    """

    sheet: Sheet
    grid: Grid
    mapping: Mapping
    layout: Layout
    rows: tuple[Row, ...]
    kinds: frozenset[Kind]
    doubt: str = ""
    again: Answers[int, frozenset[Kind]] = field(default_factory=dict)
    hidden_out: int = 0
    choices: Choices = field(default_factory=Choices)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the person should know about the columns and rows before anything is spent."""
        hidden = (words.hidden_rows(self.hidden_out),) if self.hidden_out else ()
        return (*self.mapping.notes, *self.grid.notes, *hidden)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Answers in a file: what the save did, the cells that were left alone with the reasons, and the answers as told."""

    report: SaveReport
    refused: tuple[Refused, ...]
    answers: dict[int, Answer]


def read_rows(sheet: Sheet, kinds: frozenset[Kind], choices: Choices | None = None, memory: MappingStore | None = None) -> Opened:
    """Read the sheet and say who every row is about. Raises FileTrouble when it cannot be used.

    Columns that were named are taken as told; else those chosen earlier for a list with the same headings, which a note
    says.
    """
    chosen, grid = choices or Choices(), sheet.read()
    picked = pick(grid, chosen.columns) if chosen.columns else remembered(grid, memory)
    found = detect(grid, picked.columns, header=picked.header)
    mapping = found.mapping if isinstance(found, Doubt) else found
    if picked.note:
        mapping = replace(mapping, notes=(*mapping.notes, picked.note))
    layout = targets(grid, mapping, kinds, source=chosen.source)
    if apart := stand_apart(grid, mapping, layout):
        mapping = replace(mapping, notes=(*mapping.notes, apart))
    reader = _Rows(grid, mapping, layout, kinds, chosen)
    lines = list(grid.filled(mapping.first_row, mapping.last_row))
    seen = [line for line in lines if chosen.hidden or line[0] not in grid.hidden_rows]
    rows = tuple(reader.row(number, cells) for number, cells in seen)
    doubt = found.question if isinstance(found, Doubt) else ""
    return Opened(sheet, grid, mapping, layout, rows, kinds, doubt, reader.again, len(lines) - len(seen), chosen)


def remember(opened: Opened, memory: MappingStore) -> None:
    """Keep columns of a list for the next one with the same headings: those that were named, else all that were agreed to."""
    held, named = picked_of(opened.mapping), opened.choices.columns
    memory.remember(opened.mapping.headings, {name: where for name, where in held.items() if not named or name in named})


def remembered(grid: Grid, memory: MappingStore | None) -> Picked:
    """The columns chosen earlier for a list with the headings of one of the first rows; none when there are none."""
    if memory is not None:
        for number, cells in grid.filled(1, HEADER_SEARCH):
            if known := memory.recall(cells):
                return recalled(grid, number, known)
    return Picked()


def write_answers(opened: Opened, answers: Answers[int, Answer]) -> tuple[Refused, ...]:
    """Put every answer into the cells of its row; returns the cells that were left alone. Nothing is saved yet."""
    return _put(opened, _with_barred(opened, answers))[1]


def save(opened: Opened, out: Path | None, backups: Path, *, kept: int = KEPT_BACKUPS, replace: bool = False) -> SaveReport:
    """Save in place with a dated backup, or to ``out``; an ``out`` that exists only with ``replace``."""
    return opened.sheet.save(out, None if out else backups, kept=kept, replace=replace)


def deliver(
    opened: Opened,
    answers: Answers[int, Answer],
    job: str,
    store: CellStore,
    *,
    out: Path | None,
    backups: Path,
    kept: int = KEPT_BACKUPS,
    replace: bool = False,
    screen: Screen = NOBODY,
) -> Delivery:
    """Write the answers of a job and save; what is written is kept in ``store`` first, so that it can be undone.

    What the ``screen`` holds back by now is not written, however long ago it came. Raises FileTrouble or FileBusy when
    the file cannot be saved; it is then as it was.
    """
    told = _with_barred(opened, screened(opened.rows, answers, screen))
    puts, refused = _put(opened, told)
    target = real_path(out) if out is not None else opened.sheet.path
    named = _follow(store, job, target, opened.grid) or _named(opened)
    replaced = store.begin(job, target, opened.grid.name, _written(puts, opened.grid, named), named)
    try:
        report = save(opened, out, backups, kept=kept, replace=replace)
    except FileTrouble:
        store.drop(replaced)
        raise
    left = {(found.row, found.column) for found in (*refused, *report.refused)}
    store.saved(job, report.sha256, ((row, column, was) for (row, column), was in report.was.items()), left)
    every = {(found.row, found.column): found for found in (*refused, *report.refused)}
    return Delivery(report, tuple(every.values()), told)


def _written(puts: Sequence[Put], grid: Grid, named: Sequence[int]) -> list[WrittenCell]:
    who = {row: key_of(grid.rows[row - 1], named) for row in {put.row for put in puts if not put.is_heading}}
    return [
        WrittenCell(put.row, put.column, put.expected, put.new, put.is_heading, who="" if put.is_heading else who[put.row])
        for put in puts
    ]


def _named(opened: Opened) -> tuple[int, ...]:
    """The columns that say who a row is about, without those that results go into, unless there are no others."""
    inputs = sorted({column for one, column in opened.mapping.columns.items() if one in INPUTS and column})
    ours = {target.column for target in opened.layout.targets}
    return tuple(column for column in inputs if column not in ours) or tuple(inputs)


def _follow(store: CellStore, job: str, target: Path, grid: Grid) -> tuple[int, ...]:
    """A job that goes on over a list somebody has saved since: what it wrote before is remembered where it stands now.

    Returns the columns by which it knows people; () when it has written nothing yet.
    """
    file = store.file(job)
    if file is None or file.path != target or not target.exists() or (file.sha256 and file_hash(target) == file.sha256):
        return file.named if file is not None else ()
    store.outdate(job)
    if rows := rows_now(grid, store.cells(job), file.named):
        store.move(job, rows, receipts=False)
    return file.named


def apart(answers: Answers[int, Answer]) -> str:
    """``1 already filled, 2 cannot be looked up``: rows that are in none of the groups."""
    counts = Counter(one.status for one in answers.values() if group_of(one.status, from_store=one.from_store) is None)
    return ", ".join(words.counted(count, status) for status, count in sorted(counts.items()))


# -- reading ----------------------------------------------------------------------------------------------------------
@dataclass(slots=True)
class _Rows:
    """Turns sheet rows into rows of the plan; notes which filled cells are asked for again."""

    grid: Grid
    mapping: Mapping
    layout: Layout
    kinds: frozenset[Kind]
    choices: Choices
    again: dict[int, frozenset[Kind]] = field(default_factory=dict)

    def row(self, number: int, cells: Sequence[str]) -> Row:
        today = datetime.now().astimezone().date()
        filled = frozenset(kind for kind in self.kinds if self.layout.filled(cells, kind))
        checked = self.layout.checked(cells)
        anew = frozenset(kind for kind in filled if self.choices.rule(kind).replaces(checked, today))
        wanted = (self.kinds - filled) | anew
        barred = {kind: why for kind in wanted if (why := self.grid.why_barred(number, self.layout.column_of(kind)))}
        if wanted and barred.keys() >= wanted:  # nobody is paid for what cannot be written
            return Row(number, None, f"its result cell cannot be filled ({next(iter(barred.values()))})", wanted)
        wanted = frozenset(kind for kind in wanted if kind not in barred)
        if anew & wanted:
            self.again[number] = anew & wanted
        who = prospect_of(cells, self.mapping)
        shut = frozenset(barred)
        return Row(number, None, who, wanted, shut) if isinstance(who, str) else Row(number, who, "", wanted, shut)


# -- writing ----------------------------------------------------------------------------------------------------------
def _with_barred(opened: Opened, answers: Answers[int, Answer]) -> dict[int, Answer]:
    """The answers; those of rows of which a kind was not asked for, because its cell cannot be written, say so."""
    barred = {row.number: row.barred for row in opened.rows if row.barred}
    return {
        number: _without(opened, number, barred[number] - answer.kinds, answer) if number in barred and answer.kinds else answer
        for number, answer in answers.items()
    }


def _without(opened: Opened, number: int, kinds: frozenset[Kind], answer: Answer) -> Answer:
    """``kinds`` were not asked for. A row that was found is found in part then; nothing else is known of it."""
    if not kinds:
        return answer
    why = {kind: opened.grid.why_barred(number, opened.layout.column_of(kind)) for kind in sorted(kinds, reverse=True)}
    reason = " ".join(filter(None, (answer.reason, *(words.not_asked(kind, said) for kind, said in why.items()))))
    return replace(answer, status=_IN_PART.get(answer.status, answer.status), reason=reason)


_IN_PART = {RowStatus.FOUND: RowStatus.PARTLY_FOUND}


def _put(opened: Opened, answers: Answers[int, Answer]) -> tuple[list[Put], tuple[Refused, ...]]:
    """Put everything; returns what the sheet took and what it left alone, which the messages of those rows say."""
    rows = opened.grid.rows
    news = [one for one in sorted(answers.items()) if opened.layout.is_news(rows[one[0] - 1], one[1], opened.kinds)]
    texts = {number: _cells(answer, opened.choices) for number, answer in news}
    puts = opened.layout.headings_for({name for cells in texts.values() for name in cells})
    for number, cells in texts.items():
        puts += _row_puts(opened, number, cells)
    refused = opened.sheet.put(puts)
    if not refused:
        return puts, refused
    said = _reasons(opened, refused, texts)
    refused += opened.sheet.put(said)
    left = {(found.row, found.column) for found in refused}
    taken = {(put.row, put.column): put for put in (*puts, *said) if (put.row, put.column) not in left}
    return list(taken.values()), refused


def _cells(answer: Answer, choices: Choices) -> dict[str, str]:
    if choices.flagged:
        return cells_for(answer, choices.phone_form, source=choices.source)
    cells = cells_for(without_flagged(answer), choices.phone_form, source=choices.source)
    left_out = answer.person is not None and any(phone.do_not_call for phone in answer.person.phones)
    return cells | ({columns.DO_NOT_CALL: "Yes"} if left_out else {})


def _row_puts(opened: Opened, number: int, cells: Answers[str, str]) -> list[Put]:
    row = opened.grid.rows[number - 1]
    return opened.layout.puts(number, row, cells, replace=opened.again.get(number, frozenset()))


def _reasons(opened: Opened, refused: Sequence[Refused], texts: Answers[int, Answers[str, str]]) -> list[Put]:
    """The messages of rows whose numbers or addresses could not be written, with the reason added."""
    names = {target.column: target.name for target in opened.layout.targets if target.name in columns.VALUES}
    why: dict[int, list[str]] = defaultdict(list)
    for found in refused:
        if found.column in names and texts.get(found.row, {}).get(names[found.column]):
            why[found.row].append(f"{names[found.column]} not written: {found.why}.")
    made: list[Put] = []
    for number, reasons in why.items():
        message = " ".join((texts[number].get(columns.MESSAGE, ""), *reasons)).strip()
        cells = {columns.STATUS: texts[number][columns.STATUS], columns.MESSAGE: message}
        made += [put for put in _row_puts(opened, number, cells) if put.new == message]
    return made
