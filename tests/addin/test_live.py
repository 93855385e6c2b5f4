"""What only an open workbook does: it is sorted, edited, busy, protected or gone while results arrive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from addin.books import Target, attach, open_books, selected_rows
from addin.cells import text_of
from addin.live import LOST, LiveSheet
from addin.trouble import ExcelBusy, ExcelGone
from core.enriching import Opened, read_rows, write_answers
from core.errors import FileTrouble
from core.model import Answer, Kind, Person, Phone, RowStatus
from tests.excel_engine import desk as excel
from tests.excel_engine.desk import PID, Desk

PHONES = frozenset({Kind.PHONES})
HEAD = ["First name", "Last name", "Company", "LinkedIn URL", "Phone", "Notes"]


def link(number: int) -> str:
    return f"https://www.linkedin.com/in/person-{number}"


def number_of(number: int) -> str:
    return f"+447700{number:06d}"


def rows(count: int) -> list[list[object]]:
    return [HEAD, *([f"N{n}", f"P{n}", f"C{n}", link(n), None, None] for n in range(1, count + 1))]


def answers(*numbers: int) -> dict[int, Answer]:
    """Answers for the rows that held these people when the sheet was read (person n in row n + 1)."""
    return {n + 1: Answer(RowStatus.FOUND, Person(phones=(Phone(number_of(n), "mobile", False),)), kinds=PHONES) for n in numbers}


@pytest.fixture
def at(desk: Desk, book: Callable[..., Path]) -> Callable[..., tuple[Opened, LiveSheet, Any]]:
    """at(count) opens a sheet of people: what was read, the live sheet, and openpyxl's worksheet as the person's hand."""

    def made(count: int, **more: Any) -> tuple[Opened, LiveSheet, Any]:
        hand = desk.open(book(rows(count), **more)).active
        sheet = attach(Target(PID, "leads.xlsx", "Leads", ""))
        read = read_rows(sheet, PHONES)
        sheet.follow(read.mapping)
        return read, sheet, hand

    return made


def by_link(hand: Any) -> dict[str, Any]:
    head = [cell.value for cell in hand[1]]
    who, phone = head.index("LinkedIn URL"), head.index("Phone")
    return {row[who].value: row[phone].value for row in hand.iter_rows(min_row=2) if row[who].value}


def reverse(hand: Any) -> None:
    block = [[cell.value for cell in row] for row in hand.iter_rows(min_row=2)]
    for row, values in zip(hand.iter_rows(min_row=2), reversed(block), strict=True):
        for cell, value in zip(row, values, strict=True):
            cell.value = value


def test_rows_are_found_again_after_a_sort_an_insert_and_a_delete(at: Any) -> None:
    read, sheet, hand = at(40)
    write_answers(read, answers(*range(1, 11)))
    assert sheet.save().refused == ()
    reverse(hand)
    hand.insert_rows(2, 3)
    hand.delete_rows(5)  # person 40
    write_answers(read, answers(*range(11, 41)))
    lost = {one.row for one in sheet.save().refused if one.why == LOST}
    assert lost == {41}
    shown = by_link(hand)
    assert shown == {link(n): number_of(n) for n in range(1, 40)}


def test_columns_are_found_again_after_one_is_inserted(at: Any) -> None:
    read, sheet, hand = at(6)
    write_answers(read, answers(1))
    sheet.save()
    hand.insert_cols(2)
    hand["B1"] = "Middle name"
    write_answers(read, answers(2, 3))
    sheet.save()
    assert by_link(hand) == {link(1): number_of(1), link(2): number_of(2), link(3): number_of(3)} | dict.fromkeys(
        map(link, (4, 5, 6))
    )
    assert [cell.value for cell in hand[1]].count("Status") == 1


def test_rows_about_the_same_person_are_told_apart_by_their_order(at: Any) -> None:
    read, sheet, hand = at(5)
    for row in (2, 3, 4):
        hand.cell(row, 4).value = link(9)
    sheet = attach(Target(PID, "leads.xlsx", "Leads", ""))
    read = read_rows(sheet, PHONES)
    sheet.follow(read.mapping)
    reverse(hand)
    write_answers(read, answers(1, 2, 3))
    assert sheet.save().refused == ()
    assert [hand.cell(row, 5).value for row in range(2, 7)] == [None, None, number_of(1), number_of(2), number_of(3)]


def test_a_busy_excel_is_told_by_its_number_and_nothing_is_lost_or_written_twice(at: Any, desk: Desk) -> None:
    read, sheet, hand = at(10)
    write_answers(read, answers(*range(1, 11)))
    writes: list[str] = []

    def fault(verb: str) -> int | None:
        if verb == "write":
            writes.append(verb)
            return excel.IN_CELL if len(writes) in {2, 5} else None
        return excel.BUSY if verb == "formulas" and desk.calls["formulas"] == 1 else None

    desk.fault = fault
    for _ in range(3):
        with pytest.raises(ExcelBusy):
            sheet.save()
    assert sheet.waiting == 10
    report = sheet.save()
    assert report.refused == ()
    assert sheet.waiting == 0
    assert by_link(hand) == {link(n): number_of(n) for n in range(1, 11)}
    assert {put.row for put in sheet.written} == set(range(2, 12))


def test_a_table_that_has_grown_before_excel_became_busy_is_not_taken_for_somebody_elses(at: Any, desk: Desk) -> None:
    read, sheet, hand = at(3, table="People")
    write_answers(read, answers(1))
    desk.fault = lambda verb: excel.BUSY if verb == "write" and desk.calls["write"] == 1 else None
    with pytest.raises(ExcelBusy):
        sheet.save()
    assert sheet.save().refused == ()
    assert by_link(hand)[link(1)] == number_of(1)
    assert [column.name for column in hand.tables["People"].tableColumns] == [cell.value for cell in hand[1]]


def test_a_protected_sheet_and_a_closed_workbook_are_said_as_such(at: Any, desk: Desk) -> None:
    read, sheet, _ = at(3)
    write_answers(read, answers(1))
    desk.fault = lambda verb: excel.PROTECTED if verb in {"write", "set_format"} else None
    with pytest.raises(FileTrouble, match="protected"):
        sheet.save()
    desk.fault = lambda _verb: None
    desk.close("leads.xlsx")
    with pytest.raises(ExcelGone, match="not open any more"):
        sheet.save()
    with pytest.raises(ExcelGone):
        attach(Target(PID, "leads.xlsx", "Leads", ""))


def test_round_trips_for_a_batch_stay_few(at: Any, desk: Desk) -> None:
    read, sheet, _ = at(200)
    write_answers(read, answers(*range(1, 101)))
    sheet.save()
    desk.calls.clear()
    write_answers(read, answers(*range(101, 201)))
    sheet.save()
    assert desk.calls.total() <= 25


def test_the_status_bar_is_never_worth_a_failure(at: Any, desk: Desk) -> None:
    _, sheet, _ = at(2)
    sheet.say("LushaEnrich: 1/2")
    sheet.say("")
    assert desk.status == ["LushaEnrich: 1/2", False]
    desk.fault = lambda _verb: excel.BUSY
    sheet.say("again")


def test_open_books_are_listed_with_sheet_and_selection(at: Any, desk: Desk) -> None:
    at(2)
    desk.selection = "$A$2:$B$3,$D$5"
    assert open_books() == [Target(PID, "leads.xlsx", "Leads", "$A$2:$B$3,$D$5")]


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("$A$2", None),
        ("", None),
        ("$A$2:$A$2", None),
        ("$A$2:$C$9", [(2, 9)]),
        ("$A$2:$B$3,$D$5", [(2, 3), (5, 5)]),
        ("$3:$7", [(3, 7)]),
        ("$A:$C", [(1, 1_048_576)]),
        ("[leads.xlsx]Leads!$B$4:$B$6", [(4, 6)]),
    ],
)
def test_a_selection_means_its_rows_and_one_cell_means_everything(address: str, wanted: object) -> None:
    assert selected_rows(address) == wanted


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "TRUE"),
        (33612345678.0, "33612345678"),
        (0.5, "0.5"),
        (datetime(2026, 11, 24), "2026-11-24"),
        (datetime(2026, 11, 24, 8, 30), "2026-11-24 08:30:00"),
        (date(2026, 11, 24), "2026-11-24"),
        ("x", "x"),
    ],
)
def test_a_value_is_read_as_the_text_people_see(value: object, text: str) -> None:
    assert text_of(value) == text


def test_a_sheet_that_answers_passes_its_check(at: Any, desk: Desk) -> None:
    _, sheet, _ = at(2)
    sheet.check()
    assert sheet.path == Path("leads.xlsx")
    desk.fault = lambda _verb: excel.BUSY
    with pytest.raises(ExcelBusy, match="busy"):
        sheet.check()


def test_an_error_that_is_not_excels_is_not_taken_for_one(at: Any, desk: Desk) -> None:
    _, sheet, _ = at(2)
    desk.fault = lambda _verb: 99
    with pytest.raises(excel.ComError):
        sheet.check()
    with pytest.raises(excel.ComError):
        sheet.say("x")


def test_a_column_that_is_taken_since_is_not_written_into(at: Any) -> None:
    read, sheet, hand = at(2)
    hand["G1"] = "Mine"
    hand["G2"] = "my note"
    write_answers(read, answers(1))
    refused = sheet.save().refused
    assert {one.column for one in refused} >= {7, 8}
    assert (hand["G1"].value, hand["G2"].value, hand["E2"].value) == ("Mine", "my note", number_of(1))


def test_a_list_without_headings_keeps_its_columns(desk: Desk, book: Callable[..., Path]) -> None:
    hand = desk.open(book([["Ada Sample", link(1)], ["Ben Sample", link(2)]])).active
    sheet = attach(Target(PID, "leads.xlsx", "Leads", ""))
    read = read_rows(sheet, PHONES)
    sheet.follow(read.mapping)
    write_answers(read, {1: next(iter(answers(1).values()))})
    assert sheet.save().refused == ()
    assert hand["C1"].value == number_of(1)


def test_rows_that_name_nobody_keep_their_place_by_their_cells(at: Any) -> None:
    read, sheet, hand = at(3)
    hand["D3"], hand["B3"] = None, None  # Solo
    sheet = attach(Target(PID, "leads.xlsx", "Leads", ""))
    read = read_rows(sheet, PHONES)
    sheet.follow(read.mapping)
    reverse(hand)
    hand.insert_rows(2)
    write_answers(read, {3: Answer(RowStatus.CANNOT_LOOK_UP, reason="no", kinds=PHONES)})
    assert sheet.save().refused == ()
    head = [cell.value for cell in hand[1]]
    assert [row[head.index("Status")].value for row in hand.iter_rows(min_row=2)] == [None, None, "Cannot look up", None]
