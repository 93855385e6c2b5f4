"""Attempts, evidence and the stored status of keys: the SQL of the reserve and settle transactions.

Every function takes the connection of an open write transaction, so that an attempt, what it proved and what it makes
of the keys are committed together or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from sqlite3 import Connection
from typing import Any

from core.keys.prices import Prices, prices_of
from core.model import Category, Evidence, EvidenceKind, Health, Key, KeyStatus, Reason, Scope, SecretState

Fold = Callable[[Key, int], Health]  # a key and the epoch of its account
_TOGETHER = 1000  # events: of the requests booked longer ago than that none is under way any more


@dataclass(frozen=True, slots=True)
class Changed:
    """A key whose stored status was rewritten by a settle."""

    key: Key
    before: KeyStatus
    health: Health


def utc(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()


def next_seq(con: Connection) -> int:
    """The next number in the only order of events."""
    return int(con.execute("UPDATE seq SET v = v + 1 RETURNING v").fetchone()[0])


def account_epoch(con: Connection, account_id: str) -> int:
    return int(con.execute("SELECT epoch FROM accounts WHERE id=?", (account_id,)).fetchone()[0])


def open_attempt(
    con: Connection,
    key: Key,
    *,
    job: str,
    rows: int,
    credits: float,
    at: float,
    probe: bool,
    owner: str,
    by_id: bool = False,
    again: bool = False,
) -> int:
    """Write down that ``key`` is about to be asked, before anything is sent. Returns the attempt's seq.

    ``again``: it repeats a request whose answer got lost, so that the two together cost hardly more than one.
    """
    seq = next_seq(con)
    booked = con.execute(
        "INSERT INTO attempts(seq, job_id, key_id, account_id, key_epoch, account_epoch, owner, probe, endpoint, n,"
        " sent_at, credits_reserved, again) SELECT ?,?,?,id,?,epoch,?,?,?,?,?,?,? FROM accounts WHERE id=?",
        (
            seq,
            job,
            key.id,
            key.epoch,
            owner,
            int(probe),
            "enrich" if by_id else "search-and-enrich",
            rows,
            at,
            credits,
            int(again),
            key.account_id,
        ),
    )
    if booked.rowcount != 1:  # never send what is not booked
        raise LookupError(key.account_id)
    return seq


@dataclass(frozen=True, slots=True)
class Account:
    """What decides whether and how soon an account may be asked. ``open_rows`` of ``open`` requests are under way."""

    id: str
    tat: float
    rate: float
    open: int
    open_rows: int
    open_credits: float
    last_used_at: float
    credits_left: float | None
    renews_at: float | None
    prices: Prices
    per_key: bool  # the windows belong to its keys, not to the account
    epoch: int


def accounts_of(con: Connection, ids: Iterable[str]) -> dict[str, Account]:
    """These accounts with what is under way there, by this program or another."""
    wanted = sorted(set(ids))
    under_way = {
        row[0]: row[1:]
        for row in con.execute(
            "SELECT account_id, count(*), sum(n), sum(credits_reserved) FROM attempts"  # noqa: S608
            f" WHERE done_at IS NULL AND account_id IN ({_marks(wanted)}) GROUP BY account_id",
            wanted,
        )
    }
    found = {}
    for id_, tat, rate, last, left, renews, pricing, scope, epoch in con.execute(
        "SELECT id, tat, rate, coalesce(last_used_at, 0), credits_left, renews_at, pricing, scope, epoch FROM accounts"  # noqa: S608
        f" WHERE id IN ({_marks(wanted)})",
        wanted,
    ):
        open_, rows, credits = under_way.get(id_, (0, 0, 0.0))
        per_key, prices = scope == "KEY", prices_of(pricing)
        found[id_] = Account(id_, tat, rate, open_, rows, credits, last, left, renews, prices, per_key=per_key, epoch=epoch)
    return found


def windows_of(con: Connection, account_ids: Iterable[str]) -> dict[tuple[str, str], list[tuple[int, int, int, float]]]:
    """(span, limit, used, start) of the request windows of these accounts, by account and key ("": of all its keys)."""
    wanted, found = sorted(set(account_ids)), dict[tuple[str, str], list[tuple[int, int, int, float]]]()
    for account_id, key_id, *window in con.execute(
        "SELECT account_id, key_id, span, lim, used, start FROM windows"  # noqa: S608
        f" WHERE account_id IN ({_marks(wanted)}) ORDER BY span",
        wanted,
    ):
        found.setdefault((account_id, key_id), []).append((window[0], window[1], window[2], window[3]))
    return found


def keep_window(con: Connection, account_id: str, key_id: str, window: tuple[int, int, int, float]) -> None:
    """Store (span, limit, used, start)."""
    con.execute(
        "INSERT INTO windows(account_id, key_id, span, lim, used, start, source) VALUES(?,?,?,?,?,?,'HEADER')"
        " ON CONFLICT(account_id, key_id, span) DO UPDATE SET lim=excluded.lim, used=excluded.used, start=excluded.start",
        (account_id, key_id, *window),
    )


def take_slot(con: Connection, account_id: str, tat: float) -> None:
    con.execute("UPDATE accounts SET tat=? WHERE id=?", (tat, account_id))


def vote(con: Connection, account_id: str, step: int, needed: int) -> None:
    """One more sign that the windows belong to the keys (1) or to the account (-1); ``needed`` in a row settle it."""
    con.execute(
        "UPDATE accounts SET votes = CASE WHEN votes * ? < 0 THEN ? ELSE votes + ? END WHERE id=?",
        (step, step, step, account_id),
    )
    con.execute(
        "UPDATE accounts SET scope = CASE WHEN votes > 0 THEN 'KEY' ELSE 'ACCOUNT' END, votes = 0 WHERE id=? AND abs(votes) >= ?",
        (account_id, needed),
    )


def pace(con: Connection, account_id: str, factor: float, step: float, most: float) -> None:
    """Ask the account more slowly or a little faster: requests a second."""
    con.execute(
        "UPDATE accounts SET rate = CASE WHEN rate * ? + ? > ? THEN ? WHEN rate * ? + ? < 2 THEN 2 ELSE rate * ? + ? END"
        " WHERE id=?",
        (factor, step, most, most, factor, step, factor, step, account_id),
    )


def proven(con: Connection, account_id: str, since: float) -> bool:
    """Whether a key of the account has worked since then (Unix seconds)."""
    sql = "SELECT 1 FROM evidence WHERE account_id=? AND kind IN ('OK','PAID') AND at>=? LIMIT 1"
    return con.execute(sql, (account_id, since)).fetchone() is not None


def failed_probes(con: Connection, account_id: str) -> int:
    """How many probes of the account have failed since a key of it last worked."""
    sql = (
        "SELECT count(*) FROM attempts t WHERE t.account_id=? AND t.probe=1 AND t.done_at IS NOT NULL AND t.http=429"
        " AND t.seq > coalesce((SELECT max(e.seq) FROM evidence e WHERE e.account_id=? AND e.kind IN ('OK','PAID')), 0)"
    )
    return int(con.execute(sql, (account_id, account_id)).fetchone()[0])


def open_of_key(con: Connection, key_id: str) -> int:
    """How many requests with this key are under way."""
    sql = "SELECT count(*) FROM attempts WHERE key_id=? AND done_at IS NULL"
    return int(con.execute(sql, (key_id,)).fetchone()[0])


def overtaking(con: Connection, seq: int, key_id: str = "") -> int:
    """How many other requests of its account, or of the key alone, were settled while this one was under way.

    Looks no further back than where a request that was under way at the same time can have been booked.
    """
    sql = (
        "SELECT count(*) FROM attempts a, (SELECT account_id, sent_at FROM attempts WHERE seq=?1) own"
        " WHERE a.seq > ?1 - ?3 AND a.seq <> ?1 AND a.account_id = own.account_id AND a.done_at >= own.sent_at"
        " AND (?2 = '' OR a.key_id = ?2)"
    )
    return int(con.execute(sql, (seq, key_id, _TOGETHER)).fetchone()[0])


def forget_key_windows(con: Connection, account_id: str) -> None:
    """A window began anew: what single keys' answers said before can be compared no more."""
    con.execute("DELETE FROM windows WHERE account_id=? AND key_id<>''", (account_id,))


