"""Which run a request belongs to, and whether that run is still there: a lock the system frees when its program dies.

A run that ended without writing all it knew (the disk was full) has to look as dead as one whose program was killed,
so the lock belongs to the run and not to the program. A heartbeat in the database would need half a minute to tell a dead
program from a busy or a sleeping one, and a process number means another program after a reboot. A file lock is let go in
the moment its program ends, however it ends.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from core import private

if TYPE_CHECKING:
    from filelock import BaseFileLock

SWEEPING_S = 30.0  # somebody who sweeps holds a lock for a moment only


class Owner:
    """The runs of one open home of this process. ``folder`` holds a lock file for each run of any program."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, BaseFileLock] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for run in list(self._held):
            self.release(run)

    def claim(self) -> str:
        """The name under which a run books its requests; until `release` it is alive. Raises OSError."""
        private.folder(self._folder)
        run, lock = _taken(self._folder)
        self._held[run] = lock
        return run

    def release(self, run: str) -> None:
        """The run has ended: whatever it left open is nobody's. The second call does nothing."""
        lock = self._held.pop(run, None)
        if lock is not None:
            lock.release()
            self._file(run).unlink(missing_ok=True)

    def is_alive(self, owner: str) -> bool:
        """Whether the run that booked as ``owner`` is still under way; a file nobody holds is removed."""
        if self.looks_alive(owner):
            return True
        if owner:
            _is_swept(self._file(owner))
        return False

    def looks_alive(self, owner: str) -> bool:
        """The same for somebody who only looks: nothing is removed."""
        if owner in self._held:
            return True
        file = self._file(owner)
        return bool(owner) and file.exists() and not _is_free(file)

    def _file(self, owner: str) -> Path:
        return self._folder / f"{owner}.lock"


@contextmanager
def present(folder: Path, name: str) -> Iterator[None]:
    """As long as the block lasts, `still_there` of this folder names this program. Locks of dead programs are swept."""
    private.folder(folder)
    still_there(folder)
    mine, lock = _taken(folder, f"{name}-")
    try:
        yield
    finally:
        lock.release()
        (folder / f"{mine}.lock").unlink(missing_ok=True)


def still_there(folder: Path) -> list[str]:
    """The names of the locks in this folder that a living program holds; those of dead ones are removed."""
    return [file.stem for file in sorted(folder.glob("*.lock")) if not _is_swept(file)]


def _taken(folder: Path, prefix: str = "") -> tuple[str, BaseFileLock]:
    """A lock of our own under a new name: who sweeps may find it free, and remove it, before it is held."""
    while True:
        name = prefix + uuid.uuid4().hex
        file = folder / f"{name}.lock"
        lock = _lock(file)
        lock.acquire(timeout=SWEEPING_S)
        if file.exists():
            return name, lock
        lock.release()


def _is_swept(file: Path) -> bool:
    """Remove the file unless a program holds it; True when it is gone."""
    from filelock import Timeout  # noqa: PLC0415  # it imports asyncio: 90 ms that only a run needs

    if not file.exists():
        return True
    lock = _lock(file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    if os.name == "posix":  # while it is held, so that nobody takes it in between; Windows lets nobody remove an open file
        file.unlink(missing_ok=True)
    lock.release()
    with suppress(PermissionError):
        file.unlink(missing_ok=True)
    return True


def _lock(file: Path) -> BaseFileLock:
    from filelock import FileLock  # noqa: PLC0415  # it imports asyncio: 90 ms that only a run needs

    return FileLock(file, mode=0o600, thread_local=False)


def _is_free(file: Path) -> bool:
    from filelock import Timeout  # noqa: PLC0415  # as above

    lock = _lock(file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    lock.release()
    return True
