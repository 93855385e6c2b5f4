"""A job whose people were removed by age: it is put right when it goes on all the same, or says that it is too old."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.database import Database
from core.model import Kind, Prospect
from core.results.journal import Journal, Unit

PHONES = frozenset({Kind.PHONES})
DAN = Unit(2, Prospect(linkedin="https://www.linkedin.com/in/sb-dan-mobile"), "dan", PHONES)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "lusha.sqlite3") as opened:
        yield opened


def aged(db: Database, state: str) -> tuple[Journal, str]:
    journal = Journal(db, lambda: 1000.0)
    job = journal.begin(PHONES, [DAN], source="leads.csv")
    journal.finish(job, "PAUSED")
    with db.write() as con:
        con.execute("UPDATE units SET person_fp='', prospect='{}', state=?, status='stopped', delivered_at=5", (state,))
        con.execute("UPDATE jobs SET aged_at=5")
    return journal, job


@pytest.mark.parametrize("state", ["PENDING", "DONE"])
def test_people_removed_after_the_plan_was_made_are_known_again_when_the_job_goes_on(db: Database, state: str) -> None:
    journal, job = aged(db, state)
    assert journal.reopen(job, [DAN], owner="me")
    assert journal.units(job) == [DAN]
    with db.read() as con:
        assert tuple(con.execute("SELECT aged_at FROM jobs").fetchone()) == (None,)
        assert tuple(con.execute("SELECT state, status, delivered_at FROM units").fetchone()) == ("PENDING", None, None)


def test_a_unit_that_still_has_its_person_is_left_as_it_is(db: Database) -> None:
    journal = Journal(db, lambda: 1000.0)
    job = journal.begin(PHONES, [DAN], source="leads.csv")
    with db.write() as con:
        con.execute("UPDATE units SET state='UNKNOWN'")
    journal.finish(job, "PAUSED")
    assert journal.reopen(job, [Unit(2, DAN.prospect, "somebody else", PHONES)], owner="me")
    assert journal.units(job) == [DAN]
    with db.read() as con:
        assert tuple(con.execute("SELECT state FROM units").fetchone()) == ("UNKNOWN",)


def test_a_job_is_aged_when_nobody_of_its_open_rows_is_known_any_more(db: Database) -> None:
    journal, job = aged(db, "PENDING")
    with db.write() as con:
        con.execute("UPDATE jobs SET aged_at=NULL")
    assert journal.is_aged(job)
    with db.write() as con:
        con.execute("UPDATE units SET state='DONE'")
    assert not journal.is_aged(job)  # nothing is open: forgotten on request, not by age
