"""A job that goes on: what is known by then is not left open, what is pending is asked for, doubt keeps its company."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.engine.batch import Limits
from core.engine.policy import Policy
from core.engine.preflight import Row, combine, plan
from core.errors import UsageError
from core.model import Category, Kind, Prospect, RowStatus
from core.owner import Owner
from core.results.cells import CellStore, WrittenCell
from core.results.store import ResultStore
from sandbox.people import Someone
from sandbox.scenarios import PracticeKey, Scenario, key
from sandbox.world import World
from tests.core.engine.conftest import AT_ONCE

PHONES, EMAILS = frozenset({Kind.PHONES}), frozenset({Kind.EMAILS})
BOTH = PHONES | EMAILS


def who(slug: str) -> Prospect:
    return Prospect(linkedin=f"https://www.linkedin.com/in/{slug}")


PEOPLE = [who(f"stranger-{number}") for number in range(8)]


def one_account(world: World | None = None) -> Scenario:
    made = world or World()
    made.account("Sales", [key(1)], limits={})
    return Scenario(made, (PracticeKey("Key 1", key(1), "Sales", "ANY"),))


def states(bench: Any, job: str) -> Counter[str]:
    with bench.app.db.read() as con:
        return Counter(row[0] for row in con.execute("SELECT state FROM units WHERE job_id=?", (job,)))


def test_rows_that_another_run_has_answered_are_closed_when_the_job_goes_on(practice) -> None:
    bench = practice(one_account())
    first = bench.run(PEOPLE, limits=Limits(rows=3))
    assert states(bench, first.job) == {"DONE": 3, "PENDING": 5}
    bench.run(PEOPLE)
    asked = bench.world.posts
    bench.follow(bench.app.resume(bench.app.journal.job(first.job)))
    assert bench.world.posts == asked
    job = bench.app.journal.job(first.job)
    assert (states(bench, first.job), job.state, job.open_rows) == ({"DONE": 8}, "DONE", 0)
    known = [combine(list(parts.values()), PHONES) for parts in bench.app.journal.answers(first.job).values()]
    assert len(known) == 8
    assert sum(answer.from_store for answer in known) == 5


def test_what_another_run_was_told_beyond_what_it_asked_for_settles_a_doubt(practice) -> None:
    bench = practice(one_account())
    bench.world.fault("close", charged=True, times=4)
    first = bench.run([who("sb-gdpr")], BOTH)
    assert states(bench, first.job) == {"UNKNOWN": 2}
    bench.world.faults.clear()
    assert bench.run([who("sb-gdpr")], PHONES).answers[2].status is RowStatus.DO_NOT_CONTACT  # whatever is asked for
    assert states(bench, first.job) == {"DONE": 1, "UNKNOWN": 1}
    asked = bench.world.posts
    bench.follow(bench.app.resume(bench.app.journal.job(first.job)))
    assert (bench.world.posts, states(bench, first.job)) == (asked, {"DONE": 2})


def test_a_refusal_after_a_lost_answer_leaves_the_doubt_where_it_is(practice) -> None:
    """The lost request may have been charged: whoever asks later asks there, however long ago it was refused."""
    world = World()
    for number, label in enumerate(("Sales", "Other"), 1):
        world.account(label, [key(number)], limits={})
    bench = practice(
        Scenario(world, tuple(PracticeKey(f"Key {n}", key(n), label, "ANY") for n, label in ((1, "Sales"), (2, "Other"))))
    )
    world.fault("close", charged=True, times=3)
    bench.run([PEOPLE[0]])
    first = {entry.key for entry in world.journal}
    world.faults.clear()
    world.fault("status", times=9, status=422, body={"statusCode": 422, "message": "The request could not be processed"})
    bench.run([PEOPLE[0]])
    bench.run([PEOPLE[0]])
    world.faults.clear()
    world.clock.forward(40 * 86_400)  # what was refused is not remembered any more
    bench.app.keys.edit(bench.key("0002").id, priority=1)  # would be the first to be asked
    before = len(world.journal)
    bench.run([PEOPLE[0]])
    assert {entry.key for entry in world.journal[before:]} == first
    assert world.paid_twice() == []


def test_a_row_asked_for_both_kinds_is_told_with_what_it_cost_once(practice) -> None:
    bench = practice(one_account())
    done = bench.run(PEOPLE, BOTH)
    told = [combine(list(parts.values()), BOTH) for parts in bench.app.journal.answers(done.job).values()]
    assert round(sum(answer.credits or 0 for answer in told)) == done.credits == bench.world.charged() > 0


def test_misses_that_were_known_are_counted_as_known(practice) -> None:
    bench = practice(one_account())
    first = bench.run(PEOPLE)
    missed = first.count(RowStatus.NOT_FOUND)
    again = bench.run(PEOPLE)
    assert 0 < missed < len(PEOPLE)
    assert again.detail == f"8 from store ({missed} of them not found), 0 others not found, 0 credits used."


def test_who_goes_on_after_a_limit_of_rows_gets_all_the_rest(practice) -> None:
    bench = practice(one_account())
    first = bench.run(PEOPLE, limits=Limits(rows=3))
    bench.follow(bench.app.resume(bench.app.journal.job(first.job)))
    assert states(bench, first.job) == {"DONE": 8}


def test_a_cap_on_credits_counts_on_for_the_whole_job(practice) -> None:
    bench = practice(one_account())
    first = bench.run(PEOPLE, limits=Limits(rows=3, credits=20))
    on = bench.follow(bench.app.resume(bench.app.journal.job(first.job)))
    assert on.halt is not None
    assert on.halt.code == "CAP"
    assert bench.world.charged() <= 20


def test_a_job_that_was_undone_has_ended_and_says_how_to_run_it_anew(practice) -> None:
    bench = practice(one_account())
    first = bench.run(PEOPLE, limits=Limits(rows=3))
    cells = CellStore(bench.app.db, bench.app.clock)
    cells.begin(first.job, Path("leads.xlsx"), "Leads", [WrittenCell(2, 2, "", "+1 202 555 0101")])
    cells.undone(first.job, [(2, 2)])
    with pytest.raises(UsageError, match="undone") as said:
        bench.app.resume(bench.app.journal.job(first.job))
    assert "lusha-enrich enrich" in said.value.message
    assert "--phones" in said.value.message


def test_rows_that_somebody_has_filled_meanwhile_are_closed_and_asked_for_when_emptied_again(practice) -> None:
    bench = practice(one_account())
    first = bench.run(PEOPLE, limits=Limits(rows=3))
    filled = [Row(number, person, wanted=frozenset()) for number, person in enumerate(PEOPLE, 2)]
    bench.follow(bench.app.resume(bench.app.journal.job(first.job), filled))
    assert bench.app.journal.job(first.job).open_rows == 0
    assert len(bench.app.journal.answers(first.job)) == 3  # what stood there is nobody's answer
    emptied = [replace(row, wanted=PHONES) for row in filled]
    result = bench.follow(bench.app.resume(bench.app.journal.job(first.job), emptied, limits=Limits()))
    assert result.count(RowStatus.ALREADY_FILLED, RowStatus.WAITING, RowStatus.STOPPED) == 0
    assert bench.world.paid_twice() == []


def test_an_answer_settles_what_another_job_had_left_in_doubt(practice) -> None:
    bench = practice(one_account())
    bench.world.fault("cut", charged=True, times=3)
    first = bench.run(PEOPLE)
    assert states(bench, first.job) == {"UNKNOWN": 8}
    bench.run(PEOPLE)
    job = bench.app.journal.job(first.job)
    assert (states(bench, first.job), job.open_rows, job.undelivered) == ({"DONE": 8}, 0, 8)
    asked = bench.world.posts
    result = bench.follow(bench.app.resume(job))
    assert bench.world.posts == asked
    assert result.count(RowStatus.WAITING) == 0
    assert bench.world.paid_twice() == []


class Working(World):
    """Lusha that is still looking for phone numbers, as long as ``at_it``."""

    at_it = True

    def _item(self, contact: dict[str, Any], person: Someone, reveal: list[str], **more: bool) -> list[dict[str, Any]]:
        items = super()._item(contact, person, reveal, **more)
        for item in items if self.at_it else ():
            item.pop("phones", None)
        return items

    def work(self, *asked: Any, **more: Any) -> dict[str, Any]:
        return super().work(*asked, **more) | ({"status": "partial", "job": {"id": "job-1"}} if self.at_it else {})


def test_a_kind_that_lusha_is_still_looking_for_is_asked_for_when_the_job_goes_on(practice) -> None:
    world = Working()
    bench = practice(one_account(world))
    first = bench.run([who("sb-dan-mobile")], BOTH)
    assert first.answers[2].status is RowStatus.PARTLY_FOUND
    assert [kind for _, kind in bench.app.journal.answered(first.job)] == [Kind.EMAILS]
    world.at_it = False
    again = bench.follow(bench.app.resume(bench.app.journal.job(first.job)))
    assert again.answers[2].status is RowStatus.FOUND
    assert again.answers[2].person.phones
    assert again.answers[2].person.emails
    assert world.posts == 2


def test_who_travelled_together_in_a_lost_request_is_asked_for_together_again(practice) -> None:
    bench = practice(one_account(), Policy(batch=5, pauses=AT_ONCE))
    for some in (PEOPLE[:2], PEOPLE[2:4], PEOPLE[4:]):
        bench.world.fault("cut", charged=True, times=3)
        bench.run(some)
    lost = bench.world.posts
    result = bench.run(PEOPLE)
    assert result.count(RowStatus.WAITING) == 0
    assert sorted(entry.rows for entry in bench.world.journal[lost:]) == [2, 2, 4]
    assert bench.world.paid_twice() == []


REFUSED = {"statusCode": 422, "message": "The request could not be processed"}


def test_a_row_that_lusha_refused_is_left_alone_for_a_week_and_says_so(practice) -> None:
    bench = practice(one_account())
    bench.world.fault("status", status=422, body=REFUSED)
    assert bench.run(PEOPLE[:1]).answers[2].status is RowStatus.CANNOT_LOOK_UP
    asked = bench.world.posts
    known = bench.run(PEOPLE[:1]).answers[2]
    assert (known.status, bench.world.posts) == (RowStatus.CANNOT_LOOK_UP, asked)
    assert "Lusha refused this row" in known.reason
    assert bench.run(PEOPLE[1:2]).answers[2].status is not RowStatus.CANNOT_LOOK_UP  # corrected, it is somebody else's row
    bench.world.clock.forward(7 * 86_400 + 1)
    assert bench.run(PEOPLE[:1]).answers[2].status is not RowStatus.CANNOT_LOOK_UP
    assert bench.app.results.hit_rates() == {}  # a refusal is no experience


@pytest.mark.parametrize("refused", [False, True])
def test_a_run_that_is_to_ask_again_does_so_although_the_store_is_content(practice, refused: bool) -> None:
    bench = practice(one_account())
    if refused:
        bench.world.fault("status", status=422, body=REFUSED)
    bench.run(PEOPLE[:1])
    asked = bench.world.posts
    impatient = ResultStore(bench.app.db, bench.app.clock, found_days=0, not_found_days=0)
    rows = [Row(2, PEOPLE[0], wanted=PHONES)]
    again = plan(rows, PHONES, impatient, bench.app.journal, at=bench.app.clock())
    result = bench.follow(bench.app.run(again, source="test"))
    assert bench.world.posts > asked
    assert not result.answers[2].from_store
    assert result.answers[2].status is not RowStatus.CANNOT_LOOK_UP


def test_an_interruption_between_two_events_does_not_wait_for_the_answer(practice) -> None:
    bench = practice(one_account())
    bench.world.fault("slow", seconds=3.0)
    rows = [Row(2, PEOPLE[0], wanted=PHONES)]
    run = bench.app.run(bench.app.plan(rows, PHONES), source="test")
    while not bench.world.in_flight.get("Sales"):
        next(run)
    with pytest.raises(KeyboardInterrupt):
        run.throw(KeyboardInterrupt())
    job = bench.app.journal.jobs(1)[0]
    assert states(bench, job.id) == {"UNKNOWN": 1}  # left in doubt, at its account
    assert bench.run(PEOPLE[:1]).count(RowStatus.WAITING) == 0
    assert bench.world.paid_twice() == []


def test_kinds_in_doubt_on_two_accounts_are_asked_for_each_at_its_own(practice) -> None:
    world = World()
    made = [PracticeKey(f"Key {n}", key(n), f"Account {n}", what) for n, what in ((1, "PHONE_ONLY"), (2, "EMAIL_ONLY"))]
    for one in made:
        world.account(one.account, [one.key], limits={})
    bench = practice(Scenario(world, tuple(made)))
    world.fault("cut", charged=True, times=6)
    bench.run([who("sb-dan-mobile"), who("sb-xena-new")], BOTH)
    for one in bench.app.keys.list():
        bench.app.keys.edit(one.id, category=Category.ANY)
    result = bench.run([who("sb-dan-mobile"), who("sb-xena-new")], BOTH)
    assert [answer.status for answer in result.answers.values()] == [RowStatus.FOUND] * 2
    assert world.paid_twice() == []


def test_kinds_that_other_runs_leave_in_doubt_after_the_plan_was_made_are_asked_for_each_at_its_own_account(practice) -> None:
    world = World()
    made = [PracticeKey(f"Key {n}", key(n), f"Account {n}", "ANY") for n in (1, 2)]
    for one in made:
        world.account(one.account, [one.key], limits={})
    bench = practice(Scenario(world, tuple(made)))
    people = [who("sb-dan-mobile"), who("sb-xena-new")]
    planned = bench.app.plan([Row(n, one, wanted=BOTH) for n, one in enumerate(people, 2)], BOTH)
    first, second = bench.app.keys.list()
    world.fault("cut", charged=True, times=6)
    for rests, asked, kinds in ((second, first, PHONES), (first, second, EMAILS)):
        bench.app.keys.pause(rests.id)
        assert {one.account for one in bench.run(people, kinds).answers.values()} == {asked.account}
        bench.app.keys.resume(rests.id)
    world.faults.clear()
    result = bench.follow(bench.app.run(planned, source="test"))
    assert [answer.status for answer in result.answers.values()] == [RowStatus.FOUND] * 2
    assert world.paid_twice() == []


def test_filled_cells_are_noted_only_when_the_job_really_goes_on(practice) -> None:
    bench = practice(one_account())
    first = bench.run(PEOPLE, limits=Limits(rows=3))
    filled = [Row(number, person, wanted=frozenset()) for number, person in enumerate(PEOPLE, 2)]
    events = bench.app.resume(bench.app.journal.job(first.job), filled)
    with Owner(bench.app.settings.home / "running") as other:  # another program was quicker
        assert bench.app.journal.reopen(first.job, [], owner=other.claim())
        with pytest.raises(UsageError, match="still running"):
            bench.follow(events)
    assert states(bench, first.job) == {"DONE": 3, "PENDING": 5}


def test_a_cell_that_cannot_be_written_stays_open_when_the_job_goes_on(practice) -> None:
    bench = practice(one_account())
    first = bench.run(PEOPLE, BOTH, limits=Limits(rows=3))
    half = [Row(number, person, wanted=EMAILS, barred=PHONES) for number, person in enumerate(PEOPLE, 2)]
    bench.follow(bench.app.resume(bench.app.journal.job(first.job), half, limits=Limits()))
    assert states(bench, first.job) == {"DONE": 11, "PENDING": 5}
    result = bench.follow(bench.app.resume(bench.app.journal.job(first.job), limits=Limits()))
    assert (result.count(RowStatus.ALREADY_FILLED), bench.app.journal.job(first.job).open_rows) == (0, 0)
