"""A database of ours as it lies there: read by SQLite alone, and neither made, upgraded nor changed by a look."""

from __future__ import annotations

import sqlite3
from enum import StrEnum
from pathlib import Path

from core.schema import STEPS

WAIT_S = 2.0


class Age(StrEnum):
    """What a look says of the program that wrote the file last, against this one."""

    OURS = "ours"
    OLDER = "older"
    NEWER = "newer"
    UNREADABLE = "unreadable"  # damaged, cut short by a crash, or held by another program


def read_only(path: Path) -> sqlite3.Connection:
    """A connection that cannot change the file. Raises sqlite3.Error."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=WAIT_S, isolation_level=None)


def age(con: sqlite3.Connection, known: int = len(STEPS)) -> Age:
    """By the schema steps the file has taken; ``known`` is how many this program knows. Raises sqlite3.Error."""
    taken = int(con.execute("PRAGMA user_version").fetchone()[0])
    if taken > known:
        return Age.NEWER
    return Age.OURS if taken == known else Age.OLDER


def column(con: sqlite3.Connection, table: str, name: str) -> frozenset[str]:
    """The different values of a column, as texts; nothing where an older schema has no such table. Raises sqlite3.Error."""
    if not con.execute("SELECT 1 FROM sqlite_master WHERE type='table' AND name=?", (table,)).fetchone():
        return frozenset()
    sql = f"SELECT DISTINCT {name} FROM {table} WHERE {name} IS NOT NULL"  # noqa: S608  only our own words
    return frozenset(str(row[0]) for row in con.execute(sql))
