"""Who a row is about: cleaning twice is cleaning once, and the same person in other clothes is the same person."""

from __future__ import annotations

import re
from urllib.parse import quote

from hypothesis import strategies as st

from core.errors import FileTrouble, UsageError
from core.model import Person, Prospect
from core.results import person
from core.sheets import picks
from core.sheets.headers import Doubt, Mapping, detect, prospect_of
from core.sheets.sheet import Area, Grid, TableArea
from tools.fuzz.target import Target

_ODD = [
    "Dr. Ada Sample, PhD",
    "van Dyck",
    "Müller GmbH & Co. KG",
    "İstanbul",
    "ß",
    "ﬁ",
    "ǆ",
    "عمر",
    "Ada\udcff",
    "\u200bAda\ufeff",
    "n/a",
    "…",
]
_LINKS = [
    "https://www.linkedin.com/in/ada-sample",
    "linkedin.com/in/ADA-Sample/?trk=x",
    "in/ada%2Dsample",
    "https://de.linkedin.com/pub/ada/1/2b/3c4",
    "https://www.linkedin.com/in/ACoAAB12",
    "https://www.linkedin.com/in/%E4%BD%A0%e5%A5%BD",
    "lnkd.in/x",
    "https://www.linkedin.com/sales/lead/x",
]
_texts = st.one_of(
    st.text(max_size=30),
    st.sampled_from([*_ODD, *_LINKS, "Ada@Acme.example", "<mailto:a@b.example>", "https://www.acme.example/x"]),
)
_cells = st.one_of(_texts, st.tuples(_texts, _texts).map("".join))


def cleaning(text: str) -> None:
    link = person.clean_linkedin(text)
    assert not (link.url and link.problem)
    if link.url:
        assert person.clean_linkedin(link.url).url == link.url
        assert link.url.isascii()
    for clean in (
        person.clean_email,
        person.clean_domain,
        person.clean_company,
        person.clean_name,
        person.fold,
        person.fold_company,
    ):
        once = clean(text)
        assert clean(once) == once, clean.__name__
    first, last = person.split_name(text)
    assert not (last and not first) or last[0].islower() or last
    who = person.identity(Prospect(linkedin=text, email=text, first_name=text, last_name=text, company=text, domain=text))
    assert who is None or re.fullmatch(r"[0-9a-f]{64}", person.fingerprint(who))


_slugs = st.from_regex(r"[a-z0-9][a-z0-9-]{2,20}[a-z0-9]", fullmatch=True) | st.text("äöüéñ你好абв-", min_size=2, max_size=8)
_wraps = st.sampled_from(
    ["{}", " {} ", "<{}>", '"{}"', "\u200b{}\ufeff", "{}?trk=people", "{}/", "{}#top", "{}/de", "see {} now"]
)
_hosts = st.sampled_from(
    ["https://www.linkedin.com", "http://linkedin.com", "www.linkedin.com", "https://de.linkedin.com", "LinkedIn.com:443"]
)


@st.composite
def _same_link(draw: st.DrawFn) -> tuple[str, str]:
    slug = draw(_slugs)
    forms = [slug, slug.upper(), quote(slug), quote(slug).lower()]
    made = [f"{draw(_hosts)}/in/{draw(st.sampled_from(forms))}" for _ in range(2)]
    return draw(_wraps).format(made[0]), draw(_wraps).format(made[1])


def equal_links(pair: tuple[str, str]) -> None:
    one, other = (person.identity(Prospect(linkedin=text)) for text in pair)
    assert one is not None
    assert one == other, pair


_persons = st.builds(Person, full_name=_texts, first_name=_texts, last_name=_texts, company=_texts, domain=_texts)
_prospects = st.builds(
    Prospect, linkedin=_texts, email=_texts, first_name=_texts, last_name=_texts, company=_texts, domain=_texts
)


def matching(pair: tuple[Prospect, Person]) -> None:
    asked, came = pair
    assert isinstance(person.same_person(asked, came), bool)
    itself = Person(first_name=asked.first_name, last_name=asked.last_name, company=asked.company, domain=asked.domain)
    assert person.same_person(asked, itself)


_HEADINGS = [
    "LinkedIn URL",
    "Name",
    "First name",
    "Last name",
    "Company",
    "E-mail",
    "Domain",
    "Phone",
    "Firma",
    "",
    "  ",
    "Lusha Phone",
    "Status",
]
_headings = st.one_of(st.sampled_from(_HEADINGS), _cells)
_rows = st.lists(st.lists(_cells, max_size=7), max_size=8)
_areas = st.builds(Area, st.integers(1, 4), st.integers(1, 4), st.integers(2, 12), st.integers(2, 12))
_tables = st.lists(st.builds(TableArea, _texts, _areas, st.integers(0, 2), st.integers(0, 1), st.booleans()), max_size=2)


@st.composite
def _grids(draw: st.DrawFn) -> Grid:
    above, head = draw(st.lists(st.lists(_cells, max_size=3), max_size=2)), draw(st.lists(_headings, max_size=7))
    return Grid(
        draw(_texts),
        [*above, head, *draw(_rows)],
        tuple(draw(_tables)),
        draw(st.none() | _areas),
        draw(st.integers(0, 4)),
        tuple(draw(st.lists(_areas, max_size=2))),
    )


def headings(grid: Grid) -> None:
    try:
        found = detect(grid)
    except FileTrouble as trouble:
        assert trouble.title
        return
    mapping = found.mapping if isinstance(found, Doubt) else found
    assert isinstance(mapping, Mapping)
    assert all(column >= 1 for column in mapping.columns.values())
    assert 0 <= mapping.header_row <= max(len(grid.rows), 12)
    for _, cells in grid.filled(mapping.first_row, mapping.last_row):
        who = prospect_of(cells, mapping)
        assert isinstance(who, Prospect | str)
        assert who if isinstance(who, str) else person.identity(who)
    picks.picked_of(mapping)


def chosen(given: tuple[Grid, list[str]]) -> None:
    grid, texts = given
    try:
        picked = picks.pick(grid, picks.parse(texts))
        detect(grid, picked.columns, header=picked.header)
    except (UsageError, FileTrouble) as trouble:
        assert trouble.title


_maps = st.lists(
    st.tuples(st.sampled_from([*picks.NAMES, "x", ""]), _headings | st.text("ABCXFZ", max_size=4)).map("=".join), max_size=4
)
TARGETS = (
    Target("cleaning", _cells, cleaning, 250),
    Target("equal links", _same_link(), equal_links, 80),
    Target("matching", st.tuples(_prospects, _persons), matching, 80),
    Target("headings", _grids(), headings, 70),
    Target("chosen columns", st.tuples(_grids(), _maps), chosen, 40),
)
