"""Homes as earlier programs left them: each opens, takes the missing steps and keeps what was in it; a newer one is left alone.

`tools/old_home.py` makes them with the program of their time. A new step in core/schema.py needs one of the step before.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from addin import worker
from cli.__main__ import main
from core.app import open_app
from core.database import Database
from core.engine.preflight import Row
from core.errors import DatabaseTrouble
from core.keys.vault import MemoryVault
from core.model import Kind
from core.newer import refuse_newer
from core.runs import Action, Phase, Runs
from core.schema import STEPS
from core.settings import Settings
from sandbox.scenarios import demo
from sandbox.server import PracticeServer

TOP = Path(__file__).resolve().parents[2]
FIXTURES = TOP / "tests" / "fixtures"
EARLIER = range(1, len(STEPS))
PHONES = frozenset({Kind.PHONES})
NEWER = "The data is of a newer LushaEnrich"


def fixture(steps: int) -> Path:
    return FIXTURES / f"home-schema-{steps}.sqlite3"


def rows(path: Path) -> dict[str, list[dict[str, object]]]:
    """Every row of every table."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as con:
        con.row_factory = sqlite3.Row
        names = [name for (name,) in con.execute("SELECT name FROM sqlite_master WHERE type='table' ORDER BY name")]
        return {name: [dict(row) for row in con.execute(f"SELECT * FROM {name} ORDER BY rowid")] for name in names}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A practice home whose database a test puts in; the server answers at its address."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    with PracticeServer(demo().world) as server:
        monkeypatch.setenv("LUSHA_ENRICH_HOME", str(folder))
        monkeypatch.setenv("LUSHA_ENRICH_API_URL", server.url)
        yield folder / "practice.sqlite3"


def settings(home: Path) -> Settings:
    return Settings(home.parent, os.environ["LUSHA_ENRICH_API_URL"])


@pytest.mark.parametrize("steps", EARLIER)
def test_there_is_a_home_of_every_earlier_schema(steps: int) -> None:
    assert fixture(steps).is_file(), f"Make it: python tools/old_home.py {steps}"
    with closing(sqlite3.connect(f"file:{fixture(steps)}?mode=ro", uri=True)) as con:
        assert con.execute("PRAGMA user_version").fetchone() == (steps,)
        assert con.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("home-schema-*.sqlite3")), ids=lambda path: path.stem)
