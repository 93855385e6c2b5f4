"""Rows -> plan, without any network: what is ready, known, double, filled already or cannot be looked up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import assert_never

from core import words
from core.engine.answers import Ask
from core.engine.policy import BATCH
from core.engine.screening import NOBODY, Screen, not_sent
from core.keys import schedule
from core.keys.attempts import Account
from core.keys.prices import ASSUMED, Prices
from core.model import Answer, Key, Kind, Person, Prospect, RowStatus
from core.results.journal import Journal, Pin
from core.results.person import fingerprint, identity, same_person
from core.results.spared import Spared
from core.results.store import Known, Outcome, ResultStore


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the sheet as the reader saw it. ``wanted`` are the kinds whose cells are empty."""

    number: int
    prospect: Prospect | None
    problem: str = ""  # why it cannot be looked up, when there is no prospect
    wanted: frozenset[Kind] = frozenset()
    barred: frozenset[Kind] = frozenset()  # empty, but their cells cannot be written


@dataclass(frozen=True, slots=True)
class Plan:
    """Every row of ``rows`` is either in ``ready`` (by the kinds to ask for), in ``answers`` or in ``duplicates``.

    A row of which one kind is known and the other must be asked is in ``ready`` and has the known part in ``parts``.
    """

    kinds: frozenset[Kind]
    rows: int
    at: float = 0.0  # when it was made, Unix seconds: what others find out later is not asked for again
    ready: dict[frozenset[Kind], list[Ask]] = field(default_factory=dict)
    answers: dict[int, Answer] = field(default_factory=dict)
    parts: dict[int, list[Answer]] = field(default_factory=dict)
    duplicates: dict[int, int] = field(default_factory=dict)  # row -> the earlier row of the same person

    @property
    def to_send(self) -> int:
        return len({ask.row for asks in self.ready.values() for ask in asks})

    def count(self, *statuses: RowStatus) -> int:
        return sum(answer.status in statuses for answer in self.answers.values())

    def cost(self, pool: Pool, hit_rate: Mapping[Kind, float]) -> Cost:
        """Credits: nothing at least; the most at the dearest account's prices; what is likely with these hit rates (0 to 1)."""
        prices, most, likely = pool.prices, 0.0, 0.0
        for kinds, asks in self.ready.items():
            rows, searches = len(asks), prices.worst(len(asks), frozenset())
            requests = 1 if pool.together else len(kinds)  # without a key for both kinds each is searched for
            most += prices.worst(rows, kinds) + (requests - 1) * searches
            likely += requests * searches
            likely += sum(rows * hit_rate.get(kind, START_HIT_RATE) * prices.person(frozenset({kind})) for kind in kinds)
        return Cost(0.0, min(likely, most), most, pool.credits, pool.accounts, assumed=prices.assumed)


@dataclass(frozen=True, slots=True)
class Pool:
    """The keys a run could use: how many, of how many accounts, their credits (None: not known), the dearest prices."""

    keys: int
    accounts: int
    credits: float | None
    prices: Prices
    together: bool = True  # whether a key may be asked for all kinds at once
    first_back: datetime | None = None  # when the first key that is out now comes back


@dataclass(frozen=True, slots=True)
class Cost:
    """What a plan costs, in credits, against what there is (None: not known). ``assumed``: Lusha has not told its prices."""

    least: float
    likely: float
    most: float
    available: float | None
    accounts: int
    assumed: bool

    def ends_near(self, rows: int) -> int | None:
        """Near which of ``rows`` rows the credits end in the worst case; None when they suffice or are not known."""
        if self.available is None or self.available >= self.most or not self.most:
            return None
        return int(rows * self.available / self.most)


START_HIT_RATE = 0.45  # a guess until there is experience


def pool_of(keys: Sequence[Key], accounts: Mapping[str, Account], kinds: frozenset[Kind], now: datetime) -> Pool:
    """The keys of any of ``kinds`` that can be used now, with what is known of their ``accounts`` (by id)."""
    mine = [key for key in keys if any(key.category.serves(frozenset({kind})) for kind in kinds)]
    ready = [key for key in mine if key.usable(now) and schedule.open_at(key, now)]
    used = [accounts[id_] for id_ in sorted({key.account_id for key in ready}) if id_ in accounts]
    credits = [one.credits_left for one in used]
    known = [one.prices for one in used] or [ASSUMED]
    dearest = max(known, key=lambda prices: prices.worst(BATCH, kinds))
    back = [key.retry_at for key in mine if key.retry_at is not None and key.retry_at > now and not key.paused]
    total = None if None in credits or not credits else sum(one for one in credits if one is not None)
    together = any(key.category.serves(kinds) for key in ready)
    return Pool(len(ready), len(used), total, dearest, together, min(back, default=None))


