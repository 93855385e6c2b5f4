"""`lusha-enrich wipe` as a person and as a script run it, beside a real Secret Service."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.database import Database
from core.keys.vault import SystemVault
from core.owner import present
from sandbox.scenarios import demo

pytestmark = [
    pytest.mark.secret_service,
    pytest.mark.skipif(
        os.environ.get("LUSHAENRICH_REAL_STORE") != "1", reason="needs a real Secret Service: tests/secret_service.sh"
    ),
]
Start = Callable[..., Any]


MANY = len(demo().keys)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def own_entries(before: frozenset[str]) -> frozenset[str]:
    return (SystemVault().ids() or frozenset()) - before


def test_a_script_wipes_and_reads_what_was_proved(desk: Start) -> None:
    before = SystemVault().ids() or frozenset()
    at = desk(demo())
    many = len(own_entries(before))
    assert many
    code, said = at.json("wipe", "--yes")
    assert code == 0
    assert (said["secrets_removed"], said["clean"], said["left"]) == (many, True, [])
    assert not own_entries(before)
    assert not at.home.exists()
    assert at.json("wipe", "--yes")[1]["secrets_removed"] == 0


def test_without_a_terminal_and_without_yes_nothing_happens(desk: Start) -> None:
    at = desk(demo())
    code, said = at.json("wipe")
    assert (code, said["error"]["title"]) == (2, "Nothing was removed")
    assert at.json("keys", "list")[1]


@pytest.mark.parametrize(("word", "goes"), [("WIPE", True), ("yes", False), ("", False)])
def test_on_a_terminal_the_word_has_to_be_typed(desk: Start, monkeypatch: pytest.MonkeyPatch, word: str, goes: bool) -> None:
    at = desk(demo())
    patch_terminal(at, monkeypatch, f"{word}\n")
    code, out, err = at.run("wipe")
    assert f"This removes 0 real and {MANY} practice keys from the key store" in err
    assert at.home.exists() is not goes
    assert code == (0 if goes else 2)
    assert ("Looked again: the key store holds no key of this folder, and the folder is gone." in out) is goes


def patch_terminal(at: Any, patch: pytest.MonkeyPatch, typed: str) -> None:
    from cli.__main__ import main

    def run(*argv: str) -> tuple[int, str, str]:
        err = Terminal()
        patch.setattr(sys, "stdin", Terminal(typed))
        patch.setattr(sys, "stderr", err)
        return main(list(argv)), at.capsys.readouterr().out, err.getvalue()

    at.run = run


def test_practice_does_not_wipe_what_is_really_yours(desk: Start) -> None:
    at = desk(demo())
    Database(at.home / "lusha.sqlite3").close()
    code, said = at.json("wipe", "--yes")
    assert (code, said["error"]["title"]) == (2, "This is practice")
    assert "Unset LUSHA_ENRICH_API_URL" in said["error"]["message"]
    assert (at.home / "lusha.sqlite3").exists()
    assert len(at.json("keys", "list")[1]) == MANY


def test_a_broken_settings_file_does_not_keep_anybody_from_wiping(desk: Start) -> None:
    at = desk(demo())
    (at.home / "settings.toml").write_text("this is no setting")
    assert at("wipe", "--yes")[0] == 0
    assert not at.home.exists()


def test_while_the_window_is_open_it_refuses(desk: Start) -> None:
    at = desk(demo())
    with present(at.home / "running", "window"):
        code, said = at.json("wipe", "--yes")
    assert (code, said["error"]["code"]) == (1, "still_running")
    assert at.json("keys", "list")[1]


def test_what_is_left_is_named_and_the_exit_code_says_so(desk: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    at = desk(demo())
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.name == "practice.sqlite3":
            raise PermissionError(13, "Permission denied")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    code, out, err = at("wipe", "--yes")
    assert code == 1
    assert "Looked again: something is left." in out
    assert "practice.sqlite3 (Permission denied)" in err
