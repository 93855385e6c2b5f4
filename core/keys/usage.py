"""What the free usage call told of accounts and keys, and how often it may be asked. Functions join the caller's transaction.

The balance Lusha tells lags behind its charges by some seconds: right after a run our own, lower count is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from sqlite3 import Connection

from core.keys.prices import priced
from core.model import Key

MOST_CALLS, CALLS_SPAN_S = 4, 60.0  # Lusha allows five a minute; one is left to whoever else asks
REUSED_S = 60.0
LAG_S = 30.0  # a charge is in the balance after this long


class CheckOutcome(StrEnum):
    """``FINE``: Lusha accepts the key. ``LIMITED``, ``UNCLEAR``: it said nothing about it. The others were not asked."""

    FINE = "fine"
    REFUSED = "refused"
    LIMITED = "limited"
    UNCLEAR = "unclear"
    SECRET_MISSING = "secret_missing"  # noqa: S105  # a word
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Kept:
    """What a usage call said of a key."""

    outcome: CheckOutcome
    http: int
    said: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """A request window as usage told it, by the clock of this computer. ``start`` None: as known before, else now."""

    seconds: int
    limit: int
    used: int
    start: float | None


@dataclass(frozen=True, slots=True)
class Told:
    """What a usage call said of an account; None where it did not say. ``absent`` are spans (seconds) the plan lacks."""

    credits_left: float | None
    credits_total: float | None
    plan: str
    prices: Mapping[str, tuple[float, int]]
    spans: tuple[Span, ...] = ()
    absent: tuple[int, ...] = ()


def call_wait(con: Connection, account_id: str, now: float) -> float:
    """Seconds until this account may be asked again; 0 when it may be asked now.

    A call from the future was written before the clock was put back and does not count: it would block for that long.
    """
    row = con.execute(
        "SELECT at FROM usage_calls WHERE account_id=? AND at>? AND at<=? ORDER BY at DESC LIMIT 1 OFFSET ?",
        (account_id, now - CALLS_SPAN_S, now, MOST_CALLS - 1),
    ).fetchone()
    return 0.0 if row is None else max(0.01, float(row[0]) + CALLS_SPAN_S - now)


def book_call(con: Connection, account_id: str, now: float) -> bool:
    """Write down that the account is asked now; False, and nothing is written, when it has to wait."""
    if call_wait(con, account_id, now):
        return False
    con.execute("DELETE FROM usage_calls WHERE account_id=? AND (at<=? OR at>?)", (account_id, now - CALLS_SPAN_S, now))
    con.execute("INSERT INTO usage_calls(account_id, at) VALUES(?,?)", (account_id, now))
    return True


def hold_calls(con: Connection, account_id: str, now: float) -> None:
    """Lusha itself has said "too many": nobody asks this account for a minute."""
    con.executemany("INSERT INTO usage_calls(account_id, at) VALUES(?,?)", [(account_id, now)] * MOST_CALLS)


def kept_check(con: Connection, key: Key) -> Kept | None:
    """What was said of this key, with its present secret."""
    row = con.execute("SELECT outcome, http, said, at FROM checks WHERE key_id=? AND epoch=?", (key.id, key.epoch)).fetchone()
    if row is None:
        return None
    return Kept(CheckOutcome(row[0]), row[1], row[2], datetime.fromtimestamp(row[3], UTC))


def keep_check(con: Connection, key: Key, kept: Kept) -> None:
    """Keep it, unless the key was removed meanwhile."""
    con.execute(
        "INSERT INTO checks(key_id, epoch, at, outcome, http, said) SELECT id, ?, ?, ?, ?, ? FROM keys WHERE id=?"
        " ON CONFLICT(key_id) DO UPDATE SET epoch=excluded.epoch, at=excluded.at, outcome=excluded.outcome,"
        " http=excluded.http, said=excluded.said",
        (key.epoch, kept.at.timestamp(), kept.outcome.value, kept.http, kept.said, key.id),
    )


def keep_told(con: Connection, key: Key, told: Told, now: float) -> str:
    """Keep what was told through ``key`` of its account; returns the plan's name as it was known before."""
    row = con.execute("SELECT coalesce(plan,''), credits_left, scope FROM accounts WHERE id=?", (key.account_id,)).fetchone()
    plan, known, scope = row
    left = told.credits_left
    if left is not None and known is not None and known < left and _spending(con, key.account_id, now):
        left = known
    con.execute(
        "UPDATE accounts SET credits_left=coalesce(?, credits_left), credits_total=coalesce(?, credits_total), usage_at=?,"
        " plan=coalesce(?, plan), pricing=coalesce(?, pricing) WHERE id=?",
        (left, told.credits_total, now, told.plan or None, priced(told.prices) if told.prices else None, key.account_id),
    )
    _keep_spans(con, key.account_id, key.id if scope == "KEY" else "", told, now)
    return str(plan)


def credits_left(con: Connection, account_id: str) -> float | None:
    found: float | None = con.execute("SELECT credits_left FROM accounts WHERE id=?", (account_id,)).fetchone()[0]
    return found


def pricing(con: Connection, account_id: str) -> str | None:
    """The text `prices.prices_of` reads."""
    found: str | None = con.execute("SELECT pricing FROM accounts WHERE id=?", (account_id,)).fetchone()[0]
    return found


def emptied_lately(con: Connection, account_id: str, now: float) -> bool:
    """Whether Lusha has said within the lag that the account has no credits: then a balance may still be the old one."""
    row = con.execute(
        "SELECT 1 FROM evidence WHERE account_id=? AND kind='BLOCK' AND reason='credits' AND at>? AND at<=?",
        (account_id, now - LAG_S, now),
    ).fetchone()
    return row is not None


def day_left(con: Connection, key: Key, now: float) -> int | None:
    """Requests left of the day's window of a key or its account; None when nobody knows."""
    row = con.execute(
        "SELECT lim - used FROM windows WHERE account_id=? AND span=86400 AND key_id IN (?, '') AND start+span>?"
        " ORDER BY key_id DESC",
        (key.account_id, key.id, now),
    ).fetchone()
    return None if row is None else max(0, int(row[0]))


def _spending(con: Connection, account_id: str, now: float) -> bool:
    """Whether a request is open or was settled so lately that its charge may not be in the balance yet."""
    row = con.execute(
        "SELECT 1 FROM attempts WHERE account_id=? AND (done_at IS NULL OR done_at>?)", (account_id, now - LAG_S)
    ).fetchone()
    return row is not None


def _keep_spans(con: Connection, account_id: str, key_id: str, told: Told, now: float) -> None:
    for span in told.spans:
        row = con.execute(
            "SELECT start FROM windows WHERE account_id=? AND key_id=? AND span=? AND start+span>? AND start<=?",
            (account_id, key_id, span.seconds, now, now),
        ).fetchone()
        start = span.start if span.start is not None else (row[0] if row else now)
        con.execute(
            "INSERT INTO windows(account_id, key_id, span, lim, used, start, source) VALUES(?,?,?,?,?,?,'USAGE')"
            " ON CONFLICT(account_id, key_id, span) DO UPDATE SET lim=excluded.lim, used=excluded.used,"
            " start=excluded.start, source=excluded.source",
            (account_id, key_id, span.seconds, span.limit, span.used, start),
        )
    for seconds in told.absent:
        con.execute(
            "DELETE FROM windows WHERE account_id=? AND key_id=? AND span=? AND source IN ('USAGE', 'GUESS')",
            (account_id, key_id, seconds),
        )