def plan(
    rows: Sequence[Row],
    kinds: frozenset[Kind],
    store: ResultStore,
    journal: Journal,
    *,
    answered: Mapping[tuple[str, Kind], Answer] | None = None,
    use_store: bool = True,
    at: float = 0.0,
    screen: Screen = NOBODY,
) -> Plan:
    """Sort the rows. Reads the results store and the journal, nothing else.

    ``answered`` are answers of the job that goes on, however old they are. Rows of the same person are asked for once,
    with the first of them, for whatever any of them lacks. Whom the ``screen`` holds back is neither asked for nor answered.
    """
    made, found = Plan(kinds, len(rows), at), _Found(answered or {}, {}, screen)
    prints = {row.number: fingerprint(who) for row in rows if row.prospect and (who := identity(row.prospect))}
    held = {row.number: entry for row in rows if row.prospect and (entry := screen.prospect(row.prospect))}
    lacking = _lacking([row for row in rows if row.number not in held], prints)
    stale: Mapping[str, frozenset[float]] = {}
    if use_store:
        known, stale = store.by_age(lacking, kinds)
        found = _Found(found.answered, known, screen)
    pins, payers = journal.pins(lacking, kinds), store.payers(lacking) if use_store else {}
    first: dict[str, int] = {}
    for row in rows:
        if not row.wanted:
            made.answers[row.number] = Answer(RowStatus.ALREADY_FILLED, kinds=kinds)
        elif row.prospect is None or row.number not in prints:
            said = row.problem or "no LinkedIn URL, no e-mail, and no name with company"
            made.answers[row.number] = Answer(RowStatus.CANNOT_LOOK_UP, reason=words.cannot_look_up(said), kinds=kinds)
        elif row.number in held:
            made.answers[row.number] = Answer(RowStatus.DO_NOT_CONTACT, reason=not_sent(held[row.number]), kinds=kinds)
        elif (fp := prints[row.number]) in first:
            made.duplicates[row.number] = first[fp]
        else:
            first[fp] = row.number
            ask = Ask(row.number, row.prospect, fp, None, payers.get(fp), stale.get(fp, frozenset()))
            _place(made, ask, lacking[fp], found, pins)
    return made


def _lacking(rows: Sequence[Row], prints: Mapping[int, str]) -> dict[str, frozenset[Kind]]:
    """What each person lacks in any of these rows, by fingerprint."""
    lacking: dict[str, frozenset[Kind]] = {}
    for row in rows:
        if row.wanted and row.number in prints:
            lacking[prints[row.number]] = lacking.get(prints[row.number], frozenset()) | row.wanted
    return lacking


def only(planned: Plan, people: Collection[str]) -> Plan:
    """The plan without asking for anybody else: rows that would have to be asked for are left out of it."""
    mine = set(people)
    ready = {kinds: [ask for ask in asks if ask.person_fp in mine] for kinds, asks in planned.ready.items()}
    rows = {ask.row for asks in ready.values() for ask in asks} | planned.answers.keys()
    doubles = {row: first for row, first in planned.duplicates.items() if first in rows}
    parts = {row: some for row, some in planned.parts.items() if row in rows}
    return replace(
        planned,
        rows=len(rows) + len(doubles),
        ready={kinds: asks for kinds, asks in ready.items() if asks},
        parts=parts,
        duplicates=doubles,
    )


