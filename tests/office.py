"""LibreOffice as another program's eye."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from pathlib import Path

import pytest

SOFFICE = shutil.which("soffice")
needs_libreoffice = pytest.mark.skipif(SOFFICE is None and os.environ.get("CI") != "true", reason="LibreOffice is not installed")
# comma, double quote, UTF-8, from line 1, no column formats, no quotes, cells as shown off: raw text; sheet by number
_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,{sheet}"


def convert(path: Path, to: str, folder: Path) -> Path:
    """The file saved by LibreOffice in another format (an ending, or an ending with a filter) into ``folder``."""
    ending = to.partition(":")[0]
    folder.mkdir(parents=True, exist_ok=True)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", to, "--outdir", str(folder), str(path)]
    done = subprocess.run(command, capture_output=True, timeout=500, check=False)
    made = [found for found in folder.iterdir() if found.suffix == f".{ending}" and found.stem.startswith(path.stem)]
    assert made, done.stderr.decode()
    return made[0]


def shown(path: Path, folder: Path, sheet: int = 1) -> list[list[str]]:
    """Every row of a sheet (counted from 1) as LibreOffice shows it."""
    made = convert(path, _CSV.format(sheet=sheet), folder)
    return list(csv.reader(made.read_text("utf-8").splitlines()))
