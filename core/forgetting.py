"""Forget a person everywhere we keep something: answers, journal, undo, messages, files of runs, the log.

What was paid stays as numbers. What lies in files of the user's own is named, for nobody but him may change it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core import log, private
from core.database import Database
from core.errors import DatabaseTrouble, FileTrouble, UsageError
from core.model import Prospect
from core.owner import still_there
from core.results import marks
from core.results.erasing import Erased, erase
from core.results.tracing import Trace
from core.settings import Settings
from core.wiping import DATABASES, PRACTICE, StillRunning

_REMOVED = "(removed)"
_LOG = "lusha-enrich.log"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed, and what cannot be reached: ``workbooks`` and ``backups`` may still hold the person.

    ``busy`` are databases that another program was reading: the person is out of them, but deleted pages are still there.
    ``untouched`` are logs and files of runs that could not be cleaned: links, another user's, or held by a program.
    """

    answers: int = 0
    rows: int = 0
    cells: int = 0
    texts: int = 0
    payments: int = 0
    suppressed: int = 0
    workbooks: tuple[str, ...] = ()
    backups: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()
    untouched: tuple[str, ...] = ()

    @property
    def anything(self) -> bool:
        return bool(self.answers or self.rows or self.cells or self.texts)


def forget(
    settings: Settings,
    who: Prospect,
    *,
    and_suppress: bool = False,
    reason: str = "",
    clock: Callable[[], float],
    opening: Callable[[Path], Database] = Database,
) -> Forgotten:
    """Remove this person. Raises UsageError when nobody is named, StillRunning while a run could write him again."""
    if not marks.of_prospect(who):
        raise UsageError("Who should be forgotten?", "Name an e-mail address, a LinkedIn profile, or name and company.")
    refuse_while_running(settings.home)
    found: list[Erased] = []
    busy: list[str] = []
    for path in databases(settings, create=and_suppress):
        with opening(path) as db:
            found.append(erase(db, who, suppress=and_suppress and path == settings.database, reason=reason, clock=clock))
            try:
                db.compact()
            except DatabaseTrouble:
                busy.append(str(path))
    traces = [one.trace for one in found]
    lines, closed = _cleaned(_logs(settings.home), _out_of_log, traces)
    files, shut = _cleaned(_runs(settings.home), _out_of_run, traces)
    workbooks = tuple(sorted({path for one in found for path in one.files}))
    return Forgotten(
        sum(one.answers for one in found),
        sum(one.rows for one in found),
        sum(one.cells for one in found),
        sum(one.messages for one in found) + lines + files,
        sum(one.payments for one in found),
        sum(one.suppressed for one in found),
        workbooks,
        tuple(str(path) for path in _backups(settings.home, workbooks)),
        tuple(busy),
        (*closed, *shut),
    )


def refuse_while_running(home: Path) -> None:
    """A run holds people in memory and would write them again. An open window does not."""
    folders = [part / name for part in (home, home / PRACTICE) for name in ("running", "runs")]
    if any(not name.startswith("window-") for folder in folders for name in still_there(folder)):
        raise StillRunning(
            "A run is under way", "Wait for its end or stop it (lusha-enrich jobs stop last). Nothing was removed."
        )


def databases(settings: Settings, *, create: bool = False) -> Iterator[Path]:
    """Every database of this home: of Lusha, of practice, of the window's practice."""
    every = [part / name for part in (settings.home, settings.home / PRACTICE) for name in DATABASES]
    yield from (path for path in every if path.is_file() or (create and path == settings.database))


# -- files --------------------------------------------------------------------------------------------------------------
def _cleaned(paths: Iterable[Path], clean: Callable[[Path, list[Trace]], int], traces: list[Trace]) -> tuple[int, list[str]]:
    """How much was taken out of these files, and which could not be cleaned: the others must be, all the same."""
    count, untouched = 0, list[str]()
    for path in paths:
        try:
            count += clean(path, traces)
        except FileNotFoundError:  # moved on meanwhile: it comes again under its next name
            continue
        except (FileTrouble, OSError):
            untouched.append(str(path))
    return count, untouched


def _logs(home: Path) -> Iterator[Path]:
    """The log and its earlier ones, upwards, whether they are there or not.

    A log that is full moves one number up: who looks upwards meets it again, and misses none. On its way it is number 0, and
    stays so when the program ends there.
    """
    for part in (home, home / PRACTICE):
        yield part / _LOG
        yield from (part / f"{_LOG}.{number}" for number in range(log.KEPT + 1))


def _runs(home: Path) -> Iterator[Path]:
    for part in (home, home / PRACTICE):
        yield from sorted((part / "runs").glob("*.json"))


def _out_of_log(path: Path, traces: Iterable[Trace]) -> int:
    """Write over the lines that name the person; returns how many.

    Each keeps its length and the file its end: another program may be adding lines, and none of those may be lost.
    """
    count = at = 0
    with os.fdopen(private.opened(str(path), os.O_RDWR), "r+b") as file:
        for line in file.readlines():
            text = line.decode("utf-8", errors="replace")
            if any(one.in_text(text) for one in traces):
                file.seek(at)
                file.write(_blanked(line))
                count += 1
            at += len(line)
    return count


def _blanked(line: bytes) -> bytes:
    """As long as before, line end included."""
    content = line.rstrip(b"\r\n")
    return _REMOVED.encode().ljust(len(content))[: len(content)] + line[len(content) :]


def _out_of_run(path: Path, traces: Iterable[Trace]) -> int:
    """Take the person's fingerprints and texts out of a file of a run; undo finds his rows no more."""
    known = list(traces)

    def clean(value: object) -> object:
        if isinstance(value, dict):
            return {key: clean(one) for key, one in value.items() if not any(one in list(trace.prints) for trace in known)}
        if isinstance(value, list):
            return [clean(one) for one in value]
        return _REMOVED if isinstance(value, str) and any(trace.in_text(value) for trace in known) else value

    with suppress(json.JSONDecodeError, UnicodeDecodeError):
        before = json.loads(private.read(path))
        after = clean(before)
        if after != before:
            private.write(path, json.dumps(after).encode())
            return 1
    return 0


def _backups(home: Path, workbooks: Iterable[str]) -> Iterator[Path]:
    """Our copies of those workbooks from before they were written to: they may hold the person's row."""
    for name in sorted({Path(path).stem for path in workbooks}):
        yield from sorted(path for path in (home / "backups").glob("*") if path.name.startswith(f"{name}.backup-"))
