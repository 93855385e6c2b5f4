"""Who a person is: cleaning of links, addresses and names, one canonical identity, the guard against a wrong match."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from urllib.parse import quote, unquote

from core.model import Person, Prospect

SALES_NAVIGATOR = "This is a Sales Navigator link. Open it, choose “View LinkedIn profile”, and use that link."
COMPANY_PAGE = "This is a company page, not a person's profile."
SHORT_LINK = "This is a short link; open it and use the profile's own link."
TWO_LINKS = "There is more than one LinkedIn link in this cell."
NOT_A_PROFILE = "This LinkedIn link is not a person's profile."
NOT_A_LINK = "This is not a LinkedIn link."

_FINGERPRINT_VERSION = "person/1"
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad\ud800-\udfff]")  # lone surrogates: of odd arguments
_URL_CHAR = r"""[^\s"'<>“”„‘’|]"""
_LINK = re.compile(
    rf"(?<![\w.@-])(?:https?://)?(?P<host>(?:[a-z0-9-]+\.)*linkedin\.com|lnkd\.in)(?::\d+)?(?![\w.-])"
    rf"(?P<path>/{_URL_CHAR}*)?",
    re.IGNORECASE,
)
_BARE_PATH = re.compile(rf"/?(?P<path>in/{_URL_CHAR}+)", re.IGNORECASE)
_TRAILING = " .,;:!)]}…"
_CLEAN = re.compile(r"https://www\.linkedin\.com/in/[a-z0-9-]+")  # most of them; the long way leads to the same
_ODD = re.compile(r"[/\\?# ]")  # what a slug cannot have; other white space is not printable either
_NOT_PROFILES = {
    "sales": SALES_NAVIGATOR,
    "talent": SALES_NAVIGATOR,
    "recruiter": SALES_NAVIGATOR,
    "company": COMPANY_PAGE,
    "school": COMPANY_PAGE,
    "showcase": COMPANY_PAGE,
    "groups": COMPANY_PAGE,
}
_EMAIL = re.compile(r"[^\s@,;:<>()\[\]\"]+@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_][\w-]*(?![\u0300-\u036f])")
_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_](?:[\w-]*[^\W_])?")
_NO_COMPANY = frozenset(
    "na none null unknown private privat freelance freelancer selfemployed selbstandig selbststandig "
    "independant autonomo indipendente autonoma tbd".split(),
)
_TITLES = frozenset(
    "dr dra drs prof profa professor mr mrs ms mx miss sir dame herr frau mag dipl ing dipling mme mlle "
    "monsieur madame sr sra srta dott dottssa dottoressa ir hon rev".split(),
)
_SUFFIXES = frozenset(
    "phd mba msc bsc ma ba bs ms md mph jd llm llb esq cpa cfa pmp jr sr ii iii iv dba edd cissp fca acca "
    "mcipd frcs rn meng beng beds med mph csm".split(),
)
_PARTICLES = frozenset(
    "van von vom zu zur de del della der den di da dos das du la le al el bin ibn ben ter ten".split(),
)
_LEGAL = frozenset(
    "gmbh mbh ug ag kg kgaa ohg gbr ev eg se co cokg inc incorporated corp corporation llc llp lp ltd limited plc pty "
    "pte pvt sa sas sasu sarl eurl snc sci srl srls spa sapa sl slu slne bv nv vof cv bvba sprl ab as asa aps oy oyj "
    "kft zrt nyrt doo dd ad ood sp zoo spzoo sro spol ltda eireli sab sapi cia company group holding holdings gruppe "
    "haftungsbeschrankt".split(),
)
_PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"},
)
_DROPPED = ".'’´`"
_ASCII = {code: chr(code).lower() if chr(code).isalnum() else "" if chr(code) in _DROPPED else " " for code in range(128)}
_NAME_LIKENESS = 0.6
_COMPANY_LIKENESS = 0.8


@dataclass(frozen=True, slots=True)
class LinkedIn:
    """A cleaned profile link, or the sentence that says why the cell holds none. Both empty: the cell was empty."""

    url: str = ""
    problem: str = ""


def clean_linkedin(text: str) -> LinkedIn:
    """Turn what a cell holds into ``https://www.linkedin.com/in/<slug>`` (or ``/pub/...``), or say why not.

    The slug is lower-cased and percent-encoded; opaque member ids (``ACoAA...``) keep their case.
    Cleaning a cleaned link changes nothing.
    """
    if _CLEAN.fullmatch(text):
        return LinkedIn(text)
    bare = _visible(text)
    if not bare:
        return LinkedIn()
    found = {_profile(match["host"], match["path"] or "") for match in _LINK.finditer(bare)}
    if not found and (path := _BARE_PATH.fullmatch(bare)):
        found = {_profile("linkedin.com", "/" + path["path"])}
    match sorted(found, key=lambda link: link.url):
        case []:
            return LinkedIn(problem=NOT_A_LINK)
        case [one]:
            return one
        case _:
            return LinkedIn(problem=TWO_LINKS)


