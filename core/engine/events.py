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
    """A row has its answer. It is in the journal already."""

    row: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class KeyBack:
    """A key that was out can be used again; ``why`` is the end of a sentence."""

    last4: str
    account: str
    why: str


@dataclass(frozen=True, slots=True)
class PoolResting:
    """Every account failed in the same way at once: nobody is blamed, ``voided`` marks were taken back."""

    until: datetime
    voided: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing is asked until ``until``; ``why`` is a sentence."""

    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Alert:
    """Something the owner of the keys should know; ``code`` is stable, ``text`` a sentence."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``rows`` that had to be asked for; ``found`` of them; ``credits`` used so far.

    ``in_flight`` requests are under way; ``eta_s`` is None as long as nothing can be said.
    """

    done: int
    rows: int
    found: int
    credits: float
    in_flight: int = 0
    eta_s: float | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """Nothing happened for a moment: whoever iterates may look after other things."""


Event = (
    JobStarted
    | KeyTrying
    | KeyMarked
    | KeySucceeded
    | KeySkipped
    | KeyBack
    | PoolResting
    | RowDone
    | Waiting
    | Alert
    | Progress
    | Tick
)
