"""Pure: where rows and columns are now. A row is known by whom it is about, a column by its heading, not by their numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from core.model import Prospect
from core.results.person import fingerprint, identity
from core.sheets.headers import Mapping as Columns
from core.sheets.headers import prospect_of
from core.sheets.sheet import Grid


def keys_of(grid: Grid, mapping: Columns) -> dict[int, str]:
    """The key of every row that is not blank, by its number, from top to bottom."""
    return {number: _candidates(cells, mapping)[0] for number, cells in grid.filled(mapping.first_row, mapping.last_row)}


def find(before: Mapping[int, str], now: Iterable[tuple[int, Sequence[str]]], mapping: Columns) -> dict[int, int]:
    """For every row of ``before`` that is still there: where it is ``now``. ``mapping`` says what the columns are now.

    Rows about the same person are told apart by their order.
    """
    known = set(before.values())
    places: dict[str, list[int]] = defaultdict(list)
    for number, cells in now:
        places[known_key(cells, mapping, known)].append(number)
    left = {key: iter(numbers) for key, numbers in places.items()}
    found = {row: next(left.get(key, iter(())), 0) for row, key in sorted(before.items())}
    return {row: number for row, number in found.items() if number}


def columns_now(before: Mapping[int, str], now: Sequence[str]) -> dict[int, int]:
    """For every column of ``before`` that still has its heading: where it is ``now``, in the header row.

    Columns with the same heading are told apart by their order. One without a heading is not found.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for column, text in enumerate(now, 1):
        if text.strip():
            places[text].append(column)
    left = {text: iter(columns) for text, columns in places.items()}
    found = {column: next(left.get(text, iter(())), 0) for column, text in sorted(before.items())}
    return {column: place for column, place in found.items() if place}


def known_key(cells: Sequence[str], mapping: Columns, known: set[str]) -> str:
    """The key of a row as it is now. An e-mail we have filled in does not make it somebody else's row."""
    candidates = _candidates(cells, mapping)
    return next((key for key in candidates if key in known), candidates[0])


def _candidates(cells: Sequence[str], mapping: Columns) -> list[str]:
    who = prospect_of(cells, mapping)
    made = [identity(one) for one in (who, replace(who, email=""))] if isinstance(who, Prospect) else []
    found = [fingerprint(one) for one in made if one]
    if not found:  # a row nobody can be looked up by: its input cells as they are
        texts = [cells[column - 1].strip().casefold() for column in sorted(mapping.columns.values()) if column <= len(cells)]
        found.append(fingerprint("\x1f".join(texts)))
    return found
