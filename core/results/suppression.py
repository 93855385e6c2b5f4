"""The do-not-contact list: people, domains and numbers, by their marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from core.database import Connection, Database
from core.results import marks

_CHUNK = 500  # marks in one SELECT


class What(StrEnum):
    """What an entry is about."""

    PERSON = "PERSON"
    DOMAIN = "DOMAIN"
    PHONE = "PHONE"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list. ``at`` is Unix seconds; ``masked``: the person was forgotten, only the mark is known."""

    what: What
    shown: str
    mark: str
    reason: str = ""
    at: float = 0.0
    masked: bool = False


@dataclass(frozen=True, slots=True)
class Added:
    """What became of entries: those that are new, and how many were on the list already."""

    new: tuple[Entry, ...]
    already_here: int


Listed = Mapping[str, Entry]


class Suppressions:
    """Adds, removes and recognises entries. What is on the list stays until somebody takes it off."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, entries: Iterable[Entry]) -> Added:
        """Put entries on the list; one that is there keeps its date, and its reason unless a new one is given."""
        with self._db.write() as con:
            return self.put(con, entries)

    def put(self, con: Connection, entries: Iterable[Entry]) -> Added:
        """The same inside the caller's transaction."""
        wanted = {entry.mark: entry for entry in entries}
        known = _matching(con, list(wanted))
        con.executemany(
            "INSERT INTO suppressed(mark, what, shown, masked, reason, at) VALUES(?,?,?,?,?,?) ON CONFLICT(mark) DO UPDATE"
            " SET reason = CASE WHEN excluded.reason<>'' THEN excluded.reason ELSE suppressed.reason END",
            [(one.mark, one.what.value, one.shown, int(one.masked), one.reason, one.at) for one in wanted.values()],
        )
        return Added(tuple(entry for mark, entry in wanted.items() if mark not in known), len(known))

    def remove(self, found: Iterable[str]) -> list[Entry]:
        """Take the entries with these marks off the list; those that were on it.

        What was withheld is not known any more: which entry it was for is not kept, so who is still listed is withheld anew.
        """
        with self._db.write() as con:
            gone = _matching(con, list(found))
            con.executemany("DELETE FROM suppressed WHERE mark=?", [(mark,) for mark in gone])
            if gone:
                con.execute("DELETE FROM results WHERE outcome='WITHHELD'")
        return list(gone.values())

    def mask(self, con: Connection, found: Iterable[str]) -> None:
        """These people were forgotten: the list recognises them and does not name them any more."""
        for canonical in found:
            con.execute("UPDATE suppressed SET shown=?, masked=1 WHERE mark=?", (marks.masked(canonical), marks.mark(canonical)))

    def list(self) -> list[Entry]:
        """Every entry, the latest first."""
        with self._db.read() as con:
            return [_entry(tuple(row)) for row in con.execute(f"{_ENTRIES} ORDER BY at DESC, mark")]

    def loaded(self) -> Listed:
        """The whole list by mark, for many rows at once."""
        return {entry.mark: entry for entry in self.list()}

    def matching(self, texts: Sequence[str]) -> Listed:
        """The entries that these canonical texts are on the list by; cheap while the list is empty."""
        with self._db.read() as con:
            if not con.execute("SELECT 1 FROM suppressed LIMIT 1").fetchone():
                return {}
            return _matching(con, [marks.mark(text) for text in texts])

    @property
    def is_empty(self) -> bool:
        with self._db.read() as con:
            return con.execute("SELECT 1 FROM suppressed LIMIT 1").fetchone() is None


def hit(listed: Listed, texts: Iterable[str]) -> Entry | None:
    """The first of these canonical texts that is on the list."""
    if not listed:
        return None
    return next((entry for text in texts if (entry := listed.get(marks.mark(text)))), None)


def entry_for(what: What, canonical: str, shown: str, reason: str = "", at: float = 0.0) -> Entry:
    return Entry(what, shown, marks.mark(canonical), reason, at)


def hidden(canonical: str, reason: str, at: float) -> Entry:
    """An entry for a person of whom nothing but the mark may stay."""
    return replace(entry_for(What.PERSON, canonical, marks.masked(canonical), reason, at), masked=True)


_ENTRIES = "SELECT what, shown, mark, reason, at, masked FROM suppressed"


def _matching(con: Connection, wanted: Sequence[str]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        sql = f"{_ENTRIES} WHERE mark IN ({','.join('?' * len(part))})"  # only question marks are pasted in
        found |= {entry.mark: entry for row in con.execute(sql, part) for entry in [_entry(tuple(row))]}
    return found


def _entry(row: tuple[object, ...]) -> Entry:
    what, shown, mark, reason, at, masked = row
    return Entry(What(str(what)), str(shown), str(mark), str(reason), float(str(at)), bool(masked))
