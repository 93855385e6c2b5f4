"""The guards by themselves: when a storm is one, how long it rests, what breaks a run."""

from __future__ import annotations

import pytest

from core.engine.guards import (
    COST,
    MOST_PROBES,
    MOST_REST_S,
    SERVER_FAILURES,
    TRIES,
    Breaker,
    Class,
    Storm,
    Tries,
    class_of,
)
from core.engine.verdict import Move, Verdict, judge
from core.lusha.reply import Answered, Limits, Refused, Window

TOO_MANY = "Too many requests. Please wait before making another request."


def fails(storm: Storm, account: str, seq: int, *, at: float = 0.0, kind: Class = Class.LIMITED, **more) -> tuple[int, ...]:
    """One more failure with a mark numbered like its request."""
    told = {"proven": True, "usable": 6, "newest": 9} | more
    return storm.failed(kind, at, account, seq, (seq,), **told)


def test_half_of_the_accounts_failing_alike_within_three_seconds_are_a_storm() -> None:
    storm = Storm()
    assert [fails(storm, "A", 1), fails(storm, "B", 2, at=1.0)] == [(), ()]
    assert fails(storm, "C", 3, at=2.9) == (1, 2, 3)
    assert storm.resting_until == pytest.approx(3.9)
    assert fails(storm, "D", 4, at=3.0) == (4,)  # was under way already: it belongs to the storm and costs no longer rest
    assert storm.resting_until == pytest.approx(3.9)


@pytest.mark.parametrize(
    "third",
    [
        {"at": 3.1},  # too late
        {"account": "A"},  # no third account
        {"proven": False},  # never worked, so it may well be the key
        {"kind": Class.REFUSED},  # fails in another way
        {"usable": 8},  # fewer than half
    ],
)
def test_what_is_less_than_that_is_the_keys_own_trouble(third: dict) -> None:
    storm = Storm()
    fails(storm, "A", 1)
    fails(storm, "B", 2)
    assert fails(storm, **({"account": "C", "seq": 3} | third)) == ()
    assert storm.resting_until is None


def test_one_or_two_accounts_are_never_a_storm() -> None:
    storm = Storm()
    assert [fails(storm, "AB"[n % 2], n, usable=2) for n in range(1, 7)] == [()] * 6


def test_a_request_sent_later_that_worked_proves_that_there_was_no_storm() -> None:
    storm = Storm()
    fails(storm, "A", 1)
    fails(storm, "B", 2)
    assert not storm.worked(3)
    assert fails(storm, "C", 4) == ()
    fails(storm, "D", 5)
    assert not storm.worked(1)  # sent before: proves nothing
    assert fails(storm, "E", 6) == (4, 5, 6)


def test_each_failed_probe_doubles_the_rest_up_to_a_minute_and_eight_end_the_run() -> None:
    storm = Storm()
    for seq, account in enumerate("ABC", 1):
        fails(storm, account, seq, newest=3)
    rests = []
    for probe in range(1, MOST_PROBES + 1):
        assert not storm.is_over
        assert fails(storm, "A", 3 + probe) == (3 + probe,)
        rests.append(storm.resting_until)
    assert rests == [2, 4, 8, 16, 32, MOST_REST_S, MOST_REST_S, MOST_REST_S]
    assert storm.is_over


def test_only_a_request_of_after_the_storm_began_ends_it() -> None:
    storm = Storm()
    for seq, account in enumerate("ABC", 1):
        fails(storm, account, seq, newest=5)
    assert not storm.worked(4)
    assert storm.resting_until is not None
    assert storm.worked(6)
    assert (storm.resting_until, storm.probes) == (None, 0)


def test_a_401_to_a_probe_is_the_keys_own() -> None:
    storm = Storm()
    for seq, account in enumerate("ABC", 1):
        fails(storm, account, seq, kind=Class.REFUSED, newest=5)
    assert fails(storm, "D", 5, kind=Class.REFUSED) == (5,)
    assert fails(storm, "A", 6, kind=Class.REFUSED) == ()


def test_a_clock_set_back_does_not_make_the_rest_longer() -> None:
    storm = Storm()
    storm.set_back(3600)
    assert storm.resting_until is None
    for seq, account in enumerate("ABC", 1):
        fails(storm, account, seq, at=5000.0)
    storm.set_back(3600)
    assert storm.resting_until == 1401


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Refused(429, TOO_MANY, True), Class.LIMITED),
        (Refused(429, "Daily API rate limit exceeded. Reset in 40 seconds.", True), None),
        (Refused(429, "You've reached your trial limit", True), None),
        (Refused(401, "Invalid API key", True), Class.REFUSED),
        (Refused(403, "Forbidden", True), Class.FORBIDDEN),
        (Refused(402, "Insufficient credits", True), None),
        (Refused(403, "<html>", False), None),
        (Answered((), 0.0, limits=Limits(day=Window(5, 0))), None),
    ],
)
def test_storms_are_made_of_refusals_that_name_no_time_and_no_money(reply: object, kind: Class | None) -> None:
    verdict = judge(reply)
    assert class_of(verdict, verdict.mark) is kind


def refused(text: str, http: int = 422) -> Verdict:
    return Verdict("E14", Move.ROW, http=http, text=text)


def test_three_rows_blamed_in_the_same_words_but_for_their_numbers_break_a_run() -> None:
    breaker = Breaker()
    assert [breaker.blamed(refused(f"contacts.{n}.email must be an Email"), n) for n in (1, 2)] == [False, False]
    assert not breaker.blamed(refused("contacts.2.email must be an email"), 2)  # the same row once more
    assert breaker.blamed(refused("contacts.70.email must be an email"), 70)


@pytest.mark.parametrize("between", [refused("b"), refused("a", 400), None])
def test_other_words_another_status_or_a_success_begin_to_count_anew(between: Verdict | None) -> None:
    breaker = Breaker()
    assert not breaker.blamed(refused("a"), 1)
    assert not breaker.blamed(refused("a"), 2)
    if between is None:
        breaker.worked()
    else:
        assert not breaker.blamed(between, 5)
    assert not breaker.blamed(refused("a"), 3)


def test_doubt_is_a_budget_that_good_answers_refill_but_not_beyond_its_size() -> None:
    tries = Tries()
    tries.worked()
    assert tries.left == TRIES
    for _ in range(int(TRIES / COST)):
        assert tries.left > 0
        tries.doubtful()
    assert tries.left <= 0
    tries.worked()
    assert tries.left == 1


def test_three_accounts_failing_at_lushas_side_in_a_row_are_lushas_trouble() -> None:
    tries = Tries()
    assert [tries.server_failed() for _ in range(SERVER_FAILURES - 1)] == [False] * (SERVER_FAILURES - 1)
    tries.worked()
    assert [tries.server_failed() for _ in range(SERVER_FAILURES)] == [False] * (SERVER_FAILURES - 1) + [True]
