"""Rows hidden by a filter or by hand are left out and counted; what nobody can tell is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from addin.books import Target, attach
from addin.hidden import MOST_CALLS, UNKNOWN, hidden_rows
from core.enriching import read_rows
from core.model import Kind
from tests.excel_engine.desk import PID, Desk

PHONES = frozenset({Kind.PHONES})


class Sheet:
    """Heights of rows, as xlwings tells them; counts the calls."""

    def __init__(self, heights: list[float]) -> None:
        self.heights, self.calls = heights, 0

    def range(self, first: tuple[int, int], last: tuple[int, int]) -> Any:
        self.calls += 1
        found = set(self.heights[first[0] - 1 : last[0]])
        return type("Range", (), {"row_height": found.pop() if len(found) == 1 else None})


def test_a_list_without_hidden_rows_costs_one_call() -> None:
    sheet = Sheet([15.0] * 100_000)
    assert hidden_rows(sheet, 100_000) == frozenset()  # type: ignore[arg-type]
    assert sheet.calls == 1
    assert hidden_rows(Sheet([]), 0) == frozenset()  # type: ignore[arg-type]


@given(st.lists(st.sampled_from([0.0, 15.0, 30.0]), min_size=1, max_size=200))
def test_exactly_the_rows_without_height_are_hidden(heights: list[float]) -> None:
    assert hidden_rows(Sheet(heights), len(heights)) == {n for n, height in enumerate(heights, 1) if height == 0}  # type: ignore[arg-type]


def test_a_filter_that_shows_a_few_stretches_is_cheap_and_too_many_are_given_up() -> None:
    heights = [15.0] * 10_000
    for top in range(0, 10_000, 500):
        heights[top : top + 250] = [0.0] * 250
    sheet = Sheet(heights)
    assert len(hidden_rows(sheet, 10_000) or ()) == 5_000  # type: ignore[arg-type]
    assert sheet.calls < 1_000
    assert hidden_rows(Sheet([0.0, 15.0] * 5_000), 10_000) is None  # type: ignore[arg-type]


def test_hidden_rows_of_an_open_sheet_are_no_part_of_the_list(desk: Desk, book: Callable[..., Path]) -> None:
    rows = [["LinkedIn URL"], *([f"https://www.linkedin.com/in/row-{n}"] for n in range(1, 11))]
    hand = desk.open(book(rows)).active
    for row in (3, 4, 9):
        hand.row_dimensions[row].hidden = True
    read = read_rows(attach(Target(PID, "leads.xlsx", "Leads", "")), PHONES)
    assert [row.number for row in read.rows] == [2, 5, 6, 7, 8, 10, 11]
    assert read.hidden_out == 3


def test_when_it_cannot_be_told_which_rows_are_hidden_all_are_included_and_it_is_said(
    desk: Desk, book: Callable[..., Path]
) -> None:
    count = MOST_CALLS + 100
    rows = [["LinkedIn URL"], *([f"https://www.linkedin.com/in/row-{n}"] for n in range(1, count + 1))]
    hand = desk.open(book(rows)).active
    for row in range(2, count + 2, 2):
        hand.row_dimensions[row].hidden = True
    read = read_rows(attach(Target(PID, "leads.xlsx", "Leads", "")), PHONES)
    assert (len(read.rows), UNKNOWN in read.notes) == (count, True)
