"""What a person may choose: columns by name, rules for filled cells, the form of a number."""

from __future__ import annotations

from datetime import date

import pytest

from core.errors import FileTrouble, UsageError
from core.model import Kind, Prospect
from core.sheets.columns import targets
from core.sheets.fill import Fill, FillRule
from core.sheets.headers import Doubt, Mapping, detect, prospect_of
from core.sheets.phone_form import shown
from core.sheets.picks import parse, pick, picked_of, recalled, said
from core.sheets.sheet import Grid
from core.sheets.synonyms import Field

ADA = "https://www.linkedin.com/in/ada-sample"
LIST = Grid("L", [["My list"], ["Who", "Haus", "C"], [ADA, "Acme GmbH", "x"], [ADA + "-2", "Beta SA", "y"]])


def test_columns_are_named_by_heading_first_and_by_letter_else() -> None:
    assert parse(["LinkedIn=A", "first_name = Vor name"]) == {"linkedin": "A", "first-name": "Vor name"}
    assert pick(LIST, {"linkedin": "who", "company": "HAUS"}).columns == {Field.LINKEDIN: 1, Field.COMPANY: 2}
    assert pick(LIST, {"linkedin": "C"}).columns == {Field.LINKEDIN: 3}
    assert pick(LIST, {"linkedin": "b"}) == pick(LIST, {"linkedin": "B"})
    assert pick(LIST, {"linkedin": "b"}).header == 0


@pytest.mark.parametrize("text", ["linkedin", "linkedin=", "fax=C", "=C", ""])
def test_what_names_no_column_is_wrong_use(text: str) -> None:
    with pytest.raises(UsageError, match="does not say which column"):
        parse([text])


@pytest.mark.parametrize("where", ["Nowhere", "D", "XFE", "ZZZ", "C3"])
def test_a_column_that_is_not_there_is_wrong_use(where: str) -> None:
    with pytest.raises(UsageError, match="no column"):
        pick(LIST, {"linkedin": where})


def test_an_empty_column_at_the_right_can_take_numbers_but_names_nobody() -> None:
    assert pick(LIST, {"phone": "E"}).columns == {Field.PHONE: 5}


def test_a_named_heading_says_which_row_the_headings_are_in() -> None:
    picked = pick(LIST, {"linkedin": "Who", "company": "Haus"})
    found = detect(LIST, picked.columns, header=picked.header)
    assert isinstance(found, Mapping)
    assert (found.header_row, found.first_row) == (2, 3)
    assert found.columns[Field.COMPANY] == 2


def test_what_is_remembered_finds_the_columns_again_where_they_have_moved() -> None:
    picked = pick(LIST, {"linkedin": "Who", "company": "B"})
    found = detect(LIST, picked.columns, header=2)
    assert isinstance(found, Mapping)
    kept = picked_of(found)
    assert kept == {"linkedin": "Who", "company": "Haus"}
    moved = Grid("M", [["Haus", "", "Who"], ["Acme", "", ADA]])
    again = recalled(moved, 1, kept)
    assert again.columns == {Field.LINKEDIN: 3, Field.COMPANY: 1}
    assert again.note.startswith("Columns as chosen earlier for such a list: linkedin in C")


def test_two_columns_that_are_equally_good_are_asked_about() -> None:
    grid = Grid("L", [["LinkedIn", "LinkedIn URL"], [ADA, ADA + "-x"]])
    found = detect(grid)
    assert isinstance(found, Doubt)
    assert found.question == (
        'More than one column could be the LinkedIn URL: "LinkedIn" (A), "LinkedIn URL" (B). Use the first?'
    )
    assert isinstance(detect(grid, {Field.LINKEDIN: 2}), Mapping)


TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("fill", "checked", "again"),
    [
        (Fill(), "2020-01-01", False),
        (Fill(FillRule.NOT_FOUND), "2020-01-01", False),
        (Fill(FillRule.ALL), "", True),
        (Fill(FillRule.OLDER, 30), "2026-10-24", True),
        (Fill(FillRule.OLDER, 30), "2026-10-25", False),
        (Fill(FillRule.OLDER, 30), "2026-10-24 08:00:00", True),
        (Fill(FillRule.OLDER, 30), "", False),
        (Fill(FillRule.OLDER, 30), "last week", False),
    ],
)
def test_a_rule_says_which_filled_cells_are_asked_for_again(fill: Fill, checked: str, again: bool) -> None:
    assert fill.replaces(checked, TODAY) is again


