"""`lusha-enrich doctor`: checks this computer; each line says what to do. `--bundle` writes what support may see."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from cli.findings import tell, verdict
from cli.show import document, table
from core.doctor.bundle import Bundle, gather, write
from core.doctor.examination import Home, examine, home_of
from core.doctor.finding import Finding, Verdict
from core.errors import KeyStoreTrouble, UsageError


def doctor(args: argparse.Namespace) -> int:
    """All checks; exit 3 when the key store cannot be used, 1 when there is another problem, 0 with hints only."""
    home = home_of(os.environ)
    found = list(checks(home, offline=args.offline))
    if args.bundle:
        _bundle(Path(args.bundle), gather(home.settings, found), found, args)
    else:
        tell(found, as_json=args.json)
        if not args.json:
            print(verdict(found))
    return exit_code(found)


def checks(home: Home, *, offline: bool) -> Iterator[Finding]:
    """Every check, one after the other."""
    yield from examine(home, os.environ, offline=offline)
    from cli.excel import findings

    yield from findings()


def exit_code(found: list[Finding]) -> int:
    bad = [one for one in found if one.state is Verdict.PROBLEM]
    if any(one.id.startswith("store.") for one in bad):
        return KeyStoreTrouble.exit_code
    return 1 if bad else 0


def _bundle(file: Path, made: Bundle, found: list[Finding], args: argparse.Namespace) -> None:
    """What is in it is shown before it is written; a terminal is asked, a script goes on."""
    rows = [[part.name, f"{len(part.text.encode()):,}", part.about] for part in made.parts]
    if not args.json:
        print(table(["File", "Bytes", "What it holds"], rows))
        print("No key, no person, no file name: look into it before you pass it on.")
        if not args.yes and sys.stdin.isatty() and input(f"Write {file}? [y/N] ").strip().lower() not in {"y", "yes"}:
            raise UsageError("Nothing was written")
    write(made, file)
    if args.json:
        parts = [{"name": part.name, "about": part.about} for part in made.parts]
        document({"file": str(file), "parts": parts, "findings": [one.document() for one in found]})
        return
    print(f"Written: {file}")
