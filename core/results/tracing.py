"""Whatever is kept about one person: found by every identity that is known of him, in the answers and in the journal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from core.database import Connection
from core.model import Answer, Person, Prospect
from core.results import marks
from core.results.person import fingerprint, same_person

LEAST_NAME, DIGITS = 5, 9  # a shorter name says nothing; the end of a number that all its spellings share


@dataclass(frozen=True, slots=True)
class Record:
    """Something kept: an answer (``where`` is its fingerprint and kind) or a row of a job (job, row, kind)."""

    where: tuple[str, ...]
    person_fp: str
    prospect: Prospect | None
    person: Person | None
    result: str = ""

    @property
    def ids(self) -> frozenset[str]:
        asked = marks.of_prospect(self.prospect) if self.prospect else ()
        return frozenset((*asked, *(marks.of_person(self.person) if self.person else ())))

    def leads_to(self, known: Trace) -> tuple[frozenset[str], frozenset[str]]:
        """The identities and fingerprints that this adds to what is known of the person.

        Where Lusha gave somebody else by mistake, only those of the one of the two who is looked for.
        """
        if self.prospect is None:
            return (self.ids if self.ids & known.ids else frozenset()), frozenset()
        asked = frozenset(marks.of_prospect(self.prospect))
        if self.person is None or same_person(self.prospect, self.person):
            return self.ids, frozenset({self.person_fp})
        if self.person_fp in known.prints or asked & known.ids:
            return asked, frozenset({self.person_fp})
        return frozenset(), frozenset()


@dataclass(slots=True)
class Trace:
    """Who is looked for, by canonical identities, and what was found of him."""

    ids: set[str]
    prints: set[str] = field(default_factory=set)
    answers: list[Record] = field(default_factory=list)
    rows: list[Record] = field(default_factory=list)
    texts: set[str] = field(default_factory=set)  # addresses, links and names, folded to lower case
    numbers: set[str] = field(default_factory=set)  # the last digits of numbers
    phones: set[str] = field(default_factory=set)  # canonical, as on the do-not-contact list

    def in_text(self, text: str) -> bool:
        """Whether a text speaks of the person: his name, an address, his link, or a number of his in any spelling."""
        lower = text.casefold()
        if any(one in lower for one in self.texts):
            return True
        digits = "".join(char for char in text if char.isdigit()) if self.numbers else ""
        return any(one in digits for one in self.numbers)


def trace(con: Connection, who: Prospect) -> Trace:
    """Everything about this person; who he is grows with what is found (an answer names his other addresses).

    A name alone never joins two people with different LinkedIn profiles.
    """
    found = Trace(set(marks.of_prospect(who)))
    found.prints = {fingerprint(one) for one in found.ids}
    _learn(found, who, None)
    answers, rows = _answers(con), _rows(con)
    while True:
        more_answers = [one for one in answers if _is_of(one, found)]
        more_rows = [one for one in rows if _is_of(one, found)]
        if not (more_answers or more_rows):
            return found
        found.answers += more_answers
        found.rows += more_rows
        answers = [one for one in answers if one not in more_answers]
        rows = [one for one in rows if one not in more_rows]
        for one in (*more_rows, *more_answers):
            ids, prints = one.leads_to(found)
            found.ids |= ids
            found.prints |= (prints | {fingerprint(id_) for id_ in ids}) - {""}
            _learn(found, one.prospect if ids else None, one.person if ids == one.ids else None)


def _is_of(one: Record, found: Trace) -> bool:
    if one.person_fp in found.prints:
        return True
    shared = one.ids & found.ids
    if any(not id_.startswith("name:") for id_ in shared):
        return True
    return bool(shared) and not (_links(one.ids) and _links(found.ids))


def _links(ids: Iterable[str]) -> bool:
    return any(id_.startswith("linkedin:") for id_ in ids)


def _learn(found: Trace, who: Prospect | None, person: Person | None) -> None:
    """The texts by which cells, logs and messages are searched."""
    names = {f"{who.first_name} {who.last_name}"} if who else set()
    links, addresses = {who.linkedin} if who else set(), {who.email} if who else set()
    if person is not None:
        names |= {person.full_name, f"{person.first_name} {person.last_name}"}
        links.add(person.linkedin)
        addresses |= {one.address for one in person.emails}
        numbers = {marks.of_phone(one.number) for one in person.phones} - {""}
        found.phones |= numbers
        found.numbers |= {one.partition(":")[2][-DIGITS:] for one in numbers}
    words = {" ".join(name.split()).casefold() for name in names}
    found.texts |= {name for name in words if " " in name and len(name) >= LEAST_NAME}
    found.texts |= {text.casefold() for text in (links | addresses) if text}


def _answers(con: Connection) -> list[Record]:
    rows = con.execute("SELECT person_fp, kind, payload FROM results").fetchall()
    return [
        Record((fp, kind), fp, None, msgspec.json.decode(payload, type=Person) if payload else None) for fp, kind, payload in rows
    ]


def _rows(con: Connection) -> list[Record]:
    rows = con.execute("SELECT job_id, row, kind, person_fp, prospect, coalesce(result,'') FROM units").fetchall()
    return [
        Record(
            (job, str(row), kind),
            fp,
            msgspec.json.decode(prospect, type=Prospect),
            msgspec.json.decode(result, type=Answer).person if result else None,
            result,
        )
        for job, row, kind, fp, prospect, result in rows
    ]
