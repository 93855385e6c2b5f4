"""How we start ourselves: installed and frozen, and that every entry is there to be started."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from core.ourselves import ENTRIES, FLAG, command

TOP = Path(__file__).resolve().parents[2]
PYTHON, BUNDLE = "/v/bin/python", "/o/LushaEnrich/LushaEnrich"


@pytest.mark.parametrize("module", ENTRIES)
def test_every_entry_is_a_function_that_can_be_called(module: str) -> None:
    where, _, name = ENTRIES[module].partition(":")
    assert callable(getattr(import_module(where), name))


def test_a_python_is_given_the_module() -> None:
    words = command("gui", "--x", interpreter=PYTHON, platform="linux", frozen=False)
    assert words == [PYTHON, "-E", "-P", "-m", "gui", "--x"]


@pytest.mark.parametrize(
    ("module", "name"),
    [("gui", "LushaEnrich"), ("gui.progress", "LushaEnrich"), ("addin.worker", "LushaEnrich"), ("sandbox", "lusha-enrich")],
)
def test_the_bundle_is_given_a_name_and_never_taken_for_a_python(module: str, name: str) -> None:
    """What speaks through standard output is the program with a console: the other one has no output on Windows."""
    for ending in ("", ".exe"):
        words = command(module, "--x", interpreter=BUNDLE + ending, platform="linux", frozen=True)
        assert words == [f"/o/LushaEnrich/{name}{ending}", FLAG, module, "--x"]


def test_on_windows_what_speaks_through_a_pipe_keeps_the_python_that_has_one(tmp_path: Path) -> None:
    (tmp_path / "pythonw.exe").touch()
    python = str(tmp_path / "python.exe")
    assert command("sandbox", interpreter=python, platform="win32", frozen=False)[0] == python
    assert command("gui", interpreter=python, platform="win32", frozen=False)[0].endswith("pythonw.exe")


def test_only_entries_of_ours_can_be_started() -> None:
    with pytest.raises(KeyError):
        command("os")


def test_nobody_else_hands_a_module_to_this_interpreter() -> None:
    """In the bundle `sys.executable -m ...` would open a second window; core.sheets.apart asks whether it is frozen."""
    starts = re.compile(r'sys\.executable\W{1,6}"-')
    found = [
        path.relative_to(TOP).as_posix()
        for folder in ("addin", "cli", "core", "gui", "sandbox")
        for path in (TOP / folder).rglob("*.py")
        if starts.search(path.read_text("utf-8"))
    ]
    assert found == ["core/sheets/apart.py"]
