"""Windows only: ReplaceFileW keeps access rights, creation time and named streams of the file that is replaced."""

from __future__ import annotations

import sys
from pathlib import Path

if sys.platform == "win32":
    import ctypes

    _REPLACEFILE_IGNORE_MERGE_ERRORS = 0x2
    _MARK = ":Zone.Identifier"  # the Mark of the Web; losing it would let macros of a downloaded file run

    def replace_file(new: Path, target: Path) -> None:
        """Put ``new`` in the place of ``target``. Raises OSError when Windows refuses, as it does for open files.

        A plain rename would drop the Mark of the Web of a download (learn.microsoft.com, ReplaceFileW). Where the
        call is not supported, as on some network drives, that stream is copied by hand before a plain replacement.
        """
        if not target.exists():
            new.replace(target)
            return
        call = ctypes.WinDLL("kernel32", use_last_error=True).ReplaceFileW
        if call(str(target), str(new), None, _REPLACEFILE_IGNORE_MERGE_ERRORS, None, None):
            return
        if ctypes.get_last_error() in (1, 50, 120):  # ERROR_INVALID_FUNCTION, NOT_SUPPORTED, CALL_NOT_IMPLEMENTED
            _copy_mark(target, new)
            new.replace(target)
            return
        raise ctypes.WinError(ctypes.get_last_error())

    def _copy_mark(source: Path, target: Path) -> None:
        try:
            mark = Path(str(source) + _MARK).read_bytes()
        except OSError:
            return  # it has none, or the drive keeps no streams
        Path(str(target) + _MARK).write_bytes(mark)
