"""Whoever works with the practice server is told so by every command, in words and in documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.__main__ import main
from cli.show import document
from core import words

COMMANDS = (("jobs", "list"), ("keys", "list"), ("audit",))


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("practises", [True, False])
def test_a_command_says_that_it_is_not_lusha(
    command: tuple[str, ...],
    practises: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LUSHA_ENRICH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LUSHA_ENRICH_API_URL", "http://127.0.0.1:9" if practises else "")
    assert main([*command]) == 0
    assert (words.PRACTICE in capsys.readouterr().err) is practises
    assert main([*command, "--json"]) == 0
    seen = capsys.readouterr()
    assert (words.PRACTICE in seen.err) is practises
    assert isinstance(json.loads(seen.out), list)


def test_documents_say_it_too_in_lists_every_entry(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("LUSHA_ENRICH_API_URL", "http://127.0.0.1:9")
    document([{"job": "a"}, {"job": "b"}])
    assert json.loads(capsys.readouterr().out) == [{"server": "practice", "job": "a"}, {"server": "practice", "job": "b"}]
    document({"job": "a"})
    assert json.loads(capsys.readouterr().out) == {"server": "practice", "job": "a"}
    monkeypatch.delenv("LUSHA_ENRICH_API_URL")
    document({"job": "a"})
    assert json.loads(capsys.readouterr().out) == {"job": "a"}
