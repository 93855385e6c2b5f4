"""Who is recognised by the do-not-contact list, and what is kept of the list itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.database import Database
from core.engine.screening import Screen
from core.errors import FileTrouble
from core.model import Answer, Email, Kind, Person, Phone, Prospect, RowStatus
from core.results import listing, marks
from core.results.store import Known, Outcome
from core.results.suppression import Suppressions, What

NOW = 1_790_000_000.0
ADA = Prospect(
    linkedin="https://www.linkedin.com/in/ada-sample", email="ada@sample.example", first_name="Ada", last_name="Sample",
    company="Sample Widgets Ltd",
)  # fmt: skip
FOUND = Person(
    "id1", "Ada Sample", "Ada", "Sample", "", "Sample Widgets", "sample.example", "https://www.linkedin.com/in/ada-sample", "",
    (Phone("+44 20 7946 0000", "direct"), Phone("+44 7700 900123", "mobile")),
    (Email("ada@sample.example", "work"), Email("ada@private.example", "private")),
)  # fmt: skip


@pytest.fixture
def listed(tmp_path: Path) -> Iterator[Suppressions]:
    with Database(tmp_path / "practice.sqlite3") as db:
        yield Suppressions(db)


def screen(listed: Suppressions, *texts: str) -> Screen:
    entries = [listing.of_text(text, reason="asked us not to", at=NOW) for text in texts]
    assert None not in entries
    listed.add(entry for entry in entries if entry)
    return Screen(listed.loaded())


@pytest.mark.parametrize(
    "text",
    [
        "ADA@Sample.Example",
        "mailto:ada@sample.example",
        "de.linkedin.com/in/Ada-Sample/?trk=x",
        "sample.example",
        "@sample.example",
        "https://www.sample.example/about",
    ],
)
def test_a_row_is_recognised_by_any_of_its_identities(listed: Suppressions, text: str) -> None:
    found = screen(listed, text).prospect(ADA)
    assert found
    assert found.reason == "asked us not to"


def test_a_row_is_recognised_by_name_and_company_in_any_spelling(listed: Suppressions) -> None:
    listed.add(listing.of_people(Prospect(first_name="ada", last_name="SAMPLE", company="Sample Widgets GmbH")))
    assert Screen(listed.loaded()).prospect(ADA)
    assert not Screen(listed.loaded()).prospect(Prospect(first_name="Ada", last_name="Sample", company="Other"))


def test_a_domain_stands_for_all_below_it_and_for_no_other(listed: Suppressions) -> None:
    at = screen(listed, "acme.example")
    assert at.prospect(Prospect(email="x@mail.acme.example"))
    assert at.prospect(Prospect(first_name="A", last_name="B", domain="www.acme.example"))
    assert not at.prospect(Prospect(email="x@notacme.example"))
    assert not at.prospect(Prospect(email="x@example"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+44 20 7946 0000", "0044 (20) 7946-0000"),
        ("+44 20 7946 0000", "442079460000"),
        ("+49 (0)30 123456", "+49 30 123456"),
        ("+44 20 7946 0000 ext. 12", "+442079460000"),
    ],
)
def test_a_number_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert marks.of_phone(one) == marks.of_phone(other) != ""


@pytest.mark.parametrize("text", ["", "none", "12 34", "n/a 12"])
def test_what_is_no_number_recognises_nobody(text: str) -> None:
    assert marks.of_phone(text) == ""


def test_of_a_person_on_the_list_nothing_is_told_and_nothing_kept_but_who_paid(listed: Suppressions) -> None:
    at = screen(listed, "ada@private.example")
    said = at.answer(Answer(RowStatus.FOUND, FOUND, credits=5.0, kinds=frozenset({Kind.PHONES})))
    assert (said.status, said.person, said.credits) == (RowStatus.DO_NOT_CONTACT, None, 5.0)
    assert said.reason == "On your do-not-contact list since 21 Sep 2026 (asked us not to). Not written."
    kept = at.known(Known("fp", Kind.PHONES, Outcome.FOUND, FOUND, "a1", "r1", 5.0, NOW))
    assert (kept.outcome, kept.person, kept.credits, kept.account_id) == (Outcome.WITHHELD, None, 5.0, "a1")


def test_of_several_numbers_only_the_one_on_the_list_is_left_out(listed: Suppressions) -> None:
    at = screen(listed, "+44 7700 900123")
    said = at.answer(Answer(RowStatus.FOUND, FOUND, kinds=frozenset({Kind.PHONES})))
    assert said.status is RowStatus.FOUND
    assert said.person
    assert [phone.number for phone in said.person.phones] == ["+44 20 7946 0000"]
    kept = at.known(Known("fp", Kind.PHONES, Outcome.FOUND, FOUND, "a1", "r1", 5.0, NOW))
    assert kept.person
    assert "900123" not in str(kept)


def test_without_any_number_left_the_row_says_do_not_contact_or_partly_found(listed: Suppressions) -> None:
    at = screen(listed, "+44 7700 900123", "+44 20 7946 0000")
    both, phones = frozenset(Kind), frozenset({Kind.PHONES})
    assert at.answer(Answer(RowStatus.FOUND, FOUND, kinds=phones)).status is RowStatus.DO_NOT_CONTACT
    part = at.answer(Answer(RowStatus.FOUND, FOUND, kinds=both))
    assert (part.status, part.person and part.person.phones) == (RowStatus.PARTLY_FOUND, ())
    assert at.known(Known("fp", Kind.PHONES, Outcome.FOUND, FOUND, "a1", "r1", 5.0, NOW)).outcome is Outcome.WITHHELD


def test_a_list_keeps_the_first_date_and_takes_a_new_reason(listed: Suppressions) -> None:
    first = listing.of_text("ada@sample.example", at=NOW)
    later = listing.of_text("Ada@sample.example", reason="letter", at=NOW + 5)
    assert first
    assert later
    assert len(listed.add([first]).new) == 1
    again = listed.add([later])
    assert (again.new, again.already_here) == ((), 1)
    (entry,) = listed.list()
    assert (entry.at, entry.reason) == (NOW, "letter")
    assert listed.remove([first.mark])
    assert listed.is_empty


def test_a_table_with_headings_a_plain_list_and_an_export_are_read(tmp_path: Path, listed: Suppressions) -> None:
    line = "Ada Sample;Sample Widgets;ada@sample.example;+44 7700 900123;letter;2026-01-31"
    table = f"Name;Company;E-Mail;Phone;Reason;Date\n{line}\n;;;;;\nnobody;;;;;\n"
    read = listing.read(table, NOW)
    assert [(one.what, one.shown) for one in read.entries] == [
        (What.PHONE, "+44 7700 900123"),
        (What.PERSON, "ada@sample.example"),
        (What.PERSON, "Ada Sample, Sample Widgets"),
    ]
    assert {one.reason for one in read.entries} == {"letter"}
    assert {one.at for one in read.entries} == {1_769_817_600.0}
    assert [bad.line for bad in read.bad] == [4]
    plain = listing.read("acme.example\n+49 30 123456\nhttps://linkedin.com/in/ben\n", NOW)
    assert [one.what for one in plain.entries] == [What.DOMAIN, What.PHONE, What.PERSON]
    listed.add([*read.entries, *plain.entries])
    assert listing.write_file(tmp_path / "list.csv", listed.list()) == 6
    with pytest.raises(FileTrouble):
        listing.write_file(tmp_path / "list.csv", [])
    carried = listing.read_file(tmp_path / "list.csv", 0.0)
    assert {one.mark for one in carried.entries} == {one.mark for one in listed.list()}
    assert not carried.bad


def test_masked_entries_recognise_and_name_nobody(listed: Suppressions) -> None:
    listed.add(listing.of_people(ADA, at=NOW))
    with listed._db.write() as con:
        listed.mask(con, marks.of_prospect(ADA))
    shown = [entry.shown for entry in listed.list()]
    assert sorted(shown) == ["A. S.", "LinkedIn a…", "a…@sample.example"]
    assert Screen(listed.loaded()).prospect(ADA)


def test_a_file_that_is_no_text_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "list.xls").write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(FileTrouble, match="CSV UTF-8"):
        listing.read_file(tmp_path / "list.xls", NOW)


@pytest.mark.parametrize("text", ["https://www.linkedin.com/company/acme", "linkedin.com/school/acme", "https://lnkd.in/abc"])
def test_a_page_at_linkedin_that_is_no_profile_names_nobody(text: str) -> None:
    assert listing.of_text(text) is None


def test_a_list_saved_by_another_program_is_read_and_a_missing_one_named(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes("Firma;Name;Grund\nMüller AG;Jörg Müller;Brief\n".encode("cp1252"))
    assert [(one.shown, one.reason) for one in listing.read_file(tmp_path / "list.csv", NOW).entries] == [
        ("Jörg Müller, Müller AG", "Brief")
    ]
    (tmp_path / "wide.txt").write_bytes("acme.example\n".encode("utf-16"))
    assert len(listing.read_file(tmp_path / "wide.txt", NOW).entries) == 1
    with pytest.raises(FileTrouble, match="There is no file"):
        listing.read_file(tmp_path / "nowhere.csv", NOW)