def linkedin_slug(url: str) -> str:
    """What stands for the person in a link, ``ada-sample`` or ``pub/ada-sample/1/2b/3c4``; empty if it is none."""
    path = clean_linkedin(url).url.removeprefix("https://www.linkedin.com/")
    return unquote(path.removeprefix("in/"))


def clean_email(text: str) -> str:
    """The one address in a cell (``mailto:`` and display names taken off), lower case; empty when there is none."""
    found = {match.group() for match in _EMAIL.finditer(_visible(text).lower().replace("mailto:", " "))}
    return found.pop().rstrip(".-_") if len(found) == 1 else ""


def clean_domain(text: str) -> str:
    """``https://www.acme.example/about`` as ``acme.example``; empty when the cell holds no domain."""
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", _visible(text).lower())
    host = re.split(r"[/?#:]", host, maxsplit=1)[0].rstrip(".").removeprefix("www.")
    return host if _DOMAIN.fullmatch(host) else ""


def clean_company(text: str) -> str:
    """The company as typed, or empty for "-", "n/a", "freelance" and other words that name none."""
    tidy = _one_line(text)
    folded = fold(tidy).replace(" ", "")
    return "" if not folded or folded in _NO_COMPANY else tidy


def clean_name(text: str) -> str:
    """A first or last name for asking: titles (Dr., Herr) and suffixes (PhD, MBA) taken off."""
    head, *rest = _one_line(text).split(",")
    kept = [head, *(part for part in rest if not _all_in(part, _SUFFIXES))]
    return " ".join(_without_titles(" ".join(kept).split()))


def split_name(full: str, *, last_first: bool = False) -> tuple[str, str]:
    """First word and the rest, so particles stay with the last name; titles and suffixes are taken off.

    ``last_first`` turns "Sample, Ada" round. A single word comes back as a first name with an empty last name.
    """
    head, *rest = [part.strip() for part in _one_line(full).split(",")]
    kept = [part for part in rest if part and not _all_in(part, _SUFFIXES)]
    ordered = [*kept, head] if last_first and kept else [head, *kept]
    words = _without_titles(" ".join(ordered).split())
    if words and words[0] in _PARTICLES:  # "van Dyck" alone is a last name; "Al" or "Van" in capitals is a first one
        return "", " ".join(words)
    return (words[0], " ".join(words[1:])) if words else ("", "")


def identity(prospect: Prospect) -> str | None:
    """One canonical text for the person, from the strongest thing known; None when the row names nobody.

    Order: LinkedIn slug, e-mail, folded first and last name with the domain or else the company.
    """
    if slug := linkedin_slug(prospect.linkedin):
        return f"linkedin:{slug}"
    if email := clean_email(prospect.email):
        return f"email:{email}"
    first, last = fold(clean_name(prospect.first_name)), fold(clean_name(prospect.last_name))
    domain, company = clean_domain(prospect.domain), fold_company(clean_company(prospect.company))
    if not (first and last and (domain or company)):
        return None
    return f"name:{first}|{last}|" + (f"domain:{domain}" if domain else f"company:{company}")


def identities(person: Person) -> list[str]:
    """The canonical texts a contact of Lusha's is recognised by beyond doubt: his profile and his own addresses.

    A name with a company is none of them: two people may share it.
    """
    asked = [Prospect(linkedin=person.linkedin), *(Prospect(email=email.address) for email in person.emails)]
    return [found for one in asked if (found := identity(one))]


def fingerprint(identity: str) -> str:
    """SHA-256 of an identity as 64 hex digits; versioned, so that a change of the rules cannot mix old and new."""
    return hashlib.sha256(f"{_FINGERPRINT_VERSION}\0{identity}".encode()).hexdigest()


def same_person(prospect: Prospect, person: Person) -> bool:
    """Whether the contact that came back may be the person asked for.

    False only when the name or the company is clearly different; accents, legal suffixes, initials and missing data
    never make a difference.
    """
    return _names_agree(prospect, person) and _companies_agree(prospect, person)


def fold(text: str) -> str:
    """Case-, accent- and punctuation-blind form, words separated by single blanks."""
    if text.isascii():  # most are, and need none of the rest
        return " ".join(text.translate(_ASCII).split())
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN_LETTERS))
    plain = "".join(char for char in plain if not unicodedata.combining(char) and char not in _DROPPED)
    return " ".join("".join(char if char.isalnum() else " " for char in plain).split())


def fold_company(text: str) -> str:
    """`fold` without legal suffixes (GmbH, Ltd, S.A. ...); a name made of suffixes only stays whole."""
    words = fold(text).split()
    while len(words) > 1 and words[-1] in _LEGAL:
        words.pop()
    return " ".join(words)


def _visible(text: str) -> str:
    return _INVISIBLE.sub("", text).strip().strip("\"'“”„‘’<>").strip()


def _one_line(text: str) -> str:
    if text.isascii():
        return " ".join(text.split())
    return " ".join(unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).split())


