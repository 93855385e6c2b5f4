"""Which columns a person chose for a kind of list, remembered by its headings: asked once, offered ever after."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

import msgspec

from core.database import Database
from core.results.person import fold


class MappingStore:
    """Choices by header set; the order of the columns does not matter, nor do case and accents."""

    def __init__(self, db: Database, clock: Callable[[], float]) -> None:
        self._db, self._clock = db, clock

    def remember(self, headings: Sequence[str], columns: Mapping[str, str]) -> None:
        """Keep a choice: the name of a field to the heading of its column. A list without headings has nothing to know it by."""
        if not (shape := shape_of(headings)):
            return
        with self._db.write() as con:
            con.execute(
                "INSERT INTO mappings(headings, columns, at) VALUES(?,?,?)"
                " ON CONFLICT(headings) DO UPDATE SET columns=excluded.columns, at=excluded.at",
                (shape, msgspec.json.encode(dict(columns)).decode(), self._clock()),
            )

    def recall(self, headings: Sequence[str]) -> dict[str, str]:
        """The choice for a list with these headings; empty when there is none."""
        with self._db.read() as con:
            row = con.execute("SELECT columns FROM mappings WHERE headings=?", (shape_of(headings),)).fetchone()
        return msgspec.json.decode(row[0], type=dict[str, str]) if row else {}

    def forget(self, headings: Sequence[str]) -> None:
        with self._db.write() as con:
            con.execute("DELETE FROM mappings WHERE headings=?", (shape_of(headings),))


def shape_of(headings: Sequence[str]) -> str:
    """A fingerprint of the set of headings, empty ones left out; "" of none. Result columns that a run adds do not change it."""
    names = sorted({name for heading in headings if (name := fold(heading))} - _OURS)
    return hashlib.sha256("\0".join(names).encode()).hexdigest() if names else ""


_SHORT = ("phone type", "do not call", "email type", "status", "message", "checked", "found as", "phone", "email")
_NUMBERED = tuple(f"{name} {n}{end}" for name in ("phone", "email") for n in range(2, 6) for end in ("", " type"))
_OURS = frozenset(f"{prefix}{name}" for prefix in ("", "lusha ") for name in (*_SHORT, *_NUMBERED))
