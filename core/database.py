"""Opens the local SQLite database safely: one connection a process behind one lock, every write BEGIN IMMEDIATE."""

from __future__ import annotations

import os
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from core import private
from core.errors import DatabaseTrouble
from core.newer import newer
from core.schema import STEPS

Version = tuple[int, int, int]
Connection = sqlite3.Connection
OLDEST: Version = (3, 35, 0)  # RETURNING
SWITCH_WAIT_MS = 1000  # how long a change of journal mode waits for others


def wal_is_safe(version: Version) -> bool:
    """Whether this SQLite is free of the WAL-reset bug (sqlite.org/wal.html, 3.7.0 to 3.51.2 and two back-ports).

    It corrupts a file that two connections write to, which is what the window, Excel and the command line do.
    """
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51, 0) or (3, 44, 6) <= version < (3, 45, 0)


class Database:
    """The database at ``path``, created and brought up to date on opening.

    Raises DatabaseTrouble, written for people, when it cannot be used. ``timeout_s`` is how long a write waits for
    another program's; ``version`` is SQLite's own and an argument for tests only.
    """

    def __init__(
        self,
        path: Path,
        *,
        timeout_s: float = 30.0,
        version: Version = sqlite3.sqlite_version_info[:3],
        steps: tuple[str, ...] = STEPS,
    ) -> None:
        if version < OLDEST:
            have = ".".join(map(str, version))
            raise DatabaseTrouble(
                "SQLite is too old",
                f"This Python brings SQLite {have}; 3.35 or newer is needed. Use a newer Python.",
            )
        self.path, self._timeout_s, self._steps, self._lock = path, timeout_s, steps, threading.RLock()
        self._writing = False
        with self._spoken():
            _make(path)
            self._con = self._connect()
        try:
            with self._spoken():
                self._not_newer(self._con)
                self.journal_mode = self._journal(version)
                self._upgrade()
        except BaseException:
            self._con.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            self._con.close()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction (BEGIN IMMEDIATE ... COMMIT), rolled back when the block raises; inside another one, part of it.

        Keep it short: never across HTTP, the key store or a caller's code, for every other program waits meanwhile.
        """
        with self._lock, self._spoken():
            if self._writing:
                yield self._con
                return
            self._con.execute("BEGIN IMMEDIATE")
            self._writing = True
            try:
                yield self._con
                self._con.execute("COMMIT")
            except BaseException:
                if self._con.in_transaction:  # a full disk has rolled back already
                    self._con.execute("ROLLBACK")
                raise
            finally:
                self._writing = False

    @contextmanager
    def erasing(self) -> Iterator[sqlite3.Connection]:
        """`write` that overwrites what is deleted with zeros."""
        with self._lock:
            self._con.execute("PRAGMA secure_delete=ON")
            try:
                with self.write() as con:
                    yield con
            finally:
                self._con.execute("PRAGMA secure_delete=OFF")

    def compact(self) -> None:
        """Write the file anew without what was ever deleted, and empty its journal. Raises DatabaseTrouble when it is busy."""
        with self._lock, self._spoken():
            self._con.execute("VACUUM")
            self._con.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """The connection for SELECTs that see one state of the data; writing inside it fails."""
        with self._lock, self._spoken():
            if self._con.in_transaction:  # inside write() of the same thread
                yield self._con
                return
            self._con.execute("PRAGMA query_only=ON")
            self._con.execute("BEGIN")
            try:
                yield self._con
            finally:
                if self._con.in_transaction:
                    self._con.execute("ROLLBACK")
                self._con.execute("PRAGMA query_only=OFF")

    @contextmanager
    def reader(self) -> Iterator[sqlite3.Connection]:
        """A read-only connection of its own, for long reads that must not hold up the writers of this process."""
        with self._spoken():
            con = self._connect()
            try:
                con.execute("PRAGMA query_only=ON")
                yield con
            finally:
                con.close()

    def check(self) -> str:
        """SQLite's own check of the whole file: ``ok`` or what is wrong."""
        with self.reader() as con:
            return str(con.execute("PRAGMA quick_check(1)").fetchone()[0])

    def _connect(self) -> sqlite3.Connection:
        con = sqlite3.connect(self.path, timeout=self._timeout_s, isolation_level=None, check_same_thread=False)
        try:
            con.execute("PRAGMA foreign_keys=ON")
            con.execute("PRAGMA synchronous=FULL")
            con.execute("PRAGMA mmap_size=0")
            con.execute("PRAGMA schema_version").fetchone()  # reads the file: a damaged one is refused here
        except BaseException:
            con.close()
            raise
        return con

    def _not_newer(self, con: sqlite3.Connection) -> int:
        """How many schema steps the file has taken; one of a newer program is left alone."""
        taken = int(con.execute("PRAGMA user_version").fetchone()[0])
        if taken > len(self._steps):
            raise newer(self.path)
        return taken

    def _journal(self, version: Version) -> str:
        """WAL where it is safe and nobody forbade it, else TRUNCATE; returns the mode in force."""
        if not wal_is_safe(version):
            return self._truncate()
        if self._bound_to_truncate():
            return self._pragma_mode("TRUNCATE")
        try:
            return self._pragma_mode("WAL")
        except sqlite3.OperationalError:  # somebody is writing just now: every mode is safe, so take the file's own
            return self._pragma_mode("")

    def _truncate(self) -> str:
        """Take a WAL file back; all others must be gone. Remembered, so that fixed programs stay out of WAL too."""
        if self._pragma_mode("") != "wal":
            return self._pragma_mode("TRUNCATE")
        self._con.execute(f"PRAGMA busy_timeout={SWITCH_WAIT_MS}")
        with suppress(sqlite3.OperationalError):
            self._pragma_mode("TRUNCATE")
        self._con.execute(f"PRAGMA busy_timeout={round(self._timeout_s * 1000)}")
        mode = self._pragma_mode("")
        if mode == "wal":
            raise DatabaseTrouble(
                "Another LushaEnrich is open",
                "Close the other LushaEnrich window (or Excel) once and try again. Nothing was changed.",
            )
        self._upgrade()
        with self.write() as con:
            con.execute(
                "INSERT INTO meta(key, value) VALUES('journal', 'TRUNCATE') ON CONFLICT(key) DO UPDATE SET value=excluded.value"
            )
        return mode

    def _pragma_mode(self, mode: str) -> str:
        """Set (or with an empty text read) the journal mode."""
        sql = f"PRAGMA journal_mode={mode}" if mode else "PRAGMA journal_mode"
        return str(self._con.execute(sql).fetchone()[0])

    def _bound_to_truncate(self) -> bool:
        if not self._con.execute("SELECT 1 FROM sqlite_master WHERE name='meta'").fetchone():
            return False
        found: tuple[str] | None = self._con.execute("SELECT value FROM meta WHERE key='journal'").fetchone()
        return found == ("TRUNCATE",)

    def _upgrade(self) -> None:
        """Take the missing schema steps, each a transaction of its own: killed between two, the next start goes on."""
        while self._not_newer(self._con) < len(self._steps):
            with self.write() as con:
                taken = self._not_newer(con)  # asked again: another process may have been quicker
                if taken == len(self._steps):
                    return
                for statement in _statements(self._steps[taken]):
                    con.execute(statement)
                con.execute(f"PRAGMA user_version={taken + 1}")

    @contextmanager
    def _spoken(self) -> Iterator[None]:
        """Turn what SQLite and the file system say into words to act on; our own mistakes stay as they are."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            trouble = _trouble(error, self.path)
            if trouble is None:
                raise
            raise trouble from error
        except (PermissionError, IsADirectoryError, NotADirectoryError, FileExistsError) as error:
            raise _not_writable(self.path) from error


def folder_warning(folder: Path, mounts: str | None = None) -> str:
    """One sentence when ``folder`` is on a network drive or is synced to a cloud, else nothing.

    SQLite's locks do not work there, and a synced copy can tear. ``mounts`` is the text of /proc/mounts.
    """
    places = [part.casefold() for part in folder.absolute().parts]
    for name in _SYNCED:
        if any(place == name or place.startswith(f"{name} ") for place in places):
            return f"{folder} is synced to a cloud ({name}). Keep LushaEnrich's data in a folder of this computer only."
    if str(folder).startswith(("\\\\", "//")) or _is_network(folder, _mounts() if mounts is None else mounts):
        return f"{folder} is on a network drive. Keep LushaEnrich's data on a disk of this computer."
    return ""


_SYNCED = (
    "onedrive",
    "dropbox",
    "google drive",
    "googledrive",
    "icloud drive",
    "iclouddrive",
    "mobile documents",
    "cloudstorage",
    "nextcloud",
    "box sync",
)
_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "fuse.sshfs", "fuse.rclone", "davfs", "fuse.davfs2"}


def _mounts() -> str:
    try:
        return Path("/proc/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:  # not Linux
        return ""


def _is_network(folder: Path, mounts: str) -> bool:
    """Whether the mount point that lies nearest above ``folder`` is of a network kind."""
    kind_of = {}
    for line in mounts.splitlines():
        _device, point, kind, *_ = [*line.split(), "", "", ""]
        kind_of[point.replace("\\040", " ")] = kind
    full = folder.absolute()
    nearest = next((str(place) for place in (full, *full.parents) if str(place) in kind_of), "")
    return kind_of.get(nearest, "") in _NETWORK


def _make(path: Path) -> None:
    """Make the file private before SQLite sees it: new journals take over its mode, old ones may have another.

    A file that is there is not opened: POSIX lets go of all locks a program has on a file when it closes any handle of
    it, and another connection of this program may be writing (sqlite.org/howtocorrupt.html, 2.2). So a new one is made
    under another name, too, and only then given its own.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=private.FOLDER)
    if not path.exists():
        _make_new(path)
    for journal in ("", "-journal", "-wal", "-shm"):
        private.tighten(path.with_name(path.name + journal))


