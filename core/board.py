"""Read-only questions of the window: keys with their figures, accounts, results by day, runs. Each answer is a frozen value.

Everything runs on a connection of its own (`Database.reader`) and off the screen's thread. Closed days and finished runs
are counted once and remembered. What has not changed is the same object in the next snapshot: making a thousand values
anew would hold up the screen's thread, and comparing them there again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Generic, TypeVar

from core.database import Connection
from core.keys import attempts
from core.model import Kind, RowStatus
from core.results.cells import taken_back
from core.shown import DAYS, WEEK, AccountLine, DayLine, Group, KeyLine, RunLine, Snapshot, group_of

__all__ = ["DAYS", "WEEK", "AccountLine", "Board", "DayLine", "Group", "KeyLine", "RunLine", "Snapshot"]
T = TypeVar("T")
RUNS = 100
_SETTLED_S = 600.0  # a request sent before midnight may be answered after it
_DAY_SPAN = 86_400

_GROUPS = (Group.FOUND, Group.STORED, None, Group.NOT_FOUND, Group.FAILED, Group.LEFT)


def _place(status: RowStatus, from_store: int) -> int:
    return _GROUPS.index(group_of(status, from_store=bool(from_store)))


# The first of a row's kinds counts, a number into _GROUPS: an objection stands before a miss, as in the answer of the whole row.
_RANK = (
    "min(CASE "
    + " ".join(
        f"WHEN u.status='{one}' AND u.from_store={known} THEN {_place(one, known)}" for one in RowStatus for known in (0, 1)
    )
    + f" ELSE {_GROUPS.index(Group.LEFT)} END)"
)
_ACCOUNTS = (
    "SELECT a.id, a.label, coalesce(a.plan,''), a.credits_left, a.credits_total, a.usage_at, a.renews_at, a.own,"
    " count(*), (SELECT lim FROM caps WHERE scope='ACCOUNT' AND ref=a.id)"
    " FROM accounts a JOIN keys k ON k.account_id=a.id WHERE k.secret<>'DELETING'"
    " GROUP BY a.id, a.label, a.plan, a.credits_left, a.credits_total, a.usage_at, a.renews_at, a.own"
    " ORDER BY min(k.priority), min(k.position), a.id"
)
_LIMITS = "SELECT account_id, key_id, min(lim) FROM windows WHERE span=? GROUP BY account_id, key_id"
_KEY_CAPS = "SELECT ref, lim FROM caps WHERE scope='KEY'"
_POOL_CAP = "SELECT lim FROM caps WHERE scope='POOL'"


@dataclass(slots=True)
class _Facts:
    """What one day's requests add up to, or several days'."""

    calls: dict[str, int] = field(default_factory=dict)  # by key
    rows: dict[tuple[str, Group], int] = field(default_factory=dict)  # by key and group
    spent: dict[str, float] = field(default_factory=dict)  # by account


class _Kept(Generic[T]):
    """The values of the last time by id: one is made anew only when what it is made of has changed."""

    def __init__(self, make: Callable[..., T]) -> None:
        self._make = make
        self._made: dict[str, tuple[tuple[Any, ...], T]] = {}

    def of(self, parts: Iterable[tuple[Any, ...]]) -> tuple[T, ...]:
        """The values made of ``parts``, whose first is the id; those of other ids are forgotten."""
        before, made = self._made, {}
        for part in parts:
            old = before.get(part[0])
            made[part[0]] = old if old is not None and old[0] == part else (part, self._make(*part))
        self._made = made
        return tuple(value for _, value in made.values())


class _Week:
    """Figures of a key over seven days; the closed ones are added up once, not at each look."""

    def __init__(self) -> None:
        self._closed: list[_Facts] = []
        self._sums: dict[str, tuple[tuple[int, ...], int, int]] = {}

    def of(self, key_id: str, today: _Facts) -> tuple[tuple[int, ...], int, int]:
        """Requests on each day, rows found, rows not found."""
        sums = self._sums.get(key_id)
        if sums is None:
            sums = self._sums[key_id] = _sums(key_id, self._closed)
        calls, found, not_found = sums
        rows = today.rows
        return (
            (*calls, today.calls.get(key_id, 0)),
            found + rows.get((key_id, Group.FOUND), 0),
            not_found + rows.get((key_id, Group.NOT_FOUND), 0),
        )

    def closed(self, days: list[_Facts]) -> None:
        """The six days before today; sums of others are forgotten."""
        if [id(day) for day in days] != [id(day) for day in self._closed]:
            self._closed, self._sums = days, {}


class Board:
    """Remembers closed days and finished runs between snapshots. ``clock`` is Unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._days: dict[date, _Facts] = {}
        self._week = _Week()
        self._keys, self._accounts, self._lines = _Kept(_key_line), _Kept(_account_line), _Kept(_day_line)
        self._runs: dict[tuple[str, str, float | None, bool | None], RunLine] = {}
        self._begin: object = None

    def version(self, con: Connection) -> int:
        """Changes whenever another connection, of any program, has committed. ``con`` must stay the same one."""
        return int(con.execute("PRAGMA data_version").fetchone()[0])

    def snapshot(self, con: Connection) -> Snapshot:
        """Everything at one moment."""
        con.execute("BEGIN")
        try:
            self._forget_if_wiped(con)
            days = self._facts(con)
            week = list(days.values())[-WEEK:]
            pool = con.execute(_POOL_CAP).fetchone()
            return Snapshot(
                self._keys.of(self._of_keys(con, week)),
                self._accounts.of(_of_accounts(con, week)),
                self._lines.of((day.isoformat(), day, facts) for day, facts in days.items()),
                self._recent(con),
                None if pool is None else float(pool[0]),
                datetime.fromtimestamp(self._clock(), UTC),
            )
        finally:
            con.execute("ROLLBACK")

    def _forget_if_wiped(self, con: Connection) -> None:
        """History only grows at its end; when its beginning has moved, something was deleted."""
        begin = con.execute("SELECT (SELECT min(seq) FROM attempts), (SELECT min(rowid) FROM jobs)").fetchone()
        if self._begin is not None and begin != self._begin:
            self._days.clear()
            self._runs.clear()
        self._begin = begin

    def _facts(self, con: Connection) -> dict[date, _Facts]:
        """The last days, oldest first, today last."""
        now = self._clock()
        today = datetime.fromtimestamp(now).astimezone().date()
        found = {}
        for back in range(DAYS - 1, -1, -1):
            day = today - timedelta(days=back)
            begin, end = _midnight(day), _midnight(day + timedelta(days=1))
            facts = self._days.get(day) or _count(con, begin, end)
            if end + _SETTLED_S < now:
                self._days[day] = facts
            found[day] = facts
        self._days = {day: facts for day, facts in self._days.items() if day in found}
        return found

    def _of_keys(self, con: Connection, week: list[_Facts]) -> Iterable[tuple[Any, ...]]:
        """What a line of each key is made of, in the order they are tried."""
        limits = {(account, key): lim for account, key, lim in con.execute(_LIMITS, (_DAY_SPAN,))}
        caps = dict(con.execute(_KEY_CAPS).fetchall())
        rows = con.execute(attempts.KEYS + " WHERE k.secret <> 'DELETING' ORDER BY k.priority, k.position, k.id").fetchall()
        self._week.closed(week[:-1])
        for row in rows:
            id_, account = row[0], row[2]
            yield id_, row, *self._week.of(id_, week[-1]), limits.get((account, id_), limits.get((account, ""))), caps.get(id_)

    def _recent(self, con: Connection) -> tuple[RunLine, ...]:
        jobs = con.execute(
            "SELECT id, kinds, source, coalesce(sheet,''), state, coalesce(reason,''), created_at, finished_at"
            " FROM jobs ORDER BY created_at DESC, id LIMIT ?",
            (RUNS,),
        ).fetchall()
        found, kept, back = [], {}, taken_back(con)
        for job in jobs:
            mark = (job[0], job[4], job[7], back.get(job[0]))
            line = self._runs.get(mark) or replace(_run_line(con, job), undone=back.get(job[0]))
            if line.state == "DONE" and not line.undelivered:
                kept[mark] = line
            found.append(line)
        self._runs = kept
        return tuple(found)


