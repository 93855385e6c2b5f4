"""The step log: each event of a run as the lines a person reads, on a terminal, in the window and in the log file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import assert_never

from core import words
from core.engine.events import Event, JobStarted, KeyMarked, KeySkipped, KeySucceeded, KeyTrying, Progress, RowDone, Waiting
from core.model import KeyStatus


def lines(event: Event) -> list[str]:
    """The lines of the step log for one event."""
    match event:
        case JobStarted():
            return [words.starting(event.keys, event.kinds)] if event.to_send else []
        case KeyTrying():
            return [words.trying(event.ordinal, event.of, event.last4)]
        case KeyMarked():
            return _marked(event)
        case KeySucceeded():
            return [words.success(event.last4)]
        case KeySkipped():
            return [f"Key (...{event.last4}) is skipped: {event.why}."]
        case Waiting():
            return [event.why]
        case RowDone() | Progress():
            return []
        case _:
            assert_never(event)


def _marked(event: KeyMarked) -> list[str]:
    reason = words.why(event.reason, event.last4, event.account, event.retry_at, datetime.now(UTC))
    if event.status is KeyStatus.ACTIVE:
        return [reason]
    return [*words.switching(event.last4, event.http, event.status.value), reason]
