"""What keeps a run from doing harm when everybody fails alike. State of one run, without I/O; times are Unix seconds.

Storm     accounts that worked before all fail in the same way at once: it is not they. Their marks are taken back, nobody
          is asked for a while, then one probe.
Breaker   the same words about three rows, and nothing worked between: the rows or the request are wrong, not the people.
Tries     doubtful answers use up a budget that good answers refill.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, auto

from core.engine.verdict import Mark, Verdict
from core.model import EvidenceKind

TOGETHER_S = 3.0
LEAST_ACCOUNTS = 3
FIRST_REST_S, MOST_REST_S = 1.0, 60.0
MOST_PROBES = 8
SAME_WORDS = 3
TRIES, COST, REFILL = 100.0, 5.0, 1.0
SERVER_FAILURES = 3


class Class(Enum):
    """Ways to fail that a whole pool may share."""

    LIMITED = auto()
    REFUSED = auto()
    FORBIDDEN = auto()


def class_of(verdict: Verdict, mark: Mark | None) -> Class | None:
    """How this answer failed, if it is of a kind that a storm can be made of."""
    if mark is None:
        return None
    if verdict.http == 429 and not mark.told and verdict.case != "E20":
        return Class.LIMITED
    if verdict.http == 401:
        return Class.REFUSED
    return Class.FORBIDDEN if verdict.http == 403 and mark.kind is not EvidenceKind.BLOCK else None


@dataclass(frozen=True, slots=True)
class _Failure:
    at: float
    account_id: str
    seq: int
    marks: tuple[int, ...]


@dataclass(slots=True)
class Storm:
    """Watches marks. While `resting_until` is set nobody is asked before it, and then only one at a time."""

    resting_until: float | None = None
    probes: int = 0
    _class: Class | None = None
    _since: int = 0  # the first request of the storm
    _recent: dict[Class, list[_Failure]] = field(default_factory=dict)

    def worked(self, seq: int) -> bool:
        """A request reserved as ``seq`` was answered. True when that ends a storm."""
        self._recent = {one: [f for f in failed if f.seq > seq] for one, failed in self._recent.items()}
        if self.resting_until is None or seq < self._since:
            return False
        self.resting_until, self.probes, self._class = None, 0, None
        return True

    def failed(
        self, kind: Class, at: float, account_id: str, seq: int, marks: tuple[int, ...], *, proven: bool, usable: int, newest: int
    ) -> tuple[int, ...]:
        """A mark was written. Returns the marks to take back: none as long as it looks like the key's own trouble.

        ``proven``: the account worked in the last 24 hours; ``usable`` accounts there were before the failures;
        ``newest``: the latest request that was reserved, for those under way belong to the storm too.
        """
        if self.resting_until is not None and kind is self._class:
            if kind is Class.REFUSED and seq > self._since:  # a refused probe is final: three of them are no new storm
                return ()
            self._rest(at, probe=seq > self._since)
            return marks
        if not proven:
            return ()
        failures = [f for f in self._recent.get(kind, []) if at - f.at <= TOGETHER_S]
        failures.append(_Failure(at, account_id, seq, marks))
        self._recent[kind] = failures
        if len({f.account_id for f in failures}) < max(LEAST_ACCOUNTS, -(-usable // 2)):
            return ()
        self._class, self._since, self.probes = kind, newest, 0
        self._recent[kind] = []
        self._rest(at, probe=False)
        return tuple(mark for f in failures for mark in f.marks)

    def set_back(self, seconds: float) -> None:
        """The clock was set back by so much: the rest is to last no longer for that."""
        if self.resting_until is not None:
            self.resting_until -= seconds

    @property
    def is_over(self) -> bool:
        """Every probe failed: the run has to be paused."""
        return self.probes >= MOST_PROBES

    def _rest(self, at: float, *, probe: bool) -> None:
        self.probes += probe
        if probe or self.resting_until is None:
            self.resting_until = at + min(FIRST_REST_S * 2**self.probes, MOST_REST_S)


@dataclass(slots=True)
class Breaker:
    """Counts rows that were blamed in the same words, one after the other."""

    _words: str = ""
    _rows: set[int] = field(default_factory=set)

    def blamed(self, verdict: Verdict, row: int) -> bool:
        """A row was blamed for good. True when that makes three alike."""
        words = f"{verdict.http} {re.sub(r'[0-9]+', '', verdict.text).casefold()}"
        if words != self._words:
            self._words, self._rows = words, set()
        self._rows.add(row)
        return len(self._rows) >= SAME_WORDS

    def worked(self) -> None:
        self._words, self._rows = "", set()


@dataclass(slots=True)
class Tries:
    """How much doubt a run may cause before it is paused."""

    left: float = TRIES
    server_failures: int = 0

    def doubtful(self) -> None:
        self.left -= COST

    def worked(self) -> None:
        self.left = min(TRIES, self.left + REFILL)
        self.server_failures = 0

    def server_failed(self) -> bool:
        """An account failed at Lusha's side after all its tries. True when that makes three in a row."""
        self.server_failures += 1
        return self.server_failures >= SERVER_FAILURES
