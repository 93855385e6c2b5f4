"""Answers under every identity of a person that is beyond doubt."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.database import Database
from core.model import Email, Kind, Person, Phone
from core.results.person import fingerprint, identities
from core.results.store import LEAST_EXPERIENCE, Known, Outcome, ResultStore

NOW = 1_700_000_000.0
LINK, MAIL = "linkedin:ada", "email:ada@acme.example"
ADA = Person(
    "v1.a", "Ada Sample", company="Acme", linkedin="https://uk.linkedin.com/in/Ada/", emails=(Email("Ada@Acme.example"),)
)


@pytest.fixture
def db(tmp_path: Path):
    with Database(tmp_path / "store.sqlite3") as opened:
        yield opened


def known(identity: str, outcome: Outcome = Outcome.FOUND, person: Person | None = ADA, at: float = NOW) -> Known:
    return Known(fingerprint(identity), Kind.EMAILS, outcome, person, "account", "request", 2.0, at)


def kept(db: Database, *answers: Known) -> dict[str, Outcome]:
    """What is known of both identities after these were kept one after the other."""
    store = ResultStore(db, lambda: NOW, found_days=90, not_found_days=30)
    for one in answers:
        with db.write() as con:
            store.keep(con, [one])
    prints = {fingerprint(identity): identity for identity in (LINK, MAIL)}
    return {prints[fp]: one.outcome for (fp, _), one in store.known(prints, frozenset(Kind)).items()}


def test_profile_and_addresses_are_beyond_doubt_a_name_is_not() -> None:
    assert identities(ADA) == [LINK, MAIL]
    assert identities(Person(full_name="Ada Sample", company="Acme", domain="acme.example", phones=(Phone("+1"),))) == []


def test_a_person_who_was_found_by_name_is_known_by_profile_and_address(db: Database) -> None:
    assert kept(db, known("name:ada|sample|company:acme")) == {LINK: Outcome.FOUND, MAIL: Outcome.FOUND}
    with db.read() as con:
        paid = con.execute("SELECT credits FROM ledger ORDER BY credits").fetchall()
    assert [credits for (credits,) in paid] == [0, 0, 2]  # the sum is what was paid


def test_a_miss_gives_way_and_what_is_newer_or_forbidden_stays(db: Database) -> None:
    missed = known(MAIL, Outcome.NOT_FOUND, None, NOW - 10)
    assert kept(db, missed, known(LINK)) == {LINK: Outcome.FOUND, MAIL: Outcome.FOUND}
    later = known(MAIL, Outcome.NOT_FOUND, None, NOW + 10)
    assert kept(db, later, known(LINK)) == {LINK: Outcome.FOUND, MAIL: Outcome.NOT_FOUND}
    assert kept(db, known(MAIL, Outcome.RESTRICTED, None, NOW - 20), known(LINK))[MAIL] is Outcome.RESTRICTED


def test_copies_are_no_experience_of_how_often_people_are_found(db: Database) -> None:
    store = ResultStore(db, lambda: NOW, found_days=90, not_found_days=30)
    with db.write() as con:
        store.keep(con, [known(f"name:ada|{n}|company:acme", person=ADA) for n in range(LEAST_EXPERIENCE)])
        store.keep(con, [known(f"name:ben|{n}|company:acme", Outcome.NOT_FOUND, None) for n in range(LEAST_EXPERIENCE)])
    assert store.hit_rates() == {Kind.EMAILS: 0.5}
