"""What strangers wrote, on a terminal, in a log and in JSON."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import pytest

from core.log import log_file
from core.plain import json_text, one_line, shown
from core.secret import Redactor

STEERING = ["\x1b[2J", "\x9b31m", "\x07", "\x08", "\r", "\x7f", "\u202e", "\u2066", "\u200e", "\u2028", "\ufeff", "\U000e0041"]


@pytest.mark.parametrize("text", STEERING)
def test_nothing_that_steers_a_terminal_is_left(text: str) -> None:
    said = shown(f"a{text}b")
    assert text[0] not in said
    assert "\\" in said
    assert said.isprintable()


def test_names_tabs_and_line_ends_stay_as_they_are() -> None:
    for text in ("José\tÅsa\n", "عمر خيام", "עדה", "می\u200cخواهم", "😀 👩\u200d💻", "O'Brien – 5 %"):
        assert shown(text) == text
    assert one_line("a\nb") == "a\\nb"


def test_json_keeps_its_values_and_none_of_its_bytes_steers() -> None:
    for text in STEERING:
        made = json_text(json.dumps({"x": text}, ensure_ascii=False))
        assert json.loads(made) == {"x": text}
        assert shown(made) == made


def test_the_log_has_one_line_for_a_record_and_no_escape_sequence(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    with log_file(path, Redactor()) as log:
        log.info("%s", "Ada\n2026-01-01 00:00:00,000 INFO forged \x1b[31m\u202e")
        try:
            raise ValueError("evil\n2026-01-01 00:00:00,000 INFO forged \x1b]0;x\x07")
        except ValueError:
            log.exception("run x")
    lines = path.read_text("utf-8").splitlines()
    assert "\\n2026" in lines[0]
    assert [line for line in lines if line.startswith("2026-01-01 00:00:00")] == []
    assert not any(char in path.read_text("utf-8") for char in "\x1b\x07\u202e")
    assert any(line.startswith("    Traceback") for line in lines)


def test_the_log_goes_on_in_a_new_file_that_is_private_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.log.BYTES", 2000)
    path = tmp_path / "x.log"
    with log_file(path, Redactor()) as log:
        assert isinstance(log, logging.Logger)
        for number in range(100):
            log.info("line %d %s", number, "x" * 50)
    assert {found.name for found in tmp_path.iterdir()} == {"x.log", "x.log.1", "x.log.2", "x.log.3"}
    if sys.platform != "win32":
        assert not any(found.stat().st_mode & 0o077 for found in tmp_path.iterdir())
