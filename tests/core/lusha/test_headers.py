"""Nine headers, when to come back and the server's clock; garbage changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.lusha.headers import read_date, read_limits, read_retry_after
from core.lusha.reply import Limits, Window

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)


def test_all_nine_headers_are_read(example: Callable[[str], Any]) -> None:
    limits = read_limits(example("errors")["429_daily"]["headers"])
    assert limits == Limits(Window(50, 50, 0), Window(150, 150, 0), Window(1500, 0, 1500))


def test_what_is_missing_or_no_number_is_unknown() -> None:
    odd = {"x-rate-limit-daily": "many", "x-daily-requests-left": "-1", "x-daily-usage": "1.5", "x-minute-usage": " 3 "}
    assert read_limits(odd) == Limits(minute=Window(used=3))
    assert read_limits({"x-minute-usage": "9" * 5000, "x-hourly-usage": "²"}) == Limits()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "30"}, 30.0),
        ({"retry-after": "0"}, 0.0),
        ({"ratelimit-reset": "12"}, 12.0),
        ({"retry-after": "soon", "ratelimit-reset": "12"}, 12.0),
        ({"retry-after": "Mon, 23 Nov 2026 13:00:40 GMT"}, 40.0),
        ({"retry-after": "Mon, 23 Nov 2026 13:00:40 GMT", "date": "Mon, 23 Nov 2026 13:00:30 GMT"}, 10.0),
        ({"retry-after": "Mon, 23 Nov 2020 13:00:40 GMT"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "-5"}, None),
        ({}, None),
    ],
)
def test_when_to_come_back_is_seconds_or_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert read_retry_after(headers, NOW) == seconds


def test_the_servers_clock_is_read_in_utc() -> None:
    assert read_date({"date": "Mon, 23 Nov 2026 14:00:00 +0100"}) == NOW
    assert read_date({"date": "Mon, 23 Nov 2026 13:00:00"}) == NOW
    assert read_date({"date": "yesterday"}) is None
    assert read_date({}) is None


@given(st.text(max_size=40))
def test_no_header_text_ever_fails(text: str) -> None:
    seconds = read_retry_after({"retry-after": text, "date": text}, NOW)
    assert seconds is None or 0 <= seconds < timedelta.max.total_seconds() or seconds > 0
