"""What is too old goes by itself; what protects from paying twice stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.app import App, open_app
from core.engine.batch import Limits
from core.engine.policy import Pauses
from core.engine.preflight import Row
from core.errors import UsageError
from core.history import Which, departures, look_ups
from core.keys.vault import MemoryVault
from core.model import Category, Kind, Prospect, RowStatus
from core.results.journal import Job
from core.results.store import DAY_S
from core.retention import Retention
from core.runs import Action, Runs
from core.settings import Settings
from sandbox.scenarios import key
from sandbox.server import PracticeServer
from sandbox.world import World

PHONES = frozenset({Kind.PHONES})
DAN = Prospect(
    linkedin="https://www.linkedin.com/in/sb-dan-mobile", email="dan@list.example", first_name="Dan", last_name="Mobile"
)
NOBODY = Prospect(linkedin="https://www.linkedin.com/in/sb-notfound")


class Clock:
    def __init__(self, world: World) -> None:
        self.world, self.days = world, 0.0

    def __call__(self) -> float:
        return self.world.clock() + self.days * DAY_S


@pytest.fixture
def clock() -> Clock:
    return Clock(World())


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[App]:
    clock.world.account("A", [key(1)])
    with PracticeServer(clock.world) as server:
        rules = Settings(tmp_path, server.url)
        with open_app(rules, vault=MemoryVault(), pauses=Pauses((), (), ()), clock=clock) as opened:
            opened.keys.add_many([key(1)], Category.ANY)
            yield opened


def run(app: App, *people: Prospect) -> RowStatus:
    rows = [Row(number, who, wanted=PHONES) for number, who in enumerate(people, 2)]
    events = app.run(app.plan(rows, PHONES), source="leads.csv")
    while True:
        try:
            next(events)
        except StopIteration as end:
            return end.value.answers[2].status


def texts(app: App) -> str:
    with app.db.read() as con:
        return "\n".join(
            str(tuple(row)) for table in ("results", "units", "cells", "audit") for row in con.execute(f"SELECT * FROM {table}")
        )


def test_young_things_stay(app: App, clock: Clock) -> None:
    run(app, DAN)
    clock.days = 20
    assert not app.retention.purge().anything
    assert run(app, DAN) is RowStatus.FROM_STORE


def test_people_go_by_age_and_the_numbers_stay(app: App, clock: Clock) -> None:
    run(app, DAN)
    before = app.journal.jobs()
    clock.days = 91
    done = app.retention.purge()
    assert (done.answers, done.rows) == (1, 1)
    assert "Mobile" not in texts(app)
    assert "sb-dan-mobile" not in texts(app)
    after = app.journal.jobs()
    assert [(job.rows, job.credits, job.calls) for job in after] == [(job.rows, job.credits, job.calls) for job in before]
    with app.db.reader() as con:
        (left,) = departures(con)
        assert (left.people, left.fields) == (1, ("LinkedIn URL",))
        assert look_ups(con, Which.ALL)[0].name == "(removed)"
    assert not app.retention.purge().anything


def test_people_whose_request_was_refused_have_left_once(app: App, clock: Clock) -> None:
    app.keys.add_many([key(2)], Category.ANY)
    clock.world.account("B", [key(2)])
    clock.world.accounts["A"].credits = 0.0
    run(app, DAN, NOBODY)
    with app.db.reader() as con:
        (left,) = departures(con)
    assert (left.people, left.requests) == (2, 2)
    clock.days = 91
    app.retention.purge()
    with app.db.reader() as con:
        (aged,) = departures(con)
        assert departures(con, since=clock()) == []
    assert aged == left


def test_after_the_answer_has_gone_the_account_that_paid_is_still_known(app: App, clock: Clock) -> None:
    run(app, DAN)
    clock.days = 91
    app.retention.purge()
    planned = app.plan([Row(2, DAN, wanted=PHONES)], PHONES)
    (ask,) = planned.ready[PHONES]
    assert ask.payer


def test_misses_go_sooner_than_answers(app: App, clock: Clock) -> None:
    run(app, DAN, NOBODY)
    clock.days = 31
    assert app.retention.purge().answers == 1
    assert run(app, DAN) is RowStatus.FROM_STORE


def test_a_row_that_may_have_been_charged_stays_until_it_is_settled(app: App, clock: Clock) -> None:
    run(app, DAN)
    with app.db.write() as con:
        con.execute("UPDATE units SET state='UNKNOWN', pin_account=(SELECT id FROM accounts)")
    clock.days = 200
    app.retention.purge()
    assert app.plan([Row(2, DAN, wanted=PHONES)], PHONES).ready[PHONES][0].pin
    with app.db.write() as con:
        con.execute("UPDATE units SET state='DONE', pin_account=NULL")
    assert app.retention.purge().rows == 1


def test_what_happened_to_keys_goes_after_its_own_time(app: App, clock: Clock) -> None:
    run(app, DAN)
    clock.days = 364
    assert app.retention.purge().activity == 0
    clock.days = 366
    assert app.retention.purge().activity
    assert app.keys.list()[0].is_active


def test_files_of_old_runs_go(app: App, clock: Clock) -> None:
    runs = Runs(app.settings.home)
    runs.start(Action.ENRICH, PHONES, book="leads.xlsx", sheet="")
    clock.days = 200  # the file is of today: the clock is ahead of it
    assert app.retention.purge().files == 1


def test_files_of_runs_in_the_practice_folder_go_too(app: App, clock: Clock) -> None:
    Runs(app.settings.home / "practice").start(Action.ENRICH, PHONES, book="leads.xlsx", sheet="")
    clock.days = 200
    assert app.retention.purge().files == 1


class Fleeting(type(Path())):  # type: ignore[misc]  # the class for this system's paths
    """A file that another program removes right after it was seen."""

    def is_file(self, **more: bool) -> bool:
        seen = bool(super().is_file(**more))
        if seen:
            self.unlink()
        return seen


def test_a_file_that_another_program_removes_meanwhile_stops_nothing(app: App, clock: Clock) -> None:
    Runs(app.settings.home).start(Action.ENRICH, PHONES, book="leads.xlsx", sheet="")
    clock.days = 200
    home = Fleeting(app.settings.home)
    assert Retention(app.db, replace(app.settings, home=home), clock).purge().files == 0


def test_what_lusha_refused_goes_when_it_is_not_used_any_more(app: App, clock: Clock) -> None:
    run(app, DAN)
    with app.db.write() as con:
        con.execute("UPDATE results SET outcome='REFUSED'")
    clock.days = 6
    assert app.retention.purge().answers == 0
    clock.days = 8
    assert app.retention.purge().answers == 1


def test_it_runs_by_itself_once_a_day_before_a_run(app: App, clock: Clock) -> None:
    run(app, DAN)
    clock.days = 91
    assert run(app, NOBODY) is RowStatus.NOT_FOUND
    assert "sb-dan-mobile" not in texts(app)
    assert not app.retention.purge_if_due().anything
    clock.days = 0  # a clock that was set back must not stop it for good
    app.retention.purge_if_due()


def test_going_on_removes_what_is_too_old_before_it_looks_at_the_people_of_the_job(app: App, clock: Clock) -> None:
    job = half_done(app)
    with app.db.write() as con:
        con.execute("UPDATE meta SET value='0' WHERE key='purged_at'")
    clock.days = 91
    with pytest.raises(UsageError):
        app.resume(job)
    with app.db.read() as con:
        assert {row[0] for row in con.execute("SELECT person_fp FROM units WHERE job_id=?", (job.id,))} == {""}


def test_nothing_is_removed_between_a_plan_and_its_start(app: App, clock: Clock) -> None:
    planned = app.plan([Row(2, DAN, wanted=PHONES)], PHONES)
    with app.db.write() as con:
        con.execute("UPDATE meta SET value='0' WHERE key='purged_at'")
    for _ in app.run(planned, source="leads.csv"):
        pass
    with app.db.read() as con:
        assert con.execute("SELECT value FROM meta WHERE key='purged_at'").fetchone()[0] == "0"


def half_done(app: App) -> Job:
    rows = [Row(number, who, wanted=PHONES) for number, who in enumerate((DAN, NOBODY), 2)]
    for _ in app.run(app.plan(rows, PHONES), source="leads.csv", limits=Limits(rows=1)):
        pass
    return app.journal.jobs()[0]


def test_a_run_that_was_stopped_too_long_ago_is_over_and_says_so(app: App, clock: Clock) -> None:
    job = half_done(app)
    assert (job.state, job.open_rows, job.undelivered) == ("PAUSED", 1, 1)
    clock.days = 91
    app.retention.purge()
    old = app.journal.job(job.id)
    assert old is not None
    assert (old.state, old.open_rows, old.undelivered, old.credits) == ("DONE", 0, 0, job.credits)
    asked = clock.world.posts
    with pytest.raises(UsageError, match="too old to go on with"):
        app.resume(old, [Row(2, DAN, wanted=PHONES), Row(3, NOBODY, wanted=PHONES)])
    assert clock.world.posts == asked
    with app.db.read() as con:
        assert {row[0] for row in con.execute("SELECT status FROM units WHERE row=3")} == {"stopped"}


def test_a_job_in_doubt_can_go_on_with_whom_it_still_knows(app: App, clock: Clock) -> None:
    job = half_done(app)
    with app.db.write() as con:
        con.execute("UPDATE units SET state='UNKNOWN', pin_account=(SELECT id FROM accounts) WHERE row=3")
    clock.days = 91
    app.retention.purge()
    assert not app.journal.is_aged(job.id)
    with app.db.read() as con:
        assert {tuple(row) for row in con.execute("SELECT row, person_fp<>'' FROM units")} == {(2, 0), (3, 1)}