def _make_new(path: Path) -> None:
    fresh = path.with_name(f"{path.name}.{uuid.uuid4().hex}.new")
    os.close(os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL, private.FILE))
    try:
        os.link(fresh, path)
    except FileExistsError:  # somebody else was quicker
        return
    except OSError:  # no links on this file system: nobody has opened what is not there yet
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, private.FILE))
    finally:
        fresh.unlink(missing_ok=True)


def _statements(script: str) -> Iterator[str]:
    """The single statements of a script; ``executescript`` would commit the transaction first."""
    text = ""
    for line in script.splitlines(keepends=True):
        text += line
        if sqlite3.complete_statement(text):
            yield text
            text = ""


def _trouble(error: sqlite3.DatabaseError, path: Path) -> DatabaseTrouble | None:
    """Words for what the computer did wrong; None for what the program did wrong."""
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return DatabaseTrouble(
                "The data is busy", "Another LushaEnrich has been writing for a long time. Wait a moment and try again."
            )
        case sqlite3.SQLITE_FULL:
            return DatabaseTrouble(
                "The disk is full", f"{path} could not be written. Free some space and try again; nothing was lost."
            )
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return DatabaseTrouble(
                "The data file is damaged",
                f"{path} cannot be read. Close LushaEnrich, rename this file and start again, then add your keys.",
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return _not_writable(path)
        case sqlite3.SQLITE_IOERR:
            return DatabaseTrouble(
                "The disk does not answer", f"{path} could not be read or written. Check the disk and try again."
            )
        case _:
            return None


def _not_writable(path: Path) -> DatabaseTrouble:
    return DatabaseTrouble(
        "The data cannot be written",
        f"{path} or its folder is write-protected. Give yourself the right to write there.",
    )
