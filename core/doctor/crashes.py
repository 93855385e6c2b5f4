"""Reports of mistakes of ours, kept for a support bundle: classes, files and lines, never a value."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from core import private

NAME, MOST = "crashes.txt", 100_000  # bytes kept


def keep(home: Path, report: str) -> None:
    """Add a report to the file; the oldest make room. A mistake is never followed by another one because of this."""
    file = home / NAME
    with suppress(OSError):
        fresh = f"{kept(home)}{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n{report.strip()}\n\n"
        private.write(file, fresh[-MOST:].encode())


def kept(home: Path) -> str:
    """The reports so far."""
    with suppress(OSError):
        return (home / NAME).read_text("utf-8", errors="replace")
    return ""
