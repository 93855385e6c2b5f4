"""Everything of this home goes: keys out of the key store, then the files; and what is left is looked for again.

The key store first: with the databases gone nobody would know which of its entries are ours. Only files that we make are
removed, by their names, so that a data folder somebody shares with other files does no harm.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from core.errors import EnrichError, KeyStoreTrouble
from core.keys.entries import Entries, entries_of
from core.keys.vault import Vault
from core.looking import Age, column, read_only
from core.owner import still_there

REAL = "lusha.sqlite3"  # keys and answers of real use
DATABASES = (REAL, "practice.sqlite3")
PRACTICE = "practice"  # the window's practice; its keys are never in the key store
_FILES = re.compile(
    r"settings\.(toml|([0-9a-f]+\.)?new)|(lusha|practice)\.sqlite3(-wal|-shm|-journal|\.[0-9a-f]+\.new)?"
    r"|lusha-enrich\.log(\.\d+)?|(crashes|excel)\.(txt|[0-9a-f]+\.new)|window\.ini(\.\w+)?|prospects \(practice\).*\.xlsx"
)
_FOLDERS = {
    "running": re.compile(r"[\w-]+\.lock"),
    "runs": re.compile(r"[0-9a-f]{12}\..+|[0-9a-f]{16}\.lock"),
    "backups": re.compile(r".+\.backup-\d{8}-\d{6}.*"),
}


class StillRunning(EnrichError):
    """A run or the window is open: nothing was removed."""

    code = "still_running"


@dataclass(frozen=True, slots=True)
class Left:
    """What could not be removed, and why."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Wiped:
    """What was removed and what was found on looking again. ``others``: entries of other homes, None: not listable.

    ``kept`` are files in the folder that are not ours; ``workbooks`` files of the user's that hold what was written.
    """

    home: Path
    secrets: int
    removed: tuple[Path, ...]
    kept: tuple[Path, ...]
    left: tuple[Left, ...]
    workbooks: tuple[str, ...]
    others: int | None

    @property
    def is_clean(self) -> bool:
        return not self.left

    @property
    def home_is_gone(self) -> bool:
        return not self.home.exists()


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a wipe would remove: entries of the key store (``real``: how many are keys of real use), and files of ours.

    ``ages`` are the databases by name and what their schema is against ours.
    """

    keys: Entries
    real: int
    files: tuple[Path, ...]
    kept: tuple[Path, ...]
    workbooks: tuple[str, ...]
    ages: tuple[tuple[str, Age], ...] = ()


def inventory(home: Path) -> Inventory:
    """Look without changing anything: no database is brought up to date. A home that is not there is empty."""
    databases = [path for name in DATABASES if (path := home / name).is_file()]
    found = {path.name: entries_of(path) for path in databases}
    real = len(found[REAL].held) if REAL in found else 0
    keys = Entries(_together(one.held for one in found.values()), _together(one.once for one in found.values()))
    files = tuple(sorted(_ours(home)))
    ages = tuple((name, one.age) for name, one in found.items())
    return Inventory(keys, real, files, tuple(sorted(_foreign(home, set(files)))), tuple(sorted(_workbooks(databases))), ages)


def has_real_data(home: Path) -> bool:
    """Whether this home was used with the real Lusha: a wipe takes that too, so practice may not start one."""
    return (home / REAL).exists()


def wipe(home: Path, vault: Vault) -> Wiped:
    """Remove this home's secrets and data, then look again.

    Raises StillRunning when a run or the window is open and KeyStoreTrouble when the key store does not answer; then
    nothing was removed. The key store is not asked when this home never had a key.
    """
    _nobody_there(home)
    before = inventory(home)
    ids, listed = _reachable(vault, before.keys)
    gone, left = _forget_keys(vault, ids if listed is None else ids & listed)
    if left:  # as long as a secret is there, the database that knows of it stays
        return Wiped(home, gone, (), before.kept, (*left, Left(str(home), "kept, because it says which keys are ours")), (), None)
    removed, refused = _remove(before.files)
    _remove_folders(home)
    again = _secrets_still_there(vault, ids, listed=listed is not None)
    found = [Left(str(path), refused.get(path, "it is there again: close LushaEnrich and Excel")) for path in sorted(_ours(home))]
    others = None if listed is None else len(listed - ids)
    return Wiped(home, gone, removed, before.kept, (*again, *found), before.workbooks, others)


# -- who is there ------------------------------------------------------------------------------------------------------
def _nobody_there(home: Path) -> None:
    names = [name for part in (home, home / PRACTICE) for folder in ("running", "runs") for name in still_there(part / folder)]
    if any(name.startswith("window-") for name in names):
        raise StillRunning("The LushaEnrich window is open", "Close it, then try again. Nothing was removed.")
    if names:
        raise StillRunning(
            "A run is under way", "Stop it (lusha-enrich jobs stop last, or Stop in Excel), then try again. Nothing was removed."
        )


# -- secrets -----------------------------------------------------------------------------------------------------------
def _together(parts: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*parts)


def _reachable(vault: Vault, keys: Entries) -> tuple[frozenset[str], frozenset[str] | None]:
    """The ids to look for, and the list of all entries where the store has one.

    Without a key store a home that has no key any more can go: the secrets of removed keys went with them.
    """
    if not keys.all:
        return frozenset(), None
    try:
        return keys.all, vault.ids()
    except KeyStoreTrouble as error:
        if not keys.held:
            return frozenset(), None
        raise _nothing_removed(error) from None


def _nothing_removed(error: KeyStoreTrouble) -> KeyStoreTrouble:
    return KeyStoreTrouble(error.title, f"{error.message} Nothing was removed.", code=error.code)


def _forget_keys(vault: Vault, ids: Iterable[str]) -> tuple[int, list[Left]]:
    """Delete these entries. Raises KeyStoreTrouble when the very first one shows that the store does not answer."""
    gone, left = 0, list[Left]()
    for id_ in sorted(ids):
        try:
            gone += vault.delete(id_)
        except KeyStoreTrouble as error:
            if not gone and not left:
                raise _nothing_removed(error) from None
            left.append(Left(f"key store entry {id_}", f"{error.title}. {error.message}"))
    return gone, left


def _secrets_still_there(vault: Vault, ids: frozenset[str], *, listed: bool) -> list[Left]:
    """The second look: every id is asked for again, by the list where there is one."""
    try:
        found = (vault.ids() or frozenset()) & ids if listed else {id_ for id_ in ids if vault.get(id_) is not None}
    except KeyStoreTrouble as error:
        return [Left("key store", f"it could not be read again: {error.title}")]
    return [Left(f"key store entry {id_}", "it is still there") for id_ in sorted(found)]


# -- files -------------------------------------------------------------------------------------------------------------
def _ours(home: Path) -> Iterator[Path]:
    """The files we make, in the home and in its practice folder."""
    for part in (home, home / PRACTICE):
        yield from (path for path in _files(part) if _FILES.fullmatch(path.name))
        for folder, pattern in _FOLDERS.items():
            yield from (path for path in _files(part / folder) if pattern.fullmatch(path.name))


def _foreign(home: Path, ours: set[Path]) -> Iterator[Path]:
    """Files of our folders that are not ours, and what else lies in the home."""
    for folder in (home, *_our_folders(home)):
        for path in _entries(folder):
            if path not in ours and path not in set(_our_folders(home)):
                yield path


def _our_folders(home: Path) -> list[Path]:
    parts = [home / name for name in _FOLDERS] + [home / PRACTICE / name for name in _FOLDERS]
    return [path for path in [*parts, home / PRACTICE] if path.is_dir()]


def _files(folder: Path) -> list[Path]:
    return [path for path in _entries(folder) if path.is_file() or path.is_symlink()]


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _remove(files: Iterable[Path]) -> tuple[tuple[Path, ...], dict[Path, str]]:
    """What went, and what did not with the system's reason."""
    gone, refused = list[Path](), dict[Path, str]()
    for path in files:
        try:
            path.unlink(missing_ok=True)
            gone.append(path)
        except OSError as error:
            refused[path] = error.strerror or type(error).__name__
    return tuple(gone), refused


def _remove_folders(home: Path) -> None:
    """Those of ours that are empty now, the home last."""
    for folder in [*_our_folders(home), home]:
        with suppress(OSError):
            folder.rmdir()


def _workbooks(databases: Iterable[Path]) -> set[str]:
    """Files of the user's that hold what was written: they are his and stay as they are."""
    found: set[str] = set()
    for path in databases:
        with suppress(sqlite3.Error), closing(read_only(path)) as con:
            found |= column(con, "written", "path")
    return found
