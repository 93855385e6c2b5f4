"""Client and practice server were written apart from the same documentation; here they meet on a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.lusha.client import LushaClient
from core.lusha.reply import Absent, Answered, Found, ItemFailed, Missing, Refused, Restricted, Usage
from core.model import Kind, Prospect
from core.secret import Secret
from sandbox.scenarios import Scenario, demo
from sandbox.server import PracticeServer

BOTH = frozenset(Kind)


@pytest.fixture
def scenario() -> Scenario:
    return demo()


@pytest.fixture
def client(scenario: Scenario) -> Iterator[LushaClient]:
    with PracticeServer(scenario.world) as practice, LushaClient(practice.url) as client:
        yield client


def _person(slug: str) -> Prospect:
    return Prospect(linkedin=f"https://www.linkedin.com/in/{slug}")


def test_every_sort_of_person_comes_back_as_itself(scenario: Scenario, client: LushaClient) -> None:
    slugs = ["sb-zoe-mueller", "sb-ben-example", "sb-cleo-quiet", "sb-notfound", "sb-gdpr", "sb-failed", "sb-absent", "sb-twice"]
    reply = client.ask(Secret(scenario.keys[3].key), [_person(slug) for slug in slugs], BOTH)
    assert isinstance(reply, Answered)
    kinds = [type(item) for item in reply.items]
    assert kinds == [Found, Found, Found, Missing, Restricted, ItemFailed, Absent, Found]
    zoe, ben, cleo = reply.items[:3]
    assert isinstance(zoe, Found)
    assert isinstance(ben, Found)
    assert isinstance(cleo, Found)
    assert [phone.do_not_call for phone in zoe.person.phones] == [True, False, None]
    assert Kind.PHONES in ben.kinds_missing
    assert Kind.PHONES in cleo.kinds_missing
    assert reply.charged is not None
    assert reply.charged > 0
    assert reply.limits.minute.limit is not None


def test_enrich_by_id_and_usage_are_understood(scenario: Scenario, client: LushaClient) -> None:
    secret = Secret(scenario.keys[4].key)
    first = client.ask(secret, [_person("sb-ada-sample")], frozenset({Kind.PHONES}))
    assert isinstance(first, Answered)
    (ada,) = first.items
    assert isinstance(ada, Found)
    again = client.enrich(secret, [ada.person.lusha_id], frozenset({Kind.PHONES}))
    assert isinstance(again, Answered)
    assert isinstance(again.items[0], Found)
    assert again.items[0].person.phones == ada.person.phones
    usage = client.usage(secret)
    assert isinstance(usage, Usage)
    assert usage.credits_remaining is not None
    assert usage.prices["contactSearch"] == (1.0, 25)


def test_a_revoked_key_and_an_empty_account_are_refused_in_lushas_words(scenario: Scenario, client: LushaClient) -> None:
    revoked = client.ask(Secret(scenario.keys[1].key), [_person("sb-ada-sample")], BOTH)
    empty = client.ask(Secret(scenario.keys[2].key), [_person("sb-ada-sample")], BOTH)
    assert isinstance(revoked, Refused)
    assert isinstance(empty, Refused)
    assert (revoked.http, revoked.json, revoked.message) == (401, True, "Invalid API key")
    assert (empty.http, empty.json) == (402, True)
