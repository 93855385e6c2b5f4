"""What a call to Lusha can come back as. Values only; what they mean for keys and rows is decided elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from core.model import Kind, Person


@dataclass(frozen=True, slots=True)
class Found:
    """A person. Every asked kind is delivered, or in ``kinds_missing`` (final: Lusha has none), or open.

    A kind is open because the account's credits ran out on the way (``billing_failed``), or because providers are
    still working on it (``partial``); an open kind may never be remembered as missing.
    """

    person: Person
    kinds_missing: frozenset[Kind] = frozenset()
    billing_failed: bool = False
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """Lusha knows nobody like this."""

    code: str = "NOT_FOUND"


@dataclass(frozen=True, slots=True)
class Restricted:
    """The person has objected; Lusha may not provide the data."""


@dataclass(frozen=True, slots=True)
class ItemFailed:
    """Lusha failed on this one person, or said something not in its documentation."""

    code: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Absent:
    """The answer says nothing about this person."""


Item: TypeAlias = Found | Missing | Restricted | ItemFailed | Absent


@dataclass(frozen=True, slots=True)
class Window:
    """One request window of an account, in requests. None: Lusha did not say."""

    limit: int | None = None
    left: int | None = None
    used: int | None = None
    resets_at: datetime | None = None  # only a usage answer says it


@dataclass(frozen=True, slots=True)
class Limits:
    """The three windows as the headers of one answer gave them. They count requests, not credits."""

    minute: Window = Window()
    hour: Window = Window()
    day: Window = Window()


@dataclass(frozen=True, slots=True)
class Answered:
    """A complete answer: one item for each person, in the order asked."""

    items: tuple[Item, ...]
    charged: float | None  # credits; None: Lusha did not say, which is not 0
    request_id: str = ""
    status: str = ""  # Lusha's word for the whole answer, upper case; each item decides for itself
    out_of_credits: bool = False
    has_job: bool = False  # providers are still working
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Refused:
    """A complete answer with another status than 2xx. ``json``: the body has one of Lusha's shapes, no proxy's page."""

    http: int
    message: str = ""  # message and errors joined, at most 500 characters, without the key
    json: bool = False
    limits: Limits = Limits()
    retry_after_s: float | None = None
    date: datetime | None = None  # the server's clock


@dataclass(frozen=True, slots=True)
class Lost:
    """Sent, but no complete answer came: it may be done and charged."""

    why: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request never left: no network, no such host, refused, TLS, proxy, no connection in time."""

    why: str


@dataclass(frozen=True, slots=True)
class Garbled:
    """A complete 2xx answer nobody can read, from a captive portal or a changed interface. The charge is unknown."""

    http: int
    why: str


Reply: TypeAlias = Answered | Refused | Lost | NotSent | Garbled


@dataclass(frozen=True, slots=True)
class Usage:
    """An account's balance, windows and prices. None: Lusha did not say; a window that is None does not exist."""

    credits_total: float | None = None
    credits_used: float | None = None
    credits_remaining: float | None = None
    minute: Window | None = None
    hour: Window | None = None
    day: Window | None = None
    plan: str = ""  # Lusha's category: free, professional, ...
    prices: Mapping[str, tuple[float, int]] = field(default_factory=dict)  # contactSearch: (credits, per how many)
    date: datetime | None = None  # the server's clock, to correct ``resets_at``


UsageReply: TypeAlias = Usage | Refused | Lost | NotSent | Garbled
