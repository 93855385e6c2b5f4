"""The database as it lies there, read and never upgraded: whole or damaged, its version, keys and jobs in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from core import words
from core.database import Connection
from core.doctor.finding import Finding, fine, found
from core.looking import read_only
from core.owner import Owner
from core.runs import Phase, Runs
from core.schema import STEPS

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


@dataclass(slots=True)
class Inside:
    """What is of interest for other checks. ``held`` are the ids of keys whose secret should be in the key store."""

    known: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)


def database(path: Path, inside: Inside) -> Iterator[Finding]:
    """The file, and what stands in it about keys and jobs; the ids of its keys are added to ``inside``."""
    if not path.exists():
        yield fine("Database", f"{path.name} is made at the first use")
        return
    try:
        with closing(read_only(path)) as con:
            yield from _looked_at(con, path, inside)
    except sqlite3.Error as error:
        yield _trouble(error, path)


def key_ids(path: Path) -> set[str]:
    """Ids of every key of another database of this home; nothing when it cannot be read."""
    try:
        with closing(read_only(path)) as con:
            return {row[0] for row in con.execute("SELECT id FROM keys")}
    except sqlite3.Error:
        return set()


def open_workbook_runs(home: Path) -> Iterator[Finding]:
    """Runs on open workbooks whose results wait for Excel."""
    if not (home / "runs").is_dir():
        return
    runs = Runs(home)
    states = [runs.state(path.name.partition(".")[0]) for path in runs.folder.glob("*.request.json")]
    waiting = [state for state in states if state.phase is Phase.WAITING]
    if waiting:
        yield found("jobs.unwritten", f"{sum(state.unwritten for state in waiting):,} results of {len(waiting)} runs")


def _looked_at(con: Connection, path: Path, inside: Inside) -> Iterator[Finding]:
    intact = str(con.execute("PRAGMA quick_check(1)").fetchone()[0])
    if intact != "ok":
        yield found("database.damaged", f"{path}: {intact}")
        return
    taken = int(con.execute("PRAGMA user_version").fetchone()[0])
    if taken > len(STEPS):
        yield found("database.newer", f"{path} (step {taken}, known here: {len(STEPS)})")
        return
    mode = con.execute("PRAGMA journal_mode").fetchone()[0]
    yield fine("Database", f"SQLite {sqlite3.sqlite_version}, journal mode {mode}, step {taken} of {len(STEPS)}")
    if taken:
        yield from _keys(con, inside)
        yield from _jobs(con, Owner(path.parent / "running"))


def _keys(con: Connection, inside: Inside) -> Iterator[Finding]:
    rows = con.execute("SELECT id, secret, status, paused, last4 FROM keys").fetchall()
    inside.known |= {row[0] for row in rows}
    inside.held |= {row[0] for row in rows if row[1] == "HELD"}
    if not rows:
        yield found("keys.none", "no keys")
        return
    yield fine("Keys", words.keys(len(rows)))
    missing = [row[4] for row in rows if row[1] == "MISSING"]
    if missing:
        yield found("keys.missing", ", ".join(f"...{last4}" for last4 in missing))
    if any(row[1] in {"PENDING", "DELETING"} for row in rows):
        yield found("keys.unfinished", f"{sum(row[1] in {'PENDING', 'DELETING'} for row in rows)} keys")
    if not any(row[1] == "HELD" and row[2] == "ACTIVE" and not row[3] for row in rows):
        yield found("keys.none_ready", f"none of {len(rows):,} is active")


def _jobs(con: Connection, owners: Owner) -> Iterator[Finding]:
    """Those that were stopped, and those whose program is gone though they are called running."""
    jobs = con.execute("SELECT state, coalesce(owner,'') FROM jobs WHERE state<>'DONE'").fetchall()
    waiting = sum(state == "PAUSED" or not owners.looks_alive(owner) for state, owner in jobs)
    if waiting:
        yield found("jobs.waiting", f"{waiting:,} {'job waits' if waiting == 1 else 'jobs wait'}")


def _trouble(error: sqlite3.Error, path: Path) -> Finding:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _BUSY:
        return found("database.busy", str(path))
    return found("database.damaged" if code in _DAMAGED else "database.rights", f"{path}: {error}")
