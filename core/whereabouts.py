"""Where the rows that a job has written stand now: a list that was sorted or cut has its people in other rows."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from core.results.cells import WrittenCell
from core.sheets.sheet import Grid


def key_of(row: Sequence[str], named: Sequence[int]) -> str:
    """A fingerprint of what names the person of a row, in these columns (from 1); "" when nothing stands there."""
    texts = [row[column - 1].strip().casefold() if column <= len(row) else "" for column in named]
    return hashlib.sha256("\x1f".join(texts).encode()).hexdigest()[:16] if any(texts) else ""


def rows_now(grid: Grid, cells: Sequence[WrittenCell], named: Sequence[int]) -> dict[int, int]:
    """Row as written to row as it is now; {} when every row stands where it stood.

    People in several rows are told apart by their order. Somebody who is nowhere any more is not in the mapping, unless
    nobody has moved: then he was merely renamed. Headings are found by their texts.
    """
    before = {cell.row: cell.who for cell in cells if cell.who}
    keys = {number: key_of(row, named) for number, row in enumerate(grid.rows, 1)} if before else {}
    stay = {row: row for row, who in before.items() if keys.get(row) == who}
    moved = _elsewhere({row: who for row, who in before.items() if row not in stay}, keys, stay)
    people = stay | moved
    return people | _others(grid, cells, set(people.values())) if moved else {}


def _others(grid: Grid, cells: Sequence[WrittenCell], taken: AbstractSet[int]) -> dict[int, int]:
    """Headings where all their texts stand now, and rows without a person where they stood, if nobody stands there."""
    heads: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for cell in cells:
        if cell.heading:
            heads[cell.row].append((cell.column, cell.after))
    found: dict[int, int] = {}
    for row in sorted({cell.row for cell in cells if not cell.who}):
        places = (row, *range(1, len(grid.rows) + 1)) if row in heads else (row,)
        now = next((at for at in places if all(grid.cell(at, column) == text for column, text in heads.get(row, ()))), row)
        found |= {row: now} if now not in taken and now not in found.values() else {}
    return found


def _elsewhere(lost: Mapping[int, str], keys: Mapping[int, str], taken: Mapping[int, int]) -> dict[int, int]:
    places: dict[str, list[int]] = defaultdict(list)
    for number, who in sorted(keys.items(), reverse=True):
        if number not in taken:
            places[who].append(number)
    return {row: places[who].pop() for row, who in sorted(lost.items()) if places.get(who)}
