"""Runs on an open workbook as files in the data folder: how launcher, worker and progress window, three processes, meet.

No names, numbers or addresses of people in them: where the rows are, how far the run is, and what was agreed.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import msgspec

from core import private
from core.errors import FileTrouble
from core.model import Kind
from core.owner import Owner

_T = TypeVar("_T")
KEPT = 50  # runs whose files are kept


class Action(StrEnum):
    ENRICH = "enrich"
    UNDO = "undo"


class Phase(StrEnum):
    """Where a run stands. WAITING: paid results could not be written yet; they are safe in the database."""

    STARTING = "starting"
    ASKING = "asking"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    WAITING = "waiting"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        return self not in {Phase.STARTING, Phase.ASKING, Phase.RUNNING}


@dataclass(frozen=True, slots=True)
class Request:
    """What the launcher saw: the Excel process, the book and sheet by name, and the selected areas as an address."""

    id: str
    action: Action
    kinds: frozenset[Kind]
    book: str
    sheet: str
    selection: str = ""
    pid: int = 0
    window: bool = True  # whether the worker opens the progress window


@dataclass(frozen=True, slots=True)
class State:
    """What the worker tells. Credits as in `core.engine.preflight`; ``lines`` are those of the table before the run."""

    id: str
    phase: Phase = Phase.STARTING
    book: str = ""
    sheet: str = ""
    title: str = ""
    message: str = ""
    lines: tuple[tuple[int, str], ...] = ()
    ready: int = 0
    likely: float = 0.0
    most: float = 0.0
    done: int = 0
    rows: int = 0
    found: int = 0
    not_found: int = 0
    credits: float = 0.0
    step: str = ""
    unwritten: int = 0  # paid results that are not in their cells yet
    written: int = 0
    job: str = ""
    formats: dict[str, str] = field(default_factory=dict)  # number format of a column before our first cell, by heading
    headings: dict[int, str] = field(default_factory=dict)  # of the columns, by their number when the run began
    alive: str = ""  # the name under which the worker holds a lock, see core.owner; "" before it has one
    worker: int = 0  # process ids
    window: int = 0


@dataclass(frozen=True, slots=True)
class Go:
    """The answer before anything is spent: ``rows`` to send at most, ``credits`` to spend at most."""

    go: bool
    rows: int | None = None
    credits: float | None = None


class Runs:
    """The folder of runs. Every file is replaced whole, so that a reader never sees half of one."""

    def __init__(self, home: Path) -> None:
        self.folder, self._owners = private.folder(home / "runs"), home / "running"

    def start(
        self,
        action: Action,
        kinds: frozenset[Kind],
        *,
        book: str,
        sheet: str,
        selection: str = "",
        pid: int = 0,
        window: bool = True,
    ) -> Request:
        """Write down a new run; old ones beyond the latest fifty are removed."""
        request = Request(uuid.uuid4().hex[:12], action, kinds, book, sheet, selection, pid, window)
        self._tidy()
        self._write(request.id, "request", request)
        return request

    def request(self, run: str) -> Request:
        """Raises FileNotFoundError for a run nobody started, FileTrouble for a damaged record."""
        return _decoded(self.folder / f"{run}.request.json", Request)

    def tell(self, state: State) -> None:
        self._write(state.id, "state", state)

    def state(self, run: str) -> State:
        """The latest word of the worker; a run without one is starting."""
        return self._read(run, "state", State) or State(run)

    def answer(self, run: str, go: Go) -> None:
        self._write(run, "answer", go)

    def answered(self, run: str) -> Go | None:
        return self._read(run, "answer", Go)

    def add_steps(self, run: str, lines: Iterable[str]) -> None:
        """Append to the rotation's lines of a run."""
        handle = private.opened(str(self._steps(run)), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        with os.fdopen(handle, "a", encoding="utf-8", newline="") as file:
            file.writelines(f"{line}\n" for line in lines)

    def steps(self, run: str, after: int = 0) -> tuple[list[str], int]:
        """The lines from a place in bytes on, and the place after them."""
        try:
            with os.fdopen(private.opened(str(self._steps(run)), os.O_RDONLY), "rb") as file:
                file.seek(after)
                whole, end, _half = file.read().rpartition(b"\n")
        except FileNotFoundError:
            return [], after
        return whole.decode("utf-8").splitlines(), after + len(whole) + len(end)

    def is_gone(self, run: str) -> bool:
        """Whether the worker has ended, or was ended, without saying how the run went."""
        state = self.state(run)
        if state.phase.is_over or not state.alive or Owner(self._owners).looks_alive(state.alive):
            return False
        return not self.state(run).phase.is_over  # it may have ended in good order meanwhile

    def owner(self) -> Owner:
        """For the worker: what it holds as long as it lives."""
        return Owner(self._owners)

    def stop(self, run: str) -> None:
        """Ask the worker to stop; seen before each look-up."""
        private.touch(self.flag(run))

    def flag(self, run: str) -> Path:
        return self.folder / f"{run}.stop"

    def keep_rows(self, run: str, keys: dict[int, str]) -> None:
        """Who stood in which row when the run began, as fingerprints: undo finds the rows again by them."""
        self._write(run, "rows", keys)

    def rows(self, run: str) -> dict[int, str]:
        return self._read(run, "rows", dict[int, str]) or {}

    def of_book(self, book: str, sheet: str = "") -> list[Request]:
        """The runs on this workbook (and sheet), newest first."""
        found = sorted(self.folder.glob("*.request.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        runs = []
        for path in found:
            with suppress(_Damaged):  # one bad record must not keep every other run from being found
                runs.append(_decoded(path, Request))
        return [run for run in runs if run.book == book and sheet in ("", run.sheet)]

    def lock(self, pid: int, book: str) -> Path:
        """The file a worker locks while it owns this workbook."""
        return self.folder / (hashlib.sha256(f"{pid}/{book.casefold()}".encode()).hexdigest()[:16] + ".lock")

    def _steps(self, run: str) -> Path:
        return self.folder / f"{run}.steps.txt"

    def _write(self, run: str, what: str, value: object) -> None:
        private.write(self.folder / f"{run}.{what}.json", msgspec.json.encode(value))

    def _read(self, run: str, what: str, sort: type[_T]) -> _T | None:
        try:
            return _decoded(self.folder / f"{run}.{what}.json", sort)
        except FileNotFoundError:
            return None

    def _tidy(self) -> None:
        found = sorted(self.folder.glob("*.request.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for old in found[KEPT - 1 :]:
            for path in self.folder.glob(old.name.split(".", maxsplit=1)[0] + ".*"):
                path.unlink(missing_ok=True)


class _Damaged(FileTrouble):
    """A record that is not what we wrote: the disk was full, or somebody edited it."""


def _decoded(path: Path, sort: type[_T]) -> _T:
    try:
        return msgspec.json.decode(private.read(path), type=sort)
    except (ValueError, RecursionError):
        raise _Damaged("The record of this run is damaged", f"Start the run again; {path} can be removed.") from None
