"""Files and folders for their owner alone: so from the first byte on, and not trusted when somebody else made them.

On Windows the rights come from the user's profile folder; there nothing is checked and nothing is changed.
"""

from __future__ import annotations

import os
import secrets
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from core.errors import FileTrouble

_T = TypeVar("_T")
FOLDER, FILE = 0o700, 0o600
_OTHERS = 0o077
_MADE_BY_US = (
    "backups",
    "crashes",
    "excel.",
    "lusha",
    "practice",
    "running",
    "runs",
    "settings",
    "window",
)  # beginnings of names in the data folder
_GUARDED = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often, and after which seconds, something refused is tried again: bounded, about two seconds in all.

    On Windows a file cannot be opened or replaced for the moment a virus scanner or a reader has it; elsewhere a
    refusal stays one.
    """

    pauses: tuple[float, ...] = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.6) if os.name == "nt" else ()
    sleep: Callable[[float], object] = time.sleep

    def with_(self, do: Callable[[], _T]) -> _T:
        """The result of ``do``. PermissionError when it is refused to the end; any other error at once."""
        for pause in self.pauses:
            try:
                return do()
            except PermissionError:
                self.sleep(pause)
        return do()


PATIENCE = Patience()


def folder(path: Path, *, chosen: bool = False) -> Path:
    """Make the folder, mode 0700, or take the rights of others away from one that is there.

    One that a person has ``chosen`` keeps its mode when it holds anything but our own files: chmod on somebody's /opt
    or Documents would do more harm than good. FileTrouble when it belongs to another user or anyone may write in it;
    OSError when it cannot be made.
    """
    path.mkdir(mode=FOLDER, parents=True, exist_ok=True)
    found = path.stat()
    _refuse_foreign(path, found)
    if os.name == "posix" and found.st_mode & _OTHERS and (not chosen or _holds_only_ours(path)):
        with suppress(OSError):  # a file system without modes
            path.chmod(FOLDER)
            found = path.stat()
    if os.name == "posix" and found.st_mode & stat.S_IWOTH:
        raise FileTrouble(
            f"Anyone may write in {path}",
            "Other users of this computer could plant files there. Choose a folder of your own, or take their rights away.",
            code="open_folder",
        )
    return path


def write(
    path: Path, data: bytes, *, patience: Patience = PATIENCE, replace: Callable[[Path, Path], object] = Path.replace
) -> None:
    """Put a whole file in place, mode 0600; a reader sees the old or the new one. Raises OSError."""
    fresh = path.with_suffix(f".{secrets.token_hex(4)}.new")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _GUARDED, FILE), "wb") as file:
            file.write(data)
        patience.with_(lambda: replace(fresh, path))
    finally:
        fresh.unlink(missing_ok=True)


def read(path: Path, *, patience: Patience = PATIENCE, opening: Callable[[str, int], int] | None = None) -> bytes:
    """The bytes of a file of ours. FileTrouble for a link, a pipe or a file of another user; FileNotFoundError."""
    handle = patience.with_(lambda: (opening or opened)(str(path), os.O_RDONLY))
    with os.fdopen(handle, "rb") as file:
        return file.read()


def touch(path: Path) -> None:
    """Make an empty file, or leave it as it is."""
    os.close(opened(str(path), os.O_WRONLY | os.O_CREAT))


def opened(path: str, flags: int) -> int:
    """A descriptor, made as `open` wants its ``opener``: mode 0600, also when the file was there with a wider one.

    FileTrouble for a link, for anything but a plain file, and for a file of another user.
    """
    try:
        handle = os.open(path, flags | _GUARDED, FILE)
    except OSError:
        if Path(path).is_symlink():
            raise _planted(Path(path)) from None
        raise
    try:
        _check(Path(path), handle)
    except BaseException:
        os.close(handle)
        raise
    return handle


def tighten(path: Path) -> None:
    """Take the rights of others away from a file that may not be there. FileTrouble when it is another user's."""
    with suppress(FileNotFoundError):
        _refuse_foreign(path, path.lstat())
        if os.name == "posix" and path.stat().st_mode & _OTHERS:
            path.chmod(FILE)


def _check(path: Path, handle: int) -> None:
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        raise _planted(path)
    _refuse_foreign(path, found)
    if os.name == "posix" and found.st_mode & _OTHERS:
        with suppress(OSError):
            os.fchmod(handle, FILE)


def _refuse_foreign(path: Path, found: os.stat_result) -> None:
    if os.name == "posix" and found.st_uid != os.geteuid():
        raise FileTrouble(
            f"{path.name} belongs to another user",
            f"It is not used, because somebody else can change it. Remove it or take it over: {path}",
            code="foreign_file",
        )


def _holds_only_ours(path: Path) -> bool:
    return all(entry.name.startswith(_MADE_BY_US) for entry in path.iterdir())


def _planted(path: Path) -> FileTrouble:
    return FileTrouble(
        f"{path.name} is no plain file",
        f"A link or something else stands where LushaEnrich keeps a file of its own. Look at it and remove it: {path}",
        code="foreign_file",
    )
