"""Cleaning, identity and the match guard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model import Person, Prospect
from core.results import person as p

ADA = "https://www.linkedin.com/in/ada-sample"


@pytest.mark.parametrize(
    "cell",
    [
        ADA,
        "http://de.linkedin.com/in/Ada-Sample/?trk=x#about",
        "m.linkedin.com/in/ada-sample/en",
        "linkedin.com/in/ada-sample",
        "/in/ada-sample",
        "in/ada-sample",
        "www.linkedin.com/mwlite/in/ada-sample",
        "  https://www.linkedin.com/in/ada-sample/ \r\n",
        "\u200bhttps://www.linkedin.com/in/ada-sample\ufeff",
        '"https://www.linkedin.com/in/ada-sample"',
        "<https://www.linkedin.com/in/ada-sample>",
        "Profile: https://www.linkedin.com/in/ada-sample (seen in May).",
        f"{ADA} {ADA}/",
        "HTTPS://WWW.LINKEDIN.COM/IN/ADA-SAMPLE",
    ],
)
def test_every_way_to_write_a_profile_link_becomes_the_same_link(cell: str) -> None:
    assert p.clean_linkedin(cell) == p.LinkedIn(ADA)


def test_an_encoded_slug_is_decoded_once_and_sent_encoded() -> None:
    link = p.clean_linkedin("https://www.linkedin.com/in/j%C3%BCrgen-m%c3%bcller-1a2b").url
    assert link == "https://www.linkedin.com/in/j%C3%BCrgen-m%C3%BCller-1a2b"
    assert p.clean_linkedin("linkedin.com/in/ju\u0308rgen-müller-1a2b").url == link
    assert p.linkedin_slug(link) == "jürgen-müller-1a2b"


@pytest.mark.parametrize("slug", ["ACoAABcDeF_-x", "ACwAABcDeF"])
def test_opaque_ids_keep_their_case(slug: str) -> None:
    assert p.clean_linkedin(f"linkedin.com/in/{slug}/").url.endswith(f"/in/{slug}")


def test_the_old_public_form_is_asked_as_it_is() -> None:
    assert p.clean_linkedin("linkedin.com/pub/ada-sample/1/2b/3c4").url == ("https://www.linkedin.com/pub/ada-sample/1/2b/3c4")


@given(st.from_regex(r"https://www\.linkedin\.com/in/[a-z0-9-]{1,40}", fullmatch=True))
def test_what_looks_clean_is_what_the_long_way_makes_of_it(link: str) -> None:
    assert p.clean_linkedin(link) == p.clean_linkedin(f" {link}") == p.LinkedIn(link)


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("https://www.linkedin.com/sales/lead/ACwAAA,NAME", p.SALES_NAVIGATOR),
        ("https://www.linkedin.com/sales/people/ACwAAA", p.SALES_NAVIGATOR),
        ("https://www.linkedin.com/talent/profile/AEM", p.SALES_NAVIGATOR),
        ("https://www.linkedin.com/recruiter/profile/1", p.SALES_NAVIGATOR),
        ("https://www.linkedin.com/company/acme/", p.COMPANY_PAGE),
        ("linkedin.com/school/acme", p.COMPANY_PAGE),
        ("linkedin.com/groups/123", p.COMPANY_PAGE),
        ("https://lnkd.in/abc", p.SHORT_LINK),
        ("https://www.linkedin.com/in/", p.NOT_A_PROFILE),
        ("https://www.linkedin.com/feed/", p.NOT_A_PROFILE),
        ("https://www.linkedin.com/in/%FF%FE", p.NOT_A_PROFILE),
        ("linkedin.com/in/a and linkedin.com/in/b", p.TWO_LINKS),
        ("https://evil-linkedin.com/in/ada-sample", p.NOT_A_LINK),
        ("https://linkedin.com.evil.example/in/ada-sample", p.NOT_A_LINK),
        ("Ada Sample", p.NOT_A_LINK),
        ("ada@linkedin.com", p.NOT_A_LINK),
    ],
)
def test_other_links_are_named_for_what_they_are(cell: str, problem: str) -> None:
    assert p.clean_linkedin(cell) == p.LinkedIn(problem=problem)


def test_an_empty_cell_is_no_problem() -> None:
    assert p.clean_linkedin(" \u200b ") == p.LinkedIn()


@given(st.text(max_size=30))
def test_cleaning_a_link_twice_changes_nothing(tail: str) -> None:
    once = p.clean_linkedin("https://www.linkedin.com/in/" + tail)
    if once.url:
        assert p.clean_linkedin(once.url) == once


@pytest.mark.parametrize(
    ("cell", "email"),
    [
        (" Ada@Acme.Example ", "ada@acme.example"),
        ("mailto:ada@acme.example", "ada@acme.example"),
        ("Ada Sample <ada@acme.example>", "ada@acme.example"),
        ("ada@acme", ""),
        ("ada at acme.example", ""),
        ("a@acme.example, b@acme.example", ""),
        ("", ""),
    ],
)
def test_an_email_is_taken_out_of_its_wrapping(cell: str, email: str) -> None:
    assert p.clean_email(cell) == email


@pytest.mark.parametrize(
    ("cell", "domain"),
    [
        ("https://www.Acme.example/about?x=1", "acme.example"),
        ("acme.example:8080", "acme.example"),
        ("sub.acme.example.", "sub.acme.example"),
        ("müller.example", "müller.example"),
        ("acme", ""),
        ("ada@acme.example", ""),
        ("Acme Ltd. Inc", ""),
        ("1.5", ""),
    ],
)
def test_a_domain_is_the_bare_host(cell: str, domain: str) -> None:
    assert p.clean_domain(cell) == domain


@pytest.mark.parametrize("cell", ["-", "n/a", "N.A.", "private", "Freelance", "self-employed", " ", "--"])
def test_words_that_name_no_company_count_as_empty(cell: str) -> None:
    assert p.clean_company(cell) == ""


@pytest.mark.parametrize(
    ("full", "name"),
    [
        ("Ada Sample", ("Ada", "Sample")),
        ("Ludwig van Sample", ("Ludwig", "van Sample")),
        ("Prof. Dr. Ada Sample, PhD", ("Ada", "Sample")),
        ("Herr Max Muster MBA", ("Max", "Muster")),
        ("Jack Ma", ("Jack", "Ma")),
        ("Ada Maria de la Sample", ("Ada", "Maria de la Sample")),
        ("Ada", ("Ada", "")),
        ("van Sample", ("", "van Sample")),
        ("Van Sample", ("Van", "Sample")),
        ("  ", ("", "")),
    ],
)
def test_a_full_name_is_split_after_its_first_word(full: str, name: tuple[str, str]) -> None:
    assert p.split_name(full) == name


def test_last_comma_first_is_turned_only_when_asked() -> None:
    assert p.split_name("van Sample, Dr. Ada", last_first=True) == ("Ada", "van Sample")
    assert p.split_name("Sample, Ada, MBA", last_first=True) == ("Ada", "Sample")
    assert p.split_name("Ada Sample", last_first=True) == ("Ada", "Sample")
    assert p.split_name("Sample, Ada") == ("Sample", "Ada")


def test_the_strongest_thing_known_names_the_person() -> None:
    row = Prospect(ADA, "ada@acme.example", "Ada", "Sample", "Acme GmbH", "acme.example")
    assert p.identity(row) == "linkedin:ada-sample"
    assert p.identity(Prospect("", "ADA@acme.example", "Ada", "Sample")) == "email:ada@acme.example"
    assert p.identity(Prospect("", "", "Ada", "Sample", "", "acme.example")) == "name:ada|sample|domain:acme.example"
    assert p.identity(Prospect("", "", "Ada", "Sample", "Acme GmbH")) == "name:ada|sample|company:acme"


@pytest.mark.parametrize(
    "row",
    [
        Prospect(),
        Prospect(first_name="Ada", company="Acme"),
        Prospect(first_name="Ada", last_name="Sample", company="-"),
    ],
)
def test_a_row_that_names_nobody_has_no_identity(row: Prospect) -> None:
    assert p.identity(row) is None


@pytest.mark.parametrize(
    "company",
    ["Müller & Søn GmbH & Co. KG", "MULLER & SON", "Muller Son S.A.", "muller-søn Ltd.", "Müller & Søn, Inc."],
)
def test_accents_and_legal_suffixes_do_not_make_another_person(company: str) -> None:
    assert p.identity(Prospect(first_name="Zoé", last_name="Ødegård", company=company)) == ("name:zoe|odegard|company:muller son")


def test_a_company_named_like_a_suffix_keeps_its_name() -> None:
    assert p.fold_company("SE") == "se"


def test_fingerprints_are_hex_versioned_and_tell_people_apart() -> None:
    one, two = p.fingerprint("linkedin:a"), p.fingerprint("linkedin:b")
    assert len(one) == 64
    assert int(one, 16) >= 0
    assert one != two
    assert one == p.fingerprint("linkedin:a")


ASKED = Prospect(ADA, "", "Jürgen", "Müller", "Sample & Söhne GmbH", "sample.example")


@pytest.mark.parametrize(
    "found",
    [
        Person(),
        Person(full_name="Juergen Mueller"),
        Person(first_name="J.", last_name="Muller"),
        Person(full_name="Dr. Jürgen von Müller", company="SAMPLE & SOEHNE AG"),
        Person(full_name="Jürgen Müller-Muster", company="Sample & Söhne Deutschland GmbH"),
        Person(full_name="Jürgen Müller", company="Renamed Brand", domain="sample.example"),
        Person(full_name="Юрген Мюллер"),
    ],
)
def test_the_guard_lets_spellings_and_gaps_pass(found: Person) -> None:
    assert p.same_person(ASKED, found)


@pytest.mark.parametrize(
    "found",
    [
        Person(full_name="Grace Hopper"),
        Person(full_name="Petra Müller"),
        Person(full_name="Jürgen Schneider"),
        Person(full_name="Jürgen Müller", company="Other Works Ltd"),
        Person(full_name="Jürgen Müller", company="Other Works Ltd", domain="other.example"),
    ],
)
def test_the_guard_stops_a_clearly_different_person(found: Person) -> None:
    assert not p.same_person(ASKED, found)


def test_a_company_and_its_initials_are_the_same() -> None:
    asked = Prospect(first_name="Ada", last_name="Sample", company="IBM")
    assert p.same_person(asked, Person(full_name="Ada Sample", company="International Business Machines"))


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_letters_take_a_short_way_to_the_same_form(text: str) -> None:
    accented = text + "\u0301"  # an accent, which is taken off, and is no plain letter
    assert p.fold(text) == p.fold(accented)
