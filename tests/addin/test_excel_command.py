"""`lusha-enrich excel`: set-up, check, and the way without macros."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from addin.build.package import TOP
from addin.stamping import interpreter_of
from cli.__main__ import main
from core.wiping import inventory
from tests.excel_engine.desk import Desk

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("LUSHA_ENRICH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LUSHA_ENRICH_API_URL", "http://127.0.0.1:9")

    def ran(*words: str) -> tuple[int, str, str]:
        code = main(["excel", *words])
        seen = capsys.readouterr()
        return code, seen.out, seen.err

    return ran


def states(text: str) -> dict[str, Any]:
    return {one["check"]: one["state"] for one in json.loads(text)}


def test_install_writes_a_copy_that_names_this_python_and_check_agrees(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("install", "--to", str(tmp_path / "docs"))
    made = tmp_path / "docs" / "LushaEnrich.xlsm"
    assert code == 0
    assert "Enable Content" in out
    assert interpreter_of(made.read_bytes(), sys.platform) == sys.executable
    code, out, _ = run("check", "--to", str(tmp_path / "docs"), "--json")
    assert (code, states(out)["Workbook"], states(out)["xlwings"]) == (0, "ok", "ok")
    assert "D4F940AB" in run("check", "--to", str(tmp_path / "docs"))[1]


def test_where_the_workbook_was_put_is_remembered_for_the_check_and_the_next_install(run: Run, tmp_path: Path) -> None:
    made = tmp_path / "elsewhere" / "LushaEnrich.xlsm"
    assert run("install", "--to", str(made.parent))[0] == 0
    code, out, _ = run("check", "--json")
    assert (code, states(out)["Workbook"]) == (0, "ok")
    assert str(made) in out
    assert json.loads(run("install", "--replace", "--json")[1])["file"] == str(made)
    assert (tmp_path / "home" / "excel.txt") in inventory(tmp_path / "home").files


def test_a_workbook_that_is_there_is_never_lost(run: Run, tmp_path: Path) -> None:
    mine = tmp_path / "LushaEnrich.xlsm"
    mine.write_bytes(b"my rows")
    code, _, err = run("install", "--to", str(tmp_path))
    assert (code, mine.read_bytes()) == (2, b"my rows")
    assert "--replace" in err
    code, out, _ = run("install", "--to", str(tmp_path), "--replace", "--json")
    said = json.loads(out)
    assert Path(said["kept"]).read_bytes() == b"my rows"
    assert Path(said["file"]) == mine
    code, out, _ = run("install", "--to", str(tmp_path), "--replace")
    assert "The old one is kept" in out


def test_check_says_what_is_wrong_with_a_copy(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("check", "--to", str(tmp_path), "--json")
    assert (code, states(out)["Workbook"]) == (0, "hint")
    copy = tmp_path / "OneDrive" / "LushaEnrich.xlsm"
    copy.parent.mkdir()
    copy.write_bytes((TOP / "LushaEnrich.xlsm").read_bytes())
    Path(f"{copy}:Zone.Identifier").write_text("[ZoneTransfer]", "utf-8")
    code, out, _ = run("check", "--to", str(copy.parent), "--json")
    assert code == 1
    assert {"excel.not_stamped", "excel.marked", "excel.synced"} <= {one["id"] for one in json.loads(out)}
    copy.write_bytes(b"broken")
    assert "cannot be read" in run("check", "--to", str(copy.parent))[1]


def test_a_folder_that_cannot_be_written_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, _, err = run("install", "--to", str(tmp_path / "file" / "docs"))
    assert code == 2
    assert "Choose a folder with --to." in err


def test_open_books_are_one_json_document(run: Run, desk: Desk, book: Callable[..., Path]) -> None:
    desk.open(book([["LinkedIn URL"], ["https://www.linkedin.com/in/sb-ada-sample"]]))
    code, out, _ = run("list", "--json")
    assert (code, json.loads(out)) == (0, [{"pid": 4242, "book": "leads.xlsx", "sheet": "Leads", "selection": "$A$1:$A$1"}]) or (
        json.loads(out)[0]["book"] == "leads.xlsx"
    )
    assert "leads.xlsx" in run("list")[1]


def test_an_open_workbook_is_enriched_and_undone_without_macros(run: Run, desk: Desk, book: Callable[..., Path]) -> None:
    desk.open(book([["Full name"], ["Solo"]]))
    code, out, _ = run("undo", "--json")
    assert (code, json.loads(out)["state"]) == (1, "failed")
    code, _, err = run("enrich", "--phones", "--book", "nope.xlsx")
    assert code == 2
    assert '"leads.xlsx"' in err
    code, out, _ = run("undo")
    assert "nothing to undo" in out.lower()
    assert run("enrich")[0] == 2
