"""The bodies we send. Lusha refuses any property it does not know, so nothing else may ever be in them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import msgspec

from core.errors import UsageError
from core.model import Kind, Prospect

MOST_PEOPLE = 100  # in one request


class Contact(msgspec.Struct, omit_defaults=True, rename="camel", frozen=True):
    """One person asked for, with exactly one kind of identity: which wins when several are sent is not documented."""

    client_reference_id: str
    linkedin_url: str = ""
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    company_name: str = ""
    company_domain: str = ""


class SearchAndEnrich(msgspec.Struct, rename="camel", frozen=True):
    """Body of ``POST /v3/contacts/search-and-enrich``."""

    contacts: tuple[Contact, ...]
    reveal: tuple[str, ...]


class Enrich(msgspec.Struct, omit_defaults=True, rename="camel", frozen=True):
    """Body of ``POST /v3/contacts/enrich``."""

    ids: tuple[str, ...]
    reveal: tuple[str, ...]
    waterfall_enabled: bool | None = None


def references(count: int) -> tuple[str, ...]:
    """``<4 hex>-<n>`` for each person of one request: random, so that it tells nothing about the sheet."""
    stem = secrets.token_hex(2)
    return tuple(f"{stem}-{n}" for n in range(count))


def search_and_enrich(prospects: Sequence[Prospect], refs: Sequence[str], kinds: frozenset[Kind]) -> bytes:
    """The body for 1 to 100 prospects; UsageError when one has no identity, or nothing is asked."""
    _check(len(prospects), kinds)
    contacts = tuple(_contact(prospect, ref) for prospect, ref in zip(prospects, refs, strict=True))
    return msgspec.json.encode(SearchAndEnrich(contacts, _reveal(kinds)))


def enrich(ids: Sequence[str], kinds: frozenset[Kind], *, waterfall_word: bool = True) -> bytes:
    """The body for 1 to 100 ids. ``waterfall_word`` False leaves ``waterfallEnabled`` out instead of sending false."""
    _check(len(ids), kinds)
    return msgspec.json.encode(Enrich(tuple(ids), _reveal(kinds), waterfall_enabled=False if waterfall_word else None))


def _contact(prospect: Prospect, ref: str) -> Contact:
    """LinkedIn before e-mail before the name with domain or company."""
    if prospect.linkedin:
        return Contact(ref, linkedin_url=prospect.linkedin)
    if prospect.email:
        return Contact(ref, email=prospect.email)
    if prospect.first_name and prospect.last_name and (prospect.company or prospect.domain):
        return Contact(
            ref,
            first_name=prospect.first_name,
            last_name=prospect.last_name,
            company_name=prospect.company,
            company_domain=prospect.domain,
        )
    raise UsageError("This person cannot be looked up", "A LinkedIn link, an e-mail, or name and company are needed.")


def _reveal(kinds: frozenset[Kind]) -> tuple[str, ...]:
    return tuple(sorted(kind.value for kind in kinds))


def _check(count: int, kinds: frozenset[Kind]) -> None:
    """Left out, ``reveal`` would mean both kinds, and both would be charged; so it is never empty."""
    if not kinds:
        raise UsageError("Nothing is asked for", "Choose phones, e-mails or both.")
    if not 1 <= count <= MOST_PEOPLE:
        raise UsageError("A request is for 1 to 100 people", f"This one is for {count}.")