def under_way(con: Connection) -> list[tuple[int, str]]:
    """(seq, owner) of the requests that have no answer yet."""
    return con.execute("SELECT seq, owner FROM attempts WHERE done_at IS NULL").fetchall()


def close_attempt(
    con: Connection,
    seq: int,
    *,
    at: float,
    http: int,
    outcome: str,
    charged: float | None,
    request_id: str = "",
    message: str = "",
) -> None:
    """Write down how it ended; ``charged`` None means Lusha did not say."""
    con.execute(
        "UPDATE attempts SET done_at=?, http=?, outcome=?, credits_charged=?, request_id=?, message=? WHERE seq=?",
        (at, http, outcome, charged, request_id, message, seq),
    )


def close_orphan(con: Connection, seq: int, at: float) -> bool:
    """Close an attempt whose program is gone. False when it has ended meanwhile: then what it cost is known."""
    sql = "UPDATE attempts SET done_at=?, http=0, outcome='ORPHAN' WHERE seq=? AND done_at IS NULL"
    return con.execute(sql, (at, seq)).rowcount == 1


def add_evidence(con: Connection, row: Evidence) -> int:
    """Write one row and return its id."""
    added = con.execute(
        "INSERT INTO evidence(seq, attempt, key_id, account_id, key_epoch, account_epoch, scope, category, kind, until,"
        " reason, void_of, at, actor) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            row.seq,
            row.attempt,
            row.key_id or None,
            row.account_id,
            row.key_epoch,
            row.account_epoch,
            row.scope.value,
            row.category.value if row.category else None,
            row.kind.value,
            seconds(row.until),
            row.reason.value if row.reason else None,
            row.void_of,
            row.at.timestamp(),
            row.actor,
        ),
    )
    return int(added.lastrowid or 0)


