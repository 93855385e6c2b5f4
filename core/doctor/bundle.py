"""The support bundle: what somebody who helps may see. No key, no person, no number, no file name."""

from __future__ import annotations

import json
import platform
import sqlite3
import sys
import zipfile
from collections import deque
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.doctor import crashes
from core.doctor.finding import Finding
from core.doctor.redact import Scrub, scrub_of
from core.doctor.system import PACKAGES, versions
from core.errors import FileBusy, FileTrouble
from core.looking import read_only
from core.schema import STEPS
from core.settings import Settings, version

LOG_LINES, EVENTS, JOBS = 1000, 300, 50
CRASHES = 20
WINDOW = ("PySide6-Essentials",)
_NOT_SAID = {"home"}  # the folder names its user


@dataclass(frozen=True, slots=True)
class Part:
    """A file of the bundle: its name, its text, and what it holds, for the list that is shown before."""

    name: str
    text: str
    about: str


@dataclass(frozen=True, slots=True)
class Bundle:
    parts: tuple[Part, ...]


def gather(settings: Settings, found: Sequence[Finding]) -> Bundle:
    """Collect and clean; nothing is written. ``found`` is what the doctor says."""
    scrub = scrub_of(settings)
    said = [one.document() | {"seen": scrub.clean(one.seen)} for one in found]
    parts = (
        Part("versions.json", _json(_versions(settings)), "versions of LushaEnrich, Python, its packages and the system"),
        Part("doctor.json", _json(said), "what the doctor found"),
        Part("settings.json", _json(_settings(settings)), "the settings; there are no secrets among them"),
        *_of_database(settings, scrub),
        Part("log.txt", _log(settings, scrub), f"the last {LOG_LINES:,} lines of the log, names and numbers taken out"),
        Part("crashes.txt", _crashes(settings, scrub), "where the program failed: files and lines of it, no messages"),
    )
    return Bundle((*parts, _contents(parts)))


def write(bundle: Bundle, file: Path) -> None:
    """Write the zip. Raises FileTrouble when it is there already or cannot be written."""
    try:
        with zipfile.ZipFile(file, "x", zipfile.ZIP_DEFLATED) as made:
            for part in bundle.parts:
                made.writestr(part.name, part.text)
    except FileExistsError:
        raise FileBusy("The support bundle is there already", f"{file} is never replaced. Choose another name.") from None
    except OSError as error:
        raise FileTrouble("The support bundle cannot be written", f"{file}: {error.strerror}. Choose another folder.") from error


def _versions(settings: Settings) -> dict[str, object]:
    return {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "lusha-enrich": version(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "sqlite": sqlite3.sqlite_version,
        "virtual_environment": sys.prefix != sys.base_prefix,
        "origin": settings.origin,
        "packages": versions((*PACKAGES, *WINDOW)),
    }


def _settings(settings: Settings) -> dict[str, object]:
    return {spec.name: getattr(settings, spec.name) for spec in fields(Settings) if spec.name not in _NOT_SAID}


def _of_database(settings: Settings, scrub: Scrub) -> tuple[Part, ...]:
    about = "schema version, rows of each table, keys and jobs by state: figures only"
    events = "the last events of the keys: what, when, last four characters"
    try:
        with closing(read_only(settings.database)) as con:
            return (
                Part("database.json", _json(_figures(con)), about),
                Part("audit.json", _json(_events(con, scrub)), events),
            )
    except sqlite3.Error as error:
        return (Part("database.json", _json({"unreadable": type(error).__name__}), about), Part("audit.json", "[]", events))


def _figures(con: sqlite3.Connection) -> dict[str, Any]:
    tables = [row[0] for row in con.execute("SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%'")]
    keys = con.execute("SELECT category, status, coalesce(reason,''), paused, secret, count(*) FROM keys GROUP BY 1,2,3,4,5")
    jobs = con.execute(
        "SELECT j.kinds, j.state, j.created_at, j.finished_at, count(DISTINCT u.row), coalesce(sum(u.credits),0)"
        " FROM jobs j LEFT JOIN units u ON u.job_id=j.id GROUP BY j.id ORDER BY j.created_at DESC LIMIT ?",
        (JOBS,),
    )
    return {
        "schema": con.execute("PRAGMA user_version").fetchone()[0],
        "schema_known": len(STEPS),
        "journal_mode": con.execute("PRAGMA journal_mode").fetchone()[0],
        "rows": {name: con.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in sorted(tables)},  # noqa: S608
        "keys": [dict(zip(("for", "status", "reason", "paused", "secret", "count"), row, strict=True)) for row in keys],
        "jobs": [dict(zip(("kinds", "state", "began", "ended", "rows", "credits"), row, strict=True)) for row in jobs],
    }


def _events(con: sqlite3.Connection, scrub: Scrub) -> list[dict[str, object]]:
    names = ("at", "actor", "action", "key", "from", "to", "reason", "message")
    rows = con.execute(
        "SELECT at, actor, action, coalesce(last4,''), coalesce(from_status,''), coalesce(to_status,''), coalesce(reason,''),"
        " coalesce(message,'') FROM audit ORDER BY id DESC LIMIT ?",
        (EVENTS,),
    )
    return [dict(zip(names, (*row[:6], scrub.clean(row[6]), scrub.clean(row[7])), strict=True)) for row in rows]


def _log(settings: Settings, scrub: Scrub) -> str:
    return "\n".join(scrub.log(_last_lines(settings.log)))


def _last_lines(path: Path) -> list[str]:
    """Of the log and the one before it: a run often goes over the edge between two."""
    kept: deque[str] = deque(maxlen=LOG_LINES)
    for file in (path.with_name(f"{path.name}.1"), path):
        try:
            kept.extend(file.read_text("utf-8", errors="replace").splitlines())
        except OSError:
            continue
    return list(kept)


def _crashes(settings: Settings, scrub: Scrub) -> str:
    """The places of what was logged as an error, newest last; then what the window has shown a report of."""
    blocks: list[list[str]] = []
    for line in scrub.log(_last_lines(settings.log)):
        if not line.startswith(" "):
            blocks.append([line])
        elif blocks:
            blocks[-1].append(line)
    failed = [block for block in blocks if len(block) > 1]
    logged = "\n".join("\n".join(block) for block in failed[-CRASHES:])
    shown = "\n".join(scrub.clean(line) for line in crashes.kept(settings.home).splitlines())
    return "\n".join(part for part in (logged, shown) if part)


def _contents(parts: Sequence[Part]) -> Part:
    lines = [f"{part.name:16} {part.about}" for part in parts]
    text = "LushaEnrich support bundle\n\n" + "\n".join(lines) + "\n\nNo key, no person, no number, no file name. Look into it.\n"
    return Part("contents.txt", text, "this list")


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)
