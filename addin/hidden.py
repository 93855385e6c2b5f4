"""Which rows of an open sheet are hidden, by a filter or by hand: a hidden row has the height 0.

xlwings tells the height of a block when all its rows have the same one, and nothing when they differ. So a block that
differs is halved until its parts agree: one call for a list without a filter, about two for each edge of a hidden stretch.
"""

from __future__ import annotations

import xlwings as xw

MOST_CALLS = 3_000  # a call takes about a millisecond on Windows, several on a Mac
UNKNOWN = "Too many rows differ in height to tell which are hidden, so hidden rows are included. Select only what you mean."


def hidden_rows(sheet: xw.Sheet, last: int, most: int = MOST_CALLS) -> frozenset[int] | None:
    """Numbers of the hidden rows from 1 to ``last``; None when it would take more than ``most`` calls to know."""
    hidden: set[int] = set()
    blocks, calls = [(1, last)] if last else [], 0
    while blocks:
        top, bottom = blocks.pop()
        calls += 1
        if calls > most:
            return None
        height = sheet.range((top, 1), (bottom, 1)).row_height
        if height is not None:
            hidden.update(range(top, bottom + 1) if height == 0 else ())
        elif top < bottom:
            middle = (top + bottom) // 2
            blocks += [(middle + 1, bottom), (top, middle)]
    return frozenset(hidden)
