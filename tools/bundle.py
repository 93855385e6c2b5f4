"""Freezes the program into dist/LushaEnrich, a folder that needs no Python: python tools/bundle.py

Uses nothing but Python. Everything happens in build/bundle: an environment with exactly requirements.lock and
requirements-bundle.lock, checked by hash, and this project as its wheel. A bundle is for the kind of system it is built on.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
WORK = TOP / "build" / "bundle"
OUT = TOP / "dist" / "LushaEnrich"
PYTHON = WORK / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
PIP = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
LOCKED = ("--require-hashes", "--no-deps", "--only-binary", ":all:")


def main() -> int:
    """Build it and say how large it is."""
    steps: list[tuple[str, list[str]]] = []
    if not PYTHON.exists():
        steps.append(("Making an environment", [sys.executable, "-m", "venv", str(WORK / "venv")]))
    locks = ("requirements.lock", "requirements-bundle.lock")
    steps += [
        *((f"Installing {lock}", [*PIP, *LOCKED, "--requirement", str(TOP / lock)]) for lock in locks),
        ("Installing LushaEnrich", [*PIP, "--no-deps", "--force-reinstall", str(TOP)]),
        ("Freezing", _freeze()),
    ]
    for what, words in steps:
        print(f"{what} ...", flush=True)
        if subprocess.run(words, check=False, cwd=WORK if WORK.is_dir() else TOP).returncode:
            print(f"{what} failed; what went wrong stands above.", file=sys.stderr)
            return 1
    shutil.rmtree(WORK / "parts", ignore_errors=True)
    files = [path for path in OUT.rglob("*") if path.is_file() and not path.is_symlink()]
    print(f"{OUT}: {len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.0f} MB")
    return 0


def _freeze() -> list[str]:
    where = ["--distpath", str(OUT.parent), "--workpath", str(WORK / "parts")]
    return [str(PYTHON), "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", *where, str(TOP / "tools" / "bundle.spec")]


if __name__ == "__main__":
    sys.exit(main())
