"""Worksheet functions: what is known already about a person. They read the local results and nothing else.

A recalculation runs them again, so they can neither ask Lusha nor open the key store. Windows only: xlwings has none on
other systems. Their wrappers are in the workbook already (addin/vba/xlwings_udfs.bas, made by addin/build/wrappers.py).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import xlwings as xw

from core import words
from core.database import Database
from core.engine.screening import NOBODY as NO_LIST
from core.engine.screening import Screen, Screening
from core.model import Kind, Prospect, RowStatus
from core.results.person import clean_email, clean_linkedin, fingerprint, identity
from core.results.store import Known, Outcome, ResultStore
from core.results.suppression import Suppressions
from core.settings import Settings, load
from core.sheets.columns import phone_text

NOT_YET = "not looked up yet"
NOBODY = ""
_ON_THE_LIST = words.STATUS[RowStatus.DO_NOT_CONTACT]
Cells = list[list[Any]]  # as Excel gives a range: rows of values
_func: Callable[..., Callable[[Callable[[Cells], list[list[str]]]], Callable[[Cells], list[list[str]]]]] = xw.func
_arg: Callable[..., Callable[[Callable[[Cells], list[list[str]]]], Callable[[Cells], list[list[str]]]]] = xw.arg
_WHO = "LinkedIn URL or e-mail address of the person, or a range of them"


@_func(category="LushaEnrich", call_in_wizard=False)
@_arg("person", doc=_WHO, ndim=2)
def LUSHA_PHONE(person: Cells) -> list[list[str]]:  # noqa: N802  the name in formulas
    """The first phone number known for this person; never asks Lusha and costs nothing."""
    return _each(person, {Kind.PHONES}, _phone)


@_func(category="LushaEnrich", call_in_wizard=False)
@_arg("person", doc=_WHO, ndim=2)
def LUSHA_EMAIL(person: Cells) -> list[list[str]]:  # noqa: N802
    """The first e-mail address known for this person; never asks Lusha and costs nothing."""
    return _each(person, {Kind.EMAILS}, _email)


@_func(category="LushaEnrich", call_in_wizard=False)
@_arg("person", doc=_WHO, ndim=2)
def LUSHA_STATUS(person: Cells) -> list[list[str]]:  # noqa: N802
    """What is known about this person, such as "Found" or "not looked up yet"; never asks Lusha."""
    return _each(person, set(Kind), _status)


def _each(cells: Cells, kinds: set[Kind], say: Callable[[list[Known]], str]) -> list[list[str]]:
    """A text for every cell, in the shape of the range; one look into the store for all of them."""
    people = [[_who(value) for value in row] for row in cells]
    known, screen = _known([_print(who) for row in people for who in row if _print(who)], frozenset(kinds))

    def told(who: Prospect) -> str:
        if not (one := _print(who)):
            return NOBODY
        if screen.prospect(who) is not None:
            return _ON_THE_LIST
        return say([screen.known(known[one, kind]) for kind in sorted(kinds) if (one, kind) in known])

    return [[told(who) for who in row] for row in people]


def _who(value: object) -> Prospect:
    text = value if isinstance(value, str) else ""
    return Prospect(linkedin=clean_linkedin(text).url, email=clean_email(text))


def _print(who: Prospect) -> str:
    """The fingerprint of a person; "" when the cell names nobody."""
    named = identity(who)
    return fingerprint(named) if named else ""


def _known(prints: list[str], kinds: frozenset[Kind]) -> tuple[dict[tuple[str, Kind], Known], Screen]:
    """What is known of these people, and the do-not-contact list."""
    settings: Settings = load(os.environ)
    if not prints or not settings.database.exists():
        return {}, NO_LIST
    with Database(settings.database) as db:
        store = ResultStore(db, time.time, found_days=settings.found_days, not_found_days=settings.not_found_days)
        return store.known(prints, kinds), Screening(Suppressions(db)).whole()


def _phone(known: list[Known]) -> str:
    phones = [phone for one in known if one.person for phone in one.person.phones]
    return phone_text(phones[0].number) if phones else _status(known)


def _email(known: list[Known]) -> str:
    emails = [email for one in known if one.person for email in one.person.emails]
    return emails[0].address if emails else _status(known)


def _status(known: list[Known]) -> str:
    outcomes = {one.outcome for one in known}
    if outcomes & {Outcome.RESTRICTED, Outcome.WITHHELD}:
        return _ON_THE_LIST
    if Outcome.FOUND in outcomes:
        return words.STATUS[RowStatus.FOUND]
    return words.STATUS[RowStatus.NOT_FOUND] if outcomes else NOT_YET
