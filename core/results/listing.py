"""The do-not-contact list as people write it: a line, a table of a spreadsheet program, a file to carry elsewhere."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from core.errors import FileTrouble
from core.model import Prospect
from core.results import marks
from core.results.person import clean_domain, clean_email, clean_linkedin, fold, split_name
from core.results.suppression import Entry, What, entry_for
from core.texts import read_text

HEAD = ("Kind", "Value", "Reason", "Since", "Mark")
_HEADINGS = {
    "linkedin": ("linkedin", "linkedin url", "profile", "profile url"),
    "email": ("email", "e mail", "mail", "email address", "e mail address"),
    "domain": ("domain", "website", "company domain"),
    "phone": ("phone", "telephone", "tel", "mobile", "phone number", "number"),
    "name": ("name", "full name", "person"),
    "first": ("first name", "vorname"),
    "last": ("last name", "surname", "nachname"),
    "company": ("company", "firma", "account"),
    "value": ("value", "entry"),
    "reason": ("reason", "why", "note", "grund"),
    "since": ("since", "date", "added"),
    "kind": ("kind",),
    "mark": ("mark",),
}
_FIELD = {heading: field for field, headings in _HEADINGS.items() for heading in headings}
_NETWORKS = {"linkedin.com", "lnkd.in"}
_MOST_REASON = 200  # characters


@dataclass(frozen=True, slots=True)
class Bad:
    """A line nobody can be recognised by, counted from 1."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Read:
    """What a file or a list of lines holds."""

    entries: tuple[Entry, ...]
    bad: tuple[Bad, ...] = ()


def of_text(text: str, *, reason: str = "", at: float = 0.0) -> Entry | None:
    """What one text names: a LinkedIn profile, an e-mail address, a domain (also ``@acme.example``) or a number.

    None for what names nobody, such as the page of a company at LinkedIn.
    """
    bare = " ".join(text.split())
    if link := clean_linkedin(bare).url:
        return _person(Prospect(linkedin=link), link, reason, at)
    if email := clean_email(bare):
        return _person(Prospect(email=email), email, reason, at)
    if "/" in bare and clean_domain(bare) in _NETWORKS:  # the page of a company: its domain would be everybody's
        return None
    if canonical := marks.of_domain(bare):
        return entry_for(What.DOMAIN, canonical, clean_domain(bare.removeprefix("@")), reason, at)
    if not any(char.isalpha() for char in bare) and (canonical := marks.of_phone(bare)):
        return entry_for(What.PHONE, canonical, bare, reason, at)
    return None


def of_people(who: Prospect, *, reason: str = "", at: float = 0.0) -> list[Entry]:
    """An entry for every identity a person is given with."""
    shown = {"linkedin": who.linkedin, "email": who.email, "name": _named(who)}
    return [
        entry_for(What.PERSON, canonical, shown[canonical.partition(":")[0]], reason, at) for canonical in marks.of_prospect(who)
    ]


def read(text: str, at: float) -> Read:
    """Entries of a text: a CSV with headings, or one entry a line. ``at`` is the date of lines without one."""
    rows = _rows(text)
    fields = [_FIELD.get(fold(cell), "") for cell in rows[0]] if rows else []
    body = rows[1:] if any(fields) else rows
    found: list[Entry] = []
    bad: list[Bad] = []
    for number, row in enumerate(body, len(rows) - len(body) + 1):
        if not any(cell.strip() for cell in row):
            continue
        values = _values(fields, row) if any(fields) else {"value": row[0], "reason": row[1] if len(row) > 1 else ""}
        entries = list(_entries(values, at))
        found += entries
        if not entries:
            bad.append(Bad(number, "no profile link, e-mail address, domain, phone number, or name with company"))
    return Read(tuple(found), tuple(bad))


def read_file(path: Path, at: float) -> Read:
    """The entries of a .csv or .txt file. Raises FileTrouble when it cannot be read."""
    try:
        return read(read_text(path), at)
    except csv.Error as error:
        raise FileTrouble(f"{path.name} cannot be read as records", f"{error}. Save it anew as CSV UTF-8.") from None


def write_file(path: Path, entries: Iterable[Entry], *, force: bool = False) -> int:
    """The list as CSV that `read_file` takes anywhere; how many lines. Raises FileTrouble; an old file only by ``force``."""
    rows = [_line(entry) for entry in entries]
    try:
        with path.open("w" if force else "x", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEAD)
            writer.writerows(rows)
    except FileExistsError:
        raise FileTrouble(f"{path.name} is there already", "Choose another name, or say --force to replace it.") from None
    except OSError as error:
        raise FileTrouble(f"{path.name} cannot be written", f"{error.strerror}. Choose another place.") from None
    return len(rows)


def _line(entry: Entry) -> tuple[str, ...]:
    since = f"{datetime.fromtimestamp(entry.at, UTC):%Y-%m-%d}"
    return (entry.what.value.lower(), _plain(entry.shown), _plain(entry.reason), since, entry.mark)


def _plain(text: str) -> str:
    """A cell that no spreadsheet program takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@"} else text


# -- reading ----------------------------------------------------------------------------------------------------------
def _rows(text: str) -> list[list[str]]:
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count) if any(char in first for char in ",;\t") else ","
    return list(csv.reader(io.StringIO(text), delimiter=separator))


def _values(fields: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    return {field: cell.strip().removeprefix("'") for field, cell in zip(fields, row, strict=False) if field and cell.strip()}


def _entries(values: Mapping[str, str], at: float) -> Iterator[Entry]:
    reason, since = values.get("reason", "").strip()[:_MOST_REASON], _since(values.get("since", ""), at)
    if marks.is_mark(values.get("mark", "")):
        yield _marked(values, reason, since)
        return
    for field in ("value", "domain", "phone"):
        if entry := of_text(values.get(field, ""), reason=reason, at=since):
            yield entry
    first, last = split_name(values.get("name", ""))
    who = Prospect(
        linkedin=clean_linkedin(values.get("linkedin", "")).url,
        email=clean_email(values.get("email", "")),
        first_name=values.get("first", first),
        last_name=values.get("last", last),
        company=values.get("company", ""),
    )
    yield from of_people(who, reason=reason, at=since)


def _marked(values: Mapping[str, str], reason: str, since: float) -> Entry:
    """A line of an export: what it shows may be masked, the mark says whom it means."""
    found = of_text(values.get("value", ""))
    plain = found is not None and found.mark == values["mark"]
    what = What(values.get("kind", "").upper()) if values.get("kind", "").upper() in set(What) else What.PERSON
    masked = not plain and "…" in values.get("value", "")
    return Entry(what, values.get("value", ""), values["mark"], reason, since, masked)


def _since(text: str, at: float) -> float:
    try:
        said = datetime.fromisoformat(text)
    except ValueError:
        return at
    return (said if said.tzinfo else said.replace(tzinfo=UTC)).timestamp()


def _person(who: Prospect, shown: str, reason: str, at: float) -> Entry | None:
    return next((replace(entry, shown=shown) for entry in of_people(who, reason=reason, at=at)), None)


def _named(who: Prospect) -> str:
    return f"{who.first_name} {who.last_name}, {who.company or who.domain}".strip()