def test_a_rule_says_how_old_a_known_answer_may_be() -> None:
    assert Fill().retention(90, 60) == (90, 60)
    assert Fill(FillRule.ALL).retention(90, 60) == (90, 60)
    assert Fill(FillRule.NOT_FOUND).retention(90, 60) == (90, 30)
    assert Fill(FillRule.OLDER, 7).retention(90, 60) == (7, 7)


@pytest.mark.parametrize(
    ("number", "form", "text"),
    [
        ("+44 20 7946-0001", "as_received", "+442079460001"),
        ("+44 (20) 7946 0001", "e164", "+442079460001"),
        ("+442079460001", "international", "+44 20 7946 0001"),
        ("+442079460001", "national", "020 7946 0001"),
        ("020 7946 0001", "international", "02079460001"),
        ("+1", "international", "+1"),
        ("+999123456", "international", "+999123456"),
        ("+44 1", "national", "+441"),
    ],
)
def test_a_number_is_shown_in_the_chosen_form_and_no_country_code_is_invented(number: str, form: str, text: str) -> None:
    assert shown(number, form) == text


CONTACTS = Grid("C", [["Full name", "Company", "Email", "Phone"], ["Ada Sample", "Acme", "office@acme.example", "+442079460001"]])


def test_a_field_can_be_said_to_be_in_no_column() -> None:
    named = parse(["email=-", "Phone = -"])
    assert pick(CONTACTS, named).columns == {Field.EMAIL: 0, Field.PHONE: 0}
    found = detect(CONTACTS, pick(CONTACTS, named).columns)
    assert isinstance(found, Mapping)
    assert found.columns == {Field.FULL_NAME: 1, Field.COMPANY: 2}
    assert prospect_of(CONTACTS.rows[1], found) == Prospect(first_name="Ada", last_name="Sample", company="Acme")


def test_a_column_that_is_denied_is_not_filled_either_and_ours_is_found_again() -> None:
    found = detect(CONTACTS, {Field.EMAIL: 0, Field.PHONE: 0})
    assert isinstance(found, Mapping)
    made = targets(CONTACTS, found, frozenset(Kind))
    named = {target.name: (target.heading, target.new) for target in made.targets}
    assert (named["Phone"], named["Email"]) == (("Lusha Phone", True), ("Lusha Email", True))
    later = Grid("C", [[*CONTACTS.rows[0], "Lusha Phone", "Lusha Email"], [*CONTACTS.rows[1], "+442079460002", "a@b.example"]])
    again = targets(later, detect(later, {Field.EMAIL: 0, Field.PHONE: 0}), frozenset(Kind))  # type: ignore[arg-type]
    assert [(target.column, target.new) for target in again.targets if target.name in {"Phone", "Email"}] == [
        (5, False),
        (6, False),
    ]


def test_a_denied_field_is_not_proposed_from_the_data_and_is_remembered() -> None:
    links = Grid("L", [["x"], [ADA], [ADA + "-2"]])
    assert isinstance(detect(links), Doubt)
    with pytest.raises(FileTrouble, match="says who a row is about"):
        detect(links, {Field.LINKEDIN: 0})
    found = detect(CONTACTS, {Field.EMAIL: 0})
    assert isinstance(found, Mapping)
    kept = picked_of(found)
    assert kept == {"name": "Full name", "company": "Company", "phone": "Phone", "email": "-"}
    again = recalled(CONTACTS, 1, kept)
    assert again.columns[Field.EMAIL] == 0
    assert "email nowhere" in again.note


def test_columns_are_said_as_they_are_read() -> None:
    columns = {Field.LINKEDIN: 3, Field.EMAIL: 0}
    assert said(columns) == ("linkedin=C", "email=-")
    assert pick(LIST, parse(said(columns))).columns == columns
