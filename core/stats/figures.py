"""Pure: facts of days become the figures people read. Credits always; money only where somebody has set a price."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from core.keys.prices import ASSUMED, Prices
from core.model import Kind
from core.results.spared import Spared
from core.stats.facts import Calls, Facts, Fate, Input, Said, Spent


@dataclass(frozen=True, slots=True)
class Tally:
    """Look-ups of one kind, or people, by what Lusha answered. What is open or failed is in no rate."""

    found: int = 0
    not_found: int = 0
    failed: int = 0
    open: int = 0

    @property
    def answered(self) -> int:
        return self.found + self.not_found

    @property
    def rate(self) -> float | None:
        """Share found of what was answered, 0 to 1; None before the first answer."""
        return self.found / self.answered if self.answered else None


@dataclass(frozen=True, slots=True)
class Cost:
    """Credits, and for how many phones and e-mails each part of them went.

    A request for both kinds is divided between them as the account's prices divide what came with it.
    """

    credits: float = 0.0
    phone_credits: float = 0.0
    email_credits: float = 0.0
    phones: int = 0
    emails: int = 0
    people: int = 0

    @property
    def per_phone(self) -> float | None:
        return _each(self.phone_credits, self.phones)

    @property
    def per_email(self) -> float | None:
        return _each(self.email_credits, self.emails)

    @property
    def per_person(self) -> float | None:
        """For each person of whom something was found."""
        return _each(self.credits, self.people)


@dataclass(frozen=True, slots=True)
class Saved:
    """Requests that a loop asking for one row at a time would have sent as well. ``credits`` is at most what they cost.

    ``assumed``: Lusha has not told all prices of an account. ``unnoted`` jobs were made before this was counted.
    """

    requests: int
    rows: int
    spared: Spared
    credits: float
    assumed: bool
    unnoted: int

    @property
    def batched(self) -> int:
        """Rows that travelled in a request with others."""
        return max(0, self.rows - self.requests)

    @property
    def total(self) -> int:
        return self.batched + self.spared.known + self.spared.duplicates


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One local day: people, each kind, credits, requests and what they met."""

    day: date
    people: Tally
    kinds: Mapping[Kind, Tally]
    cost: Cost
    calls: Calls
    said: Mapping[Said, int]
    spared: Spared


@dataclass(frozen=True, slots=True)
class AccountFigures:
    label: str
    kinds: Mapping[Kind, Tally]
    cost: Cost
    requests: int


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """One key over the whole time, and day by day where it was used."""

    id: str
    label: str
    last4: str
    account: str
    said: Mapping[Said, int]
    credits: float
    days: Mapping[date, Mapping[Said, int]]

    @property
    def requests(self) -> int:
        return sum(self.said.values())


@dataclass(frozen=True, slots=True)
class Names:
    """What accounts and keys are called, by id; what was removed is called so. ``prices`` is by account."""

    accounts: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # label, last four
    prices: Mapping[str, Prices] = field(default_factory=dict)

    def account(self, id_: str) -> str:
        return self.accounts.get(id_, "removed account")

    def key(self, id_: str) -> tuple[str, str]:
        return self.keys.get(id_, ("removed key", ""))

    def price(self, id_: str) -> Prices:
        return self.prices.get(id_, ASSUMED)


@dataclass(frozen=True, slots=True)
class Insights:
    """Everything the statistics show of one span of time."""

    first: date
    last: date
    people: Tally
    inputs: Mapping[tuple[Input, Kind], Tally]
    kinds: Mapping[Kind, Tally]
    cost: Cost
    calls: Calls
    saved: Saved
    said: Mapping[Said, int]
    days: tuple[DayFigures, ...]
    accounts: tuple[AccountFigures, ...]
    keys: tuple[KeyFigures, ...]

    @property
    def empty(self) -> bool:
        return not self.calls.requests and self.saved.spared == Spared()


def figures(days: Mapping[date, Facts], names: Names) -> Insights:
    """Add the days up. There is at least one."""
    each = [_day(day, facts, names) for day, facts in days.items()]
    calls = sum((one.calls for one in each), Calls())
    spared = sum((one.spared for one in each), Spared())
    said = _counted(one.said for one in each)
    return Insights(
        first=min(days),
        last=max(days),
        people=_tally_of(days.values()),
        inputs=_inputs(days.values()),
        kinds=_kinds(days.values()),
        cost=_cost(days.values(), names),
        calls=calls,
        saved=_saved(calls, spared, sum(facts.unnoted for facts in days.values()), names),
        said=said,
        days=tuple(each),
        accounts=_accounts(days, names),
        keys=_keys(days, names),
    )


