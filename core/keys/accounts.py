"""Lusha accounts: they own credits and limits, keys point to them. Functions join the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from sqlite3 import Connection

from core.keys import attempts


@dataclass(frozen=True, slots=True)
class Account:
    """``own``: made for one key that came without an account. Credits are None until Lusha has told them."""

    id: str
    label: str
    own: bool
    plan: str
    credits_left: float | None
    credits_total: float | None
    usage_at: datetime | None
    last_used_at: datetime | None
    keys: int
    pricing: str = ""  # as `core.keys.prices` reads it
    renews_at: datetime | None = None  # when unused credits lapse, as the user said


def all_with_keys(con: Connection) -> tuple[Account, ...]:
    """The accounts that have keys, by label."""
    rows = con.execute(
        "SELECT a.id, a.label, a.own, coalesce(a.plan,''), a.credits_left, a.credits_total, a.usage_at, a.last_used_at,"
        " count(*), coalesce(a.pricing,''), a.renews_at FROM accounts a JOIN keys k ON k.account_id=a.id"
        " WHERE k.secret <> 'DELETING'"
        " GROUP BY a.id, a.label, a.own, a.plan, a.credits_left, a.credits_total, a.usage_at, a.last_used_at,"
        " a.pricing, a.renews_at ORDER BY lower(a.label), a.id"
    )
    return tuple(
        Account(
            id=id_,
            label=label,
            own=bool(own),
            plan=plan,
            credits_left=left,
            credits_total=total,
            usage_at=attempts.utc(usage_at),
            last_used_at=attempts.utc(used_at),
            keys=keys,
            pricing=pricing,
            renews_at=attempts.utc(renews),
        )
        for id_, label, own, plan, left, total, usage_at, used_at, keys, pricing, renews in rows
    )


def named(con: Connection, label: str, *, fallback: str, last4: str) -> str:
    """The id of the account called ``label``, made when there is none; without a label one of the key's own.

    An own account is called as its key (``fallback``); ``last4`` tells it from another of that name. An account that
    somebody names becomes a shared one.
    """
    wanted = label.strip()
    if not wanted:
        return _own(con, fallback, last4)
    account_id = labelled(con, wanted)
    if account_id is None:
        return _make(con, wanted, own=False)
    con.execute("UPDATE accounts SET own=0 WHERE id=?", (account_id,))
    return account_id


def follow(con: Connection, account_id: str, old: str, new: str) -> None:
    """A key was renamed: its own account is renamed too, unless the name is taken."""
    if new.casefold() not in _labels(con):
        con.execute("UPDATE accounts SET label=? WHERE id=? AND own=1 AND label=?", (new, account_id, old))


def labelled(con: Connection, label: str) -> str | None:
    """The id of the account called ``label``, in any case; None when there is none."""
    rows = con.execute("SELECT id, label FROM accounts").fetchall()
    return next((account_id for account_id, known in rows if known.casefold() == label.strip().casefold()), None)


def set_renewal(con: Connection, account_id: str, at: datetime | None) -> None:
    """When unused credits of the account lapse; None: nobody knows."""
    con.execute("UPDATE accounts SET renews_at=? WHERE id=?", (attempts.seconds(at), account_id))


def forget_refusals(con: Connection, account_id: str) -> None:
    """The user says the account is on again: a new epoch, for all its keys."""
    con.execute("UPDATE accounts SET epoch=epoch+1 WHERE id=?", (account_id,))
    con.execute(
        "UPDATE keys SET status='ACTIVE', reason=NULL, retry_at=NULL, ver=ver+1 WHERE account_id=? AND reason='account_off'",
        (account_id,),
    )


def tidy(con: Connection) -> None:
    """Drop own accounts without keys that nothing was ever asked of; the others stay, for they may have paid."""
    con.execute(
        "DELETE FROM accounts WHERE own=1 AND NOT EXISTS (SELECT 1 FROM keys k WHERE k.account_id=accounts.id)"
        " AND NOT EXISTS (SELECT 1 FROM attempts t WHERE t.account_id=accounts.id)"
        " AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.account_id=accounts.id)"
        " AND NOT EXISTS (SELECT 1 FROM ledger l WHERE l.account_id=accounts.id)"
    )


def _own(con: Connection, label: str, last4: str) -> str:
    taken = _labels(con)
    return _make(con, next(name for name in _names(label, last4) if name.casefold() not in taken), own=True)


def _names(label: str, last4: str) -> Iterator[str]:
    exact = f"{label} ...{last4}"
    yield label
    yield exact
    yield from (f"{exact} ({n})" for n in count(2))


def _make(con: Connection, label: str, *, own: bool) -> str:
    account_id = uuid.uuid4().hex
    con.execute("INSERT INTO accounts(id, label, own) VALUES(?,?,?)", (account_id, label, int(own)))
    return account_id


def _labels(con: Connection) -> set[str]:
    return {label.casefold() for (label,) in con.execute("SELECT label FROM accounts")}
