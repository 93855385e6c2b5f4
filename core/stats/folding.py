"""Pure: days put together where a chart has no room for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple

from core.results.spared import Spared
from core.stats.facts import Calls
from core.stats.figures import Cost, DayFigures, Tally

MOST = 100  # columns a chart can show


def folded(days: Sequence[DayFigures], most: int = MOST) -> list[DayFigures]:
    """The days themselves, or weeks, or fours of weeks; each begins with its ``day``, the last one ends with the last."""
    size = next((size for size in (1, 7, 28) if len(days) <= size * most), 91)
    first = len(days) % size
    parts = [days[:first], *(days[at : at + size] for at in range(first, len(days), size))]
    return [_sum(part) for part in parts if part]


def _sum(days: Sequence[DayFigures]) -> DayFigures:
    if len(days) == 1:
        return days[0]
    said = Counter(days[0].said)
    for one in days[1:]:
        said.update(one.said)
    return DayFigures(
        days[0].day,
        Tally(*_columns([one.people for one in days])),
        {kind: Tally(*_columns([one.kinds[kind] for one in days])) for kind in days[0].kinds},
        Cost(*_columns([one.cost for one in days])),
        sum((one.calls for one in days), Calls()),
        said,
        sum((one.spared for one in days), Spared()),
    )


def _columns(values: Sequence[Tally] | Sequence[Cost]) -> list[int]:
    return [sum(column) for column in zip(*map(astuple, values), strict=True)]
