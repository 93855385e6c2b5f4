"""Jobs and their rows: every answer is committed here before any cell is touched.

job   RUNNING -> DONE, or PAUSED (can be resumed); STOPPING asks whoever runs it to stop
unit  PENDING -> SENT -> DONE; back to PENDING when nothing was charged, UNKNOWN when its account may have charged
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from sqlite3 import Connection
from typing import Any

import msgspec

from core.database import Database
from core.model import Answer, Kind, Prospect, RowStatus
from core.results.spared import Spared, written

OPEN_STATES = ("RUNNING", "STOPPING")
_CHUNK = 400  # people in one SELECT


@dataclass(frozen=True, slots=True)
class Unit:
    """A row of a job that is to be asked for: its number in the sheet, who it is, and for which kinds."""

    row: int
    prospect: Prospect
    person_fp: str
    kinds: frozenset[Kind]


@dataclass(frozen=True, slots=True)
class Pin:
    """The account that may already have charged for a person: nobody else is asked for him.

    ``attempt`` is the request whose answer got lost, 0 when that is not known: who travelled together goes together again.
    """

    account_id: str
    account: str
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Options:
    """What a job was started with, to go on in the same way. ``out`` is a path or empty; the rest are caps or None."""

    out: str = ""
    sheet: str = ""
    rows: int | None = None
    credits: float | None = None
    wait: bool = True
    more: Mapping[str, str] = field(default_factory=dict)  # what the front door wants to remember


@dataclass(frozen=True, slots=True)
class Job:
    """A run as it is remembered. Times in Unix seconds. ``undelivered``: answers that no cell has got yet.

    ``credits`` is what Lusha said it charged; ``spent`` counts what answers that got lost may have cost, too.
    """

    id: str
    kinds: frozenset[Kind]
    source: str
    sheet: str
    state: str
    reason: str
    created_at: float
    finished_at: float | None
    rows: int
    open_rows: int
    credits: float
    calls: int
    undelivered: int
    spent: float
    sent_rows: int
    owner: str = ""
    options: Options = Options()


@dataclass(frozen=True, slots=True)
class Claims:
    """What other jobs are doing about the people asked for: ``busy`` are being asked for just now, ``pins`` are in doubt."""

    busy: frozenset[str]
    pins: Mapping[str, Mapping[Kind, Pin]]


class Journal:
    """Writes jobs and units. ``alive`` says whether the program that booked as an owner still runs."""

    def __init__(self, db: Database, clock: Callable[[], float], *, alive: Callable[[str], bool] = lambda _owner: False) -> None:
        self._db, self._clock, self._alive = db, clock, alive

    # -- jobs ---------------------------------------------------------------------------------------------------------
    def begin(
        self,
        kinds: frozenset[Kind],
        units: Sequence[Unit],
        *,
        source: str,
        sheet: str = "",
        owner: str = "",
        options: Options | None = None,
        spared: Spared | None = None,
    ) -> str:
        """Start a job and return its id (12 hex digits). ``spared`` is what it need not ask."""
        job, made = uuid.uuid4().hex[:12], options or Options()
        with self._db.write() as con:
            con.execute(
                "INSERT INTO jobs(id, kinds, source, sheet, state, cap_credits, created_at, owner, options, snapshot)"
                " VALUES(?,?,?,?,'RUNNING',?,?,?,?,?)",
                (
                    job,
                    ",".join(sorted(kinds)),
                    source,
                    sheet,
                    made.credits,
                    self._clock(),
                    owner,
                    msgspec.json.encode(made).decode(),
                    written(spared or Spared()),
                ),
            )
            _add_units(con, job, units)
        return job

    def reopen(self, job: str, units: Sequence[Unit], *, owner: str) -> bool:
        """Go on with a job; units it does not have yet are added. False when it is running: somebody was quicker."""
        with self._db.write() as con:
            sql = "UPDATE jobs SET state='RUNNING', reason=NULL, finished_at=NULL, aged_at=NULL, owner=?"
            sql += " WHERE id=? AND state NOT IN (?, ?)"
            if con.execute(sql, (owner, job, *OPEN_STATES)).rowcount != 1:
                return False
            _add_units(con, job, units)
            return True

    def known(self, job: str, answers: Iterable[tuple[int, Answer]]) -> None:
        """Rows of a job that goes on for which the answer is known by now: nobody is asked, and they are open no more.

        What Lusha gave settles a doubt, too: another request of another job may have told more than it asked for. A miss may be
        older than the doubt, and a cell that somebody has filled is no answer: they take none away.
        """
        with self._db.write() as con:
            con.executemany(
                "UPDATE units SET pin_account=iif(?1, NULL, pin_account), state=iif(?1 OR state='PENDING', 'DONE', state),"
                " status=?2, reason=?3, result=?4, credits=0, from_store=1, delivered_at=NULL"
                " WHERE job_id=?5 AND row=?6 AND kind=?7 AND (state='PENDING' OR (state='UNKNOWN' AND ?8))",
                [
                    (
                        _tells(answer) and answer.status is not RowStatus.NOT_FOUND,
                        *(answer.status.value, answer.reason, result, job, row, kind.value, answer.from_store),
                    )
                    for row, answer in answers
                    for result in [None if answer.status is RowStatus.ALREADY_FILLED else msgspec.json.encode(answer).decode()]
                    for kind in answer.kinds
                ],
            )

    def finish(self, job: str, state: str, reason: str = "") -> None:
        """Close the job: DONE, or PAUSED with the reason why it can be resumed."""
        with self._db.write() as con:
            con.execute("UPDATE jobs SET state=?, reason=?, finished_at=? WHERE id=?", (state, reason, self._clock(), job))

    def ask_to_stop(self, job: str) -> bool:
        """Any program may: whoever runs the job stops after the requests under way. False when it is not running."""
        with self._db.write() as con:
            return con.execute("UPDATE jobs SET state='STOPPING' WHERE id=? AND state='RUNNING'", (job,)).rowcount == 1

    def is_to_stop(self, job: str) -> bool:
        with self._db.read() as con:
            found = con.execute("SELECT state FROM jobs WHERE id=?", (job,)).fetchone()
        return found is not None and found[0] == "STOPPING"

    def jobs(self, most: int = 50) -> list[Job]:
        """The latest jobs, newest first."""
        with self._db.read() as con:
            rows = con.execute(_JOBS + " ORDER BY j.created_at DESC, j.id LIMIT ?", (most,)).fetchall()
        return [_job(row) for row in rows]

    def job(self, job: str) -> Job | None:
        """The job with this id, or whose id begins so when only one does."""
        with self._db.read() as con:
            rows = con.execute(_JOBS + " WHERE j.id LIKE ? ESCAPE '\\' ORDER BY j.id LIMIT 2", (_escaped(job) + "%",)).fetchall()
        exact = [row for row in rows if row[0] == job]
        return _job((exact or rows)[0]) if exact or len(rows) == 1 else None

    def pause_abandoned(self) -> None:
        """Jobs that say they run although their program is gone can be resumed."""
        with self._db.read() as con:
            rows = con.execute("SELECT id, coalesce(owner,'') FROM jobs WHERE state IN (?, ?)", OPEN_STATES).fetchall()
        gone = [(job, owner) for job, owner in rows if not self._alive(owner)]
        if gone:
            sql = (
                "UPDATE jobs SET state='PAUSED', reason='The program ended before the run did.', finished_at=?"
                " WHERE id=? AND coalesce(owner,'')=? AND state IN (?, ?)"  # somebody may have gone on with it meanwhile
            )
            with self._db.write() as con:
                con.executemany(sql, [(self._clock(), *which, *OPEN_STATES) for which in gone])

    # -- units, on the way --------------------------------------------------------------------------------------------
    def sent(self, con: Connection, job: str, rows: Iterable[int], kinds: frozenset[Kind], attempt: int) -> None:
        """The rows are about to be asked for by this attempt."""
        con.executemany(
            "UPDATE units SET state='SENT', attempt=?, tries=tries+1 WHERE job_id=? AND row=? AND kind=?",
            [(attempt, job, row, kind.value) for row in rows for kind in kinds],
        )

    def unsent(self, con: Connection, job: str, rows: Iterable[int], kinds: frozenset[Kind]) -> None:
        """The attempt was taken back before anything was sent."""
        con.executemany(
            "UPDATE units SET state=CASE WHEN coalesce(pin_account,'')='' THEN 'PENDING' ELSE 'UNKNOWN' END, tries=tries-1"
            " WHERE job_id=? AND row=? AND kind=? AND state='SENT'",
            [(job, row, kind.value) for row in rows for kind in kinds],
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

    def done(
        self,
        con: Connection,
        job: str,
        kinds: frozenset[Kind],
        answers: Mapping[int, Answer],
        *,
        people: Sequence[str],
        pins: Mapping[int, str] | None = None,
    ) -> None:
        """These rows, of these ``people``, have their final answer for these kinds.

        ``pins``: yet that account may have charged for the person of the row. So may the one a row is pinned to when its answer
        says nothing of the person (a refusal, a failure): it stays the only one to be asked.
        """
        self._free(con, job, kinds, dict(zip(people, answers.values(), strict=True)))
        may = pins or {}
        con.executemany(
            "UPDATE units SET pin_account=coalesce(?1, iif(?2, NULL, nullif(pin_account, ''))),"
            " state=iif(coalesce(?1, iif(?2, NULL, nullif(pin_account, ''))) IS NULL, 'DONE', 'UNKNOWN'),"
            " status=?3, reason=?4, result=?5, credits=?6, last4=?7, account=?8, from_store=?9, delivered_at=NULL"
            " WHERE job_id=?10 AND row=?11 AND kind=?12",
            [
                (
                    may.get(row),
                    _tells(answer),
                    answer.status.value,
                    answer.reason,
                    result,
                    answer.credits,
                    answer.last4,
                    answer.account,
                    int(answer.from_store),
                    job,
                    row,
                    kind.value,
                )
                for row, answer in answers.items()
                for result in [msgspec.json.encode(answer).decode()]
                for kind in kinds
            ],
        )

    def pending(self, con: Connection, job: str, rows: Mapping[int, frozenset[Kind]], reason: str) -> None:
        """Of these answered rows those kinds are still open at Lusha: a run that goes on asks for them again."""
        con.executemany(
            "UPDATE units SET status=?, reason=?, result=NULL, credits=0 WHERE job_id=? AND row=? AND kind=?",
            [(RowStatus.WAITING.value, reason, job, row, kind.value) for row, kinds in rows.items() for kind in kinds],
        )

    def _free(self, con: Connection, job: str, kinds: frozenset[Kind], answers: Mapping[str, Answer]) -> None:
        """These people have an answer: what other jobs left in doubt about them is settled by it.

        One that says nothing of the person (a refusal, a failure) leaves the doubt: it may have been charged all the same.
        """
        doubts = {
            (other, fp, kind)
            for fp, kind, (state, other), _pin in _open_units(con, list(answers))
            if state == "UNKNOWN" and other != job and kind in kinds
        }
        con.executemany(
            "UPDATE units SET pin_account=NULL, state='DONE', status=?, reason=?, result=?, credits=0, from_store=1,"
            " delivered_at=NULL WHERE job_id=? AND person_fp=? AND kind=? AND state='UNKNOWN'",
            [
                (answer.status.value, answer.reason, told, other, fp, kind)
                for other, fp, kind in doubts
                if _tells(answer := answers[fp])
                for told in [msgspec.json.encode(replace(answer, credits=0.0, from_store=True)).decode()]
            ],
        )

    def orphan(self, con: Connection, attempt: int) -> None:
        """The program that sent this attempt is gone: its rows may be charged where they were sent."""
        con.execute(
            "UPDATE units SET state='UNKNOWN', pin_account=(SELECT account_id FROM attempts WHERE seq=?)"
            " WHERE attempt=? AND state='SENT'",
            (attempt, attempt),
        )

    def claims(self, con: Connection, job: str, people: Sequence[str], kinds: frozenset[Kind]) -> Claims:
        """What other jobs have under way, or in doubt, for these people and kinds."""
        busy, pins = set[str](), dict[str, dict[Kind, Pin]]()
        for fp, kind, state, pin in _open_units(con, people):
            if kind in kinds and state[1] != job:
                if state[0] == "SENT":
                    busy.add(fp)
                elif pin is not None:
                    pins.setdefault(fp, {})[Kind(kind)] = pin
        return Claims(frozenset(busy), pins)

    def pins(self, fingerprints: Iterable[str], kinds: frozenset[Kind]) -> dict[tuple[str, Kind], Pin]:
        """People whose last request got no answer, in any job, crashed ones included, and who may have charged for them.

        An account that has no key left cannot be asked again; its people are free.
        """
        with self._db.read() as con:
            rows = con.execute(
                "SELECT u.person_fp, u.kind, u.state, coalesce(t.owner, ''), a.id, a.label, coalesce(u.attempt, 0) FROM units u"
                " LEFT JOIN attempts t ON t.seq = u.attempt"
                " JOIN accounts a ON a.id = coalesce(u.pin_account, t.account_id)"
                " WHERE u.state IN ('SENT','UNKNOWN') AND EXISTS (SELECT 1 FROM keys k WHERE k.account_id = a.id)"
            ).fetchall()
        wanted = set(fingerprints) if rows else set()
        return {
            (fp, Kind(kind)): Pin(account_id, label, attempt)
            for fp, kind, state, owner, account_id, label, attempt in rows
            if fp in wanted and kind in kinds and not (state == "SENT" and self._alive(owner))
        }

    # -- what came of it ----------------------------------------------------------------------------------------------
    def delivered(self, job: str, rows: Iterable[int]) -> None:
        """The cells of these rows have been written."""
        now = self._clock()
        with self._db.write() as con:
            con.executemany(DELIVERED, [(now, job, row) for row in rows])

    def answers(self, job: str) -> dict[int, dict[Kind, Answer]]:
        """Every answer of the job, by row and kind; a waiting row's is its last one."""
        found: dict[int, dict[Kind, Answer]] = {}
        with self._db.read() as con:
            for row, kind, result in con.execute(
                "SELECT row, kind, result FROM units WHERE job_id=? AND result IS NOT NULL ORDER BY row, kind", (job,)
            ):
                found.setdefault(row, {})[Kind(kind)] = msgspec.json.decode(result, type=Answer)
        return found

    def answered(self, job: str) -> dict[tuple[str, Kind], Answer]:
        """The final answers of a job by person and kind, however old: a resumed job does not ask for them again."""
        with self._db.read() as con:
            rows = con.execute(
                "SELECT person_fp, kind, result FROM units WHERE job_id=? AND state='DONE' AND result IS NOT NULL", (job,)
            ).fetchall()
        found = {(fp, Kind(kind)): msgspec.json.decode(result, type=Answer) for fp, kind, result in rows}
        return {which: answer for which, answer in found.items() if answer.status in FINAL}

    def units(self, job: str) -> list[Unit]:
        """The rows of a job, as they were asked for."""
        found: dict[int, Unit] = {}
        with self._db.read() as con:
            rows = con.execute("SELECT row, kind, person_fp, prospect FROM units WHERE job_id=? ORDER BY row, kind", (job,))
            for row, kind, fp, prospect in rows:
                before = found[row].kinds if row in found else frozenset()
                who = msgspec.json.decode(prospect, type=Prospect)
                found[row] = Unit(row, who, fp, before | {Kind(kind)})
        return list(found.values())

    def is_aged(self, job: str) -> bool:
        """Whether nobody is left who could be asked for: the people of all open rows were removed by age."""
        sql = (
            "SELECT j.aged_at IS NOT NULL OR (count(u.row)>0 AND sum(u.person_fp<>'')=0)"
            " FROM jobs j LEFT JOIN units u ON u.job_id=j.id AND u.state<>'DONE' WHERE j.id=?"
        )
        with self._db.read() as con:
            return bool(con.execute(sql, (job,)).fetchone()[0])

    def rebind(self, job: str, rows: Mapping[str, int]) -> None:
        """The sheet was sorted or edited meanwhile: ``rows`` says where each person stands now.

        Whoever is not there any more keeps his unit under a number below 0, so that it stays known who was paid.
        """
        with self._db.write() as con:
            known = con.execute("SELECT DISTINCT row, person_fp FROM units WHERE job_id=?", (job,)).fetchall()
            lowest = min((row for row, _ in known), default=0)
            moved = [(row, fp, min(lowest, 0) - place) for place, (row, fp) in enumerate(known, 1) if rows.get(fp) != row]
            con.executemany("UPDATE units SET row=? WHERE job_id=? AND row=?", [(away, job, row) for row, _, away in moved])
            con.executemany(
                "UPDATE units SET row=? WHERE job_id=? AND row=?",
                [(rows[fp], job, away) for _, fp, away in moved if fp in rows],
            )


