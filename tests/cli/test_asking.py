"""What is asked before anything is spent or removed, on a terminal and without one."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli import __main__ as program
from cli.__main__ import main
from sandbox.scenarios import SCENARIOS, demo

Start = Callable[..., Any]
real_store = pytest.mark.skipif(
    os.environ.get("LUSHAENRICH_REAL_STORE") != "1", reason="needs a real Secret Service: tests/secret_service.sh"
)
DAN = "https://www.linkedin.com/in/sb-dan-mobile"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_a_terminal(at: Any, typed: str, *argv: str, shown: str = "stderr") -> tuple[int, str]:
    """The exit code, and what stood on the one output that is a terminal."""
    screen = Terminal()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", Terminal(typed))
        patch.setattr(sys, shown, screen)
        code = main(list(argv))
    at.capsys.readouterr()
    return code, screen.getvalue()


def leads(folder: Path, many: int) -> Path:
    made = folder / "leads.csv"
    made.write_text("LinkedIn URL\n" + "".join(f"{DAN}{n}\n" for n in range(many)), "utf-8")
    return made


@real_store
def test_the_question_names_the_limits_and_a_no_sends_nothing(desk: Start, tmp_path: Path) -> None:
    at, file = desk(SCENARIOS["plenty"]()), leads(tmp_path, 6)
    before = file.read_bytes()
    code, said = on_a_terminal(at, "n\n", "enrich", str(file), "--phones", "--limit", "2", "--max-credits", "20")
    assert "Look up 2 of 6 people, for 20 credits at most? [y/N]" in said
    assert (code, at.world.posts, file.read_bytes()) == (2, 0, before)
    (at.home / "settings.toml").write_text("cap_run = 30\n")
    assert "Look up 6 people, for 30 credits at most?" in at("enrich", str(file), "--phones", "--dry-run")[2]


@real_store
def test_it_asks_too_when_only_standard_output_is_a_terminal(desk: Start, tmp_path: Path) -> None:
    at, file = desk(SCENARIOS["plenty"]()), leads(tmp_path, 2)
    code, said = on_a_terminal(at, "n\n", "enrich", str(file), "--phones", shown="stdout")
    assert "Look up 2 people? [y/N]" in said
    assert (code, at.world.posts) == (2, 0)
    code, said = on_a_terminal(at, "y\n", "enrich", str(file), "--phones", shown="stdout")
    assert (code, at.world.posts > 0) == (0, True)


@real_store
def test_a_limit_that_was_asked_for_is_no_failure_and_does_not_stay(desk: Start, tmp_path: Path) -> None:
    at, file = desk(SCENARIOS["plenty"]()), leads(tmp_path, 6)
    code, out, _ = at("enrich", str(file), "--phones", "--limit", "2", "--out", str(tmp_path / "out.csv"))
    job = at.json("jobs", "list")[1][0]["job"]
    assert code == 0
    assert f"4 not reached (--limit). Go on with them: lusha-enrich jobs resume {job}" in out
    assert ", 4 not reached, " in out
    code, said = at.json("jobs", "resume", job)
    assert (code, said["stopped"], said["rows"]) == (0, 0, 6)


@real_store
def test_without_a_key_the_file_stays_as_it_is_and_the_command_is_named(desk: Start, tmp_path: Path) -> None:
    at, file = desk(SCENARIOS["plenty"](), add=False), leads(tmp_path, 2)
    before = file.read_bytes()
    for options, what in ((("--phones",), "phones"), (("--emails",), "emails"), (("--phones", "--emails"), "any")):
        command = f"lusha-enrich keys add --for {what}"
        code, said = at.json("enrich", str(file), *options)
        assert (code, said["error"]["title"]) == (2, "There is no key for this look-up")
        assert command in said["error"]["message"]
        code, _, err = at("enrich", str(file), *options, "--dry-run")
        assert (code, command in err) == (0, True)
    assert file.read_bytes() == before
    assert at.json("jobs", "list")[1] == []


@real_store
def test_a_key_is_removed_on_a_yes_and_without_a_terminal(desk: Start) -> None:
    at = desk(demo())
    first, second, third, *_ = at.json("keys", "list")[1]
    code, said = on_a_terminal(at, "\n", "keys", "remove", first["id"])
    assert (code, f"(ends in ...{first['last4']}) from this computer? [y/N]" in said) == (2, True)
    assert first in at.json("keys", "list")[1]
    assert on_a_terminal(at, "y\n", "keys", "remove", first["id"])[0] == 0
    assert "[y/N]" not in on_a_terminal(at, "", "keys", "remove", second["id"], "--yes")[1]
    assert at("keys", "remove", third["id"])[0] == 0
    assert not {first["id"], second["id"], third["id"]} & {one["id"] for one in at.json("keys", "list")[1]}


@real_store
def test_a_person_is_forgotten_on_a_yes_and_without_a_terminal(desk: Start) -> None:
    at = desk(demo())
    assert at("lookup", "--linkedin", DAN, "--phones")[0] == 0
    code, said = on_a_terminal(at, "n\n", "forget", "--linkedin", DAN)
    assert (code, "It cannot be taken back. [y/N]" in said) == (2, True)
    assert at.json("lookup", "--linkedin", DAN, "--phones")[1]["from_store"]
    code, said = on_a_terminal(at, "", "forget", "--linkedin", DAN, "--yes")
    assert (code, said) == (0, "")
    assert at.json("forget", "--linkedin", DAN)[1]["answers"] == 0


@real_store
def test_rows_that_the_summary_does_not_count_are_named_once(desk: Start, tmp_path: Path) -> None:
    at, file = desk(SCENARIOS["plenty"]()), tmp_path / "leads.csv"
    file.write_text(f"LinkedIn URL,Phone\n{DAN}1,\n{DAN}2,+49 30 123\n,\nnobody,\n", "utf-8")
    said = at("enrich", str(file), "--phones", "--yes")[1]
    assert said.count("Apart from these: 1 already filled, 1 cannot be looked up.\n") == 1


@real_store
def test_a_job_that_was_taken_back_says_so(desk: Start, tmp_path: Path) -> None:
    at, file = desk(SCENARIOS["plenty"]()), leads(tmp_path, 2)
    assert at("enrich", str(file), "--phones", "--yes")[0] == 0
    assert "Taken back" not in at("jobs", "list")[1] + at("jobs", "show", "last")[1]
    assert at("jobs", "undo", "last")[0] == 0
    assert "Taken back" in at("jobs", "list")[1]
    assert "Taken back" in at("jobs", "show", "last")[1]
    assert at.json("jobs", "list")[1][0]["state"] == "DONE"


def test_without_a_command_the_help_says_where_to_start(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    said = capsys.readouterr().out
    assert said.startswith("usage: lusha-enrich")
    assert said.endswith("Start with: lusha-enrich demo\n")


def test_the_practice_scenarios_are_named_and_another_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["practice", "--help"])
    said = capsys.readouterr().out
    assert all(name in said for name in SCENARIOS)
    assert set(program.SCENARIOS) == set(SCENARIOS)
    with pytest.raises(SystemExit) as end:
        main(["practice", "--scenario", "none"])
    assert end.value.code == 2
