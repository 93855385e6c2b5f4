"""How a run ended: an answer for every row, and the sentences that stand first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core import words
from core.engine.answers import Ask
from core.engine.preflight import Plan, combine
from core.engine.rotation import Halt
from core.keys import schedule
from core.model import Answer, Key, KeyStatus, Kind, RowStatus, SecretState

_ASKED = {RowStatus.FOUND, RowStatus.PARTLY_FOUND, RowStatus.CHECK_MATCH, RowStatus.NOT_FOUND, RowStatus.FAILED}
CAPS = {"CAP", "CAP_DAY"}  # halts that the person has asked for


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended. ``message`` is the sentence that stands first; ``stopped`` says the run ended before its end."""

    job: str
    kinds: frozenset[Kind]
    answers: dict[int, Answer]
    credits: float
    calls: int
    message: str
    detail: str
    halt: Halt | None
    exhausted: bool

    @property
    def stopped(self) -> bool:
        return self.exhausted or self.halt is not None

    def count(self, *statuses: RowStatus) -> int:
        return sum(answer.status in statuses for answer in self.answers.values())


@dataclass(frozen=True, slots=True)
class Ended:
    """What a run came to before words are made of it. ``keys`` were in the snapshot; ``parts`` are answers by row."""

    job: str
    plan: Plan
    parts: Mapping[int, Sequence[Answer]]
    unasked: Sequence[tuple[frozenset[Kind], Sequence[Ask]]]
    credits: float
    calls: int
    keys: int
    halt: Halt | None
    exhausted: frozenset[Kind]
    barred: frozenset[str] = frozenset()  # accounts whose plan forbids what nobody else gave


def result_of(ended: Ended, keys: Callable[[], Sequence[Key]], now: datetime) -> Result:
    """Put the parts together; ``keys`` are looked at only when they decide what is said."""
    plan, parts = ended.plan, {row: list(some) for row, some in ended.parts.items()}
    for kinds, asks in ended.unasked:
        for ask in asks:
            parts.setdefault(ask.row, []).append(_unanswered(ended, kinds))
    answers = dict(plan.answers)
    for row, some in parts.items():
        kinds = frozenset().union(*(part.kinds for part in some)) or plan.kinds
        answers[row] = combine(some, kinds)
    for row, earlier in plan.duplicates.items():
        answers[row] = duplicate(answers[earlier], earlier)
    message, detail = _sentences(ended, answers, keys, now, _before(plan))
    return Result(ended.job, plan.kinds, answers, ended.credits, ended.calls, message, detail, ended.halt, bool(ended.exhausted))


def whole(leg: Result, told: Mapping[int, Answer], credits: float, calls: int) -> Result:
    """A job that went on, over all its parts: ``told`` are its answers by row, ``credits`` and ``calls`` are its own.

    Rows that an earlier part has filled are filled already for the last one, ``leg``; here they count as what they are. Those
    it need not ask are not in the journal: who knows what they were adds them to ``told``.
    """
    filled = RowStatus.ALREADY_FILLED
    answers = {row: told.get(row, one) if one.status is filled else one for row, one in leg.answers.items()}
    said = (leg.message, leg.detail) if leg.stopped else _summary(leg.kinds, answers, credits)
    return replace(leg, answers=answers, credits=credits, calls=calls, message=said[0], detail=said[1])


def _unanswered(ended: Ended, kinds: frozenset[Kind]) -> Answer:
    """A row that was not asked for: waiting for a key, or stopped by the person or a limit."""
    waits = bool(ended.exhausted & kinds) or (ended.halt is not None and ended.halt.code not in CAPS)
    if waits:
        return Answer(RowStatus.WAITING, reason=ended.halt.title if ended.halt else words.KEYS_OUT, kinds=kinds)
    return Answer(RowStatus.STOPPED, reason=words.STOPPED, kinds=kinds)


def _before(plan: Plan) -> frozenset[int]:
    """The rows of a job that goes on which an earlier part of it has answered."""
    return frozenset(row for row, answer in plan.answers.items() if answer.status in _ASKED and not answer.from_store)


