"""Wiping a home: what goes, what stays, and what is said when something cannot go."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core import words
from core.app import open_app
from core.errors import KeyStoreTrouble
from core.keys.vault import MemoryVault
from core.looking import Age
from core.model import Category
from core.owner import present
from core.runs import Action, Runs
from core.schema import STEPS
from core.secret import Secret
from core.settings import Settings
from core.wiping import REAL, StillRunning, inventory, wipe

ADDRESS = "http://127.0.0.1:9"
FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


@pytest.fixture
def vault() -> MemoryVault:
    return MemoryVault()


@pytest.fixture
def home(tmp_path: Path, vault: MemoryVault) -> Path:
    """A home with two keys, one of them removed again, a run's files, a backup and a window's state."""
    made = tmp_path / "home"
    made.mkdir()
    with open_app(Settings(made, ADDRESS), vault=vault) as app:
        app.keys.add_many([key(), key()], Category.ANY)
        app.keys.remove(app.keys.list()[0].id)
        app.log.info("a line")
    Runs(made).start(Action.ENRICH, frozenset(), book="leads.xlsx", sheet="Leads")
    (made / "backups").mkdir()
    (made / "backups" / "leads.backup-20261125-001122.xlsx").write_text("rows")
    for name in ("window.ini", "settings.toml", "settings.0badcafe.new", "lusha.sqlite3.0badcafe.new", "crashes.txt"):
        (made / name).write_text("")
    (made / "practice").mkdir()
    with open_app(Settings(made / "practice", ADDRESS), vault=MemoryVault()) as app:
        app.keys.add_many([key()], Category.ANY)
    return made


def key() -> str:
    return f"00000000-0000-4000-8000-{secrets.token_hex(6)}"


def everything_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_nothing_is_left_neither_in_the_key_store_nor_in_the_folder(home: Path, vault: MemoryVault) -> None:
    done = wipe(home, vault)
    assert (done.secrets, done.is_clean, done.home_is_gone) == (1, True, True)
    assert not vault.kept
    assert not home.exists()
    assert {"practice.sqlite3", "window.ini", "leads.backup-20261125-001122.xlsx"} <= {path.name for path in done.removed}


def test_an_entry_of_a_key_that_was_removed_before_goes_too(home: Path, vault: MemoryVault) -> None:
    with open_app(Settings(home, ADDRESS), vault=vault) as app, app.db.read() as con:
        once = {str(row[0]) for row in con.execute("SELECT key_id FROM audit")} - {one.id for one in app.keys.list()}
    (orphan,) = once
    vault.set(orphan, Secret(key()))
    assert wipe(home, vault).secrets == 2
    assert not vault.kept


def test_entries_of_other_homes_stay_and_are_counted(home: Path, vault: MemoryVault) -> None:
    vault.set("of-another-home", Secret(key()))
    done = wipe(home, vault)
    assert (done.is_clean, done.others) == (True, 1)
    assert set(vault.kept) == {"of-another-home"}


def test_files_that_are_not_ours_stay_and_are_named(home: Path, vault: MemoryVault) -> None:
    (home / "thesis.docx").write_text("mine")
    (home / "backups" / "holiday.jpg").write_text("mine")
    done = wipe(home, vault)
    assert done.is_clean
    assert everything_in(home) == ["backups/holiday.jpg", "thesis.docx"]
    assert sorted(path.name for path in done.kept) == ["holiday.jpg", "thesis.docx"]


def test_a_second_wipe_finds_nothing_and_asks_no_key_store(home: Path, vault: MemoryVault) -> None:
    wipe(home, vault)
    vault.locked = {"get", "set", "delete", "ids"}
    again = wipe(home, vault)
    assert (again.secrets, again.removed, again.is_clean) == (0, (), True)


@pytest.mark.parametrize("call", ["ids", "delete"])
def test_a_locked_key_store_leaves_everything_as_it_was(home: Path, vault: MemoryVault, call: str) -> None:
    before, vault.locked = everything_in(home), {call}
    with pytest.raises(KeyStoreTrouble, match="Nothing was removed"):
        wipe(home, vault)
    assert everything_in(home) == before
    assert len(vault.kept) == 1


def test_without_a_key_store_a_home_that_has_no_key_any_more_goes(home: Path, vault: MemoryVault) -> None:
    with open_app(Settings(home, ADDRESS), vault=vault) as app:
        app.keys.remove(app.keys.list()[0].id)
    vault.locked = {"get", "set", "delete", "ids"}
    assert wipe(home, vault).is_clean
    assert not home.exists()


class Stubborn(MemoryVault):
    """Deletes the first entry it is asked for and refuses the others; or says that it deleted and did not."""

    def __init__(self, *, lies: bool = False) -> None:
        super().__init__()
        self._lies, self.asked = lies, 0

    def delete(self, key_id: str) -> bool:
        self.asked += 1
        if self._lies:
            return True
        if self.asked > 1:
            raise KeyStoreTrouble("The key store cannot be reached", "OSError. Nothing was changed.")
        return super().delete(key_id)


@pytest.mark.parametrize("lists", [True, False])
def test_a_store_that_only_says_that_it_deleted_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, lists: bool
) -> None:
    vault = Stubborn(lies=True)
    if not lists:
        monkeypatch.setattr(vault, "ids", lambda: None)
    with open_app(Settings(tmp_path, ADDRESS), vault=vault) as app:
        app.keys.add_many([key()], Category.ANY)
    done = wipe(tmp_path, vault)
    assert [one.why for one in done.left] == ["it is still there"]
    assert not done.is_clean


def test_while_a_secret_cannot_be_deleted_the_database_that_knows_it_stays(tmp_path: Path) -> None:
    vault = Stubborn()
    with open_app(Settings(tmp_path, ADDRESS), vault=vault) as app:
        app.keys.add_many([key(), key()], Category.ANY)
    vault.asked = 0
    done = wipe(tmp_path, vault)
    assert (done.secrets, done.removed, done.is_clean) == (1, (), False)
    assert (tmp_path / "practice.sqlite3").exists()


def test_the_keys_of_a_damaged_database_are_found_in_its_bytes(home: Path, vault: MemoryVault) -> None:
    file = home / "practice.sqlite3"
    data = bytearray(file.read_bytes())
    data[:100] = os.urandom(100)
    file.write_bytes(data)
    done = wipe(home, vault)
    assert (done.secrets, done.is_clean) == (1, True)
    assert not vault.kept


# -- a look -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("steps", range(1, len(STEPS)))
def test_a_look_at_a_home_of_an_earlier_schema_changes_nothing_and_a_wipe_takes_it(tmp_path: Path, steps: int) -> None:
    file = tmp_path / REAL
    shutil.copyfile(FIXTURES / f"home-schema-{steps}.sqlite3", file)
    before = file.read_bytes()
    found = inventory(tmp_path)
    assert file.read_bytes() == before
    assert found.ages == ((REAL, Age.OLDER),)
    with closing(sqlite3.connect(file)) as con:
        held = {str(row[0]) for row in con.execute("SELECT id FROM keys")}
        assert con.execute("PRAGMA user_version").fetchone() == (steps,)
    assert found.keys.held == held
    assert found.real == len(held) > 0
    vault = MemoryVault()
    for id_ in held:
        vault.set(id_, Secret(key()))
    done = wipe(tmp_path, vault)
    assert (done.secrets, done.is_clean, vault.kept) == (len(held), True, {})


def test_a_look_does_not_change_the_rights_of_a_database_nor_make_one(home: Path) -> None:
    file = home / "practice.sqlite3"
    file.chmod(0o644)
    before = everything_in(home)
    assert inventory(home).ages == (("practice.sqlite3", Age.OURS),)
    assert file.stat().st_mode & 0o777 == 0o644
    assert everything_in(home) == before


def test_a_home_of_a_newer_program_is_looked_at_without_a_change_and_wiped(home: Path, vault: MemoryVault) -> None:
    file, (id_,) = home / "practice.sqlite3", tuple(vault.kept)
    with closing(sqlite3.connect(file)) as con:
        con.execute(f"PRAGMA user_version={len(STEPS) + 1}")
        con.execute("ALTER TABLE keys RENAME TO keys_anew")
    before = file.read_bytes()
    found = inventory(home)
    assert file.read_bytes() == before
    assert found.ages == (("practice.sqlite3", Age.NEWER),)
    assert id_ in found.keys.held
    done = wipe(home, vault)
    assert (done.secrets, done.is_clean, vault.kept) == (1, True, {})


def test_a_home_whose_program_was_killed_while_it_wrote_is_looked_at_without_rolling_it_back(
    home: Path, vault: MemoryVault, tmp_path: Path
) -> None:
    """A journal is left that only a writer may play back: the ids are found in the bytes of both."""
    file, id_ = home / "practice.sqlite3", next(iter(vault.kept))
    dead = tmp_path / "dead"
    dead.mkdir()
    with closing(sqlite3.connect(file, isolation_level=None)) as con:
        con.execute("PRAGMA journal_mode=TRUNCATE")
        con.execute("PRAGMA secure_delete=ON")
        con.execute("PRAGMA cache_size=1")
        con.execute("BEGIN IMMEDIATE")
        for table in ("attempts", "audit", "evidence", "checks", "keys"):
            con.execute(f"DELETE FROM {table}")
        con.execute("CREATE TABLE filler AS SELECT randomblob(1000000) AS b")  # more than the cache: pages go to the file
        for name in (file.name, f"{file.name}-journal"):
            shutil.copyfile(home / name, dead / name)
        con.execute("ROLLBACK")
    before = {name: (dead / name).read_bytes() for name in everything_in(dead)}
    found = inventory(dead)
    assert {name: (dead / name).read_bytes() for name in everything_in(dead)} == before
    assert found.ages == (("practice.sqlite3", Age.UNREADABLE),)
    assert id_ in found.keys.held
    assert wipe(dead, vault).is_clean
    assert not vault.kept


def test_the_workbooks_of_a_home_are_named_without_opening_it_for_writing(home: Path) -> None:
    with closing(sqlite3.connect(home / "practice.sqlite3")) as con, con:
        con.execute("INSERT INTO written(job_id, path, sheet, at) VALUES('job', '/lists/leads.xlsx', '', 1)")
    assert inventory(home).workbooks == ("/lists/leads.xlsx",)


@pytest.mark.parametrize(
    ("age", "says"), [(Age.OURS, ""), (Age.OLDER, "older"), (Age.NEWER, "newer"), (Age.UNREADABLE, "cannot be read")]
)
def test_what_a_look_found_is_said(age: Age, says: str) -> None:
    said = words.looked_at("lusha.sqlite3", age)
    assert says in said
    assert bool(said) is bool(says)


@pytest.mark.parametrize(("name", "title"), [("window", "The LushaEnrich window is open"), ("run", "A run is under way")])
def test_nothing_is_removed_while_somebody_is_at_work(home: Path, vault: MemoryVault, name: str, title: str) -> None:
    with present(home / "running", name):
        before = everything_in(home)
        with pytest.raises(StillRunning) as refused:
            wipe(home, vault)
        assert refused.value.title == title
        assert everything_in(home) == before
    assert wipe(home, vault).is_clean


def test_a_lock_that_a_crash_left_behind_stops_nobody(home: Path, vault: MemoryVault) -> None:
    (home / "running").mkdir(exist_ok=True)
    (home / "running" / "0123456789abcdef0123456789abcdef.lock").touch()
    assert wipe(home, vault).is_clean


def test_what_the_system_does_not_let_go_is_named(home: Path, vault: MemoryVault, stuck: Callable[[Path], None]) -> None:
    stuck(home / "window.ini")
    done = wipe(home, vault)
    assert [(Path(one.what).name, bool(one.why)) for one in done.left] == [("window.ini", True)]
    assert everything_in(home) == ["window.ini"]


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """A file that another program holds open on Windows: the system refuses to remove it."""
    held, unlink = set[Path](), Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path in held:
            raise PermissionError(13, "Permission denied")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    return held.add
