"""The command line shows what strangers wrote without obeying it."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from cli.__main__ import main
from cli.plainly import plainly
from cli.show import document

EVIL = "Ada\x1b[2J\x1b]0;owned\x07\x9b31m\u202e"
RAW = "\x1b\x07\x9b\u202e"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LUSHA_ENRICH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LUSHA_ENRICH_API_URL", "http://127.0.0.1:1")
    return tmp_path


def test_a_heading_and_a_file_name_with_escape_sequences_are_spelt_out(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / f"leads {EVIL}.csv"
    path.write_text(f"LinkedIn URL,{EVIL}\nhttps://www.linkedin.com/in/ada,\n", "utf-8")
    main(["enrich", str(path), "--phones", "--dry-run"])
    main(["enrich", str(path), "--phones", "--dry-run", "--sheet", EVIL])
    main(["enrich", str(path), "--phones", "--dry-run", "--map", f"phone={EVIL}"])
    said = capsys.readouterr()
    assert not set(said.out + said.err) & set(RAW)
    assert "\\x1b" in said.err


def test_json_holds_the_very_value_and_no_raw_control_character(capsys: pytest.CaptureFixture[str]) -> None:
    with plainly():
        document({"name": EVIL})
    out = capsys.readouterr().out
    assert json.loads(out)["name"] == EVIL
    assert not set(out) & set(RAW)


def test_the_progress_bar_may_still_go_back_to_the_start_of_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    with plainly():
        sys.stderr.write("\r" + " " * 5 + "\r")
        sys.stderr.write("evil\rgood")
        assert not sys.stderr.isatty()
    assert stream.getvalue() == "\r     \revil\\rgood"
    assert sys.stderr is stream
