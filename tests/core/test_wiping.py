"""Wiping a home: what goes, what stays, and what is said when something cannot go."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from core.app import open_app
from core.errors import KeyStoreTrouble
from core.keys.vault import MemoryVault
from core.model import Category
from core.owner import present
from core.runs import Action, Runs
from core.secret import Secret
from core.settings import Settings
from core.wiping import StillRunning, wipe

ADDRESS = "http://127.0.0.1:9"


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
