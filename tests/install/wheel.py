"""Installs the wheel as people do and tries each: bash tests/install/desk.sh python tests/install/wheel.py WHEEL [uv] [pipx]

What pip is told by its configuration (an index, a folder of wheels, a certificate) uv is told in its own words, as it does
not read pip's. Everything is put into a temporary folder; uv's cache is the user's.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
IN_UV = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "find-links": "UV_FIND_LINKS", "cert": "SSL_CERT_FILE"}


def main(argv: list[str]) -> int:
    wheel, ways = str(Path(argv[0]).absolute()), argv[1:] or list(WAYS)
    for way in ways:
        with tempfile.TemporaryDirectory(prefix=f"by-{way}-") as folder:
            begun = time.monotonic()
            program = WAYS[way](wheel, Path(folder))
            print(f"{way}: installed in {time.monotonic() - begun:.0f} s", flush=True)
            done = subprocess.run([sys.executable, str(HERE / "program.py"), str(program)], check=False)
            if done.returncode:
                return done.returncode
    return 0


def by_uv(wheel: str, work: Path) -> Path:
    env = {**os.environ, **uv_settings(), "UV_TOOL_DIR": str(work / "tools"), "UV_TOOL_BIN_DIR": str(work / "bin")}
    words = ["uv", "tool", "install", "--quiet", "--python", sys.executable, wheel]
    subprocess.run(words, env=env, cwd=work, check=True)
    return work / "bin" / "lusha-enrich"


def by_pipx(wheel: str, work: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", str(work / "venv")], check=True)
    python = str(work / "venv" / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "pipx"], check=True)
    env = {**os.environ, "PIPX_HOME": str(work / "pipx"), "PIPX_BIN_DIR": str(work / "bin"), "PIPX_MAN_DIR": str(work / "man")}
    subprocess.run([python, "-m", "pipx", "install", "--quiet", "--python", sys.executable, wheel], env=env, cwd=work, check=True)
    return work / "bin" / "lusha-enrich"


def uv_settings() -> dict[str, str]:
    """pip's configuration in uv's words; what uv is told already stays. A folder that is not there is left out."""
    words = [sys.executable, "-m", "pip", "config", "list"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    found: dict[str, str] = {}
    for line in said.splitlines():
        name, _, value = line.partition("=")
        variable = IN_UV.get(name.rpartition(".")[2])
        if variable and variable not in os.environ:
            found[variable] = value.strip("'\"").replace("\\n", " ")
    if "UV_FIND_LINKS" in found:
        found["UV_FIND_LINKS"] = ",".join(found["UV_FIND_LINKS"].split())
    return found


WAYS: dict[str, Callable[[str, Path], Path]] = {"uv": by_uv, "pipx": by_pipx}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
