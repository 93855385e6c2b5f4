"""The database on real files: opening, journal modes, transactions, several processes at once."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from core.database import Database, folder_warning, wal_is_safe
from core.errors import DatabaseTrouble
from core.schema import STEPS

ROOT = Path(__file__).parents[2]
SAFE, VULNERABLE = (3, 51, 3), (3, 40, 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "lusha.sqlite3"


def test_a_new_database_has_all_tables_and_is_private(path: Path) -> None:
    with Database(path) as db, db.read() as con:
        names = {name for (name,) in con.execute("SELECT name FROM sqlite_master WHERE type='table'")}
        assert con.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
        assert con.execute("SELECT v FROM seq").fetchall() == [(0,)]
    assert names == {
        *("meta", "seq", "accounts", "windows", "keys", "attempts", "evidence", "audit", "jobs", "units"),
        *("results", "ledger", "daily", "suppressed", "caps", "cells", "written", "mappings", "usage_calls", "checks"),
    }
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700


def test_what_is_written_is_there_after_reopening(path: Path) -> None:
    with Database(path) as db, db.write() as con:
        con.execute("INSERT INTO meta(key, value) VALUES('a', 'b')")
    with Database(path) as db, db.read() as con:
        assert con.execute("SELECT value FROM meta WHERE key='a'").fetchone() == ("b",)


@pytest.mark.skipif(os.name != "posix", reason="modes are a POSIX idea")
def test_a_file_others_could_read_is_made_private(path: Path) -> None:
    Database(path).close()
    path.chmod(0o644)
    with Database(path) as db, db.write() as con:
        con.execute("INSERT INTO meta(key, value) VALUES('a', 'b')")
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}, modes


def test_every_connection_waits_checks_foreign_keys_and_syncs(path: Path) -> None:
    with Database(path) as db:
        for opened in (db.read, db.reader):
            with opened() as con:
                assert con.execute("PRAGMA foreign_keys").fetchone() == (1,)
                assert con.execute("PRAGMA synchronous").fetchone() == (2,)
                assert con.execute("PRAGMA busy_timeout").fetchone() == (30_000,)
                assert con.isolation_level is None


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 35, 0), False),
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 0), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
    ],
)
def test_wal_only_where_its_reset_bug_is_fixed(version: tuple[int, int, int], *, safe: bool) -> None:
    assert wal_is_safe(version) is safe


@pytest.mark.parametrize(("version", "mode"), [(SAFE, "wal"), (VULNERABLE, "truncate")])
def test_the_journal_mode_follows_the_version(path: Path, version: tuple[int, int, int], mode: str) -> None:
    for _ in range(2):  # made, and opened again
        with Database(path, version=version) as db, db.read() as con:
            assert db.journal_mode == mode
            assert con.execute("PRAGMA journal_mode").fetchone() == (mode,)


def test_a_wal_file_is_switched_for_good_by_a_vulnerable_program(path: Path) -> None:
    with Database(path, version=SAFE) as db, db.write() as con:
        con.execute("INSERT INTO meta(key, value) VALUES('a', 'kept')")
    with Database(path, version=VULNERABLE) as db:
        assert db.journal_mode == "truncate"
    with Database(path, version=SAFE) as db, db.read() as con:  # bound by what the other wrote down
        assert db.journal_mode == "truncate"
        assert con.execute("SELECT value FROM meta WHERE key='a'").fetchone() == ("kept",)


def test_a_wal_file_in_use_is_not_written_by_a_vulnerable_program(path: Path) -> None:
    with Database(path, version=SAFE) as other:
        with other.read() as con:
            con.execute("SELECT * FROM meta").fetchall()
        with pytest.raises(DatabaseTrouble, match="Close the other"):
            Database(path, version=VULNERABLE)
        with other.read() as con:
            assert con.execute("SELECT * FROM meta").fetchall() == []


def test_an_old_sqlite_is_refused(path: Path) -> None:
    with pytest.raises(DatabaseTrouble, match="too old"):
        Database(path, version=(3, 34, 9))
    assert not path.exists()


def test_data_of_a_newer_program_is_left_alone(path: Path) -> None:
    with Database(path, steps=(*STEPS, "CREATE TABLE later(x INTEGER);")):
        pass
    before = path.read_bytes()
    with pytest.raises(DatabaseTrouble, match="newer"):
        Database(path)
    assert path.read_bytes() == before


def test_an_older_database_takes_the_missing_steps_and_keeps_its_data(path: Path) -> None:
    with Database(path) as db, db.write() as con:
        con.execute("INSERT INTO meta(key, value) VALUES('a', 'b')")
    steps = (*STEPS, "ALTER TABLE meta ADD COLUMN note TEXT;\nUPDATE meta SET note='; old' WHERE key='a';")
    with Database(path, steps=steps) as db, db.read() as con:
        assert con.execute("SELECT note FROM meta WHERE key='a'").fetchone() == ("; old",)
        assert con.execute("PRAGMA user_version").fetchone() == (len(steps),)


def test_a_step_that_fails_half_way_leaves_nothing_of_itself(path: Path) -> None:
    Database(path).close()
    with pytest.raises(sqlite3.OperationalError):
        Database(path, steps=(*STEPS, "CREATE TABLE half(x INTEGER);\nINSERT INTO nowhere VALUES(1);"))
    with Database(path) as db, db.read() as con:
        assert con.execute("SELECT 1 FROM sqlite_master WHERE name='half'").fetchone() is None


@pytest.mark.parametrize("damage", [b"not a database at all, but long enough" * 40, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_damaged_file_is_refused_in_words(path: Path, damage: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(damage)
    with pytest.raises(DatabaseTrouble) as caught:
        Database(path)
    assert caught.value.title == "The data file is damaged"
    assert path.read_bytes() == damage


def test_damage_inside_is_found_by_the_check(path: Path) -> None:
    with Database(path) as db, db.write() as con:
        con.executemany("INSERT INTO meta(key, value) VALUES(?, ?)", [(str(n), "x" * 900) for n in range(200)])
        assert con.execute("PRAGMA page_size").fetchone() == (4096,)
    with Database(path) as db:
        assert db.check() == "ok"
    with path.open("r+b") as file:
        file.seek(-4096 * 12, os.SEEK_END)
        file.write(b"\xff" * 4096 * 8)
    with Database(path) as db:
        try:
            said = db.check()
        except DatabaseTrouble as trouble:
            said = trouble.title
    assert said != "ok"


def test_a_place_that_cannot_hold_a_database_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "taken.sqlite3").mkdir()
    with pytest.raises(DatabaseTrouble, match="cannot be written"):
        Database(tmp_path / "taken.sqlite3")


def test_an_error_inside_a_transaction_takes_everything_back(path: Path) -> None:
    with Database(path) as db:

        def half() -> None:
            with db.write() as con:
                con.execute("INSERT INTO meta(key, value) VALUES('a', 'b')")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            half()
        with db.write() as con:  # and the next one works
            assert con.execute("SELECT count(*) FROM meta").fetchone() == (0,)


def test_our_own_mistakes_stay_what_they_are(path: Path) -> None:
    with Database(path) as db:
        with pytest.raises(sqlite3.OperationalError, match="no such table"), db.read() as con:
            con.execute("SELECT * FROM nowhere")
        with pytest.raises(sqlite3.IntegrityError), db.write() as con:
            con.execute("INSERT INTO meta(key) VALUES('a')")


@pytest.mark.parametrize("how", ["read", "reader"])
def test_reading_cannot_write(path: Path, how: str) -> None:
    with Database(path) as db:
        with pytest.raises(DatabaseTrouble), getattr(db, how)() as con:
            con.execute("INSERT INTO meta(key, value) VALUES('a', 'b')")
        with db.write() as con:
            con.execute("INSERT INTO meta(key, value) VALUES('a', 'b')")


def test_reading_inside_a_write_sees_what_was_written(path: Path) -> None:
    with Database(path) as db, db.write() as con:
        con.execute("INSERT INTO meta(key, value) VALUES('a', 'b')")
        with db.read() as same:
            assert same.execute("SELECT count(*) FROM meta").fetchone() == (1,)
        assert con.in_transaction


def test_a_full_disk_is_said_in_words_and_nothing_is_half_written(path: Path) -> None:
    with Database(path) as db:
        with db.write() as con:
            con.execute("INSERT INTO meta(key, value) VALUES('a', 'b')")
            pages = con.execute("PRAGMA page_count").fetchone()[0]
        with db.read() as con:
            con.execute(f"PRAGMA max_page_count={pages}")
        with pytest.raises(DatabaseTrouble, match="full"), db.write() as con:
            con.executemany("INSERT INTO meta(key, value) VALUES(?, ?)", [(str(n), "x" * 9000) for n in range(50)])
        with db.read() as con:
            assert con.execute("SELECT key FROM meta").fetchall() == [("a",)]


def test_a_database_somebody_else_is_writing_to_is_said_in_words(path: Path) -> None:
    with Database(path) as one, Database(path, timeout_s=0.05) as two:
        with one.write(), pytest.raises(DatabaseTrouble, match="busy"), two.write():
            pass
        with two.write() as con:
            con.execute("INSERT INTO meta(key, value) VALUES('a', 'b')")


def test_threads_share_the_one_connection_without_losing_a_write(path: Path) -> None:
    with Database(path) as db:

        def count_up() -> None:
            for _ in range(25):
                with db.write() as con:
                    con.execute("UPDATE seq SET v = (SELECT v FROM seq) + 1")

        threads = [threading.Thread(target=count_up) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with db.read() as con:
            assert con.execute("SELECT v FROM seq").fetchone() == (200,)


WRITER = """
    import sys
    sys.path.insert(0, {root!r})
    from pathlib import Path
    from core.database import Database
    with Database(Path(sys.argv[1])) as db:
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(30):
            with db.write() as con:
                v = con.execute("SELECT v FROM seq").fetchone()[0]
                con.execute("UPDATE seq SET v=?", (v + 1,))