def _sentences(
    ended: Ended, answers: Mapping[int, Answer], keys: Callable[[], Sequence[Key]], now: datetime, before: frozenset[int]
) -> tuple[str, str]:
    waiting = sum(answer.status is RowStatus.WAITING for answer in answers.values())
    if ended.halt:
        return ended.halt.title, ended.halt.message
    if ended.exhausted:
        listed = keys()
        able = [key for key in listed if key.account_id not in ended.barred]
        return keys_out(ended.exhausted, ended.keys, listed, now, ended.barred), words.first_back(
            first_back(able, ended.exhausted, now), waiting
        )
    return _summary(ended.plan.kinds, answers, ended.credits, before)


def _summary(
    kinds: frozenset[Kind], answers: Mapping[int, Answer], credits: float, before: frozenset[int] = frozenset()
) -> tuple[str, str]:
    """``before``: rows that are not this part's doing."""
    counts = Counter(_counted(answer) for row, answer in answers.items() if row not in before)
    found = counts[RowStatus.FOUND] + counts[RowStatus.PARTLY_FOUND] + counts[RowStatus.CHECK_MATCH]
    failed = counts[RowStatus.FAILED] + counts[RowStatus.WAITING] + counts[RowStatus.STOPPED]
    known_misses = sum(answer.status is RowStatus.NOT_FOUND and answer.from_store for answer in answers.values())
    detail = words.rest_of_summary(counts, credits, known_misses, len(before))
    return words.complete(kinds, found, failed), detail


def _counted(answer: Answer) -> RowStatus:
    """Found is what is new from Lusha: another person's or company's answer that was known is known, too."""
    known = answer.from_store and answer.status is RowStatus.CHECK_MATCH
    return RowStatus.FROM_STORE if known else answer.status


def first_back(keys: Sequence[Key], kinds: frozenset[Kind], now: datetime) -> datetime | None:
    """When the first key for these kinds that is out by the clock comes back: it rests, or it has its off hours."""
    mine = [key for key in keys if key.category.serves(kinds) and not key.paused and key.secret is SecretState.HELD]
    times = [_back(key, now) for key in mine if key.status in {KeyStatus.EXHAUSTED, KeyStatus.ACTIVE}]
    return min((at for at in times if at is not None), default=None)


def _back(key: Key, now: datetime) -> datetime | None:
    if key.status is KeyStatus.EXHAUSTED and key.retry_at is None:
        return None
    rested = key.retry_at if key.retry_at is not None and key.retry_at > now else None
    opens = schedule.next_open(key, rested or now)
    if rested is None and opens is not None and opens <= now:
        return key.retry_at  # it is back already
    return opens


def keys_out(
    kinds: frozenset[Kind], tried: int, listed: Sequence[Key], now: datetime, barred: frozenset[str] = frozenset()
) -> str:
    """Why no key can be used: exhausted, the true mix, or none at all."""
    keys = [key for key in listed if any(key.category.serves(frozenset({kind})) for kind in kinds)]
    if not keys:
        return words.no_keys(kinds)
    exhausted = sum(key.status is KeyStatus.EXHAUSTED and not key.paused and key.account_id not in barred for key in keys)
    if exhausted:
        return words.all_exhausted(tried or exhausted, kinds)
    mix = Counter("plan limit" if key.account_id in barred else _why_not(key, now) for key in keys)
    return words.none_ready(kinds, dict(sorted(mix.items())))


def _why_not(key: Key, now: datetime) -> str:
    if key.secret is not SecretState.HELD:
        return "missing"
    if key.paused:
        return "paused"
    if key.status is KeyStatus.ACTIVE and not schedule.open_at(key, now):
        return "off hours"
    return {
        KeyStatus.INVALID: "invalid",
        KeyStatus.PLAN_LIMIT: "plan limit",
        KeyStatus.EXHAUSTED: "used up",
        KeyStatus.ACTIVE: "resting",
    }[key.status]


def duplicate(of: Answer, row: int) -> Answer:
    """The same person as an earlier row gets that row's data for nothing; what waits or may not be there does so here."""
    if of.status in {RowStatus.WAITING, RowStatus.STOPPED, RowStatus.FAILED, RowStatus.DO_NOT_CONTACT}:
        return Answer(of.status, reason=of.reason, kinds=of.kinds)
    return Answer(
        RowStatus.DUPLICATE,
        of.person,
        words.duplicate_of(row),
        of.last4,
        of.account,
        0.0,
        of.request_id,
        of.at,
        kinds=of.kinds,
    )
