"""Checks that the lock files satisfy pyproject.toml: every requirement has a pin that fits."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

TOP = Path(__file__).resolve().parent.parent


def main() -> int:
    """0 when in step, else 1 after naming what is not."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = project["project"]["dependencies"]
    dev = [*wanted, *project["dependency-groups"]["dev"]]
    bundle = project["dependency-groups"]["bundle"]
    locks = {"requirements.lock": wanted, "requirements-dev.lock": dev, "requirements-bundle.lock": bundle}
    bad = [line for name, needs in locks.items() for line in _misfits(name, needs)]
    for line in bad:
        print(line, file=sys.stderr)
    if bad:
        print("Run: just lock", file=sys.stderr)
    return 1 if bad else 0


def _misfits(name: str, wanted: list[str]) -> list[str]:
    pins: dict[str, list[str]] = {}
    for package, version in re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", (TOP / name).read_text("utf-8"), re.MULTILINE):
        pins.setdefault(canonicalize_name(package), []).append(version)
    bad = []
    for text in wanted:
        requirement = Requirement(text)
        if not any(requirement.specifier.contains(pin) for pin in pins.get(canonicalize_name(requirement.name), [])):
            bad.append(f"{name}: nothing fits {text}")
    return bad


if __name__ == "__main__":
    sys.exit(main())
