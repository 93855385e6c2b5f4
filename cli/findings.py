"""How findings are told: one line each, with what it means and what to do; ok on top of each other, faults apart."""

from __future__ import annotations

from collections.abc import Iterable

from cli.show import document
from core.doctor.finding import Finding, Verdict

MARK = {Verdict.OK: "[ok]     ", Verdict.HINT: "[hint]   ", Verdict.PROBLEM: "[PROBLEM]"}


def tell(found: Iterable[Finding], *, as_json: bool) -> None:
    """Print all findings."""
    if as_json:
        document([one.document() for one in found])
        return
    for one in found:
        print(f"{MARK[one.state]} {one.check}: {one.seen}")
        for text in (one.means, one.todo):
            if text:
                print(f"{'':9} {text}")


def verdict(found: Iterable[Finding]) -> str:
    """One sentence about all of them."""
    states = [one.state for one in found]
    problems, hints = states.count(Verdict.PROBLEM), states.count(Verdict.HINT)
    if not problems and not hints:
        return "Everything is as it should be."
    parts = [f"{count} {word}{'s' if count > 1 else ''}" for count, word in ((problems, "problem"), (hints, "hint")) if count]
    return f"{' and '.join(parts)}. Explained in docs/troubleshooting.md."
