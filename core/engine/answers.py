"""From Lusha's items to rows: what one item of a complete answer means for the row that asked (pure)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, assert_never

from core import words
from core.lusha.reply import Absent, Answered, Found, Item, ItemFailed, Missing, Restricted
from core.model import Answer, Key, Kind, Person, Prospect, RowStatus
from core.results.journal import Pin
from core.results.person import same_person
from core.results.store import Known, Outcome


@dataclass(frozen=True, slots=True)
class Ask:
    """A row to be asked for: its number, who it is, the fingerprint of the person, and who may have charged already."""

    row: int
    prospect: Prospect
    person_fp: str
    pin: Pin | None = None


class _MakeAnswer(Protocol):
    def __call__(self, status: RowStatus, reason: str = "", person: Person | None = None) -> Answer: ...


_Keep = Callable[[Outcome, Person | None, frozenset[Kind]], tuple[Known, ...]]


@dataclass(frozen=True, slots=True)
class Said:
    """What an item came to. ``answer`` None: not final, ask again as ``again`` says."""

    ask: Ask
    answer: Answer | None
    known: tuple[Known, ...] = ()
    again: str = ""  # "more": once more here; "unpaid": elsewhere
    failed: Answer | None = None  # the answer if the repeat ends the same way


def read_items(asks: list[Ask], reply: Answered, kinds: frozenset[Kind], key: Key, at: datetime) -> list[Said]:
    """What every row of the batch got, in the order asked. Credits are the row's share of the charge."""
    share = _shares(reply)
    return [_said(ask, item, credits, reply, kinds, key, at) for ask, item, credits in zip(asks, reply.items, share, strict=True)]


def _shares(reply: Answered) -> list[float | None]:
    """The charge belongs to the people found; Lusha bills a request, not a row, so this is an even share."""
    if reply.charged is None:
        return [None if isinstance(item, Found) else 0.0 for item in reply.items]
    found = sum(isinstance(item, Found) for item in reply.items)
    each = round(reply.charged / found, 4) if found else round(reply.charged / max(1, len(reply.items)), 4)
    return [each if isinstance(item, Found) or not found else 0.0 for item in reply.items]


def _said(ask: Ask, item: Item, credits: float | None, reply: Answered, kinds: frozenset[Kind], key: Key, at: datetime) -> Said:
    def answer(status: RowStatus, reason: str = "", person: Person | None = None) -> Answer:
        return Answer(status, person, reason, key.last4, key.account, credits, reply.request_id, at, kinds=kinds)

    def keep(outcome: Outcome, person: Person | None, which: frozenset[Kind]) -> tuple[Known, ...]:
        return tuple(
            Known(ask.person_fp, kind, outcome, person, key.account_id, reply.request_id, credits, at.timestamp())
            for kind in sorted(which)
        )

    match item:
        case Found() if item.billing_failed and not kinds & _has(item.person):
            return Said(ask, None, again="unpaid")
        case Found():
            return _found(ask, item, kinds, answer, keep)
        case Missing():
            return Said(
                ask,
                answer(RowStatus.NOT_FOUND, words.not_found(kinds, known=False, credits=credits)),
                keep(Outcome.NOT_FOUND, None, kinds),
            )
        case Restricted():
            return Said(ask, answer(RowStatus.DO_NOT_CONTACT, words.RESTRICTED), keep(Outcome.RESTRICTED, None, frozenset(Kind)))
        case ItemFailed():
            return Said(ask, None, again="more", failed=answer(RowStatus.FAILED, words.lusha_failed(item.code)))
        case Absent() if reply.out_of_credits:
            return Said(ask, None, again="unpaid")
        case Absent():
            return Said(ask, None, again="more", failed=answer(RowStatus.FAILED, words.ABSENT))
        case _:
            assert_never(item)


def _found(ask: Ask, item: Found, kinds: frozenset[Kind], answer: _MakeAnswer, keep: _Keep) -> Said:
    person = item.person
    has = kinds & _has(person)
    known = keep(Outcome.FOUND, person, has) + keep(Outcome.NOT_FOUND, person, kinds - has)
    if not has:
        shown = answer(RowStatus.NOT_FOUND, "", person)
        reason = words.not_found(kinds, known=True, credits=shown.credits)
        return Said(ask, answer(RowStatus.NOT_FOUND, reason, person), known)
    if not same_person(ask.prospect, person):
        reason = words.check_match(person.full_name, person.company)
        return Said(ask, answer(RowStatus.CHECK_MATCH, reason, person), known)
    if has != kinds:
        return Said(ask, answer(RowStatus.PARTLY_FOUND, words.partly(kinds - has), person), known)
    return Said(ask, answer(RowStatus.FOUND, "", person), known)


def _has(person: Person) -> frozenset[Kind]:
    return frozenset(kind for kind, data in ((Kind.PHONES, person.phones), (Kind.EMAILS, person.emails)) if data)
