"""Starts a process that outlives the one that starts it: the worker, the progress window, the main window."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

DETACHED, NEW_GROUP, BREAKAWAY = 0x00000008, 0x00000200, 0x01000000  # learn.microsoft.com: Process Creation Flags
Open = Callable[..., "subprocess.Popen[bytes]"]


def detached(
    words: Sequence[str], folder: Path, *, platform: str = sys.platform, popen: Open = subprocess.Popen
) -> subprocess.Popen[bytes]:
    """Start a command with nothing of this process in it. Raises OSError when it cannot be started."""
    how: dict[str, Any] = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
        "close_fds": True,
        "cwd": folder,
    }
    if platform != "win32":
        return popen(words, start_new_session=True, **how)
    try:
        return popen(words, creationflags=DETACHED | NEW_GROUP | BREAKAWAY, **how)
    except PermissionError:  # Excel's job does not let processes break away
        return popen(words, creationflags=DETACHED | NEW_GROUP, **how)
