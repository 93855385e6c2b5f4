"""Checks a built wheel: the packages, the workbooks and the icons are inside, nothing else is."""

from __future__ import annotations

import sys
import zipfile

WANTED = (
    "cli/__main__.py",
    "core/app.py",
    "gui/__main__.py",
    "sandbox/server.py",
    "cli/prospects.xlsx",
    "addin/macros.py",
    "addin/LushaEnrich.xlsm",
    "gui/progress.py",
    "gui/icon/lusha-enrich.ico",
    "gui/icon/lusha-enrich.png",
)
TOP_LEVEL = {"addin", "cli", "core", "gui", "sandbox"}


def main(path: str) -> int:
    """0 when the wheel is as it should be."""
    names = zipfile.ZipFile(path).namelist()
    missing = [name for name in WANTED if name not in names]
    stray = sorted({name.split("/")[0] for name in names if ".dist-info/" not in name} - TOP_LEVEL)
    if missing or stray:
        print(f"Missing: {missing}; not expected: {stray}", file=sys.stderr)
        return 1
    print(f"{path}: {len(names)} files")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
