"""What has been paid for: one answer for each person and kind, so that nobody is paid for twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from sqlite3 import Connection

import msgspec

from core.database import Database
from core.model import Kind, Person

DAY_S = 86_400.0
_CHUNK = 500  # fingerprints in one SELECT; SQLite's variable limit was 999 for long


class Outcome(StrEnum):
    """What Lusha knew: ``RESTRICTED`` is final for this person whichever key asks."""

    FOUND = "FOUND"
    NOT_FOUND = "NOT_FOUND"
    RESTRICTED = "RESTRICTED"


@dataclass(frozen=True, slots=True)
class Known:
    """One stored answer. ``fetched_at`` is in Unix seconds; ``credits`` is None when Lusha did not say."""

    person_fp: str
    kind: Kind
    outcome: Outcome
    person: Person | None
    account_id: str
    request_id: str
    credits: float | None
    fetched_at: float


class ResultStore:
    """Answers by person fingerprint and kind; older ones than the retention count as unknown."""

    def __init__(self, db: Database, clock: Callable[[], float], *, found_days: int, not_found_days: int) -> None:
        self._db, self._clock = db, clock
        self._max_age_s = {
            Outcome.FOUND: found_days * DAY_S,
            Outcome.NOT_FOUND: not_found_days * DAY_S,
            Outcome.RESTRICTED: float("inf"),
        }

    def known(self, fingerprints: Iterable[str], kinds: frozenset[Kind]) -> dict[tuple[str, Kind], Known]:
        """All answers for these people that are young enough to be used instead of asking again."""
        wanted, found = sorted(set(fingerprints)), {}
        with self._db.read() as con:
            for start in range(0, len(wanted), _CHUNK):
                part = wanted[start : start + _CHUNK]
                marks = ",".join("?" * len(part))
                for row in con.execute(
                    "SELECT person_fp, kind, outcome, payload, account_id, request_id, credits, fetched_at"  # noqa: S608
                    f" FROM results WHERE person_fp IN ({marks})",  # only question marks are pasted in
                    part,
                ):
                    known = _known(tuple(row))
                    if known.kind in kinds and self._clock() - known.fetched_at < self._max_age_s[known.outcome]:
                        found[known.person_fp, known.kind] = known
        return found

    def keep(self, con: Connection, known: Known) -> None:
        """Store an answer inside the caller's transaction; who paid goes into the ledger, which outlives the answer."""
        payload = msgspec.json.encode(known.person).decode() if known.person is not None else None
        lusha_id = known.person.lusha_id if known.person is not None else ""
        con.execute(
            "INSERT INTO results(person_fp, kind, outcome, payload, lusha_id, account_id, request_id, credits, fetched_at)"
            " VALUES(?,?,?,?,?,?,?,?,?) ON CONFLICT(person_fp, kind) DO UPDATE SET outcome=excluded.outcome,"
            " payload=excluded.payload, lusha_id=excluded.lusha_id, account_id=excluded.account_id,"
            " request_id=excluded.request_id, credits=excluded.credits, fetched_at=excluded.fetched_at",
            (
                known.person_fp,
                known.kind.value,
                known.outcome.value,
                payload,
                lusha_id,
                known.account_id,
                known.request_id,
                known.credits,
                known.fetched_at,
            ),
        )
        if known.credits is None or known.credits > 0:
            self._paid(con, known, lusha_id)

    def _paid(self, con: Connection, known: Known, lusha_id: str) -> None:
        con.execute(
            "INSERT INTO ledger(person_fp, kind, account_id, first_paid_at, last_at, credits, lusha_id)"
            " VALUES(?,?,?,?,?,?,?) ON CONFLICT(person_fp, kind, account_id) DO UPDATE SET last_at=excluded.last_at,"
            " credits=coalesce(ledger.credits, 0) + coalesce(excluded.credits, 0), lusha_id=excluded.lusha_id",
            (
                known.person_fp,
                known.kind.value,
                known.account_id,
                known.fetched_at,
                known.fetched_at,
                known.credits,
                lusha_id,
            ),
        )


def _known(row: tuple[object, ...]) -> Known:
    fp, kind, outcome, payload, account, request, credits, at = row
    person = msgspec.json.decode(str(payload), type=Person) if payload else None
    return Known(
        str(fp),
        Kind(str(kind)),
        Outcome(str(outcome)),
        person,
        str(account),
        str(request or ""),
        None if credits is None else float(str(credits)),
        float(str(at)),
    )
