"""Finding the header row and the columns, and reading a row as a prospect."""

from __future__ import annotations

import pytest

from core.errors import FileTrouble
from core.model import Prospect
from core.results import person
from core.sheets.headers import NO_IDENTITY, Doubt, Mapping, detect, prospect_of
from core.sheets.sheet import Area, Grid, TableArea
from core.sheets.synonyms import Field, field_of, looks_right

ADA = "https://www.linkedin.com/in/ada-sample"


def mapped(grid: Grid) -> Mapping:
    found = detect(grid)
    assert isinstance(found, Mapping), found
    return found


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("LinkedIn", Field.LINKEDIN),
        ("Person Linkedin Url", Field.LINKEDIN),
        ("LinkedIn-Profil", Field.LINKEDIN),
        ("Lien LinkedIn", Field.LINKEDIN),
        ("Perfil LinkedIn", Field.LINKEDIN),
        ("FIRST_NAME", Field.FIRST_NAME),
        ("FirstName", Field.FIRST_NAME),
        ("Contact First Name", Field.FIRST_NAME),
        ("Vorname", Field.FIRST_NAME),
        ("Prénom", Field.FIRST_NAME),
        ("Apellidos", Field.LAST_NAME),
        ("Sobrenome", Field.LAST_NAME),
        ("Cognome", Field.LAST_NAME),
        ("Nachname", Field.LAST_NAME),
        ("Ansprechpartner", Field.FULL_NAME),
        ("Nombre y apellidos", Field.FULL_NAME),
        ("Contact (Name)", Field.FULL_NAME),
        ("Company Name", Field.COMPANY),
        ("Raison sociale", Field.COMPANY),
        ("Ragione Sociale", Field.COMPANY),
        ("Empresa", Field.COMPANY),
        ("Firma", Field.COMPANY),
        ("Company Domain Name", Field.DOMAIN),
        ("Website", Field.DOMAIN),
        ("Sito web", Field.DOMAIN),
        ("E-Mail Adresse", Field.EMAIL),
        ("contact.email", Field.EMAIL),
        ("Email__c", Field.EMAIL),
        ("Email (1)", Field.EMAIL),
        ("Correo electrónico", Field.EMAIL),
        ("Courriel", Field.EMAIL),
        ("Téléphone", Field.PHONE),
        ("Telemóvel", Field.PHONE),
        ("Direct Phone", Field.PHONE),
        ("Mobilnummer", Field.PHONE),
    ],
)
def test_headings_are_known_in_six_languages(heading: str, field: Field) -> None:
    claim = field_of(heading)
    assert claim is not None
    assert claim.field is field


@pytest.mark.parametrize(
    "heading",
    [
        "",
        "2026",
        "Company LinkedIn URL",
        "Company Phone",
        "Email type",
        "Email status",
        "Phone 2",
        "Phone type",
        "Lead status",
        "Do not call",
        "Last contacted",
        "Lead source",
        "Checked",
    ],
)
def test_headings_about_something_else_claim_nothing(heading: str) -> None:
    assert field_of(heading) is None


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        (["Vorname", "Name", "Firma"], (Field.FIRST_NAME, Field.LAST_NAME)),
        (["Prénom", "Nom", "Société"], (Field.FIRST_NAME, Field.LAST_NAME)),
        (["Nombre", "Apellidos", "Empresa"], (Field.FIRST_NAME, Field.LAST_NAME)),
        (["Nome", "Cognome", "Azienda"], (Field.FIRST_NAME, Field.LAST_NAME)),
    ],
)
def test_a_plain_word_for_name_means_what_its_neighbour_leaves_over(headings: list[str], fields: tuple[Field, Field]) -> None:
    columns = mapped(Grid("L", [headings, ["Ada", "Sample", "Acme"]])).columns
    assert (columns[fields[0]], columns[fields[1]], columns[Field.COMPANY]) == (1, 2, 3)


@pytest.mark.parametrize("heading", ["Name", "Nom", "Nombre", "Nome"])
def test_a_plain_word_for_name_alone_is_the_full_name(heading: str) -> None:
    assert mapped(Grid("L", [[heading, "Company"], ["Ada Sample", "Acme"]])).columns[Field.FULL_NAME] == 1


def test_the_header_row_is_found_under_titles_and_blank_rows() -> None:
    grid = Grid("L", [["Our company contacts"], [], ["", "Name", "Firma", "LinkedIn"], ["", "Ada Sample", "Acme", ADA]])
    found = mapped(grid)
    assert (found.header_row, found.first_row, found.last_row) == (3, 4, 4)
    assert found.columns == {Field.LINKEDIN: 4, Field.FULL_NAME: 2, Field.COMPANY: 3}


