"""An open workbook's sheet, through xlwings: the same port as a closed file. One instance, one thread (COM)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import xlwings as xw

from addin import cells
from addin.hidden import UNKNOWN, hidden_rows
from addin.places import columns_now, find, keys_of, known_key
from addin.trouble import meaning, said
from core.sheets.headers import Mapping
from core.sheets.sheet import CHANGED, FORMULA, HEADLESS, OCCUPIED, Area, Grid, Put, Refused, SaveReport, TableArea

LOST = "its row is not on the sheet any more"
_Cell = tuple[int, int]


@dataclass(slots=True)
class _Now:
    """Where things are at this moment: rows and columns by their number when the sheet was read."""

    header: int
    columns: dict[int, int]
    rows: dict[int, int]


class LiveSheet:
    """A sheet of an open workbook. `save` writes into its cells at once; the person saves the workbook.

    All calls raise ExcelBusy while Excel takes none; calling again then is right and writes nothing twice.
    ``written`` is what the last `save` has brought into cells, however it ended, ``formats`` the number format each column
    had before.
    """

    def __init__(self, sheet: xw.Sheet, book: str) -> None:
        self._sheet, self._book, self.name = sheet, book, sheet.name
        self._grid: Grid | None = None
        self._mapping: Mapping | None = None
        self._keys: dict[int, str] = {}
        self._last: frozenset[int] = frozenset()  # columns as they were when following began
        self._now = _Now(0, {}, {})
        self._headings: dict[int, str] = {}
        self._puts: dict[_Cell, Put] = {}
        self._grown = 0
        self.written: list[Put] = []
        self.formats: dict[str, str] = {}

    @property
    def path(self) -> Path:
        """The book's name: an open book of SharePoint has no path xlwings could give."""
        return Path(self._book)

    @property
    def keys(self) -> dict[int, str]:
        """Who stood in each row when the sheet was read, as fingerprints."""
        return dict(self._keys)

    def read(self) -> Grid:
        """The sheet as it was first read; later changes are followed by `save`, not shown here."""
        if self._grid is None:
            with self._spoken():
                self._grid = self._described()
        return self._grid

    def check(self, out: Path | None = None) -> None:  # noqa: ARG002  the port; an open book has no other target
        """Raise FileTrouble when the sheet is gone, ExcelBusy when Excel takes no calls."""
        with self._spoken():
            cells.read(self._sheet, 1, 1, 1, 1)

    def follow(self, mapping: Mapping, last: Iterable[int] = ()) -> None:
        """From now on rows are known by whom they are about, and columns by their heading; ``last`` are written last."""
        grid = self.read()
        self._mapping, self._keys, self._last = mapping, keys_of(grid, mapping), frozenset(last)
        self._headings = {column: text for column, text in enumerate(mapping.headings, 1) if text.strip()}
        columns = {column: column for column in range(1, max(grid.width, len(mapping.headings)) + 1)}
        self._now = _Now(mapping.header_row, columns, {row: row for row in self._keys})

    def put(self, puts: Iterable[Put]) -> tuple[Refused, ...]:
        """Collect cells to write; what cannot be written is said by `save`, which sees the sheet as it is then."""
        self._puts |= {(put.row, put.column): put for put in puts}
        return ()

    def drop_rows(self) -> None:
        """Forget what was put into rows and is not written yet; headings stay."""
        self._puts = {at: put for at, put in self._puts.items() if put.is_heading}

    @property
    def cells_waiting(self) -> list[Put]:
        """Results that are not in their cells yet."""
        return [put for put in self._puts.values() if not put.is_heading]

    @property
    def rows_waiting(self) -> set[int]:
        """Rows with results that are not in their cells yet."""
        return {put.row for put in self.cells_waiting}

    @property
    def waiting(self) -> int:
        return len(self.rows_waiting)

    def save(
        self,
        out: Path | None = None,  # noqa: ARG002  an open book is saved by the person
        backups: Path | None = None,  # noqa: ARG002
        *,
        kept: int = 0,  # noqa: ARG002
        replace: bool = False,  # noqa: ARG002
    ) -> SaveReport:
        """Write what was put. Raises ExcelBusy (ask again), ExcelGone, or FileTrouble when Excel refuses for good."""
        refused: list[Refused] = []
        self.written = []
        with self._spoken():
            if self._puts:
                self._save(list(self._puts.values()), refused)
        self._puts.clear()
        return SaveReport(self.path, len(self.written), tuple(refused))

    def say(self, text: str) -> None:
        """Show a text in the status bar, or give it back to Excel with ""; progress is never worth a failure."""
        try:
            self._sheet.book.app.status_bar = text or False
        except Exception as error:
            if meaning(error) is None:
                raise

    def give_back(self, heading: str, rows: Sequence[int], form: str) -> None:
        """Set the number format of emptied cells back to what the column had."""
        column = next((at for at, text in self._headings.items() if text == heading), 0)
        with self._spoken():
            for run in cells.runs((self._now.rows[row], "") for row in rows if column and row in self._now.rows):
                cells.block(self._sheet, run[0][0], column, run[-1][0], column).number_format = form

    @contextmanager
    def _spoken(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            trouble = meaning(error)
            if trouble is None:
                raise
            raise said(trouble, self._book, self.name) from error

    # -- reading
    def _described(self) -> Grid:
        rows = self._rows()
        hidden = hidden_rows(self._sheet, len(rows))
        notes = (UNKNOWN,) if hidden is None else ()
        return Grid(self.name, rows, self._tables(), hidden_rows=hidden or frozenset(), notes=notes)

    def _rows(self) -> list[list[str]]:
        """All rows from A1 to the last used cell, in one block."""
        used = self._sheet.used_range
        bottom, right = used.row + used.shape[0] - 1, used.column + used.shape[1] - 1
        return cells.read(self._sheet, 1, 1, bottom, right)

    def _tables(self) -> tuple[TableArea, ...]:
        found = []
        for table in self._sheet.tables:
            area = table.range
            bottom, right = area.row + area.shape[0] - 1, area.column + area.shape[1] - 1
            headings, totals = int(bool(table.show_headers)), int(bool(table.show_totals))
            found.append(TableArea(table.name, Area(area.row, area.column, bottom, right), headings, totals))
        return tuple(found)

    # -- where things are now
    def _locate(self, rows: Sequence[int]) -> list[list[str]]:
        """Make sure of rows and columns; returns the cells from the first to the last of ``rows`` as they are now."""
        if self._mapping is None:
            raise ValueError("follow() comes first")
        around = self._around(rows)
        if self._is_as_known(rows, around):
            return around
        whole = self._rows()
        self._find_columns(whole)
        mapping = self._mapping_now(len(whole))
        numbered = [(number, whole[number - 1]) for number in range(mapping.first_row, len(whole) + 1) if any(whole[number - 1])]
        self._now.rows = find(self._keys, numbered, mapping)
        return self._around(rows)

    def _around(self, rows: Sequence[int]) -> list[list[str]]:
        places = [self._now.rows[row] for row in rows if row in self._now.rows]
        if not places:
            return []
        return cells.read(self._sheet, min(places), 1, max(places), max(self._now.columns.values(), default=1))

    def _is_as_known(self, rows: Sequence[int], around: list[list[str]]) -> bool:
        if self._now.header:
            head = cells.read(self._sheet, self._now.header, 1, self._now.header, max(self._now.columns.values()))[0]
            if any(head[self._now.columns[column] - 1] != text for column, text in self._headings.items()):
                return False
        places = {row: self._now.rows[row] for row in rows if row in self._now.rows}
        if len(places) < len(set(rows)) or not places:
            return False
        top, mapping, known = min(places.values()), self._mapping_now(max(places.values())), set(self._keys.values())
        return all(known_key(around[place - top], mapping, known) == self._keys[row] for row, place in places.items())

    def _find_columns(self, whole: list[list[str]]) -> None:
        """The header row is the one that holds most of our headings; a column is where its heading is."""
        if not self._headings:
            return
        wanted = Counter(self._headings.values())
        scores = [sum((wanted & Counter(row)).values()) for row in whole]
        self._now.header = scores.index(max(scores)) + 1
        self._now.columns = columns_now(self._headings, whole[self._now.header - 1])

    def _mapping_now(self, last: int) -> Mapping:
        assert self._mapping is not None  # noqa: S101  follow() was called
        columns = {field: self._now.columns[at] for field, at in self._mapping.columns.items() if at in self._now.columns}
        return replace(self._mapping, columns=columns, header_row=self._now.header, first_row=self._now.header + 1, last_row=last)

    # -- writing
    def _save(self, puts: list[Put], refused: list[Refused]) -> None:
        rows = sorted({put.row for put in puts if not put.is_heading})
        around = self._locate(rows)
        self._add_headings([put for put in puts if put.is_heading], refused)
        here: dict[_Cell, Put] = {}
        for put in puts:
            row = self._now.rows.get(put.row)
            column = self._now.columns.get(put.column) if self._now.header else put.column
            if put.is_heading:
                continue
            if row is None or column is None:
                refused.append(Refused(put.row, put.column, LOST if row is None else HEADLESS))
            else:
                here[row, column] = put
        if here:
            self._fill(here, around, refused)

    def _fill(self, here: dict[_Cell, Put], around: list[list[str]], refused: list[Refused]) -> None:
        """Write the cells that are as expected; those that show our text already count as written.

        The columns that make a row filled come last: Excel may be busy or gone in the middle, and a row whose other
        cells are lacking has to be wanted by the next run.
        """
        top, left = min(row for row, _ in here), min(column for _, column in here)
        bottom, right = max(row for row, _ in here), max(column for _, column in here)
        first = min(self._now.rows[put.row] for put in here.values())
        real = cells.formulas(cells.block(self._sheet, top, left, bottom, right))
        todo: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for (row, column), put in here.items():
            shown = around[row - first][column - 1] if column <= len(around[row - first]) else ""
            why = _why_not(put, shown, real[row - top][column - left])
            if why:
                refused.append(Refused(put.row, put.column, why))
                continue
            if shown == put.new:
                self.written.append(put)
            else:
                todo[column].append((row, put.new))
        last = {self._now.columns.get(column, column) if self._now.header else column for column in self._last}
        for column, wanted in sorted(todo.items(), key=lambda item: (item[0] in last, item[0])):
            for run in self._write_column(column, wanted):
                self.written += [here[row, column] for row, _ in run]

    def _write_column(self, column: int, wanted: list[tuple[int, str]]) -> Iterator[Sequence[tuple[int, str]]]:
        """Write block by block, and give each when it is written."""
        filled = [row for row, text in wanted if text]
        span = cells.block(self._sheet, min(filled), column, max(filled), column) if filled else None
        form = cells.format_of(span) if span is not None else cells.TEXT
        for run in cells.runs(wanted):
            if form != cells.TEXT and any(text for _, text in run):
                heading = next((text for at, text in self._headings.items() if self._now.columns.get(at) == column), "")
                self.formats.setdefault(heading, form)
                cells.block(self._sheet, run[0][0], column, run[-1][0], column).number_format = cells.TEXT
            cells.write(self._sheet, column, run)
            yield run

    def _add_headings(self, puts: list[Put], refused: list[Refused]) -> None:
        """New columns, once: a table grows first, for a program's writing beside it does not make it grow."""
        missing = [put for put in sorted(puts, key=lambda put: put.column) if put.column not in self._headings]
        if not missing:
            return
        shift = self._now.columns.get(missing[0].column - 1, missing[0].column - 1) - (missing[0].column - 1)
        left, right = missing[0].column + shift, missing[-1].column + shift
        head = cells.read(self._sheet, self._now.header, left, self._now.header, right)[0]
        if left != self._grown and any(text and text not in {put.new for put in missing} for text in head):
            refused += [Refused(put.row, put.column, OCCUPIED) for put in missing]
            return
        self._grow_table(left, right)
        area = cells.block(self._sheet, self._now.header, left, self._now.header, right)
        area.value = [[put.new for put in missing]]
        for put in missing:
            self._now.columns[put.column], self._headings[put.column] = put.column + shift, put.new
            if put.width:
                cells.block(self._sheet, 1, put.column + shift, 1, put.column + shift).column_width = put.width

    def _grow_table(self, left: int, right: int) -> None:
        name = self._mapping.table.name if self._mapping and self._mapping.table else ""
        table = next((found for found in self._sheet.tables if found.name == name), None)
        if table is None:
            return
        area = table.range
        if area.column + area.shape[1] == left:
            self._grown = left  # Excel names the new columns itself; they are not somebody's
            table.resize(cells.block(self._sheet, area.row, area.column, area.row + area.shape[0] - 1, right))


def _why_not(put: Put, shown: str, real: str) -> str:
    """Why a cell is left alone; "" when it is as expected or shows our text already."""
    if real.startswith("=") and real != put.new:
        return FORMULA
    if put.expected == "" and not shown and real:
        return OCCUPIED  # an error value, which looks empty
    if shown in (put.new, put.expected):
        return ""
    return CHANGED if put.expected else OCCUPIED
