"""What a check found, and how it is told: one line each, with what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cli.show import document

MARK = {"ok": "[ok]  ", "warn": "[note]", "bad": "[BAD] "}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is (ok, warn or bad), what was seen, what to do."""

    what: str
    state: str
    seen: str
    todo: str = ""


def tell(found: Iterable[Finding], *, as_json: bool) -> None:
    """Print all findings."""
    if as_json:
        document([{"check": one.what, "state": one.state, "seen": one.seen, "todo": one.todo} for one in found])
        return
    for one in found:
        print(f"{MARK[one.state]} {one.what}: {one.seen}")
        if one.todo:
            print(f"       {one.todo}")
