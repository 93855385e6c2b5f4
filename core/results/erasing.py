"""Takes people out of a database and leaves what was paid: counts and credits stay, names and contact data go."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec

from core.database import Connection, Database
from core.model import Answer, Prospect
from core.results import sent
from core.results.suppression import Suppressions, hidden
from core.results.tracing import Record, Trace, trace

FORGOTTEN = "Forgotten on request."
_GONE = "forgotten/"  # in place of the fingerprint, with a random end
_MESSAGES = (
    ("attempts", "seq", "message"),
    ("audit", "id", "message"),
    ("jobs", "id", "reason"),
    ("suppressed", "mark", "reason"),
)


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was taken out of one database, and in which of the user's files the person was written."""

    answers: int
    rows: int
    cells: int
    messages: int
    payments: int  # records of credits that stay, without the person
    suppressed: int
    files: tuple[str, ...]
    trace: Trace


def erase(db: Database, who: Prospect, *, suppress: bool, reason: str, clock: Callable[[], float]) -> Erased:
    """Forget a person. With ``suppress`` he is put on the do-not-contact list by marks only."""
    with db.erasing() as con:
        found = trace(con, who)
        jobs = {one.where[0] for one in found.rows}
        for job in jobs:
            sent.keep_fields(con, job)
        rows = {(one.where[0], int(one.where[1])) for one in found.rows} | _rows_of_cells(con, found)
        files = _files(con, jobs | {job for job, _ in rows})
        con.executemany("DELETE FROM results WHERE person_fp=? AND kind=?", [one.where for one in found.answers])
        _strip(con, found.rows, FORGOTTEN)
        payments = _part_from_payments(con, found.prints | {one.person_fp for one in found.answers})
        cells = _count(con, "DELETE FROM cells WHERE job_id=? AND row=? AND heading=0", rows)
        messages = sum(_blank(con, table, key, column, found) for table, key, column in _MESSAGES)
        added = _on_the_list(con, Suppressions(db), found, suppress=suppress, reason=reason, at=clock())
    return Erased(len(found.answers), len(found.rows), cells, messages, payments, added, files, found)


def strip_rows(con: Connection, rows: Sequence[tuple[str, int, str]]) -> None:
    """Take the people out of these rows of jobs (job, row, kind); status, credits and key stay."""
    con.executemany(
        "UPDATE units SET person_fp='', prospect='{}', reason='', result=NULL WHERE job_id=? AND row=? AND kind=?", rows
    )


def _strip(con: Connection, records: Iterable[Record], why: str) -> None:
    """The same for a person's rows, which keep a receipt; nobody asks for them any more."""
    changes = [(_receipt(one.result, why), why, one.where[0], int(one.where[1]), one.where[2]) for one in records]
    con.executemany(
        "UPDATE units SET person_fp='', prospect='{}', result=?, reason=?, state='DONE', pin_account=NULL,"
        " status=coalesce(status,'do_not_contact') WHERE job_id=? AND row=? AND kind=?",
        changes,
    )


def _receipt(result: str, why: str) -> str | None:
    """The answer without the person."""
    if not result:
        return None
    answer = msgspec.json.decode(result, type=Answer)
    return msgspec.json.encode(replace(answer, person=None, reason=why)).decode()


def _part_from_payments(con: Connection, prints: Iterable[str]) -> int:
    """Who paid what stays; for whom does not."""
    kept = 0
    for fp in sorted(prints):
        anybody = f"{_GONE}{uuid.uuid4().hex}"
        kept += con.execute("UPDATE ledger SET person_fp=?, lusha_id=NULL WHERE person_fp=?", (anybody, fp)).rowcount
    return kept


def _rows_of_cells(con: Connection, found: Trace) -> set[tuple[str, int]]:
    """Rows of sheets whose kept cells speak of the person, also where he came from the store and was not asked for."""
    rows = con.execute("SELECT job_id, row, before, after, was FROM cells WHERE heading=0")
    return {(job, row) for job, row, *texts in rows if any(text and found.in_text(text) for text in texts)}


def _files(con: Connection, jobs: Iterable[str]) -> tuple[str, ...]:
    """The user's files that these jobs read or wrote."""
    paths: set[str] = set()
    for job in jobs:
        paths |= {str(row[0]) for row in con.execute("SELECT path FROM written WHERE job_id=?", (job,))}
        paths |= {str(row[0]) for row in con.execute("SELECT source FROM jobs WHERE id=? AND source<>'lookup'", (job,))}
    return tuple(sorted(paths))


def _blank(con: Connection, table: str, key: str, column: str, found: Trace) -> int:
    """Empty the messages that name the person."""
    texts = con.execute(f"SELECT {key}, {column} FROM {table} WHERE {column}<>''").fetchall()  # noqa: S608  our own words
    named = [(id_,) for id_, text in texts if found.in_text(str(text))]
    con.executemany(f"UPDATE {table} SET {column}='' WHERE {key}=?", named)  # noqa: S608
    return len(named)


def _on_the_list(con: Connection, listed: Suppressions, found: Trace, *, suppress: bool, reason: str, at: float) -> int:
    """Whoever is on the list stays recognised by it, but is no longer named."""
    listed.mask(con, (*found.ids, *found.phones))
    if not suppress:
        return 0
    return len(listed.put(con, [hidden(one, reason, at) for one in sorted(found.ids)]).new)


def _count(con: Connection, sql: str, rows: Iterable[tuple[str, int]]) -> int:
    return sum(con.execute(sql, row).rowcount for row in rows)
