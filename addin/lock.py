"""One worker for each workbook: a lock the operating system frees when the worker dies, however it dies."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from core import private

Take = Callable[[BinaryIO], None]


def _take_posix(file: BinaryIO) -> None:
    import fcntl  # noqa: PLC0415  not on Windows

    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _take() -> Take:
    if sys.platform == "win32":
        from addin.lock_win import take  # noqa: PLC0415

        return take
    return _take_posix


@contextmanager
def owned(path: Path, take: Take | None = None) -> Iterator[bool]:
    """Whether this process owns the workbook of this lock file, as long as the block lasts."""
    with os.fdopen(private.opened(str(path), os.O_WRONLY | os.O_CREAT | os.O_APPEND), "ab") as file:
        try:
            (take or _take())(file)
        except OSError:
            yield False
        else:
            yield True
