"""Read-only lists of what was looked up and what left this computer, newest first, on a reader connection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from core.database import Connection
from core.model import Prospect
from core.results.sent import fields


@dataclass(frozen=True, slots=True)
class LookUp:
    """One request for one row: who, with which key, what came back. ``took_s`` None: no answer yet."""

    seq: int
    at: datetime
    name: str
    kinds: str
    label: str
    last4: str
    status: str
    reason: str
    credits: float | None
    took_s: float | None
    http: int | None
    row: int


@dataclass(frozen=True, slots=True)
class Departure:
    """What one run sent away: how many people, each counted once, in how many requests, and which of their fields."""

    job: str
    at: datetime
    source: str
    people: int
    requests: int
    fields: tuple[str, ...]


class Which(StrEnum):
    """Which look-ups are listed."""

    ALL = "all"
    FOUND = "found"
    NOT_FOUND = "not_found"
    KEYS = "keys"


_WHICH = {
    Which.ALL: "",
    Which.FOUND: " AND u.status IN ('found','partly_found','check_match')",
    Which.NOT_FOUND: " AND u.status='not_found'",
    Which.KEYS: "",
}


NO_NAME = "(removed)"  # forgotten on request, or by age


def look_ups(con: Connection, which: Which, *, before: int | None = None, most: int = 500) -> list[LookUp]:
    """The latest look-ups, newest first; ``before`` a seq for older ones."""
    below = before if before is not None else 2**62
    if which is Which.KEYS:
        return _key_problems(con, below, most)
    rows = con.execute(
        "SELECT t.seq, t.sent_at, u.prospect, u.kind, coalesce(k.label,''), coalesce(u.last4,k.last4,''),"  # noqa: S608
        " coalesce(u.status,''), coalesce(u.reason,''), u.credits, t.done_at, t.http, u.row"
        " FROM attempts t JOIN units u ON u.attempt=t.seq LEFT JOIN keys k ON k.id=t.key_id"
        f" WHERE t.seq<?{_WHICH[which]} ORDER BY t.seq DESC, u.row, u.kind LIMIT ?",  # only our own texts
        (below, most),
    ).fetchall()
    return [_look_up(row) for row in rows]


def _key_problems(con: Connection, below: int, most: int) -> list[LookUp]:
    rows = con.execute(
        "SELECT t.seq, t.sent_at, '', '', coalesce(k.label,''), coalesce(k.last4,''), t.outcome, coalesce(t.message,''),"
        " t.credits_charged, t.done_at, t.http, t.n FROM attempts t LEFT JOIN keys k ON k.id=t.key_id"
        " WHERE t.seq<? AND t.done_at IS NOT NULL AND coalesce(t.http,0) NOT IN (200, 201) ORDER BY t.seq DESC LIMIT ?",
        (below, most),
    ).fetchall()
    return [_look_up(row) for row in rows]


def _look_up(row: tuple[object, ...]) -> LookUp:
    seq, sent, prospect, kind, label, last4, status, reason, credits, done, http, number = row
    return LookUp(
        seq=int(str(seq)),
        at=datetime.fromtimestamp(float(str(sent)), UTC),
        name=name_of(str(prospect)),
        kinds=str(kind),
        label=str(label),
        last4=str(last4),
        status=str(status),
        reason=str(reason),
        credits=None if credits is None else float(str(credits)),
        took_s=None if done is None else float(str(done)) - float(str(sent)),
        http=None if http is None else int(str(http)),
        row=int(str(number)),
    )


def name_of(prospect: str) -> str:
    """How a stored prospect is called in lists: the name, else the end of the LinkedIn link, else the e-mail's domain."""
    if not prospect:
        return ""
    who = msgspec.json.decode(prospect, type=Prospect)
    name = f"{who.first_name} {who.last_name}".strip()
    return name or who.linkedin.rpartition("/")[2] or (f"…@{who.email.rpartition('@')[2]}" if who.email else NO_NAME)


# A request that is refused or gets lost is sent again with the same people. Rows are counted, for they outlive the names; one
# person has one row of a job. ``tries`` leaves out whom only requests held that were taken back before they were sent.
_PEOPLE = (
    "(SELECT count(DISTINCT u.row) FROM units u JOIN attempts last ON last.seq=u.attempt"
    " WHERE u.job_id=j.id AND u.tries>0 AND last.sent_at>=?)"
)


def departures(con: Connection, most: int = 200, *, since: float = 0.0) -> list[Departure]:
    """What the latest runs sent away, newest first; ``since`` Unix seconds. What was taken back before sending is not in it."""
    rows = con.execute(
        f"SELECT j.id, min(t.sent_at), j.source, max(max(t.n), {_PEOPLE}), count(*)"  # noqa: S608  # only our own text
        " FROM jobs j JOIN attempts t ON t.job_id=j.id"
        " WHERE coalesce(t.outcome,'')<>'UNSENT' AND t.sent_at>=?"
        " GROUP BY j.id, j.source ORDER BY min(t.sent_at) DESC LIMIT ?",
        (since, since, most),
    ).fetchall()
    return [
        Departure(job, datetime.fromtimestamp(at, UTC), source, people, requests, fields(con, job))
        for job, at, source, people, requests in rows
    ]


def prints(con: Connection) -> tuple[bytes, dict[str, str]]:
    """The salt of this installation's fingerprints, and the label of every key by its fingerprint."""
    salt = con.execute("SELECT value FROM meta WHERE key='salt'").fetchone()
    return bytes.fromhex(salt[0]) if salt else b"", dict(con.execute("SELECT fp, label FROM keys WHERE secret<>'DELETING'"))
