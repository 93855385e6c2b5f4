"""Pure: the order in which keys are tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from core.model import Key


class Move(StrEnum):
    UP = "up"
    DOWN = "down"
    TOP = "top"
    TO = "to"


def moved(keys: Sequence[Key], key_id: str, move: Move, to: int = 0) -> list[Key]:
    """``keys`` (in order) with one of them elsewhere; ``to`` counts from 1, beyond the ends means the end.

    Priority comes before position, so a key that passes keys of another priority takes theirs on.
    """
    rest = [key for key in keys if key.id != key_id]
    place = next(index for index, key in enumerate(keys) if key.id == key_id)
    match move:
        case Move.UP:
            target = place - 1
        case Move.DOWN:
            target = place + 1
        case Move.TOP:
            target = 0
        case Move.TO:
            target = to - 1
    target = min(max(target, 0), len(rest))
    key = keys[place]
    least = rest[target - 1].priority if target > 0 else key.priority
    most = rest[target].priority if target < len(rest) else key.priority
    priority = min(max(key.priority, least), most) if least <= most else most if target == 0 else least
    return [*rest[:target], replace(key, priority=priority), *rest[target:]]