def evidence_of(con: Connection, account_id: str) -> list[Evidence]:
    """All evidence about an account and its keys, oldest first."""
    rows = con.execute(EVIDENCE + " WHERE account_id=? ORDER BY seq, id", (account_id,))
    return [evidence_row(row) for row in rows]


def marks_by_account(con: Connection, ids: Iterable[int]) -> dict[str, list[Evidence]]:
    """The evidence with these ids, by account."""
    found: dict[str, list[Evidence]] = {}
    for id_ in ids:
        for row in con.execute(EVIDENCE + " WHERE id=?", (id_,)):
            found.setdefault(row[4], []).append(evidence_row(row))
    return found


def refold(con: Connection, keys: Iterable[Key], fold: Fold, *, at: float, actor: str, message: str) -> list[Changed]:
    """Fold the evidence of these keys anew, store what changed and write it into the audit trail."""
    changed = []
    for key in keys:
        epoch = account_epoch(con, key.account_id)
        health = fold(key, epoch)
        if (health.status, health.reason, health.retry_at) == (key.status, key.reason, key.retry_at):
            continue
        con.execute(
            "UPDATE keys SET status=?, reason=?, retry_at=?, ver=ver+1 WHERE id=?",
            (health.status.value, health.reason.value if health.reason else None, seconds(health.retry_at), key.id),
        )
        con.execute(
            "INSERT INTO audit(at, actor, action, key_id, account_id, last4, label, from_status, to_status, reason,"
            " message) VALUES(?,?,'status',?,?,?,?,?,?,?,?)",
            (
                at,
                actor,
                key.id,
                key.account_id,
                key.last4,
                key.label,
                key.status.value,
                health.status.value,
                health.reason.value if health.reason else None,
                message,
            ),
        )
        changed.append(Changed(key, key.status, health))
    return changed


def used(con: Connection, key: Key, at: float, credits: float) -> None:
    """The key worked: Lusha answered it. The last known balance goes down by what was charged."""
    con.execute("UPDATE keys SET last_used_at=? WHERE id=?", (at, key.id))
    con.execute(
        "UPDATE accounts SET last_used_at=?, credits_left = CASE WHEN credits_left IS NULL THEN NULL"
        " WHEN credits_left > ? THEN credits_left - ? ELSE 0 END WHERE id=?",
        (at, credits, credits, key.account_id),
    )


def keys_of(con: Connection, *account_ids: str) -> list[Key]:
    """The keys of these accounts, in order."""
    sql = f"{KEYS} WHERE k.account_id IN ({_marks(account_ids)}) ORDER BY k.priority, k.position"
    return [key_of(row) for row in con.execute(sql, account_ids)]


EVIDENCE = (
    "SELECT id, seq, attempt, key_id, account_id, key_epoch, account_epoch, scope, category, kind, until, reason,"
    " void_of, at, actor FROM evidence"
)
KEYS = (
    "SELECT k.id, k.label, k.account_id, a.label, k.last4, k.category, k.status, k.paused, k.secret, k.reason,"
    " k.retry_at, k.priority, k.position, k.last_used_at, k.added_at, k.epoch, k.schedule"
    " FROM keys k JOIN accounts a ON a.id=k.account_id"
)


def key_of(row: tuple[Any, ...]) -> Key:
    """A row of `KEYS` as a Key."""
    (
        id_,
        label,
        account_id,
        account,
        last4,
        category,
        status,
        paused,
        secret,
        reason,
        retry,
        prio,
        pos,
        last,
        added,
        epoch,
        schedule,
    ) = row
    return Key(
        id=id_,
        label=label,
        account_id=account_id,
        account=account,
        last4=last4,
        category=Category(category),
        status=KeyStatus(status),
        paused=bool(paused),
        secret=SecretState(secret),
        reason=Reason(reason) if reason else None,
        retry_at=utc(retry),
        priority=prio,
        position=pos,
        last_used_at=utc(last),
        added_at=datetime.fromtimestamp(added, UTC),
        epoch=epoch,
        schedule=schedule,
    )


def evidence_row(row: tuple[Any, ...]) -> Evidence:
    (id_, seq, attempt, key, account, k_epoch, a_epoch, scope, category, kind, until, reason, void_of, at, actor) = row
    return Evidence(
        id=id_,
        seq=seq,
        attempt=attempt,
        key_id=key or "",
        account_id=account,
        key_epoch=k_epoch,
        account_epoch=a_epoch,
        scope=Scope(scope),
        category=Category(category) if category else None,
        kind=EvidenceKind(kind),
        until=utc(until),
        reason=Reason(reason) if reason else None,
        void_of=void_of,
        at=datetime.fromtimestamp(at, UTC),
        actor=actor,
    )


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))  # SQLite takes 32,766 of them from 3.32 on
