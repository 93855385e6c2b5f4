"""Reading the cells of a closed workbook: by calamine, or by openpyxl where calamine would run out of memory."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import repeat, zip_longest
from pathlib import Path
from typing import Any, cast

import python_calamine

from core.errors import FileTrouble
from core.sheets.frame import column_number
from core.sheets.ooxml import Package, SheetPart
from core.sheets.sheet import ERROR, FORMULA

MOST_IN_RECTANGLE = 20_000_000
MOST_PER_CELL = 50  # cells of the rectangle for each one that is there
SMALL_RECTANGLE = 1_000_000  # is read whatever its density
MOST_COLUMNS_OF_A_SPARSE_SHEET = 256

_REFERENCE = re.compile(rb"""r\s*=\s*["']([A-Z]{1,3}[0-9]{1,7})["']""")
_DIGITS, _CAPITALS = b"0123456789", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SLICE = 1 << 22
_EMPTY = ("", None)
_WORDS_KEPT = 20_000
_SAMPLE = 2_000  # rows
_DAMAGED = "The file may be damaged. Open it in Excel or LibreOffice, save it as .xlsx and try again."
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
        joined = b" ".join(found)  # taken apart all at once: there may be millions
        columns.update(joined.translate(None, _DIGITS).split())
        rows = max(rows, max(map(int, set(joined.translate(None, _CAPITALS).split())), default=0))
        cells, at = cells + len(found), stop
    return Extent(rows, max((column_number(name.decode()) for name in columns), default=0), cells)


def barred_cells(xml: bytes, prefix: bytes) -> dict[tuple[int, int], str]:
    """The cells (row, column) that hold a formula or an error value: nothing may be written there, whatever they show."""
    if b"<" + prefix + b"f" not in xml and b't="e"' not in xml:
        return {}
    p = re.escape(prefix)
    cell = re.compile(
        rb"""<%bc r="([A-Z]{1,3})([0-9]{1,7})"(?:[^>]*?(\st=(?:"e"|'e'))[^>]*|[^>]*)(?<!/)>(<%bf[\s/>])?""" % (p, p)
    )
    found: dict[tuple[int, int], str] = {}
    for name, row, error, formula in cell.findall(xml):
        if formula or error:
            found[int(row), column_number(name.decode())] = FORMULA if formula else ERROR
    return found


def read_rows(package: Package, sheet: SheetPart, extent: Extent) -> list[list[str]]:
    """All rows from row 1 and column A on, as text. Raises FileTrouble when the cells cannot be read."""
    if extent.sparse:
        return [list(row) for row in sparse_rows(package.data, sheet.name)]
    rows, known = cast("list[list[Any]]", _dense_rows(package, sheet)), dict[str, str]()
    again = _columns_of_few_words(rows[:_SAMPLE])
    for row in rows:  # in place, and words that come again are kept once: the list is large
        row[:] = [value if type(value) is str else text_of(value) for value in row]
        keep = known.setdefault if len(known) < _WORDS_KEPT else known.get
        for index in again:
            row[index] = keep(row[index], row[index])
    return rows


def _columns_of_few_words(sample: list[list[Any]]) -> list[int]:
    """Where the same words come again: to look up every name and address among them would take longer than to read them."""
    return [index for index, values in enumerate(zip(*sample, strict=True)) if len(set(values)) * 2 <= len(values)]


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


def sparse_rows(source: bytes | Path, sheet: str) -> Iterator[Sequence[str]]:
    """Lazily, the first 256 columns only, without the blank rows at the end. Raises FileTrouble when it cannot be read."""
    from openpyxl import load_workbook  # noqa: PLC0415  few files need it, and it takes a while

    with _whatever_openpyxl_raises(sheet), contextlib.ExitStack() as last:
        data = io.BytesIO(source if isinstance(source, bytes) else source.read_bytes())
        book = load_workbook(data, read_only=True, data_only=True)
        last.callback(book.close)
        blank = 0
        for row in book[sheet].iter_rows(max_col=MOST_COLUMNS_OF_A_SPARSE_SHEET, values_only=True):
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


@contextlib.contextmanager
def _whatever_openpyxl_raises(sheet: str) -> Iterator[None]:
    """On damaged files that may be anything, from KeyError to the XML parser's own errors."""
    try:
        yield
    except (MemoryError, FileTrouble):
        raise
    except Exception as error:
        raise FileTrouble(f'Sheet "{sheet}" cannot be read', _DAMAGED, code="unreadable") from error


def every_cell(path: Path, sheet: str) -> tuple[str, list[str], list[list[Any]]]:
    """A sheet ("": the first visible one) of any file calamine reads: its name, the names of all, its rows from A1 on.

    Numbers and truth values stay such, dates and times are [text]. Raises FileTrouble when it cannot be read.
    """
    try:
        with python_calamine.CalamineWorkbook.from_path(str(path)) as book:
            name = _sheet_name(book, sheet, path)
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            return name, book.sheet_names, [[_portable(value) for value in row] for row in rows]
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise _unreadable(sheet, path) from error


def surprise(
    before: Path, after: Path, sheet: str, cells: Iterable[tuple[int, int, str]], *, sparse: bool, whole: bool
) -> tuple[int, int] | None:
    """The first cell (row, column) in which two workbooks differ though they should not; or one that was not filled.

    ``cells`` (row, column, text) were filled; not ``whole``: only their rows are compared.
    """
    left = {(row, column): text for row, column, text in cells}
    rows = frozenset() if whole else frozenset(row for row, _ in left)
    old, new = (_lazy_rows(path, sheet, sparse=sparse) for path in (before, after))
    for number, (a, b) in enumerate(zip_longest(old, new, fillvalue=()), 1):
        if (rows and number not in rows) or a == b:
            continue
        for column, (x, y) in enumerate(zip_longest(a, b, fillvalue=""), 1):
            if x != y and not (x in _EMPTY and y in _EMPTY) and left.pop((number, column), None) != text_of(y):
                return number, column
    return next(iter(left), None)


def _lazy_rows(path: Path, sheet: str, *, sparse: bool) -> Iterator[Sequence[Value | None]]:
    if sparse:
        return sparse_rows(path, sheet)
    try:
        with python_calamine.CalamineWorkbook.from_path(str(path)) as book:
            found = book.get_sheet_by_name(sheet)
    except (python_calamine.CalamineError, OSError) as error:
        raise _unreadable(sheet, path) from error
    if found.start is None:
        return iter(())
    left: list[Value | None] = [""] * found.start[1]
    if not left:
        return found.iter_rows()
    return ([*left, *row] for row in found.iter_rows())


def _dense_rows(package: Package, sheet: SheetPart) -> list[list[Value]]:
    try:
        with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(package.data)) as book:
            return book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError) as error:
        raise _unreadable(sheet.name, package.path) from error


def _sheet_name(book: python_calamine.CalamineWorkbook, sheet: str, path: Path) -> str:
    visible = [found.name for found in book.sheets_metadata if found.visible is python_calamine.SheetVisibleEnum.Visible]
    if not sheet:
        return next(iter(visible or book.sheet_names), "")
    for name in book.sheet_names:
        if name.casefold() == sheet.casefold():
            return name
    there = ", ".join(f'"{name}"' for name in book.sheet_names)
    raise FileTrouble(f'There is no sheet "{sheet}" in {path.name}', f"Its sheets are: {there}.")


def _portable(value: Value) -> str | float | bool | list[str]:
    return value if isinstance(value, str | float | int) else [text_of(value)]


def _unreadable(sheet: str, path: Path) -> FileTrouble:
    return FileTrouble(
        f'Sheet "{sheet}" of {path.name} cannot be read' if sheet else f"{path.name} cannot be read",
        _DAMAGED,
    )
