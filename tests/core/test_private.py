"""Who may read what lies in the data folder: its owner, whatever the umask, and nothing of anybody else's is trusted."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from addin.lock import owned
from core import private
from core.app import open_app
from core.errors import DatabaseTrouble, FileTrouble, UsageError
from core.keys.vault import MemoryVault
from core.model import Kind
from core.owner import Owner
from core.runs import Action, Go, Runs, State
from core.settings import load, save
from core.sheets.safe_save import safe_save

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
as_root = pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root can give a file to somebody else")
SOMEBODY = 65534
ENV = "LUSHA_ENRICH_HOME"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def foreign(path: Path) -> Path:
    os.chown(path, SOMEBODY, SOMEBODY)
    return path


@pytest.fixture
def loose() -> Iterator[None]:
    """A umask that keeps nothing from anybody."""
    before = os.umask(0)
    yield
    os.umask(before)


def used(home: Path) -> list[Path]:
    """Everything a home gets: settings, database with its journals open, log, runs, locks, a backup."""
    settings = load({ENV: str(home)})
    save(settings)
    runs = Runs(home)
    request = runs.start(Action.ENRICH, frozenset({Kind.PHONES}), book="b", sheet="s")
    runs.tell(State(request.id))
    runs.answer(request.id, Go(go=True))
    runs.keep_rows(request.id, {2: "ab"})
    runs.stop(request.id)
    book = home.parent / "leads.csv"
    book.write_text("a")
    safe_save(book, lambda file: file.write(b"b"), verify=lambda _path: None, backups=settings.backups)
    with owned(runs.lock(1, "b")), Owner(home / "running") as owner, open_app(settings, vault=MemoryVault()) as app:
        owner.claim()
        app.log.info("x")
        with app.db.write() as con:
            con.execute("INSERT INTO meta(key, value) VALUES('x', 'y')")
            found = list(home.rglob("*"))
    return [home, *found]


def test_every_file_and_folder_is_for_its_owner_alone_even_under_a_loose_umask(loose: None, tmp_path: Path) -> None:
    found = used(tmp_path / "home")
    names = {path.name.rpartition(".")[2] for path in found}
    assert {"sqlite3", "log", "json", "stop", "lock", "toml", "csv"} <= names
    assert any(path.name.endswith(("-journal", "-wal")) for path in found)
    wrong = {str(path): oct(mode(path)) for path in found if path.exists() and mode(path) & 0o077}
    assert not wrong


def test_what_was_there_with_wider_rights_loses_them(loose: None, tmp_path: Path) -> None:
    home = tmp_path / "home"
    used(home)
    for path in [home, *home.rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)
    for name in ("lusha.sqlite3-wal", "lusha.sqlite3-shm", "lusha-enrich.log.1"):
        (home / name).touch(0o666)
    settings = load({ENV: str(home)})
    with open_app(settings, vault=MemoryVault()) as app:
        app.log.info("x")
        Runs(home)
        with Owner(home / "running") as owner:
            owner.claim()
        book = tmp_path / "leads.csv"
        safe_save(book, lambda file: file.write(b"c"), verify=lambda _path: None, backups=settings.backups)
        assert {mode(home / name) for name in ("", "runs", "running", "backups")} == {0o700}
        left = [path.name for path in home.iterdir() if path.is_file() and mode(path) & 0o077]
    assert left in ([], ["settings.toml"])


def test_a_folder_with_other_things_in_it_keeps_its_rights(tmp_path: Path) -> None:
    home = tmp_path / "opt"
    home.mkdir()
    (home / "something-else").touch()
    home.chmod(0o755)
    assert load({ENV: str(home)}).home == home
    assert mode(home) == 0o755
    home.chmod(0o777)
    with pytest.raises(FileTrouble, match="Anyone may write in"):
        load({ENV: str(home)})


@as_root
def test_a_data_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with pytest.raises(FileTrouble, match="belongs to another user"):
        load({ENV: str(foreign(home))})


@as_root
def test_a_request_answer_or_state_of_another_user_is_refused(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    made = runs.start(Action.ENRICH, frozenset({Kind.PHONES}), book="b", sheet="s")
    runs.answer(made.id, Go(go=True))
    runs.tell(State(made.id))
    for path in runs.folder.iterdir():
        foreign(path)
    for read in (runs.request, runs.answered, runs.state):
        with pytest.raises(FileTrouble, match="belongs to another user"):
            read(made.id)
    with pytest.raises(FileTrouble, match="belongs to another user"):
        runs.of_book("b")


@as_root
def test_settings_a_database_and_a_log_of_another_user_are_refused(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").touch()
    foreign(tmp_path / "settings.toml")
    with pytest.raises(FileTrouble, match="belongs to another user"):
        load({ENV: str(tmp_path)})
    (tmp_path / "settings.toml").unlink()
    settings = load({ENV: str(tmp_path)})
    for path in (settings.database, settings.log):
        path.touch()
        foreign(path)
        with pytest.raises(FileTrouble, match="belongs to another user"), open_app(settings, vault=MemoryVault()):
            pass
        path.unlink()


@pytest.mark.parametrize("what", ["link", "pipe", "folder"])
def test_a_planted_link_pipe_or_folder_is_not_followed(tmp_path: Path, what: str) -> None:
    runs, victim = Runs(tmp_path), tmp_path / "victim"
    victim.write_text("precious")
    made = runs.start(Action.ENRICH, frozenset({Kind.PHONES}), book="b", sheet="s")
    planted = [runs.folder / f"{made.id}.state.json", runs.flag(made.id), runs.lock(1, "b"), tmp_path / "lusha-enrich.log"]
    for path in planted:
        {"link": lambda at: at.symlink_to(victim), "pipe": os.mkfifo, "folder": Path.mkdir}[what](path)
    for use in (
        lambda: runs.state(made.id),
        lambda: runs.stop(made.id),
        lambda: owned(runs.lock(1, "b")).__enter__(),
        lambda: private.opened(str(tmp_path / "lusha-enrich.log"), os.O_WRONLY | os.O_APPEND),
    ):
        with pytest.raises((FileTrouble, OSError)):
            use()
    runs.answer(made.id, Go(go=True))
    assert victim.read_text() == "precious"


def test_a_file_written_whole_replaces_a_planted_link_and_spares_its_target(tmp_path: Path) -> None:
    victim, path = tmp_path / "victim", tmp_path / "x.json"
    victim.write_text("precious")
    path.symlink_to(victim)
    private.write(path, b"ours")
    assert (victim.read_text(), path.read_bytes(), path.is_symlink()) == ("precious", b"ours", False)
    assert list(tmp_path.iterdir()) in ([victim, path], [path, victim])


@pytest.mark.parametrize("refusals", [0, 1, 3])
def test_what_a_scanner_holds_for_a_moment_is_written_and_read_all_the_same(tmp_path: Path, refusals: int) -> None:
    """Windows refuses to replace or open a file somebody else has open; played by the function that does it."""
    slept: list[float] = []
    left = [refusals, refusals]

    def replace(new: Path, old: Path) -> None:
        if left[0]:
            left[0] -= 1
            raise PermissionError(13, "Access is denied")
        new.replace(old)

    def opening(path: str, flags: int) -> int:
        if left[1]:
            left[1] -= 1
            raise PermissionError(13, "Access is denied")
        return private.opened(path, flags)

    patience = private.Patience((0.1, 0.2, 0.4), slept.append)
    private.write(tmp_path / "a.json", b"x", patience=patience, replace=replace)
    assert private.read(tmp_path / "a.json", patience=patience, opening=opening) == b"x"
    assert slept == [0.1, 0.2, 0.4][:refusals] * 2
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_patience_has_an_end_and_is_for_refusals_only(tmp_path: Path) -> None:
    slept: list[float] = []
    patience = private.Patience((0.1, 0.2), slept.append)

    def refuse(_new: Path, _old: Path) -> None:
        raise PermissionError(13, "Access is denied")

    (tmp_path / "a.json").write_bytes(b"old")
    with pytest.raises(PermissionError):
        private.write(tmp_path / "a.json", b"new", patience=patience, replace=refuse)
    assert slept == [0.1, 0.2]
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.json", b"old")]
    with pytest.raises(FileNotFoundError):
        private.read(tmp_path / "none", patience=patience)
    assert slept == [0.1, 0.2]
    assert private.PATIENCE.pauses == () or os.name == "nt"
    assert sum(private.PATIENCE.pauses) < 5


def test_the_lines_of_a_run_are_added_for_the_owner_alone_and_through_no_link(loose: None, tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    run = runs.start(Action.ENRICH, frozenset({Kind.PHONES}), book="b", sheet="s").id
    runs.add_steps(run, ["Trying Key 1/2"])
    runs.add_steps(run, ["Grüße"])
    assert runs.steps(run)[0] == ["Trying Key 1/2", "Grüße"]
    steps = runs.folder / f"{run}.steps.txt"
    assert mode(steps) == 0o600
    mine = tmp_path / "mine.txt"
    mine.write_text("mine\n")
    steps.unlink()
    steps.symlink_to(mine)
    for do in (lambda: runs.add_steps(run, ["x"]), lambda: runs.steps(run)):
        with pytest.raises(FileTrouble, match="no plain file"):
            do()
    assert mine.read_text() == "mine\n"


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be made"):
        load({ENV: str(tmp_path / "file" / "home")})


@pytest.mark.parametrize("kept", [0o600, 0o640, 0o604])
def test_while_a_workbook_is_saved_nobody_else_can_read_the_new_one_and_then_it_has_the_old_rights(
    loose: None, tmp_path: Path, kept: int
) -> None:
    book, seen = tmp_path / "leads.csv", []
    book.write_text("a")
    book.chmod(kept)
    safe_save(book, lambda file: file.write(b"b"), verify=lambda path: seen.append(mode(path)))
    assert seen == [0o600]
    assert mode(book) == kept


@as_root
def test_owner_and_group_of_a_saved_workbook_stay(tmp_path: Path) -> None:
    book = tmp_path / "leads.csv"
    book.write_text("a")
    os.chown(book, 1234, 4321)
    book.chmod(0o640)
    safe_save(book, lambda file: file.write(b"b"), verify=lambda _path: None)
    assert (book.stat().st_uid, book.stat().st_gid, mode(book)) == (1234, 4321, 0o640)


def test_links_laid_out_beside_a_workbook_are_not_written_through(tmp_path: Path) -> None:
    book, victim = tmp_path / "leads.csv", tmp_path / "victim"
    book.write_text("a")
    victim.write_text("precious")
    (tmp_path / f".leads.csv.{os.getpid()}.tmp").symlink_to(victim)

    def plant(path: Path) -> None:
        assert path.name.startswith(".leads.csv.")
        assert path.name != f".leads.csv.{os.getpid()}.tmp"

    safe_save(book, lambda file: file.write(b"b"), verify=plant)
    assert victim.read_text() == "precious"


def test_the_database_says_that_it_cannot_be_written_when_its_place_is_a_folder(tmp_path: Path) -> None:
    settings = load({ENV: str(tmp_path)})
    settings.database.mkdir()
    with pytest.raises((DatabaseTrouble, FileTrouble)), open_app(settings, vault=MemoryVault()):
        pass
