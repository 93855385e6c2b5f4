"""Whether a database is of a newer program, read from its first hundred bytes: quick enough to ask before a window opens."""

from __future__ import annotations

from pathlib import Path

from core.errors import DatabaseTrouble
from core.schema import STEPS

_MAGIC, _VERSION = b"SQLite format 3\0", slice(60, 64)  # sqlite.org/fileformat2.html: the user version, big-endian


def refuse_newer(path: Path, steps: int = len(STEPS)) -> None:
    """Raises DatabaseTrouble for a database that has taken more schema steps. Whatever else may be wrong is not judged here."""
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except OSError:
        return
    if head.startswith(_MAGIC) and int.from_bytes(head[_VERSION]) > steps:
        raise newer(path)


def newer(path: Path) -> DatabaseTrouble:
    return DatabaseTrouble(
        "The data is of a newer LushaEnrich",
        f"{path} was written by a newer version. Update this one; nothing was changed.",
    )
