"""Whether a drive letter stands for a network share. Windows only; not run where this is built."""

from __future__ import annotations

import sys
from pathlib import Path

REMOTE = 4  # DRIVE_REMOTE, learn.microsoft.com: GetDriveTypeW

if sys.platform == "win32":
    import ctypes

    def is_remote(folder: Path) -> bool:
        """Of the drive the folder is on."""
        return ctypes.windll.kernel32.GetDriveTypeW(f"{folder.absolute().drive}\\") == REMOTE
