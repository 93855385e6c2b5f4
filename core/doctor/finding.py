"""One finding: what was looked at, the verdict, what it means and what to do. The texts are the table in `faults`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.doctor.faults import FAULTS


class Verdict(StrEnum):
    OK = "ok"
    HINT = "hint"  # works, but should be known
    PROBLEM = "problem"  # something will not work


@dataclass(frozen=True, slots=True)
class Finding:
    """``id`` is stable; ``seen`` is what this computer shows, the rest stands in the documentation too."""

    id: str
    check: str
    state: Verdict
    seen: str
    means: str = ""
    todo: str = ""

    def document(self) -> dict[str, str]:
        """As it stands in JSON."""
        return {name: str(getattr(self, name)) for name in ("id", "check", "state", "seen", "means", "todo")}


def fine(check: str, seen: str) -> Finding:
    """Nothing to say against it."""
    return Finding(f"{check.casefold().replace(' ', '_')}.ok", check, Verdict.OK, seen)


def found(fault: str, seen: str) -> Finding:
    """A fault of the table, and what was seen of it."""
    check, verdict, means, todo = FAULTS[fault]
    return Finding(fault, check, Verdict(verdict), seen, means, todo)
