"""How far a person is followed through what is kept, and where it ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.database import Database
from core.model import Answer, Email, Kind, Person, Phone, Prospect, RowStatus
from core.results.journal import Journal, Unit
from core.results.person import fingerprint, identity
from core.results.store import Known, Outcome, ResultStore
from core.results.tracing import Trace, trace

LINK = "https://www.linkedin.com/in/"
PHONES = frozenset({Kind.PHONES})
ANN = Person("1", "Ann Sample", "Ann", "Sample", "", "Acme", "acme.example", f"{LINK}ann-1", "", (Phone("+44 7700 900123"),))


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "practice.sqlite3") as opened:
        yield opened


def keep(db: Database, who: Prospect, person: Person | None, status: RowStatus = RowStatus.FOUND) -> None:
    """An answer in the store and the row of a job that it came with."""
    fp = fingerprint(identity(who) or "")
    store, journal = ResultStore(db, lambda: 1.0, found_days=90, not_found_days=30), Journal(db, lambda: 1.0)
    job = journal.begin(PHONES, [Unit(2, who, fp, PHONES)], source="leads.csv")
    with db.write() as con:
        store.keep(con, [Known(fp, Kind.PHONES, Outcome.FOUND if person else Outcome.NOT_FOUND, person, "a", "r", 5.0, 1.0)])
        journal.done(con, job, PHONES, {2: Answer(status, person, kinds=PHONES)}, people=[fp])


def found(db: Database, who: Prospect) -> Trace:
    with db.read() as con:
        return trace(con, who)


def test_an_answer_leads_to_the_persons_other_identities(db: Database) -> None:
    keep(db, Prospect(email="ann@acme.example"), ANN)
    keep(db, Prospect(linkedin=f"{LINK}ann-1"), None, RowStatus.NOT_FOUND)
    keep(db, Prospect(first_name="Ann", last_name="Sample", company="Acme Ltd"), None, RowStatus.NOT_FOUND)
    seen = found(db, Prospect(email="ann@acme.example"))
    assert (len(seen.answers), len(seen.rows)) == (3, 3)
    assert seen.in_text("call ann sample")
    assert seen.in_text("0044 (7700) 900-123")
    assert not seen.in_text("call somebody else on 123")


def test_a_name_never_joins_two_people_with_profiles_of_their_own(db: Database) -> None:
    keep(db, Prospect(linkedin=f"{LINK}ann-1"), ANN)
    keep(db, Prospect(linkedin=f"{LINK}ann-2"), Person("2", "Ann Sample", company="Acme", linkedin=f"{LINK}ann-2"))
    assert len(found(db, Prospect(linkedin=f"{LINK}ann-1")).answers) == 1


def test_whom_lusha_gave_by_mistake_is_not_taken_for_the_person_asked_for(db: Database) -> None:
    zoe = Person("3", "Zoe Muster", company="Elsewhere", emails=(Email("zoe@elsewhere.example"),), linkedin=f"{LINK}zoe")
    keep(db, Prospect(first_name="Ann", last_name="Sample", company="Acme"), zoe, RowStatus.CHECK_MATCH)
    keep(db, Prospect(email="zoe@elsewhere.example"), zoe)
    keep(db, Prospect(email="ann@acme.example", first_name="Ann", last_name="Sample", company="Acme"), None)
    hers = found(db, Prospect(linkedin=f"{LINK}zoe"))
    assert (len(hers.answers), len(hers.rows)) == (3, 2)  # her own under both identities, and the one that shows her data
    assert not hers.in_text("Ann Sample")
    anns = found(db, Prospect(first_name="Ann", last_name="Sample", company="Acme"))
    assert len(anns.rows) == 2
    assert not anns.in_text("Zoe Muster")


def test_nobody_is_found_by_nothing(db: Database) -> None:
    keep(db, Prospect(linkedin=f"{LINK}ann-1"), ANN)
    seen = found(db, Prospect(email="nobody@none.example"))
    assert (seen.answers, seen.rows) == ([], [])
