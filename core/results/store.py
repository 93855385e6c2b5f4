"""What has been paid for: one answer for each person and kind, so that nobody is paid for twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from sqlite3 import Connection
from typing import Any

import msgspec

from core.database import Database
from core.model import Kind, Person
from core.results.person import fingerprint, identities

DAY_S = 86_400.0
REFUSED_DAYS = 7  # how long a row that Lusha refused is left alone, unless it is changed
EXPERIENCE_DAYS, LEAST_EXPERIENCE = 30, 50  # rows
_CHUNK = 500  # fingerprints in one SELECT; SQLite's variable limit was 999 for long


class Outcome(StrEnum):
    """What Lusha knew: ``RESTRICTED`` is final for this person whichever key asks.

    ``REFUSED``: it did not take the row as it stands (400, 412, 422, free); kept only so that it is not asked every time.
    """

    FOUND = "FOUND"
    NOT_FOUND = "NOT_FOUND"
    RESTRICTED = "RESTRICTED"
    WITHHELD = "WITHHELD"  # paid for, but on the do-not-contact list: nothing of it was kept
    REFUSED = "REFUSED"


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


@dataclass(frozen=True, slots=True)
class Payer:
    """An account that has paid for a person, and the id Lusha gave him there ("" when it did not)."""

    account_id: str
    account: str
    lusha_id: str


class ResultStore:
    """Answers by person fingerprint and kind; older ones than the retention count as unknown."""

    def __init__(self, db: Database, clock: Callable[[], float], *, found_days: int, not_found_days: int) -> None:
        self._db, self._clock = db, clock
        self._max_age_s = {
            Outcome.FOUND: found_days * DAY_S,
            Outcome.NOT_FOUND: not_found_days * DAY_S,
            Outcome.RESTRICTED: float("inf"),
            Outcome.WITHHELD: found_days * DAY_S,  # else it would be paid for again, and withheld again
            Outcome.REFUSED: min(not_found_days, REFUSED_DAYS) * DAY_S,
        }

    def known(self, fingerprints: Iterable[str], kinds: frozenset[Kind]) -> dict[tuple[str, Kind], Known]:
        """All answers for these people that are young enough to be used instead of asking again."""
        with self._db.read() as con:
            found = _stored(con, sorted(set(fingerprints)))
        return {(one.person_fp, one.kind): one for one in found if one.kind in kinds and self._young(one)}

    def by_age(
        self, fingerprints: Iterable[str], kinds: frozenset[Kind]
    ) -> tuple[dict[tuple[str, Kind], Known], dict[str, frozenset[float]]]:
        """What `known` says, and when the answers came that are too old here, though another run may still use them."""
        with self._db.read() as con:
            found = [one for one in _stored(con, sorted(set(fingerprints))) if one.kind in kinds]
        known, stale = dict[tuple[str, Kind], Known](), dict[str, frozenset[float]]()
        for one in found:
            if self._young(one):
                known[one.person_fp, one.kind] = one
            else:
                stale[one.person_fp] = stale.get(one.person_fp, frozenset()) | {one.fetched_at}
        return known, stale

    def newer(self, con: Connection, fingerprints: Sequence[str], kinds: frozenset[Kind], since: float) -> list[Known]:
        """Answers that came for these people since then (Unix seconds), from whichever program asked.

        What is young enough to be used counts as well: a clock that was set back makes the newest answer look old.
        """
        return [one for one in _stored(con, fingerprints) if one.kind in kinds and (one.fetched_at >= since or self._young(one))]

    def _young(self, one: Known) -> bool:
        return self._clock() - one.fetched_at < self._max_age_s[one.outcome]

    def payers(self, fingerprints: Iterable[str]) -> dict[str, Payer]:
        """Who has paid for these people before, the latest first: there a repeat by Lusha's own id costs least."""
        wanted, found = sorted(set(fingerprints)), dict[str, Payer]()
        with self._db.read() as con:
            for part in _parts(wanted):
                for fp, account_id, account, lusha_id in con.execute(
                    "SELECT l.person_fp, l.account_id, a.label, coalesce(l.lusha_id,'') FROM ledger l"  # noqa: S608
                    f" JOIN accounts a ON a.id=l.account_id WHERE l.person_fp IN ({_marks(part)})"
                    " AND EXISTS (SELECT 1 FROM keys k WHERE k.account_id=l.account_id) ORDER BY l.last_at",
                    part,
                ):
                    found[fp] = Payer(account_id, account, lusha_id)
        return found

    def hit_rates(self) -> dict[Kind, float]:
        """The share of people found (0 to 1) by kind in the last 30 days; without a kind that was asked for too rarely."""
        since = self._clock() - EXPERIENCE_DAYS * DAY_S
        with self._db.read() as con:
            rows = con.execute(
                "SELECT kind, count(*), sum(CASE WHEN outcome='FOUND' THEN 1 ELSE 0 END) FROM results"
                " WHERE fetched_at>=? AND outcome IN ('FOUND','NOT_FOUND') AND request_id IS NOT NULL GROUP BY kind",
                (since,),
            ).fetchall()
        return {Kind(kind): found / asked for kind, asked, found in rows if asked >= LEAST_EXPERIENCE}

    def keep(self, con: Connection, answers: Iterable[Known]) -> None:
        """Store answers inside the caller's transaction; who paid goes into the ledger, which outlives the answers.

        What was found is kept under the person's other identities, too: whoever was paid for by name is known by his
        profile and his addresses.
        """
        answers = list(answers)
        self._keep(con, answers)
        also = [found for known in answers for found in _also(known)]
        con.executemany(_COPY_ANSWER, also)
        con.executemany(_COPY_PAYER, also)

    def _keep(self, con: Connection, answers: Iterable[Known]) -> None:
        results, paid = [], []
        for known in answers:
            person = known.person
            lusha_id = person.lusha_id if person is not None else ""
            who = (known.person_fp, known.kind.value)
            payload = msgspec.json.encode(person).decode() if person is not None else None
            results.append(
                (
                    *who,
                    known.outcome.value,
                    payload,
                    lusha_id,
                    known.account_id,
                    known.request_id,
                    known.credits,
                    known.fetched_at,
                )
            )
            if known.credits is None or known.credits > 0:
                paid.append((*who, known.account_id, known.fetched_at, known.fetched_at, known.credits, lusha_id))
        con.executemany(
            "INSERT INTO results(person_fp, kind, outcome, payload, lusha_id, account_id, request_id, credits, fetched_at)"
            " VALUES(?,?,?,?,?,?,?,?,?) ON CONFLICT(person_fp, kind) DO UPDATE SET outcome=excluded.outcome,"
            " payload=excluded.payload, lusha_id=excluded.lusha_id, account_id=excluded.account_id,"
            " request_id=excluded.request_id, credits=excluded.credits, fetched_at=excluded.fetched_at",
            results,
        )
        con.executemany(
            "INSERT INTO ledger(person_fp, kind, account_id, first_paid_at, last_at, credits, lusha_id)"
            " VALUES(?,?,?,?,?,?,?) ON CONFLICT(person_fp, kind, account_id) DO UPDATE SET last_at=excluded.last_at,"
            " credits=coalesce(ledger.credits, 0) + coalesce(excluded.credits, 0), lusha_id=excluded.lusha_id",
            paid,
        )


