"""Attempts, evidence and the stored status of keys: the SQL of the reserve and settle transactions.

Every function takes the connection of an open write transaction, so that an attempt, what it proved and what it makes
of the keys are committed together or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from sqlite3 import Connection
from typing import Any

from core.model import Category, Evidence, EvidenceKind, Health, Key, KeyStatus, Reason, Scope, SecretState

Fold = Callable[[Key, int], Health]  # a key and the epoch of its account


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


def open_attempt(con: Connection, key: Key, *, job: str, rows: int, credits: float, at: float, probe: bool) -> int:
    """Write down that ``key`` is about to be asked, before anything is sent. Returns the attempt's seq."""
    seq = next_seq(con)
    con.execute(
        "INSERT INTO attempts(seq, job_id, key_id, account_id, key_epoch, account_epoch, owner, probe, endpoint, n,"
        " sent_at, credits_reserved) VALUES(?,?,?,?,?,?,'',?,'search-and-enrich',?,?,?)",
        (
            seq,
            job,
            key.id,
            key.account_id,
            key.epoch,
            account_epoch(con, key.account_id),
            int(probe),
            rows,
            at,
            credits,
        ),
    )
    return seq


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


def add_evidence(con: Connection, row: Evidence) -> None:
    con.execute(
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


def evidence_of(con: Connection, account_id: str) -> list[Evidence]:
    """All evidence about an account and its keys, oldest first."""
    rows = con.execute(
        "SELECT id, seq, attempt, key_id, account_id, key_epoch, account_epoch, scope, category, kind, until, reason,"
        " void_of, at, actor FROM evidence WHERE account_id=? ORDER BY seq, id",
        (account_id,),
    )
    return [evidence_row(row) for row in rows]


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


def used(con: Connection, key: Key, at: float) -> None:
    """The key worked: Lusha answered it."""
    con.execute("UPDATE keys SET last_used_at=? WHERE id=?", (at, key.id))
    con.execute("UPDATE accounts SET last_used_at=? WHERE id=?", (at, key.account_id))


def keys_of(con: Connection, account_id: str) -> list[Key]:
    """The keys of an account, in order."""
    return [key_of(row) for row in con.execute(KEYS + " WHERE k.account_id=? ORDER BY k.priority, k.position", (account_id,))]


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
