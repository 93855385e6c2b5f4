"""What happens during a run, as values: whoever iterates gets them in order, on his own thread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.model import Answer, KeyStatus, Kind, Reason


@dataclass(frozen=True, slots=True)
class JobStarted:
    """``total`` rows in the sheet's scope, ``to_send`` of them have to be asked for with ``keys`` usable keys."""

    kinds: frozenset[Kind]
    total: int
    to_send: int
    keys: int


@dataclass(frozen=True, slots=True)
class KeyTrying:
    """``ordinal`` is the key's place in the snapshot of ``of`` keys taken at the start."""

    ordinal: int
    of: int
    last4: str
    label: str
    account: str
    rows: int


@dataclass(frozen=True, slots=True)
class KeyMarked:
    last4: str
    account: str
    status: KeyStatus
    reason: Reason
    retry_at: datetime | None
    http: int
    message: str


@dataclass(frozen=True, slots=True)
class KeySucceeded:
    last4: str
    account: str
    rows: int
    credits: float | None


@dataclass(frozen=True, slots=True)
class KeySkipped:
    """Not tried: its secret is missing or it left meanwhile. Its status is not changed."""

    last4: str
    why: str


@dataclass(frozen=True, slots=True)
class RowDone:
    row: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing is asked until ``until``; ``why`` is a sentence."""

    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Progress:
    done: int
    rows: int
    found: int
    credits: float


Event = JobStarted | KeyTrying | KeyMarked | KeySucceeded | KeySkipped | RowDone | Waiting | Progress
