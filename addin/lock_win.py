"""The lock on Windows; tried over a fake only."""

from __future__ import annotations

import sys
from typing import BinaryIO

if sys.platform == "win32":
    import msvcrt

    def take(file: BinaryIO) -> None:
        """Lock the first byte or raise OSError at once."""
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
