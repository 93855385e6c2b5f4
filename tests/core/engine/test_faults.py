"""What goes wrong outside: cut answers, clocks that jump, a full disk, pages that are not Lusha's, slow callers."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.engine.batch import Limits
from core.engine.events import Event, KeyTrying, RowDone, Tick, Waiting
from core.engine.policy import Policy
from core.engine.preflight import Row
from core.engine.verdict import Move, Verdict, judge
from core.errors import DatabaseTrouble, EnrichError, UsageError
from core.lusha.client import LushaClient, Timeouts
from core.lusha.reply import Lost, Reply
from core.model import Category, Kind, Prospect, RowStatus
from core.settings import version
from sandbox.scenarios import SCENARIOS, PracticeKey, Scenario, key
from sandbox.world import Clock, World

PHONES = frozenset({Kind.PHONES})
FINAL = frozenset(RowStatus) - {RowStatus.WAITING, RowStatus.STOPPED}
HOURLY = {"statusCode": 429, "message": "Hourly API rate limit exceeded. Limit: 9 calls per hour. Reset in 60 seconds."}
NO_PHONES = "No phone key is ready: 1 plan limit. Add or repair a key."
TOO_MANY = {"statusCode": 422, "message": "The request could not be processed"}


def who(slug: str) -> Prospect:
    return Prospect(linkedin=f"https://www.linkedin.com/in/{slug}")


def people(count: int, name: str = "stranger") -> list[Prospect]:
    return [who(f"{name}-{number}") for number in range(count)]


def accounts(count: int, **more) -> Scenario:
    """So many accounts of one key each."""
    world = World()
    for number in range(1, count + 1):
        world.account(f"Account {number}", [key(number)], **({"limits": {}} | more))
    keys = (PracticeKey(f"Key {n}", key(n), f"Account {n}") for n in range(1, count + 1))
    return Scenario(world, tuple(keys))


def payers(world: World) -> dict[str, set[str]]:
    """Who was charged on which accounts, searches apart."""
    found: dict[str, set[str]] = {}
    for line in world.ledger:
        if line.kind != "search":
            found.setdefault(line.person, set()).add(line.account)
    return found


def nobody_paid_twice(world: World) -> bool:
    return world.paid_twice() == [] and all(len(who) == 1 for who in payers(world).values())


def all_untouched(bench) -> bool:
    return all(one.is_active and one.reason is None for one in bench.app.keys.list())


# -- answers cut after the charge ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("how", ["close", "cut"])
def test_every_tenth_answer_cut_after_the_charge_pays_nobody_twice(practice, how: str) -> None:
    bench = practice(accounts(5))
    bench.world.fault(how, times=-1, every=10, charged=True)
    result = bench.run(people(600))
    assert sum(entry.case == f"fault:{how}" for entry in bench.world.journal) >= 2
    assert result.count(*FINAL) == 600
    assert nobody_paid_twice(bench.world)


def test_the_same_pays_twice_when_a_lost_answer_moves_on(practice) -> None:
    """What the pin is for; without it this very test must see double charges."""

    def moves_on(reply: Reply) -> Verdict:
        verdict = judge(reply)
        return replace(verdict, move=Move.NEXT) if verdict.move is Move.PIN else verdict

    bench = practice(accounts(5), Policy(judge=moves_on))
    bench.world.fault("close", times=-1, every=10, charged=True)
    bench.run(people(600))
    assert not nobody_paid_twice(bench.world)


def test_a_pinned_row_whose_account_is_limited_meanwhile_goes_to_nobody_else(practice) -> None:
    bench = practice(accounts(3))
    limited = {"statusCode": 429, "message": "Daily API rate limit exceeded. Limit: 9 calls per day. Reset in 40000 seconds."}
    bench.world.fault("close", account="Account 1", charged=True)
    bench.world.fault("status", account="Account 1", status=429, body=limited)
    result = bench.run([who("sb-dan-mobile")])
    assert result.answers[2].status is RowStatus.WAITING
    assert {entry.key for entry in bench.world.journal} == {"0001"}
    bench.world.clock.forward(40_100)
    assert bench.run([who("sb-dan-mobile")]).answers[2].status is RowStatus.FOUND
    assert nobody_paid_twice(bench.world)


def test_a_pinned_row_does_not_hold_the_run_until_tomorrow(practice) -> None:
    """The lost answer took the day's last request with it: no header said so, only our own count."""
    bench = practice(accounts(1, limits={"daily": 2}))
    bench.run([who("sb-xena-new")])
    bench.world.fault("close", charged=True)
    result = bench.run([who("sb-dan-mobile")])
    assert result.answers[2].status is RowStatus.WAITING
    assert "may be charged at Account 1" in result.answers[2].reason


