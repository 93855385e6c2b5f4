"""What the stored state of a key looks like: one word, one shape, one tone, and the line under it. Pure, no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core import words
from core.keys import schedule
from core.model import Category, Key, KeyStatus, Reason, SecretState


class Shape(StrEnum):
    """Drawn in the badge, so that the colour is never alone."""

    DISC = "disc"
    PIE = "pie"
    TRIANGLE = "triangle"
    BARS = "bars"
    SQUARE = "square"
    DIAMOND = "diamond"
    RING = "ring"
    DOTS = "dots"
    MOON = "moon"


@dataclass(frozen=True, slots=True)
class Look:
    """``yours``: nothing happens until the person acts; such badges are solid."""

    word: str
    shape: Shape
    tone: str
    yours: bool = False


READY = Look("Ready", Shape.DISC, "ready")
RESTING = Look("Resting", Shape.PIE, "resting")
USED_UP = Look("Used up", Shape.TRIANGLE, "exhausted")
PAUSED = Look("Paused", Shape.BARS, "paused")
INVALID = Look("Invalid", Shape.SQUARE, "invalid", yours=True)
PLAN_LIMIT = Look("Plan limit", Shape.DIAMOND, "plan", yours=True)
MISSING = Look("Missing", Shape.RING, "missing", yours=True)
OFF_HOURS = Look("Off hours", Shape.MOON, "paused")
SAVING = Look("Saving", Shape.DOTS, "paused")
REMOVING = Look("Removing", Shape.DOTS, "paused")
LOOKS = (READY, OFF_HOURS, RESTING, USED_UP, PAUSED, INVALID, PLAN_LIMIT, MISSING, SAVING, REMOVING)
OUT = frozenset({RESTING.word, USED_UP.word})

_SECRET = {SecretState.PENDING: SAVING, SecretState.DELETING: REMOVING, SecretState.MISSING: MISSING}
_SHORT = frozenset({Reason.MINUTE, Reason.HOUR, Reason.UNKNOWN, Reason.SERVER})
_WHY = {
    Reason.MINUTE: "minute limit",
    Reason.HOUR: "hour limit",
    Reason.DAY: "day limit",
    Reason.UNKNOWN: "asked too fast",
    Reason.CREDITS: "no credits left",
    Reason.CAP: "its own cap at Lusha",
    Reason.TRIAL: "trial ended",
    Reason.SERVER: "trouble at Lusha",
    Reason.REFUSED: "refused by Lusha",
    Reason.FORMAT: "refused: wrong form",
    Reason.ACCOUNT_OFF: "account switched off",
    Reason.V3_OFF: "no V3 access",
    Reason.PLAN: "needs your choice",
}
WORD_OF_CATEGORY = {
    Category.PHONE_ONLY: ("Phone", "phone"),
    Category.EMAIL_ONLY: ("Email", "mail"),
    Category.ANY: ("Both", "zap"),
}


def look(key: Key, now: datetime) -> tuple[Look, str]:
    """The badge of a key and the line under it: whichever of its three owners has the strongest say, then its schedule."""
    shown, note = _look(key, now)
    if key.schedule and shown is READY and not schedule.open_at(key, now):
        return OFF_HOURS, hours_words(schedule.next_open(key, now), now)
    return shown, note or (key.schedule if shown is READY else "")


def hours_words(opens: datetime | None, now: datetime) -> str:
    """``from Mon 09:00``, ``its time is over``."""
    return words.off_hours(opens, now).removeprefix("Off hours, ")


def _look(key: Key, now: datetime) -> tuple[Look, str]:
    if key.secret in _SECRET:
        return _SECRET[key.secret], "enter it again" if key.secret is SecretState.MISSING else ""
    if key.paused:
        return PAUSED, ""
    match key.status:
        case KeyStatus.INVALID:
            return INVALID, _WHY.get(key.reason, "refused by Lusha") if key.reason else "refused by Lusha"
        case KeyStatus.PLAN_LIMIT:
            return PLAN_LIMIT, _WHY.get(key.reason, "needs your choice") if key.reason else "needs your choice"
        case KeyStatus.EXHAUSTED:
            return _exhausted(key, now)
        case KeyStatus.ACTIVE:
            return _active(key, now)


def status_word(stored: str) -> str:
    """A status of the audit trail; what it was out for is another column."""
    known = {KeyStatus.ACTIVE: READY.word, KeyStatus.EXHAUSTED: "Out", KeyStatus.INVALID: INVALID.word}
    return known.get(KeyStatus(stored), PLAN_LIMIT.word) if stored in set(KeyStatus) else stored


def reason_word(stored: str) -> str:
    """A reason of the audit trail, as the line under a badge has it."""
    return _WHY[Reason(stored)] if stored in set(Reason) else stored.replace("_", " ")


def waits(key: Key) -> bool:
    """Whether the look of this key changes by the clock alone."""
    return key.retry_at is not None or bool(key.schedule)


def _exhausted(key: Key, now: datetime) -> tuple[Look, str]:
    if key.retry_at is not None and key.retry_at <= now:
        return READY, "will be tried again"
    why = _WHY[key.reason] if key.reason else "limit reached"
    if key.reason in _SHORT and key.retry_at is not None:
        return RESTING, f"{why}, {back(key.retry_at, now)}"
    if key.retry_at is None:
        return USED_UP, f"{why}, no reset time known" if key.reason is Reason.UNKNOWN else why
    return USED_UP, f"{why}, {back(key.retry_at, now)}"


def _active(key: Key, now: datetime) -> tuple[Look, str]:
    if key.retry_at is None or key.retry_at <= now:
        return READY, ""
    why = _WHY[key.reason] if key.reason else "no answer"
    return RESTING, f"{why}, {back(key.retry_at, now)}"


def back(at: datetime, now: datetime) -> str:
    """Under 90 s in seconds, under an hour in minutes, today the time, later the day."""
    left = (at - now).total_seconds()
    if left <= 90:
        return f"{max(1, round(left))} s"
    if left < 3600:
        return f"{round(left / 60)} min"
    local, today = at.astimezone(), now.astimezone().date()
    return f"back {local:%H:%M}" if local.date() == today else f"back {local.day} {local:%b}"


def ago(at: datetime | None, now: datetime) -> str:
    """``Just now``, ``2 min ago``, ``Never``."""
    if at is None:
        return "Never"
    seconds = max(0.0, (now - at).total_seconds())
    for limit, unit, word in ((50, 1, ""), (3570, 60, "min"), (84_600, 3600, "h")):
        if seconds < limit:
            return f"{max(1, round(seconds / unit))} {word} ago" if word else "Just now"
    return f"{max(1, round(seconds / 86_400))} d ago"


def when(at: datetime, now: datetime) -> str:
    """A moment in a list: ``Today 14:02``, ``Yesterday 09:40``, ``18 Nov 09:40``."""
    local, today = at.astimezone(), now.astimezone().date()
    if local.date() == today:
        return f"Today {local:%H:%M}"
    if local.date() == today - timedelta(days=1):
        return f"Yesterday {local:%H:%M}"
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local.day} {local:%b}{year} {local:%H:%M}"
