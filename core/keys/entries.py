"""Which entries of the key store belong to a database: of keys it has, and of keys it once had."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from core.database import Connection, Database
from core.errors import DatabaseTrouble

_ID = re.compile(rb"(?=([0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}))")  # uuid4 hex; in the file texts touch each other
_TRACES = ("audit", "attempts", "evidence", "checks")


@dataclass(frozen=True, slots=True)
class Entries:
    """``held`` are keys of now, whatever state their secret is in; ``once`` those that were removed before."""

    held: frozenset[str]
    once: frozenset[str] = frozenset()

    @property
    def all(self) -> frozenset[str]:
        return self.held | self.once


def entries_of(path: Path) -> Entries:
    """The ids of all keys this database has or ever had.

    Of a file that SQLite cannot read (damaged, or of a newer program) everything in it that looks like an id: more than
    there are, never fewer.
    """
    try:
        with Database(path) as db, db.read() as con:
            held = frozenset(_ids(con, "keys", "id"))
            return Entries(held, frozenset(id_ for table in _TRACES for id_ in _ids(con, table, "key_id")) - held)
    except DatabaseTrouble:
        return Entries(frozenset(id_ for file in (path, Path(f"{path}-wal")) if file.exists() for id_ in _looks_like_ids(file)))


def _ids(con: Connection, table: str, column: str) -> list[str]:
    sql = f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL"  # noqa: S608  only our own words
    return [str(row[0]) for row in con.execute(sql)]


def _looks_like_ids(file: Path) -> set[str]:
    return {found[1].decode() for found in _ID.finditer(file.read_bytes())}