# -- clocks ---------------------------------------------------------------------------------------------------------------
DAY = 86_400


@pytest.mark.parametrize("jump", [-3600, 3600, -30 * DAY, 600])
@pytest.mark.parametrize("whose", ["everybody's", "ours"])
def test_a_clock_that_jumps_in_mid_flight_ends_no_key_and_pays_nobody_twice(practice, jump: int, whose: str) -> None:
    scenario = accounts(4, limits={"minute": 40, "hourly": 400, "daily": 4000}, per_second=None)
    ours = scenario.world.clock if whose == "everybody's" else Clock()
    bench = practice(scenario, clock=ours)
    bench.world.fault("close", times=2, account="Account 1", every=2, charged=True)
    limited = {"statusCode": 429, "message": "Hourly API rate limit exceeded. Limit: 9 calls per hour. Reset in 30 seconds."}
    bench.world.fault("status", account="Account 2", status=429, body=limited)
    jumped: list[int] = []

    def on(event: object) -> None:
        if isinstance(event, RowDone) and not jumped:
            jumped.append(jump)
            ours.forward(jump)

    result = bench.run(people(300), on=on)
    assert jumped
    assert result.count(*FINAL) == 300
    bench.world.faults.clear()
    ours.forward(3 * DAY)  # wherever the clock is now, in three days every key is ready again
    again = bench.run(people(20, "later"))
    assert again.count(*FINAL) == 20
    now = datetime.fromtimestamp(ours(), UTC)
    assert all(one.usable(now) for one in bench.app.keys.list())
    assert nobody_paid_twice(bench.world)


def test_a_key_that_rests_beyond_all_belief_after_the_clock_was_set_back_is_probed(practice) -> None:
    scenario = accounts(1)
    bench = practice(scenario, clock=(ours := Clock()))
    limited = {"statusCode": 429, "message": "Hourly API rate limit exceeded. Limit: 9 calls per hour. Reset in 600 seconds."}
    bench.world.fault("status", status=429, body=limited)
    assert bench.run([who("sb-dan-mobile")]).exhausted
    ours.forward(-30 * DAY)
    assert bench.run([who("sb-dan-mobile")]).answers[2].status is RowStatus.FOUND
    assert bench.key("0001").is_active


def test_a_clock_set_back_while_a_row_waits_for_its_second_try_does_not_make_it_wait_for_a_month(practice) -> None:
    bench = practice(accounts(1), Policy(pauses=replace(Policy().pauses, lost=(0.4, 0.0))), ours := Clock())
    bench.world.fault("close", charged=True)
    waits: list[Waiting] = []

    def on(event: object) -> None:
        if isinstance(event, Waiting):
            waits.append(event)
            ours.forward(-30 * DAY)

    assert bench.run([who("sb-dan-mobile")], on=on).answers[2].status is RowStatus.FOUND
    assert len(waits) == 1


def test_what_another_run_found_out_is_known_although_the_clock_was_set_back(practice) -> None:
    bench = practice(accounts(2), clock=(ours := Clock()))
    rows = [Row(number, one, wanted=PHONES) for number, one in enumerate(people(20), 2)]
    first, second = bench.app.plan(rows, PHONES), bench.app.plan(rows, PHONES)
    ours.forward(-3600)
    bench.follow(bench.app.run(first, source="test"))
    calls = bench.world.posts
    assert bench.follow(bench.app.run(second, source="test")).count(*FINAL) == 20
    assert bench.world.posts == calls
    assert nobody_paid_twice(bench.world)


# -- a full disk ----------------------------------------------------------------------------------------------------------
def fill(bench) -> None:
    """No page more for this connection; the rest of the free ones is taken."""
    with bench.app.db.read() as con:  # the connection is shared with the run's own thread
        con.execute(f"PRAGMA max_page_count={con.execute('PRAGMA page_count').fetchone()[0]}")


