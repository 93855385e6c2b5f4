"""The SQL of the statistics: what one span of time adds up to, by account, key, kind and way of asking."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from core.database import Connection
from core.model import Kind
from core.results import spared
from core.results.spared import Spared


class Input(StrEnum):
    """The strongest thing a row said of its person: that is how Lusha was asked."""

    LINKEDIN = "linkedin"
    EMAIL = "email"
    NAME = "name"
    UNKNOWN = "unknown"  # the row's text has been deleted


class Fate(StrEnum):
    """What one kind (phone, e-mail) of one row came to; for a person the best of them, in this order."""

    FOUND = "found"
    STORED = "stored"  # another run answered it meanwhile
    BARRED = "do_not_contact"  # neither found nor not found: in no rate
    NOT_FOUND = "not_found"
    FAILED = "failed"
    OPEN = "open"


class Said(StrEnum):
    """What Lusha said to a key's request."""

    ANSWERED = "answered"
    LIMITED = "limited"
    OUT = "out_of_credits"
    REFUSED = "refused"
    ROW = "row_refused"  # a bad row, or a person Lusha may not provide: the key is not to blame
    TROUBLE = "trouble"  # network, Lusha's own trouble, lost answers
    OPEN = "no_answer_yet"


BOTH = "both"


@dataclass(frozen=True, slots=True)
class Spent:
    """Credits of requests, and the phones and e-mails that came with them."""

    credits: float = 0.0
    phones: int = 0
    emails: int = 0

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.credits + other.credits, self.phones + other.phones, self.emails + other.emails)


@dataclass(frozen=True, slots=True)
class Calls:
    """Requests, how many of them were answered, and the rows in those; the credits they cost.

    ``unsure``: of ``lost`` requests, what they may have cost.
    """

    requests: int = 0
    answered: int = 0
    rows: int = 0
    credits: float = 0.0
    lost: int = 0
    unsure: float = 0.0

    def __add__(self, other: Calls) -> Calls:
        return Calls(
            self.requests + other.requests,
            self.answered + other.answered,
            self.rows + other.rows,
            self.credits + other.credits,
            self.lost + other.lost,
            self.unsure + other.unsure,
        )

    @property
    def batched(self) -> int:
        """Rows that travelled with others; a request that was refused has carried nobody."""
        return max(0, self.rows - self.answered)


@dataclass(frozen=True, slots=True)
class Facts:
    """One day. ``people`` are the rows by account: one whose kinds two accounts answered is there twice, in ``rows`` once.

    ``spent`` is by account and ``phones``, ``emails`` or ``both`` (asked for in one request).
    """

    units: Counter[tuple[str, Kind, Input, Fate]] = field(default_factory=Counter)
    rows: Counter[Fate] = field(default_factory=Counter)
    people: Counter[tuple[str, Fate]] = field(default_factory=Counter)
    spent: dict[tuple[str, str], Spent] = field(default_factory=dict)
    calls: dict[tuple[str, str, Said], Calls] = field(default_factory=dict)  # by account and key
    spared: Spared = Spared()  # noqa: RUF009  frozen
    unnoted: int = 0  # jobs that were made before it was counted what they need not ask


def _has(name: str) -> str:
    """Whether a stored prospect says this; a quotation mark inside a value is escaped there, so the text is unique."""
    return f'(u.prospect LIKE \'%"{name}":"_%\' AND u.prospect NOT LIKE \'%"{name}":""%\')'


_INPUT = (
    f"CASE WHEN {_has('linkedin')} THEN 'linkedin' WHEN {_has('email')} THEN 'email'"
    f" WHEN {_has('last_name')} THEN 'name' ELSE 'unknown' END"
)
# a row that was asked for both kinds at once has one status; what came is in its answer
_CAME = "(u.kind='phones' AND u.result LIKE '%\"phones\":[{%' OR u.kind='emails' AND u.result LIKE '%\"emails\":[{%')"
_FATES = tuple(Fate)
_FATE = (
    "CASE WHEN u.status='from_store' OR (u.from_store=1 AND u.status<>'do_not_contact') THEN 1"
    f" WHEN u.status='found' OR (u.status IN ('partly_found','check_match') AND {_CAME}) THEN 0"
    " WHEN u.status='do_not_contact' THEN 2 WHEN u.status='not_found' THEN 3"
    " WHEN u.status IN ('partly_found','check_match') AND u.result IS NOT NULL THEN 3"
    " WHEN u.status IN ('failed','cannot_look_up') THEN 4 ELSE 5 END"
)
_SAID = (
    "CASE WHEN t.done_at IS NULL THEN 'no_answer_yet'"
    " WHEN t.http=402 OR t.outcome IN ('R09','E20') THEN 'out_of_credits'"
    " WHEN t.http IN (200, 201) AND t.outcome NOT IN ('E23','E25') THEN 'answered'"
    " WHEN t.http=429 THEN 'limited'"
    " WHEN t.outcome IN ('E03','E04','E05','E08','E09','E10') THEN 'refused'"
    " WHEN t.outcome IN ('E01','E02','E14','E21') THEN 'row_refused'"
    " ELSE 'trouble' END"
)
_SPAN = "t.sent_at>=? AND t.sent_at<? AND coalesce(t.outcome,'')<>'UNSENT'"


