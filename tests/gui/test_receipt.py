"""The sentence under a run counts in words a person would use."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.board import Group, RunLine
from core.enriching import apart
from core.model import Answer, Kind, RowStatus
from gui.activity_page import receipt
from gui.files import counts_of


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


def test_whom_nobody_may_ask_for_is_told_apart_by_the_page_of_a_run_and_its_receipt() -> None:
    answers = {n: Answer(status) for n, status in enumerate((RowStatus.NOT_FOUND, RowStatus.DO_NOT_CONTACT), 2)}
    assert (counts_of(answers), apart(answers)) == ({Group.NOT_FOUND: 1}, "1 do not contact")
    at = datetime(2026, 1, 5, tzinfo=UTC)
    run = RunLine("j", frozenset({Kind.PHONES}), "leads.csv", "", "DONE", "", at, at, counts_of(answers), 1.0, 1, (), apart=1)
    assert "1 not found. Apart from these: 1 row that must not be contacted or cannot be looked up." in receipt(run)


def test_what_the_store_knew_is_no_new_find_and_no_new_miss() -> None:
    known = {n: Answer(status, from_store=True) for n, status in enumerate((RowStatus.CHECK_MATCH, RowStatus.NOT_FOUND), 2)}
    assert counts_of(known) == {Group.STORED: 2}
