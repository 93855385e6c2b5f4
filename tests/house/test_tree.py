"""What is true of the tree as a whole: nothing unfinished, no machine's paths, no address in a lock, docs that keep up."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.__main__ import parser
from core.model import RowStatus
from core.words import ENTITLEMENT, STATUS

TOP = Path(__file__).resolve().parents[2]
README = (TOP / "README.md").read_text("utf-8")
WRITTEN = README + "".join(path.read_text("utf-8") for path in sorted((TOP / "docs").glob("*.md")))
SOURCES = sorted(
    path
    for folder in ("addin", "bench", "cli", "core", "examples", "gui", "sandbox", "soak", "tools")
    for path in (TOP / folder).rglob("*.py")
)
DOCS = [TOP / "README.md", TOP / "CHANGELOG.md", TOP / "SECURITY.md", *(TOP / "docs").rglob("*.md")]
UNFINISHED = re.compile("TO" + "DO|FIX" + "ME|XX" + "X\\b|raise NotImplemented" + "Error|pragma: no " + "cover")
SOMEBODYS_PATH = re.compile(r"(?<![\w.])/(?:home|Users|root|wo" + r"rk)/\w")


@pytest.mark.parametrize("path", [*SOURCES, *DOCS], ids=lambda path: path.relative_to(TOP).as_posix())
def test_nothing_is_unfinished_and_no_path_of_a_machine_is_left(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not UNFINISHED.search(text)
    assert not SOMEBODYS_PATH.search(text)


def test_the_locks_hold_no_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-bundle.lock"):
        text = (TOP / name).read_text("utf-8")
        assert "://" not in text
        assert "--hash=sha256:" in text


def test_the_locks_fit_the_project() -> None:
    done = subprocess.run([sys.executable, str(TOP / "tools/locked.py")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def commands(found: argparse.ArgumentParser, path: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    nested = [action for action in found._actions if isinstance(action, argparse._SubParsersAction)]
    for action in nested:
        for name, made in action.choices.items():
            yield from commands(made, f"{path} {name}".strip())
    if not nested:
        yield path, found


def test_every_command_and_option_stands_in_the_readme_or_the_docs() -> None:
    for path, made in commands(parser()):
        assert all(f"`{word}" in WRITTEN or f" {word}" in WRITTEN for word in path.split()), path
        options = {option for action in made._actions for option in action.option_strings if option.startswith("--")}
        where = {"--up", "--down", "--top", "--to", "--help", "--priority"}
        missing = [option for option in options - where if option not in WRITTEN]
        assert not missing, (path, missing)


def test_every_status_stands_in_the_readme() -> None:
    for status in RowStatus:
        assert STATUS[status] in README, status


def test_the_readme_says_whose_keys_to_use() -> None:
    flat = " ".join(README.replace("> ", "").split())
    assert ENTITLEMENT in flat


def test_the_two_commands_of_the_readme_exist() -> None:
    assert "python3 tools/bootstrap.py demo" in README
    assert "bash .ci/run" in README
    assert (TOP / "tools/bootstrap.py").is_file()
    assert (TOP / ".ci/run").is_file()


def test_the_example_is_what_its_builder_makes(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    made = tmp_path / "made.xlsx"
    subprocess.run([sys.executable, str(TOP / "examples/build.py"), str(made)], cwd=TOP, check=True, env={"PYTHONPATH": str(TOP)})
    kept, fresh = (load_workbook(path).active for path in (TOP / "examples/prospects.xlsx", made))
    assert [[cell.value for cell in row] for row in kept] == [[cell.value for cell in row] for row in fresh]
    assert kept.tables.keys() == fresh.tables.keys()


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom cli.__main__ import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'httpx', 'keyring', 'openpyxl', 'PySide6', 'xlwings', 'python_calamine', 'msgspec'} & set(sys.modules)\n"
        "sys.exit(f'imported: {sorted(heavy)}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=TOP, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_version_is_the_projects(capsys: pytest.CaptureFixture[str]) -> None:
    import tomllib

    with pytest.raises(SystemExit) as end:
        parser().parse_args(["--version"])
    assert not end.value.code
    wanted = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert capsys.readouterr().out == f"lusha-enrich {wanted}\n"


def test_every_test_the_threat_model_names_is_there() -> None:
    text, named, file = (TOP / "docs/threat-model.md").read_text("utf-8"), 0, ""
    for found in re.finditer(r"`(?:…(?P<file>[\w/]+\.py))?(?:::(?P<name>test_\w+))?`", text):
        file = found["file"] or file
        source = (TOP / "tests" / file).read_text("utf-8")
        if found["name"]:
            named += 1
            assert f"def {found['name']}(" in source, found[0]
    assert named > 30


def test_how_to_report_a_hole_names_no_address_and_warns_of_keys() -> None:
    text = (TOP / "SECURITY.md").read_text("utf-8")
    assert "Never send an API key" in text
    assert not re.search(r"[\w.]+@[\w.]+|https?://", text)