@pytest.mark.parametrize(
    "rows",
    [
        [[ADA, "Ada", "CEO"], [f"{ADA}-2", "Bob", "VP Mobile"], [f"{ADA}-3", "Cem", "CFO"]],
        [["Ann", "Low", "Acme"], ["Bob", "Low", "LinkedIn"], ["Cem", "Low", "Mobile World Ltd"]],
        [["Ann", "Low", "Acme", "", ""], ["Bob", "Low", "Foo", "+447700900118", "Mobile"], ["Cem", "Low", "Bar", "", ""]],
        [["Ann", "Low", "Acme", "No phone at Lusha for this person.", "2026-11-28"]],
    ],
)
def test_a_row_about_somebody_is_no_header(rows: list[list[str]]) -> None:
    found = detect(Grid("L", rows), {Field.FIRST_NAME: 1, Field.LAST_NAME: 2, Field.COMPANY: 3})
    assert isinstance(found, Mapping)
    assert (found.header_row, found.first_row) == (0, 1)


def test_a_table_speaks_for_its_own_header_and_ends_before_its_totals() -> None:
    rows = [["LinkedIn", "Name"], ["x", "y"], ["LinkedIn", "Extra"], [ADA, "1"], [ADA, "2"], ["Total", "3"]]
    found = mapped(Grid("L", rows, tables=(TableArea("T", Area(3, 1, 6, 2), 1, 1),)))
    assert (found.header_row, found.first_row, found.last_row) == (3, 4, 5)
    assert found.table is not None


def test_columns_outside_of_the_table_are_not_its_columns() -> None:
    rows = [["LinkedIn", "x", "Email"], [ADA, "1", "ada@acme.example"]]
    assert Field.EMAIL not in mapped(Grid("L", rows, tables=(TableArea("T", Area(1, 1, 2, 2)),))).columns


def test_several_tables_are_asked_about_and_one_can_be_named() -> None:
    rows = [["LinkedIn", "", "LinkedIn"], [ADA, "", ADA]]
    grid = Grid("L", rows, tables=(TableArea("One", Area(1, 1, 2, 1)), TableArea("Two", Area(1, 3, 2, 3))))
    doubt = detect(grid)
    assert isinstance(doubt, Doubt)
    assert "One, Two" in doubt.question
    chosen = detect(grid, table="two")
    assert isinstance(chosen, Mapping)
    assert chosen.columns == {Field.LINKEDIN: 3}
    with pytest.raises(FileTrouble, match="no table"):
        detect(grid, table="Three")


def test_a_filter_row_wins_over_a_row_with_as_many_known_words() -> None:
    rows = [["Email", "Company"], ["E-Mail", "Firma"], ["ada@acme.example", "Acme"]]
    assert mapped(Grid("L", rows, filter=Area(2, 1, 3, 2))).header_row == 2
    assert mapped(Grid("L", rows, frozen_rows=2)).header_row == 2
    assert mapped(Grid("L", rows)).header_row == 1


def test_a_column_whose_cells_do_not_look_like_its_heading_is_not_used() -> None:
    rows = [["LinkedIn", "Email"]] + [["https://www.linkedin.com/company/x", "a@acme.example"]] * 24 + [[ADA, "b@acme.example"]]
    found = mapped(Grid("L", rows))
    assert found.columns == {Field.EMAIL: 2}
    assert found.notes == ('Column "LinkedIn" says LinkedIn URL, but 4% of its cells look like it. It is not used.',)


def test_thirty_percent_of_the_filled_cells_are_enough() -> None:
    rows = [["LinkedIn"], *[[ADA]] * 3, *[["?"]] * 7, *[[""]] * 50]
    assert mapped(Grid("L", rows)).columns == {Field.LINKEDIN: 1}
    with pytest.raises(FileTrouble):
        detect(Grid("L", [["LinkedIn"], *[[ADA]] * 2, *[["?"]] * 8]))


def test_of_two_candidates_the_better_data_win_and_the_other_is_named() -> None:
    rows = [["Email", "Work email"], ["", "ada@acme.example"], ["?", "bob@acme.example"], ["x@acme.example", "c@acme.example"]]
    found = mapped(Grid("L", rows))
    assert found.columns[Field.EMAIL] == 2
    assert '"Email" could be the e-mail too; B "Work email" is used' in found.notes[0]


def test_an_empty_phone_column_is_known_and_a_word_in_it_does_not_disturb() -> None:
    rows = [["LinkedIn", "Company phone", "Mobile phone", "Phone"], [ADA, "+44 20 7946 0001", "", ""]]
    assert mapped(Grid("L", rows)).columns[Field.PHONE] == 3


@pytest.mark.parametrize(("filled", "share"), [(6, "60%"), (10, "100%")])
def test_a_column_of_links_without_a_known_heading_is_proposed(filled: int, share: str) -> None:
    rows = [["Wer"], *[[ADA]] * filled, *[["?"]] * (10 - filled)]
    doubt = detect(Grid("L", rows))
    assert isinstance(doubt, Doubt)
    assert doubt.question == f'Column "Wer" looks like the LinkedIn URL ({share} of its cells). Use it?'
    assert (doubt.mapping.header_row, doubt.mapping.first_row, doubt.mapping.columns) == (1, 2, {Field.LINKEDIN: 1})


