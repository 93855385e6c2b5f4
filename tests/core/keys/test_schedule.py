"""Schedules: what people type, and when a key opens, through every change of the clocks."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.errors import UsageError
from core.keys import schedule
from core.keys.schedule import DAY_MINUTES, Schedule, parse
from core.model import Category, Key, KeyStatus, SecretState

ROOT = Path(__file__).parents[3]
BERLIN = ZoneInfo("Europe/Berlin")
KEY = Key(
    id="k1",
    label="One",
    account_id="a1",
    account="Sales",
    last4="0001",
    category=Category.ANY,
    status=KeyStatus.ACTIVE,
    paused=False,
    secret=SecretState.HELD,
    reason=None,
    retry_at=None,
    priority=100,
    position=1,
    last_used_at=None,
    added_at=datetime(2026, 11, 24, tzinfo=UTC),
)


def berlin(*when: int, fold: int = 0) -> datetime:
    return datetime(*when, tzinfo=BERLIN, fold=fold).astimezone(UTC)  # type: ignore[misc]  # mypy sees tzinfo as the third


def read(text: str) -> Schedule:
    found = parse(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("mon-fri 09:00-18:00", "mon-fri 09:00-18:00"),
        ("MON – FRI  9:00 - 18:00", "mon-fri 09:00-18:00"),
        ("from 2026-12-01", "from 2026-12-01"),
        ("mon,wed 22:00-02:00 from 2026-12-01 until 2026-12-31", "mon,wed 22:00-02:00 from 2026-12-01 until 2026-12-31"),
        ("Mondays, Wednesday", "mon,wed"),
        ("sat-mon 08:00-12:00, 13:00-00:00 Europe/Berlin", "mon,sat,sun 08:00-12:00,13:00-24:00 Europe/Berlin"),
        ("daily 22:00-06:00 to 2026-12-31 utc", "22:00-06:00 until 2026-12-31 UTC"),
    ],
)
def test_what_people_type_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert str(read(typed)) == kept


@pytest.mark.parametrize("typed", ["", "   "])
def test_nothing_is_always(typed: str) -> None:
    assert parse(typed) is None


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("mon-fry", "“mon-fry” is neither a day"),
        ("09:00-25:00", "not a time of a day"),
        ("24:00-02:00", "not a time of a day"),
        ("09:70-10:00", "not a time of a day"),
        ("09:00-10:00,x", "“x” is not a time"),
        ("09:00-09:00", "ends when it starts"),
        ("from", "after “from” comes a date"),
        ("until 2026-02-30", "after “until” comes a date"),
        ("mon tue", "it names days twice"),
        ("from 2026-12-02 until 2026-12-01", "ends before it begins"),
        ("mon Mars/Base", "Mars/Base"),
        ("../../etc/passwd", "or none for this computer's own"),
    ],
)
def test_what_is_not_understood_is_said_with_the_word_and_an_example(typed: str, why: str) -> None:
    with pytest.raises(UsageError, match="schedule is not understood|time zone is not known") as caught:
        parse(typed)
    assert why in caught.value.message
    assert "Europe/Berlin" in caught.value.message


@pytest.mark.parametrize(
    ("text", "at", "is_open"),
    [
        ("mon-fri 09:00-18:00 Europe/Berlin", (2026, 11, 24, 9, 0), True),
        ("mon-fri 09:00-18:00 Europe/Berlin", (2026, 11, 24, 8, 59), False),
        ("mon-fri 09:00-18:00 Europe/Berlin", (2026, 11, 24, 17, 59), True),
        ("mon-fri 09:00-18:00 Europe/Berlin", (2026, 11, 24, 18, 0), False),
        ("mon-fri 09:00-18:00 Europe/Berlin", (2026, 11, 28, 12, 0), False),
        ("wed 22:00-02:00 Europe/Berlin", (2026, 11, 25, 23, 0), True),
        ("wed 22:00-02:00 Europe/Berlin", (2026, 11, 26, 1, 59), True),  # Thursday morning belongs to Wednesday's window
        ("wed 22:00-02:00 Europe/Berlin", (2026, 11, 25, 1, 0), False),  # Tuesday has none
        ("22:00-02:00 until 2026-11-25 Europe/Berlin", (2026, 11, 26, 1, 0), True),
        ("22:00-02:00 until 2026-11-25 Europe/Berlin", (2026, 11, 26, 22, 0), False),
        ("from 2026-12-01 Europe/Berlin", (2026, 11, 30, 23, 59), False),
        ("from 2026-12-01 Europe/Berlin", (2026, 12, 1, 0, 0), True),
    ],
)
def test_a_window_is_open_from_its_start_until_just_before_its_end(text: str, at: tuple[int, ...], is_open: bool) -> None:
    assert read(text).open_at(berlin(*at)) is is_open


@pytest.mark.parametrize(
    ("text", "at", "opens"),
    [
        ("mon-fri 09:00-18:00", (2026, 11, 27, 18, 0), (2026, 11, 30, 9, 0)),
        ("mon-fri 09:00-18:00", (2026, 11, 27, 12, 0), (2026, 11, 27, 12, 0)),
        ("sat 22:00-02:00", (2026, 11, 29, 2, 0), (2026, 12, 5, 22, 0)),
        ("from 2027-12-01", (2026, 11, 29, 2, 0), (2027, 12, 1, 0, 0)),
        ("until 2026-11-01", (2026, 11, 29, 2, 0), None),
        # 29 March 2026: 02:00 becomes 03:00
        ("02:30-04:00", (2026, 3, 29, 1, 0), (2026, 3, 29, 3, 0)),
        ("sun 02:10-02:50", (2026, 3, 29, 1, 0), (2026, 4, 5, 2, 10)),
        ("02:10-02:50 from 2026-03-29 until 2026-03-29", (2026, 3, 1, 1, 0), None),
    ],
)
def test_the_next_opening_is_found(text: str, at: tuple[int, ...], opens: tuple[int, ...] | None) -> None:
    found = read(f"{text} Europe/Berlin").next_open(berlin(*at))
    assert found == (berlin(*opens) if opens else None)


def test_an_hour_that_comes_twice_counts_twice() -> None:
    """25 October 2026: after 02:59 comes 02:00 again."""
    early = read("02:00-02:30 Europe/Berlin")
    between = berlin(2026, 10, 25, 2, 40)
    assert not early.open_at(between)
    assert early.next_open(between) == berlin(2026, 10, 25, 2, 0, fold=1)
    assert early.open_at(berlin(2026, 10, 25, 2, 10, fold=1))


MINUTES = st.integers(0, DAY_MINUTES - 1)
WINDOW = st.tuples(MINUTES, st.integers(1, DAY_MINUTES)).filter(lambda pair: pair[0] != pair[1])
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Kolkata", "UTC"])
DATES = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    first, last = draw(st.none() | DATES), draw(st.none() | DATES)
    if first and last and first > last:
        first, last = last, first
    days = draw(st.frozensets(st.integers(0, 6), min_size=1))
    return Schedule(days, tuple(draw(st.lists(WINDOW, min_size=1, max_size=2))), first, last, draw(ZONES))


@given(schedules())
def test_every_schedule_reads_back_from_its_text(one: Schedule) -> None:
    assert parse(str(one)) == one


def first_open_minute(one: Schedule, now: datetime, until: datetime) -> datetime | None:
    """Tried minute by minute."""
    minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    while minute <= until:
        if one.open_at(minute):
            return minute
        minute += timedelta(minutes=1)
    return None


@settings(max_examples=40, deadline=None)
@given(schedules(), st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 20)), st.integers(0, 59))
@example(Schedule(windows=((150, 170),), zone="Europe/Berlin"), datetime(2026, 3, 28, 12), 0)
@example(Schedule(windows=((150, 240),), zone="Europe/Berlin"), datetime(2026, 3, 28, 12), 0)
@example(Schedule(windows=((120, 150),), zone="Europe/Berlin"), datetime(2026, 10, 25, 0, 40), 7)
@example(Schedule(windows=((140, 150),), zone="Europe/Berlin"), datetime(2026, 10, 25, 0, 45), 7)  # opens a second time
@example(Schedule(windows=((0, 30),), zone="America/Santiago"), datetime(2026, 9, 5, 12), 0)  # midnight is skipped there
@example(Schedule(windows=((105, 115),), zone="Australia/Lord_Howe"), datetime(2026, 4, 4, 12), 0)  # half an hour back
def test_the_next_opening_is_really_the_first(one: Schedule, naive: datetime, second: int) -> None:
    now = naive.replace(second=second, microsecond=0, tzinfo=UTC)
    found = one.next_open(now)
    if one.open_at(now):
        assert found == now
        return
    horizon = now + timedelta(days=9)
    assert first_open_minute(one, now, min(found, horizon) if found else horizon) == (
        found if found and found <= horizon else None
    )
    if found is not None:
        assert one.open_at(found)
        assert not one.open_at(found - timedelta(seconds=1))


def test_a_key_without_a_schedule_is_always_open() -> None:
    now = datetime(2026, 11, 24, 12, 0, 1, tzinfo=UTC)
    assert schedule.open_at(KEY, now)
    assert schedule.next_open(KEY, now) == now


def test_a_key_opens_by_its_schedule() -> None:
    key, noon = replace(KEY, schedule="mon-fri 09:00-11:00 UTC"), datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert not schedule.open_at(key, noon)
    assert schedule.open_at(key, noon - timedelta(hours=2))
    assert schedule.next_open(key, noon) == datetime(2026, 11, 25, 9, tzinfo=UTC)


def test_a_schedule_this_computer_cannot_read_keeps_the_key_shut() -> None:
    key, noon = replace(KEY, schedule="mon-fri Mars/Base"), datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert not schedule.open_at(key, noon)
    assert schedule.next_open(key, noon) is None


@pytest.mark.skipif(os.name != "posix", reason="the zone of a process is set by TZ on POSIX")
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_without_a_zone_the_computers_own_counts_with_its_summer_time(zone: str) -> None:
    code = textwrap.dedent(
        """
        import sys
        from datetime import UTC, datetime, timedelta
        from core.keys.schedule import parse
        own, named = parse("mon-fri 02:30-04:00"), parse("mon-fri 02:30-04:00 " + sys.argv[1])
        for day in range(0, 365):
            now = datetime(2026, 1, 1, 13, 7, tzinfo=UTC) + timedelta(days=day)
            assert own.open_at(now) == named.open_at(now), now
            assert own.next_open(now) == named.next_open(now), now
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", code, zone], cwd=ROOT, env={**os.environ, "TZ": zone}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
