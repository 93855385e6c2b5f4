"""The import contracts hold, and each of them is broken once on purpose to see that it catches."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BREAKS = {
    "Inside core, arrows run down": ("core/model.py", "import core.app"),
    "core knows no front door": ("core/app.py", "import cli.show"),
    "Excel and the window meet as processes only": ("gui/progress.py", "import addin.conf"),
    "Excel stands on core alone": ("addin/work.py", "import sandbox.people"),
    "The practice server stands alone": ("sandbox/world.py", "import core.model"),
    "HTTP is spoken in core.lusha only": ("core/engine/batch.py", "import httpx"),
    "The key store is touched in core.keys.vault only": ("core/keys/store.py", "import keyring"),
    "SQL is written in the database and the stores only": ("core/engine/batch.py", "import sqlite3"),
    "Workbooks are read and written in core.sheets only": ("cli/enrich.py", "import openpyxl"),
    "No screen and no Excel below the front doors": ("core/app.py", "import xlwings"),
    "The window stands on core only": ("gui/looks.py", "import sandbox.world"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    command = [str(program), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("addin", "cli", "core", "gui", "sandbox"):
        shutil.copytree(TOP / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(TOP / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize("contract", BREAKS)
def test_a_forbidden_import_is_caught(tree: Path, contract: str) -> None:
    file, line = BREAKS[contract]
    broken = tree / file
    broken.write_text(broken.read_text("utf-8") + f"\n{line}\n", "utf-8")
    done = lint(tree)
    assert done.returncode != 0
    assert f"{contract} BROKEN" in done.stdout


def test_the_tree_keeps_every_contract(tree: Path) -> None:
    done = lint(tree)
    assert done.returncode == 0, done.stdout
    assert f"{len(BREAKS)} kept, 0 broken" in done.stdout
