"""Work on a file in a process of its own: whatever a parser does to it, this one lives on and its memory stays small."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

from core.errors import FileTrouble
from core.ourselves import command, is_frozen

MOST_MEMORY = 4 * 1024**3
_PROGRAM = "from core.sheets.apart import main; main()"


class ReadTask(msgspec.Struct, tag="read"):
    """All cells of a sheet ("": the first one) of a file calamine reads."""

    path: str
    sheet: str = ""
    most_memory: int = MOST_MEMORY


class VerifyTask(msgspec.Struct, tag="verify"):
    """Whether two workbooks show the same on a sheet but for ``cells`` (row, column, text); in all rows or in those only."""

    before: str
    after: str
    sheet: str
    cells: list[tuple[int, int, str]]
    sparse: bool = False
    whole: bool = True
    most_memory: int = MOST_MEMORY


class ReadDone(msgspec.Struct, tag="rows"):
    """``sheets`` are the names of all; a cell is text, a number, a truth value, or [text] for a date or time."""

    sheet: str
    sheets: list[str]
    rows: list[list[Any]]


class VerifyDone(msgspec.Struct, tag="verified"):
    """Where the two differ though they should not, or None."""

    surprise: tuple[int, int] | None = None


class Failed(msgspec.Struct, tag="failed"):
    title: str
    message: str


Task = ReadTask | VerifyTask
Done = ReadDone | VerifyDone | Failed


def apart(task: Task, name: str) -> ReadDone | VerifyDone:
    """Carry a task out. Raises FileTrouble when the file ``name`` cannot be read, or killed its reader."""
    # "" is the current folder, where the workbook may lie with a core.py or sitecustomize.py beside it
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(  # noqa: S603  our own interpreter and code
        _command(),
        input=msgspec.msgpack.encode(task),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        check=False,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    if done.returncode:
        raise FileTrouble(
            f"{name} cannot be read",
            "It is damaged, or needs more memory than there is. Open it in Excel or LibreOffice, save it as .xlsx, try again.",
            code="unreadable",
        )
    found: Done = msgspec.msgpack.decode(done.stdout, type=Done)
    if isinstance(found, Failed):
        raise FileTrouble(found.title, found.message)
    return found


def _command() -> list[str]:
    """This Python without its isolation: what stands on our ``sys.path`` is imported, wherever it came from."""
    return command("core.sheets.apart") if is_frozen() else [sys.executable, "-P", "-c", _PROGRAM]


def main() -> None:
    """The other process: a task on stdin, what it came to on stdout."""
    task = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Task)
    _limit_memory(task.most_memory)
    sys.stdout.buffer.write(msgspec.msgpack.encode(carried_out(task)))


def carried_out(task: Task) -> Done:
    """The work itself, in whatever process."""
    from core.sheets import reading  # noqa: PLC0415  the parent needs none of it to start the other process

    try:
        match task:
            case ReadTask():
                return ReadDone(*reading.every_cell(Path(task.path), task.sheet))
            case VerifyTask():
                before, after = Path(task.before), Path(task.after)
                return VerifyDone(reading.surprise(before, after, task.sheet, task.cells, sparse=task.sparse, whole=task.whole))
    except FileTrouble as trouble:
        return Failed(trouble.title, trouble.message)


def _limit_memory(most: int) -> None:
    if sys.platform != "win32":
        import resource  # noqa: PLC0415  not there on Windows

        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
