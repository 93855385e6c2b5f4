"""Checks of keys on the practice server: what they prove, what they leave alone, and how often they ask."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from core.app import App
from core.database import Database
from core.engine.checked import CheckEvent, KeyChecked, look_alike
from core.engine.checking import Checking
from core.engine.events import Waiting
from core.keys.accounts import Account
from core.keys.store import KeyStore
from core.keys.trail import Trail
from core.keys.usage import CheckOutcome
from core.lusha.client import LushaClient
from core.lusha.reply import UsageReply
from core.model import Key, KeyStatus, Prospect, Reason
from core.secret import Secret
from sandbox import contract
from sandbox.scenarios import PracticeKey, Scenario, key
from sandbox.world import World

START = 1_790_000_000.0
DAN = Prospect(linkedin="https://www.linkedin.com/in/sb-dan-mobile")
USAGE = "/v3/account/usage"


@dataclass
class Desk:
    """A bench whose clock passes only when somebody waits."""

    bench: Any
    client: LushaClient
    world: World
    app: App
    events: list[CheckEvent] = field(default_factory=list)
    stop_after: int = 10_000
    waits: list[float] = field(default_factory=list)

    def pause(self, seconds: float) -> bool:
        self.waits.append(seconds)
        self.world.clock.forward(seconds)
        return len(self.waits) < self.stop_after

    def checking(self, client: LushaClient | None = None, db: Database | None = None) -> Checking:
        db = db or self.app.db
        keys = self.app.keys if db is self.app.db else KeyStore(db, self.app.vault, self.world.clock, origin="practice")
        return Checking(
            db=db,
            keys=keys,
            trail=Trail(db, self.world.clock),
            client=client or self.client,
            clock=self.world.clock,
            pause=self.pause,
            stopping=lambda: len(self.waits) >= self.stop_after,
        )

    def check(self, *last4: str, checking: Checking | None = None) -> list[KeyChecked]:
        keys: Sequence[Key] = [self.app.keys.find(one) for one in last4] or self.app.keys.list()
        return self.follow((checking or self.checking()).run(keys))

    def follow(self, run: Generator[CheckEvent, None, tuple[KeyChecked, ...]]) -> list[KeyChecked]:
        self.events.clear()
        while True:
            try:
                self.events.append(next(run))
            except StopIteration as end:
                return list(end.value)

    def account(self, last4: str) -> Account:
        wanted = self.app.keys.find(last4).account_id
        return next(one for one in self.app.keys.accounts() if one.id == wanted)

    def asked(self) -> int:
        return sum(entry.path == USAGE for entry in self.world.journal)


Start = Callable[[Scenario], Desk]


def world_of(*accounts: tuple[str, int], category: str = "ANY", **more: object) -> Scenario:
    """A world of these (label, number of keys); key numbers go on from account to account."""
    world, keys = World(), []
    for label, count in accounts:
        mine = [key(len(keys) + n) for n in range(1, count + 1)]
        world.account(label, mine, **more)
        keys += [PracticeKey(f"Key {len(keys) + n}", one, label, category) for n, one in enumerate(mine, 1)]
    world.clock.set(START)
    return Scenario(world, tuple(keys))


@pytest.fixture
def desk(practice: Callable[[Scenario], Any]) -> Iterator[Start]:
    with ExitStack() as stack:

        def start(scenario: Scenario) -> Desk:
            bench = practice(scenario)
            client = stack.enter_context(LushaClient(bench.url))
            return Desk(bench, client, scenario.world, bench.app)

        yield start


def test_a_fine_key_tells_its_accounts_balance_plan_prices_and_windows_for_nothing(desk: Start) -> None:
    at = desk(world_of(("Sales", 1), credits=300.0, total=2000.0, plan="professional"))
    (one,) = at.check()
    account = at.account("0001")
    assert (one.outcome, one.said, one.http, one.reused, one.asked) == (CheckOutcome.FINE, "Accepted.", 200, False, True)
    assert (account.plan, account.credits_left, account.credits_total) == ("professional", 300, 2000)
    assert account.usage_at == datetime.fromtimestamp(START, UTC)
    assert "revealPhone" in account.pricing
    with at.app.db.read() as con:
        windows = con.execute("SELECT key_id, span, lim, used, source FROM windows ORDER BY span").fetchall()
    assert windows == [("", 60, 300, 0, "USAGE"), ("", 3600, 1800, 0, "USAGE"), ("", 86400, 18000, 0, "USAGE")]
    assert one.day_left == 18_000
    assert (one.key.last_used_at, account.last_used_at) == (None, None)
    assert (at.world.posts, at.world.charged()) == (0, 0)


def test_an_empty_account_is_said_as_such(desk: Start) -> None:
    at = desk(world_of(("Sales", 1), credits=0.0, total=50.0))
    (one,) = at.check()
    assert (one.outcome, one.said) == (CheckOutcome.FINE, "Accepted, but the account has no credits left.")
    assert one.key.status is KeyStatus.ACTIVE  # the balance is a hint; only a refusal marks


def test_every_key_of_an_account_is_asked_for_itself(desk: Start) -> None:
    at = desk(world_of(("Sales", 3)))
    at.world.revoked.add(key(2))
    checks = at.check()
    assert [one.outcome for one in checks] == [CheckOutcome.FINE, CheckOutcome.REFUSED, CheckOutcome.FINE]
    bad = at.app.keys.find("0002")
    assert (bad.status, bad.reason) == (KeyStatus.INVALID, Reason.REFUSED)
    assert "...0002 was refused" in checks[1].said
    assert at.app.keys.find("0001").is_active
    (entry,) = [one for one in at.app.trail.entries() if one.action == "status"]
    assert (entry.actor, entry.last4, entry.to_status, entry.message) == ("check", "0002", "INVALID", contract.BAD_KEY)


@pytest.mark.parametrize(
    ("status", "message", "state", "reason", "marked"),
    [
        (400, contract.BAD_FORMAT, KeyStatus.INVALID, Reason.FORMAT, ["0001"]),
        (403, contract.INACTIVE, KeyStatus.INVALID, Reason.ACCOUNT_OFF, ["0001", "0002"]),
        (403, contract.NO_V3, KeyStatus.PLAN_LIMIT, Reason.V3_OFF, ["0001", "0002"]),
    ],
)
def test_a_refusal_marks_the_key_or_all_keys_of_the_account(
    desk: Start, status: int, message: str, state: KeyStatus, reason: Reason, marked: list[str]
) -> None:
    at = desk(world_of(("Sales", 2), ("Other", 1)))
    at.world.fault("status", usage=True, status=status, body=contract.plain(status, message))
    (one,) = at.check("0001")
    assert (one.outcome, one.key.status, one.key.reason) == (CheckOutcome.REFUSED, state, reason)
    assert [each.last4 for each in at.app.keys.list() if each.status is state] == marked


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"how": "status", "status": 503, "body": "<html>busy</html>"}, "Lusha has a problem right now (503)"),
        ({"how": "status", "status": 200, "body": "<html>Sign in</html>"}, "The answer was not Lusha's"),
        ({"how": "status", "status": 403, "body": "<html>Sign in</html>"}, "A proxy or sign-in page answered"),
        ({"how": "status", "status": 401, "body": contract.plain(401, contract.NO_KEY)}, "The key did not arrive"),
        ({"how": "status", "status": 404, "body": contract.NO_ROUTE}, "did not answer as expected"),
        ({"how": "status", "status": 402, "body": contract.plain(402, contract.NO_CREDITS)}, contract.NO_CREDITS),
        ({"how": "status", "status": 429, "body": contract.plain(429, contract.TRIAL)}, "trial limit"),
        ({"how": "status", "status": 403, "body": contract.plain(403, "not in your plan")}, "not in your plan"),
        ({"how": "close"}, "No complete answer came"),
        ({"how": "cut"}, "No complete answer came"),
    ],
)
def test_what_is_not_about_the_key_leaves_it_as_it_was_and_is_said(desk: Start, fault: dict[str, object], said: str) -> None:
    at = desk(world_of(("Sales", 1)))
    at.world.fault(**fault, usage=True)
    before = at.app.keys.list()
    (one,) = at.check()
    assert (one.outcome, one.asked, one.key) == (CheckOutcome.UNCLEAR, False, before[0])
    assert said in one.said
    assert at.app.keys.list() == before
    assert at.app.trail.evidence(before[0]) == []
    assert at.account("0001").usage_at is None


def test_without_a_network_nobody_else_is_asked(desk: Start) -> None:
    at = desk(world_of(("One", 1), ("Two", 1)))
    with LushaClient("http://127.0.0.1:9") as nowhere:  # nobody listens at the discard port
        checks = at.check(checking=at.checking(nowhere))
    assert [one.outcome for one in checks] == [CheckOutcome.UNCLEAR, CheckOutcome.NOT_ASKED]
    assert all("No network" in one.said for one in checks)


def test_after_three_failures_of_lusha_nobody_else_is_asked(desk: Start) -> None:
    at = desk(world_of(*((f"A{n}", 1) for n in range(5))))
    at.world.fault("status", times=-1, usage=True, status=502, body="")
    checks = at.check()
    assert [one.outcome for one in checks] == [CheckOutcome.UNCLEAR] * 3 + [CheckOutcome.NOT_ASKED] * 2


# -- how often --------------------------------------------------------------------------------------------------------
def times_within_a_minute(world: World) -> int:
    times = sorted(entry.at for entry in world.journal if entry.path == USAGE)
    return max(sum(at <= other < at + 60 for other in times) for at in times)


def test_an_account_is_asked_four_times_a_minute_and_the_wait_is_visible(desk: Start) -> None:
    at = desk(world_of(("Sales", 10), ("Other", 1)))
    checks = at.check()
    assert all(one.outcome is CheckOutcome.FINE for one in checks)
    assert times_within_a_minute(at.world) == 5  # four of the one account, one of the other
    assert sum(isinstance(event, Waiting) for event in at.events) == len(at.waits) == 2
    assert at.waits == [60.0, 60.0]
    order = [event.key.last4 for event in at.events if isinstance(event, KeyChecked)]
    assert order.index("0011") == 4  # the other account does not wait for the busy one


def test_another_program_shares_the_limit(desk: Start) -> None:
    at = desk(world_of(("Sales", 8)))
    at.check("0001", "0002", "0003")
    with Database(at.app.db.path) as other:
        checks = at.check("0004", "0005", "0006", checking=at.checking(db=other))
    assert all(one.outcome is CheckOutcome.FINE for one in checks)
    assert times_within_a_minute(at.world) == 4
    assert at.waits == [60.0]


def test_a_clock_that_was_put_back_holds_nobody_up(desk: Start) -> None:
    at = desk(world_of(("Sales", 5)))
    at.check("0001", "0002", "0003", "0004")
    at.world.clock.set(START - 86_400)
    (one,) = at.check("0005")
    assert (one.outcome, at.waits) == (CheckOutcome.FINE, [])


def test_what_was_heard_within_a_minute_is_used_again(desk: Start) -> None:
    at = desk(world_of(("Sales", 2)))
    at.world.revoked.add(key(2))
    at.check()
    at.world.clock.forward(60)
    again = at.check()
    assert (at.asked(), [one.reused for one in again]) == (2, [True, True])
    assert [one.outcome for one in again] == [CheckOutcome.FINE, CheckOutcome.REFUSED]
    assert again[0].day_left == 18_000
    at.world.clock.forward(1)
    at.check()
    assert at.asked() == 4


def test_a_new_secret_is_asked_anew(desk: Start) -> None:
    at = desk(world_of(("Sales", 1)))
    at.world.revoked.add(key(1))
    at.world.keys[key(77)] = "Sales"
    at.check()
    at.app.keys.replace_secret(at.app.keys.find("0001").id, Secret(key(77)))
    (one,) = at.check()
    assert (one.outcome, one.reused, one.key.is_active) == (CheckOutcome.FINE, False, True)


def test_too_many_questions_change_nothing_and_are_put_once_more_after_a_minute(desk: Start) -> None:
    at = desk(world_of(("Sales", 1)))
    fault = at.world.fault("status", usage=True, status=429, body=contract.plain(429, contract.TOO_MANY))
    (one,) = at.check()
    assert (one.outcome, at.waits) == (CheckOutcome.FINE, [60.0])
    at.world.clock.forward(61)
    fault.times = 2
    (one,) = at.check()
    assert (one.outcome, one.http) == (CheckOutcome.LIMITED, 429)
    assert one.key.is_active
    assert [row.kind for row in at.app.trail.evidence(one.key)] == []


def test_a_stop_ends_the_wait_and_the_rest_is_not_asked(desk: Start) -> None:
    at = desk(world_of(("Sales", 6)))
    at.stop_after = 1
    checks = at.check()
    assert [one.outcome for one in checks] == [CheckOutcome.FINE] * 4 + [CheckOutcome.NOT_ASKED] * 2
    assert checks[5].said == "Not asked before the stop."


def test_the_window_of_an_app_stops_a_check_too(desk: Start) -> None:
    at = desk(world_of(("Sales", 2)))
    at.app.stop.set()
    checks = at.follow(at.app.checking.run(at.app.keys.list()))
    assert ([one.outcome for one in checks], at.asked()) == ([CheckOutcome.NOT_ASKED] * 2, 0)


# -- keys that change meanwhile ---------------------------------------------------------------------------------------
class Meddling(LushaClient):
    """Does something to the keys while a question is under way."""

    def __init__(self, url: str, deed: Callable[[], object]) -> None:
        super().__init__(url)
        self.deed = deed

    def usage(self, secret: Secret) -> UsageReply:
        reply = super().usage(secret)
        self.close()
        self.deed()
        return reply


def test_a_refusal_of_the_old_secret_says_nothing_of_the_new_one(desk: Start) -> None:
    at = desk(world_of(("Sales", 1)))
    at.world.revoked.add(key(1))
    mine = at.app.keys.find("0001")
    deed = Meddling(at.bench.url, lambda: at.app.keys.replace_secret(mine.id, Secret(key(77))))
    (one,) = at.check(checking=at.checking(deed))
    assert one.outcome is CheckOutcome.REFUSED
    assert (one.key.last4, one.key.status) == ("0077", KeyStatus.ACTIVE)


def test_a_secret_replaced_just_before_the_call_is_the_one_that_is_asked(desk: Start) -> None:
    at = desk(world_of(("Sales", 1)))
    at.world.keys[key(77)] = "Sales"
    at.world.revoked.add(key(1))
    mine, deeds = at.app.keys.find("0001"), [lambda: at.app.keys.replace_secret(mine.id, Secret(key(77)))]

    def swap(_read: Secret) -> None:
        if deeds:
            deeds.pop()()

    checking = at.checking()
    checking._keys = KeyStore(at.app.db, at.app.vault, at.world.clock, origin="practice", learn=swap)
    (one,) = at.check(checking=checking)
    assert (one.outcome, one.key.last4, at.asked()) == (CheckOutcome.FINE, "0077", 1)


def test_a_key_removed_meanwhile_is_no_trouble(desk: Start) -> None:
    at = desk(world_of(("Sales", 2)))
    first, second = at.app.keys.list()
    deed = Meddling(at.bench.url, lambda: at.app.keys.remove(second.id))
    checks = at.check(checking=at.checking(deed))
    assert [(one.key.id, one.outcome) for one in checks] == [(first.id, CheckOutcome.FINE), (second.id, CheckOutcome.NOT_ASKED)]
    assert checks[1].said == "It was removed meanwhile."


def test_a_key_removed_while_it_is_asked_leaves_nothing_behind(desk: Start) -> None:
    at = desk(world_of(("Sales", 1)))
    mine = at.app.keys.find("0001")
    (one,) = at.check(checking=at.checking(Meddling(at.bench.url, lambda: at.app.keys.remove(mine.id))))
    assert one.outcome is CheckOutcome.FINE
    with at.app.db.read() as con:
        assert con.execute("SELECT count(*) FROM checks").fetchone() == (0,)


def test_a_key_without_its_secret_is_not_asked(desk: Start) -> None:
    at = desk(world_of(("Sales", 1)))
    at.app.vault.kept.clear()
    (one,) = at.check()
    assert (one.outcome, at.asked()) == (CheckOutcome.SECRET_MISSING, 0)
    assert "Enter it again" in one.said


# -- what a fine answer disproves -------------------------------------------------------------------------------------
def empty(at: Desk) -> None:
    """Lusha says 402 to a look-up, for every key of the account."""
    label = at.app.keys.list()[0].account
    at.world.accounts[label].credits = 0.0
    at.bench.run([DAN])
    assert {one.reason for one in at.app.keys.list()} == {Reason.CREDITS}
    at.world.clock.forward(61)


def test_credits_that_are_back_let_the_account_be_probed(desk: Start) -> None:
    at = desk(world_of(("Sales", 2)))
    empty(at)
    at.check("0001")
    assert not any(one.usable(at_now(at)) for one in at.app.keys.list())
    at.world.accounts["Sales"].credits = 50.0
    at.world.clock.forward(61)
    at.check("0001")
    for one in at.app.keys.list():
        assert (one.status, one.reason, one.usable(at_now(at))) == (KeyStatus.EXHAUSTED, Reason.CREDITS, True)
        assert one.last_used_at is None
    assert {entry.actor for entry in at.app.trail.entries() if entry.action == "status"} == {"run", "check"}
    at.bench.run([DAN])
    assert {one.status for one in at.app.keys.list()} == {KeyStatus.ACTIVE}


def test_credits_for_an_email_only_wake_the_email_keys_only(desk: Start) -> None:
    scenario = world_of(("Sales", 2))
    first, second = scenario.keys
    at = desk(Scenario(scenario.world, (replace(first, category="PHONE_ONLY"), replace(second, category="EMAIL_ONLY"))))
    empty(at)
    at.world.accounts["Sales"].credits = 2.0
    at.check("0001")
    now = at_now(at)
    assert [one.usable(now) for one in at.app.keys.list()] == [False, True]


def test_credits_for_less_than_a_row_wake_nobody(desk: Start) -> None:
    at = desk(world_of(("Sales", 1)))
    empty(at)
    at.world.accounts["Sales"].credits = 1.0
    at.check()
    assert not at.app.keys.find("0001").usable(at_now(at))


def test_a_balance_read_right_after_a_refusal_wakes_nobody(desk: Start) -> None:
    at = desk(world_of(("Sales", 1)))
    at.world.accounts["Sales"].credits = 0.0
    at.bench.run([DAN])
    at.world.accounts["Sales"].credits = 50.0  # as a lagging balance would show
    at.world.clock.forward(29)
    at.check()
    assert not at.app.keys.find("0001").usable(at_now(at))


def test_a_days_limit_is_not_ended_by_a_fine_answer(desk: Start) -> None:
    at = desk(world_of(("Sales", 1), limits={"daily": 0}))
    at.bench.run([DAN])
    before = at.app.keys.find("0001")
    assert before.reason is Reason.DAY
    at.check()
    assert at.app.keys.find("0001") == before


@pytest.mark.parametrize(("plan", "usable"), [("practice", False), ("premium", True), ("PRACTICE", False)])
def test_another_plan_ends_a_plan_limit(desk: Start, plan: str, usable: bool) -> None:
    at = desk(world_of(("Sales", 1), category="PHONE_ONLY", forbids="phones"))
    at.check()
    at.bench.run([DAN])
    assert at.app.keys.find("0001").status is KeyStatus.PLAN_LIMIT
    at.world.accounts["Sales"].plan = plan
    at.world.clock.forward(61)
    at.check()
    assert at.app.keys.find("0001").is_active is usable


def test_an_answer_at_all_shows_that_v3_is_on(desk: Start) -> None:
    at = desk(world_of(("Sales", 2)))
    at.world.accounts["Sales"].v3 = False
    at.check("0001")
    assert {one.reason for one in at.app.keys.list()} == {Reason.V3_OFF}
    at.world.accounts["Sales"].v3 = True
    at.check("0002")
    assert all(one.is_active for one in at.app.keys.list())


def test_a_refused_key_that_is_accepted_again_waits_for_its_owner(desk: Start) -> None:
    at = desk(world_of(("Sales", 1)))
    at.world.revoked.add(key(1))
    at.check()
    at.world.revoked.clear()
    at.world.clock.forward(61)
    (one,) = at.check()
    assert (one.outcome, one.key.status) == (CheckOutcome.FINE, KeyStatus.INVALID)
    assert "keys reactivate" in one.said


# -- balance and windows ----------------------------------------------------------------------------------------------
def test_right_after_a_charge_our_own_lower_balance_is_kept(desk: Start) -> None:
    at = desk(world_of(("Sales", 1), credits=100.0))
    at.check()
    at.world.clock.forward(61)
    at.bench.run([DAN])
    with at.app.db.write() as con:
        con.execute("UPDATE accounts SET credits_left=94")
    at.world.balance_lag_s = 300.0
    at.world.clock.forward(29)
    at.check()
    assert at.account("0001").credits_left == 94
    at.world.clock.forward(61)
    at.check()
    assert at.account("0001").credits_left == 100  # told again long after the charge: the usage answer corrects


@pytest.mark.parametrize("skew", [0.0, 3600.0, -86_400.0])
def test_reset_times_are_moved_to_this_computers_clock(desk: Start, skew: float) -> None:
    at = desk(world_of(("Sales", 1)))
    at.world.date_skew_s = skew
    at.bench.run([DAN])  # starts the windows
    at.world.clock.forward(30)
    at.check()
    with at.app.db.read() as con:
        rows = con.execute("SELECT span, used, start FROM windows WHERE source='USAGE' ORDER BY span").fetchall()
    assert [(span, used) for span, used, _start in rows] == [(60, 1), (3600, 1), (86400, 1)]
    assert all(abs(start - START) <= 1.5 for _span, _used, start in rows)


def test_a_window_the_plan_does_not_have_is_forgotten(desk: Start) -> None:
    at = desk(world_of(("Sales", 1)))
    at.check()
    del at.world.accounts["Sales"].limits["hourly"]
    at.world.clock.forward(61)
    at.check()
    with at.app.db.read() as con:
        assert con.execute("SELECT span FROM windows ORDER BY span").fetchall() == [(60,), (86400,)]


# -- hints ------------------------------------------------------------------------------------------------------------
def test_keys_that_tell_the_same_balance_look_like_one_account(desk: Start) -> None:
    scenario = world_of(("Shared", 3), ("Fresh", 2), credits=2000.0)
    scenario.world.accounts["Shared"].credits = 1234.0
    keys = [replace(one, account="" if n != 0 else "Sales DE") for n, one in enumerate(scenario.keys)]
    at = desk(Scenario(scenario.world, tuple(keys)))
    checks = at.check()
    (hint,) = look_alike(checks, {one.id: one for one in at.app.keys.accounts()})
    assert [one.last4 for one in hint.keys] == ["0001", "0002", "0003"]  # untouched balances are alike by nature
    assert hint.sentence == (
        "Keys ...0001, ...0002 and ...0003 look like one Lusha account: same balance (1,234 of 2,000) and plan. Put them"
        ' together: lusha-enrich keys edit 0002 --account "Sales DE", then lusha-enrich keys edit 0003 --account "Sales DE"'
    )
    assert len({one.account_id for one in at.app.keys.list()}) == 5  # nothing was merged


@pytest.mark.parametrize("change", ["credits", "total", "plan", "limits"])
def test_one_difference_is_enough_for_two_accounts(desk: Start, change: str) -> None:
    at = desk(world_of(("One", 1), ("Two", 1), credits=1234.0, total=2000.0))
    other = {"credits": 1233.0, "total": 2001.0, "plan": "premium", "limits": {"minute": 50, "daily": 18_000}}[change]
    setattr(at.world.accounts["Two"], change, other)
    assert look_alike(at.check(), {one.id: one for one in at.app.keys.accounts()}) == ()


def test_keys_of_one_account_are_no_news(desk: Start) -> None:
    at = desk(world_of(("One", 3), credits=1234.0, total=2000.0))
    assert look_alike(at.check(), {one.id: one for one in at.app.keys.accounts()}) == ()


def test_no_check_shows_a_key(desk: Start) -> None:
    at = desk(world_of(("Sales", 2)))
    at.world.revoked.add(key(2))
    shown = repr((at.check(), at.events, at.app.trail.entries()))
    assert key(1)[-12:] not in shown
    assert key(2)[-12:] not in shown


def at_now(at: Desk) -> datetime:
    return datetime.fromtimestamp(at.world.clock(), UTC)