def count(con: Connection, begin: float, end: float) -> Facts:
    """What was sent, and planned, in this span (Unix seconds)."""
    calls = _calls(con, begin, end)
    known, unnoted = _spared(con, begin, end)
    facts = Facts(calls=calls, spared=known, unnoted=unnoted)
    if calls:
        _rows(con, begin, end, facts)
    return facts


def beginning(con: Connection) -> float | None:
    """When the first request was sent or the first job made; None before that."""
    sent, made = con.execute("SELECT (SELECT min(sent_at) FROM attempts), (SELECT min(created_at) FROM jobs)").fetchone()
    times = [at for at in (sent, made) if at is not None]
    return min(times) if times else None


# The join is made once and looked at three times. A request whose rows have been asked anew since has no row left here:
# then what its job is for says the kind.
_ROWS = f"""
WITH each AS MATERIALIZED (
  SELECT t.seq AS seq, t.account_id AS account, coalesce(t.credits_charged, 0) AS credits, coalesce(j.kinds, 'both') AS job_kinds,
    u.job_id AS job_id, u.row AS row_no, u.kind AS kind, {_INPUT} AS asked, {_FATE} AS fate
  FROM attempts t LEFT JOIN units u ON u.attempt=t.seq LEFT JOIN jobs j ON j.id=t.job_id WHERE {_SPAN}
)
SELECT 'unit', account, kind, asked, fate, count(*), 0, 0 FROM each WHERE kind IS NOT NULL GROUP BY account, kind, asked, fate
UNION ALL
SELECT 'person', account, '', '', best, count(*), 0, 0 FROM (
  SELECT account, min(fate) AS best FROM each WHERE kind IS NOT NULL GROUP BY account, job_id, row_no
) AS each_row GROUP BY account, best
UNION ALL
SELECT 'row', '', '', '', best, count(*), 0, 0 FROM (
  SELECT min(fate) AS best FROM each WHERE kind IS NOT NULL GROUP BY job_id, row_no
) AS each_person GROUP BY best
UNION ALL
SELECT 'spent', account, kinds, '', 0, sum(credits), sum(phones), sum(emails) FROM (
  SELECT account, max(credits) AS credits,
    CASE WHEN min(kind)=max(kind) THEN min(kind) WHEN min(kind) IS NOT NULL THEN 'both' ELSE max(job_kinds) END AS kinds,
    sum(CASE WHEN kind='phones' AND fate=0 THEN 1 ELSE 0 END) AS phones,
    sum(CASE WHEN kind='emails' AND fate=0 THEN 1 ELSE 0 END) AS emails
  FROM each GROUP BY seq, account
) AS each_request GROUP BY account, kinds
"""  # noqa: S608  only our own texts are pasted in


def _rows(con: Connection, begin: float, end: float, facts: Facts) -> None:
    """Units, people and credits."""
    for what, account, kinds, asked, fate, n, phones, emails in con.execute(_ROWS, (begin, end)):
        if what == "unit":
            facts.units[account, Kind(kinds), Input(asked), _FATES[fate]] += n
        elif what == "person":
            facts.people[account, _FATES[fate]] += n
        elif what == "row":
            facts.rows[_FATES[fate]] += n
        else:
            which = (account, kinds if kinds in frozenset(Kind) else BOTH)
            facts.spent[which] = facts.spent.get(which, Spent()) + Spent(n, phones, emails)


def _calls(con: Connection, begin: float, end: float) -> dict[tuple[str, str, Said], Calls]:
    rows: Any = con.execute(
        f"SELECT t.account_id, t.key_id, {_SAID} AS said, count(*),"  # noqa: S608  only our own texts
        " sum(CASE WHEN t.http IN (200, 201) THEN 1 ELSE 0 END), sum(CASE WHEN t.http IN (200, 201) THEN t.n ELSE 0 END),"
        " sum(coalesce(t.credits_charged, 0)),"
        " sum(CASE WHEN t.done_at IS NOT NULL AND t.credits_charged IS NULL AND t.again=0 THEN 1 ELSE 0 END),"
        " sum(CASE WHEN t.done_at IS NOT NULL AND t.credits_charged IS NULL AND t.again=0 THEN t.credits_reserved ELSE 0 END)"
        f" FROM attempts t WHERE {_SPAN} GROUP BY t.account_id, t.key_id, said",
        (begin, end),
    )
    return {(account, key, Said(said)): Calls(*sums) for account, key, said, *sums in rows}


def _spared(con: Connection, begin: float, end: float) -> tuple[Spared, int]:
    whole, unnoted = Spared(), 0
    for (text,) in con.execute("SELECT snapshot FROM jobs WHERE created_at>=? AND created_at<?", (begin, end)):
        found = spared.read(text)
        if found is None:
            unnoted += 1
        else:
            whole += found
    return whole, unnoted
