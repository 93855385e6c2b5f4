"""From Lusha's items to rows: what one item of a complete answer means for the row that asked (pure)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, assert_never

from core import words
from core.lusha.reply import Absent, Answered, Found, Item, ItemFailed, Missing, Restricted
from core.model import Answer, Key, Kind, Person, Prospect, RowStatus
from core.results.journal import Pin
from core.results.person import same_person
from core.results.store import Known, Outcome, Payer

REVEAL_CREDITS = {Kind.PHONES: 5.0, Kind.EMAILS: 1.0}  # assumed until the account's own prices are known


@dataclass(frozen=True, slots=True)
class Ask:
    """A row to be asked for: its number, who it is, the fingerprint of the person, who may have charged, who has paid.

    ``stale``: when the answers came (Unix seconds) that are known but too old for this run.
    """

    row: int
    prospect: Prospect
    person_fp: str
    pin: Pin | None = None
    payer: Payer | None = None
    stale: frozenset[float] = frozenset()


class _MakeAnswer(Protocol):
    def __call__(self, status: RowStatus, reason: str = "", person: Person | None = None) -> Answer: ...


_Keep = Callable[[Outcome, Person | None, frozenset[Kind]], tuple[Known, ...]]


@dataclass(frozen=True, slots=True)
class Said:
    """What an item came to. ``answer`` None: not final, ask again as ``again`` says.

    ``more``: once more here; ``unpaid``: elsewhere; ``search``: the stored id is no good, look the person up afresh.
    """

    ask: Ask
    answer: Answer | None
    known: tuple[Known, ...] = ()
    again: str = ""
    failed: Answer | None = None  # the answer if the repeat ends the same way
    pin: bool = False  # the row may be in the charge although it is not in the answer
    pending: frozenset[Kind] = frozenset()  # of an answer: kinds that Lusha is still looking for, to be asked for again


def read_items(
    asks: Sequence[Ask], reply: Answered, kinds: frozenset[Kind], key: Key, at: datetime, *, by_id: bool = False
) -> list[Said]:
    """What every row of the batch got, in the order asked. Credits are the row's share of the charge."""
    share = _shares(reply, kinds)
    return [
        Said(ask, None, again="search")
        if by_id and isinstance(item, Missing | Absent)
        else _said(ask, item, credits, reply, kinds, key, at)
        for ask, item, credits in zip(asks, reply.items, share, strict=True)
    ]


def _shares(reply: Answered, kinds: frozenset[Kind]) -> list[float | None]:
    """Lusha bills a request, not a row: the charge is divided as the usual prices would (an estimate for the receipt)."""
    if reply.charged is None:
        return [None if isinstance(item, Found) else 0.0 for item in reply.items]
    weights = [_weight(item, kinds) for item in reply.items]
    whole = sum(weights)
    if not whole:
        weights, whole = [1.0] * len(weights), float(len(weights)) or 1.0
    return [round(reply.charged * weight / whole, 2) for weight in weights]


def _weight(item: Item, kinds: frozenset[Kind]) -> float:
    """A person costs the usual price of what came, and a part of the search."""
    if not isinstance(item, Found):
        return 0.0
    return 1 / 25 + sum(REVEAL_CREDITS[kind] for kind in kinds & _has(item.person))


def _said(ask: Ask, item: Item, credits: float | None, reply: Answered, kinds: frozenset[Kind], key: Key, at: datetime) -> Said:
    def answer(status: RowStatus, reason: str = "", person: Person | None = None) -> Answer:
        return Answer(status, person, reason, key.last4, key.account, credits, reply.request_id, at, kinds=kinds)

    def keep(outcome: Outcome, person: Person | None, which: frozenset[Kind]) -> tuple[Known, ...]:
        return tuple(
            Known(ask.person_fp, kind, outcome, person, key.account_id, reply.request_id, credits, at.timestamp())
            for kind in sorted(which)
        )

    match item:
        case Found():
            return _found(ask, item, kinds, answer, keep)
        case Missing():
            return Said(
                ask,
                answer(RowStatus.NOT_FOUND, words.not_found(kinds, known=False, linkedin=bool(ask.prospect.linkedin))),
                keep(Outcome.NOT_FOUND, None, kinds),
            )
        case Restricted():
            return Said(ask, answer(RowStatus.DO_NOT_CONTACT, words.RESTRICTED), keep(Outcome.RESTRICTED, None, frozenset(Kind)))
        case ItemFailed():
            return Said(ask, None, again="more", failed=answer(RowStatus.FAILED, words.lusha_failed(item.code)))
        case Absent() if reply.out_of_credits:
            return Said(ask, None, again="unpaid")
        case Absent():
            return Said(ask, None, again="more", failed=answer(RowStatus.FAILED, words.ABSENT), pin=True)
        case _:
            assert_never(item)


def _found(ask: Ask, item: Found, kinds: frozenset[Kind], answer: _MakeAnswer, keep: _Keep) -> Said:
    """What is there is kept; what Lusha has not is a miss; what is still open is neither and never remembered as one."""
    person = item.person
    has, lacking = kinds & _has(person), kinds & item.kinds_missing
    known = keep(Outcome.FOUND, person, has) + keep(Outcome.NOT_FOUND, person, lacking)
    still_open = kinds - has - lacking
    if not has and still_open:
        if item.billing_failed:
            return Said(ask, None, known, again="unpaid")
        return Said(ask, answer(RowStatus.WAITING, words.PENDING, person), known)
    if not has:
        return Said(ask, answer(RowStatus.NOT_FOUND, words.not_found(kinds, known=True), person), known)
    if not same_person(ask.prospect, person):
        doubted = answer(RowStatus.CHECK_MATCH, words.check_match(person.full_name, person.company), person)
        return Said(ask, doubted, known, pending=still_open)
    if has != kinds:
        reason = words.partly(lacking) if lacking else words.PENDING
        return Said(ask, answer(RowStatus.PARTLY_FOUND, reason, person), known, pending=still_open)
    return Said(ask, answer(RowStatus.FOUND, "", person), known)


def _has(person: Person) -> frozenset[Kind]:
    return frozenset(kind for kind, data in ((Kind.PHONES, person.phones), (Kind.EMAILS, person.emails)) if data)
