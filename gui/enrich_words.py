"""What the page of a run says: the step lines with their time, and what came of it."""

from __future__ import annotations

from datetime import datetime

from core import words
from core.board import Group
from core.engine.steps import lines
from core.enriching import apart
from gui.files import Outcome

SAFE = "Every answer is saved before it is written: stopping loses nothing."


def headline(outcome: Outcome) -> str:
    """The sentence that stands first. Rows that were left by a stop, or to be asked about, have not failed."""
    result, counts = outcome.result, outcome.counts
    if result.stopped or not outcome.left:
        return result.message
    rows = len(result.answers)
    found, failed = counts.get(Group.FOUND, 0), counts.get(Group.FAILED, 0)
    return f"{rows - outcome.left:,} of {rows:,} rows done: {found:,} found, {failed:,} failed"


def stamped(event: object) -> list[str]:
    now = f"{datetime.now().astimezone():%H:%M:%S}"
    try:
        return [f"{now}  {line}" for line in lines(event)]  # type: ignore[arg-type]
    except AssertionError:  # an event of a newer core
        return []


def after(outcome: Outcome) -> str:
    if outcome.trouble is not None:
        return f"{outcome.trouble.title}. {outcome.trouble.message} The answers are safe."
    parts = []
    if outcome.report is not None:
        name = outcome.report.path.name
        parts.append(f"Written: {name}." if outcome.report.changed else words.nothing_changed(name))
        if outcome.report.backup is not None:
            parts.append(f"The old file is kept: {outcome.report.backup.name}.")
        parts += outcome.report.notes
    parts.append(words.apart(apart(outcome.result.answers)))
    if outcome.left_alone:
        parts.append(words.left_alone(outcome.left_alone))
    return " ".join(filter(None, parts))
