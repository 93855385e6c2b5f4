"""The lock files as values: what is pinned, on which systems, with which hashes, and under which licence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9_.-]+)==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\]*?))?\s*\\?$")
# What is not installed on this system: licences as their own metadata on the registry say.
_ELSEWHERE = {
    "appscript": "Public Domain",
    "psutil": "BSD-3-Clause",
    "pywin32": "PSF-2.0",
    "pywin32-ctypes": "BSD-3-Clause",
    "tzdata": "Apache-2.0",
    "lxml": "BSD-3-Clause",
    "colorama": "BSD-3-Clause",
    "win-unicode-console": "MIT",
}


@dataclass(frozen=True, slots=True)
class Pin:
    """One line of a lock with the hashes below it."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]


def pins(lock: Path) -> list[Pin]:
    """Every pin of a lock. ValueError for a line that is neither a pin nor a hash."""
    found: list[tuple[re.Match[str], list[str]]] = []
    for number, line in enumerate(lock.read_text("utf-8").splitlines(), 1):
        if match := _PIN.match(line):
            found.append((match, []))
        elif (bare := line.strip().rstrip("\\").strip()).startswith("--hash=sha256:") and found:
            found[-1][1].append(bare.removeprefix("--hash=sha256:"))
        elif line.strip() and not line.startswith("#"):
            raise ValueError(f"{lock.name}, line {number}: neither a pin nor a hash")
    return [Pin(match["name"], match["version"], match["marker"] or "", tuple(hashes)) for match, hashes in found]


def licence(name: str) -> str:
    """As the installed package says it, in its own words; empty when it is not installed and not known."""
    try:
        said = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return _ELSEWHERE.get(name.lower(), "")
    return next(filter(None, _said(said)), "")


def _said(said: metadata.PackageMetadata) -> Iterator[str]:
    yield said.get("License-Expression", "")
    trove = [line.rpartition(" :: ")[2] for line in said.get_all("Classifier", []) if line.startswith("License ::")]
    yield " OR ".join(dict.fromkeys(line for line in trove if line != "OSI Approved"))
    text = said.get("License", "")
    yield text.splitlines()[0].strip() if text else ""
