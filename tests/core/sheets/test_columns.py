"""Which columns take the results, and what an answer looks like in them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.model import Answer, Email, Kind, Person, Phone, RowStatus
from core.sheets.columns import Layout, cells_for, phone_text, targets
from core.sheets.headers import Mapping, detect
from core.sheets.provenance import without_flagged
from core.sheets.sheet import Area, Grid, Put, TableArea

ADA = "https://www.linkedin.com/in/ada-sample"
BOTH = frozenset(Kind)
PHONES = frozenset({Kind.PHONES})
EMAILS = frozenset({Kind.EMAILS})


def laid_out(grid: Grid, kinds: frozenset[Kind] = BOTH, **how: int) -> Layout:
    mapping = detect(grid)
    assert isinstance(mapping, Mapping)
    return targets(grid, mapping, kinds, **how)


def empty(layout: Layout, row: list[str], kinds: frozenset[Kind]) -> set[Kind]:
    return {kind for kind in kinds if not layout.filled(row, kind)}


def where(layout: Layout) -> dict[str, tuple[int, str, bool]]:
    return {target.name: (target.column, target.heading, target.new) for target in layout.targets}


def test_all_columns_are_added_at_the_right_in_one_block() -> None:
    layout = laid_out(Grid("L", [["LinkedIn", "Note"], [ADA, "", "loose"]]), phones=1)
    names = ["Phone", "Phone type", "Do not call", "Email", "Email type", "Status", "Message", "Checked", "Found as"]
    assert where(layout) == {name: (column, name, True) for column, name in enumerate(names, 4)}
    assert [(put.row, put.column, put.new, put.expected) for put in layout.headings] == [
        (1, column, name, "") for column, name in enumerate(names, 4)
    ]
    assert all(put.is_heading for put in layout.headings)


def test_two_phones_are_shown_unless_told_otherwise() -> None:
    names = [target.name for target in laid_out(Grid("L", [["LinkedIn"], [ADA]]), PHONES).targets]
    assert names[:5] == ["Phone", "Phone type", "Phone 2", "Phone 2 type", "Do not call"]


def test_a_phone_column_of_the_person_is_filled_where_it_stands() -> None:
    grid = Grid("L", [["Telefon", "LinkedIn"], ["", ADA], ["+44 20 7946 0001", ADA]])
    assert where(laid_out(grid, PHONES, phones=1))["Phone"] == (1, "Telefon", False)


def test_what_another_run_added_is_found_again_by_its_heading() -> None:
    headings = ["LinkedIn", "Phone", "Phone type", "Do not call", "Status", "Message", "Checked", "Found as"]
    row = [ADA, "+442079460001", "Mobile", "Unknown", "Found", "Fine.", "2026-11-24"]
    layout = laid_out(Grid("L", [headings, row]), PHONES, phones=1)
    assert not layout.headings
    assert where(layout) == {name: (column, name, False) for column, name in enumerate(headings[1:], 2)}


@pytest.mark.parametrize(
    ("heading", "cell", "ours"),
    [
        ("Status", "open", "Lusha Status"),
        ("Status", "Not found", "Status"),
        ("Phone", "ask the assistant", "Lusha Phone"),
        ("Phone type", "iPhone", "Lusha Phone type"),
        ("Do not call", "on weekends", "Lusha Do not call"),
        ("Checked", "by Bob", "Lusha Checked"),
        ("Message", "Hello there", "Lusha Message"),
    ],
)
def test_a_name_taken_by_something_else_gets_lusha_in_front(heading: str, cell: str, ours: str) -> None:
    layout = laid_out(Grid("L", [["LinkedIn", heading], [ADA, cell]]), PHONES, phones=1)
    column, text, new = where(layout)[heading]
    assert (text, new, column == 2) == (ours, ours != heading, ours == heading)


def test_the_prefixed_column_is_found_again_too() -> None:
    grid = Grid("L", [["LinkedIn", "Status", "Lusha Status"], [ADA, "open", "Found"]])
    assert where(laid_out(grid, PHONES))["Status"] == (3, "Lusha Status", False)


def test_new_columns_join_the_table_where_there_is_room() -> None:
    table = TableArea("T", Area(1, 1, 3, 1))
    roomy = Grid("L", [["LinkedIn"], [ADA], [ADA], [], ["", "", "far below"]], tables=(table,))
    assert where(laid_out(roomy, PHONES))["Phone"][0] == 2
    tight = Grid("L", [["LinkedIn"], [ADA, "", "neighbour"], [ADA]], tables=(table,))
    assert where(laid_out(tight, PHONES))["Phone"][0] == 4


def test_new_columns_keep_clear_of_other_tables_and_merged_cells() -> None:
    rows = [["LinkedIn"], [ADA]]
    tables = (TableArea("T", Area(1, 1, 2, 1)), TableArea("Empty", Area(1, 8, 2, 9)))
    mapping = detect(Grid("L", rows, tables=tables), table="T")
    assert isinstance(mapping, Mapping)
    assert targets(Grid("L", rows, tables=tables), mapping, PHONES).targets[0].column == 11
    assert where(laid_out(Grid("L", rows, merged=(Area(1, 3, 2, 5),)), PHONES))["Phone"][0] == 6


def test_a_list_without_headings_gets_columns_without_headings() -> None:
    rows = [["ada@acme.example"], ["bob@acme.example"]]
    doubt = detect(Grid("L", rows))
    layout = targets(Grid("L", rows), doubt.mapping, PHONES)  # type: ignore[union-attr]  # known to be a Doubt
    assert not layout.headings
    assert layout.targets[0].column == 2


ROWS = [["LinkedIn", "Phone", "Email"], [ADA, "", ""], [ADA, "+44 20 7946 0001", ""]]


def changes(
    layout: Layout, number: int, row: list[str], cells: dict[str, str], *, replace: frozenset[Kind] = frozenset()
) -> dict[str, str]:
    names = {target.column: target.name for target in layout.targets}
    return {names[put.column]: put.new for put in layout.puts(number, row, cells, replace=replace)}


def test_the_kinds_wanted_are_those_whose_cell_is_empty() -> None:
    layout = laid_out(Grid("L", ROWS))
    assert empty(layout, ROWS[1], BOTH) == BOTH
    assert empty(layout, ROWS[2], BOTH) == EMAILS
    assert empty(layout, [ADA, "  ", "x@acme.example"], BOTH) == PHONES
    assert empty(layout, [ADA], PHONES) == PHONES


CELLS = {"Phone": "+442079460002", "Phone type": "Mobile", "Do not call": "No", "Status": "Found"}


def test_an_empty_cell_takes_the_answer() -> None:
    assert changes(laid_out(Grid("L", ROWS)), 2, ROWS[1], CELLS) == CELLS


def test_a_filled_phone_stays_with_its_type_and_its_flag_unless_replacing_was_asked_for() -> None:
    layout = laid_out(Grid("L", ROWS))
    assert changes(layout, 3, ROWS[2], CELLS) == {"Status": "Found"}
    assert changes(layout, 3, ROWS[2], CELLS, replace=BOTH) == CELLS
    assert layout.puts(3, ROWS[2], CELLS, replace=BOTH)[0] == Put(3, 2, "+44 20 7946 0001", "+442079460002")


def test_a_do_not_call_flag_is_raised_and_never_taken_down() -> None:
    rows = [["LinkedIn", "Do not call"], [ADA, "Yes"], [ADA, "No"]]
    layout = laid_out(Grid("L", rows), PHONES)
    assert "Do not call" not in changes(layout, 2, rows[1], CELLS, replace=BOTH)
    assert changes(layout, 3, rows[2], CELLS | {"Do not call": "Yes"})["Do not call"] == "Yes"


def test_a_message_that_no_longer_holds_is_emptied() -> None:
    rows = [["LinkedIn", "Phone", "Status", "Message"], [ADA, "", "Failed", "No answer in time."]]
    layout = laid_out(Grid("L", rows), PHONES)
    assert Put(2, 4, "No answer in time.", "") in layout.puts(2, rows[1], {"Status": "Found"})


def test_already_filled_does_not_wipe_out_what_an_earlier_run_said() -> None:
    rows = [["LinkedIn", "Phone", "Status", "Message"], [ADA, "+44 20 7946 0001", "Found", ""], [ADA, "+44 20 7946 0001", "", ""]]
    layout, filled = laid_out(Grid("L", rows), PHONES), Answer(RowStatus.ALREADY_FILLED)
    assert [layout.is_news(row, filled, PHONES) for row in rows[1:]] == [False, True]


@pytest.mark.parametrize(
    ("shown", "kinds", "known", "news"),
    [
        ("Check match", PHONES, True, False),  # the address that is there is still to be checked
        ("Partly found", PHONES, False, False),
        ("Not found", BOTH, True, False),
        ("Not found", BOTH, False, True),  # asked again, on another day
        ("Found", PHONES, True, True),
        ("Waiting", BOTH, True, True),
        ("Check match", BOTH, True, True),  # nothing is there any more
        ("", PHONES, True, True),
    ],
)
def test_a_miss_wipes_out_what_was_said_only_where_it_is_news(
    shown: str, kinds: frozenset[Kind], known: bool, news: bool
) -> None:
    rows = [["LinkedIn", "Phone", "Email", "Status", "Message"], [ADA, "", "", shown, ""]]
    missed = Answer(RowStatus.NOT_FOUND, from_store=known, kinds=kinds)
    assert laid_out(Grid("L", rows), BOTH).is_news(rows[1], missed, BOTH) is news


def test_what_is_there_already_is_not_written_again() -> None:
    rows = [["LinkedIn", "Phone", "Status"], [ADA, "+442079460002", "Found"]]
    layout = laid_out(Grid("L", rows), PHONES)
    assert changes(layout, 2, rows[1], CELLS) == {"Phone type": "Mobile", "Do not call": "No"}


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("+44 (20) 7946-0001", "+442079460001"),
        ("020.7946.0001", "02079460001"),
        ("+1\u00a0415\u2011555\u20130101", "+14155550101"),
        ("+44 20 7946 0001 ext 5", "+442079460001ext5"),
    ],
)
def test_numbers_lose_their_formatting_and_nothing_else(raw: str, text: str) -> None:
    assert phone_text(raw) == text


def test_an_answer_becomes_cells() -> None:
    who = Person(
        phones=(Phone("+44 7700 900001", "mobile", do_not_call=False), Phone("020 7946 0001", "work", do_not_call=None)),
        emails=(Email("ada@acme.example", "work"),),
    )
    at = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert cells_for(Answer(RowStatus.FOUND, who, "Fine.", at=at, kinds=BOTH)) == {
        "Phone": "+447700900001",
        "Phone type": "Mobile",
        "Phone 2": "02079460001",
        "Phone 2 type": "Work",
        "Do not call": "Unknown",
        "Email": "ada@acme.example",
        "Email type": "Work",
        "Status": "Found",
        "Message": "Fine.",
        "Checked": "2026-11-24",
    }


@pytest.mark.parametrize(
    ("flags", "word"), [((False,), "No"), ((None,), "Unknown"), ((False, None), "Unknown"), ((None, True, False), "Yes")]
)
def test_a_missing_do_not_call_flag_is_unknown_and_any_yes_is_yes(flags: tuple[bool | None, ...], word: str) -> None:
    who = Person(phones=tuple(Phone("+447700900001", do_not_call=flag) for flag in flags))
    assert cells_for(Answer(RowStatus.FOUND, who, kinds=PHONES))["Do not call"] == word


def test_only_the_kinds_that_were_asked_for_are_shown() -> None:
    who = Person(phones=(Phone("+447700900001"),), emails=(Email("ada@acme.example"),))
    cells = cells_for(Answer(RowStatus.FOUND, who, kinds=EMAILS))
    assert "Phone" not in cells
    assert cells["Email"] == "ada@acme.example"


def test_a_miss_has_a_status_and_a_sentence_and_no_flag() -> None:
    assert cells_for(Answer(RowStatus.NOT_FOUND, Person(), "No match.", kinds=PHONES)) == {
        "Status": "Not found",
        "Message": "No match.",
    }


def test_cells_are_short_one_line_and_without_control_characters() -> None:
    cells = cells_for(Answer(RowStatus.FAILED, reason="a\x00b\x1f\ud800\r\nc\td" + "x" * 900))
    assert cells["Message"].startswith("ab c dx")
    assert len(cells["Message"]) == 500
    assert cells["Message"].endswith("…")


def test_a_column_that_says_where_from_is_there_when_it_was_chosen() -> None:
    grid = Grid("L", [["LinkedIn", "Source"], [ADA, "trade fair"]])
    assert "Source" not in where(laid_out(grid))
    assert where(laid_out(grid, source=True))["Source"][1] == "Lusha Source"
    person, at = (
        Person(phones=(Phone("+44 7700 900123"), Phone("+44 7700 900456", do_not_call=True))),
        datetime(2026, 11, 23, 12, tzinfo=UTC),
    )
    paid = Answer(RowStatus.FOUND, person, last4="a41f", account="Sales DE", credits=5.0, at=at, kinds=PHONES)
    known = Answer(RowStatus.FROM_STORE, person, at=at, from_store=True, kinds=PHONES)
    assert cells_for(paid, source=True)["Source"] == "Lusha, 23 Nov 2026, Sales DE ...a41f, 5 credits"
    assert cells_for(known, source=True)["Source"] == "Lusha, 23 Nov 2026, from store"
    assert "Source" not in cells_for(paid)
    flags = [cells_for(paid, source=True)[f"{name} do not call"] for name in ("Phone", "Phone 2")]
    assert flags == ["Unknown, 2026-11-23", "Yes, 2026-11-23"]
    assert [name for name in where(laid_out(grid, source=True)) if name.endswith(" do not call")] == [
        "Phone do not call",
        "Phone 2 do not call",
    ]


def test_the_flag_of_a_number_that_stays_stays_too() -> None:
    grid = Grid("L", [["LinkedIn", "Phone", "Phone do not call"], [ADA, "+44 7700 900999", "No, 2026-01-01"]])
    layout = laid_out(grid, PHONES, source=True)
    fresh = Answer(RowStatus.FOUND, Person(phones=(Phone("+44 7700 900123", do_not_call=True),)), kinds=PHONES)
    texts = [put.new for put in layout.puts(2, grid.rows[1], cells_for(fresh, source=True))]
    assert "Yes" in texts  # the column for all numbers warns
    assert not [text for text in texts if text.startswith("Yes,")]


def test_flagged_numbers_are_left_out_by_choice_and_the_row_says_so() -> None:
    phones = (Phone("+44 7700 900123", do_not_call=True), Phone("+44 7700 900456", do_not_call=False))
    answer = without_flagged(Answer(RowStatus.FOUND, Person(phones=phones), kinds=PHONES))
    assert cells_for(answer)["Phone"] == "+447700900456"
    assert answer.reason == "1 number not written: flagged do-not-call at Lusha."
    assert without_flagged(answer) is answer


def test_a_column_of_ours_that_says_where_from_is_used_again() -> None:
    grid = Grid("L", [["LinkedIn", "Source"], [ADA, "Lusha, 23 Nov 2026, from store"]])
    assert where(laid_out(grid, source=True))["Source"] == (2, "Source", False)


def test_of_whoever_must_not_be_contacted_nothing_is_written_whatever_the_answer_holds() -> None:
    person = Person(full_name="Ada", phones=(Phone("+44 20 7946 0001"),), emails=(Email("ada@sample.example", "work"),))
    cells = cells_for(Answer(RowStatus.DO_NOT_CONTACT, person, "Why.", kinds=BOTH), source=True)
    assert cells == {"Status": "Do not contact", "Message": "Why."}
