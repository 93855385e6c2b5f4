"""Replacing a file so that at every moment either the whole old or the whole new one is there."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from core import private
from core.errors import FileBusy, FileTrouble
from core.sheets.sheet import KEPT_BACKUPS

if sys.platform != "win32":
    import fcntl

_FULL = (errno.ENOSPC, errno.EDQUOT)
_AS_USUAL = 0o666  # before the umask
_ABANDONED_S = 3600

Swap = Callable[[Path, Path], None]  # (new file, target)


def real_path(path: Path) -> Path:
    """The file itself where the path is a link: a replacement must not turn the link into a file."""
    return Path(os.path.realpath(path))


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes, as hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_free(target: Path) -> None:
    """Raise FileBusy when ``target`` is open in a spreadsheet program, read-only, or its folder cannot be written.

    What programs that were killed left half-written beside it is taken away.
    """
    for lock in (target.with_name(f"~${target.name}"), target.with_name(f".~lock.{target.name}#")):
        if lock.exists():
            raise FileBusy(
                f"{target.name} is open elsewhere",
                "It seems to be open in Excel or LibreOffice. Close it there, or write to another file.",
            )
    if target.exists():
        _check_writable(target)
    if not target.parent.is_dir():
        raise FileTrouble(f"There is no folder {target.parent}", "Create it, or choose another place.")
    if not os.access(target.parent, os.W_OK):
        raise FileBusy(f"The folder of {target.name} is read-only", "Write to a file in another folder.")
    _clear_abandoned(target)


def safe_save(
    target: Path,
    write: Callable[[BinaryIO], None],
    *,
    verify: Callable[[Path], None],
    expected_sha256: str | None = None,
    backups: Path | None = None,
    kept: int = KEPT_BACKUPS,
    now: Callable[[], datetime] = datetime.now,
    swap: Swap | None = None,
    patience: private.Patience = private.PATIENCE,
) -> Path | None:
    """Write a temporary file beside ``target``, verify it, then put it in the target's place; returns the backup.

    ``expected_sha256`` is what the target's bytes must still be (None: there is no old file to respect).
    On any error the temporary file is removed and the target is as it was; it is never opened for writing.
    Raises FileBusy when the target is in use, changed meanwhile, read-only, or the disk is full.
    """

    def replaced() -> None:
        _check_unchanged(target, expected_sha256)  # who held it for a moment may have saved it
        (swap or _swap)(temporary, target)

    check_free(target)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    held = contextlib.ExitStack()
    try:
        held.enter_context(_written_through(temporary, write, hidden=target.exists()))
        verify(temporary)
        _check_unchanged(target, expected_sha256)
        backup = None
        if target.exists():
            backup = _back_up(target, backups, now(), kept) if backups and kept else None
            _take_rights(target, temporary)
        patience.with_(replaced)
        _sync_folder(target.parent)
    except OSError as error:
        raise _said(target, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        held.close()
    return backup


@contextlib.contextmanager
def _written_through(path: Path, write: Callable[[BinaryIO], None], *, hidden: bool) -> Iterator[None]:
    """A file nobody else can have made, nor read while it is written unless the finished one may be read too.

    It is locked until the end, where an open file may be moved: so others see that its program lives.
    """
    with contextlib.ExitStack() as held:
        with _made(path, private.FILE if hidden else _AS_USUAL) as file:
            if sys.platform != "win32":
                held.callback(os.close, _locked(os.dup(file.fileno())))
            write(file)
            file.flush()
            os.fsync(file.fileno())
        yield


def _locked(handle: int) -> int:
    with contextlib.suppress(OSError):  # a folder that knows no locks: then nobody can have one, nor takes anything away
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return handle


def _clear_abandoned(target: Path) -> None:
    """Remove the temporary files of programs that were killed while they wrote ``target``."""
    ours = re.compile(re.escape(f".{target.name}.") + r"[0-9a-f]{8}\.tmp")
    with contextlib.suppress(OSError):  # a folder that may not be listed
        for left in [path for path in target.parent.iterdir() if ours.fullmatch(path.name)]:
            with contextlib.suppress(OSError):  # its program lives
                _remove_abandoned(left)


def _remove_abandoned(left: Path) -> None:
    """Its program is gone when nobody holds its lock; on Windows, where it holds none, when it is an hour old."""
    if sys.platform == "win32":
        if time.time() - left.stat().st_mtime > _ABANDONED_S:
            left.unlink()
        return
    handle = os.open(left, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        left.unlink()
    finally:
        os.close(handle)


def _check_unchanged(target: Path, expected_sha256: str | None) -> None:
    if expected_sha256 is not None and file_hash(target) != expected_sha256:
        raise FileBusy(
            f"{target.name} was changed meanwhile",
            "Somebody saved it since it was read. Nothing was written; run it again, known results cost nothing.",
        )


def _take_rights(old: Path, new: Path) -> None:
    """Owner, group and mode of the old file. Where the group cannot be kept, the group's rights are not given to another."""
    before = old.stat()
    if os.name == "posix":
        with contextlib.suppress(OSError):
            os.chown(new, before.st_uid, before.st_gid)
        if new.stat().st_gid != before.st_gid:
            new.chmod(stat.S_IMODE(before.st_mode) & ~stat.S_IRWXG)
            return
    shutil.copymode(old, new)


def _swap(new: Path, target: Path) -> None:
    if sys.platform == "win32":
        from core.sheets.replace_win import replace_file  # noqa: PLC0415  exists on Windows only

        replace_file(new, target)
    else:
        new.replace(target)


def _check_writable(target: Path) -> None:
    if not target.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
        raise FileBusy(f"{target.name} is read-only", "Take the write protection off, or write to another file.")
    try:
        with target.open("r+b"):
            pass
    except OSError as error:
        raise FileBusy(
            f"{target.name} cannot be written", "It is open elsewhere or read-only. Close it, or write to another file."
        ) from error


def _back_up(target: Path, folder: Path, at: datetime, most: int) -> Path:
    """A dated copy, readable by its owner only; older ones beyond the last ``most`` go."""
    private.folder(folder)
    name = f"{target.stem}.backup-{at:%Y%m%d-%H%M%S}"
    copy, number = folder / f"{name}{target.suffix}", 1
    while copy.exists():
        number += 1
        copy = folder / f"{name}-{number}{target.suffix}"
    _copy_private(target, copy)
    mark = f"{target.stem}.backup-"
    kept = sorted(
        (found for found in folder.iterdir() if found.name.startswith(mark) and found.suffix == target.suffix),
        key=lambda found: (found.name[len(mark) :][:15], found.stat().st_mtime_ns),
    )
    for old in kept[:-most]:
        old.unlink()
    return copy


def _copy_private(source: Path, copy: Path) -> None:
    with source.open("rb") as read, _made(copy, private.FILE) as written:
        shutil.copyfileobj(read, written)


def _made(path: Path, mode: int) -> BinaryIO:
    """A file that was not there before, not even as a link somebody laid out."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, mode), "wb")


def _sync_folder(folder: Path) -> None:
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _said(target: Path, error: OSError) -> FileBusy:
    if error.errno in _FULL:
        return FileBusy("The disk is full", f"{target.name} was left as it was. Free some space and try again.")
    return FileBusy(
        f"{target.name} cannot be replaced",
        f"{error.strerror or 'Access was denied'}. The file was left as it was. "
        "Close programs that use it, or write to another file.",
    )
