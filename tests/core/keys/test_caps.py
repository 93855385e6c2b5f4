"""What a day may cost: caps of keys, accounts and everything together, counted from the attempts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from sqlite3 import Connection

import pytest

from core.database import Database
from core.errors import UsageError
from core.keys import attempts, caps
from core.keys.caps import Caps, CapScope
from core.keys.store import KeyStore
from core.keys.trail import Trail
from core.model import Category, Key

NewKey = Callable[[], str]
NOON = datetime(2026, 11, 24, 12).astimezone()
MIDNIGHT = datetime(2026, 11, 24).astimezone()


@pytest.fixture
def keys(store: KeyStore, new_key: NewKey) -> tuple[Key, ...]:
    """Two keys of one account and one of another."""
    lines = [f"One,{new_key()},Sales", f"Two,{new_key()},Sales", f"Three,{new_key()},Other"]
    return store.add_many(lines, Category.ANY).new


def spend(con: Connection, key: Key, at: datetime, *, reserved: float, charged: float | None = None, done: bool = True) -> None:
    seq = attempts.open_attempt(con, key, job="j", rows=1, credits=reserved, at=at.timestamp(), probe=False, owner="")
    if done:
        attempts.close_attempt(con, seq, at=at.timestamp(), http=200, outcome="R01", charged=charged)


def test_a_request_counts_with_its_charge_or_else_with_the_most_it_can_cost(db: Database, keys: tuple[Key, ...]) -> None:
    one, two, other = keys
    with db.write() as con:
        spend(con, one, NOON, reserved=6, charged=1)
        spend(con, one, NOON, reserved=6, charged=0)  # never sent, or nobody found
        spend(con, two, NOON, reserved=6, done=False)  # under way
        spend(con, two, NOON, reserved=30, charged=None)  # the answer was lost
        spend(con, other, NOON, reserved=6, charged=6)
        assert caps.spent_today(con, CapScope.KEY, one.id, NOON) == 1
        assert caps.spent_today(con, CapScope.KEY, two.id, NOON) == 36
        assert caps.spent_today(con, CapScope.ACCOUNT, one.account_id, NOON) == 37
        assert caps.spent_today(con, CapScope.POOL, "", NOON) == 43


def test_a_day_begins_at_local_midnight(db: Database, keys: tuple[Key, ...]) -> None:
    with db.write() as con:
        spend(con, keys[0], MIDNIGHT - timedelta(seconds=1), reserved=6, charged=6)
        spend(con, keys[0], MIDNIGHT, reserved=6, charged=5)
        assert caps.spent_today(con, CapScope.KEY, keys[0].id, NOON) == 5
        assert caps.spent_today(con, CapScope.KEY, keys[0].id, NOON.astimezone(UTC)) == 5
        assert caps.spent_today(con, CapScope.KEY, keys[0].id, MIDNIGHT + timedelta(days=1)) == 0
    assert caps.day_start(NOON) == MIDNIGHT


def test_the_narrowest_cap_decides_and_without_one_there_is_no_limit(db: Database, keys: tuple[Key, ...]) -> None:
    one, two, other = keys
    with db.write() as con:
        spend(con, one, NOON, reserved=6, charged=6)
        spend(con, other, NOON, reserved=6, charged=6)
        assert caps.left(con, one, NOON) is None
        caps.set_cap(con, CapScope.POOL, "", 100)
        assert caps.left(con, one, NOON) == 88
        caps.set_cap(con, CapScope.ACCOUNT, one.account_id, 20)
        assert (caps.left(con, one, NOON), caps.left(con, two, NOON), caps.left(con, other, NOON)) == (14, 14, 88)
        caps.set_cap(con, CapScope.KEY, one.id, 5)
        assert (caps.left(con, one, NOON), caps.left(con, two, NOON)) == (0, 14)  # passed already: nothing is left, not less
        caps.set_cap(con, CapScope.KEY, one.id, 10)
        assert caps.left(con, one, NOON) == 4
        assert caps.get_cap(con, CapScope.KEY, one.id) == 10
        assert caps.remove_cap(con, CapScope.KEY, one.id)
        assert not caps.remove_cap(con, CapScope.KEY, one.id)
        assert caps.left(con, one, NOON) == 14


def test_a_cap_holds_inside_the_transaction_that_reserves(db: Database, keys: tuple[Key, ...]) -> None:
    with db.write() as con:
        caps.set_cap(con, CapScope.POOL, "", 12)
        spend(con, keys[0], NOON, reserved=6, done=False)
        assert caps.left(con, keys[2], NOON) == 6
        spend(con, keys[2], NOON, reserved=6, done=False)
        assert caps.left(con, keys[1], NOON) == 0


def test_caps_are_set_listed_taken_away_and_stand_in_the_trail(
    db: Database, store: KeyStore, keys: tuple[Key, ...], clock: Callable[[], float]
) -> None:
    trail = Trail(db, clock)
    desk = Caps(db, trail, clock)
    desk.all_keys(200)
    desk.account(" sales ", 50)
    desk.key(keys[0], 12.5)
    with db.write() as con:
        spend(con, keys[0], datetime.fromtimestamp(clock(), UTC), reserved=6, charged=6)
    found = desk.list()
    assert [(one.name, one.limit, one.spent, one.left) for one in found] == [
        ("All keys", 200, 6, 194),
        ("Sales", 50, 6, 44),
        ("One", 12.5, 6, 6.5),
    ]
    desk.key(keys[0], None)
    desk.all_keys(None)
    store.remove(keys[1].id)
    assert [one.name for one in desk.list()] == ["Sales"]
    said = [entry.message for entry in reversed(trail.entries()) if entry.action == "cap"]
    assert said == [
        "all keys: 200 credits a day",
        "account sales: 50 credits a day",
        "key: 12.5 credits a day",
        "key: no cap",
        "all keys: no cap",
    ]
    with pytest.raises(UsageError, match="No such account"):
        desk.account("Nobody", 5)


def test_the_cap_of_a_removed_key_is_not_shown(
    db: Database, store: KeyStore, keys: tuple[Key, ...], clock: Callable[[], float]
) -> None:
    desk = Caps(db, Trail(db, clock), clock)
    desk.key(keys[0], 5)
    store.remove(keys[0].id)
    assert desk.list() == ()