def make_room(bench) -> None:
    with bench.app.db.read() as con:
        con.execute("PRAGMA max_page_count=1000000")


def test_a_full_disk_pauses_the_run_and_nothing_paid_is_lost(practice) -> None:
    bench = practice(accounts(3))

    def on(event: object) -> None:
        if isinstance(event, RowDone):
            fill(bench)

    with pytest.raises(DatabaseTrouble) as trouble:
        bench.run(people(900), on=on)
    assert trouble.value.title == "The disk is full"
    assert "Free some space and try again" in trouble.value.message
    make_room(bench)
    bench.app.reserving.recover()
    job = bench.app.journal.jobs()[0]
    assert job.state == "PAUSED"
    paid = bench.world.charged()
    result = bench.follow(bench.app.resume(job))
    assert {bench.app.plan([], PHONES).rows, len(result.answers)} == {0, 900}
    assert result.count(*FINAL) == 900
    assert nobody_paid_twice(bench.world)
    assert bench.world.charged() >= paid
    assert bench.app.db.check() == "ok"
    with bench.app.db.read() as con:
        assert con.execute("SELECT count(*) FROM attempts WHERE done_at IS NULL").fetchone() == (0,)


# -- answers that are nobody's fault -----------------------------------------------------------------------------------------
def test_a_flood_of_not_found_leaves_every_key_as_it_was(practice) -> None:
    bench = practice(accounts(4))
    strangers = people(4000)
    unknown = [one for one in strangers if bench.world.people.find({"linkedinUrl": one.linkedin}).error == "NOT_FOUND"][:1000]
    result = bench.run(unknown)
    assert result.count(RowStatus.NOT_FOUND) == 1000
    assert (bench.world.posts, result.credits) == (40, 0)
    assert all_untouched(bench)
    with bench.app.db.read() as con:
        assert con.execute("SELECT DISTINCT kind FROM evidence").fetchall() == [("OK",)]


@pytest.mark.parametrize("status", [403, 200, 401, 429, 402])
def test_the_page_of_a_proxy_leaves_every_key_as_it_was(practice, status: int) -> None:
    bench = practice(accounts(4))
    bench.run(people(50, "before"))
    bench.world.fault("status", times=-1, status=status, body="<html><title>Just a moment...</title></html>")
    result = bench.run(people(300))
    assert result.halt is not None
    assert "Keys unchanged" in result.halt.message
    assert all_untouched(bench)
    bench.world.faults.clear()
    assert bench.follow(bench.app.resume(bench.app.journal.job(result.job))).count(*FINAL) == 300
    assert nobody_paid_twice(bench.world)


# -- the breaker and the row that is to blame --------------------------------------------------------------------------------
def test_the_same_refusal_for_every_row_stops_after_three_rows_and_shows_lushas_words(practice) -> None:
    bench = practice(accounts(5))
    bench.world.fault("status", times=-1, status=422, body=TOO_MANY)
    result = bench.run(people(3))
    assert result.halt is not None
    assert (result.halt.code, result.halt.title) == ("UNIFORM", "Stopped after 3 rows: every key got the same answer")
    assert 'Lusha said: "The request could not be processed"' in result.halt.message
    assert all_untouched(bench)
    many = bench.run(people(400, "many"))
    assert many.halt is not None
    assert 3 <= many.count(RowStatus.CANNOT_LOOK_UP) <= 8  # those under way when the third was heard
    assert bench.world.posts <= 200  # finding every row by halving would take 800; how many are under way is up to the machine
    assert all_untouched(bench)


@pytest.mark.parametrize(("rows", "bad", "calls"), [(25, 7, 11), (100, 0, 14), (100, 63, 14), (100, 99, 14)])
def test_one_bad_row_is_found_by_halving_and_the_others_are_served(practice, rows: int, bad: int, calls: int) -> None:
    bench = practice(accounts(5))
    everybody = people(rows)
    slug = bench.world.people.find({"linkedinUrl": everybody[bad].linkedin}).slug
    bench.world.fault("status", times=-1, slug=slug, status=422, body=TOO_MANY)
    result = bench.run(everybody)
    assert result.halt is None
    assert [row for row, answer in result.answers.items() if answer.status is RowStatus.CANNOT_LOOK_UP] == [bad + 2]
    assert "The request could not be processed" in result.answers[bad + 2].reason
    assert result.count(RowStatus.FOUND, RowStatus.NOT_FOUND) == rows - 1
    assert bench.world.posts <= calls
    assert all_untouched(bench)


