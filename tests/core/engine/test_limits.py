"""How soon an account may be asked: slots, request windows learned from headers, and whose windows they are."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.engine.limits import (
    DAY_S,
    HOUR_S,
    MINUTE_S,
    MOST_REST_S,
    SPARE,
    SPARE_OF_ONE,
    Window,
    full,
    learn,
    slot,
    whose,
)
from core.engine.policy import Policy
from core.lusha import reply
from core.lusha.reply import Limits
from core.model import Kind, Prospect, Reason, RowStatus
from sandbox.scenarios import PracticeKey, Scenario, key
from sandbox.world import World

PHONES = frozenset({Kind.PHONES})
FINAL = frozenset(RowStatus) - {RowStatus.WAITING, RowStatus.STOPPED}


def told(
    minute: tuple[int, int] | None = None, hour: tuple[int, int] | None = None, day: tuple[int, int] | None = None
) -> Limits:
    """Headers: (limit, left) of each window."""
    return Limits(*(reply.Window() if one is None else reply.Window(*one) for one in (minute, hour, day)))


# -- slots --------------------------------------------------------------------------------------------------------------
@given(
    st.floats(2, 50),
    st.lists(st.tuples(st.floats(0, 0.2), st.sampled_from([SPARE, SPARE_OF_ONE])), min_size=1, max_size=120),
)
@example(25.0, [(0.0, SPARE), (0.0621, SPARE), *[(0.0, SPARE_OF_ONE)] * 30])
def test_no_second_ever_sees_more_than_the_rate(rate: float, requests: list[tuple[float, float]]) -> None:
    """Of bulk work and single look-ups, by whichever programs: they share the slot through the database."""
    now, tat, sent = 1_000_000.0, 0.0, []
    for pause, spare in requests:
        now += pause
        start, following = slot(tat, now, rate, spare=spare)
        if start > now:
            now = start
            start, following = slot(tat, now, rate, spare=spare)
        assert start == now  # whoever waited until his slot gets it
        sent.append(now)
        tat = following
    for start in sent:
        assert sum(start <= at < start + 0.999 for at in sent) <= math.ceil(rate)


def test_bulk_work_leaves_one_request_a_second_for_look_ups() -> None:
    assert slot(0, 100.0, 25)[1] == pytest.approx(100 + 1 / 24)
    assert slot(0, 100.0, 25, spare=0.0)[1] == pytest.approx(100 + 1 / 25)
    assert slot(0, 100.0, 1)[1] == 101.0


def test_who_is_a_little_late_does_not_lose_the_time() -> None:
    _start, following = slot(100.0, 100.02, 25)
    assert following == pytest.approx(100 + 1 / 24)
    assert slot(100.0, 100.03, 25)[1] == pytest.approx(100.03 + 1 / 24)  # later than half a slot
    assert slot(100.0, 100.02, 25, spare=0.0)[1] == pytest.approx(100.02 + 1 / 25)  # nothing is left free


def test_a_slot_far_ahead_shows_a_clock_that_was_set_back_and_counts_for_nothing() -> None:
    assert slot(101.5, 100.0, 25)[0] == 101.5
    assert slot(3700.0, 100.0, 25)[0] == 100.0


# -- windows --------------------------------------------------------------------------------------------------------------
def test_a_window_lets_through_what_is_left_then_opens_when_it_ends() -> None:
    window = Window(MINUTE_S, 3, 1, 1000.0)
    assert (window.room(1010), window.opens(1010)) == (2, 1010)
    window = window.counted(1010).counted(1010)
    assert (window.used, window.room(1010), window.opens(1010)) == (3, 0, 1060)
    assert (window.room(1060), window.opens(1060), window.counted(1060)) == (3, 1060, Window(MINUTE_S, 3, 1, 1060))


def test_a_window_that_begins_far_in_the_future_is_over() -> None:
    assert Window(MINUTE_S, 3, 3, 9000.0).over(1000)
    assert not Window(MINUTE_S, 3, 3, 1030.0).over(1000)


def none() -> int:
    return 0


def test_headers_teach_the_limits_and_what_is_used_with_the_requests_still_under_way() -> None:
    learned = learn({}, told(minute=(50, 48), day=(1500, 1400)), 3, none, 1000.0)
    assert learned == {MINUTE_S: Window(MINUTE_S, 50, 5, 1000.0), DAY_S: Window(DAY_S, 1500, 103, 1000.0)}


def test_a_window_keeps_its_start_while_the_count_goes_up_and_begins_anew_when_it_falls() -> None:
    known = {HOUR_S: Window(HOUR_S, 100, 40, 1000.0)}
    assert learn(known, told(hour=(100, 59)), 1, none, 2000.0)[HOUR_S] == Window(HOUR_S, 100, 42, 1000.0)
    assert learn(known, told(hour=(100, 63)), 0, lambda: 2, 2000.0)[HOUR_S] == Window(HOUR_S, 100, 39, 1000.0)
    assert learn(known, told(hour=(100, 99)), 0, none, 2000.0)[HOUR_S] == Window(HOUR_S, 100, 1, 2000.0)
    assert learn(known, told(hour=(100, 59)), 0, none, 4600.0)[HOUR_S].start == 4600.0


def test_an_answer_that_many_others_overtook_begins_no_window_anew() -> None:
    known = {MINUTE_S: Window(MINUTE_S, 20, 20, 1000.0)}  # nineteen counted, and this one
    assert learn(known, told(minute=(20, 15)), 0, lambda: 14, 1001.0)[MINUTE_S] == Window(MINUTE_S, 20, 19, 1000.0)


def test_requests_that_were_booked_and_never_counted_are_forgotten_when_nothing_was_overtaken() -> None:
    known = {HOUR_S: Window(HOUR_S, 100, 40, 1000.0)}
    assert learn(known, told(hour=(100, 66)), 0, none, 2000.0)[HOUR_S] == Window(HOUR_S, 100, 34, 1000.0)


@given(st.lists(st.sampled_from(["send", "count", "hear"]), max_size=200), st.randoms(use_true_random=False))
def test_in_whatever_order_answers_come_the_window_never_counts_too_few(steps: list[str], draw) -> None:
    """Up to four requests: each is sent, counted by Lusha some time later, and heard some time after that."""
    now, span, limit, counted = 1000.0, HOUR_S, 1000, 0
    windows, sent, answers, settled = {}, {}, {}, []

    def hear(one: int) -> None:
        nonlocal windows
        began = sent.pop(one)
        used = answers.pop(one)
        windows = learn(windows, told(hour=(limit, limit - used)), len(sent), lambda: len(settled) - began, now)
        settled.append(one)

    number = 0
    for step in [*steps, *["count", "hear"] * 4]:
        if step == "send" and len(sent) < 4:
            number += 1
            sent[number] = len(settled)
            windows = {at: window.counted(now) for at, window in windows.items()}
        waiting = sorted(sent.keys() - answers.keys())
        if step == "count" and waiting:
            counted += 1
            answers[draw.choice(waiting)] = counted
        if step == "hear" and answers:
            hear(draw.choice(sorted(answers)))
        if windows:
            assert windows[span].used >= counted + len(sent.keys() - answers.keys())
            assert windows[span].start == now
    if windows and not sent:
        assert windows[span].used == counted


def test_garbage_and_silence_teach_nothing() -> None:
    assert learn({}, Limits(hour=reply.Window(100, None), day=reply.Window(None, 5)), 0, none, 1000.0) == {}


def test_an_hour_or_a_day_that_is_used_up_rests_the_account_a_minute_does_not() -> None:
    now, limits = 1000.0, told(minute=(50, 0), hour=(100, 0))
    assert full(learn({}, limits, 0, none, now), limits, now) == (Reason.HOUR, 3600.0)
    known = {HOUR_S: Window(HOUR_S, 100, 99, 500.0)}
    assert full(learn(known, limits, 0, none, now), limits, now) == (Reason.HOUR, 3100.0)
    day = told(hour=(100, 0), day=(10, 0))
    assert full(learn({}, day, 0, none, now), day, now) == (Reason.DAY, MOST_REST_S)
    assert full(learn({}, told(minute=(50, 0)), 0, none, now), told(minute=(50, 0)), now) is None


@pytest.mark.parametrize(
    ("own", "siblings", "said", "sign"),
    [
        (1, [40], 2, 1),  # counts on by itself far below its sibling: a window of its own
        (1, [40], 41, -1),  # goes on where the sibling stood: one window for all
        (1, [3], 2, 0),  # too close to tell
        (40, [3], 2, 0),  # began anew
        (1, [], 2, 0),  # nobody to compare with
    ],
)
def test_counts_of_two_keys_tell_whose_the_windows_are(own: int, siblings: list[int], said: int, sign: int) -> None:
    mine = {HOUR_S: Window(HOUR_S, 100, own, 0)}
    others = [{HOUR_S: Window(HOUR_S, 100, used, 0)} for used in siblings]
    assert whose(mine, others, told(hour=(100, 100 - said))) == sign


def test_the_minute_alone_tells_nothing() -> None:
    mine = {MINUTE_S: Window(MINUTE_S, 100, 1, 0)}
    assert whose(mine, [{MINUTE_S: Window(MINUTE_S, 100, 50, 0)}], told(minute=(100, 98))) == 0


# -- against the practice server -------------------------------------------------------------------------------------------
def people(count: int, name: str = "stranger") -> list[Prospect]:
    return [Prospect(linkedin=f"https://www.linkedin.com/in/{name}-{number}") for number in range(count)]


def pool(accounts: int, keys_each: int = 1, **more) -> Scenario:
    world, keys, number = World(), [], 0
    for place in range(1, accounts + 1):
        mine = [key(number := number + 1) for _ in range(keys_each)]
        world.account(f"Account {place}", mine, **more)
        keys += [PracticeKey(f"Key {one[-4:]}", one, f"Account {place}") for one in mine]
    return Scenario(world, tuple(keys))


def scope(bench) -> str:
    with bench.app.db.read() as con:
        return con.execute("SELECT scope FROM accounts WHERE label='Account 1'").fetchone()[0]


@pytest.mark.parametrize(("per_key", "learned"), [(True, "KEY"), (False, "ACCOUNT")])
def test_it_is_found_out_whether_keys_have_windows_of_their_own(practice, per_key: bool, learned: str) -> None:
    bench = practice(pool(1, 3, limits={"minute": 300, "hourly": 900}, per_key=per_key), Policy(batch=1))
    first, *_others = bench.app.keys.list()
    for turn in range(5):  # one key works ahead, then another one has a turn
        bench.run(people(10, f"ahead-{turn}"))
        bench.app.keys.pause(first.id)
        bench.run(people(1, f"turn-{turn}"))
        bench.app.keys.resume(first.id)
    assert scope(bench) == learned
    assert {entry.status for entry in bench.world.journal} == {200}


def test_with_windows_by_key_every_key_may_use_its_own(practice) -> None:
    bench = practice(pool(1, 2, limits={"hourly": 4}, per_key=True))
    with bench.app.db.write() as con:
        con.execute("UPDATE accounts SET scope='KEY'")
    result = bench.run(people(200))
    assert result.count(*FINAL) == 200
    assert {entry.key for entry in bench.world.journal} == {"0001", "0002"}
    assert {entry.status for entry in bench.world.journal} == {200}


def test_a_thousand_rows_are_forty_calls(practice) -> None:
    bench = practice(pool(10, limits={"minute": 300}, per_second=25))
    assert bench.run(people(1000)).count(*FINAL) == 1000
    assert bench.world.posts == 40
    assert {entry.rows for entry in bench.world.journal} == {25}


def test_and_ten_where_short_windows_are_known_beforehand(practice) -> None:
    bench = practice(pool(10, limits={"minute": 2}))
    for one in bench.app.keys.list():
        bench.run(people(1, f"before-{one.last4}"))
        bench.app.keys.pause(one.id)  # so that the next one has its turn
    for one in bench.app.keys.list():
        bench.app.keys.resume(one.id)
    bench.world.journal.clear()
    assert bench.run(people(1000)).count(*FINAL) == 1000
    assert [entry.rows for entry in bench.world.journal] == [100] * 10
    assert {entry.status for entry in bench.world.journal} == {200}
    assert max(bench.world.most_in_flight.values()) == 1


@pytest.mark.parametrize("headers", ["none", "garbage", "six", "nine"])
def test_whatever_the_headers_say_a_full_window_costs_one_answer_at_most(practice, headers: str) -> None:
    scenario = pool(3, limits={"hourly": 3})
    scenario.world.headers = headers
    bench = practice(scenario)
    result = bench.run(people(400))
    refused = sum(entry.status == 429 for entry in bench.world.journal)
    # before an account's first answer four may be under way, one more than the window carries; headers then end it
    assert refused <= 3 * (1 if headers in {"six", "nine"} else 4)
    assert bench.world.posts - refused == 9
    assert result.count(*FINAL) == sum(entry.rows for entry in bench.world.journal if entry.status == 200)
    assert all(one.status.value == "EXHAUSTED" for one in bench.app.keys.list())