# Copies have no request: they are no experience of how often people are found. What is forbidden stays so.
_COPY_ANSWER = (
    "INSERT INTO results(person_fp, kind, outcome, payload, lusha_id, account_id, request_id, credits, fetched_at)"
    " SELECT ?, kind, outcome, payload, lusha_id, account_id, NULL, 0, fetched_at FROM results WHERE person_fp=? AND kind=?"
    " ON CONFLICT(person_fp, kind) DO UPDATE SET outcome=excluded.outcome, payload=excluded.payload, lusha_id=excluded.lusha_id,"
    " account_id=excluded.account_id, request_id=NULL, credits=0, fetched_at=excluded.fetched_at"
    " WHERE results.outcome NOT IN ('RESTRICTED','WITHHELD') AND results.fetched_at<=excluded.fetched_at"
)
_COPY_PAYER = (
    "INSERT INTO ledger(person_fp, kind, account_id, first_paid_at, last_at, credits, lusha_id)"
    " SELECT ?, kind, account_id, first_paid_at, last_at, 0, lusha_id FROM ledger WHERE person_fp=? AND kind=?"
    " ON CONFLICT(person_fp, kind, account_id) DO UPDATE SET last_at=excluded.last_at, lusha_id=excluded.lusha_id"
)


def _also(known: Known) -> list[tuple[str, str, str]]:
    """(fingerprint, the one it is stored under, kind) for each other identity of a person who was found."""
    if known.person is None:
        return []
    prints = {fingerprint(one) for one in identities(known.person)} - {known.person_fp}
    return [(one, known.person_fp, known.kind.value) for one in sorted(prints)]


def _stored(con: Connection, fingerprints: Sequence[str]) -> list[Known]:
    return [
        _known(row)
        for part in _parts(fingerprints)
        for row in con.execute(
            "SELECT person_fp, kind, outcome, payload, account_id, request_id, credits, fetched_at"  # noqa: S608
            f" FROM results WHERE person_fp IN ({_marks(part)})",
            part,
        )
    ]


def _parts(fingerprints: Sequence[str]) -> Iterator[Sequence[str]]:
    return (fingerprints[start : start + _CHUNK] for start in range(0, len(fingerprints), _CHUNK))


def _marks(part: Sequence[str]) -> str:
    """Question marks for a list of values: nothing else is ever pasted into a statement."""
    return ",".join("?" * len(part))


def _known(row: tuple[Any, ...]) -> Known:
    fp, kind, outcome, payload, account, request, credits, at = row
    person = msgspec.json.decode(payload, type=Person) if payload else None
    return Known(fp, Kind(kind), Outcome(outcome), person, account, request or "", credits, at)
