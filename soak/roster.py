"""Who takes part: accounts with their keys, and the people of the lists. All of it follows from the seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from sandbox.people import CAST, Directory, Someone

SHARED = 400  # people that lists are drawn from at one time: so few that lists meet
NEW_EACH_S = 6  # how many of them are replaced by others each second, so that there is always somebody to ask for
CAST_EACH = 6  # people with a trait in each list
OUT = frozenset({"sb-formula", "sb-long-company"})  # about spreadsheets, tested there


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key of the practice server: ``category`` is phones, emails or any."""

    label: str
    key: str
    account: str
    category: str

    @property
    def line(self) -> str:
        return f"{self.label},{self.key},{self.account}"


@dataclass(frozen=True, slots=True)
class Roster:
    """``keys`` are there from the start, ``spare`` join later. ``bad`` are refused for good, ``broke`` have no credits."""

    keys: tuple[KeyLine, ...]
    spare: tuple[KeyLine, ...]
    bad: frozenset[str] = field(default_factory=frozenset)  # last four
    broke: frozenset[str] = field(default_factory=frozenset)  # accounts

    @property
    def all_keys(self) -> tuple[KeyLine, ...]:
        return self.keys + self.spare


def roster_of(seed: int) -> Roster:
    """Ten accounts with one or two keys each, a revoked key, an account without credits, and six keys that join later."""
    rng = random.Random(f"{seed}/keys")
    keys, spare = list[KeyLine](), list[KeyLine]()
    for number in range(1, 11):
        account = f"Soak {number}"
        for _ in range(1 + (number <= 4)):
            keys.append(
                KeyLine(f"Key {len(keys) + 1}", _key(rng, len(keys)), account, ("any", "any", "phones", "emails")[number % 4])
            )
        if number <= 6:
            spare.append(KeyLine(f"Spare {number}", _key(rng, 50 + number), account, "any"))
    bad = KeyLine("Revoked", _key(rng, 90), "Soak 1", "any")
    broke = KeyLine("Broke", _key(rng, 91), "Soak broke", "any")
    rng.shuffle(keys)
    return Roster(
        (*keys[:3], bad, *keys[3:6], broke, *keys[6:]), tuple(spare), frozenset({bad.key[-4:]}), frozenset({broke.account})
    )


def _key(rng: random.Random, number: int) -> str:
    """A practice key with a random tail; the last four tell the keys apart."""
    return f"00000000-0000-4000-8000-{rng.randrange(16**8):08x}{number:02d}{rng.randrange(100):02d}"


def slug(number: int) -> str:
    return f"soak-{number}"


def link(slug_: str) -> str:
    return f"https://www.linkedin.com/in/{slug_}"


def people(rng: random.Random, passed_s: float, rows: int) -> list[str]:
    """The slugs of a list: drawn from those whose time it is, a few of the cast, now and then somebody twice."""
    first = int(passed_s * NEW_EACH_S)
    drawn = [slug(first + rng.randrange(SHARED)) for _ in range(rows)]
    drawn += rng.sample([one.slug for one in CAST if one.slug not in OUT], CAST_EACH)
    rng.shuffle(drawn)
    return drawn


_DIRECTORY = Directory()


def truth(slug_: str) -> Someone:
    """Who the practice server has under this slug."""
    return _DIRECTORY.find({"linkedinUrl": link(slug_)})
