"""Pure: where an answer came from and what Lusha said of each number, as text; and numbers that are left out by choice."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from core import words
from core.model import Answer, Kind

SOURCE, FLAG = "Source", " do not call"
_WORD: Mapping[bool | None, str] = {True: "Yes", False: "No", None: "Unknown"}
_FLAG_TEXT = re.compile(r"(?:Yes|No|Unknown)(?:, \d{4}-\d\d-\d\d)?")


def cells(answer: Answer, names: Sequence[str]) -> dict[str, str]:
    """The source of an answer, and beside each number its do-not-call flag with the day Lusha said so.

    ``names`` are the roles of the number columns. A number without a flag is Unknown, never No.
    """
    made = {SOURCE: _source(answer)}
    if answer.person is not None and (Kind.PHONES in answer.kinds or not answer.kinds):
        day = f", {answer.at.astimezone():%Y-%m-%d}" if answer.at is not None else ""
        made |= {
            f"{name}{FLAG}": f"{_WORD[phone.do_not_call]}{day}" for name, phone in zip(names, answer.person.phones, strict=False)
        }
    return made


def looks_ours(name: str) -> Callable[[str], bool]:
    """Whether a text in a column of this role can be one we wrote."""
    return (lambda text: text.startswith("Lusha, ")) if name == SOURCE else lambda text: _FLAG_TEXT.fullmatch(text) is not None


def without_flagged(answer: Answer) -> Answer:
    """The answer without numbers that Lusha flags do-not-call, for those who chose not to have them written."""
    if answer.person is None or not any(phone.do_not_call for phone in answer.person.phones):
        return answer
    kept = tuple(phone for phone in answer.person.phones if not phone.do_not_call)
    reason = " ".join(part for part in (answer.reason, words.flagged(len(answer.person.phones) - len(kept))) if part)
    return replace(answer, person=replace(answer.person, phones=kept), reason=reason)


def _source(answer: Answer) -> str:
    """Such as: Lusha, 23 Nov 2026, Sales DE ...a41f, 5 credits. What was known already cost nothing again."""
    key = f"{answer.account} ...{answer.last4}".strip() if answer.last4 else ""
    cost = "from store" if answer.from_store else f"{words.amount(answer.credits)} credits"
    return ", ".join(part for part in ("Lusha", _day(answer.at), key, cost) if part)


def _day(at: datetime | None) -> str:
    local = at.astimezone() if at is not None else None
    return f"{local.day} {local:%b %Y}" if local is not None else ""
