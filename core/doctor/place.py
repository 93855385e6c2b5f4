"""Where the data lies: may it be written, is there room, is it a disk of this computer that nobody synchronises."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from core.database import folder_warning
from core.doctor.finding import Finding, fine, found

LOW, FULL = 500 * 2**20, 50 * 2**20  # bytes free
TRY = 256 * 1024  # bytes written and forgotten again: a quota shows itself only when something is written
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_CLOUD_VARIABLES = ("OneDrive", "OneDriveConsumer", "OneDriveCommercial")
_CLOUD_NAMES = ("my drive", "meine ablage", "sharepoint", "pcloud", "megasync", "syncthing")
_CLOUD_MARKS = (".dropbox.cache", ".stfolder", ".sync_")  # what sync programs leave in the folders they own


def data_folder(
    home: Path, env: Mapping[str, str], mounts: str | None = None, is_remote: Callable[[Path], bool] | None = None
) -> Iterator[Finding]:
    """The folder, its rights, its place and the room in it. A file without a name is written and gone at once."""
    yield fine("Data folder", str(home))
    yield from writing(home)
    if os.name == "posix" and home.exists() and home.stat().st_mode & 0o077:
        yield found("data.open", f"{home} (mode {home.stat().st_mode & 0o777:o})")
    if kind := kind_of_place(home, env, mounts, is_remote or _remote_drive()):
        yield found(f"data.{kind}", str(home))


def writing(home: Path, free: int | None = None) -> Iterator[Finding]:
    """Whether something can be written, and how much room there is. ``free`` in bytes."""
    try:
        with tempfile.TemporaryFile(dir=home) as file:
            file.write(b"\0" * TRY)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        full = error.errno in _FULL
        yield found("disk.full" if full else "data.rights", f"{home}: {error.strerror}")
        return
    left = shutil.disk_usage(home).free if free is None else free
    seen = f"{left // 2**20:,} MB free"
    if left < FULL:
        yield found("disk.full", seen)
    elif left < LOW:
        yield found("disk.low", seen)
    else:
        yield fine("Disk", seen)


def kind_of_place(
    folder: Path, env: Mapping[str, str], mounts: str | None = None, is_remote: Callable[[Path], bool] = lambda _: False
) -> str:
    """What kind of fault the place of a folder is: "network", "synced" or "" for a disk of this computer."""
    if str(folder).startswith(("\\\\", "//")) or is_remote(folder):
        return "network"
    if folder_warning(folder, "") or _in_cloud(folder, env):
        return "synced"
    return "network" if folder_warning(folder, mounts) else ""


def _in_cloud(folder: Path, env: Mapping[str, str]) -> bool:
    """By the variables OneDrive sets (its folder may have any name), other clouds' names, and the marks they leave."""
    full = folder.absolute()
    clouds = [Path(env[name]) for name in _CLOUD_VARIABLES if env.get(name)]
    if any(full.is_relative_to(cloud) for cloud in clouds):
        return True
    if any(part.casefold().startswith(_CLOUD_NAMES) for part in full.parts):
        return True
    return any((place / mark).exists() for place in (full, *full.parents) for mark in _CLOUD_MARKS)


def _remote_drive() -> Callable[[Path], bool]:
    if sys.platform == "win32":
        from core.doctor.drive_win import is_remote  # noqa: PLC0415

        return is_remote
    return lambda _: False
