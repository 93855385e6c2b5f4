"""Where the frozen programs begin: the window, the command line, or the entry the one named after ``--module`` is."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from core.ourselves import CONSOLE, ENTRIES, FLAG


def main(argv: list[str]) -> int | None:
    """Run what is asked for; the program's own name decides when nothing is."""
    if argv[:1] == [FLAG]:
        return _run(argv[1], argv[2:])
    if argv or Path(sys.executable).stem.lower() == CONSOLE:
        return _run("cli", argv)
    return _run("gui", [])


def _run(module: str, words: list[str]) -> int | None:
    if module not in ENTRIES:
        print(f"{module} is not part of LushaEnrich", file=sys.stderr)
        return 2
    where, _, name = ENTRIES[module].partition(":")
    sys.argv[1:] = words
    code: int | None = getattr(import_module(where), name)()
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
