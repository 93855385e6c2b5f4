"""Every HTTP result and what it means: the table, walked row by row."""

from __future__ import annotations

import pytest

from core.engine.verdict import RULES, Mark, Move, judge
from core.lusha.reply import Answered, Garbled, Limits, Lost, NotSent, Refused, Window
from core.model import EvidenceKind, Reason, Scope

AUTH, BLOCK, PLAN = EvidenceKind.AUTH, EvidenceKind.BLOCK, EvidenceKind.PLAN
KEY, ACCOUNT = Scope.KEY, Scope.ACCOUNT
GENERIC = "Too many requests. Please wait before making another request."
GDPR = "We are unable to process this contact request due to our GDPR regulations"

TABLE = [
    # http, Lusha's words, case, move, evidence, reason, scope, rest in seconds
    (400, "Invalid API key format", "E03", Move.NEXT, AUTH, Reason.FORMAT, KEY, None),
    (400, "contacts.0.property contactId should not exist", "E02", Move.STOP, None, None, None, None),
    (400, "property firstName should not exist", "E02", Move.STOP, None, None, None, None),
    (400, "reveal must contain at least 1 elements", "E02", Move.STOP, None, None, None, None),
    (400, "Validation failed; contacts must contain at least 1 elements", "E02", Move.STOP, None, None, None, None),
    (400, "contacts.0.email must be an email", "E01", Move.ROW, None, None, None, None),
    (401, "Invalid API key", "E04", Move.NEXT, AUTH, Reason.REFUSED, KEY, None),
    (401, "No API key found in request", "E05", Move.STOP, None, None, None, None),
    (402, "Insufficient credits for this operation", "E06", Move.NEXT, BLOCK, Reason.CREDITS, ACCOUNT, None),
    (403, "Your account is not active. Please reach out", "E08", Move.NEXT, AUTH, Reason.ACCOUNT_OFF, ACCOUNT, None),
    (403, "V3 API access is not enabled for your account", "E09", Move.NEXT, PLAN, Reason.V3_OFF, ACCOUNT, None),
    (403, "Forbidden; revealPhones is not available", "E10", Move.NEXT, PLAN, Reason.PLAN, ACCOUNT, None),
    (404, "no Route matched with those values", "E12", Move.STOP, None, None, None, None),
    (405, "Method not allowed", "E12", Move.STOP, None, None, None, None),
    (410, "Gone", "E12", Move.STOP, None, None, None, None),
    (302, "", "E13", Move.STOP, None, None, None, None),
    (413, "Payload too large", "E13", Move.STOP, None, None, None, None),
    (415, "Unsupported media type", "E13", Move.STOP, None, None, None, None),
    (412, "Precondition failed", "E14", Move.ROW, None, None, None, None),
    (422, "Unprocessable entity", "E14", Move.ROW, None, None, None, None),
    (429, GENERIC, "E15", Move.NEXT, BLOCK, Reason.MINUTE, ACCOUNT, 60),
    (429, "Hourly API rate limit exceeded. Limit: 150 calls per hour. Reset in 1740 seconds.", "E17", Move.NEXT, BLOCK,
     Reason.HOUR, ACCOUNT, 1740),
    (429, "Daily API rate limit exceeded. Limit: 25 calls per day. Reset in 81671 seconds.", "E18", Move.NEXT, BLOCK,
     Reason.DAY, ACCOUNT, 81671),
    (429, "Daily API quota limit exceeded. Limit 100 calls per day", "E19", Move.NEXT, BLOCK, Reason.DAY, ACCOUNT, 3600),
    (429, "You've reached your trial limit, please contact support for upgrade", "E20", Move.NEXT, BLOCK, Reason.TRIAL,
     ACCOUNT, None),
    (451, GDPR, "E21", Move.ROW, None, None, None, None),
    (500, "Internal server error. Please try again later.", "E22", Move.SERVER, None, None, None, None),
    (502, "Identity resolution provider is temporarily unavailable.", "E22", Move.SERVER, None, None, None, None),
    (503, "", "E22", Move.SERVER, None, None, None, None),
    (504, "", "E22", Move.SERVER, None, None, None, None),
    (599, "", "E22", Move.SERVER, None, None, None, None),
    (408, "", "E23", Move.PIN, None, None, None, None),
    (499, "Request failed due to request timeout", "E23", Move.PIN, None, None, None, None),
    (418, "I'm a teapot", "E23", Move.PIN, None, None, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("http", "text", "case", "move", "kind", "reason", "scope", "rest"), TABLE)
def test_every_json_answer_is_about_whom_the_table_says(
    http: int,
    text: str,
    case: str,
    move: Move,
    kind: EvidenceKind | None,
    reason: Reason | None,
    scope: Scope | None,
    rest: float | None,
) -> None:
    verdict = judge(Refused(http, text, json=True))
    assert (verdict.case, verdict.move, verdict.http) == (case, move, http)
    found = verdict.mark and (verdict.mark.kind, verdict.mark.reason, verdict.mark.scope, verdict.mark.rest_s)
    assert found == (None if kind is None else (kind, reason, scope, rest))


def test_the_table_walks_every_rule() -> None:
    assert {rule.case for rule in RULES} - {"E11"} <= {row[2] for row in TABLE}


@pytest.mark.parametrize("http", [400, 401, 402, 403, 404, 407, 429, 451])
def test_a_body_that_is_not_json_marks_nobody(http: int) -> None:
    verdict = judge(Refused(http, "<html>Just a moment...</html>", json=False))
    assert verdict.mark is None
    assert verdict.move is Move.STOP


def test_an_html_503_is_lushas_trouble_not_the_keys() -> None:
    assert judge(Refused(503, "Service Unavailable", json=False)).move is Move.SERVER


def test_the_row_a_400_names_is_known_by_its_index() -> None:
    assert judge(Refused(400, "contacts.7.linkedinUrl must be a URL address", json=True)).row == 7


@pytest.mark.parametrize(
    ("limits", "reason", "rest"),
    [
        (Limits(minute=Window(50, 0), hour=Window(150, 9), day=Window(1500, 9)), Reason.MINUTE, 60),
        (Limits(minute=Window(50, 0), hour=Window(150, 0), day=Window(1500, 9)), Reason.HOUR, 3600),
        (Limits(minute=Window(50, 9), hour=Window(150, 9), day=Window(1500, 0)), Reason.DAY, 3600),
        (Limits(minute=Window(50, 9), hour=Window(150, 9), day=Window(1500, 9)), Reason.UNKNOWN, 2),
    ],
)
def test_a_generic_429_is_about_the_longest_window_that_stands_at_zero(limits: Limits, reason: Reason, rest: float) -> None:
    mark = judge(Refused(429, GENERIC, json=True, limits=limits)).mark
    assert mark == Mark(BLOCK, reason, ACCOUNT, rest)


def test_a_burst_has_its_own_case() -> None:
    assert judge(Refused(429, GENERIC, json=True, limits=Limits(minute=Window(50, 3)))).case == "E16"


@pytest.mark.parametrize(
    ("text", "header", "rest"),
    [
        ("Daily API rate limit exceeded. Reset in 30 seconds.", 99.0, 30),
        (GENERIC, 12.0, 12),
        ("Hourly API rate limit exceeded. Reset in 172801 seconds", None, 3600),
        (GENERIC, 0.2, 60),
    ],
)
def test_the_time_comes_from_the_text_then_the_header_and_an_absurd_one_is_not_believed(
    text: str, header: float | None, rest: float
) -> None:
    mark = judge(Refused(429, text, json=True, retry_after_s=header)).mark
    assert mark is not None
    assert mark.rest_s == rest


def test_complete_answers_settle_and_an_emptied_account_is_blocked_as_a_whole() -> None:
    assert judge(Answered((), 0.0)).move is Move.SETTLE
    empty = judge(Answered((), 0.0, out_of_credits=True))
    assert empty.move is Move.SETTLE
    assert empty.mark == Mark(BLOCK, Reason.CREDITS, ACCOUNT)


def test_what_may_have_reached_lusha_is_pinned_and_what_did_not_is_not() -> None:
    assert judge(Lost("read time-out")).move is Move.PIN
    assert judge(Garbled(200, "not JSON")).move is Move.PIN
    assert judge(NotSent("connection refused")).move is Move.OFFLINE
