"""Worlds to practise in, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.world import World


@dataclass(frozen=True, slots=True)
class PracticeKey:
    """A key to add: ``category`` is PHONE_ONLY, EMAIL_ONLY or ANY."""

    label: str
    key: str
    account: str
    category: str = "PHONE_ONLY"


@dataclass(frozen=True, slots=True)
class Scenario:
    world: World
    keys: tuple[PracticeKey, ...]


def key(number: int) -> str:
    """The n-th practice key: plainly fake, shaped like a real one."""
    return f"00000000-0000-4000-8000-{number:012d}"


def _accounts(world: World, count: int, category: str = "PHONE_ONLY", **more: object) -> tuple[PracticeKey, ...]:
    made = []
    for number in range(1, count + 1):
        label = f"Practice {number}"
        world.account(label, [key(number)], **more)
        made.append(PracticeKey(f"Key {number}", key(number), label, category))
    return tuple(made)


def demo() -> Scenario:
    """Five keys for both kinds: a day limit after one request, one revoked, one nearly out of credits, two healthy."""
    world = World()
    keys = _accounts(world, 5, "ANY")
    world.accounts["Practice 1"].limits["daily"] = 1
    world.revoked.add(key(2))
    world.accounts["Practice 3"].credits = 0
    return Scenario(world, keys)


def plenty() -> Scenario:
    """Ten healthy accounts with one key each; 25 requests a second is the only limit."""
    world = World()
    return Scenario(world, _accounts(world, 10, "ANY", credits=1_000_000.0, limits={}, per_second=25))


def _seed(pattern: str) -> Callable[[], Scenario]:
    """A world by what each key answers: k works, 9 says 429, 1 says 401."""

    def made() -> Scenario:
        world = World()
        keys = _accounts(world, len(pattern))
        for one, answer in zip(keys, pattern, strict=True):
            if answer == "9":
                world.accounts[one.account].limits = {"daily": 0}
            elif answer == "1":
                world.revoked.add(one.key)
        return Scenario(world, keys)

    return made


SCENARIOS: dict[str, Callable[[], Scenario]] = {
    "demo": demo,
    "plenty": plenty,
    "seed1": _seed("kkk"),
    "seed2": _seed("9k"),
    "seed3": _seed("9191k"),
    "seed4": _seed("919"),
    "seed5": _seed("kkk"),
}