def _day(day: date, facts: Facts, names: Names) -> DayFigures:
    said: Counter[Said] = Counter()
    for (_, _, what), calls in facts.calls.items():
        said[what] += calls.requests
    return DayFigures(
        day,
        _tally_of([facts]),
        _kinds([facts]),
        _cost([facts], names),
        sum(facts.calls.values(), Calls()),
        said,
        facts.spared,
    )


def _tally(counts: Mapping[Fate, int]) -> Tally:
    return Tally(counts.get(Fate.FOUND, 0), counts.get(Fate.NOT_FOUND, 0), counts.get(Fate.FAILED, 0), counts.get(Fate.OPEN, 0))


def _tally_of(facts: Iterable[Facts]) -> Tally:
    return _tally(sum((one.rows for one in facts), Counter[Fate]()))


def _kinds(facts: Iterable[Facts], account: str | None = None) -> dict[Kind, Tally]:
    counts: dict[Kind, Counter[Fate]] = {kind: Counter() for kind in Kind}
    for one in facts:
        for (whose, kind, _, fate), n in one.units.items():
            if account in {None, whose}:
                counts[kind][fate] += n
    return {kind: _tally(some) for kind, some in counts.items()}


def _inputs(facts: Iterable[Facts]) -> dict[tuple[Input, Kind], Tally]:
    counts: dict[tuple[Input, Kind], Counter[Fate]] = {}
    for one in facts:
        for (_, kind, asked, fate), n in one.units.items():
            counts.setdefault((asked, kind), Counter())[fate] += n
    return {(asked, kind): _tally(counts[asked, kind]) for asked in Input for kind in Kind if (asked, kind) in counts}


def _cost(facts: Iterable[Facts], names: Names, account: str | None = None) -> Cost:
    whole, phone, email, phones, emails, people = 0.0, 0.0, 0.0, 0, 0, 0
    for one in facts:
        for (whose, kinds), spent in one.spent.items():
            if account in {None, whose}:
                for_phones = _share(kinds, spent, names.price(whose))
                whole, phone, email = whole + spent.credits, phone + for_phones, email + spent.credits - for_phones
                phones, emails = phones + spent.phones, emails + spent.emails
        people += one.rows[Fate.FOUND] if account is None else one.people[account, Fate.FOUND]
    return Cost(round(whole, 4), round(phone, 4), round(email, 4), phones, emails, people)


def _share(kinds: str, spent: Spent, prices: Prices) -> float:
    """How much of the credits was for phones."""
    if kinds != "both":
        return spent.credits if kinds == Kind.PHONES else 0.0
    weight, other = spent.phones * prices.phone, spent.emails * prices.email
    return spent.credits * (weight / (weight + other) if weight + other else 0.5)


def _saved(calls: Calls, spared: Spared, unnoted: int, names: Names) -> Saved:
    """At the lowest prices known, so that nothing is claimed that a cheap account would not have charged."""
    known = list(names.prices.values()) or [ASSUMED]
    phone, email = min(one.phone for one in known), min(one.email for one in known)
    credits = spared.phones * phone + spared.emails * email
    return Saved(calls.requests, calls.rows, spared, credits, any(one.assumed for one in known), unnoted)


def _accounts(days: Mapping[date, Facts], names: Names) -> tuple[AccountFigures, ...]:
    requests: Counter[str] = Counter()
    for facts in days.values():
        for (account, _, _), calls in facts.calls.items():
            requests[account] += calls.requests
    made = [
        AccountFigures(names.account(id_), _kinds(days.values(), id_), _cost(days.values(), names, id_), n)
        for id_, n in requests.items()
    ]
    return tuple(sorted(made, key=lambda one: (-one.cost.credits, -one.requests, one.label)))


def _keys(days: Mapping[date, Facts], names: Names) -> tuple[KeyFigures, ...]:
    by_day: dict[str, dict[date, Counter[Said]]] = {}
    credits: Counter[str] = Counter()
    owner: dict[str, str] = {}
    for day, facts in days.items():
        for (account, key, said), calls in facts.calls.items():
            by_day.setdefault(key, {}).setdefault(day, Counter())[said] += calls.requests
            owner[key] = account
            credits[key] += calls.credits  # type: ignore[assignment]  # a Counter adds fractions as well
    made = [
        KeyFigures(key, *names.key(key), names.account(owner[key]), _counted(some.values()), credits[key], some)
        for key, some in by_day.items()
    ]
    return tuple(sorted(made, key=lambda one: (-one.requests, one.label, one.last4)))


def _counted(some: Iterable[Mapping[Said, int]]) -> dict[Said, int]:
    whole: Counter[Said] = Counter()
    for one in some:
        whole.update(one)
    return {said: whole[said] for said in Said if whole[said]}


def _each(credits: float, count: int) -> float | None:
    return credits / count if count else None