def spared(planned: Plan) -> Spared:
    """What the plan need not ask, because it is known or stands in an earlier row."""
    known = [answer for answer in planned.answers.values() if answer.from_store]
    parts = [part for some in planned.parts.values() for part in some if part.from_store]
    people = [(one.kinds, one.person) for one in (*known, *parts) if one.person is not None]
    return Spared(
        known=len(known),
        duplicates=len(planned.duplicates),
        phones=sum(Kind.PHONES in kinds and bool(person.phones) for kinds, person in people),
        emails=sum(Kind.EMAILS in kinds and bool(person.emails) for kinds, person in people),
        misses=sum(answer.status in {RowStatus.NOT_FOUND, RowStatus.DO_NOT_CONTACT} for answer in known),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What is known already: answers of the job that goes on, and those of the store."""

    answered: Mapping[tuple[str, Kind], Answer]
    known: Mapping[tuple[str, Kind], Known]
    screen: Screen

    def part(self, ask: Ask, kind: Kind) -> Answer | None:
        """The answer for one kind, if there is one."""
        before = self.answered.get((ask.person_fp, kind))
        if before is not None:
            return self.screen.answer(replace(before, kinds=frozenset({kind}), credits=0.0))
        known = self.known.get((ask.person_fp, kind))
        return self.screen.answer(stored(known, ask.prospect)) if known is not None else None


def _place(made: Plan, ask: Ask, wanted: frozenset[Kind], found: _Found, pins: Mapping[tuple[str, Kind], Pin]) -> None:
    parts = {kind: part for kind in sorted(wanted) if (part := found.part(ask, kind)) is not None}
    asked_for = frozenset(kind for kind in wanted if kind not in parts)
    if any(part.status is RowStatus.DO_NOT_CONTACT for part in parts.values()):
        asked_for = frozenset()
    if not asked_for:
        made.answers[ask.row] = combine(list(parts.values()), wanted)
        return
    if parts:
        made.parts[ask.row] = list(parts.values())
    own = {kind: pins.get((ask.person_fp, kind)) for kind in sorted(asked_for)}
    if len({pin.account_id if pin else "" for pin in own.values()}) > 1:  # each kind at the account that may have charged for it
        for kind, pin in own.items():
            made.ready.setdefault(frozenset({kind}), []).append(replace(ask, pin=pin))
        return
    made.ready.setdefault(asked_for, []).append(replace(ask, pin=next(iter(own.values()))))


def stored(known: Known, asked: Prospect) -> Answer:
    """An answer of the results store as the answer of a row that asks for ``asked``: it costs nothing.

    It is compared with this row as one that has just come: another list may name another company.
    """
    at, person = datetime.fromtimestamp(known.fetched_at, UTC), known.person
    match known.outcome:
        case Outcome.FOUND if person is not None and not same_person(asked, person):
            status, reason = RowStatus.CHECK_MATCH, words.check_match(person.full_name, person.company)
        case Outcome.FOUND:
            status, reason = RowStatus.FROM_STORE, words.from_store(at)
        case Outcome.NOT_FOUND:
            status, reason = RowStatus.NOT_FOUND, words.missed_earlier(known.kind, at)
        case Outcome.RESTRICTED:
            status, reason = RowStatus.DO_NOT_CONTACT, words.RESTRICTED
        case Outcome.WITHHELD:
            status, reason = RowStatus.DO_NOT_CONTACT, words.ON_THE_LIST_PART
        case Outcome.REFUSED:
            status, reason = RowStatus.CANNOT_LOOK_UP, words.refused_earlier(at)
        case _:
            assert_never(known.outcome)
    return Answer(status, person, reason, at=at, from_store=True, kinds=frozenset({known.kind}))


_GOOD = (RowStatus.CHECK_MATCH, RowStatus.FOUND, RowStatus.PARTLY_FOUND, RowStatus.FROM_STORE)
_OPEN = (RowStatus.WAITING, RowStatus.FAILED, RowStatus.STOPPED)


def combine(parts: Sequence[Answer], kinds: frozenset[Kind]) -> Answer:
    """One answer for a row whose kinds were answered apart (from the store, or by keys of one kind each).

    An answer for several kinds is kept with each of them; it is one answer all the same, and was paid for once.
    Where the person must not be contacted nothing of another part is told; where only a number is on the list the rest is.
    """
    parts = [part for at, part in enumerate(parts) if part not in parts[:at]]
    if len(parts) == 1 and parts[0].kinds == kinds:
        return parts[0]
    status, reason = _together([part.status for part in parts], parts)
    costs = [part.credits for part in parts]
    latest = max(parts, key=lambda part: part.at.timestamp() if part.at else 0.0)
    asked = next((part for part in parts if part.last4), latest)
    return Answer(
        status,
        None if status is RowStatus.DO_NOT_CONTACT else _merged(part.person for part in parts),
        reason,
        asked.last4,
        asked.account,
        None if None in costs else sum(cost for cost in costs if cost is not None),
        asked.request_id,
        latest.at,
        all(part.from_store for part in parts),
        kinds,
    )


def _together(statuses: list[RowStatus], parts: Sequence[Answer]) -> tuple[RowStatus, str]:
    def why(*which: RowStatus) -> str:
        return next((part.reason for part in parts if part.status in which), "")

    good = [status for status in statuses if status in _GOOD]
    barred = [part.reason for part in parts if part.status is RowStatus.DO_NOT_CONTACT]
    whole = [reason for reason in barred if reason != words.ON_THE_LIST_PART]  # of the person, not of a number alone
    if whole or (barred and not good):
        return RowStatus.DO_NOT_CONTACT, (whole or barred)[0]
    if len(good) == len(statuses):
        best = next(status for status in _GOOD if status in good)
        return best, why(best)
    others = tuple(status for status in statuses if status not in _GOOD)
    if good:
        status = RowStatus.CHECK_MATCH if RowStatus.CHECK_MATCH in good else RowStatus.PARTLY_FOUND
        return status, why(*others)
    worst = next((status for status in (*_OPEN, RowStatus.CANNOT_LOOK_UP) if status in statuses), RowStatus.NOT_FOUND)
    return worst, why(worst)


def _merged(people: Iterable[Person | None]) -> Person | None:
    known = [person for person in people if person is not None]
    if not known:
        return None
    main = known[0]
    return Person(
        main.lusha_id,
        main.full_name,
        main.first_name,
        main.last_name,
        main.title,
        main.company,
        main.domain,
        main.linkedin,
        main.country,
        next((person.phones for person in known if person.phones), ()),
        next((person.emails for person in known if person.emails), ()),
    )