def test_doubt_without_end_uses_up_its_budget_and_pauses_the_run(practice) -> None:
    bench = practice(accounts(30))
    bench.world.fault("close", times=-1)
    result = bench.run(people(30 * 25))
    assert result.halt is not None
    assert (result.halt.code, result.halt.title) == ("RETRIES", "Too many doubtful answers")
    assert bench.world.posts <= 20 + 4 * 30
    assert all_untouched(bench)
    bench.world.faults.clear()
    assert bench.follow(bench.app.resume(bench.app.journal.job(result.job))).count(*FINAL) == 750
    assert nobody_paid_twice(bench.world)


# -- whoever takes the events ----------------------------------------------------------------------------------------------
def done_rows(bench) -> int:
    with bench.app.db.read() as con:
        return con.execute("SELECT count(*) FROM units WHERE state='DONE'").fetchone()[0]


def until(true: Callable[[], bool]) -> None:
    """Waits for another thread's work, by looking; the test's own time-out ends it when it never comes."""
    wait = threading.Event()
    while not true():
        wait.wait(0.02)


def test_rows_are_on_disk_although_nobody_takes_the_events(practice) -> None:
    bench = practice(accounts(3))
    rows = [Row(number, one, wanted=PHONES) for number, one in enumerate(people(300), 2)]
    events = bench.app.run(bench.app.plan(rows, PHONES), source="test")
    next(events)
    until(lambda: done_rows(bench) == 300)
    result = bench.follow(events)
    assert len([event for event in bench.events if isinstance(event, RowDone)]) == 300
    assert result.credits == bench.world.charged()


def test_stop_works_although_nobody_takes_the_events_and_nothing_is_lost(practice) -> None:
    bench = practice(accounts(1, per_second=25))
    bench.world.latency_s = 0.05
    rows = [Row(number, one, wanted=PHONES) for number, one in enumerate(people(1000), 2)]
    events = bench.app.run(bench.app.plan(rows, PHONES), source="test")
    next(events)
    until(lambda: done_rows(bench) > 0)
    bench.app.stop.set()
    until(lambda: bench.app.journal.jobs()[0].state == "PAUSED")
    result = bench.follow(events)
    assert result.count(RowStatus.STOPPED) > 0
    assert result.count(*FINAL) == done_rows(bench)
    assert result.credits == bench.world.charged()
    bench.app.stop.clear()
    assert bench.follow(bench.app.resume(bench.app.journal.job(result.job))).count(*FINAL) == 1000
    assert nobody_paid_twice(bench.world)


def test_a_generator_that_is_closed_early_stops_the_run_and_keeps_what_came(practice) -> None:
    bench = practice(accounts(1, per_second=25))
    bench.world.latency_s = 0.05
    rows = [Row(number, one, wanted=PHONES) for number, one in enumerate(people(1000), 2)]
    events = bench.app.run(bench.app.plan(rows, PHONES), source="test")
    while not isinstance(next(events), RowDone):
        pass
    events.close()
    job = bench.app.journal.jobs()[0]
    assert (job.state, job.credits) == ("PAUSED", bench.world.charged())
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(("lusha-run", "lusha-send"))]
    assert bench.follow(bench.app.resume(job)).count(*FINAL) == 1000
    assert nobody_paid_twice(bench.world)


def test_a_job_is_not_gone_on_with_twice_at_the_same_time(practice) -> None:
    bench = practice(accounts(2))
    bench.app.stop.set()
    job = bench.app.journal.job(bench.run(people(200)).job)
    bench.app.stop.clear()
    one, two = bench.app.resume(job), bench.app.resume(job)
    first = next(event for event in one if not isinstance(event, Tick))
    assert first is not None
    with pytest.raises(UsageError, match="still running"):
        list(two)
    assert bench.follow(one).count(*FINAL) == 200
    assert nobody_paid_twice(bench.world)


