"""Who is asked, in which order, and what holds a request back: priorities, caps, hours, payers, lanes."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.app import open_app
from core.engine.batch import Limits
from core.engine.events import Alert, KeyTrying
from core.engine.policy import Policy
from core.engine.preflight import Row
from core.keys.caps import Caps
from core.keys.vault import MemoryVault
from core.model import KeyStatus, Kind, Prospect, Reason, RowStatus
from core.settings import Settings
from sandbox.people import CAST
from sandbox.scenarios import PracticeKey, Scenario, key
from sandbox.world import World

PHONES, EMAILS = frozenset({Kind.PHONES}), frozenset({Kind.EMAILS})
DAY_S = 86_400.0


def who(slug: str) -> Prospect:
    return Prospect(linkedin=f"https://www.linkedin.com/in/{slug}")


DAN, XENA = who("sb-dan-mobile"), who("sb-xena-new")
STRANGERS = [who(f"stranger-{number}") for number in range(300)]


def accounts(*labels: str, category: str = "ANY", **more: object) -> Scenario:
    world, keys = World(), []
    for number, label in enumerate(labels, 1):
        world.account(label, [key(number)], **more)
        keys.append(PracticeKey(f"Key {number}", key(number), label, category))
    return Scenario(world, tuple(keys))


def asked(bench) -> list[str]:
    """The accounts that were asked, in order."""
    return [bench.world.keys[next(full for full in bench.world.keys if full.endswith(entry.key))] for entry in posts(bench)]


def posts(bench) -> list:
    return [entry for entry in bench.world.journal if entry.method == "POST"]


# -- order ---------------------------------------------------------------------------------------------------------------
def test_priority_comes_before_place_and_an_account_has_at_most_four_requests_under_way(practice) -> None:
    bench = practice(accounts("First", "Second"))
    bench.app.keys.edit(bench.key("0002").id, priority=1)
    bench.world.latency_s = 0.3
    bench.run(STRANGERS[:150])
    tries = [event.account for event in bench.events if isinstance(event, KeyTrying)]
    assert tries[0] == "Second"
    assert sorted(tries) == sorted(asked(bench))
    assert max(bench.world.most_in_flight.values()) <= 4


@pytest.mark.parametrize(("order", "expected"), [("priority", ["A", "A", "A"]), ("lru", ["A", "B", "C"])])
def test_least_recently_used_goes_round_and_priority_stays(tmp_path, practice, order: str, expected: list[str]) -> None:
    bench = practice(accounts("A", "B", "C"), policy=Policy(order=order))
    for prospect in STRANGERS[:3]:
        bench.run([prospect])
        bench.world.clock.forward(1)
    assert asked(bench) == expected


def test_credits_that_lapse_soonest_are_used_first(practice) -> None:
    bench = practice(accounts("Late", "Soon", "Unknown"), policy=Policy(order="expiry"))
    today = datetime.now().astimezone().date()
    bench.app.keys.renews(bench.key("0001").id, today + timedelta(days=20))
    bench.app.keys.renews(bench.key("0002").id, today + timedelta(days=3))
    bench.run([DAN])
    assert asked(bench) == ["Soon"]


def test_an_account_that_seems_empty_is_asked_last_but_asked(practice) -> None:
    bench = practice(accounts("Poor", "Rich"))
    poor = bench.key("0001").account_id
    with bench.app.db.write() as con:
        con.execute("UPDATE accounts SET credits_left=2 WHERE id=?", (poor,))
    bench.run([DAN])
    bench.app.keys.pause(bench.key("0002").id)
    assert bench.run([XENA]).answers[2].status is RowStatus.FOUND
    assert asked(bench) == ["Rich", "Poor"]


# -- who has paid --------------------------------------------------------------------------------------------------------
def test_a_person_paid_for_long_ago_is_asked_for_by_id_where_he_was_paid(practice) -> None:
    bench = practice(accounts("First", "Second"))
    bench.app.keys.pause(bench.key("0001").id)
    bench.run([DAN])
    bench.app.keys.resume(bench.key("0001").id)
    bench.world.clock.forward(91 * DAY_S)
    result = bench.run([DAN])
    assert result.answers[2].status is RowStatus.FOUND
    assert asked(bench) == ["Second", "Second"]
    assert posts(bench)[1].path.endswith("/contacts/enrich")
    assert (result.credits, bench.world.charged()) == (0, 6)


def test_an_id_that_is_known_no_more_is_looked_up_afresh(practice) -> None:
    bench = practice(accounts("First"))
    bench.run([DAN])
    bench.world.clock.forward(91 * DAY_S)
    bench.world.revealed.clear()
    result = bench.run([DAN])
    assert result.answers[2].status is RowStatus.FOUND
    assert [entry.path.rsplit("/", 1)[1] for entry in posts(bench)] == ["search-and-enrich", "enrich", "search-and-enrich"]


def test_a_payer_without_a_usable_key_is_not_waited_for(practice) -> None:
    bench = practice(accounts("First", "Second"))
    bench.run([DAN])
    bench.world.clock.forward(91 * DAY_S)
    bench.app.keys.pause(bench.key("0001").id)
    assert bench.run([DAN]).answers[2].status is RowStatus.FOUND
    assert asked(bench) == ["First", "Second"]


# -- money ---------------------------------------------------------------------------------------------------------------
def test_a_day_cap_of_one_key_sends_the_rest_to_the_others(practice) -> None:
    bench = practice(accounts("First", "Second"))
    Caps(bench.app.db, bench.app.trail, bench.app.clock).key(bench.key("0001"), 20)
    bench.run([who(one.slug) for one in CAST if one.phones and not one.error and not one.behave][:10])
    assert bench.world.charged("First") <= 20
    assert bench.world.charged("Second") > 0


def test_a_day_cap_of_everything_stops_the_run_and_says_so(practice) -> None:
    bench = practice(accounts("First", "Second"))
    Caps(bench.app.db, bench.app.trail, bench.app.clock).all_keys(30)
    result = bench.run(STRANGERS[:60])
    assert result.halt is not None
    assert result.halt.code == "CAP_DAY"
    assert 0 < bench.world.charged() <= 30
    assert result.count(RowStatus.STOPPED) > 0


def test_the_cap_of_a_run_holds_although_many_requests_are_under_way(practice) -> None:
    bench = practice(accounts(*"ABCDEF"))
    bench.world.latency_s = 0.2
    result = bench.run(STRANGERS, limits=Limits(credits=300))
    assert bench.world.charged() <= 300
    assert result.halt is not None
    assert result.halt.code == "CAP"
    assert result.credits == bench.world.charged()


def test_prices_that_lusha_has_told_decide_what_a_cap_allows(practice) -> None:
    bench = practice(accounts("First"))
    with bench.app.db.write() as con:
        con.execute('UPDATE accounts SET pricing=\'{"contactSearch":[0,25],"revealPhone":[1,1],"revealEmail":[1,1]}\'')
    result = bench.run([DAN, XENA, who("sb-zack-last")], limits=Limits(credits=2))
    assert [entry.rows for entry in posts(bench)] == [2]
    assert result.count(RowStatus.STOPPED) == 1


def test_an_account_that_has_credits_again_is_seen_before_the_next_run(practice) -> None:
    bench = practice(accounts("First"))
    bench.world.accounts["First"].credits = 0
    assert bench.run([DAN]).exhausted
    one = bench.key("0001")
    assert (one.status, one.reason, one.retry_at) == (KeyStatus.EXHAUSTED, Reason.CREDITS, None)
    bench.world.accounts["First"].credits = 100
    bench.world.clock.forward(60)
    assert bench.run([DAN]).answers[2].status is RowStatus.FOUND
    assert bench.key("0001").is_active


def test_an_empty_account_is_not_asked_for_its_balance_all_the_time(practice) -> None:
    bench = practice(accounts("First"))
    bench.world.accounts["First"].credits = 0
    for _ in range(3):
        bench.run([DAN])
    assert sum(entry.method == "GET" for entry in bench.world.journal) == 1
    bench.world.clock.forward(3700)
    bench.run([DAN])
    assert sum(entry.method == "GET" for entry in bench.world.journal) == 2


# -- hours ---------------------------------------------------------------------------------------------------------------
def test_a_key_outside_its_hours_is_not_asked(practice) -> None:
    bench = practice(accounts("First", "Second"))
    later = (datetime.now().astimezone() + timedelta(days=2)).date()
    bench.app.keys.edit(bench.key("0001").id, schedule=f"from {later}")
    bench.run([DAN])
    assert asked(bench) == ["Second"]
    bench.app.keys.edit(bench.key("0002").id, schedule=f"from {later}")
    result = bench.run([XENA])
    assert result.exhausted
    assert result.message == "No phone key is ready: 2 off hours. Add or repair a key."
    assert "The first one is back" in result.detail


# -- news ----------------------------------------------------------------------------------------------------------------
def test_alerts_are_events_and_come_once(practice) -> None:
    bench = practice(accounts("First", "Second", category="PHONE_ONLY"))
    bench.world.revoked.add(key(1))
    bench.run([DAN])
    assert [event.code for event in bench.events if isinstance(event, Alert)] == ["few_keys"]
    bench.world.revoked.add(key(2))
    bench.run([XENA])
    assert [event.code for event in bench.events if isinstance(event, Alert)] == ["last_key_left"]


def test_a_list_that_the_credits_do_not_carry_is_said_before_it_starts(practice) -> None:
    bench = practice(accounts("First"))
    with bench.app.db.write() as con:
        con.execute("UPDATE accounts SET credits_left=20, credits_total=1000")
    bench.run(STRANGERS[:30], limits=Limits(credits=5))
    first = next(event for event in bench.events if isinstance(event, Alert))
    assert (first.code, first.text) == ("forecast_short", "The credits at hand cover about 3 of 30 rows.")


def test_the_trail_explains_every_change_of_every_key(practice) -> None:
    bench = practice(accounts("First", "Second", "Third"))
    bench.world.accounts["First"].limits = {"hourly": 1}
    bench.world.revoked.add(key(2))
    bench.run(STRANGERS[:60])
    bench.world.clock.forward(3700)
    bench.run(STRANGERS[60:90])
    for one in bench.app.keys.list():
        state = "ACTIVE"
        changes = [entry for entry in bench.app.trail.entries(key_id=one.id) if entry.to_status][::-1]
        for change in changes:
            assert change.action == "added" or (change.from_status == state and change.reason is not None)
            state = change.to_status
        assert state == one.status.value


# -- lanes ---------------------------------------------------------------------------------------------------------------
def test_a_single_look_up_goes_ahead_of_bulk_work_of_another_program(practice, tmp_path) -> None:
    bench = practice(accounts("First"))
    bench.world.latency_s = 0.2
    vault, done = bench.app.vault, threading.Event()

    def bulk() -> None:
        with open_app(replace(bench.app.settings), vault=vault) as other:
            rows = [Row(number, prospect, wanted=PHONES) for number, prospect in enumerate(STRANGERS, 2)]
            for _event in other.run(other.plan(rows, PHONES), source="bulk"):
                started.set()
        done.set()

    started, program = threading.Event(), threading.Thread(target=bulk)
    program.start()
    assert started.wait(120)
    result = bench.follow(bench.app.lookup(DAN, PHONES))
    behind = not done.is_set()
    program.join()
    assert result.answers[1].status is RowStatus.FOUND
    assert behind
    assert bench.world.paid_twice() == []


def test_both_kinds_in_one_request_even_when_only_some_rows_need_both(practice) -> None:
    bench = practice(accounts("First"))
    rows = [Row(2, DAN, wanted=PHONES | EMAILS), Row(3, XENA, wanted=PHONES), Row(4, DAN, wanted=PHONES)]
    result = bench.follow(bench.app.run(bench.app.plan(rows, PHONES | EMAILS), source="test"))
    assert [answer.status.value for _, answer in sorted(result.answers.items())] == ["found", "found", "duplicate"]
    assert len(posts(bench)) == 2
    assert bench.world.paid_twice() == []


def test_a_home_of_the_first_script_asks_row_by_row(tmp_path) -> None:
    assert Settings(tmp_path, strict_seed=True).strict_seed
    with open_app(Settings(tmp_path, strict_seed=True), vault=MemoryVault()) as app:
        assert (app.policy.batch, app.policy.senders, app.policy.order, app.policy.store) == (1, 1, "in_order", False)


def test_a_cap_holds_even_when_lusha_charges_for_answers_that_got_lost(practice) -> None:
    bench = practice(accounts("First", "Second"))
    bench.world.fault("close", times=-1, charged=True)
    bench.run(STRANGERS[:100], limits=Limits(credits=200))
    assert bench.world.charged() <= 200
