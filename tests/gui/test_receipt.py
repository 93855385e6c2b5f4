"""The sentence under a run counts in words a person would use."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.board import Group, RunLine
from core.model import Kind
from gui.activity_page import receipt


@pytest.mark.parametrize(
    ("undelivered", "end"),
    [
        (0, "."),
        (1, " 1 answer was not written into the file."),
        (1200, " 1,200 answers were not written into the file."),
    ],
)
def test_a_receipt_says_how_many_answers_the_file_has_not_got(undelivered: int, end: str) -> None:
    run = RunLine(
        id="0123456789ab",
        kinds=frozenset({Kind.PHONES}),
        source="leads.csv",
        sheet="",
        state="DONE",
        reason="",
        created_at=datetime(2026, 1, 5, tzinfo=UTC),
        finished_at=datetime(2026, 1, 5, tzinfo=UTC),
        counts={Group.FOUND: 2},
        credits=10.0,
        calls=1,
        last4=("0001",),
        undelivered=undelivered,
    )
    assert receipt(run).endswith(f"Keys: ...0001.{end.removeprefix('.')}")
