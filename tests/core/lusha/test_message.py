"""The bodies we send hold what Lusha allows and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from core.errors import UsageError
from core.lusha.message import enrich, references, search_and_enrich
from core.model import Kind, Prospect

PHONES = frozenset({Kind.PHONES})
BOTH = frozenset(Kind)
ADA = Prospect(linkedin="https://www.linkedin.com/in/ada-sample")
BEN = Prospect(first_name="Ben", last_name="Example", company="Example Logistics GmbH", domain="example-logistics.example")
NOBODY = Prospect(email="nobody@nowhere.example")


def test_the_body_is_the_documented_example(example: Callable[[str], Any]) -> None:
    body = search_and_enrich([ADA, BEN, NOBODY], ["q7f3-0", "q7f3-1", "q7f3-2"], PHONES)
    assert json.loads(body) == example("v3_search_and_enrich.request")


def test_enrich_is_the_documented_example_and_can_leave_the_waterfall_word_out(example: Callable[[str], Any]) -> None:
    ids = ["v1.sampleOpaqueContactId0000000001"]
    expected = example("v3_enrich.request")
    assert json.loads(enrich(ids, frozenset({Kind.EMAILS}))) == expected
    del expected["waterfallEnabled"]
    assert json.loads(enrich(ids, frozenset({Kind.EMAILS}), waterfall_word=False)) == expected


def test_exactly_one_kind_of_identity_is_sent_the_strongest_first() -> None:
    everything = Prospect(ADA.linkedin, "ada@sample.example", "Ada", "Sample", "Sample Ltd", "sample.example")
    without_link = Prospect("", "ada@sample.example", "Ada", "Sample", "Sample Ltd", "sample.example")
    contacts = json.loads(search_and_enrich([everything, without_link], ["r-0", "r-1"], BOTH))["contacts"]
    assert contacts == [
        {"clientReferenceId": "r-0", "linkedinUrl": ADA.linkedin},
        {"clientReferenceId": "r-1", "email": "ada@sample.example"},
    ]


def test_a_name_goes_with_the_company_or_the_domain_whichever_is_known() -> None:
    by_company = Prospect(first_name="Ada", last_name="Sample", company="Sample Ltd")
    by_domain = Prospect(first_name="Ada", last_name="Sample", domain="sample.example")
    first, second = json.loads(search_and_enrich([by_company, by_domain], ["r-0", "r-1"], BOTH))["contacts"]
    assert set(first) == {"clientReferenceId", "firstName", "lastName", "companyName"}
    assert set(second) == {"clientReferenceId", "firstName", "lastName", "companyDomain"}


@pytest.mark.parametrize(("kinds", "reveal"), [(PHONES, ["phones"]), ({Kind.EMAILS}, ["emails"]), (BOTH, ["emails", "phones"])])
def test_reveal_always_names_what_is_asked(kinds: frozenset[Kind], reveal: list[str]) -> None:
    assert json.loads(search_and_enrich([ADA], ["r-0"], frozenset(kinds)))["reveal"] == reveal


@pytest.mark.parametrize(
    "prospect",
    [Prospect(), Prospect(first_name="Ada", company="Sample Ltd"), Prospect(first_name="Ada", last_name="Sample")],
)
def test_a_prospect_without_identity_is_never_sent(prospect: Prospect) -> None:
    with pytest.raises(UsageError):
        search_and_enrich([prospect], ["r-0"], PHONES)


def test_asking_for_nothing_nobody_or_too_many_is_refused() -> None:
    with pytest.raises(UsageError):
        search_and_enrich([ADA], ["r-0"], frozenset())
    with pytest.raises(UsageError):
        search_and_enrich([], [], PHONES)
    with pytest.raises(UsageError):
        enrich(["x"] * 101, PHONES)


def test_references_are_random_short_and_say_nothing_of_the_sheet() -> None:
    refs = references(3)
    assert all(re.fullmatch(rf"[0-9a-f]{{4}}-{n}", ref) for n, ref in enumerate(refs))
    assert len({references(1)[0] for _ in range(50)}) > 1
