"""`lusha-enrich doctor`: exit codes, one JSON document, and the bundle that is shown before it is written."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from pathlib import Path

import pytest

from cli.__main__ import main
from cli.doctor import exit_code
from cli.findings import verdict
from core.doctor.finding import fine, found


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LUSHA_ENRICH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    return tmp_path


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_exit_code_says_what_kind_of_problem_there_is() -> None:
    assert exit_code([fine("Disk", "x"), found("disk.low", "x")]) == 0
    assert exit_code([found("disk.full", "x")]) == 1
    assert exit_code([found("disk.full", "x"), found("store.locked", "x")]) == 3


def test_one_sentence_sums_it_up() -> None:
    assert verdict([fine("Disk", "x")]) == "Everything is as it should be."
    assert verdict([found("disk.low", "x")]).startswith("1 hint. Explained")
    assert verdict([found("disk.low", "x"), found("disk.full", "x"), found("keys.none", "x")]).startswith(
        "1 problem and 2 hints."
    )


def test_every_line_says_what_it_means_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor", "--offline"])
    lines = capsys.readouterr().out.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("[hint]    Excel:"))
    assert lines[at + 1].strip() == "The buttons need Excel on Windows or on a Mac, which is not here."
    assert lines[at + 2].strip() == "Closed files work without it: lusha-enrich enrich FILE"
    assert lines[-1].endswith("docs/troubleshooting.md.")


@pytest.mark.parametrize("words", [[], ["--json"], ["--bundle", "support.zip", "--yes"], ["--bundle", "support.zip", "--json"]])
@pytest.mark.parametrize("open_home", [True, False])
def test_a_home_that_may_not_be_trusted_is_a_finding_in_every_mode(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str], *, open_home: bool
) -> None:
    folder = home / "home"
    folder.mkdir(mode=0o700)
    (folder / "settings.toml").symlink_to(home / "elsewhere")
    if open_home:
        folder.chmod(0o777)
        (folder / "something-else").touch()
    monkeypatch.chdir(home)
    assert main(["doctor", "--offline", *words]) in {1, 3}
    out = capsys.readouterr().out
    if "--bundle" in words:
        with zipfile.ZipFile(home / "support.zip") as read:
            out = read.read("doctor.json").decode()
    told = "Anyone may write in" if open_home else "settings.toml is no plain file"
    assert told in out
    assert "data.refused" in out or "--json" not in words


def test_the_bundle_is_listed_before_it_is_written(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = home / "support.zip"
    main(["doctor", "--offline", "--bundle", str(file), "--yes"])
    out = capsys.readouterr().out
    assert out.index("contents.txt") < out.index("Written:")
    with zipfile.ZipFile(file) as read:
        assert all(name in out for name in read.namelist())
    main(["doctor", "--offline", "--bundle", str(home / "other.zip"), "--json"])
    said = json.loads(capsys.readouterr().out)
    assert {"file", "parts", "findings"} == said.keys()
    assert main(["doctor", "--offline", "--bundle", str(file), "--yes"]) == 2


def test_a_no_at_the_terminal_writes_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = home / "support.zip"
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    assert main(["doctor", "--offline", "--bundle", str(file)]) == 2
    assert "Nothing was written" in capsys.readouterr().err
    assert not file.exists()
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    main(["doctor", "--offline", "--bundle", str(file)])
    assert file.exists()
