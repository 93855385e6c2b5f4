"""Pure: what an account pays, as its usage answer said; assumed where it did not say."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from core.model import Kind

_SEARCH, _PHONE, _EMAIL = "contactSearch", "revealPhone", "revealEmail"  # Lusha's names


@dataclass(frozen=True, slots=True)
class Prices:
    """In credits: one ``search`` for up to ``search_covers`` people, and each person's ``phone`` or ``email``.

    ``assumed``: at least one of them is a guess, because the account has not told it yet.
    """

    search: float = 1.0
    search_covers: int = 25
    phone: float = 5.0
    email: float = 1.0
    assumed: bool = True

    def person(self, kinds: frozenset[Kind]) -> float:
        """What one person with all of ``kinds`` costs on top of the search."""
        return (self.phone if Kind.PHONES in kinds else 0.0) + (self.email if Kind.EMAILS in kinds else 0.0)

    def worst(self, rows: int, kinds: frozenset[Kind], *, by_id: bool = False) -> float:
        """The most that ``rows`` people can cost; by Lusha's ids the search is not charged."""
        searches = 0 if by_id else math.ceil(rows / self.search_covers)
        return searches * self.search + rows * self.person(kinds)

    def affordable(self, credits: float, kinds: frozenset[Kind], most: int, *, by_id: bool = False) -> int:
        """For how many of ``most`` people the worst case stays within ``credits``."""
        fits = (n for n in range(most, 0, -1) if self.worst(n, kinds, by_id=by_id) <= credits)
        return next(fits, 0)


ASSUMED = Prices()


@lru_cache(maxsize=1024)  # of as many accounts; every turn of a run looks at all of them
def prices_of(pricing: str | None) -> Prices:
    """The prices kept in ``accounts.pricing``; whatever is absent or unreadable there is assumed (Lusha's price list)."""
    told = _entries(pricing)
    assumed = ASSUMED
    search = _entry(told.get(_SEARCH))
    phone, email = _each(told.get(_PHONE)), _each(told.get(_EMAIL))
    return Prices(
        search[0] if search else assumed.search,
        search[1] if search else assumed.search_covers,
        assumed.phone if phone is None else phone,
        assumed.email if email is None else email,
        assumed=search is None or phone is None or email is None,
    )


def priced(prices: Mapping[str, tuple[float, int]]) -> str:
    """The text to keep in ``accounts.pricing`` for `core.lusha.reply.Usage.prices`."""
    return json.dumps({name: list(price) for name, price in sorted(prices.items())})


def _entries(pricing: str | None) -> dict[str, Any]:
    try:
        read = json.loads(pricing or "{}")
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _entry(value: object) -> tuple[float, int] | None:
    """Credits and for how many, when both make sense."""
    match value:
        case [bool(), _] | [_, bool()]:
            return None
        case [int() | float() as credits, int() as covers] if math.isfinite(credits) and credits >= 0 and covers >= 1:
            return float(credits), covers
        case _:
            return None


def _each(value: object) -> float | None:
    entry = _entry(value)
    return None if entry is None else entry[0] / entry[1]
