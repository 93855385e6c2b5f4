"""Which entries of the key store belong to a database: of keys it has, and of keys it once had."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from core.looking import Age, age, column, read_only

_ID = re.compile(rb"(?=([0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}))")  # uuid4 hex; in the file texts touch each other
_TRACES = ("audit", "attempts", "evidence", "checks")
_FILES = ("", "-wal", "-journal")  # what SQLite keeps of a database; a crash may leave ids in the last two only


@dataclass(frozen=True, slots=True)
class Entries:
    """``held`` are keys of now, whatever state their secret is in; ``once`` those that were removed before.

    ``age`` NEWER or UNREADABLE: everything that looks like an id is in ``held``, more than there are, never fewer.
    """

    held: frozenset[str]
    once: frozenset[str] = frozenset()
    age: Age = Age.OURS

    @property
    def all(self) -> frozenset[str]:
        return self.held | self.once


def entries_of(path: Path) -> Entries:
    """The ids of all keys this database has or ever had. The file stays as it is, an earlier schema too."""
    found = Age.UNREADABLE
    try:
        with closing(read_only(path)) as con:
            found = age(con)
            if found is not Age.NEWER:
                held = column(con, "keys", "id")
                once = frozenset[str]().union(*(column(con, table, "key_id") for table in _TRACES))
                return Entries(held, once - held, found)
    except sqlite3.Error:
        found = Age.UNREADABLE
    return Entries(_in_the_bytes(path), age=found)


def _in_the_bytes(path: Path) -> frozenset[str]:
    """Only in a program that has this database open nowhere else: closing a file by hand lets go of its SQLite locks."""
    files = (path.with_name(path.name + end) for end in _FILES)
    return frozenset(found[1].decode() for file in files if file.exists() for found in _ID.finditer(file.read_bytes()))
