"""Forget a person everywhere we keep something: answers, journal, undo, messages, files of runs, the log.

What was paid stays as numbers. What lies in files of the user's own is named, for nobody but him may change it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.database import Database
from core.errors import DatabaseTrouble, UsageError
from core.model import Prospect
from core.owner import still_there
from core.results import marks
from core.results.erasing import Erased, erase
from core.results.tracing import Trace
from core.settings import Settings
from core.wiping import DATABASES, PRACTICE, StillRunning

_REMOVED = "(removed)"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed, and what cannot be reached: ``workbooks`` and ``backups`` may still hold the person.

    ``busy`` are databases that another program was reading: the person is out of them, but deleted pages are still there.
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
    lines = sum(_out_of_log(path, traces) for path in _logs(settings.home))
    files = sum(_out_of_run(path, traces) for path in _runs(settings.home))
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
def _logs(home: Path) -> Iterator[Path]:
    for part in (home, home / PRACTICE):
        yield from sorted(part.glob("lusha-enrich.log*"))


def _runs(home: Path) -> Iterator[Path]:
    for part in (home, home / PRACTICE):
        yield from sorted((part / "runs").glob("*.json"))


def _out_of_log(path: Path, traces: Iterable[Trace]) -> int:
    """Take the lines that name the person out, in place: another program may have the file open."""
    lines = path.read_text("utf-8", errors="replace").splitlines(keepends=True)
    kept = [line for line in lines if not any(one.in_text(line) for one in traces)]
    if len(kept) < len(lines):
        with path.open("r+", encoding="utf-8", newline="") as file:
            file.writelines(kept)
            file.truncate()
    return len(lines) - len(kept)


def _out_of_run(path: Path, traces: Iterable[Trace]) -> int:
    """Take the person's fingerprints and texts out of a file of a run; undo finds his rows no more."""
    known = list(traces)

    def clean(value: object) -> object:
        if isinstance(value, dict):
            return {key: clean(one) for key, one in value.items() if not any(one in list(trace.prints) for trace in known)}
        if isinstance(value, list):
            return [clean(one) for one in value]
        return _REMOVED if isinstance(value, str) and any(trace.in_text(value) for trace in known) else value

    with suppress(json.JSONDecodeError):
        before = json.loads(path.read_text("utf-8"))
        after = clean(before)
        if after != before:
            path.write_text(json.dumps(after), encoding="utf-8")
            return 1
    return 0


def _backups(home: Path, workbooks: Iterable[str]) -> Iterator[Path]:
    """Our copies of those workbooks from before they were written to: they may hold the person's row."""
    for name in sorted({Path(path).stem for path in workbooks}):
        yield from sorted(path for path in (home / "backups").glob("*") if path.name.startswith(f"{name}.backup-"))
