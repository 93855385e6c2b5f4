"""Which program a request belongs to, and whether that program is still there: a lock the system frees when it dies.

A heartbeat in the database would need half a minute to tell a dead program from a busy or a sleeping one, and a process
number means another program after a reboot. A file lock is let go in the moment its program ends, however it ends.
"""

from __future__ import annotations

import uuid
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from filelock import BaseFileLock


class Owner:
    """One open home of this process. ``folder`` holds a lock file for each program that has a run under way."""

    def __init__(self, folder: Path) -> None:
        self.id = uuid.uuid4().hex
        self._folder = folder
        self._lock: BaseFileLock | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None
            self._file(self.id).unlink(missing_ok=True)

    def claim(self) -> None:
        """Say that requests of this program are about to be booked. The second call does nothing."""
        if self._lock is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = _lock(self._file(self.id))
            self._lock.acquire(timeout=0)

    def is_alive(self, owner: str) -> bool:
        """Whether the program that booked as ``owner`` is still running; a file nobody holds is removed."""
        if owner == self.id:
            return True
        file = self._file(owner)
        if not owner or not file.exists():
            return False
        if not _is_free(file):
            return True
        file.unlink(missing_ok=True)
        return False

    def _file(self, owner: str) -> Path:
        return self._folder / f"{owner}.lock"


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
