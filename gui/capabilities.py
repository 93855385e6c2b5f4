"""What this installation can do beyond looking up in files: asked for, so that no button is shown that does nothing."""

from __future__ import annotations

import sys
from importlib.util import find_spec


def has_excel() -> bool:
    """Whether an open workbook can be filled here: Excel speaks to other programs on Windows and macOS only."""
    return sys.platform in {"win32", "darwin"} and find_spec("addin") is not None
