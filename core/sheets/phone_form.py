"""How a number is shown in a cell; what is stored stays as Lusha sent it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

PhoneForm = Literal["as_received", "e164", "international", "national"]

_FORMATTING = re.compile(r"[\s.()\[\]\-\u00a0\u2010-\u2015\u202f\u2212]")


def bare(number: str) -> str:
    """A number without blanks, dots, dashes and brackets; a "+" is never invented."""
    return _FORMATTING.sub("", number)


def shown(number: str, form: str = "as_received") -> str:
    """The number in the form that was chosen.

    Only a number with its country code ("+...") can be written in another form; all others, and those no country uses,
    are shown as received: a country code is never guessed.
    """
    plain = bare(number)
    return plain if form == "as_received" or not plain.startswith("+") else _formatted(plain, form)


@lru_cache(maxsize=10_000)
def _formatted(plain: str, form: str) -> str:
    import phonenumbers  # noqa: PLC0415  its tables of all countries take a while; most people never need them

    styles = {
        "e164": phonenumbers.PhoneNumberFormat.E164,
        "international": phonenumbers.PhoneNumberFormat.INTERNATIONAL,
        "national": phonenumbers.PhoneNumberFormat.NATIONAL,
    }
    try:
        parsed = phonenumbers.parse(plain)
    except phonenumbers.NumberParseException:
        return plain
    if not phonenumbers.is_possible_number(parsed):
        return plain
    return str(phonenumbers.format_number(parsed, styles[form]))
