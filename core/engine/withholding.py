"""What is kept already when somebody gets onto the do-not-contact list: the contact data go, who paid stays."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from core.database import Connection, Database
from core.engine.screening import Screen
from core.model import Kind, Person
from core.results.store import Known, Outcome


def withhold(db: Database, screen: Screen) -> int:
    """Take from the stored answers what the screen holds back; how many answers were changed."""
    if not screen.listed:
        return 0
    with db.erasing() as con:
        changes = [(after, before) for before in _found(con) if (after := screen.known(before)) is not before]
        con.executemany(
            "UPDATE results SET outcome=?, payload=?, lusha_id=NULL WHERE person_fp=? AND kind=?",
            [(after.outcome.value, _payload(after.person), before.person_fp, before.kind.value) for after, before in changes],
        )
    return len(changes)


def _payload(person: Person | None) -> str | None:
    return msgspec.json.encode(person).decode() if person is not None else None


def _found(con: Connection) -> Iterator[Known]:
    for fp, kind, payload in con.execute("SELECT person_fp, kind, payload FROM results WHERE payload IS NOT NULL").fetchall():
        yield Known(fp, Kind(kind), Outcome.FOUND, msgspec.json.decode(payload, type=Person), "", "", None, 0.0)
