"""Rows -> plan, without any network: what is ready, known, double, filled already or cannot be looked up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from core import words
from core.engine.answers import Ask
from core.engine.booking import worst_cost
from core.model import Answer, Kind, Person, Prospect, RowStatus
from core.results.journal import Journal
from core.results.person import fingerprint, identity
from core.results.store import Known, Outcome, ResultStore


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the sheet as the reader saw it. ``wanted`` are the kinds whose cells are empty."""

    number: int
    prospect: Prospect | None
    problem: str = ""  # why it cannot be looked up, when there is no prospect
    wanted: frozenset[Kind] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """Every row of ``rows`` is either in ``ready`` (by the kinds to ask for), in ``answers`` or in ``duplicates``.

    A row of which one kind is known and the other must be asked is in ``ready`` and has the known part in ``parts``.
    """

    kinds: frozenset[Kind]
    rows: int
    ready: dict[frozenset[Kind], list[Ask]] = field(default_factory=dict)
    answers: dict[int, Answer] = field(default_factory=dict)
    parts: dict[int, list[Answer]] = field(default_factory=dict)
    duplicates: dict[int, int] = field(default_factory=dict)  # row -> the earlier row of the same person

    @property
    def to_send(self) -> int:
        return sum(len(asks) for asks in self.ready.values())

    def count(self, *statuses: RowStatus) -> int:
        return sum(answer.status in statuses for answer in self.answers.values())

    @property
    def most_credits(self) -> float:
        return sum(worst_cost(len(asks), kinds) for kinds, asks in self.ready.items())

    def likely_credits(self, hit_rate: float) -> float:
        """With this share of people found (0 to 1), at the assumed prices."""
        return sum(
            worst_cost(len(asks), frozenset()) + hit_rate * (worst_cost(len(asks), kinds) - worst_cost(len(asks), frozenset()))
            for kinds, asks in self.ready.items()
        )


START_HIT_RATE = 0.45  # a guess until there is experience


def plan(rows: Sequence[Row], kinds: frozenset[Kind], store: ResultStore, journal: Journal) -> Plan:
    """Sort the rows. Reads the results store and the journal, nothing else."""
    made = Plan(kinds, len(rows))
    prints = {row.number: fingerprint(who) for row in rows if row.prospect and (who := identity(row.prospect))}
    known = store.known(prints.values(), kinds)
    pins = journal.pins(prints.values(), kinds)
    first: dict[tuple[str, frozenset[Kind]], int] = {}
    for row in rows:
        if not row.wanted:
            made.answers[row.number] = Answer(RowStatus.ALREADY_FILLED, kinds=kinds)
        elif row.prospect is None or row.number not in prints:
            said = row.problem or "no LinkedIn URL, no e-mail, and no name with company"
            made.answers[row.number] = Answer(RowStatus.CANNOT_LOOK_UP, reason=words.cannot_look_up(said), kinds=kinds)
        else:
            ask = Ask(row.number, row.prospect, prints[row.number], pins.get(prints[row.number]))
            _place(made, ask, row.wanted, known, first)
    return made


def _place(
    made: Plan,
    ask: Ask,
    wanted: frozenset[Kind],
    known: dict[tuple[str, Kind], Known],
    first: dict[tuple[str, frozenset[Kind]], int],
) -> None:
    earlier = first.setdefault((ask.person_fp, wanted), ask.row)
    if earlier != ask.row:
        made.duplicates[ask.row] = earlier
        return
    parts = [stored(known[ask.person_fp, kind]) for kind in sorted(wanted) if (ask.person_fp, kind) in known]
    asked_for = frozenset(kind for kind in wanted if (ask.person_fp, kind) not in known)
    if any(part.status is RowStatus.DO_NOT_CONTACT for part in parts):
        asked_for = frozenset()
    if not asked_for:
        made.answers[ask.row] = combine(parts, wanted)
        return
    if parts:
        made.parts[ask.row] = parts
    made.ready.setdefault(asked_for, []).append(ask)


def stored(known: Known) -> Answer:
    """An answer of the results store as a row's answer: it costs nothing."""
    at = datetime.fromtimestamp(known.fetched_at, UTC)
    status = {
        Outcome.FOUND: RowStatus.FROM_STORE,
        Outcome.NOT_FOUND: RowStatus.NOT_FOUND,
        Outcome.RESTRICTED: RowStatus.DO_NOT_CONTACT,
    }[known.outcome]
    reason = words.RESTRICTED if status is RowStatus.DO_NOT_CONTACT else words.from_store(at)
    return Answer(status, known.person, reason, at=at, from_store=True, kinds=frozenset({known.kind}))


_GOOD = (RowStatus.CHECK_MATCH, RowStatus.FOUND, RowStatus.PARTLY_FOUND, RowStatus.FROM_STORE)
_OPEN = (RowStatus.WAITING, RowStatus.FAILED, RowStatus.STOPPED)


def combine(parts: Sequence[Answer], kinds: frozenset[Kind]) -> Answer:
    """One answer for a row whose kinds were answered apart (from the store, or by keys of one kind each)."""
    if len(parts) == 1 and parts[0].kinds == kinds:
        return parts[0]
    status, reason = _together([part.status for part in parts], parts)
    costs = [part.credits for part in parts]
    latest = max(parts, key=lambda part: part.at.timestamp() if part.at else 0.0)
    asked = next((part for part in parts if part.last4), latest)
    return Answer(
        status,
        _merged(part.person for part in parts),
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

    if RowStatus.DO_NOT_CONTACT in statuses:
        return RowStatus.DO_NOT_CONTACT, why(RowStatus.DO_NOT_CONTACT)
    good = [status for status in statuses if status in _GOOD]
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