"""


def test_four_processes_write_without_an_error(path: Path) -> None:
    code = textwrap.dedent(WRITER).format(root=str(ROOT))
    running = [subprocess.Popen([sys.executable, "-c", code, str(path)], stdin=-1, stdout=-1, text=True) for _ in range(4)]
    for one in running:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in running:
        one.stdin.write("go\n")  # type: ignore[union-attr]  # a pipe, see above
        one.stdin.flush()  # type: ignore[union-attr]
    for one in running:
        one.communicate(timeout=400)
    assert [one.returncode for one in running] == [0] * 4
    with Database(path) as db, db.read() as con:
        assert con.execute("SELECT v FROM seq").fetchone() == (120,)


def test_opening_it_again_lets_go_of_nobodys_lock_in_this_program(path: Path) -> None:
    """POSIX drops every lock a program has on a file when it closes any handle of it, even one that only read a byte.

    The window opens the database anew for each run while its other threads write: another program then wrote, too.
    """
    code = (
        "import sqlite3, sys\ncon = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)\n"
        "try:\n    con.execute('BEGIN IMMEDIATE')\nexcept sqlite3.OperationalError as error:\n    print(error)\n"
    )
    with Database(path) as one, one.write() as con:
        con.execute("INSERT INTO meta(key, value) VALUES('a', 'b')")
        with Database(path), one.reader():
            pass
        other = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert other.stdout == "database is locked\n"


def test_the_same_with_deferred_transactions_fails(path: Path) -> None:
    """Why every write is BEGIN IMMEDIATE: a reader that turns writer cannot wait for another one."""
    with Database(path) as one, Database(path) as two, one.reader() as a, two.reader() as b:
        for con in (a, b):
            con.execute("PRAGMA query_only=OFF")
            con.execute("PRAGMA busy_timeout=50")
            con.execute("BEGIN DEFERRED")
            con.execute("SELECT v FROM seq").fetchone()
        a.execute("UPDATE seq SET v=v+1")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            b.execute("UPDATE seq SET v=v+1")


def test_four_processes_that_open_a_new_database_at_once_all_get_it(path: Path) -> None:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n" + textwrap.dedent(
        """
        from pathlib import Path
        from core.database import Database
        with Database(Path(sys.argv[1])) as db, db.read() as con:
            print(con.execute("SELECT count(*) FROM seq").fetchone()[0])
        """
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=-1, text=True) for _ in range(4)]
    assert [one.communicate(timeout=400)[0] for one in running] == ["1\n"] * 4


@pytest.mark.parametrize(
    ("folder", "word"),
    [
        ("/home/ann/OneDrive/data", "cloud"),
        ("/home/ann/OneDrive - Example Ltd/data", "cloud"),
        ("/home/ann/Dropbox", "cloud"),
        ("/Users/ann/Library/Mobile Documents/data", "cloud"),
        ("/mnt/team/ann", "network"),
        ("//server/share/ann", "network"),
        ("/home/ann/data", ""),
        ("/home/ann/Dropboxes", ""),
        ("/mnt/teams", ""),
    ],
)
def test_folders_where_locks_do_not_work_are_warned_about(folder: str, word: str) -> None:
    mounts = "/dev/sda1 / ext4 rw 0 0\nserver:/x /mnt/team nfs4 rw 0 0\nproc /proc proc rw 0 0\n"
    said = folder_warning(Path(folder), mounts)
    assert bool(said) is bool(word)
    assert word in said


def test_this_computers_own_folders_are_judged_without_an_error(tmp_path: Path) -> None:
    assert isinstance(folder_warning(tmp_path), str)
