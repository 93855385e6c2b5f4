"""The first script's rules word for word: what it asks, what it stores, what it says, and that it may pay twice."""

from __future__ import annotations

import pytest

from core.engine.events import Alert
from core.engine.policy import seed
from core.engine.steps import lines
from core.model import KeyStatus, Kind, Prospect, Reason, RowStatus
from sandbox.scenarios import SCENARIOS, PracticeKey, Scenario, key
from sandbox.world import World

EMAILS = frozenset({Kind.EMAILS})


def who(slug: str) -> Prospect:
    return Prospect(linkedin=f"https://www.linkedin.com/in/{slug}")


DAN = who("sb-dan-mobile")
START = "Starting enrichment with {} available PHONE_ONLY keys"
OUT = ("Key (...{}) is OUT OF CREDITS (429)", "Marked as EXHAUSTED. Switching to next key...")
BAD = ("Key (...{}) is INVALID (401)", "Marked as INVALID. Switching to next key...")


def said(bench) -> list[str]:
    """The script's own lines: ours, which add the true reason, begin in another way."""
    ours = ("Key ...", "Daily limit", "Account ")
    told = [event for event in bench.events if not isinstance(event, Alert)]
    return [line for event in told for line in lines(event) if not line.startswith(ours)]


def tried(pattern: str) -> list[str]:
    """The lines for keys that answer as in ``pattern``: 9 is 429, 1 is 401, k works."""
    told = []
    for number, answer in enumerate(pattern, 1):
        last4 = f"{number:04d}"
        told.append(f"Trying Key {number}/{len(pattern)} (ends in ...{last4})")
        told += [line.format(last4) for line in {"9": OUT, "1": BAD}.get(answer, ("Success with Key (...{})",))]
    return told


@pytest.mark.parametrize(("name", "pattern", "tries"), [("seed1", "kkk", 1), ("seed2", "9k", 2), ("seed3", "9191k", 5)])
def test_scenarios_1_to_3_end_with_the_first_key_that_works(practice, name: str, pattern: str, tries: int) -> None:
    bench = practice(SCENARIOS[name](), seed())
    result = bench.run([DAN])
    assert (result.calls, bench.world.posts) == (tries, tries)
    assert result.answers[2].status is RowStatus.FOUND
    assert result.message == "Phone Enrichment Complete: 1 found, 0 failed"
    steps = tried(pattern)
    assert said(bench) == [START.format(len(pattern)), *steps[: steps.index(f"Success with Key (...{tries:04d})") + 1]]
    stored = {"9": KeyStatus.EXHAUSTED, "1": KeyStatus.INVALID, "k": KeyStatus.ACTIVE}
    for one, answer in zip(bench.app.keys.list(), pattern, strict=True):
        assert (one.status, one.is_active, one.retry_at) == (stored[answer], answer == "k", None)
    assert bench.key(f"{tries:04d}").last_used_at is not None


def test_scenario_4_every_key_is_out_for_good(practice) -> None:
    bench = practice(SCENARIOS["seed4"](), seed())
    result = bench.run([DAN])
    assert (result.calls, bench.world.posts) == (3, 3)
    assert result.message == "All 3 Phone Keys are exhausted. Please add more API keys."
    assert said(bench) == [START.format(3), *tried("919")]
    assert [(one.status.value, one.reason, one.retry_at) for one in bench.app.keys.list()] == [
        ("EXHAUSTED", Reason.UNKNOWN, None),
        ("INVALID", Reason.REFUSED, None),
        ("EXHAUSTED", Reason.UNKNOWN, None),
    ]
    bench.world.clock.forward(90 * 86_400)
    assert bench.run([DAN]).calls == 0


def test_scenario_4_speaks_of_email_keys_when_emails_are_asked_for(practice) -> None:
    scenario = SCENARIOS["seed4"]()
    keys = tuple(PracticeKey(one.label, one.key, one.account, "EMAIL_ONLY") for one in scenario.keys)
    bench = practice(Scenario(scenario.world, keys), seed())
    assert bench.run([DAN], EMAILS).message == "All 3 Email Keys are exhausted. Please add more API keys."


def test_scenario_5_not_found_is_one_call_and_marks_no_key(practice) -> None:
    bench = practice(SCENARIOS["seed5"](), seed())
    result = bench.run([who("sb-notfound")])
    assert (result.calls, bench.world.posts, result.credits) == (1, 1, 0)
    assert result.answers[2].status is RowStatus.NOT_FOUND
    assert said(bench) == [START.format(3), "Trying Key 1/3 (ends in ...0001)", "Success with Key (...0001)"]
    assert all(one.is_active for one in bench.app.keys.list())


def test_a_404_is_not_found_and_asks_nobody_else(practice) -> None:
    bench = practice(SCENARIOS["seed5"](), seed())
    bench.world.fault("status", status=404, body={"statusCode": 404, "message": "Not found"})
    result = bench.run([DAN])
    assert (bench.world.posts, result.answers[2].status) == (1, RowStatus.NOT_FOUND)
    assert "Tip:" not in result.answers[2].reason  # the row had a LinkedIn URL


def test_any_other_trouble_is_the_next_keys_and_each_key_is_asked_once_for_a_row(practice) -> None:
    bench = practice(SCENARIOS["seed5"](), seed())
    bench.world.fault("status", times=-1, slug="sb-dan-mobile", status=503, body={"statusCode": 503, "message": "Down"})
    result = bench.run([DAN, who("sb-xena-new")])
    assert [entry.key for entry in bench.world.journal] == ["0001", "0002", "0003", "0001"]
    assert result.answers[2].status is RowStatus.FAILED
    assert result.answers[3].status is RowStatus.FOUND
    assert result.message == "Phone Enrichment Complete: 1 found, 1 failed"
    assert all(one.is_active for one in bench.app.keys.list())


def test_it_asks_row_by_row_in_order_and_never_two_at_a_time(practice) -> None:
    bench = practice(SCENARIOS["plenty"](), seed())
    bench.run([who(f"stranger-{number}") for number in range(12)])
    assert [(entry.rows, entry.key) for entry in bench.world.journal] == [(1, "0001")] * 12
    assert set(bench.world.most_in_flight.values()) == {1}


def test_it_pays_again_for_a_person_whose_answer_was_lost(practice) -> None:
    """Why it is off: the pinned rules pay once in the same case."""
    world = World()
    world.account("First", [key(1)])
    world.account("Second", [key(2)])
    keys = (PracticeKey("One", key(1), "First"), PracticeKey("Two", key(2), "Second"))
    bench = practice(Scenario(world, keys), seed())
    world.fault("close", charged=True)
    assert bench.run([DAN]).answers[2].status is RowStatus.FOUND
    assert world.paid_twice() == [("sb-dan-mobile", "phones")]
    assert {line.account for line in world.ledger} == {"First", "Second"}