def _count(con: Connection, begin: float, end: float) -> _Facts:
    """The facts of the requests sent in this span of time."""
    facts = _Facts()
    calls: dict[str, int] = defaultdict(int)
    spent: dict[str, float] = defaultdict(float)
    for key_id, account_id, n, credits in con.execute(
        "SELECT key_id, account_id, count(*), coalesce(sum(credits_charged), 0) FROM attempts"
        " WHERE sent_at>=? AND sent_at<? GROUP BY key_id, account_id",
        (begin, end),
    ):
        calls[key_id] += n
        spent[account_id] += credits
    facts.calls, facts.spent = dict(calls), dict(spent)
    if not calls:
        return facts
    for key_id, rank, n in con.execute(
        f"SELECT key_id, rank, count(*) FROM (SELECT t.key_id AS key_id, {_RANK} AS rank FROM attempts t"  # noqa: S608  # only _RANK
        " JOIN units u ON u.attempt=t.seq WHERE t.sent_at>=? AND t.sent_at<? AND u.status IS NOT NULL"
        " GROUP BY t.key_id, u.job_id, u.row) AS each_row GROUP BY key_id, rank",
        (begin, end),
    ):
        if (group := _GROUPS[rank]) is not None:
            facts.rows[key_id, group] = n
    return facts


