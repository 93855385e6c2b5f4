"""Sets LushaEnrich up in `.venv` beside this folder and runs it: python3 tools/bootstrap.py demo --out demo-result

Uses nothing but Python. What is installed is exactly requirements.lock, checked by hash; a second run installs nothing.
With --dev as the first argument it installs requirements-dev.lock instead and runs nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
VENV = TOP / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
EXE = ".exe" if os.name == "nt" else ""
OLDEST = (3, 11)


def main(argv: list[str]) -> int:
    """Install what is missing, then run the rest of the command line."""
    if sys.version_info < OLDEST:
        have = ".".join(map(str, sys.version_info[:3]))
        return _stop(f"This is Python {have}; LushaEnrich needs 3.11 or newer.", "Run it with a newer python3.")
    dev = argv[:1] == ["--dev"]
    lock = TOP / ("requirements-dev.lock" if dev else "requirements.lock")
    stamp = VENV / f".installed-{lock.stem}"
    wanted = _fingerprint(lock)
    if not stamp.is_file() or stamp.read_text(encoding="ascii") != wanted:
        problem = _install(lock)
        if problem:
            return problem
        stamp.write_text(wanted, encoding="ascii")
    if dev or not argv:
        print(f"Ready: {BIN / ('lusha-enrich' + EXE)}")
        return 0
    return subprocess.run([str(BIN / f"lusha-enrich{EXE}"), *argv], check=False).returncode


def _fingerprint(lock: Path) -> str:
    parts = [lock.read_bytes(), (TOP / "pyproject.toml").read_bytes(), sys.version.encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _install(lock: Path) -> int:
    """The environment, the locked packages, and this project; 0 or an exit code after saying what is wrong."""
    if not (BIN / f"python{EXE}").exists():
        print(f"Making an environment in {VENV} ...", file=sys.stderr)
        if not _made_environment():
            return _stop("Python cannot make an environment.", "On Debian or Ubuntu: apt-get install python3-venv")
    print("Installing the locked packages (once, about a minute) ...", file=sys.stderr)
    pip = [str(BIN / f"python{EXE}"), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    hashed = [*pip, "--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement", str(lock)]
    if subprocess.run(hashed, check=False).returncode:
        return _stop("The packages could not be installed.", "Is there a network? What pip said stands above.")
    # the build backend comes from the lock where it is there (--dev), else from the package index
    isolation = ["--no-build-isolation"] if lock.stem.endswith("-dev") else []
    if subprocess.run([*pip, *isolation, "--no-deps", "--editable", str(TOP)], check=False).returncode:
        return _stop("LushaEnrich itself could not be installed.", "What pip said stands above.")
    return 0


def _made_environment() -> bool:
    """`python -m venv`; on a Debian without python3-venv, root gets it by apt, which is said."""
    command = [sys.executable, "-m", "venv", str(VENV)]
    if subprocess.run(command, check=False, capture_output=True).returncode == 0:
        return True
    shutil.rmtree(VENV, ignore_errors=True)
    apt = shutil.which("apt-get")
    if apt is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    print("Installing the system package python3-venv ...", file=sys.stderr)
    subprocess.run([apt, "-qq", "update"], check=False)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([apt, "-qq", "-y", "install", "python3-venv"], check=False, env=quiet)
    return subprocess.run(command, check=False).returncode == 0


def _stop(what: str, todo: str) -> int:
    print(f"{what}\n{todo}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
