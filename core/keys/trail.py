"""The append-only story: evidence about keys, what was done by whom (audit), and counters by day."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from sqlite3 import Connection

from core.database import Database
from core.keys import attempts
from core.model import Category, Evidence, EvidenceKind, Key, Scope


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit trail. Empty text where a field does not apply."""

    id: int
    at: datetime
    actor: str
    action: str
    key_id: str
    account_id: str
    last4: str
    label: str
    from_status: str
    to_status: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many answers of one outcome a key had on a day (YYYY-MM-DD, UTC), and what they cost."""

    day: str
    key_id: str
    outcome: str
    n: int
    credits: float


class Trail:
    """Nothing here is ever changed or deleted. ``clock`` is Unix seconds; methods with ``con`` join its transaction."""

    def __init__(self, db: Database, clock: Callable[[], float]) -> None:
        self._db, self._clock = db, clock

    def append(self, con: Connection, rows: Iterable[Evidence]) -> None:
        """Write evidence. Numbers for ``seq`` come from `attempts.next_seq` in the same transaction."""
        for row in rows:
            attempts.add_evidence(con, row)

    def evidence(self, key: Key) -> list[Evidence]:
        """What can still decide the status of ``key``, oldest first.

        Folds to the same state as all evidence ever written, without reading it all: of the successes only the latest,
        and no block or rest that a later success has lifted.
        """
        with self._db.read() as con:
            epoch = attempts.account_epoch(con, key.account_id)
            proofs = _latest_proofs(con, key, epoch)
            rows = {row.id: row for row in [*proofs, *_marks(con, key, epoch, proofs)]}
        return sorted(rows.values(), key=lambda row: (row.seq, row.id))

    def note(self, con: Connection, entry: Note) -> None:
        """Write one line of the audit trail."""
        key = entry.key
        con.execute(
            "INSERT INTO audit(at, actor, action, key_id, account_id, last4, label, from_status, to_status, reason,"
            " message) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
            (
                self._clock(),
                entry.actor,
                entry.action,
                key.id if key else None,
                key.account_id if key else None,
                key.last4 if key else None,
                key.label if key else None,
                entry.from_status or None,
                entry.to_status or None,
                entry.reason or None,
                entry.message or None,
            ),
        )

    def entries(self, *, key_id: str | None = None, since: datetime | None = None, most: int = 1000) -> list[Entry]:
        """The audit trail, newest first, of one key and from a time on when given."""
        with self._db.read() as con:
            rows = con.execute(
                "SELECT id, at, actor, action, coalesce(key_id,''), coalesce(account_id,''), coalesce(last4,''),"
                " coalesce(label,''), coalesce(from_status,''), coalesce(to_status,''), coalesce(reason,''),"
                " coalesce(message,'') FROM audit WHERE (?='' OR key_id=?) AND at>=? ORDER BY id DESC LIMIT ?",
                (key_id or "", key_id, since.timestamp() if since else 0.0, most),
            ).fetchall()
        return [Entry(row[0], datetime.fromtimestamp(row[1], UTC), *row[2:]) for row in rows]

    def count(self, con: Connection, key_id: str, outcome: str, *, n: int = 1, credits: float = 0.0) -> None:  # the trade's word
        """Add to today's counters of a key."""
        day = datetime.fromtimestamp(self._clock(), UTC).date().isoformat()
        con.execute(
            "INSERT INTO daily(day, key_id, outcome, n, credits) VALUES(?,?,?,?,?) ON CONFLICT(day, key_id, outcome)"
            " DO UPDATE SET n=daily.n+excluded.n, credits=daily.credits+excluded.credits",
            (day, key_id, outcome, n, credits),
        )

    def daily(self, *, since_day: str = "", key_id: str = "") -> list[Count]:
        """The counters, by day, from ``since_day`` (YYYY-MM-DD) on, of one key when given."""
        with self._db.read() as con:
            rows = con.execute(
                "SELECT day, key_id, outcome, n, credits FROM daily WHERE day>=? AND (?='' OR key_id=?)"
                " ORDER BY day, key_id, outcome",
                (since_day, key_id, key_id),
            ).fetchall()
        return [Count(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Note:
    """What to write into the audit trail: ``action`` is one word, ``message`` a sentence without any secret."""

    action: str
    key: Key | None = None
    actor: str = "user"
    from_status: str = ""
    to_status: str = ""
    reason: str = ""
    message: str = ""


def _latest_proofs(con: Connection, key: Key, epoch: int) -> list[Evidence]:
    """The latest OK and PAID of the account, and of this key, among those that speak for the key's category."""
    about = " WHERE account_id=? AND account_epoch=? AND kind=? AND (? OR category IS NULL OR category IN (?, ?))"
    newest = " ORDER BY seq DESC, id DESC LIMIT 1"
    found = []
    for kind in (EvidenceKind.OK, EvidenceKind.PAID):
        values = (
            key.account_id,
            epoch,
            kind.value,
            key.category is Category.ANY,
            Category.ANY.value,
            key.category.value,
        )
        found += con.execute(attempts.EVIDENCE + about + newest, values).fetchall()
        found += con.execute(
            attempts.EVIDENCE + about + " AND key_id=? AND key_epoch=?" + newest, (*values, key.id, key.epoch)
        ).fetchall()
    return [attempts.evidence_row(row) for row in found]


def _marks(con: Connection, key: Key, epoch: int, proofs: list[Evidence]) -> list[Evidence]:
    """Everything but successes; blocks and rests only when no later success has lifted them.

    One answer can be both: a success that used up the last request of the day.
    """
    own = [row for row in proofs if row.key_id == key.id and row.key_epoch == key.epoch]
    found = []
    for scope, about, values, lifting in (
        (Scope.KEY, "key_id=? AND key_epoch=?", (key.id, key.epoch), own),
        (Scope.ACCOUNT, "account_id=? AND account_epoch=?", (key.account_id, epoch), proofs),
    ):
        paid = max((row.seq for row in lifting if row.kind is EvidenceKind.PAID), default=-1)
        worked = max((row.seq for row in lifting), default=-1)
        found += con.execute(
            f"{attempts.EVIDENCE} WHERE {about} AND scope=? AND (kind IN ('AUTH','PLAN','WAKE') OR (kind IN ('BLOCK','COOL')"
            " AND seq >= CASE WHEN reason IN ('credits','trial') THEN ? ELSE ? END))",
            (*values, scope.value, paid, worked),
        ).fetchall()
        found += con.execute(
            f"{attempts.EVIDENCE} WHERE kind='VOID' AND void_of IN (SELECT id FROM evidence WHERE {about} AND scope=?"  # noqa: S608  # only fixed texts are pasted in
            " AND kind IN ('AUTH','PLAN','BLOCK','COOL'))",
            (*values, scope.value),
        ).fetchall()
    return [attempts.evidence_row(row) for row in found]
