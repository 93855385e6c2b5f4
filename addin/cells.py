"""Blocks of cells: one call each to read or write, values as the text people see in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

import xlwings as xw

TEXT = "@"  # the number format of text; without it "+33612345678" becomes the number 33612345678
MOST = 5_000  # cells in one call: Apple events time out above


def block(sheet: xw.Sheet, top: int, left: int, bottom: int, right: int) -> xw.Range:
    return sheet.range((top, left), (bottom, right))


def read(sheet: xw.Sheet, top: int, left: int, bottom: int, right: int) -> list[list[str]]:
    """The values as text, row by row; several calls only for very large blocks."""
    step = max(1, MOST // (right - left + 1))
    rows: list[list[str]] = []
    for first in range(top, bottom + 1, step):
        values = block(sheet, first, left, min(first + step - 1, bottom), right).options(ndim=2).value
        rows += [[text_of(value) for value in row] for row in values]
    return rows


def formulas(area: xw.Range) -> list[list[str]]:
    """What stands in the cells: a formula with its "=", a constant as text, "" for a cell that is really empty."""
    found = area.formula
    if not isinstance(found, (tuple, list)):
        return [[str(found or "")]]
    return [[str(cell or "") for cell in row] for row in found]


def text_of(value: object) -> str:
    """Excel gives every number as float: 33612345678.0 is shown as "33612345678"."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if (value.hour, value.minute, value.second) == (0, 0, 0):
            return f"{value:%Y-%m-%d}"
        case datetime() | date():
            return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
        case _:
            return str(value)


def write(sheet: xw.Sheet, column: int, run: list[tuple[int, str]]) -> None:
    """Fill neighbouring cells of a column, given from top to bottom, in one call."""
    block(sheet, run[0][0], column, run[-1][0], column).value = [[text or None] for _, text in run]


def runs(cells: Iterable[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    """Cells of one column as runs of neighbours."""
    run: list[tuple[int, str]] = []
    for cell in sorted(cells):
        if run and cell[0] != run[-1][0] + 1:
            yield run
            run = []
        run.append(cell)
    if run:
        yield run


def format_of(area: xw.Range) -> str:
    """The number format all cells share, "General" when they differ."""
    found: Any = area.number_format
    return str(found or "General")
