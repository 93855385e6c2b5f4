"""A sheet that is not changed (.xls, .xlsb, .ods, protected): read apart; its results go to a new .xlsx."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl import Workbook

from core.errors import FileTrouble
from core.sheets import links, reading
from core.sheets.apart import ReadDone, ReadTask, apart
from core.sheets.report import check_new, sheet_rows
from core.sheets.safe_save import file_hash, real_path, safe_save
from core.sheets.sheet import CHANGED, HEADLESS, KEPT_BACKUPS, OCCUPIED, OUTSIDE, Grid, Put, Refused, SaveReport, on_the_sheet
from core.texts import read_bytes

NEW_WORKBOOK = "Results go to a new workbook: values are copied, formats and formulas are not."


class ForeignSheet:
    """A sheet whose cells are known but whose file cannot be changed; implements the port. Saving needs ``out``."""

    def __init__(self, path: Path, grid: Grid, values: list[list[Any]]) -> None:
        self._path, self._grid, self._values = path, grid, values
        self._puts: dict[tuple[int, int], Put] = {}
        self._refused: list[Refused] = []
        self._closed_columns: set[int] = set()

    @property
    def path(self) -> Path:
        return self._path

    def read(self) -> Grid:
        """The cells as they were when the file was opened."""
        return self._grid

    def check(self, out: Path | None = None) -> None:
        """Raise FileTrouble when there is no new name to write to."""
        if out is None:
            raise FileTrouble(
                f"{self._path.name} cannot be filled in place", f"{NEW_WORKBOOK} Choose its name.", code="needs_copy"
            )
        check_new(out)

    def put(self, puts: Iterable[Put]) -> tuple[Refused, ...]:
        """Collect cells to write; those that do not show what was expected come back at once."""
        refused = []
        for put in puts:
            if why := self._why_not(put):
                refused.append(Refused(put.row, put.column, why))
                if put.is_heading:
                    self._closed_columns.add(put.column)
            else:
                self._puts[put.row, put.column] = put
        self._refused += refused
        return tuple(refused)

    def save(
        self,
        out: Path | None = None,
        backups: Path | None = None,  # noqa: ARG002  nothing is ever replaced
        *,
        kept: int = KEPT_BACKUPS,  # noqa: ARG002
        replace: bool = False,  # noqa: ARG002
    ) -> SaveReport:
        """Write a new workbook with the values of this sheet and what was put."""
        self.check(out)
        assert out is not None  # noqa: S101  `check` has refused it
        target = real_path(out)
        book = Workbook(write_only=True)
        widths = {put.column: put.width for put in self._puts.values() if put.width}
        sheet_rows(book.create_sheet(_title(self._grid.name)), self._lines(), widths)

        def write(file: BinaryIO) -> None:
            book.save(file)

        def verify(temporary: Path) -> None:
            again = reading.every_cell(temporary, "")[2]
            wrong = any(_text(again, *at) != put.new for at, put in self._puts.items())
            if wrong or len(again) < len(self._values):
                raise FileTrouble("The new file did not pass its check", "It was thrown away. Please report this.")

        safe_save(target, write, verify=verify)
        return SaveReport(target, len(self._puts), tuple(self._refused), None, (NEW_WORKBOOK,), {}, file_hash(target))

    def _lines(self) -> Iterator[list[Any]]:
        last = max((row for row, _ in self._puts), default=0)
        puts: dict[int, dict[int, str]] = {}
        for (row, column), put in self._puts.items():
            puts.setdefault(row, {})[column] = put.new
        for number in range(1, max(last, len(self._values)) + 1):
            values = list(self._values[number - 1]) if number <= len(self._values) else []
            mine = puts.get(number, {})
            values += [""] * (max(mine, default=0) - len(values))
            for column, text in mine.items():
                values[column - 1] = text
            yield values

    def _why_not(self, put: Put) -> str:
        if not on_the_sheet(put.row, put.column):
            return OUTSIDE
        if put.column in self._closed_columns:
            return HEADLESS
        if self._grid.cell(put.row, put.column) != put.expected:
            return CHANGED if put.expected else OCCUPIED
        return ""


def open_foreign(
    path: Path,
    sheet: str | None = None,
    *,
    notes: tuple[str, ...] = (),
    hidden: frozenset[int] = frozenset(),
    shown: Sequence[Sequence[str]] = (),
) -> ForeignSheet:
    """Open a sheet (the first one without a name) for its values; ``notes`` say why.

    ``shown`` are its rows by a reader that knows the links behind cells; they are looked up, the copy holds the text.

    Raises FileTrouble when the file is missing or cannot be read.
    """
    real = real_path(path)
    read_bytes(real)  # says what is wrong with a missing file
    found = apart(ReadTask(str(real), sheet or ""), real.name)
    assert isinstance(found, ReadDone)  # noqa: S101  that is what this task comes to
    rows = [[reading.text_of(value[0] if isinstance(value, list) else value) for value in row] for row in found.rows]
    links.show_those_of(rows, shown)
    return ForeignSheet(real, Grid(found.sheet, rows, hidden_rows=hidden, notes=(*notes, NEW_WORKBOOK)), found.rows)


def _title(name: str) -> str:
    """Other programs allow names that Excel does not."""
    return re.sub(r"[\\*?:/\[\]\x00-\x1f]", "_", name)[:31] or "Sheet1"


def _text(rows: list[list[Any]], row: int, column: int) -> str:
    if row > len(rows) or column > len(rows[row - 1]):
        return ""
    value = rows[row - 1][column - 1]
    return reading.text_of(value[0] if isinstance(value, list) else value)
