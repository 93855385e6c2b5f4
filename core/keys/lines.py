"""Lines of keys as people paste or import them: ``key``, ``label,key`` or ``label,key,account``."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from core.model import Category
from core.secret import Secret, clean_secret, is_practice_key, looks_like_key

PRIORITY = 100  # of a key nobody said more about
_HEADERS = {"key", "api key", "api_key", "apikey", "secret"}
_SEPARATORS = "\t;,"
_KEY_ONLY, _WITH_LABEL, _WITH_ACCOUNT = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Line:
    """One usable line; ``number`` counts from 1."""

    number: int
    secret: Secret = field(repr=False)
    label: str = ""
    account: str = ""
    category: Category = Category.ANY
    priority: int = PRIORITY
    schedule: str = ""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that cannot be used and why, without a character of it."""

    number: int
    reason: str


def read_lines(lines: Iterable[str], *, origin: str, anyway: bool = False) -> Iterator[Line | Malformed]:
    """Every line that says something. ``anyway`` accepts keys that do not look like one, never for practice."""
    for number, text in enumerate(lines, 1):
        if not text.strip() or (number == 1 and _is_header(text)):
            continue
        yield _line(number, text, origin, anyway=anyway)


def wrong_shape(plain: str, *, origin: str, anyway: bool = False) -> str:
    """Why a cleaned key cannot be used here, or nothing. Practice keys never meet Lusha, nor real ones practice."""
    if origin == "practice":
        return "" if is_practice_key(plain) else "This is not a practice key; real keys are never used in practice."
    if is_practice_key(plain):
        return "This is a practice key; it works with the practice server only."
    if looks_like_key(plain) or (anyway and plain.isascii() and plain.isprintable() and plain):
        return ""
    return "This does not look like a Lusha key (36 characters, like 1b4e28ba-2fa1-41d2-883f-0016d3cca427)."


def _line(number: int, text: str, origin: str, *, anyway: bool) -> Line | Malformed:
    fields = _fields(text)
    if len(fields) > _WITH_ACCOUNT:
        return Malformed(number, "There are more than three values: write label, key, account.")
    place = 0 if len(fields) == _KEY_ONLY else 1
    plain = clean_secret(fields[place])
    problem = wrong_shape(plain, origin=origin, anyway=anyway)
    if problem:
        return Malformed(number, problem)
    others = [one for one in fields if one is not fields[place]]
    if any(looks_like_key(clean_secret(one)) for one in others):
        return Malformed(number, "A label or an account may not be a key.")
    return Line(
        number,
        Secret(plain),
        fields[0] if len(fields) >= _WITH_LABEL else "",
        fields[2] if len(fields) == _WITH_ACCOUNT else "",
    )


def _fields(text: str) -> list[str]:
    """The values of a line, by the first separator there is; a single value keeps its whole text."""
    found = [mark for mark in _SEPARATORS if mark in text]
    values = next(csv.reader([text], delimiter=found[0], skipinitialspace=True), [text]) if found else [text]
    values = [value.strip() for value in values]
    while len(values) > 1 and not values[-1]:
        values.pop()
    return values


def _is_header(text: str) -> bool:
    return any(value.casefold() in _HEADERS for value in _fields(text))
