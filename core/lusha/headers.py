"""What the headers of an answer say: request windows, when to come back, and the server's clock. Garbage is ignored."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from core.lusha.reply import Limits, Window

_MOST_DIGITS = 12
_MOST_S = 366 * 86_400.0
_YEARS = range(2000, 2101)


def read_limits(headers: Mapping[str, str]) -> Limits:
    """The nine ``x-...`` headers; a missing or non-numeric one is None. ``headers`` is looked up in lower case."""
    return Limits(_window(headers, "minute"), _window(headers, "hourly"), _window(headers, "daily"))


def read_date(headers: Mapping[str, str]) -> datetime | None:
    """The server's time in UTC."""
    return _http_date(headers.get("date", ""))


def read_retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait, from 0 to a year: ``Retry-After`` (seconds or a date), else ``RateLimit-Reset`` (seconds).

    A date counts from the server's own clock, or from ``now`` when the answer has no Date.
    """
    for name in ("retry-after", "ratelimit-reset"):
        value = headers.get(name, "").strip()
        seconds = _seconds(value)
        if seconds is not None:
            return seconds
        at = _http_date(value)
        if at is not None:
            return min(_MOST_S, max(0.0, (at - (read_date(headers) or now)).total_seconds()))
    return None


def _window(headers: Mapping[str, str], name: str) -> Window:
    names = (f"x-rate-limit-{name}", f"x-{name}-requests-left", f"x-{name}-usage")
    limit, left, used = (_count(headers.get(header, "")) for header in names)
    return Window(limit, left, used)


def _count(value: str) -> int | None:
    bare = value.strip()
    return int(bare) if bare.isascii() and bare.isdigit() and len(bare) <= _MOST_DIGITS else None


def _seconds(value: str) -> float | None:
    try:
        read = float(value)
    except ValueError:
        return None
    return min(read, _MOST_S) if math.isfinite(read) and read >= 0 else None


def _http_date(value: str) -> datetime | None:
    try:
        read = parsedate_to_datetime(value)
        if read.year not in _YEARS:
            return None
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
