"""What a key's evidence comes to: a pure fold, independent of the order in which answers arrived."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from core.model import Category, Evidence, EvidenceKind, Health, Key, KeyStatus, Reason, Scope

_VOIDABLE = {EvidenceKind.BLOCK, EvidenceKind.COOL, EvidenceKind.AUTH, EvidenceKind.PLAN}
_PROOFS = {EvidenceKind.OK, EvidenceKind.PAID}
_ONLY_MONEY_LIFTS = {Reason.CREDITS, Reason.TRIAL}
_NEVER = datetime.max.replace(tzinfo=UTC)


def fold(key: Key, evidence: Iterable[Evidence], *, account_epoch: int = 0) -> Health:
    """The state of ``key`` from all evidence about it and its account, in any order.

    Evidence of another epoch (an older secret) and evidence taken back by a VOID does not count. Refusals last until
    the epoch changes; a plan limit until the user or a usage answer WAKEs it; the rest is lifted by a later success
    or comes to rest on its ``until``. "Later" is by ``seq``, so a clock that steps back can neither revive nor bury.
    """
    rows = _relevant(key, evidence, account_epoch)
    refused = [row for row in rows if row.kind is EvidenceKind.AUTH]
    if refused:
        return Health(KeyStatus.INVALID, max(refused, key=lambda row: row.seq).reason)
    limits = _live(rows, EvidenceKind.PLAN)
    if limits:
        return Health(KeyStatus.PLAN_LIMIT, max(limits, key=lambda row: row.seq).reason)
    blocks = _live(rows, EvidenceKind.BLOCK)
    if blocks:
        return _rest(KeyStatus.EXHAUSTED, blocks)
    cools = _live(rows, EvidenceKind.COOL)
    return _rest(KeyStatus.ACTIVE, cools) if cools else Health(KeyStatus.ACTIVE)


def _relevant(key: Key, evidence: Iterable[Evidence], account_epoch: int) -> list[Evidence]:
    rows = list(evidence)
    voided = {row.void_of for row in rows if row.kind is EvidenceKind.VOID}
    return [
        row for row in rows if _about(key, row, account_epoch) and not (row.kind in _VOIDABLE and row.id and row.id in voided)
    ]


def _about(key: Key, row: Evidence, account_epoch: int) -> bool:
    if row.scope is Scope.KEY and row.kind not in _PROOFS:
        return row.key_id == key.id and row.key_epoch == key.epoch
    if row.account_id != key.account_id or row.account_epoch != account_epoch:
        return False
    return row.category is None or Category.ANY in {row.category, key.category} or row.category is key.category


def _live(rows: list[Evidence], kind: EvidenceKind) -> list[Evidence]:
    """The rows of ``kind`` that nothing later has lifted; a later WAKE of the same scope gives them its ``until``.

    A WAKE with a reason is about that reason only: credits that are back do not end the rest of a day's limit.
    """
    live = []
    for row in rows:
        if row.kind is not kind or _lifted(row, rows):
            continue
        wakes = [w for w in rows if w.kind is EvidenceKind.WAKE and _wakes(w, row)]
        if wakes and kind is EvidenceKind.PLAN:
            continue
        live.append(max(wakes, key=lambda w: w.seq) if wakes else row)
    return live


def _wakes(wake: Evidence, row: Evidence) -> bool:
    return wake.scope is row.scope and wake.seq > row.seq and wake.reason in {None, row.reason}


def _lifted(row: Evidence, rows: list[Evidence]) -> bool:
    """A later success lifts a block; an empty account only by a charge, for a free NOT_FOUND proves no credits.

    Successes of every key of the account count for what was said of the account, only its own for the key. A plan
    limit is lifted by nobody's success: e-mails that work say nothing about phones.
    """
    if row.kind is EvidenceKind.PLAN:
        return False
    proofs = {EvidenceKind.PAID} if row.reason in _ONLY_MONEY_LIFTS else _PROOFS
    return any(
        other.kind in proofs
        and other.seq > row.seq
        and (row.scope is Scope.ACCOUNT or (other.key_id == row.key_id and other.key_epoch == row.key_epoch))
        for other in rows
    )


def _rest(status: KeyStatus, rows: list[Evidence]) -> Health:
    """The latest end wins, and one that has no end beats them all."""
    last = max(rows, key=lambda row: (row.until or _NEVER, row.seq))
    return Health(status, last.reason, last.until)
