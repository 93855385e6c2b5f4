"""Where the rows that a job has written stand now: a list that was sorted holds their texts in other rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from core.results.cells import WrittenCell
from core.sheets.csv_text import guarded
from core.sheets.sheet import Grid

_Texts = Mapping[int, str]  # of one row, by column


def rows_now(grid: Grid, cells: Sequence[WrittenCell]) -> dict[int, int]:
    """Row as written to row as it is now, of all rows when some were moved; {} when every row stands where it stood.

    A row is known by all the texts we have in it. One that is nowhere any more is not in the mapping: it was changed,
    and where it stood somebody else may stand now. Rows that are merely edited move nothing.
    """
    wanted = _by_row(cells)
    stay = {row: row for row, texts in wanted.items() if _texts(grid, row, tuple(texts)) == tuple(texts.values())}
    lost = {row: texts for row, texts in wanted.items() if row not in stay}
    moved = _elsewhere(grid, lost, stay)
    return stay | moved if moved else {}


def _by_row(cells: Sequence[WrittenCell]) -> dict[int, dict[int, str]]:
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for cell in sorted(cells, key=lambda cell: (cell.row, cell.column)):
        if cell.after:  # an emptied cell tells one row from no other
            found[cell.row][cell.column] = guarded(cell.after)
    return found


def _elsewhere(grid: Grid, lost: Mapping[int, _Texts], taken: Mapping[int, int]) -> dict[int, int]:
    """Lost rows that stand, whole, where none of ours is left; of those with the same texts the upper one is the upper one."""
    shapes: dict[tuple[int, ...], dict[tuple[str, ...], list[int]]] = defaultdict(lambda: defaultdict(list))
    for row, texts in sorted(lost.items(), reverse=True):
        shapes[tuple(texts)][tuple(texts.values())].append(row)
    widest = sorted(shapes, key=len, reverse=True)
    found = {}
    for number in range(1, len(grid.rows) + 1):
        if number in taken:
            continue
        for columns in widest:
            if same := shapes[columns].get(_texts(grid, number, columns)):
                found[same.pop()] = number
                break
    return found


def _texts(grid: Grid, row: int, columns: Sequence[int]) -> tuple[str, ...]:
    return tuple(guarded(grid.cell(row, column)) for column in columns)
