"""Taking back what a job wrote into a closed file: only cells that still hold exactly its text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from core import words
from core.errors import UsageError
from core.results.cells import CellStore, WrittenCell
from core.sheets.csv_text import guarded
from core.sheets.files import open_file
from core.sheets.safe_save import file_hash
from core.sheets.sheet import KEPT_BACKUPS, Grid, Put, Refused
from core.whereabouts import rows_now

EDITED = "it was edited since"
MOVED = "its row is not there any more"
LATER = "a later run wrote it"
IN_USE = "a heading stays while its column holds something else"
_Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What was taken back. ``left`` are the cells that were not, with the reasons; headings of columns in use among them.

    The row of a cell is below 1 when nobody knows where it is now.
    """

    path: Path
    undone: int
    left: tuple[Refused, ...] = ()
    backup: Path | None = None
    changed: bool = True

    @property
    def sentence(self) -> str:
        why = Counter(one.why for one in self.left)
        edited, later, headings, moved = (why.pop(one, 0) for one in (EDITED, LATER, IN_USE, MOVED))
        return words.undone(self.undone, edited, later=later, moved=moved, barred=why.total(), headings=headings)


def undo(store: CellStore, job: str, *, backups: Path | None = None, kept: int = KEPT_BACKUPS) -> UndoReport:
    """Take back what a job wrote, in the closed file: only cells that still hold exactly its text.

    A column the job added goes too, heading included, when nothing else stands in it; so does one that an earlier job
    added which was taken back before. Where nobody has saved the file since, cells come back as they stood, with their
    formats. Rows that were moved since, by sorting or otherwise, are found again by whom they are about. Credits do not
    come back; the answers stay known. Raises UsageError when there is nothing to undo, FileTrouble
    or FileBusy when the file cannot be changed.
    """
    file, cells = store.file(job), store.cells(job)
    if file is None or not cells:
        raise UsageError("There is nothing to undo", f'Job "{job}" wrote no cells, or they have been taken back already.')
    sheet = open_file(file.path, file.sheet if file.path.suffix.lower() in {".xlsx", ".xlsm"} else None)
    sheet.check()
    untouched = bool(file.sha256) and file_hash(file.path) == file.sha256
    if not untouched and (rows := rows_now(sheet.read(), cells, file.named)):
        store.move(job, rows, receipts=True)
        cells = store.cells(job)
    puts, left = _puts(sheet.read(), cells, store.later(file), untouched=untouched)
    orphans = _orphans(sheet.read(), store.orphans(file), puts)
    left += sheet.put([*puts, *(_emptied(cell) for _, cell in orphans)])
    report = sheet.save(None, backups, kept=kept)
    every = {(found.row, found.column): found for found in (*left, *report.refused)}
    done = [(put.row, put.column) for put in puts if (put.row, put.column) not in every]
    store.undone(job, done)
    for earlier, cell in orphans:
        if (cell.row, cell.column) not in every:
            store.undone(earlier, [(cell.row, cell.column)])
    return UndoReport(file.path, len(done), tuple(every.values()), report.backup, report.changed)


def _puts(
    grid: Grid, cells: Sequence[WrittenCell], later: Mapping[_Cell, AbstractSet[str]], *, untouched: bool
) -> tuple[list[Put], tuple[Refused, ...]]:
    """The puts that bring the old cells back, and the cells that no longer hold what the job wrote.

    ``untouched``: nobody has saved the file since.
    """
    ours = [cell for cell in cells if _holds(grid, cell)]
    mine = {(cell.row, cell.column) for cell in ours}
    busy = _columns_in_use(grid, mine, {cell.column for cell in ours if cell.heading})
    puts, left = [], [_changed(grid, cell, later) for cell in cells if (cell.row, cell.column) not in mine]
    for cell in ours:
        if cell.heading and cell.column in busy:
            left.append(Refused(cell.row, cell.column, IN_USE))
            continue
        shown = grid.cell(cell.row, cell.column)
        was = cell.was if untouched else None
        puts.append(Put(cell.row, cell.column, shown, cell.before, 0.0 if cell.heading else None, was))
    return puts, tuple(left)


def _holds(grid: Grid, cell: WrittenCell) -> bool:
    return grid.cell(cell.row, cell.column) in {cell.after, guarded(cell.after)}


def _changed(grid: Grid, cell: WrittenCell, later: Mapping[_Cell, AbstractSet[str]]) -> Refused:
    if cell.row < 1:
        return Refused(cell.row, cell.column, MOVED)
    shown = grid.cell(cell.row, cell.column)
    by_us = any(shown in {text, guarded(text)} for text in later.get((cell.row, cell.column), ()))
    return Refused(cell.row, cell.column, LATER if by_us else EDITED)


def _orphans(grid: Grid, headings: Sequence[tuple[str, WrittenCell]], puts: Sequence[Put]) -> list[tuple[str, WrittenCell]]:
    """The headings, with their jobs, of columns that nobody uses any more once ``puts`` are carried out."""
    ours = [(job, cell) for job, cell in headings if _holds(grid, cell) and not any(_at(put) == _at(cell) for put in puts)]
    emptied = {_at(put) for put in puts if not put.new} | {_at(cell) for _, cell in ours}
    busy = _columns_in_use(grid, emptied, {cell.column for _, cell in ours})
    return [(job, cell) for job, cell in ours if cell.column not in busy]


def _at(one: Put | WrittenCell) -> _Cell:
    return one.row, one.column


def _emptied(cell: WrittenCell) -> Put:
    return Put(cell.row, cell.column, cell.after, cell.before, 0.0)


def _columns_in_use(grid: Grid, mine: AbstractSet[_Cell], candidates: AbstractSet[int]) -> set[int]:
    """The columns in which something stands that is none of ``mine``."""
    return {
        column
        for number, row in enumerate(grid.rows, 1)
        for column in candidates
        if column <= len(row) and row[column - 1] and (number, column) not in mine
    }
