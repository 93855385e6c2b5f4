"""Pure: which local days a question is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from core.errors import UsageError


@dataclass(frozen=True, slots=True)
class Span:
    """Local days from ``first`` (None: since the beginning) to ``last``, both included."""

    first: date | None
    last: date

    def days(self, beginning: date) -> list[date]:
        """Every day, oldest first; ``beginning`` is where a span without a first day starts."""
        start = beginning if self.first is None else self.first
        return [start + timedelta(days=n) for n in range((self.last - start).days + 1)]


def last_days(count: int | None, today: date) -> Span:
    """Today and the days before it, ``count`` in all; None is everything."""
    return Span(None if count is None else today - timedelta(days=count - 1), today)


def between(since: str, until: str, today: date) -> Span:
    """``since`` and ``until`` as YYYY-MM-DD, empty for an open end. Raises UsageError for what is no such span."""
    first, last = _day(since), _day(until) or today
    if first is not None and first > last:
        raise UsageError("This time ends before it begins", f"{first} is after {last}. Change --since or --until.")
    return Span(first, last)


def midnight(day: date) -> float:
    """When a local day begins, in Unix seconds; summer time counts as the computer's clock says."""
    return datetime.combine(day, time()).astimezone().timestamp()


def local_day(at: float) -> date:
    """The local day of a moment in Unix seconds."""
    return datetime.fromtimestamp(at).astimezone().date()


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError("This is not a date", f'"{text}": write a day such as 2026-11-24.') from None
