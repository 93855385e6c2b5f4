"""Where the frozen programs begin: what they are asked for by name, by --module and by words."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from runpy import run_path

import pytest

from cli.__main__ import main
from core.ourselves import FLAG
from core.sheets.apart import ReadTask, apart

Main = Callable[[list[str]], int | None]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Main:
    monkeypatch.setattr(sys, "argv", ["LushaEnrich"])
    main: Main = run_path(str(Path(__file__).parents[2] / "tools" / "bundle_start.py"))["main"]
    return main


def test_words_are_a_command_line(start: Main, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        start(["--version"])
    assert not end.value.code
    assert capsys.readouterr().out.startswith("lusha-enrich ")


@pytest.mark.parametrize("name", ["/o/lusha-enrich", "/o/lusha-enrich.exe"])
def test_the_program_with_a_console_without_words_tells_how_it_is_used(
    start: Main, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "executable", name)
    with pytest.raises(SystemExit) as end:
        start([])
    assert end.value.code == 2
    assert "usage: lusha-enrich" in capsys.readouterr().err


def test_a_child_gets_its_words(start: Main, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        start([FLAG, "sandbox", "--help"])
    assert not end.value.code
    assert "usage: sandbox" in capsys.readouterr().out


def test_nothing_but_our_own_entries_is_started(start: Main, capsys: pytest.CaptureFixture[str]) -> None:
    assert start([FLAG, "os"]) == 2
    assert "not part of LushaEnrich" in capsys.readouterr().err


# -- what the bundle cannot do, it says ---------------------------------------------------------------------------------
@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """As if this were the bundle: sys.frozen is what PyInstaller sets."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "lusha-enrich"))
    return tmp_path


def test_the_workbooks_buttons_need_a_python_and_the_bundle_says_so(frozen: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["excel", "install", "--to", str(frozen), "--json"]) == 2
    assert "uv tool install lusha-enrich" in json.loads(capsys.readouterr().out)["error"]["message"]
    assert list(frozen.iterdir()) == []
    main(["excel", "check", "--to", str(frozen), "--json"])
    assert "not part of the bundle" in capsys.readouterr().out


def test_the_reader_of_files_is_no_second_window(frozen: Path) -> None:
    """What is started is the program with a console; here there is none, and that is an error of the system's."""
    with pytest.raises(FileNotFoundError, match="lusha-enrich"):
        apart(ReadTask(str(frozen / "a.xls")), "a.xls")
