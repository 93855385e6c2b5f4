"""Reading the cells of a closed workbook: by calamine, or by openpyxl where calamine would run out of memory."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import repeat, zip_longest

import python_calamine
from openpyxl import load_workbook

from core.errors import FileTrouble
from core.sheets.frame import column_number
from core.sheets.ooxml import Package, SheetPart

MOST_IN_RECTANGLE = 20_000_000
MOST_PER_CELL = 50  # cells of the rectangle for each one that is there
SMALL_RECTANGLE = 1_000_000  # is read whatever its density
MOST_COLUMNS_OF_A_SPARSE_SHEET = 256

_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")
_SLICE = 1 << 22
_EMPTY = ("", None)
_WHOLE = 1e15  # beyond it a float no longer holds every whole number

Value = str | float | bool | date | datetime | time | timedelta


@dataclass(frozen=True, slots=True)
class Extent:
    """The rectangle the cell references of a sheet part span, and how many references there are."""

    rows: int
    columns: int
    cells: int

    @property
    def sparse(self) -> bool:
        """Too large for its content: a dense reader would ask for gigabytes (tafia/calamine 693)."""
        rectangle = self.rows * self.columns
        if rectangle <= SMALL_RECTANGLE:
            return False
        return rectangle > MOST_IN_RECTANGLE or rectangle > MOST_PER_CELL * self.cells


def extent_of(xml: bytes) -> Extent:
    """Measured on the references themselves; ``<dimension>`` may lie."""
    columns: set[bytes] = set()
    rows, cells, at = 0, 0, 0
    while at < len(xml):
        stop = min(at + _SLICE, len(xml))
        stop = len(xml) if (tag := xml.find(b"<", stop)) < 0 else tag
        found = _REFERENCE.findall(xml, at, stop)
        columns.update(name for name, _ in found)
        rows = max(rows, max((int(number) for _, number in found), default=0))
        cells, at = cells + len(found), stop
    return Extent(rows, max((column_number(name.decode()) for name in columns), default=0), cells)


def read_rows(package: Package, sheet: SheetPart, extent: Extent) -> list[list[str]]:
    """All rows from row 1 and column A on, as text. Raises FileTrouble when the cells cannot be read."""
    rows = sparse_rows(package, sheet) if extent.sparse else _dense_rows(package, sheet)
    return [[value if type(value) is str else text_of(value) for value in row] for row in rows]


def text_of(value: object) -> str:
    """A cell's value as text: whole numbers without a point, dates in ISO form, "" for nothing."""
    match value:
        case None | str():
            return value or ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer() and abs(value) < _WHOLE:
            return str(int(value))
        case datetime():
            whole_day = value.time() == time()
            return value.date().isoformat() if whole_day else value.isoformat(" ", "seconds")
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)


def sparse_rows(package: Package, sheet: SheetPart) -> Iterator[Sequence[str]]:
    """Lazily, the first 256 columns only, without the blank rows at the end."""
    book = load_workbook(io.BytesIO(package.data), read_only=True, data_only=True)
    try:
        blank = 0
        for row in book[sheet.name].iter_rows(max_col=MOST_COLUMNS_OF_A_SPARSE_SHEET, values_only=True):
            if row.count(None) == len(row):  # a million of them may lie before a stray cell
                blank += 1
                continue
            values = [text_of(value) for value in row]
            while values and not values[-1]:
                values.pop()
            if not values:
                blank += 1
                continue
            yield from repeat([], blank)
            blank = 0
            yield values
    finally:
        book.close()


def differences(
    before: Package, after: Package, sheet: SheetPart, extent: Extent, only: Callable[[int], bool]
) -> Iterator[tuple[int, int, str]]:
    """Cells (row, column, new text) that two workbooks show differently on a sheet, in the rows ``only`` lets pass."""
    old, new = (_lazy_rows(package, sheet, sparse=extent.sparse) for package in (before, after))
    for number, (a, b) in enumerate(zip_longest(old, new, fillvalue=()), 1):
        if only(number) and a != b:
            for column, (x, y) in enumerate(zip_longest(a, b, fillvalue=""), 1):
                if x != y and not (x in _EMPTY and y in _EMPTY):
                    yield number, column, text_of(y)


def _lazy_rows(package: Package, sheet: SheetPart, *, sparse: bool) -> Iterator[Sequence[Value | None]]:
    if sparse:
        return sparse_rows(package, sheet)
    found = _calamine(package, sheet)
    if found.start is None:
        return iter(())
    left: list[Value | None] = [""] * found.start[1]
    if not left:
        return found.iter_rows()
    return ([*left, *row] for row in found.iter_rows())


def _dense_rows(package: Package, sheet: SheetPart) -> list[list[Value]]:
    return _calamine(package, sheet).to_python(skip_empty_area=False)


def _calamine(package: Package, sheet: SheetPart) -> python_calamine.CalamineSheet:
    try:
        with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(package.data)) as book:
            return book.get_sheet_by_name(sheet.name)
    except (python_calamine.CalamineError, OSError) as error:
        raise FileTrouble(
            f'Sheet "{sheet.name}" of {package.path.name} cannot be read',
            "The file may be damaged. Open it in Excel, save it and try again.",
        ) from error
