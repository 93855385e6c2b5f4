"""Every answer of the examples, every trap, and the rule that nothing paid for is lost to an odd value."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.lusha.reply import (
    Absent,
    Answered,
    Found,
    Garbled,
    ItemFailed,
    Limits,
    Missing,
    Restricted,
    Usage,
    Window,
)
from core.lusha.wire import decode_refusal, decode_reply, decode_usage
from core.model import Kind

Example = Callable[[str], Any]
PHONES, EMAILS, BOTH = frozenset({Kind.PHONES}), frozenset({Kind.EMAILS}), frozenset(Kind)
REFS = ("q7f3-0", "q7f3-1", "q7f3-2")
ID = "v1.sampleOpaqueContactId0000000001"


def read(answer: object, count: int = 1, kinds: frozenset[Kind] = PHONES) -> Answered:
    reply = decode_reply(json.dumps(answer).encode(), REFS[:count], kinds, tag="clientReferenceId", limits=Limits())
    assert isinstance(reply, Answered)
    assert len(reply.items) == count
    return reply


def found(reply: Answered, place: int = 0) -> Found:
    item = reply.items[place]
    assert isinstance(item, Found)
    return item


def contact(**more: object) -> dict[str, Any]:
    return {"results": [{"clientReferenceId": REFS[0], "id": "v1.x", "firstName": "Ada", **more}]}


def test_a_mixed_batch_is_read_row_by_row(example: Example) -> None:
    reply = read(example("mixed_batch"), 3)
    ada = found(reply)
    assert [(p.number, p.type, p.do_not_call) for p in ada.person.phones] == [
        ("+44 7700 900123", "mobile", True),
        ("+44 20 7946 0000", "direct", False),
    ]
    person = ada.person
    assert (person.lusha_id, person.full_name, person.title, person.company, person.country) == (
        ID,
        "Ada Sample",
        "Head of Operations",
        "Sample Widgets Ltd",
        "GB",
    )
    assert (person.linkedin, person.domain) == (
        "https://www.linkedin.com/in/ada-sample",
        "www.sample-widgets.example",
    )
    assert ada.kinds_missing == frozenset()
    assert found(reply, 1).kinds_missing == PHONES
    assert reply.items[2] == Missing()
    assert (reply.charged, reply.request_id, reply.out_of_credits, reply.has_job) == (
        6.0,
        "3f6f0f4e-6f3b-4c54-9d53-1d1d5b3a0001",
        False,
        False,
    )


def test_emails_come_work_first_and_a_missing_grade_is_empty(example: Example) -> None:
    answer = example("emails_only")
    answer["results"][0]["emails"].reverse()
    emails = found(read(answer, kinds=EMAILS)).person.emails
    assert [(e.address, e.type, e.confidence) for e in emails] == [
        ("ada@sample-widgets.example", "work", "A+"),
        ("ada.home@mail.example", "private", ""),
    ]


@pytest.mark.parametrize(
    ("name", "item"),
    [
        ("not_found", Missing()),
        ("gdpr_item", Restricted()),
        ("enrich_failed_item", ItemFailed("ENRICH_FAILED", "Contact could not be enriched")),
    ],
)
def test_item_errors_have_their_own_meanings(example: Example, name: str, item: object) -> None:
    reply = read(example(name))
    assert reply.items == (item,)
    assert reply.charged == 0.0


def test_a_person_without_the_asked_kind_is_known_and_final_though_the_answer_says_partial(example: Example) -> None:
    reply = read(example("found_no_phone"))
    assert found(reply).kinds_missing == PHONES
    assert not found(reply).partial
    assert reply.status == "PARTIAL"


def test_the_phone_traps_lose_nobody_and_no_number(example: Example) -> None:
    phones = found(read(example("phone_traps"))).person.phones
    assert [(p.number, p.type, p.do_not_call, p.updated) for p in phones] == [
        ("+1 (202) 555-0143", "mobile", True, "2026-02-11"),
        ("0221 4710 142", "phone", False, "2026-02-11"),
        ("+44 7700 900456", "satellite", None, ""),
    ]


def test_a_row_that_is_not_in_the_answer_is_absent(example: Example) -> None:
    reply = read(example("short_results"), 3)
    assert reply.items[0] == Absent()
    assert found(reply, 1).person.first_name == "Ben"
    assert reply.items[2] == Missing()


def test_when_credits_run_out_only_the_unpaid_rows_are_open(example: Example) -> None:
    reply = read(example("partial_out_of_credits"), 2)
    assert reply.out_of_credits
    assert (found(reply).billing_failed, len(found(reply).person.phones)) == (False, 2)
    assert (found(reply, 1).billing_failed, found(reply, 1).kinds_missing) == (True, frozenset())


def test_out_of_credits_without_a_word_on_the_row_is_never_a_miss(example: Example) -> None:
    answer = example("out_of_credits")
    assert found(read(answer)).billing_failed
    del answer["results"][0]["missingDataPoints"]
    assert found(read(answer)).billing_failed
    answer["results"][0]["missingDataPoints"] = [{"type": "phone", "status": "NOT_FOUND"}]
    assert found(read(answer)).kinds_missing == PHONES


def test_a_billing_failure_of_one_kind_leaves_the_other_kind_alone() -> None:
    answer = contact(missingDataPoints=[{"type": "phone", "status": "BILLING_FAILED"}, {"type": "email", "status": "NOT_FOUND"}])
    item = found(read(answer, kinds=BOTH))
    assert (item.billing_failed, item.kinds_missing) == (True, EMAILS)
    assert read(answer, kinds=BOTH).out_of_credits
    assert not read(answer, kinds=EMAILS).out_of_credits


def test_enrich_by_id_is_matched_by_id(example: Example) -> None:
    body = json.dumps(example("enrich_by_id")).encode()
    reply = decode_reply(body, ["v1.other", ID], EMAILS, tag="id", limits=Limits())
    assert isinstance(reply, Answered)
    assert reply.items[0] == Absent()
    assert found(reply, 1).person.emails
    assert reply.charged == 0.0


def test_a_job_leaves_only_what_is_still_missing_open(example: Example) -> None:
    body = json.dumps(example("enrich_async_job")).encode()
    reply = decode_reply(body, [ID], BOTH, tag="id", limits=Limits())
    assert isinstance(reply, Answered)
    assert reply.has_job
    assert found(reply).partial
    assert found(reply).kinds_missing == frozenset()
    assert found(reply).person.emails
    alone = decode_reply(body, [ID], EMAILS, tag="id", limits=Limits())
    assert isinstance(alone, Answered)
    assert not found(alone).partial


def test_order_extras_and_duplicates_do_not_confuse_the_rows(example: Example) -> None:
    answer = example("mixed_batch")
    ada, ben, nobody = answer["results"]
    again = {**copy.deepcopy(ben), "clientReferenceId": REFS[0]}
    stranger = {**copy.deepcopy(ben), "clientReferenceId": "ffff-9"}
    answer["results"] = [nobody, stranger, ada, again, ben, None, "x"]
    assert read(answer, 3).items == read(example("mixed_batch"), 3).items


def test_without_any_reference_the_order_counts_but_only_when_nobody_is_missing(example: Example) -> None:
    answer = example("mixed_batch")
    for raw in answer["results"]:
        del raw["clientReferenceId"]
    assert read(answer, 3).items == read(example("mixed_batch"), 3).items
    answer["results"].pop(0)
    assert read(answer, 3).items == (Absent(),) * 3


@pytest.mark.parametrize(
    ("billing", "charged"),
    [
        ({"creditsCharged": 6}, 6.0),
        ({"creditsCharged": 6.0}, 6.0),
        ({"creditsCharged": 0.5}, 0.5),
        ({"creditsCharged": "6.0"}, 6.0),
        ({"creditsCharged": 0}, 0.0),
        ({"creditsCharged": None}, None),
        ({"creditsCharged": -1}, None),
        ({"creditsCharged": True}, None),
        ({"creditsCharged": "many"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_a_charge_nobody_can_read_is_unknown_and_never_nothing(billing: object, charged: float | None) -> None:
    assert read({"results": [], "billing": billing}).charged == charged
    assert read({"results": []}).charged is None


@pytest.mark.parametrize("none", [[], None, "absent", {}, 3, [None], [{}], [{"number": "call me"}]])
def test_no_phones_has_many_spellings(none: object) -> None:
    more = {} if none == "absent" else {"phones": none}
    assert found(read(contact(**more))).kinds_missing == PHONES


@pytest.mark.parametrize(
    "odd",
    [
        {"type": None},
        {"type": 7},
        {"doNotCall": "maybe"},
        {"updateDate": 20260101},
        {"updateDate": "yesterday"},
        {"dataSource": ["x"]},
        {"type": {"a": 1}},
    ],
)
def test_one_bad_value_never_drops_a_number(odd: dict[str, object]) -> None:
    phone = {"number": "+44 7700 900123", **odd}
    numbers = [p.number for p in found(read(contact(phones=[None, phone, True]))).person.phones]
    assert numbers == ["+44 7700 900123"]


@pytest.mark.parametrize(
    ("first", "again", "flag"), [(None, True, True), (True, False, True), (False, None, False), (None, None, None)]
)
def test_a_number_in_two_spellings_is_one_and_do_not_call_wins(first: object, again: object, flag: object) -> None:
    entries = [
        {"number": "+44 7700 900123", "type": "direct", "doNotCall": first, "updateDate": "2025-01-01"},
        {"number": "0044-7700-900-123", "type": "mobile", "doNotCall": again, "updateDate": "2026-01-01"},
    ]
    (phone,) = found(read(contact(phones=entries))).person.phones
    assert (phone.number, phone.type, phone.do_not_call, phone.updated) == (
        "+44 7700 900123",
        "direct",
        flag,
        "2026-01-01",
    )


def test_phones_are_ordered_by_type_and_then_newest_first() -> None:
    kinds = ["fax", "phone", "work", "direct", "MOBILE", "mobile"]
    entries = [{"number": f"+1 202 555 010{n}", "type": kind, "updateDate": f"2026-01-0{n + 1}"} for n, kind in enumerate(kinds)]
    phones = found(read(contact(phones=entries))).person.phones
    assert [p.type for p in phones] == ["mobile", "mobile", "direct", "work", "phone", "fax"]
    assert phones[0].updated > phones[1].updated


def test_an_address_in_two_spellings_is_one() -> None:
    entries = [{"email": "Ada@Sample.example", "type": "Work"}, {"email": "ada@sample.example"}, {"email": "no address"}]
    (email,) = found(read(contact(emails=entries), kinds=EMAILS)).person.emails
    assert (email.address, email.type) == ("Ada@Sample.example", "work")


def test_an_error_beside_data_does_not_lose_the_data() -> None:
    answer = contact(phones=[{"number": "+44 7700 900123"}], error={"code": "NOT_FOUND"})
    assert found(read(answer)).person.phones


@pytest.mark.parametrize(
    ("error", "item"),
    [
        ({"code": "not_found"}, Missing()),
        ("NOT_FOUND", Missing()),
        ({"code": "NO_SCORE", "message": ["x"]}, ItemFailed("NO_SCORE")),
        ({"message": "odd"}, ItemFailed("UNKNOWN", "odd")),
        (True, ItemFailed("UNKNOWN")),
    ],
)
def test_errors_in_unusual_shapes_still_speak_for_their_row(error: object, item: object) -> None:
    assert read({"results": [{"clientReferenceId": REFS[0], "error": error}]}).items == (item,)


def test_an_item_that_says_nothing_is_absent() -> None:
    assert read({"results": [{"clientReferenceId": REFS[0], "error": None}]}).items == (Absent(),)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>login</html>",
        b"[]",
        b'"x"',
        b"null",
        b"{}",
        b'{"results":null}',
        b'{"results":{}}',
        b'{"results":[',
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"a":' * 200_000,
    ],
)
def test_an_answer_without_results_is_garbled(body: bytes) -> None:
    reply = decode_reply(body, REFS, PHONES, tag="clientReferenceId", limits=Limits())
    assert isinstance(reply, Garbled)
    assert reply.http == 200


@pytest.mark.parametrize("odd", [b"NaN", b'"\\ud800"', b'"\xff"', b"1e999", b"1" * 400, b"1" * 1000])
def test_json_that_is_not_quite_json_does_not_cost_a_paid_answer(odd: bytes) -> None:
    body = b'\xef\xbb\xbf{"results":[{"clientReferenceId":"q7f3-0","id":"v1.x","title":' + odd
    body += b',"firstName":' + odd + b',"phones":[{"number":"+44 7700 900123","type":' + odd + b"}]}]}"
    reply = decode_reply(body, REFS[:1], PHONES, tag="clientReferenceId", limits=Limits())
    assert isinstance(reply, Answered)
    person = found(reply).person
    assert person.phones[0].number == "+44 7700 900123"
    person.first_name.encode()
    person.phones[0].type.encode()


def test_control_characters_do_not_reach_a_cell() -> None:
    answer = contact(fullName="Ada\x00\r\nSample", company={"name": "A" * 9000})
    person = found(read(answer)).person
    assert person.full_name == "Ada Sample"
    assert len(person.company) == 2000


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = (
    "clientReferenceId id firstName fullName jobTitle company location socialLinks phones emails error missingDataPoints"
).split()


@given(
    st.lists(st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=6) | json_values, max_size=4),
    st.dictionaries(st.sampled_from(["status", "job", "billing", "requestId"]), json_values),
)
def test_no_answer_with_results_ever_fails(results: list[object], more: dict[str, object]) -> None:
    reply = read({**more, "results": results}, 3, BOTH)
    assert reply.charged is None or reply.charged >= 0


@given(st.sampled_from(FIELDS[2:9]), json_values)
def test_no_value_of_any_field_drops_the_others(name: str, value: object) -> None:
    answer = contact(phones=[{"number": "+44 7700 900123"}], emails=[{"email": "ada@sample.example"}])
    answer["results"][0][name] = value
    person = found(read(answer, kinds=BOTH)).person
    assert name == "phones" or person.phones[0].number == "+44 7700 900123"
    assert name == "emails" or person.emails[0].address == "ada@sample.example"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("401_invalid_key", "Invalid API key"),
        ("400_message_list", "contacts.0.email must be an email"),
        ("400_errors_array", "Validation failed; contacts must contain at least 1 elements"),
        ("400_unknown_property", "contacts.0.property contactId should not exist"),
        ("403_plan_feature", "Forbidden; revealPhones is not available on your current plan"),
        ("404_gateway", "no Route matched with those values"),
        ("429_trial", "You've reached your trial limit, please contact support for upgrade"),
    ],
)
def test_message_and_errors_are_joined(example: Example, name: str, message: str) -> None:
    assert decode_refusal(json.dumps(example("errors")[name]["body"]).encode()) == (message, True)


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"[]", b"{}", b'{"blocked":true}', b'"no"', b'{"message":""}'])
def test_a_body_in_nobodys_shape_is_not_lushas(body: bytes) -> None:
    assert decode_refusal(body) == ("", False)


def test_messages_are_bounded_and_a_bare_status_code_is_lushas_shape() -> None:
    assert len(decode_refusal(json.dumps({"message": "x" * 9000}).encode())[0]) == 500
    assert decode_refusal(b'{"statusCode":401}') == ("", True)
    nested = {"message": {"a": {"b": {"c": {"d": "too deep"}}, "e": "shown"}}}
    assert decode_refusal(json.dumps(nested).encode()) == ("shown", True)


def test_usage_of_a_paid_plan(example: Example) -> None:
    usage = decode_usage(json.dumps(example("v3_account_usage.response")).encode())
    assert isinstance(usage, Usage)
    assert (usage.credits_total, usage.credits_used, usage.credits_remaining) == (4200, 257, 3943)
    assert usage.hour == Window(150, 138, 12, datetime(2026, 11, 23, 14, tzinfo=UTC))
    assert usage.plan == "professional"
    assert usage.prices["contactSearch"] == (1.0, 25)
    assert usage.prices["revealPhone"] == (5.0, 1)


def test_usage_of_a_free_plan_has_no_hour_window(example: Example) -> None:
    usage = decode_usage(json.dumps(example("v3_account_usage_free.response")).encode())
    assert isinstance(usage, Usage)
    assert usage.hour is None
    assert usage.day == Window(100, 88, 12, datetime(2026, 11, 24, tzinfo=UTC))


def test_usage_with_odd_values_keeps_the_rest_and_nonsense_is_garbled() -> None:
    odd = {
        "credits": {"total": None, "remaining": "7"},
        "rateLimits": {"minute": {"resetsAt": "soon"}},
        "pricing": {"a": 1, "revealPhone": {"credits": 5}, "b": {"credits": 1, "perQuantity": 0}},
    }
    usage = decode_usage(json.dumps(odd).encode())
    assert isinstance(usage, Usage)
    assert (usage.credits_total, usage.credits_remaining, usage.minute) == (None, 7.0, Window())
    assert usage.prices == {"revealPhone": (5.0, 1)}
    for body in (b"{}", b"<html>", b"[]"):
        assert isinstance(decode_usage(body), Garbled)
