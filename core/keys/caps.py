"""What a day may cost at most: everything together (the pool), an account, a key. Functions join the caller's transaction.

A day is the local day of this computer. A request counts with what Lusha charged; while it is open, or when nobody
knows what it cost, with the most it can cost: so a cap holds before the answer comes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from sqlite3 import Connection

from core.database import Database
from core.errors import UsageError
from core.keys import accounts
from core.keys.trail import Note, Trail
from core.model import Key

_SPENT = "SELECT coalesce(sum(coalesce(credits_charged, credits_reserved)), 0) FROM attempts WHERE sent_at>=?"


class CapScope(StrEnum):
    POOL = "POOL"
    ACCOUNT = "ACCOUNT"
    KEY = "KEY"


_ABOUT = {CapScope.POOL: " AND ?=''", CapScope.ACCOUNT: " AND account_id=?", CapScope.KEY: " AND key_id=?"}


@dataclass(frozen=True, slots=True)
class Cap:
    """``ref`` is the account's or key's id, empty for the pool; ``limit`` and ``spent`` are credits of today."""

    scope: CapScope
    ref: str
    name: str
    limit: float
    spent: float

    @property
    def left(self) -> float:
        return max(0.0, self.limit - self.spent)


def day_start(now: datetime) -> datetime:
    """The last local midnight (aware)."""
    return datetime.combine(now.astimezone().date(), time()).astimezone()


def are_set(con: Connection) -> bool:
    """Whether there is any cap at all."""
    return con.execute("SELECT 1 FROM caps LIMIT 1").fetchone() is not None


def set_cap(con: Connection, scope: CapScope, ref: str, limit: float) -> None:
    con.execute(
        "INSERT INTO caps(scope, ref, lim) VALUES(?,?,?) ON CONFLICT(scope, ref) DO UPDATE SET lim=excluded.lim",
        (scope.value, ref, limit),
    )


def get_cap(con: Connection, scope: CapScope, ref: str) -> float | None:
    row = con.execute("SELECT lim FROM caps WHERE scope=? AND ref=?", (scope.value, ref)).fetchone()
    return None if row is None else float(row[0])


def remove_cap(con: Connection, scope: CapScope, ref: str) -> bool:
    """False when there was none."""
    return con.execute("DELETE FROM caps WHERE scope=? AND ref=?", (scope.value, ref)).rowcount > 0


def spent_today(con: Connection, scope: CapScope, ref: str, now: datetime) -> float:
    """Credits of the requests sent since local midnight."""
    row = con.execute(_SPENT + _ABOUT[scope], (day_start(now).timestamp(), ref)).fetchone()
    return float(row[0])


def left(con: Connection, key: Key, now: datetime) -> float | None:
    """How many credits a request with ``key`` may cost now: the least any of its caps leaves; None when it has none."""
    about = ((CapScope.KEY, key.id), (CapScope.ACCOUNT, key.account_id), (CapScope.POOL, ""))
    limits = [(scope, ref, get_cap(con, scope, ref)) for scope, ref in about]
    rest = [limit - spent_today(con, scope, ref, now) for scope, ref, limit in limits if limit is not None]
    return max(0.0, min(rest)) if rest else None


def listed(con: Connection, now: datetime) -> tuple[Cap, ...]:
    """All caps, the widest first; those of keys and accounts that are gone are left out."""
    rows = con.execute(
        "SELECT 0, 'POOL', '', 'All keys', lim FROM caps WHERE scope='POOL'"
        " UNION ALL SELECT 1, 'ACCOUNT', a.id, a.label, c.lim FROM caps c JOIN accounts a ON c.scope='ACCOUNT' AND c.ref=a.id"
        " UNION ALL SELECT 2, 'KEY', k.id, k.label, c.lim FROM caps c JOIN keys k ON c.scope='KEY' AND c.ref=k.id"
        " WHERE k.secret <> 'DELETING' ORDER BY 1, 4"
    ).fetchall()
    return tuple(
        Cap(CapScope(scope), ref, name, limit, spent_today(con, CapScope(scope), ref, now))
        for _order, scope, ref, name, limit in rows
    )


class Caps:
    """What front doors call: transactions of their own, written into the trail. ``clock`` is Unix seconds."""

    def __init__(self, db: Database, trail: Trail, clock: Callable[[], float], actor: str = "user") -> None:
        self._db, self._trail, self._clock, self._actor = db, trail, clock, actor

    def all_keys(self, limit: float | None) -> None:
        """What all keys together may cost a day; None takes the cap away."""
        self._put(CapScope.POOL, "", "all keys", limit, None)

    def account(self, label: str, limit: float | None) -> None:
        """What an account may cost a day. UsageError when there is none of this name."""
        with self._db.read() as con:
            account_id = accounts.labelled(con, label)
        if account_id is None:
            raise UsageError("No such account", f"No key belongs to an account called “{label}”.")
        self._put(CapScope.ACCOUNT, account_id, f"account {label.strip()}", limit, None)

    def key(self, key: Key, limit: float | None) -> None:
        """What a key may cost a day."""
        self._put(CapScope.KEY, key.id, "key", limit, key)

    def list(self) -> tuple[Cap, ...]:
        with self._db.read() as con:
            return listed(con, datetime.fromtimestamp(self._clock()).astimezone())

    def _put(self, scope: CapScope, ref: str, name: str, limit: float | None, key: Key | None) -> None:
        with self._db.write() as con:
            if limit is None:
                remove_cap(con, scope, ref)
            else:
                set_cap(con, scope, ref, limit)
            said = "no cap" if limit is None else f"{limit:g} credits a day"
            self._trail.note(con, Note("cap", key, self._actor, message=f"{name}: {said}"))