# -- senders ----------------------------------------------------------------------------------------------------------------
class Broken(LushaClient):
    """Raises instead of asking, the first ``left`` times."""

    left = 0

    def ask(self, secret, prospects, kinds) -> Reply:
        if Broken.left > 0:
            Broken.left -= 1
            raise ZeroDivisionError
        return super().ask(secret, prospects, kinds)

    def twin(self) -> LushaClient:
        return Broken(self._base_url, timeouts=self._timeouts)


def test_a_sender_that_fails_leaves_its_rows_in_doubt_and_the_run_goes_on(practice) -> None:
    bench = practice(accounts(1))
    bench.app.batches._slots._make = lambda: Broken(bench.url)
    Broken.left = 3
    result = bench.run([who("sb-dan-mobile")])
    assert result.answers[2].status is RowStatus.WAITING
    assert "may be charged at Account 1" in result.answers[2].reason
    with bench.app.db.read() as con:
        said = {row[0] for row in con.execute("SELECT message FROM attempts")}
    assert said == {"the program failed (ZeroDivisionError)"}
    assert bench.run([who("sb-dan-mobile")]).answers[2].status is RowStatus.FOUND


def test_an_answer_that_drips_in_its_headers_is_ended_by_the_deadline(practice) -> None:
    bench = practice(accounts(1))
    bench.app.batches._slots._make = lambda: LushaClient(bench.url, timeouts=Timeouts(deadline=0.3), version=version())
    bench.world.fault("drip", seconds=0.05)
    result = bench.run([who("sb-dan-mobile")])
    assert result.answers[2].status is RowStatus.FOUND
    assert [entry.case for entry in bench.world.journal] == ["fault:drip", "R01"]
    assert bench.world.paid_twice() == []


# -- keys that move -----------------------------------------------------------------------------------------------------------
def test_a_run_goes_on_when_a_key_leaves_an_account_that_is_gone_with_it(practice) -> None:
    one_by_one = Policy(batch=1, most_batch=1, in_flight=1, senders=1, order="in_order", paced=False)
    bench = practice(accounts(1), one_by_one)
    bench.world.account("Its own", [key(2)], limits={})
    (own,) = bench.app.keys.add_many([key(2)], Category.ANY).new
    moved = list[Event]()

    def on(event: Event) -> None:
        if isinstance(event, RowDone) and not moved:
            moved.append(event)
            bench.app.keys.edit(own.id, account="Account 1")  # nothing was ever asked of its own: that is dropped

    assert bench.run(people(20), on=on).count(*FINAL) == 20
    assert moved


def test_a_run_goes_on_when_a_key_moves_to_an_account_whose_windows_belong_to_its_keys(practice) -> None:
    bench = practice(accounts(2, limits={"minute": 300}), Policy(batch=1, most_batch=1))
    with bench.app.db.write() as con:
        con.execute("UPDATE accounts SET scope='KEY' WHERE label='Account 2'")
    moved = list[Event]()

    def on(event: Event) -> None:
        if isinstance(event, RowDone) and not moved:
            moved.append(event)
            bench.app.keys.edit(bench.key("0001").id, account="Account 2")

    assert bench.run(people(40), on=on).count(*FINAL) == 40
    assert {one.account for one in bench.app.keys.list()} == {"Account 2"}


def test_a_key_that_moves_to_an_account_of_its_own_goes_on_for_the_run(practice) -> None:
    bench = practice(accounts(1), Policy(batch=1, most_batch=1, in_flight=1, senders=1, paced=False))
    moved = list[Event]()

    def on(event: Event) -> None:
        if isinstance(event, RowDone) and not moved:
            moved.append(event)
            bench.app.keys.edit(bench.key("0001").id, account="Team")

    assert bench.run(people(20), on=on).count(*FINAL) == 20
    assert moved


def test_a_key_that_moves_while_it_rests_is_waited_for(practice) -> None:
    bench = practice(accounts(1))
    bench.world.fault("status", status=429, body=HOURLY)

    def on(event: Event) -> None:
        if isinstance(event, Waiting):
            bench.app.keys.edit(bench.key("0001").id, account="Team")
            bench.world.clock.forward(61)

    assert bench.run(people(3), on=on).count(*FINAL) == 3


