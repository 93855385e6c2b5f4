"""Pure: when a key may be used, as people type it.

``mon-fri 09:00-18:00`` · ``mon,wed 22:00-02:00`` · ``from 2026-12-01 until 2026-12-31`` · ``sat,sun Europe/Berlin``

What the clock on the wall shows decides, in the computer's time zone or in the one named at the end. A window that
crosses midnight belongs to the day it starts on. When clocks are put forward the skipped time simply does not come;
when they are put back a time that comes twice counts twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.errors import UsageError
from core.model import Key

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
_LOOK_AHEAD = 16  # days: the next week's window, should this week's fall into the hour that clocks skip
_STEP = timedelta(hours=6)  # no zone changes its clocks twice within it
_EVERY_DAY = frozenset(range(7))
_NAMES = {name: number for number, day in enumerate(DAYS) for name in (day, f"{day}s")} | {
    name: number
    for number, full in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
    for name in (full, f"{full}s")
}
_SAID = {"days": "days", "windows": "times", "first": "a first day", "last": "a last day", "zone": "a time zone"}
_TIMES = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DASHES = re.compile("\\s*[-\u2010-\u2015\u2212]\\s*")
_EXAMPLES = "Write for example mon-fri 09:00-18:00, mon,wed 22:00-02:00 from 2026-12-01 until 2026-12-31, sat,sun Europe/Berlin."


@dataclass(frozen=True, slots=True)
class Schedule:
    """``days`` are 0 (Monday) to 6; ``windows`` pairs of minutes after midnight, an end before its start is tomorrow's.

    ``first`` and ``last`` are the days a window may start on, both included. ``zone`` empty: the computer's own.
    """

    days: frozenset[int] = _EVERY_DAY
    windows: tuple[tuple[int, int], ...] = ((0, DAY_MINUTES),)
    first: date | None = None
    last: date | None = None
    zone: str = ""

    def open_at(self, now: datetime) -> bool:
        """Whether the key may be used at ``now`` (aware)."""
        wall = now.astimezone(_zone(self.zone))
        minute, today = wall.hour * 60 + wall.minute, wall.date()
        return any(
            (self._starts_on(today) and start <= minute and (minute < end or end <= start))
            or (end <= start and minute < end and self._starts_on(today - timedelta(days=1)))
            for start, end in self.windows
        )

    def next_open(self, now: datetime) -> datetime | None:
        """The first moment from ``now`` on (aware, UTC) at which it is open; None when that never comes again."""
        if self.open_at(now):
            return now.astimezone(UTC)
        return min((at for at in self._moments(now) if at > now and self.open_at(at)), default=None)

    def _starts_on(self, day: date) -> bool:
        return day.weekday() in self.days and (self.first or day) <= day <= (self.last or day)

    def _moments(self, now: datetime) -> Iterator[datetime]:
        """All moments at which it can open: a window's start comes, or the clock jumps into a window."""
        zone = _zone(self.zone)
        day = now.astimezone(zone).date()
        begin = max(day, self.first or day) - timedelta(days=1)
        for ahead in range(_LOOK_AHEAD):
            day = begin + timedelta(days=ahead)
            for start, _end in self.windows if self._starts_on(day) else ():
                wall = datetime.combine(day, time(start // 60, start % 60))
                yield from {_instant(wall.replace(fold=fold), zone) for fold in (0, 1)}
        yield from _jumps(_instant(datetime.combine(begin, time()), zone), zone)

    def __str__(self) -> str:
        """The text in its shortest form; `parse` reads it back to an equal schedule."""
        parts = []
        if self.days != _EVERY_DAY:
            parts.append(_days_text(self.days))
        if self.windows != ((0, DAY_MINUTES),):
            parts.append(",".join(f"{_clock(start)}-{_clock(end)}" for start, end in self.windows))
        if self.first:
            parts.append(f"from {self.first}")
        if self.last:
            parts.append(f"until {self.last}")
        return " ".join([*parts, self.zone] if self.zone else parts)


def parse(text: str) -> Schedule | None:
    """The schedule a person typed; None for nothing, which is always. UsageError says which word is not understood."""
    plain = _DASHES.sub("-", text.strip()).replace(", ", ",").split()
    words = [word if "/" in word else word.casefold() for word in plain]
    if not words:
        return None
    fields: dict[str, object] = {}
    while words:
        name, value = _taken(words, text)
        if name in fields:
            raise _not_understood(text, f"it names {_SAID[name]} twice; put them together with commas")
        fields[name] = value
    return _sensible(Schedule(**fields), text)  # type: ignore[arg-type]  # _taken gives each field its own type


def open_at(key: Key, now: datetime) -> bool:
    """Whether the schedule of ``key`` lets it be used at ``now``; one this computer cannot read does not."""
    read = _kept(key.schedule)
    return read is None or (isinstance(read, Schedule) and read.open_at(now))


def next_open(key: Key, now: datetime) -> datetime | None:
    """When ``key`` may next be used by its schedule; None for never again, or one this computer cannot read."""
    read = _kept(key.schedule)
    if read is None:
        return now.astimezone(UTC)
    return read.next_open(now) if isinstance(read, Schedule) else None


@lru_cache(maxsize=512)
def _kept(text: str) -> Schedule | UsageError | None:
    """A stored text, read once; it was checked when it was stored, but maybe on a computer that knows more time zones."""
    try:
        return parse(text)
    except UsageError as error:
        return error


def _taken(words: list[str], text: str) -> tuple[str, object]:
    """The first word or two as a field of `Schedule`, taken off ``words``."""
    word = words.pop(0)
    if word in {"from", "until", "to", "till"}:
        return "first" if word == "from" else "last", _date(words.pop(0) if words else "", word, text)
    if _TIMES.match(word):
        return "windows", tuple(_window(part, text) for part in word.split(","))
    if word in {"daily", "everyday"}:
        return "days", _EVERY_DAY
    if "/" in word or word == "utc":
        return "zone", _known_zone("UTC" if word == "utc" else word)
    return "days", frozenset(day for part in word.split(",") for day in _days(part, text))


def _date(word: str, after: str, text: str) -> date:
    try:
        if _DATE.fullmatch(word):
            return date.fromisoformat(word)
    except ValueError:
        pass
    raise _not_understood(text, f"after “{after}” comes a date like 2026-12-01")


def _window(part: str, text: str) -> tuple[int, int]:
    found = _TIMES.fullmatch(part)
    if not found:
        raise _not_understood(text, f"“{part}” is not a time like 09:00-18:00")
    start, end = (int(found[n]) * 60 + int(found[n + 1]) for n in (1, 3))
    if int(found[2]) > 59 or int(found[4]) > 59 or start >= DAY_MINUTES or end > DAY_MINUTES:
        raise _not_understood(text, f"“{part}” is not a time of a day")
    if start == end:
        raise _not_understood(text, f"“{part}” ends when it starts")
    return start, DAY_MINUTES if end == 0 else end


def _days(part: str, text: str) -> Iterator[int]:
    ends = [_NAMES.get(name) for name in part.split("-")]
    match ends:
        case [int() as day]:
            yield day
        case [int() as first, int() as last]:
            yield from ((first + n) % 7 for n in range((last - first) % 7 + 1))
        case _:
            raise _not_understood(text, f"“{part}” is neither a day, a time, a date nor a time zone")


def _sensible(schedule: Schedule, text: str) -> Schedule:
    if schedule.first and schedule.last and schedule.first > schedule.last:
        raise _not_understood(text, "it ends before it begins")
    return schedule


def _known_zone(name: str) -> str:
    try:
        return str(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            "This time zone is not known here", f"“{name}”: write one like Europe/Berlin, or none for this computer's own."
        ) from None


def _zone(name: str) -> tzinfo | None:
    """None is the computer's own zone, to all of datetime's methods."""
    return ZoneInfo(name) if name else None


def _instant(wall: datetime, zone: tzinfo | None) -> datetime:
    return wall.replace(tzinfo=zone).astimezone(UTC)


def _jumps(begin: datetime, zone: tzinfo | None) -> Iterator[datetime]:
    """The moments, to the second, from which the zone's clocks show another offset than just before."""
    early = begin
    while early < begin + timedelta(days=_LOOK_AHEAD):
        late = early + _STEP
        if _offset(early, zone) != _offset(late, zone):
            yield _jump_between(early, late, zone)
        early = late


def _jump_between(early: datetime, late: datetime, zone: tzinfo | None) -> datetime:
    before = _offset(early, zone)
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        early, late = (middle, late) if _offset(middle, zone) == before else (early, middle)
    return late


def _offset(at: datetime, zone: tzinfo | None) -> timedelta | None:
    return at.astimezone(zone).utcoffset()


def _days_text(days: frozenset[int]) -> str:
    """``mon-fri``, ``mon,wed``: runs of three or more days are drawn together."""
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(f"{DAYS[run[0]]}-{DAYS[run[-1]]}" if len(run) > 2 else ",".join(DAYS[day] for day in run) for run in runs)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _not_understood(text: str, why: str) -> UsageError:
    return UsageError("This schedule is not understood", f"“{text.strip()}”: {why}. {_EXAMPLES}")
