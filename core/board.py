"""Read-only questions of the window: keys with their figures, accounts, results by day, runs. Each answer is a frozen value.

Everything runs on a connection of its own (`Database.reader`) and off the screen's thread. Closed days and finished runs
are counted once and remembered, so that a refresh stays cheap however much has been asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from core.database import Connection
from core.keys import attempts
from core.model import Key, Kind

DAYS = 30
WEEK = 7
RUNS = 100
_SETTLED_S = 600.0  # a request sent before midnight may be answered after it
_DAY_SPAN = 86_400


class Group(StrEnum):
    """What a looked-up row came to, for charts and counts."""

    FOUND = "found"
    STORED = "stored"
    NOT_FOUND = "notfound"
    FAILED = "failed"
    LEFT = "left"


_GROUPS = tuple(Group)
# the best of a row's kinds counts: a number into _GROUPS
_RANK = (
    "min(CASE WHEN u.status IN ('found','partly_found','check_match') AND u.from_store=0 THEN 0"
    " WHEN u.from_store=1 OR u.status='from_store' THEN 1"
    " WHEN u.status IN ('not_found','do_not_contact') THEN 2"
    " WHEN u.status IN ('failed','cannot_look_up') THEN 3 ELSE 4 END)"
)


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key and its figures: requests today and on each of seven days (oldest first), rows found and not found in them."""

    key: Key
    week: tuple[int, ...] = (0,) * WEEK
    day_limit: int | None = None
    found: int = 0
    not_found: int = 0

    @property
    def today(self) -> int:
        return self.week[-1]

    @property
    def rate(self) -> float | None:
        """Share of answered rows that were found; None before the first."""
        answered = self.found + self.not_found
        return self.found / answered if answered else None


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account with keys. Credits are None until Lusha has told them; ``spent`` is what seven days cost."""

    id: str
    label: str
    plan: str
    left: float | None
    total: float | None
    usage_at: datetime | None
    renews_at: datetime | None
    keys: int
    spent: float = 0.0
    own: bool = False

    @property
    def share(self) -> float | None:
        """What is left of the whole, 0 to 1; None while unknown."""
        if self.left is None or not self.total:
            return None
        return min(1.0, max(0.0, self.left / self.total))

    def lasts(self) -> float | None:
        """Days until the credits run out at the pace of the last seven days; None without a pace or a balance."""
        if self.left is None or self.spent <= 0:
            return None
        return self.left / (self.spent / WEEK)


@dataclass(frozen=True, slots=True)
class DayLine:
    """Rows by what they came to on one local day, and the credits spent."""

    day: date
    counts: Mapping[Group, int]
    credits: float


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run with its rows by what they came to. ``last4`` are the keys that answered."""

    id: str
    kinds: frozenset[Kind]
    source: str
    sheet: str
    state: str
    reason: str
    created_at: datetime
    finished_at: datetime | None
    counts: Mapping[Group, int]
    credits: float
    calls: int
    last4: tuple[str, ...]
    undelivered: int = 0

    @property
    def rows(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One state of the data, as far as the window shows it all the time."""

    keys: tuple[KeyLine, ...] = ()
    accounts: tuple[AccountLine, ...] = ()
    days: tuple[DayLine, ...] = ()
    runs: tuple[RunLine, ...] = ()
    at: datetime = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Facts:
    """What one day's requests add up to."""

    calls: dict[str, int] = field(default_factory=dict)  # by key
    rows: dict[tuple[str, Group], int] = field(default_factory=dict)  # by key and group
    spent: dict[str, float] = field(default_factory=dict)  # by account


class Board:
    """Remembers closed days and finished runs between snapshots. ``clock`` is Unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._days: dict[date, _Facts] = {}
        self._runs: dict[tuple[str, str, float | None], RunLine] = {}
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
            return Snapshot(
                self._keys(con, days),
                self._accounts(con, days),
                tuple(_day_line(day, facts) for day, facts in days.items()),
                self._recent(con),
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

    def _keys(self, con: Connection, days: dict[date, _Facts]) -> tuple[KeyLine, ...]:
        week = list(days.values())[-WEEK:]
        limits = dict(
            con.execute("SELECT key_id, min(lim) FROM windows WHERE span=? AND key_id<>'' GROUP BY key_id", (_DAY_SPAN,))
        )
        shared = dict(
            con.execute("SELECT account_id, min(lim) FROM windows WHERE span=? AND key_id='' GROUP BY account_id", (_DAY_SPAN,))
        )
        keys = con.execute(attempts.KEYS + " WHERE k.secret <> 'DELETING' ORDER BY k.priority, k.position, k.id")
        return tuple(
            KeyLine(
                key,
                tuple(facts.calls.get(key.id, 0) for facts in week),
                limits.get(key.id, shared.get(key.account_id)),
                sum(facts.rows.get((key.id, Group.FOUND), 0) for facts in week),
                sum(facts.rows.get((key.id, Group.NOT_FOUND), 0) for facts in week),
            )
            for key in map(attempts.key_of, keys)
        )

    def _accounts(self, con: Connection, days: dict[date, _Facts]) -> tuple[AccountLine, ...]:
        week = list(days.values())[-WEEK:]
        rows = con.execute(
            "SELECT a.id, a.label, coalesce(a.plan,''), a.credits_left, a.credits_total, a.usage_at, a.renews_at, a.own,"
            " count(*) FROM accounts a JOIN keys k ON k.account_id=a.id WHERE k.secret<>'DELETING'"
            " GROUP BY a.id, a.label, a.plan, a.credits_left, a.credits_total, a.usage_at, a.renews_at, a.own"
            " ORDER BY min(k.priority), min(k.position), a.id"
        )
        return tuple(
            AccountLine(
                id=id_,
                label=label,
                plan=plan,
                left=left,
                total=total,
                usage_at=attempts.utc(usage_at),
                renews_at=attempts.utc(renews_at),
                keys=keys,
                spent=sum(facts.spent.get(id_, 0.0) for facts in week),
                own=bool(own),
            )
            for id_, label, plan, left, total, usage_at, renews_at, own, keys in rows
        )

    def _recent(self, con: Connection) -> tuple[RunLine, ...]:
        jobs = con.execute(
            "SELECT id, kinds, source, coalesce(sheet,''), state, coalesce(reason,''), created_at, finished_at"
            " FROM jobs ORDER BY created_at DESC, id LIMIT ?",
            (RUNS,),
        ).fetchall()
        found, kept = [], {}
        for job in jobs:
            mark = (job[0], job[4], job[7])
            line = self._runs.get(mark) or _run_line(con, job)
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
        facts.rows[key_id, _GROUPS[rank]] = n
    return facts


def _day_line(day: date, facts: _Facts) -> DayLine:
    counts: dict[Group, int] = defaultdict(int)
    for (_key, group), n in facts.rows.items():
        counts[group] += n
    return DayLine(day, dict(counts), sum(facts.spent.values()))


def _run_line(con: Connection, job: tuple[str, str, str, str, str, str, float, float | None]) -> RunLine:
    id_, kinds, source, sheet, state, reason, created, finished = job
    ranks = con.execute(
        f"SELECT rank, count(*), sum(undelivered) FROM (SELECT {_RANK} AS rank,"  # noqa: S608  # only _RANK
        " max(CASE WHEN u.result IS NOT NULL AND u.delivered_at IS NULL THEN 1 ELSE 0 END) AS undelivered"
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
        counts={_GROUPS[rank]: n for rank, n, _ in ranks},
        credits=credits,
        calls=calls,
        last4=tuple(last4 for (last4,) in keys),
        undelivered=sum(waiting for _, _, waiting in ranks),
    )


def _midnight(day: date) -> float:
    """When a local day begins, in Unix seconds."""
    return datetime.combine(day, time()).astimezone().timestamp()
