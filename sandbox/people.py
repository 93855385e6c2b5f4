"""Who the practice server knows: a fixed cast with one trait each, and everybody else by the hash of his identity.

All numbers and domains are reserved for fiction: +44 20 7946 0xxx, +44 7700 900xxx, +1 xxx-555-01xx, `.example`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Someone:
    """A person as the practice server knows him. ``trait`` says what is special about the answer."""

    slug: str
    first: str
    last: str
    company: str
    domain: str
    trait: str
    phones: tuple[Json, ...] | None = ()  # None: the key is left out of the answer
    emails: tuple[Json, ...] | None = ()
    error: str = ""  # an item error instead of data
    shown: tuple[str, str] = ("", "")  # other name and company than asked for: a wrong match
    title: str = "Head of Operations"
    behave: str = ""  # absent, twice, no_reference, slow, poison

    @property
    def email(self) -> str:
        return f"{self.slug.removeprefix('sb-')}@{self.domain}"


def phone(number: str, type_: str = "mobile", **more: Any) -> Json:  # noqa: ANN401
    """A phone as Lusha sends it; ``more`` may take back or add fields (``doNotCall=...`` absent is None here: "-")."""
    made = {"number": number, "type": type_, "doNotCall": False, "updateDate": "2026-04-15", "dataSource": "lusha"}
    made |= more
    return {key: value for key, value in made.items() if value != "-"}


def email(address: str, type_: str = "work", **more: Any) -> Json:  # noqa: ANN401
    return {"email": address, "type": type_, "confidence": "A+", "updateDate": "2026-05-01", "dataSource": "lusha"} | more


def _one(slug: str, first: str, last: str, company: str, trait: str, **more: Any) -> Someone:  # noqa: ANN401
    domain = (re.sub(r"[^a-z0-9]+", "-", _plain(company).lower()).strip("-")[:40] or "mail") + ".example"
    number = int(hashlib.sha256(slug.encode()).hexdigest(), 16) % 1000
    more.setdefault("phones", (phone(f"+44 7700 900{number:03d}"),))
    more.setdefault("emails", (email(f"{slug.removeprefix('sb-')}@{domain}"),))
    return Someone(slug, first, last, company, domain, trait, **more)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


CAST: tuple[Someone, ...] = (
    _one("sb-ada-sample", "Ada", "Sample", "Sample Widgets Ltd", "direct and mobile numbers",
         phones=(phone("+44 20 7946 0000", "direct"), phone("+44 7700 900123", "mobile", doNotCall=True))),
    _one("sb-ben-example", "Ben", "Example", "Example Logistics GmbH", "known, no phone", phones=()),
    _one("sb-cleo-quiet", "Cleo", "Quiet", "Quiet Harbour SA", "known, phones left out", phones=None),
    _one("sb-dan-mobile", "Dan", "Mobile", "Northwind Traders Inc", "one mobile"),
    _one("sb-mobile-dnc", "Eve", "Hushed", "Hushed Media BV", "do not call", phones=(phone("+44 7700 900111", doNotCall=True),)),
    _one("sb-dnc-missing", "Finn", "Unclear", "Unclear Foods AB", "do-not-call flag missing",
         phones=(phone("+44 7700 900112", doNotCall="-"),)),
    _one("sb-dnc-null", "Gia", "Vague", "Vague Optics SpA", "do-not-call flag null", phones=(phone("+44 7700 900113", doNotCall=None),)),
    _one("sb-zoe-mueller", "Zoë", "Müller-Østby", "Example Logistics GmbH", "every phone trap",
         phones=(phone("0221 4710 142", "phone", countryIso2="DE"), phone("+1 (202) 555-0143", "Mobile", doNotCall="-"),
                 phone("+12025550143", doNotCall=True), phone("+44 7700 900456", "satellite", doNotCall=None, updateDate=None, credits=5))),
    _one("sb-many-phones", "Hugo", "Manyline", "Manyline Telecom plc", "five numbers",
         phones=tuple(phone(f"+44 20 7946 01{n:02d}", kind) for n, kind in enumerate(("work", "direct", "mobile", "mobile", "phone")))),
    _one("sb-notfound", "Iris", "Nowhere", "Nowhere Consulting", "not found", error="NOT_FOUND"),
    _one("sb-gdpr", "Jon", "Private", "Private Matters GmbH", "objected", error="COMPLIANCE_RESTRICTED"),
    _one("sb-failed", "Kim", "Broken", "Broken Gears Ltd", "fails at Lusha", error="ENRICH_FAILED"),
    _one("sb-odd-error", "Lou", "Oddly", "Oddly Ltd", "unknown error", error="SOMETHING_NEW"),
    _one("sb-wrong-person", "Mia", "Rightful", "Rightful Group", "another person comes back", shown=("Mila Wrongman", "Elsewhere Corp")),
    _one("sb-jurgen", "Jürgen", "Weiß", "Straßenbau Köln GmbH", "accents"),
    _one("sb-anna-cyrillic", "Анна", "Иванова", "Пример ООО", "another script"),
    _one("sb-ming", "明", "王", "示例有限公司", "another script"),
    _one("sb-formula", "=SUM(A1)", "O'Formula", "+Plus & <Minus> Ltd", "looks like a formula"),
    _one("sb-long-company", "Nora", "Longname", "Very " * 58 + "Long Ltd", "300-character company"),
    _one("sb-private-mail", "Omar", "Homebody", "Homebody Ltd", "private e-mail", emails=(email("omar@mail.example", "private", confidence=None),)),
    _one("sb-two-mails", "Pia", "Twofold", "Twofold Ltd", "private and work e-mail",
         emails=(email("PIA@mail.example", "Private", confidence=None), email("pia@twofold-ltd.example"))),
    _one("sb-mail-only", "Quinn", "Writer", "Writer Press", "e-mail, no phone", phones=()),
    _one("sb-absent", "Rosa", "Skipped", "Skipped Ltd", "left out of the answer", behave="absent"),
    _one("sb-twice", "Sam", "Double", "Double Ltd", "comes twice", behave="twice"),
    _one("sb-uma-direct", "Uma", "Directly", "Directly Ltd", "one direct number", phones=(phone("+1 212 555 0142", "direct"),)),
    _one("sb-victor-us", "Victor", "States", "States Supply Inc", "American number", phones=(phone("+1-415-555-0171"),)),
    _one("sb-wes-work", "Wes", "Desk", "Desk & Chair Co", "work number", phones=(phone("+44 20 7946 0333", "work"),)),
    _one("sb-xena-new", "Xena", "Recent", "Recent Arrivals Ltd", "one mobile"),
    _one("sb-yuri-old", "Yuri", "Longago", "Longago Ltd", "old number", phones=(phone("+44 7700 900777", updateDate="2019-01-02T00:00:00.000Z"),)),
    _one("sb-zack-last", "Zack", "Final", "Final Stop Ltd", "one mobile"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Directory:
    """Finds the person behind an identity; the same spelling variants of a link give the same person."""

    by_slug: dict[str, Someone] = field(default_factory=lambda: {one.slug: one for one in CAST})
    by_email: dict[str, Someone] = field(default_factory=lambda: {one.email.lower(): one for one in CAST})
    by_name: dict[tuple[str, str], Someone] = field(
        default_factory=lambda: {(_fold(one.first), _fold(one.last)): one for one in CAST}
    )

    def find(self, contact: Json) -> Someone:
        """The person a contact of a request names; somebody invented from the hash when nobody of the cast is meant."""
        if link := contact.get("linkedinUrl"):
            slug = slug_of(link)
            words = [word.capitalize() for word in re.split(r"[-_]", slug) if word.isalpha()]
            return self.by_slug.get(slug) or invented(f"in/{slug}", *((words[0], " ".join(words[1:])) if words[1:] else ()))
        if mail := contact.get("email"):
            return self.by_email.get(mail.lower()) or invented(f"mail/{mail.lower()}")
        first, last = contact.get("firstName", ""), contact.get("lastName", "")
        company = contact.get("companyDomain") or contact.get("companyName") or ""
        known = self.by_name.get((_fold(first), _fold(last)))
        return known or invented(f"name/{_fold(first)}/{_fold(last)}/{_fold(company)}", first, last)


def slug_of(link: str) -> str:
    """``ada-sample`` of any spelling of a LinkedIn profile link."""
    path = re.sub(r"^https?://", "", link.strip(), flags=re.IGNORECASE)
    found = re.search(r"/(?:in|pub)/([^/?#]+)", path)
    return (found.group(1) if found else path).lower()


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


_FIRST = ("Alex", "Bo", "Chris", "Dana", "Eli", "Fran", "Gus", "Hana", "Ivo", "Jules")
_LAST = ("Archer", "Baker", "Cole", "Dale", "Ember", "Frost", "Gale", "Hart", "Ives", "Joy")
WITH_PHONE, WITHOUT_PHONE = 45, 65  # of 100: up to here a phone, up to here known without one, the rest not found


def invented(identity: str, first: str = "", last: str = "") -> Someone:
    """Somebody stable for this identity: 45 % have a phone, 20 % none, 35 % are not found."""
    number = int(hashlib.sha256(identity.encode()).hexdigest(), 16)
    first, last = first or _FIRST[number % 10], last or _LAST[number // 10 % 10]
    slug = f"p{number % 10**12:012d}"
    dice = number // 1000 % 100
    made = _one(slug, first, last, "", "invented")  # nobody can know the company a stranger's row names
    if dice < WITH_PHONE:
        return made
    if dice < WITHOUT_PHONE:
        return Someone(made.slug, first, last, made.company, made.domain, "invented", (), made.emails)
    return Someone(made.slug, first, last, made.company, made.domain, "invented", error="NOT_FOUND")
