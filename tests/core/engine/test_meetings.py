"""Runs that meet each other, caps that meet silence, keys of one kind beside keys of both."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.engine.batch import Limits
from core.engine.events import RowDone
from core.engine.preflight import Row
from core.errors import UsageError
from core.keys import attempts
from core.model import Kind, Prospect, RowStatus
from core.results.journal import DELIVERED
from core.secret import Secret
from sandbox.people import CAST
from sandbox.scenarios import PracticeKey, Scenario, key
from sandbox.world import World

PHONES, EMAILS = frozenset({Kind.PHONES}), frozenset({Kind.EMAILS})
BOTH = PHONES | EMAILS


def who(slug: str) -> Prospect:
    return Prospect(linkedin=f"https://www.linkedin.com/in/{slug}")


DAN, XENA = who("sb-dan-mobile"), who("sb-xena-new")
GOOD = [who(one.slug) for one in CAST if one.phones and one.emails and not one.error and not one.behave][:15]
STRANGERS = [who(f"stranger-{number}") for number in range(200)]


def keys(*categories: str, **more: object) -> Scenario:
    """A key of its own account for each category."""
    world, made = World(), []
    for number, category in enumerate(categories, 1):
        world.account(f"Account {number}", [key(number)], **more)
        made.append(PracticeKey(f"Key {number}", key(number), f"Account {number}", category))
    return Scenario(world, tuple(made))


def rows(prospects: list[Prospect], kinds: frozenset[Kind]) -> list[Row]:
    return [Row(number, prospect, wanted=kinds) for number, prospect in enumerate(prospects, 2)]


def test_what_another_run_has_found_of_one_kind_is_not_asked_for_again_with_the_other(practice) -> None:
    bench = practice(keys("ANY", "ANY"))
    planned = bench.app.plan(rows([DAN], BOTH), BOTH)
    bench.run([DAN], PHONES)
    bench.app.keys.pause(bench.key("0001").id)
    result = bench.follow(bench.app.run(planned, source="test"))
    assert result.answers[2].status is RowStatus.FOUND
    assert result.answers[2].person is not None
    assert result.answers[2].person.phones
    assert result.answers[2].person.emails
    assert bench.world.paid_twice() == []


def test_a_cap_holds_when_lusha_does_not_say_what_it_charged(practice) -> None:
    bench = practice(keys("PHONE_ONLY"))
    bench.world.billing = "missing"
    result = bench.run(STRANGERS, limits=Limits(credits=60))
    assert bench.world.charged() <= 60
    assert result.halt is not None
    assert result.halt.code == "CAP"


def test_a_cap_holds_over_a_resume_and_a_lost_answer_is_still_asked_for_again(practice) -> None:
    bench = practice(keys("PHONE_ONLY"))
    bench.world.fault("close", charged=True)
    first = bench.run(GOOD[:5], limits=Limits(credits=30))
    assert first.count(RowStatus.FOUND, RowStatus.CHECK_MATCH) == 5
    job = bench.app.journal.jobs()[0]
    assert job.spent >= bench.world.charged() > job.credits
    bench.run([*GOOD[5:], *STRANGERS], limits=Limits(credits=30))
    job = bench.app.journal.jobs()[0]
    before = bench.world.charged()
    bench.follow(bench.app.resume(job, limits=Limits(credits=30)))
    assert bench.world.charged() - before <= 30 - job.credits


def test_a_request_that_has_ended_is_not_called_an_orphan(practice) -> None:
    bench = practice(keys("PHONE_ONLY"))
    bench.run([DAN])
    job = bench.app.journal.jobs()[0]
    with bench.app.db.read() as con:
        seq = con.execute("SELECT max(seq) FROM attempts").fetchone()[0]
    with bench.app.db.write() as con:
        assert not attempts.close_orphan(con, seq, 0.0)
    assert bench.app.journal.jobs()[0].credits == job.credits == 6


def test_a_key_the_client_refuses_ends_the_run_before_anything_more_is_paid(practice) -> None:
    bench = practice(keys("PHONE_ONLY"))
    one = bench.key("0001")
    real = Secret("1b4e28ba-2fa1-41d2-883f-0016d3cca427")
    vault, custody = bench.app.vault, bench.app.keys._custody
    vault.set(one.id, real)
    with bench.app.db.write() as con:
        con.execute("UPDATE keys SET fp=? WHERE id=?", (custody.fingerprint(real), one.id))
    with pytest.raises(UsageError, match="practice server"):
        bench.run(STRANGERS)
    assert bench.world.posts == 0
    assert bench.app.journal.jobs()[0].state == "PAUSED"
    with bench.app.db.read() as con:
        assert con.execute("SELECT count(*) FROM attempts WHERE done_at IS NULL").fetchone() == (0,)


def test_a_resumed_sheet_gets_the_rows_that_needed_no_asking_too(practice) -> None:
    bench = practice(keys("PHONE_ONLY"))
    bench.run([DAN])
    sheet = rows([DAN, XENA, *STRANGERS[:30]], PHONES)
    sheet.append(Row(99, None, "first and last name needed", PHONES))
    events = bench.app.run(bench.app.plan(sheet, PHONES), source="test")
    next(events)
    events.close()
    job = bench.app.journal.jobs()[0]
    result = bench.follow(bench.app.resume(job, [*sheet, Row(100, who("new-since"), wanted=PHONES)]))
    assert set(result.answers) == {row.number for row in sheet}
    assert result.answers[2].status is RowStatus.FROM_STORE
    assert result.answers[99].status is RowStatus.CANNOT_LOOK_UP


def test_keys_of_one_kind_take_over_when_the_key_for_both_is_out(practice) -> None:
    scenario = keys("ANY", "PHONE_ONLY", "EMAIL_ONLY")
    scenario.world.accounts["Account 1"].credits = 0
    bench = practice(scenario)
    result = bench.run(GOOD[:5], BOTH)
    assert result.count(RowStatus.FOUND, RowStatus.CHECK_MATCH) == 5
    assert not result.exhausted
    assert bench.world.paid_twice() == []


def test_a_row_in_doubt_at_an_account_with_keys_of_one_kind_is_asked_for_there(practice) -> None:
    bench = practice(keys("PHONE_ONLY"))
    bench.world.fault("close", times=3, charged=True)
    assert bench.run([DAN], PHONES).answers[2].status is RowStatus.WAITING
    bench.world.account("New", [key(9)])
    bench.app.keys.add_many([f"New,{key(9)},New"], bench.key("0001").category.ANY)
    result = bench.run([DAN], BOTH)
    assert result.answers[2].person is not None
    assert result.answers[2].person.phones
    assert bench.world.paid_twice() == []


def test_a_row_limit_counts_over_a_resume_and_is_no_end(practice) -> None:
    bench = practice(keys("PHONE_ONLY"))
    bench.run(STRANGERS[:30], limits=Limits(rows=10))
    job = bench.app.journal.jobs()[0]
    assert (job.state, job.open_rows, job.sent_rows) == ("PAUSED", 20, 10)


def test_an_answer_counts_as_delivered_only_once_it_is_there(practice) -> None:
    bench = practice(keys("PHONE_ONLY"))
    result = bench.run(STRANGERS[:30], limits=Limits(rows=10))
    bench.app.journal.delivered(result.job, result.answers)
    bench.follow(bench.app.resume(bench.app.journal.jobs()[0], limits=Limits()))
    assert bench.app.journal.jobs()[0].undelivered == 20


def test_delivering_looks_each_row_up_by_its_number(practice) -> None:
    bench = practice(keys("PHONE_ONLY"))
    with bench.app.db.read() as con:
        steps = [row[3] for row in con.execute(f"EXPLAIN QUERY PLAN {DELIVERED}", (0.0, "job", 2))]
    assert [step for step in steps if "row=?" in step] == steps  # not all rows of the job for each of them


def test_a_stop_after_the_last_answer_leaves_a_run_that_is_done(practice) -> None:
    bench = practice(keys("PHONE_ONLY"))
    result = bench.run(STRANGERS[:10], on=lambda event: bench.app.stop.set() if isinstance(event, RowDone) else None)
    assert result.count(RowStatus.STOPPED) == 0
    job = bench.app.journal.jobs()[0]
    assert (job.state, job.reason, job.open_rows) == ("DONE", "", 0)


def test_a_part_that_goes_on_counts_what_was_answered_before_apart(practice) -> None:
    bench = practice(keys("PHONE_ONLY"))
    people = (*GOOD[:3], *STRANGERS[:5])
    bench.run(people, limits=Limits(rows=4))
    result = bench.follow(bench.app.resume(bench.app.journal.jobs()[0], limits=Limits()))
    new = [answer.status for row, answer in result.answers.items() if row >= 6]  # rows 2 to 5 had theirs
    assert result.message == f"Phone Enrichment Complete: {new.count(RowStatus.FOUND)} found, 0 failed"
    assert result.detail.startswith(f"0 from store, {new.count(RowStatus.NOT_FOUND)} not found, 4 answered before, ")


def test_another_company_that_was_known_is_not_newly_found(practice) -> None:
    bench = practice(keys("PHONE_ONLY"))
    bench.run(GOOD[:1])
    other = replace(GOOD[0], first_name="Somebody", last_name="Else", company="Quite Another Ltd")
    result = bench.run([other])
    assert result.answers[2].status is RowStatus.CHECK_MATCH
    assert (result.message, result.detail[:13]) == ("Phone Enrichment Complete: 0 found, 0 failed", "1 from store,")


def test_a_row_of_two_kinds_is_told_once_and_whole(practice) -> None:
    bench = practice(keys("PHONE_ONLY", "EMAIL_ONLY"))
    bench.run(GOOD[:5], BOTH)
    told = [event for event in bench.events if isinstance(event, RowDone)]
    assert sorted(event.row for event in told) == [2, 3, 4, 5, 6]
    assert all(event.answer.kinds == BOTH for event in told)
    assert all(event.answer.person and event.answer.person.phones and event.answer.person.emails for event in told)


def test_at_most_counts_two_searches_without_a_key_for_both_kinds(practice) -> None:
    bench = practice(keys("PHONE_ONLY", "EMAIL_ONLY"))
    planned = bench.app.plan(rows(GOOD[:5], BOTH), BOTH)
    assert planned.cost(bench.app.pool(BOTH), {}).most == 2 + 5 * 6


def test_a_plan_without_phones_does_not_retire_a_key_for_both_kinds(practice) -> None:
    scenario = keys("ANY")
    scenario.world.accounts["Account 1"].forbids = "phones"
    bench = practice(scenario)
    result = bench.run(GOOD[:5], BOTH)
    assert result.count(RowStatus.PARTLY_FOUND, RowStatus.CHECK_MATCH) == 5
    assert all(answer.person and answer.person.emails for answer in result.answers.values())
    assert bench.key("0001").is_active
    refused = bench.run([who("sb-zack-last")], PHONES)
    assert refused.message == "No phone key is ready: 1 plan limit. Add or repair a key."
    assert bench.run([who("sb-zack-last")], EMAILS).answers[2].status is RowStatus.FOUND
