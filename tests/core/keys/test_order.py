"""Moving keys: pure."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.keys.order import Move, moved
from core.model import Category, Key, KeyStatus, SecretState


def key(name: str, priority: int = 100) -> Key:
    return Key(
        id=name,
        label=name,
        account_id="a",
        account="a",
        last4="0000",
        category=Category.ANY,
        status=KeyStatus.ACTIVE,
        paused=False,
        secret=SecretState.HELD,
        reason=None,
        retry_at=None,
        priority=priority,
        position=0,
        last_used_at=None,
        added_at=datetime(2026, 11, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("name", "move", "to", "order"),
    [
        ("c", Move.UP, 0, "acbd"),
        ("a", Move.UP, 0, "abcd"),
        ("b", Move.DOWN, 0, "acbd"),
        ("d", Move.DOWN, 0, "abcd"),
        ("d", Move.TOP, 0, "dabc"),
        ("a", Move.TO, 3, "bcad"),
        ("a", Move.TO, 99, "bcda"),
        ("c", Move.TO, -5, "cabd"),
        ("b", Move.TO, 2, "abcd"),
    ],
)
def test_a_key_goes_where_it_is_told(name: str, move: Move, to: int, order: str) -> None:
    assert "".join(one.id for one in moved([key(n) for n in "abcd"], name, move, to)) == order


@pytest.mark.parametrize("to", [1, 2, 3, 4])
@pytest.mark.parametrize("name", ["a", "b", "c", "d"])
def test_priorities_stay_in_order_so_that_the_move_shows(name: str, to: int) -> None:
    """Priority comes before position: without taking the neighbour's a move across priorities would be undone."""
    keys = [key("a", 10), key("b", 50), key("c", 50), key("d", 90)]
    got = moved(keys, name, Move.TO, to)
    assert got[to - 1].id == name
    assert [one.priority for one in got] == sorted(one.priority for one in got)
