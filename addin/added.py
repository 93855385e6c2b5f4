"""Columns that a run added: taken away again when nothing stands in them any more."""

from __future__ import annotations

from collections.abc import Collection

import xlwings as xw

from addin import cells


def take_away(sheet: xw.Sheet, header: int, headings: Collection[str], table: str = "") -> int:
    """Clear those of ``headings`` whose columns are empty; returns how many stay. A table keeps what is not at its right end."""
    used = sheet.used_range
    bottom, right = used.row + used.shape[0] - 1, used.column + used.shape[1] - 1
    head = cells.read(sheet, header, 1, header, right)[0]
    found = {at for at, text in enumerate(head, 1) if text in headings}
    empty = {at for at in found if _is_empty(sheet, header + 1, at, bottom)}
    area = next((found.range for found in sheet.tables if found.name == table), None)
    if area is not None:
        empty -= _kept(sheet, table, area, empty)
    for column in sorted(empty):
        cells.block(sheet, header, column, header, column).value = None
    return len(found - empty)


def _kept(sheet: xw.Sheet, table: str, area: xw.Range, empty: Collection[int]) -> set[int]:
    """Make the table narrower by what is empty at its right end; the columns of ``empty`` that stay in it."""
    first = area.column
    last = end = first + area.shape[1] - 1
    while end > first and end in empty:
        end -= 1
    if end < last:  # only outside of it a heading can be cleared: Excel gives every column of a table a name
        smaller = cells.block(sheet, area.row, first, area.row + area.shape[0] - 1, end)
        next(found for found in sheet.tables if found.name == table).resize(smaller)
    return {column for column in empty if first <= column <= end}


def _is_empty(sheet: xw.Sheet, top: int, column: int, bottom: int) -> bool:
    """Whether nothing stands there, not even a formula that shows nothing."""
    for first in range(top, bottom + 1, cells.MOST):
        last = min(first + cells.MOST - 1, bottom)
        if any(text for row in cells.formulas(cells.block(sheet, first, column, last, column)) for text in row):
            return False
    return True
