"""Audits what the locks pin: `python -m tools.audit`.

Always, without a network: every pin has its hashes and a licence we accept. When the package index answers: no pin is
yanked. When the vulnerability service answers: no pin has a known hole. What could not be asked is said as "not
audited", never passed over; a finding fails.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tools.pins import TOP, Pin, licence, pins

AUDITOR = "pip-audit==2.10.1"
LOCKS = ("requirements.lock", "requirements-dev.lock")
PATIENCE_S = 150
# Each part of an "A OR B" is looked up; one accepted part is enough. LGPL: Qt, used as unchanged shared libraries.
_ACCEPTED = frozenset(
    part.casefold()
    for part in (
        *("MIT", "MIT License", "MIT-0", "BSD License", "BSD-2-Clause", "BSD-3-Clause", "ISC", "0BSD", "Unlicense"),
        *("Apache-2.0", "Apache Software License", "PSF-2.0", "Python Software Foundation License", "LGPL-3.0-only"),
        *("MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)", "Public Domain"),
        "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication",
    )
)
_TOOLS_ONLY = {"pcodedmp": "GPL-3.0; a part of oletools that looks at our workbook in tests, never shipped"}
_YANKED = re.compile(r"`?(?P<pin>[A-Za-z0-9_.-]+==[^\s`]+)`?[^\n]*\byanked\b", re.IGNORECASE)
Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


def unhashed(found: Sequence[Pin]) -> list[str]:
    """Pins without a hash of 64 hex digits."""
    right = re.compile(r"[0-9a-f]{64}")
    return [
        f"{pin.name} {pin.version} has no hash" for pin in found if not pin.hashes or not all(map(right.fullmatch, pin.hashes))
    ]


def unlicensed(found: Sequence[Pin], licence_of: Callable[[str], str] = licence) -> list[str]:
    """Pins under a licence that is not on the list."""
    said = {pin.name: licence_of(pin.name) for pin in found if pin.name not in _TOOLS_ONLY}
    return [f"{name}: its licence is {text or 'not known'}" for name, text in said.items() if not _accepted(text)]


def _accepted(text: str) -> bool:
    return any(part.strip(" ()").casefold() in _ACCEPTED or part.strip().casefold() in _ACCEPTED for part in text.split(" OR "))


def yanked(lock: Path, run: Run) -> tuple[list[str], str]:
    """Pins the index has taken back, and why that could not be found out (or "")."""
    try:
        done = run(["uv", "pip", "install", "--dry-run", "--reinstall", "--no-deps", "--requirement", str(lock)])
    except (OSError, subprocess.TimeoutExpired) as error:
        return [], type(error).__name__
    if done.returncode:
        return [], "the package index does not answer"
    return [f"{match['pin']} was taken back by its authors" for match in _YANKED.finditer(done.stderr)], ""


def holes(lock: Path, run: Run) -> tuple[list[str], str]:
    """Known holes of the pins, and why some or all could not be asked for (or "")."""
    command = ["uv", "tool", "run", "--quiet", "--from", AUDITOR, "pip-audit", "--disable-pip", "--require-hashes"]
    try:
        done = run([*command, "--progress-spinner", "off", "--format", "json", "--requirement", str(lock)])
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError):
        return [], "the vulnerability service does not answer"
    found = [
        f"{package['name']} {package['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no version yet'}"
        for package in packages
        for hole in package.get("vulns", [])
    ]
    skipped = sum("skip_reason" in package for package in packages)
    if not packages or skipped:
        return found, f"the vulnerability service said nothing about {skipped} of {len(packages)} packages"
    return found, ""


def _run(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(words), capture_output=True, text=True, check=False, timeout=PATIENCE_S, cwd=TOP)


def main(argv: list[str] | None = None, run: Run = _run) -> int:
    """1 on any finding, and with --strict also when something could not be asked."""
    parser = argparse.ArgumentParser(prog="python -m tools.audit", description=__doc__)
    parser.add_argument("--strict", action="store_true", help="fail, too, when something could not be asked")
    strict = parser.parse_args(argv).strict
    bad, open_questions = [], []
    for name in LOCKS:
        lock = TOP / name
        pinned = pins(lock)
        bad += [f"{name}: {line}" for line in (*unhashed(pinned), *unlicensed(pinned))]
        for what, ask in (("taken back", yanked), ("known holes", holes)):
            found, why = ask(lock, run)
            bad += [f"{name}: {line}" for line in found]
            if why:
                open_questions.append(f"{name}: NOT AUDITED for {what}: {why}")
        print(f"{name}: {len(pinned)} pins, hashes and licences looked at")
    for line in (*open_questions, *bad):
        print(line, file=sys.stderr)
    return 1 if bad or (strict and open_questions) else 0


if __name__ == "__main__":
    sys.exit(main())
