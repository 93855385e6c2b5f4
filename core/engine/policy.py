"""How a run behaves, in one value: everything that differs between ours and the first script this product grew from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from core.engine.verdict import Move, Verdict, judge, judge_seed
from core.lusha.reply import Reply
from core.settings import Settings

BATCH = 25  # one search credit covers 25 people


@dataclass(frozen=True, slots=True)
class Pauses:
    """Seconds before each further try of the same request; the number of entries bounds the tries."""

    lost: tuple[float, ...] = (5.0, 20.0)
    server: tuple[float, ...] = (1.0, 2.0)
    offline: tuple[float, ...] = (5.0, 15.0)

    def of(self, move: Move) -> tuple[float, ...]:
        return {Move.PIN: self.lost, Move.SERVER: self.server, Move.OFFLINE: self.offline}.get(move, ())


@dataclass(frozen=True, slots=True)
class Policy:
    """``batch`` people a request, up to ``most_batch`` where request windows would not carry the rows that are left.

    ``in_flight`` requests and ``rows_in_flight`` people of an account at a time, ``senders`` requests in all. ``order``
    is priority (then place), lru, expiry or in_order. ``wait_s``: a key that is back sooner is waited for.
    """

    batch: int = BATCH
    most_batch: int = 100
    in_flight: int = 4
    rows_in_flight: int = 100
    senders: int = 64
    order: str = "priority"
    wait_s: float = 90.0
    cap_day: float | None = None  # credits a day, all keys together
    paced: bool = True  # slots and request windows are kept
    store: bool = True  # what is known is not asked for again
    guarded: bool = True  # the storm guard and the breaker
    judge: Callable[[Reply], Verdict] = judge
    pauses: Pauses = Pauses()


def policy_of(settings: Settings, pauses: Pauses | None = None) -> Policy:
    """The policy of this home's settings. Raises nothing: the settings were checked when they were read."""
    if settings.strict_seed:
        return replace(seed(), cap_day=settings.cap_day)
    return Policy(order=settings.policy, cap_day=settings.cap_day, pauses=pauses or Pauses())


def seed() -> Policy:
    """The first script's rules: one row a request, one request at a time, every key once for each row, nothing learned.

    A 429 or 401 takes the key out until somebody acts, a 404 means not found, everything else goes on to the next key.
    It may pay twice: nothing is looked up in the store and a lost answer goes to the next key.
    """
    return Policy(
        batch=1,
        most_batch=1,
        in_flight=1,
        senders=1,
        order="in_order",
        wait_s=0.0,
        paced=False,
        store=False,
        guarded=False,
        judge=judge_seed,
        pauses=Pauses((), (), ()),
    )
