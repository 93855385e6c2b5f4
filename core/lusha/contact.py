"""One contact of an answer as a `Person`: phones and e-mails cleaned, merged and in the order people want them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from core.lusha.lenient import Json, day, rows, table, text, yes_or_no
from core.model import Email, Person, Phone

_Listed = TypeVar("_Listed", Phone, Email)

_PHONE_ORDER = {"mobile": 0, "direct": 1, "work": 2, "phone": 3}
_EMAIL_ORDER = {"work": 0, "private": 2}  # words Lusha may add one day come between
_DIGITS = re.compile(r"\d+", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}")


def read_person(item: Json) -> Person:
    """Whatever can be read; a value of the wrong type is as good as none."""
    company, location = item.get("company"), table(item.get("location"))
    first, last = text(item.get("firstName")), text(item.get("lastName"))
    return Person(
        lusha_id=text(item.get("id")),
        full_name=text(item.get("fullName")) or f"{first} {last}".strip(),
        first_name=first,
        last_name=last,
        title=text(table(item.get("jobTitle")).get("title")) or text(item.get("jobTitle")),
        company=text(table(company).get("name")) or text(company),
        domain=text(table(company).get("domain")),
        linkedin=text(table(item.get("socialLinks")).get("linkedin")),
        country=_country(location.get("countryIso2")),
        phones=read_phones(item.get("phones")),
        emails=read_emails(item.get("emails")),
    )


def read_phones(value: object) -> tuple[Phone, ...]:
    """Mobile, direct, work, phone, then the rest; newest first within a type; one entry for each number."""
    merged: dict[str, Phone] = {}
    for phone in filter(None, map(_phone, rows(value))):
        same = _same_number(phone.number)
        merged[same] = _merged(merged[same], phone) if same in merged else phone
    return _ordered(merged.values(), _PHONE_ORDER)


def read_emails(value: object) -> tuple[Email, ...]:
    """Work first, private last; newest first within a type; one entry for each address."""
    merged: dict[str, Email] = {}
    for email in filter(None, map(_email, rows(value))):
        merged.setdefault(email.address.casefold(), email)
    return _ordered(merged.values(), _EMAIL_ORDER, middle=1)


def _phone(value: object) -> Phone | None:
    entry = table(value)
    number = text(entry.get("number")) or text(value)
    if not _DIGITS.search(number):
        return None
    return Phone(
        number,
        text(entry.get("type")).lower(),
        yes_or_no(entry.get("doNotCall")),
        day(entry.get("updateDate")),
        text(entry.get("dataSource")),
    )


def _email(value: object) -> Email | None:
    entry = table(value)
    address = text(entry.get("email")) or text(value)
    if "@" not in address:
        return None
    return Email(
        address,
        text(entry.get("type")).lower(),
        text(entry.get("confidence")),
        day(entry.get("updateDate")),
        text(entry.get("dataSource")),
    )


def _same_number(number: str) -> str:
    """The digits; 0044 and +44 are the same beginning."""
    return "".join(_DIGITS.findall(number)).removeprefix("00")


def _merged(first: Phone, again: Phone) -> Phone:
    """The first spelling and type stay; do not call if either entry says so; the newer date."""
    flags = (first.do_not_call, again.do_not_call)
    flag = True if True in flags else False if False in flags else None
    return replace(
        first,
        type=first.type or again.type,
        do_not_call=flag,
        updated=max(first.updated, again.updated),
        source=first.source or again.source,
    )


def _ordered(values: Iterable[_Listed], order: dict[str, int], middle: int = 9) -> tuple[_Listed, ...]:
    newest_first = sorted(values, key=lambda one: one.updated, reverse=True)
    return tuple(sorted(newest_first, key=lambda one: order.get(one.type, middle)))


def _country(value: object) -> str:
    code = text(value).upper()
    return code if _COUNTRY.fullmatch(code) else ""
