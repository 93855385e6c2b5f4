"""Reading JSON nobody promised: every getter gives a usable value or an empty one, and never fails."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TypeAlias

import msgspec

Json: TypeAlias = dict[str, object]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NOT_SHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_INVISIBLE = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]")  # they turn or hide text
_LONGEST = 2_000  # characters of one value; real ones stay far below
_MOST = 1e12  # beyond any count of credits, requests or seconds; larger numbers break dates and the database
_YEARS = range(2000, 2101)


def parse(body: bytes) -> object | None:
    """The JSON value in ``body``, None when there is none or it is nested beyond reason."""
    try:
        decoded: object = msgspec.json.decode(body)
    except (ValueError, RecursionError):  # DecodeError is one; so is UnicodeDecodeError, for a stray byte in a text
        return _second_try(body)
    return decoded


def table(value: object) -> Json:
    """``value`` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def rows(value: object) -> list[object]:
    """``value`` if it is a list, else an empty one: absent, null and [] mean the same."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """A text or number as one line, at most 2,000 characters; anything else is empty.

    Control characters and marks that turn the direction of writing are taken out: they could make a number or an
    address look like another one.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    if isinstance(value, int) and value.bit_length() > _LONGEST:
        return ""
    whole = str(value)[:_LONGEST]
    if whole.isascii() and whole.isprintable():
        return whole.strip()
    whole = whole.encode("utf-8", "replace").decode()
    return _NOT_SHOWN.sub(" ", _INVISIBLE.sub("", whole)).strip()


def number(value: object) -> float | None:
    """A number from 0 to 1e12, also when written as text; else None."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        read = float(value)
    except (ValueError, OverflowError):
        return None
    return read if 0 <= read <= _MOST else None


def whole(value: object) -> int | None:
    """As `number`, cut to a whole number."""
    read = number(value)
    return None if read is None else int(read)


def yes_or_no(value: object) -> bool | None:
    """True or false, also as a word; everything else, null included, is "not said"."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def day(value: object) -> str:
    """The date of a date or a timestamp as YYYY-MM-DD, else empty."""
    start = text(value)[:10]
    return start if _DAY.fullmatch(start) and start.isascii() else ""


def moment(value: object) -> datetime | None:
    """An ISO 8601 timestamp of this century; without an offset it is taken as UTC."""
    try:
        read = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    if read.year not in _YEARS:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _second_try(body: bytes) -> object | None:
    try:  # half an emoji, NaN or a byte order mark must not cost a whole answer that was paid for
        value: object = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return None
    return value