# -- a key that comes back to no use ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kinds", [PHONES, frozenset(Kind)])
def test_a_key_that_rested_and_whose_plan_then_forbids_phones_ends_the_wait(practice, kinds: frozenset[Kind]) -> None:
    bench = practice(accounts(1))
    bench.app.keys.edit(bench.key("0001").id, category=Category.ANY)
    bench.world.accounts["Account 1"].forbids = "phones"
    bench.world.fault("status", status=429, body=HOURLY)

    def on(event: Event) -> None:
        if isinstance(event, Waiting):
            bench.world.clock.forward(61)

    result = bench.run(people(3), kinds, on=on)
    if kinds == PHONES:
        assert (result.count(RowStatus.WAITING), bench.world.charged()) == (3, 0)
        assert (result.message, result.detail) == (NO_PHONES, "3 rows wait; nothing is lost.")
    else:  # the e-mails are asked for by themselves
        assert all(answer.kinds >= {Kind.EMAILS} for answer in result.answers.values())
        assert any(answer.person and answer.person.emails for answer in result.answers.values())


# -- a computer at its end -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("threads", [0, 2])
def test_a_computer_that_starts_no_more_threads_loses_no_answer(practice, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = practice(accounts(3), Policy(batch=1, most_batch=1, in_flight=4, senders=8, paced=False))
    bench.world.latency_s = 0.05
    start, left = threading.Thread.start, [threads]

    def scarce(self: threading.Thread) -> None:
        if self.name.startswith("lusha-send"):
            left[0] -= 1
            if left[0] < 0:
                raise RuntimeError("can't start new thread")
        start(self)

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", scarce)
        if threads:
            assert bench.run(people(10)).count(*FINAL) == 10
        else:
            with pytest.raises(EnrichError, match="starts no more threads"):
                bench.run(people(10))
            assert bench.world.posts == 0
    assert left[0] < 0
    with bench.app.db.read() as con:
        assert con.execute("SELECT count(*) FROM attempts WHERE done_at IS NULL").fetchone() == (0,)
        assert con.execute("SELECT coalesce(sum(credits_charged), 0) FROM attempts").fetchone() == (bench.world.charged(),)
    if not threads:
        assert bench.follow(bench.app.resume(bench.app.journal.jobs()[0])).count(*FINAL) == 10
    assert nobody_paid_twice(bench.world)


# -- waiting is said ---------------------------------------------------------------------------------------------------------
def test_a_wait_is_said_once_however_often_it_is_looked_at(practice) -> None:
    bench = practice(accounts(1))
    text = "Hourly API rate limit exceeded. Limit: 9 calls per hour. Reset in 60 seconds."
    bench.world.fault("status", status=429, body={"statusCode": 429, "message": text})
    ticks: list[Tick] = []

    def on(event: object) -> None:
        if isinstance(event, Tick):
            ticks.append(event)
            if len(ticks) == 5:
                bench.world.clock.forward(61)

    result = bench.run(people(3), on=on)
    assert not result.exhausted
    assert len([event for event in bench.events if isinstance(event, Waiting)]) == 1


def test_a_full_minute_is_waited_for_and_said(practice) -> None:
    bench = practice(accounts(1, limits={"minute": 2}))
    bench.run(people(2, "before"))

    def on(event: object) -> None:
        if isinstance(event, Waiting):
            bench.world.clock.forward(61)

    result = bench.run(people(101), on=on)
    assert result.count(*FINAL) == 101
    assert [event.why for event in bench.events if isinstance(event, Waiting)]
    assert Counter(entry.status for entry in bench.world.journal)[429] == 0
    assert [event for event in bench.events if isinstance(event, KeyTrying)]


def test_a_look_up_never_waits_for_a_full_minute(practice) -> None:
    bench = practice(accounts(1, limits={"minute": 1}))
    bench.run(people(1, "before"))
    result = bench.follow(bench.app.lookup(who("sb-dan-mobile"), PHONES))
    assert result.answers[1].status is RowStatus.WAITING
    assert bench.run([who("sb-xena-new")], limits=Limits(wait=False)).exhausted


def test_the_plenty_scenario_is_served_in_the_least_number_of_calls(practice) -> None:
    bench = practice(SCENARIOS["plenty"]())
    assert bench.run(people(1000)).count(*FINAL) == 1000
    assert bench.world.posts == 40


def test_a_reply_nobody_expected_is_doubt(practice) -> None:
    assert judge(Lost("the program failed")).move is Move.PIN
