"""Rows are sorted without any network, against a real results store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core import words
from core.database import Database
from core.engine.forecast import problems
from core.engine.preflight import START_HIT_RATE, Pool, Row, combine, plan
from core.engine.screening import Screen
from core.keys.prices import ASSUMED
from core.model import Answer, Email, Kind, Person, Phone, Prospect, RowStatus
from core.results import listing
from core.results.journal import Journal
from core.results.person import fingerprint, identity
from core.results.store import DAY_S, Known, Outcome, ResultStore

PHONES, EMAILS = frozenset({Kind.PHONES}), frozenset({Kind.EMAILS})
BOTH = PHONES | EMAILS
NOW = 1_800_000_000.0
ADA = Prospect(linkedin="https://www.linkedin.com/in/ada-sample")
BEN = Prospect(first_name="Ben", last_name="Example", company="Example Logistics GmbH")
PHONE = Person(full_name="Ada Sample", phones=(Phone("+44 20 7946 0000", "direct"),))
MAIL = Person(full_name="Ada Sample", emails=(Email("ada@sample-widgets.example", "work"),))


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "practice.sqlite3") as opened:
        yield opened


@pytest.fixture
def store(db: Database) -> ResultStore:
    return ResultStore(db, lambda: NOW, found_days=90, not_found_days=30)


@pytest.fixture
def journal(db: Database) -> Journal:
    return Journal(db, lambda: NOW)


def keep(db: Database, store: ResultStore, who: Prospect, kind: Kind, outcome: Outcome, *, days_ago: float = 1) -> None:
    person = {Kind.PHONES: PHONE, Kind.EMAILS: MAIL}[kind] if outcome is Outcome.FOUND else None
    known = Known(fingerprint(identity(who) or ""), kind, outcome, person, "a1", "r1", 5.0, NOW - days_ago * DAY_S)
    with db.write() as con:
        store.keep(con, [known])


def test_rows_are_ready_filled_double_or_cannot_be_looked_up(store: ResultStore, journal: Journal) -> None:
    rows = [
        Row(2, ADA, wanted=PHONES),
        Row(3, None, "first and last name needed", PHONES),
        Row(4, BEN, wanted=frozenset()),
        Row(5, Prospect(linkedin="https://linkedin.com/in/Ada-Sample/"), wanted=PHONES),
        Row(6, BEN, wanted=PHONES),
    ]
    made = plan(rows, PHONES, store, journal)
    assert [ask.row for ask in made.ready[PHONES]] == [2, 6]
    assert made.answers[3].status is RowStatus.CANNOT_LOOK_UP
    assert "first and last name needed" in made.answers[3].reason
    assert made.answers[4].status is RowStatus.ALREADY_FILLED
    assert made.duplicates == {5: 2}
    cost = made.cost(Pool(1, 1, None, ASSUMED), {})
    assert (made.to_send, cost.least, cost.most, cost.assumed) == (2, 0, 11, True)
    assert cost.likely == pytest.approx(1 + START_HIT_RATE * 10)


def test_why_rows_cannot_be_looked_up_leaves_no_row_out(store: ResultStore, journal: Journal) -> None:
    reasons = "aaabbccddeefg"  # a reason for each row
    made = plan([Row(n, None, why, PHONES) for n, why in enumerate(reasons, 2)], PHONES, store, journal)
    said = problems(made)
    assert (len(said), said[-1]) == (6, "2 more rows for other reasons.")
    assert problems(made, most=6)[-1] == "1 more row for another reason."
    assert len(problems(made, most=7)) == 7


def test_what_is_known_is_not_asked_again_until_it_is_too_old(db: Database, store: ResultStore, journal: Journal) -> None:
    keep(db, store, ADA, Kind.PHONES, Outcome.FOUND, days_ago=89)
    keep(db, store, BEN, Kind.PHONES, Outcome.NOT_FOUND, days_ago=29)
    made = plan([Row(2, ADA, wanted=PHONES), Row(3, BEN, wanted=PHONES)], PHONES, store, journal)
    assert made.to_send == 0
    assert made.answers[2].status is RowStatus.FROM_STORE
    assert made.answers[2].person == PHONE
    assert made.answers[3].status is RowStatus.NOT_FOUND
    keep(db, store, ADA, Kind.PHONES, Outcome.FOUND, days_ago=91)
    keep(db, store, BEN, Kind.PHONES, Outcome.NOT_FOUND, days_ago=31)
    assert plan([Row(2, ADA, wanted=PHONES), Row(3, BEN, wanted=PHONES)], PHONES, store, journal).to_send == 2


def test_a_restricted_person_is_never_asked_for_again_for_anything(db: Database, store: ResultStore, journal: Journal) -> None:
    keep(db, store, ADA, Kind.PHONES, Outcome.RESTRICTED, days_ago=4000)
    made = plan([Row(2, ADA, wanted=BOTH)], BOTH, store, journal)
    assert made.to_send == 0
    assert made.answers[2].status is RowStatus.DO_NOT_CONTACT


def test_only_the_missing_kind_is_asked_for_and_the_known_one_is_kept(db: Database, store: ResultStore, journal: Journal) -> None:
    keep(db, store, ADA, Kind.PHONES, Outcome.FOUND)
    made = plan([Row(2, ADA, wanted=BOTH)], BOTH, store, journal)
    assert [ask.row for ask in made.ready[EMAILS]] == [2]
    fresh = Answer(RowStatus.FOUND, MAIL, credits=2.0, last4="0001", account="Sales", kinds=EMAILS)
    whole = combine([*made.parts[2], fresh], BOTH)
    assert (whole.status, whole.credits, whole.last4) == (RowStatus.FOUND, 2.0, "0001")
    assert whole.person is not None
    assert (whole.person.phones, whole.person.emails) == (PHONE.phones, MAIL.emails)


@pytest.mark.parametrize(
    ("phones", "emails", "status"),
    [
        (RowStatus.FOUND, RowStatus.FOUND, RowStatus.FOUND),
        (RowStatus.FOUND, RowStatus.NOT_FOUND, RowStatus.PARTLY_FOUND),
        (RowStatus.CHECK_MATCH, RowStatus.NOT_FOUND, RowStatus.CHECK_MATCH),
        (RowStatus.FROM_STORE, RowStatus.FOUND, RowStatus.FOUND),
        (RowStatus.FROM_STORE, RowStatus.FROM_STORE, RowStatus.FROM_STORE),
        (RowStatus.NOT_FOUND, RowStatus.NOT_FOUND, RowStatus.NOT_FOUND),
        (RowStatus.NOT_FOUND, RowStatus.WAITING, RowStatus.WAITING),
        (RowStatus.FOUND, RowStatus.WAITING, RowStatus.PARTLY_FOUND),
        (RowStatus.FOUND, RowStatus.DO_NOT_CONTACT, RowStatus.DO_NOT_CONTACT),
        (RowStatus.FAILED, RowStatus.STOPPED, RowStatus.FAILED),
        (RowStatus.CANNOT_LOOK_UP, RowStatus.NOT_FOUND, RowStatus.CANNOT_LOOK_UP),
    ],
)
def test_two_kinds_answered_apart_make_one_status(phones: RowStatus, emails: RowStatus, status: RowStatus) -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    parts = [
        Answer(phones, reason=phones.value, at=at, kinds=PHONES),
        Answer(emails, reason=emails.value, kinds=EMAILS),
    ]
    assert combine(parts, BOTH).status is status


@pytest.mark.parametrize("reason", [words.RESTRICTED, "On your do-not-contact list since 2026-11-24. Not written."])
@pytest.mark.parametrize("other", [RowStatus.FOUND, RowStatus.CHECK_MATCH, RowStatus.FROM_STORE])
def test_nothing_is_told_of_a_person_whom_one_part_withholds(reason: str, other: RowStatus) -> None:
    held = Answer(RowStatus.DO_NOT_CONTACT, reason=reason, kinds=EMAILS)
    for parts in ([Answer(other, PHONE, kinds=PHONES), held], [held, Answer(other, PHONE, kinds=PHONES)]):
        whole = combine(parts, BOTH)
        assert (whole.status, whole.person, whole.reason) == (RowStatus.DO_NOT_CONTACT, None, reason)


def test_of_a_person_of_whom_only_a_number_is_on_the_list_the_rest_is_told() -> None:
    held = Answer(RowStatus.DO_NOT_CONTACT, reason=words.ON_THE_LIST_PART, kinds=PHONES)
    whole = combine([held, Answer(RowStatus.FOUND, MAIL, kinds=EMAILS)], BOTH)
    assert (whole.status, whole.person, whole.reason) == (RowStatus.PARTLY_FOUND, MAIL, words.ON_THE_LIST_PART)
    missed = combine([held, Answer(RowStatus.NOT_FOUND, kinds=EMAILS)], BOTH)
    assert (missed.status, missed.person) == (RowStatus.DO_NOT_CONTACT, None)


def test_what_a_row_that_is_held_back_lacks_is_not_bought_with_another_row(store: ResultStore, journal: Journal) -> None:
    entry = listing.of_text("ada@held.example")
    assert entry
    held = Prospect(linkedin=ADA.linkedin, email="ada@held.example")
    rows = [Row(2, held, wanted=BOTH), Row(3, ADA, wanted=PHONES)]
    made = plan(rows, BOTH, store, journal, screen=Screen({entry.mark: entry}))
    assert made.answers[2].status is RowStatus.DO_NOT_CONTACT
    assert {kinds: [ask.row for ask in asks] for kinds, asks in made.ready.items()} == {PHONES: [3]}


def test_an_unknown_charge_stays_unknown() -> None:
    parts = [Answer(RowStatus.FOUND, credits=None, kinds=PHONES), Answer(RowStatus.FOUND, credits=1.0, kinds=EMAILS)]
    assert combine(parts, BOTH).credits is None
