"""The trail: evidence is loaded so that it folds as all of it would, the audit and the counters are read back."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from core.database import Database
from core.engine.health import fold
from core.keys.attempts import account_epoch, evidence_of, next_seq
from core.keys.store import KeyStore
from core.keys.trail import Note, Trail
from core.model import Category, Evidence, EvidenceKind, Key, KeyStatus, Reason, Scope

START = datetime(2026, 11, 24, tzinfo=UTC)


class Ticks(Protocol):
    """The clock of these tests: it passes only when told to."""

    now: float

    def __call__(self) -> float: ...


@pytest.fixture
def trail(db: Database, clock: Callable[[], float]) -> Trail:
    return Trail(db, clock)


@pytest.fixture
def keys(store: KeyStore, new_key: Callable[[], str]) -> list[Key]:
    """Three keys of one account, one for each category, and one of another account."""
    found: list[Key] = []
    for category in Category:
        found += store.add_many([f"{category},{new_key()},Team"], category).new
    return [*found, *store.add_many([new_key()], Category.ANY).new]


def evidence(key: Key, kind: EvidenceKind, seq: int, **more: object) -> Evidence:
    base = {
        "seq": seq,
        "key_id": key.id,
        "account_id": key.account_id,
        "key_epoch": key.epoch,
        "account_epoch": 0,
        "scope": Scope.KEY,
        "kind": kind,
        "at": START,
    }
    return Evidence(**{**base, **more})  # type: ignore[arg-type]


def test_what_is_written_is_read_back_whole(trail: Trail, db: Database, keys: list[Key]) -> None:
    row = evidence(
        keys[0],
        EvidenceKind.BLOCK,
        1,
        scope=Scope.ACCOUNT,
        until=START + timedelta(minutes=1),
        reason=Reason.MINUTE,
        category=keys[0].category,
        attempt=1,
        actor="run",
    )
    with db.write() as con:
        trail.append(con, [row])
    (got,) = trail.evidence(keys[0])
    assert got.id > 0
    assert got == replace(row, id=got.id)


def test_seq_counts_up_across_processes_by_the_database_alone(db: Database) -> None:
    with db.write() as con:
        first = next_seq(con)
    with db.write() as con:
        assert next_seq(con) == first + 1


@pytest.mark.parametrize("seed", range(40))
def test_the_loaded_part_folds_as_the_whole(trail: Trail, db: Database, keys: list[Key], seed: int) -> None:
    """Forty stories of random evidence in random order: successes, marks, waking, taking back, old epochs."""
    chance = random.Random(seed)
    with db.write() as con:
        for seq in chance.sample(range(1, 41), 40):
            trail.append(con, [_any(chance, keys, seq)])
        marks = con.execute("SELECT id, key_id FROM evidence WHERE kind NOT IN ('OK','PAID','WAKE')").fetchall()
        for id_, key_id in chance.sample(marks, len(marks) // 3):
            key = next(one for one in keys if one.id == key_id)
            trail.append(con, [evidence(key, EvidenceKind.VOID, next_seq(con) + 100, void_of=id_)])
    for key in keys:
        with db.read() as con:
            everything, epoch = evidence_of(con, key.account_id), account_epoch(con, key.account_id)
        part = trail.evidence(key)
        assert fold(key, part, account_epoch=epoch) == fold(key, everything, account_epoch=epoch)
        assert set(part) <= set(everything)


def _any(chance: random.Random, keys: list[Key], seq: int) -> Evidence:
    kinds = [*EvidenceKind]
    kinds.remove(EvidenceKind.VOID)
    weights = [3 if kind in {EvidenceKind.OK, EvidenceKind.PAID, EvidenceKind.BLOCK} else 1 for kind in kinds]
    (kind,) = chance.choices(kinds, weights)
    return evidence(
        chance.choice(keys),
        kind,
        seq,
        scope=Scope.KEY if kind in {EvidenceKind.OK, EvidenceKind.PAID} else chance.choice([*Scope]),
        key_epoch=chance.choice([0, 0, 0, 1]),
        account_epoch=chance.choice([0, 0, 0, 1]),
        category=chance.choice([None, None, *Category]),
        reason=chance.choice([Reason.CREDITS, Reason.TRIAL, Reason.MINUTE, Reason.SERVER]),
        until=chance.choice([None, START + timedelta(minutes=chance.randrange(60))]),
    )


def test_a_long_life_does_not_make_the_evidence_long(trail: Trail, db: Database, keys: list[Key]) -> None:
    with db.write() as con:
        for seq in range(1, 1001, 2):
            trail.append(con, [evidence(keys[0], EvidenceKind.BLOCK, seq, scope=Scope.ACCOUNT, reason=Reason.MINUTE)])
            trail.append(con, [evidence(keys[0], EvidenceKind.PAID, seq + 1)])
    assert len(trail.evidence(keys[0])) == 1
    assert fold(keys[0], trail.evidence(keys[0])).status is KeyStatus.ACTIVE


def test_the_audit_is_read_newest_first_by_key_and_time(
    trail: Trail,
    db: Database,
    clock: Ticks,
    keys: list[Key],
) -> None:
    clock.now += 100
    with db.write() as con:
        trail.note(con, Note("status", keys[0], "run", "ACTIVE", "EXHAUSTED", "credits", "402"))
        clock.now += 100
        trail.note(con, Note("settings", message="cap set"))
    newest, before = trail.entries(most=2)
    assert (newest.action, newest.key_id, newest.actor, newest.message) == ("settings", "", "user", "cap set")
    assert (before.from_status, before.to_status, before.reason) == ("ACTIVE", "EXHAUSTED", "credits")
    assert (before.last4, before.label) == (keys[0].last4, keys[0].label)
    assert [line.action for line in trail.entries(key_id=keys[0].id)] == ["status", "added"]
    assert trail.entries(since=newest.at) == [newest]
    assert trail.entries(since=newest.at + timedelta(seconds=1)) == []


def test_counters_add_up_by_day_key_and_outcome(trail: Trail, db: Database, clock: Ticks, keys: list[Key]) -> None:
    with db.write() as con:
        trail.count(con, keys[0].id, "found", n=2, credits=10.0)
        trail.count(con, keys[0].id, "found", credits=5.0)
        trail.count(con, keys[1].id, "not_found")
        clock.now += 86_400
        trail.count(con, keys[0].id, "found", credits=5.0)
    all_days = trail.daily()
    assert sorted((c.outcome, c.n, c.credits) for c in all_days) == [
        ("found", 1, 5.0),
        ("found", 3, 15.0),
        ("not_found", 1, 0.0),
    ]
    last = max(count.day for count in all_days)
    assert [(c.n, c.day) for c in trail.daily(since_day=last)] == [(1, last)]
    assert sum(c.n for c in trail.daily(key_id=keys[0].id)) == 4