def test_a_list_without_headings_is_proposed_from_its_first_row_on() -> None:
    doubt = detect(Grid("L", [["ada@acme.example"], ["bob@acme.example"]]))
    assert isinstance(doubt, Doubt)
    assert (doubt.mapping.header_row, doubt.mapping.first_row, doubt.mapping.columns) == (0, 1, {Field.EMAIL: 1})


def test_too_few_links_are_no_proposal_but_a_clear_sentence() -> None:
    with pytest.raises(FileTrouble) as trouble:
        detect(Grid("Leads", [["Wer", "Firma"], *[[ADA, "Acme"]] * 5, *[["?", "Acme"]] * 5]))
    assert 'No column of sheet "Leads" says who a row is about' in trouble.value.title
    assert '"Wer", "Firma"' in trouble.value.message


@pytest.mark.parametrize("rows", [[], [[]], [["", " "], ["\n"]]])
def test_an_empty_sheet_says_so(rows: list[list[str]]) -> None:
    with pytest.raises(FileTrouble, match='Sheet "L" is empty'):
        detect(Grid("L", rows))


def test_picked_columns_are_taken_as_told() -> None:
    rows = [["Alpha", "Beta"], ["Ada Sample", "Acme"]]
    found = detect(Grid("L", rows), {Field.FULL_NAME: 1, Field.COMPANY: 2})
    assert isinstance(found, Mapping)
    assert found.columns == {Field.FULL_NAME: 1, Field.COMPANY: 2}


def test_names_written_last_comma_first_are_noticed() -> None:
    rows = [["Name", "Company"], *[["Sample, Ada", "Acme"]] * 8, *[["Bob Muster", "Acme"]] * 2]
    found = mapped(Grid("L", rows))
    assert found.last_first
    row = prospect_of(rows[1], found)
    assert isinstance(row, Prospect)
    assert (row.first_name, row.last_name) == ("Ada", "Sample")


@pytest.mark.parametrize(
    ("field", "cell", "right"),
    [
        (Field.PHONE, "+44 (20) 7946-0001", True),
        (Field.PHONE, "020 7946 0001 ext. 12", True),
        (Field.PHONE, "12345", False),
        (Field.PHONE, "call me", False),
        (Field.FULL_NAME, "Ada Sample", True),
        (Field.FULL_NAME, "R2D2", False),
        (Field.FULL_NAME, "a@b", False),
        (Field.COMPANY, "3M", True),
        (Field.COMPANY, "--", False),
        (Field.DOMAIN, "https://acme.example/x", True),
        (Field.DOMAIN, "Acme", False),
    ],
)
def test_cells_look_right_or_not(field: Field, cell: str, right: bool) -> None:
    assert looks_right(field, cell) is right


HEADINGS = ["LinkedIn", "Email", "First name", "Last name", "Full name", "Company", "Domain"]
FULL = [ADA, "ada@acme.example", "Ada", "Sample", "Ada Sample", "Acme", "acme.example"]


@pytest.fixture
def mapping() -> Mapping:
    return mapped(Grid("L", [HEADINGS, FULL]))


def test_a_row_becomes_a_clean_prospect(mapping: Mapping) -> None:
    row = [" linkedin.com/in/Ada-Sample/ ", "ADA@acme.example", "Dr. Ada", "Sample, PhD", "", "n/a", "https://www.acme.example/"]
    assert prospect_of(row, mapping) == Prospect(ADA, "ada@acme.example", "Ada", "Sample", "", "acme.example")


def test_a_full_name_helps_where_first_and_last_are_missing(mapping: Mapping) -> None:
    assert prospect_of(["", "", "", "", "Ada van Sample", "Acme"], mapping) == Prospect(
        first_name="Ada", last_name="van Sample", company="Acme"
    )


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ([], NO_IDENTITY),
        (["", "", "Ada", "Sample"], NO_IDENTITY),
        (["", "", "", "", "", "Acme"], NO_IDENTITY),
        (["", "", "", "", "Ada", "Acme"], "first and last name needed"),
        (["https://www.linkedin.com/company/acme"], person.COMPANY_PAGE.rstrip(".")),
        (["https://www.linkedin.com/sales/lead/x", "", "", "", "Ada", "Acme"], person.SALES_NAVIGATOR.rstrip(".")),
    ],
)
def test_a_row_that_names_nobody_says_what_is_missing(row: list[str], why: str, mapping: Mapping) -> None:
    assert prospect_of(row, mapping) == why


def test_a_useless_link_is_no_obstacle_where_a_name_and_company_are_there(mapping: Mapping) -> None:
    row = prospect_of(["https://www.linkedin.com/sales/lead/x", "", "Ada", "Sample", "", "Acme"], mapping)
    assert row == Prospect(first_name="Ada", last_name="Sample", company="Acme")