# "+": not by the index of states, which goes through the whole job for every row.
DELIVERED = "UPDATE units SET delivered_at=? WHERE job_id=? AND row=? AND +state='DONE' AND delivered_at IS NULL"
FINAL = frozenset(RowStatus) - {RowStatus.WAITING, RowStatus.STOPPED}
_TELLING = {RowStatus.FOUND, RowStatus.PARTLY_FOUND, RowStatus.CHECK_MATCH, RowStatus.FROM_STORE, RowStatus.NOT_FOUND}


def _tells(answer: Answer) -> bool:
    """Whether an answer says what there is of the person; our own list of whom not to contact does not."""
    lusha_forbids = answer.status is RowStatus.DO_NOT_CONTACT and bool(answer.last4 or answer.from_store)
    return answer.status in _TELLING or lusha_forbids


_JOBS = (
    "SELECT j.id, j.kinds, j.source, coalesce(j.sheet,''), j.state, coalesce(j.reason,''), j.created_at, j.finished_at,"
    " (SELECT count(DISTINCT u.row) FROM units u WHERE u.job_id=j.id),"
    " (SELECT count(DISTINCT u.row) FROM units u WHERE u.job_id=j.id AND u.state<>'DONE'),"
    " (SELECT coalesce(sum(a.credits_charged),0) FROM attempts a WHERE a.job_id=j.id),"
    " (SELECT count(*) FROM attempts a WHERE a.job_id=j.id AND coalesce(a.outcome,'')<>'UNSENT'),"
    " (SELECT count(DISTINCT u.row) FROM units u WHERE u.job_id=j.id AND u.state='DONE' AND u.delivered_at IS NULL),"
    " (SELECT coalesce(sum(coalesce(a.credits_charged, CASE WHEN a.again=0 THEN a.credits_reserved ELSE 0 END)),0)"
    " FROM attempts a WHERE a.job_id=j.id),"
    " (SELECT count(DISTINCT u.row) FROM units u WHERE u.job_id=j.id AND u.tries>0),"
    " coalesce(j.owner,''), coalesce(j.options,'') FROM jobs j"
)


