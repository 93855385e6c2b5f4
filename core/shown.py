"""What the window shows all the time, as frozen values: keys with their figures, accounts, results by day, runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from core.model import Key, Kind, RowStatus

DAYS = 30
WEEK = 7


class Group(StrEnum):
    """What a looked-up row came to, for charts and counts."""

    FOUND = "found"
    STORED = "stored"
    NOT_FOUND = "notfound"
    FAILED = "failed"
    LEFT = "left"


_GROUPS = {
    RowStatus.FOUND: Group.FOUND,
    RowStatus.PARTLY_FOUND: Group.FOUND,
    RowStatus.CHECK_MATCH: Group.FOUND,
    RowStatus.FROM_STORE: Group.STORED,
    RowStatus.NOT_FOUND: Group.NOT_FOUND,
    RowStatus.FAILED: Group.FAILED,
    RowStatus.WAITING: Group.LEFT,
    RowStatus.STOPPED: Group.LEFT,
}


def group_of(status: RowStatus, *, from_store: bool) -> Group | None:
    """The one rule for every count and chart; None: told apart, as it is no answer to "who is it".

    Whom nobody may ask for is not "not found", and a row that cannot be looked up has not failed. What was known before
    counts as known whatever it says, as in the summary of a run.
    """
    group = _GROUPS.get(status)
    return Group.STORED if from_store and group in {Group.FOUND, Group.NOT_FOUND} else group


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key and its figures: requests today and on each of seven days (oldest first), rows found and not found in them."""

    key: Key
    week: tuple[int, ...] = (0,) * WEEK
    day_limit: int | None = None
    found: int = 0
    not_found: int = 0
    cap: float | None = None  # credits a day, as the person has limited this key

    @property
    def today(self) -> int:
        return self.week[-1]

    @property
    def rate(self) -> float | None:
        """Share of answered rows that were found; None before the first."""
        answered = self.found + self.not_found
        return self.found / answered if answered else None


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account with keys. Credits are None until Lusha has told them; ``spent`` is what seven days cost."""

    id: str
    label: str
    plan: str
    left: float | None
    total: float | None
    usage_at: datetime | None
    renews_at: datetime | None
    keys: int
    spent: float = 0.0
    own: bool = False
    cap: float | None = None  # credits a day, as the person has limited this account

    @property
    def share(self) -> float | None:
        """What is left of the whole, 0 to 1; None while unknown."""
        if self.left is None or not self.total:
            return None
        return min(1.0, max(0.0, self.left / self.total))

    def lasts(self) -> float | None:
        """Days until the credits run out at the pace of the last seven days; None without a pace or a balance."""
        if self.left is None or self.spent <= 0:
            return None
        return self.left / (self.spent / WEEK)


@dataclass(frozen=True, slots=True)
class DayLine:
    """Rows by what they came to on one local day, and the credits spent."""

    day: date
    counts: Mapping[Group, int]
    credits: float


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run with its rows by what they came to. ``last4`` are the keys that answered.

    ``undone``: cells that it wrote were taken back, all of them or some; None while none were.
    """

    id: str
    kinds: frozenset[Kind]
    source: str
    sheet: str
    state: str
    reason: str
    created_at: datetime
    finished_at: datetime | None
    counts: Mapping[Group, int]
    credits: float
    calls: int
    last4: tuple[str, ...]
    undelivered: int = 0
    apart: int = 0  # rows in no group
    undone: bool | None = None

    @property
    def rows(self) -> int:
        return sum(self.counts.values()) + self.apart


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One state of the data, as far as the window shows it all the time."""

    keys: tuple[KeyLine, ...] = ()
    accounts: tuple[AccountLine, ...] = ()
    days: tuple[DayLine, ...] = ()
    runs: tuple[RunLine, ...] = ()
    cap: float | None = None  # credits a day of all keys together
    at: datetime = datetime(1970, 1, 1, tzinfo=UTC)
