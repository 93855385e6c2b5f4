"""A job that went on is summed up over all its parts."""

from __future__ import annotations

from dataclasses import replace

from core.engine.outcome import Result, whole
from core.model import Answer, Kind, RowStatus

PHONES = frozenset({Kind.PHONES})
FILLED, FOUND, MISSED = Answer(RowStatus.ALREADY_FILLED), Answer(RowStatus.FOUND, credits=6.0), Answer(RowStatus.NOT_FOUND)
LEG = Result("job", PHONES, {2: FILLED, 3: FOUND, 4: MISSED, 5: FILLED}, 6.0, 1, "said", "detail", None, exhausted=False)


def test_rows_an_earlier_part_has_filled_count_as_what_they_are() -> None:
    made = whole(LEG, {2: FOUND, 3: FOUND, 9: MISSED}, 12.0, 2)
    assert made.answers == {2: FOUND, 3: FOUND, 4: MISSED, 5: FILLED}  # 5 was filled by somebody else, 9 is not there any more
    assert (made.message, made.detail) == (
        "Phone Enrichment Complete: 2 found, 0 failed",
        "0 from store, 1 not found, 12 credits used.",
    )
    assert (made.job, made.credits, made.calls) == ("job", 12.0, 2)


def test_a_part_that_ended_early_says_why() -> None:
    made = whole(replace(LEG, exhausted=True), {2: FOUND}, 12.0, 2)
    assert (made.message, made.detail) == ("said", "detail")
    assert made.count(RowStatus.FOUND) == 2
