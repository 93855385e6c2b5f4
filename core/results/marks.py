"""By what a person, a domain or a number on the do-not-contact list is recognised (pure).

Cleaned by the rules of `person`, so that whoever is one person to a run is one person here. What is kept is a hash: it
can be compared with, and read back by nobody.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet

from core.model import Person, Prospect
from core.results.person import (
    clean_company,
    clean_domain,
    clean_email,
    clean_name,
    fold,
    fold_company,
    linkedin_slug,
    split_name,
)

_VERSION = "suppressed/1"
_EXTENSION = re.compile(r"(?:\bext|\bx|\bdw|#|;ext=).*$", re.IGNORECASE)
_TRUNK = re.compile(r"\(\s*0\s*\)")  # +49 (0)30: the 0 is for callers inside the country
LEAST_DIGITS = 6
KINDS = frozenset({"linkedin", "email", "name", "domain", "phone"})  # what stands before the colon of a canonical text
_MARK = re.compile(rf"(?:{'|'.join(sorted(KINDS))}):[0-9a-f]{{64}}")


def mark(text: str) -> str:
    """The kind and the hash of one canonical text: ``email:`` and 64 hex digits for ``email:ada@sample.example``."""
    told = hashlib.sha256(f"{_VERSION}\0{text}".encode()).hexdigest()
    return f"{text.partition(':')[0]}:{told}"


def is_mark(text: str) -> bool:
    return _MARK.fullmatch(text) is not None


def clean_phone(text: str) -> str:
    """The digits of a number with its country code, without "+" or "00"; empty when it holds fewer than six."""
    bare = _EXTENSION.sub("", text)
    digits = "".join(char for char in _TRUNK.sub("", bare) if char.isascii() and char.isdigit())
    digits = digits.removeprefix("00") if not bare.strip().startswith("+") else digits
    return digits if len(digits) >= LEAST_DIGITS else ""


def of_phone(number: str) -> str:
    digits = clean_phone(number)
    return f"phone:{digits}" if digits else ""


def of_domain(domain: str) -> str:
    clean = clean_domain(domain.strip().removeprefix("@"))
    return f"domain:{clean}" if clean else ""


def of_prospect(who: Prospect, kinds: AbstractSet[str] = KINDS) -> tuple[str, ...]:
    """Every identity the row gives, not only the strongest: whoever is on the list by any of them is not asked for.

    ``kinds`` are those that are wanted: cleaning names and links of a long list takes a while.
    """
    return tuple(_people(kinds, who.linkedin, [who.email], who.first_name, who.last_name, who.company, who.domain))


def of_person(who: Person, kinds: AbstractSet[str] = KINDS) -> tuple[str, ...]:
    """Every identity of a contact that came back, each of its addresses included."""
    first, last = (who.first_name, who.last_name) if who.first_name and who.last_name else split_name(who.full_name)
    return tuple(_people(kinds, who.linkedin, [one.address for one in who.emails], first, last, who.company, who.domain))


def domains_of(*texts: str) -> tuple[str, ...]:
    """The domains behind these domains and addresses with all they belong to: ``mail.acme.example``, ``acme.example``."""
    found: dict[str, None] = {}
    for text in texts:
        parts = clean_domain(text.rpartition("@")[2]).split(".")
        for start in range(len(parts) - 1):
            found[f"domain:{'.'.join(parts[start:])}"] = None
    return tuple(found)


def masked(canonical: str) -> str:
    """How somebody who was forgotten is still told apart in the list: ``a…@sample.example``, ``LinkedIn a…``."""
    kind, _, rest = canonical.partition(":")
    match kind:
        case "email":
            return f"{rest[:1]}…@{rest.rpartition('@')[2]}"
        case "phone":
            return f"…{rest[-2:]}"
        case "linkedin":
            return f"LinkedIn {rest[:1]}…"
        case _:
            first, last, *_ = [*rest.split("|"), "", ""]
            return f"{first[:1].upper()}. {last[:1].upper()}."


def _people(
    kinds: AbstractSet[str],
    linkedin: str,
    emails: Iterable[str],
    first_name: str,
    last_name: str,
    company: str,
    domain: str,
) -> Iterator[str]:
    if "linkedin" in kinds and (slug := linkedin_slug(linkedin)):
        yield f"linkedin:{slug}"
    if "email" in kinds:
        yield from (f"email:{clean}" for email in emails if (clean := clean_email(email)))
    if "name" in kinds:
        yield from _names(first_name, last_name, company, domain)


def _names(first_name: str, last_name: str, company: str, domain: str) -> Iterator[str]:
    first, last = fold(clean_name(first_name)), fold(clean_name(last_name))
    if first and last:
        if site := clean_domain(domain):
            yield f"name:{first}|{last}|domain:{site}"
        if firm := fold_company(clean_company(company)):
            yield f"name:{first}|{last}|company:{firm}"