def _job(row: tuple[Any, ...]) -> Job:
    known = msgspec.json.decode(row[-1], type=Options) if row[-1] else Options()
    return Job(*(row[0], frozenset(map(Kind, row[1].split(","))), *row[2:-1], known))


def _add_units(con: Connection, job: str, units: Sequence[Unit]) -> None:
    con.executemany(
        "INSERT INTO units(job_id, row, kind, person_fp, prospect, state) VALUES(?,?,?,?,?,'PENDING')"
        " ON CONFLICT(job_id, row, kind) DO UPDATE SET person_fp=excluded.person_fp, prospect=excluded.prospect,"
        " state='PENDING', status=NULL, delivered_at=NULL WHERE units.person_fp=''",  # removed by age after the plan was made
        [
            (job, unit.row, kind.value, unit.person_fp, prospect)
            for unit in units
            for prospect in [msgspec.json.encode(unit.prospect).decode()]
            for kind in sorted(unit.kinds)
        ],
    )


def _open_units(con: Connection, people: Sequence[str]) -> Iterable[tuple[str, str, tuple[str, str], Pin | None]]:
    """(person, kind, (state, job), who may have charged) of what is under way or in doubt."""
    for start in range(0, len(people), _CHUNK):
        part = people[start : start + _CHUNK]
        marks = ",".join("?" * len(part))
        for fp, kind, state, job, account, label, attempt in con.execute(
            "SELECT u.person_fp, u.kind, u.state, u.job_id, a.id, coalesce(a.label,''), coalesce(u.attempt, 0) FROM units u"  # noqa: S608
            " LEFT JOIN accounts a ON a.id = u.pin_account AND EXISTS (SELECT 1 FROM keys k WHERE k.account_id = a.id)"
            f" WHERE u.state IN ('SENT','UNKNOWN') AND u.person_fp IN ({marks})",  # only question marks are pasted in
            part,
        ):
            yield fp, kind, (state, job), Pin(account, label, attempt) if account is not None else None


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
