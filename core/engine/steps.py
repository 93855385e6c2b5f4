"""The step log: each event of a run as the lines a person reads, on a terminal, in the window and in the log file."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import assert_never

from core import words
from core.engine.events import (
    Alert,
    Event,
    JobStarted,
    KeyBack,
    KeyMarked,
    KeySkipped,
    KeySucceeded,
    KeyTrying,
    PoolResting,
    Progress,
    RowDone,
    Tick,
    Waiting,
)
from core.model import KeyStatus


def lines(event: Event) -> list[str]:
    """The lines of the step log for one event."""
    match event:
        case JobStarted():
            return [words.starting(event.keys, event.kinds)] if event.to_send else []
        case KeyTrying() | KeyMarked() | KeySucceeded() | KeySkipped() | KeyBack():
            return _of_key(event)
        case PoolResting():
            return [words.pool_resting(event.until, datetime.now(UTC))]
        case Waiting():
            return [event.why]
        case Alert():
            return [event.text]
        case RowDone() | Progress() | Tick():
            return []
        case _:
            assert_never(event)


def _of_key(event: KeyTrying | KeyMarked | KeySucceeded | KeySkipped | KeyBack) -> list[str]:
    match event:
        case KeyTrying():
            return [words.trying(event.ordinal, event.of, event.last4)]
        case KeyMarked():
            return _marked(event)
        case KeySucceeded():
            return [words.success(event.last4)]
        case KeySkipped():
            return [f"Key (...{event.last4}) is skipped: {event.why}."]
        case KeyBack():
            return [words.key_back(event.last4, event.why)]
        case _:
            assert_never(event)


def _marked(event: KeyMarked) -> list[str]:
    reason = words.why(event.reason, event.last4, event.account, event.retry_at, datetime.now(UTC))
    if event.status is KeyStatus.ACTIVE or event.http == HTTPStatus.OK:  # a window that a good answer left empty
        return [reason]
    return [*words.switching(event.last4, event.http, event.status.value), reason]
