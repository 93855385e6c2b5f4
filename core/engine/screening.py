"""The do-not-contact list at the two places it counts: before anything is sent, and before an answer is kept or told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from core import words
from core.engine.answers import Ask, Said
from core.model import Answer, Kind, Person, Prospect, RowStatus
from core.results import marks
from core.results.store import Known, Outcome
from core.results.suppression import Entry, Listed, Suppressions, hit

_GOOD = frozenset({RowStatus.FOUND, RowStatus.PARTLY_FOUND, RowStatus.CHECK_MATCH, RowStatus.FROM_STORE})


@dataclass(frozen=True, slots=True)
class Screen:
    """A list as it was when it was read. Only kinds of identities that are on it are looked at."""

    listed: Listed
    kinds: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kinds", frozenset(mark.partition(":")[0] for mark in self.listed))

    def prospect(self, who: Prospect) -> Entry | None:
        """Why this row must not be sent; None when it may be."""
        if not self.listed:
            return None
        return hit(self.listed, _texts_of(who, self.kinds))

    def person(self, who: Person) -> Entry | None:
        """Why nothing of this contact may be told; a single number or address on the list is another matter."""
        if not self.listed:
            return None
        domains = marks.domains_of(who.domain) if "domain" in self.kinds else ()
        return hit(self.listed, (*marks.of_person(who, self.kinds), *domains))

    def rest(self, who: Person) -> Person:
        """The contact without the numbers and addresses that are on the list."""
        phones, emails = who.phones, who.emails
        if "phone" in self.kinds:
            phones = tuple(one for one in phones if hit(self.listed, [marks.of_phone(one.number)]) is None)
        if "domain" in self.kinds:
            emails = tuple(one for one in emails if hit(self.listed, marks.domains_of(one.address)) is None)
        return who if (phones, emails) == (who.phones, who.emails) else replace(who, phones=phones, emails=emails)

    def answer(self, answer: Answer) -> Answer:
        """What of an answer may be told: nothing of a person on the list, no number that is on it."""
        if answer.person is None or not self.listed:
            return answer
        if (entry := self.person(answer.person)) is not None:
            return replace(answer, status=RowStatus.DO_NOT_CONTACT, person=None, reason=not_written(entry))
        rest = self.rest(answer.person)
        return answer if rest is answer.person else _without(answer, rest)

    def told(self, answer: Answer, asked: Prospect | None) -> Answer:
        """The same of an answer that is brought into the row of whoever was ``asked`` for, maybe long after it came."""
        if answer.person is not None and asked is not None and (entry := self.prospect(asked)) is not None:
            return replace(answer, status=RowStatus.DO_NOT_CONTACT, person=None, reason=not_written(entry))
        return self.answer(answer)

    def known(self, known: Known) -> Known:
        """What of an answer may be kept: who paid always, what the list forbids never."""
        if known.person is None or not self.listed:
            return known
        if self.person(known.person) is not None:
            return replace(known, outcome=Outcome.WITHHELD, person=None)
        rest = self.rest(known.person)
        if rest is known.person:
            return known
        left = rest.phones if known.kind is Kind.PHONES else rest.emails
        return replace(known, person=rest) if left else replace(known, outcome=Outcome.WITHHELD, person=None)

    def said(self, said: Said) -> Said:
        """Both of an item that has just come; the row may have got onto the list while it was asked for."""
        if not self.listed:
            return said
        if (entry := self.prospect(said.ask.prospect)) is not None:
            return _held_back(said, entry)
        return replace(
            said,
            answer=said.answer and self.answer(said.answer),
            failed=said.failed and self.answer(said.failed),
            known=tuple(self.known(one) for one in said.known),
        )


NOBODY = Screen({})


class Screening:
    """Reads as much of the list as is needed. ``db`` is reached through the list's own store."""

    def __init__(self, suppressions: Suppressions) -> None:
        self._suppressions = suppressions

    def whole(self) -> Screen:
        """For the rows of a sheet."""
        return Screen(self._suppressions.loaded())

    def of(self, people: Iterable[Person | None]) -> Screen:
        """For a few contacts; as the list is now, also when it was changed during a run."""
        texts = [text for who in people if who is not None for text in _texts(who)]
        return Screen(self._suppressions.matching(texts)) if texts else NOBODY

    def asked(self, asks: Iterable[Ask]) -> dict[int, Entry]:
        """The rows that must not be sent, as the list is now, with the reasons."""
        if self._suppressions.is_empty:
            return {}
        texts = {ask.row: _texts_of(ask.prospect) for ask in asks}
        listed = self._suppressions.matching([text for some in texts.values() for text in some])
        return {row: entry for row, some in texts.items() if (entry := hit(listed, some)) is not None}

    def screened(self, said: Sequence[Said]) -> list[Said]:
        """The items of a reply as they may be told and kept."""
        if self._suppressions.is_empty:  # what people are recognised by takes longer to find than all the rest
            return list(said)
        people = [one.answer.person for one in said if one.answer] + [known.person for one in said for known in one.known]
        asked = [text for one in said for text in _texts_of(one.ask.prospect)]
        screen = Screen(
            self._suppressions.matching([*asked, *(text for who in people if who is not None for text in _texts(who))])
        )
        return [screen.said(one) for one in said]


def not_sent(entry: Entry) -> str:
    """Why a row was not asked for."""
    return words.on_the_list(_date(entry), entry.reason, "Not sent.")


def not_written(entry: Entry) -> str:
    """Why an answer was not told."""
    return words.on_the_list(_date(entry), entry.reason, "Not written.")


def _date(entry: Entry) -> datetime:
    return datetime.fromtimestamp(entry.at, UTC)


def _held_back(said: Said, entry: Entry) -> Said:
    """Nothing of this row is told or kept but who was paid for it."""
    answer = said.answer and replace(said.answer, status=RowStatus.DO_NOT_CONTACT, person=None, reason=not_written(entry))
    known = tuple(replace(one, outcome=Outcome.WITHHELD, person=None) if one.person else one for one in said.known)
    return replace(said, answer=answer, known=known)


def _texts_of(who: Prospect, kinds: AbstractSet[str] = marks.KINDS) -> list[str]:
    domains = marks.domains_of(who.domain, who.email) if "domain" in kinds else ()
    return [*marks.of_prospect(who, kinds), *domains]


def _texts(who: Person) -> list[str]:
    numbers = [marks.of_phone(one.number) for one in who.phones]
    return [*marks.of_person(who), *marks.domains_of(who.domain, *(one.address for one in who.emails)), *numbers]


def _without(answer: Answer, rest: Person) -> Answer:
    """An answer of which some numbers or addresses were taken: fewer of them, or one kind less, or nothing."""
    left = {kind for kind, values in _values(rest).items() if values}
    had = {kind for kind, values in _values(answer.person or rest).items() if values} & (answer.kinds or frozenset(Kind))
    reason = " ".join(part for part in (answer.reason, words.ON_THE_LIST_PART) if part)
    if had & left == had or answer.status not in _GOOD:
        return replace(answer, person=rest, reason=reason)
    if had & left:
        return replace(answer, status=RowStatus.PARTLY_FOUND, person=rest, reason=reason)
    return replace(answer, status=RowStatus.DO_NOT_CONTACT, person=None, reason=words.ON_THE_LIST_PART)


def _values(who: Person) -> Mapping[Kind, Sequence[object]]:
    return {Kind.PHONES: who.phones, Kind.EMAILS: who.emails}
