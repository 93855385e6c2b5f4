"""What an account is charged: Lusha's own price list where a usage answer gave it, else the usual one, marked assumed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import msgspec

from core.model import Kind


@dataclass(frozen=True, slots=True)
class Prices:
    """Credits: ``search`` for up to ``search_covers`` people that were found, ``phone`` and ``email`` a person."""

    search: float = 1.0
    search_covers: int = 25
    phone: float = 5.0
    email: float = 1.0
    assumed: bool = True

    def person(self, kinds: frozenset[Kind]) -> float:
        """What one person costs for these kinds, without the search."""
        return sum({Kind.PHONES: self.phone, Kind.EMAILS: self.email}[kind] for kind in kinds)

    def worst(self, rows: int, kinds: frozenset[Kind], *, by_id: bool = False) -> float:
        """The most that ``rows`` people can cost; by Lusha's ids the search is not charged."""
        searches = 0 if by_id else math.ceil(rows / self.search_covers)
        return searches * self.search + rows * self.person(kinds)

    def affordable(self, credits: float, kinds: frozenset[Kind], most: int, *, by_id: bool = False) -> int:
        """For how many of ``most`` people the worst case stays within ``credits``."""
        fits = (n for n in range(most, 0, -1) if self.worst(n, kinds, by_id=by_id) <= credits)
        return next(fits, 0)


ASSUMED = Prices()


def prices_of(pricing: str | None) -> Prices:
    """The prices in ``accounts.pricing``: JSON of name to [credits, per how many], as Lusha's usage call names them."""
    if not pricing:
        return ASSUMED
    told = msgspec.json.decode(pricing, type=dict[str, tuple[float, int]])
    search, covers = told.get("contactSearch", (ASSUMED.search, ASSUMED.search_covers))
    return Prices(
        search,
        max(1, covers),
        _each(told, "revealPhone", ASSUMED.phone),
        _each(told, "revealEmail", ASSUMED.email),
        assumed=not {"contactSearch", "revealPhone", "revealEmail"} <= told.keys(),
    )


def _each(told: dict[str, tuple[float, int]], name: str, usual: float) -> float:
    credits, quantity = told.get(name, (usual, 1))
    return credits / max(1, quantity)