def test_a_kept_home_is_small_and_holds_no_key(path: Path) -> None:
    data = path.read_bytes()
    assert len(data) < 200_000
    assert not re.search(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", data)
    assert not re.search(rb"/(home|root|Users)/", data)


@pytest.mark.parametrize("steps", EARLIER)
def test_every_row_is_kept_when_the_missing_steps_are_taken(home: Path, steps: int) -> None:
    shutil.copyfile(fixture(steps), home)
    before = rows(home)
    Database(home).close()
    after = rows(home)
    with closing(sqlite3.connect(home)) as con:
        assert con.execute("PRAGMA user_version").fetchone() == (len(STEPS),)
        assert con.execute("PRAGMA foreign_key_check").fetchall() == []
    assert before["keys"]
    for table in ("accounts", "audit", "evidence", "jobs", "keys", "ledger", "results", "units"):
        kept = [{name: row[name] for name in old} for old, row in zip(before[table], after[table], strict=True)]
        assert kept == before[table], table


@pytest.mark.parametrize("steps", EARLIER)
def test_an_old_home_has_the_tables_a_new_one_has(home: Path, tmp_path: Path, steps: int) -> None:
    shutil.copyfile(fixture(steps), home)
    shapes = []
    for path in (home, tmp_path / "new.sqlite3"):
        Database(path).close()
        with closing(sqlite3.connect(path)) as con:
            names = [name for (name,) in con.execute("SELECT name FROM sqlite_master WHERE type='table'")]
            shapes.append({name: con.execute(f"PRAGMA table_xinfo({name})").fetchall() for name in names})
    old, new = shapes
    assert {name: old[name] for name in new} == new


@pytest.mark.parametrize("steps", EARLIER)
def test_an_old_home_is_gone_on_with(home: Path, steps: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Keys with their states, jobs with receipts, the trail."""
    shutil.copyfile(fixture(steps), home)
    old = rows(home)

    def said(*words: str) -> list[dict[str, object]]:
        assert main([*words, "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        return found if isinstance(found, list) else next(value for value in found.values() if isinstance(value, list))

    told = {(key["label"], key["status"], key["last4"]) for key in said("keys", "list")}
    assert told == {(key["label"], key["status"], key["last4"]) for key in old["keys"]}
    assert {job["job"] for job in said("jobs", "list")} == {job["id"] for job in old["jobs"]}
    assert len(said("audit")) == len(old["audit"])
    for job in old["jobs"]:
        assert main(["jobs", "show", str(job["id"]), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["job"] == job["id"]


@pytest.mark.parametrize("steps", EARLIER)
def test_nobody_an_old_home_knows_is_asked_for_again(home: Path, steps: int) -> None:
    shutil.copyfile(fixture(steps), home)
    old = rows(home)
    known = {str(row["person_fp"]): float(str(row["fetched_at"])) for row in old["results"] if row["kind"] == "phones"}
    assert len(known) >= 10
    with open_app(settings(home), vault=MemoryVault(), clock=lambda: min(known.values()) + 60) as app:
        units = app.journal.units(str(old["jobs"][0]["id"]))
        planned = app.plan([Row(unit.row, unit.prospect, wanted=PHONES) for unit in units], PHONES)
    answered = {unit.row for unit in units if unit.person_fp in known}
    assert len(answered) >= 10
    assert planned.answers.keys() == answered
    assert planned.to_send == len(units) - len(answered)


# -- newer --------------------------------------------------------------------------------------------------------------
@pytest.fixture
def newer(home: Path) -> tuple[Path, bytes]:
    """A home a later program has upgraded."""
    Database(home).close()
    with closing(sqlite3.connect(home)) as con:
        con.execute(f"PRAGMA user_version={len(STEPS) + 1}")
    return home, home.read_bytes()


@pytest.mark.parametrize(
    "words", [["keys", "list"], ["jobs", "list"], ["lookup", "--email", "a@b.example", "--phones"], ["audit"]]
)
def test_a_newer_home_is_refused_by_every_command_and_left_as_it_is(
    newer: tuple[Path, bytes], words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    path, before = newer
    assert main([*words, "--json"]) == 2
    seen = capsys.readouterr()
    error = json.loads(seen.out)["error"]
    assert (error["code"], error["title"]) == ("database", NEWER)
    assert "Update this one; nothing was changed." in error["message"]
    assert "Traceback" not in seen.err
    assert path.read_bytes() == before


def test_a_newer_home_is_named_by_doctor_and_left_as_it_is(newer: tuple[Path, bytes], capsys: pytest.CaptureFixture[str]) -> None:
    path, before = newer
    assert main(["doctor", "--offline", "--json"]) in {1, 3}
    assert "database.newer" in {one["id"] for one in json.loads(capsys.readouterr().out)}
    assert path.read_bytes() == before


def test_a_newer_home_is_told_by_excels_worker_and_left_as_it_is(newer: tuple[Path, bytes]) -> None:
    path, before = newer
    runs = Runs(path.parent)
    request = runs.start(Action.ENRICH, PHONES, book="b.xlsx", sheet="s", window=False)
    assert worker.main(["--run", request.id], vault=MemoryVault()) == 1
    state = runs.state(request.id)
    assert (state.phase, state.title) == (Phase.FAILED, NEWER)
    assert path.read_bytes() == before


def test_a_newer_home_is_told_by_the_window_which_then_ends(newer: tuple[Path, bytes]) -> None:
    """A process of its own: the dialog is answered as soon as it is there, and its words are printed."""
    path, before = newer
    code = (
        "import sys\nfrom PySide6.QtWidgets import QMessageBox\nfrom gui import __main__ as gui\n"
        "QMessageBox.exec = lambda box: print(box.windowTitle(), box.text(), sep='|')\n"
        "sys.exit(gui.main([]))"
    )
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run([sys.executable, "-c", code], cwd=TOP, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2, done.stderr
    assert done.stdout == f"{NEWER}|{path} was written by a newer version. Update this one; nothing was changed.\n"
    assert path.read_bytes() == before


def test_only_a_newer_database_is_refused_before_the_window_opens(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    refuse_newer(path)
    path.write_bytes(b"no database")
    refuse_newer(path)
    path.unlink()
    Database(path).close()
    refuse_newer(path)
    with pytest.raises(DatabaseTrouble, match="newer"):
        refuse_newer(path, len(STEPS) - 1)