def _of_accounts(con: Connection, week: list[_Facts]) -> Iterable[tuple[Any, ...]]:
    """What a line of each account is made of, in the order of its first key."""
    for row in con.execute(_ACCOUNTS).fetchall():
        yield row[0], row, sum(facts.spent.get(row[0], 0.0) for facts in week)


def _key_line(
    _id: str, row: tuple[Any, ...], week: tuple[int, ...], found: int, not_found: int, limit: int | None, cap: float | None
) -> KeyLine:
    return KeyLine(attempts.key_of(row), week, limit, found, not_found, cap)


def _account_line(_id: str, row: tuple[Any, ...], spent: float) -> AccountLine:
    id_, label, plan, left, total, usage_at, renews_at, own, keys, cap = row
    return AccountLine(
        id=id_,
        label=label,
        plan=plan,
        left=left,
        total=total,
        usage_at=attempts.utc(usage_at),
        renews_at=attempts.utc(renews_at),
        keys=keys,
        spent=spent,
        own=bool(own),
        cap=cap,
    )


def _sums(key_id: str, days: list[_Facts]) -> tuple[tuple[int, ...], int, int]:
    return (
        tuple(facts.calls.get(key_id, 0) for facts in days),
        sum(facts.rows.get((key_id, Group.FOUND), 0) for facts in days),
        sum(facts.rows.get((key_id, Group.NOT_FOUND), 0) for facts in days),
    )


def _day_line(_id: str, day: date, facts: _Facts) -> DayLine:
    counts: dict[Group, int] = defaultdict(int)
    for (_key, group), n in facts.rows.items():
        counts[group] += n
    return DayLine(day, dict(counts), sum(facts.spent.values()))


def _run_line(con: Connection, job: tuple[str, str, str, str, str, str, float, float | None]) -> RunLine:
    id_, kinds, source, sheet, state, reason, created, finished = job
    ranks = con.execute(
        f"SELECT rank, count(*), sum(undelivered) FROM (SELECT {_RANK} AS rank,"  # noqa: S608  # only _RANK
        " max(CASE WHEN u.state='DONE' AND u.result IS NOT NULL AND u.delivered_at IS NULL THEN 1 ELSE 0 END) AS undelivered"
        " FROM units u WHERE u.job_id=? GROUP BY u.row) AS each_row GROUP BY rank",
        (id_,),
    ).fetchall()
    calls, credits = con.execute(
        "SELECT count(*), coalesce(sum(credits_charged), 0) FROM attempts WHERE job_id=?", (id_,)
    ).fetchone()
    keys = con.execute("SELECT DISTINCT last4 FROM units WHERE job_id=? AND last4<>'' ORDER BY last4", (id_,)).fetchall()
    return RunLine(
        id=id_,
        kinds=frozenset(map(Kind, kinds.split(","))),
        source=source,
        sheet=sheet,
        state=state,
        reason=reason,
        created_at=datetime.fromtimestamp(created, UTC),
        finished_at=attempts.utc(finished),
        counts={group: n for rank, n, _ in ranks if (group := _GROUPS[rank]) is not None},
        credits=credits,
        calls=calls,
        last4=tuple(last4 for (last4,) in keys),
        undelivered=sum(waiting for _, _, waiting in ranks),
        apart=sum(n for rank, n, _ in ranks if _GROUPS[rank] is None),
    )


def _midnight(day: date) -> float:
    """When a local day begins, in Unix seconds."""
    return datetime.combine(day, time()).astimezone().timestamp()