def _profile(host: str, path: str) -> LinkedIn:
    if host.lower() == "lnkd.in":
        return LinkedIn(problem=SHORT_LINK)
    parts = [part for part in re.split(r"[?#]", path, maxsplit=1)[0].split("/") if part]
    while parts and parts[0].lower() in ("mwlite", "profile"):
        parts = parts[1:]
    match parts:
        case [kind, *_] if problem := _NOT_PROFILES.get(kind.lower()):
            return LinkedIn(problem=problem)
        case [kind, slug, *_] if kind.lower() == "in" and (clean := _slug(slug)):
            return LinkedIn(f"https://www.linkedin.com/in/{quote(clean, safe='')}")
        case [kind, _, *_] if kind.lower() == "pub" and all(old := [_slug(part) for part in parts[1:]]):
            return LinkedIn("https://www.linkedin.com/pub/" + "/".join(quote(part, safe="") for part in old))
        case _:
            return LinkedIn(problem=NOT_A_PROFILE)


def _slug(raw: str) -> str:
    """Decoded once, in composed form, lower case unless it is an opaque id; empty when it cannot be a slug."""
    try:
        slug = unquote(raw, errors="strict")
    except UnicodeDecodeError:
        return ""
    slug = unicodedata.normalize("NFC", slug).strip(_TRAILING)
    if not slug.startswith(("ACoA", "ACwA")):
        slug = unicodedata.normalize("NFC", slug.lower())
    return slug if slug.isprintable() and not _ODD.search(slug) else ""


def _all_in(part: str, words: frozenset[str]) -> bool:
    return all(fold(word).replace(" ", "") in words for word in part.split())


def _without_titles(words: list[str]) -> list[str]:
    start, end = 0, len(words)
    while start < end - 1 and fold(words[start]).replace(" ", "") in _TITLES:
        start += 1
    # "Ma" and "Ba" are family names: a suffix counts only in capitals, with dots, or as PhD and the like
    while end > start + 1 and _is_suffix(words[end - 1]):
        end -= 1
    return [word.strip(",") for word in words[start:end]]


def _is_suffix(word: str) -> bool:
    bare = word.strip("(),")
    letters = bare.replace(".", "")
    return fold(bare).replace(" ", "") in _SUFFIXES and (
        "." in bare or letters.isupper() or letters in ("PhD", "MSc", "BSc", "Jr", "Sr", "Esq", "MEng", "BEng")
    )


def _names_agree(prospect: Prospect, person: Person) -> bool:
    if not (prospect.first_name and prospect.last_name):
        return True
    mine = _words(prospect.first_name), _words(prospect.last_name)
    if not all(mine):
        return True
    first, last = split_name(person.full_name)
    theirs = _words(person.first_name or first), _words(person.last_name or last)
    if not all(theirs) or not _same_script(" ".join((*mine[1], *theirs[1]))):
        return True
    first_agrees = _some_alike(mine[0], theirs[0]) or _initial_of(mine[0], theirs[0]) or _some_alike(mine[0], theirs[1])
    last_agrees = _some_alike(mine[1], theirs[1]) or _initial_of(mine[1], theirs[1]) or _some_alike(mine[1], theirs[0])
    return first_agrees and last_agrees


def _words(name: str) -> tuple[str, ...]:
    return tuple(_umlaut_blind(word) for word in fold(clean_name(name)).split() if word not in _PARTICLES)


def _umlaut_blind(word: str) -> str:
    """Müller, Mueller and Muller are the same to the guard (never to the identity)."""
    return word.replace("ae", "a").replace("oe", "o").replace("ue", "u")


def _some_alike(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    return any(_alike(a, b, _NAME_LIKENESS) for a in mine for b in theirs)


def _initial_of(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    a, b = mine[0], theirs[0]
    return min(len(a), len(b)) == 1 and a[0] == b[0]


def _alike(a: str, b: str, limit: float) -> bool:
    return a == b or (min(len(a), len(b)) > 2 and (a.startswith(b) or b.startswith(a))) or _ratio(a, b) >= limit


def _ratio(a: str, b: str) -> float:
    return SequenceMatcher(None, a, b, autojunk=False).ratio()


def _same_script(text: str) -> bool:
    """Latin and non-Latin spellings of a name cannot be compared, so they prove nothing."""
    letters = [char.isascii() for char in text if char.isalpha()]
    return all(letters) or not any(letters)


def _companies_agree(prospect: Prospect, person: Person) -> bool:
    if not (prospect.domain or prospect.company):
        return True
    mine, theirs = clean_domain(prospect.domain), clean_domain(person.domain)
    if mine and theirs and mine.split(".")[0] == theirs.split(".")[0]:
        return True
    a = fold_company(clean_company(prospect.company))
    b = fold_company(clean_company(person.company)) if a else ""
    if not a or not b:
        return not (mine and theirs)
    if not _same_script(a + b):
        return True
    return _company_alike(_umlaut_blind(a).split(), _umlaut_blind(b).split())


def _company_alike(a: list[str], b: list[str]) -> bool:
    if set(a) <= set(b) or set(b) <= set(a):
        return True
    joined_a, joined_b = "".join(a), "".join(b)
    initials = {"".join(word[0] for word in a), "".join(word[0] for word in b)}
    return joined_a in initials or joined_b in initials or _alike(joined_a, joined_b, _COMPANY_LIKENESS)
