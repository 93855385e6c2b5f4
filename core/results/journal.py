"""Jobs and their rows: every answer is committed here before any cell is touched."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from sqlite3 import Connection

import msgspec

from core.database import Database
from core.model import Answer, Kind, Prospect, RowStatus


@dataclass(frozen=True, slots=True)
class Unit:
    """A row of a job that is to be asked for: its number in the sheet, who it is, and for which kinds."""

    row: int
    prospect: Prospect
    person_fp: str


@dataclass(frozen=True, slots=True)
class Pin:
    """The account that may already have charged for a person: nobody else is asked for him."""

    account_id: str
    account: str


@dataclass(frozen=True, slots=True)
class Job:
    """A run as it is remembered. Times in Unix seconds."""

    id: str
    kinds: frozenset[Kind]
    source: str
    sheet: str
    state: str
    reason: str
    created_at: float
    finished_at: float | None
    rows: int
    credits: float
    calls: int


class Journal:
    """Writes jobs and units; the states are PENDING, SENT, UNKNOWN (pinned to an account) and DONE."""

    def __init__(self, db: Database, clock: Callable[[], float]) -> None:
        self._db, self._clock = db, clock

    def begin(self, kinds: frozenset[Kind], units: Sequence[Unit], *, source: str, sheet: str = "") -> str:
        """Start a job and return its id (12 hex digits)."""
        job = uuid.uuid4().hex[:12]
        with self._db.write() as con:
            con.execute(
                "INSERT INTO jobs(id, kinds, source, sheet, state, created_at) VALUES(?,?,?,?,'RUNNING',?)",
                (job, ",".join(sorted(kinds)), source, sheet, self._clock()),
            )
            con.executemany(
                "INSERT INTO units(job_id, row, kind, person_fp, prospect, state) VALUES(?,?,?,?,?,'PENDING')",
                [
                    (job, unit.row, kind.value, unit.person_fp, msgspec.json.encode(unit.prospect).decode())
                    for unit in units
                    for kind in sorted(kinds)
                ],
            )
        return job

    def sent(self, con: Connection, job: str, rows: Iterable[int], kinds: frozenset[Kind], attempt: int) -> None:
        """The rows are about to be asked for by this attempt."""
        con.executemany(
            "UPDATE units SET state='SENT', attempt=?, tries=tries+1 WHERE job_id=? AND row=? AND kind=?",
            [(attempt, job, row, kind.value) for row in rows for kind in kinds],
        )

    def back(self, con: Connection, job: str, rows: Iterable[int], kinds: frozenset[Kind], pin: str) -> None:
        """Not answered: PENDING again, or UNKNOWN when ``pin`` names the account that may have charged.

        A row that was ever in doubt keeps its pin: an earlier attempt may have been charged.
        """
        con.executemany(
            "UPDATE units SET pin_account = CASE WHEN ?<>'' THEN ? ELSE pin_account END,"
            " state = CASE WHEN ?<>'' OR coalesce(pin_account,'')<>'' THEN 'UNKNOWN' ELSE 'PENDING' END"
            " WHERE job_id=? AND row=? AND kind=? AND state<>'DONE'",
            [(pin, pin, pin, job, row, kind.value) for row in rows for kind in kinds],
        )

    def done(self, con: Connection, job: str, row: int, kinds: frozenset[Kind], answer: Answer, *, pin: str = "") -> None:
        """The row has its final answer for these kinds. ``pin``: yet that account may have charged for the person."""
        self._free(con, job, row, kinds)
        con.executemany(
            "UPDATE units SET state=?, pin_account=?, status=?, reason=?, result=?, credits=?, last4=?, account=?,"
            " from_store=? WHERE job_id=? AND row=? AND kind=?",
            [
                (
                    "UNKNOWN" if pin else "DONE",
                    pin or None,
                    answer.status.value,
                    answer.reason,
                    msgspec.json.encode(answer).decode(),
                    answer.credits,
                    answer.last4,
                    answer.account,
                    int(answer.from_store),
                    job,
                    row,
                    kind.value,
                )
                for kind in kinds
            ],
        )

    def pins(self, fingerprints: Iterable[str], kinds: frozenset[Kind]) -> dict[str, Pin]:
        """People whose last request got no answer, in any job, crashed ones included, and who may have charged for them.

        An account that has no key left cannot be asked again; its people are free.
        """
        wanted = set(fingerprints)
        with self._db.read() as con:
            rows = con.execute(
                "SELECT u.person_fp, u.kind, a.id, a.label FROM units u"
                " LEFT JOIN attempts t ON t.seq = u.attempt"
                " JOIN accounts a ON a.id = coalesce(u.pin_account, t.account_id)"
                " WHERE u.state IN ('SENT','UNKNOWN') AND EXISTS (SELECT 1 FROM keys k WHERE k.account_id = a.id)"
            ).fetchall()
        return {fp: Pin(account_id, label) for fp, kind, account_id, label in rows if fp in wanted and kind in kinds}

    def _free(self, con: Connection, job: str, row: int, kinds: frozenset[Kind]) -> None:
        """The person has an answer: what other jobs left open about him is open no more."""
        con.executemany(
            "UPDATE units SET state='PENDING', pin_account=NULL WHERE state IN ('SENT','UNKNOWN') AND job_id<>? AND kind=?"
            " AND person_fp=(SELECT person_fp FROM units WHERE job_id=? AND row=? AND kind=?)",
            [(job, kind.value, job, row, kind.value) for kind in kinds],
        )

    def finish(self, job: str, state: str, reason: str = "") -> None:
        """Close the job: DONE, or PAUSED with the reason why it can be resumed."""
        with self._db.write() as con:
            con.execute("UPDATE jobs SET state=?, reason=?, finished_at=? WHERE id=?", (state, reason, self._clock(), job))

    def delivered(self, job: str, rows: Iterable[int]) -> None:
        """The cells of these rows have been written."""
        now = self._clock()
        with self._db.write() as con:
            con.executemany("UPDATE units SET delivered_at=? WHERE job_id=? AND row=?", [(now, job, row) for row in rows])

    def answers(self, job: str) -> dict[int, dict[Kind, Answer]]:
        """Every final answer of the job, by row and kind."""
        found: dict[int, dict[Kind, Answer]] = {}
        with self._db.read() as con:
            for row, kind, result in con.execute(
                "SELECT row, kind, result FROM units WHERE job_id=? AND result IS NOT NULL ORDER BY row, kind", (job,)
            ):
                found.setdefault(row, {})[Kind(kind)] = msgspec.json.decode(result, type=Answer)
        return found

    def jobs(self, most: int = 50) -> list[Job]:
        """The latest jobs, newest first."""
        with self._db.read() as con:
            rows = con.execute(
                "SELECT j.id, j.kinds, j.source, coalesce(j.sheet,''), j.state, coalesce(j.reason,''), j.created_at,"
                " j.finished_at, (SELECT count(DISTINCT u.row) FROM units u WHERE u.job_id=j.id),"
                " (SELECT coalesce(sum(a.credits_charged),0) FROM attempts a WHERE a.job_id=j.id),"
                " (SELECT count(*) FROM attempts a WHERE a.job_id=j.id)"
                " FROM jobs j ORDER BY j.created_at DESC, j.id LIMIT ?",
                (most,),
            ).fetchall()
        return [Job(row[0], frozenset(map(Kind, row[1].split(","))), *row[2:]) for row in rows]


FINAL = frozenset(RowStatus) - {RowStatus.WAITING, RowStatus.STOPPED}
