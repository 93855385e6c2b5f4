"""What Lusha's answer means for the row, the key, its account and the run: a table, read from top to bottom.

Only a complete JSON answer in one of Lusha's shapes can mark a key; everything doubtful leaves every key as it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import assert_never

from core.lusha.reply import Answered, Garbled, Limits, Lost, NotSent, Refused, Reply
from core.model import EvidenceKind, Reason, Scope


class Move(Enum):
    """What the rotation does next with the rows it asked for."""

    SETTLE = auto()  # complete answer: every item speaks for its row
    NEXT = auto()  # about the key or its account: same rows, next key
    ROW = auto()  # about one person: find the row, never another key
    SERVER = auto()  # Lusha failed: twice more on this account, then the next key
    PIN = auto()  # may be done and charged: only the same account may be asked again
    OFFLINE = auto()  # never sent
    STOP = auto()  # our request, the address or the network: ask nobody
    MISS = auto()  # the first script's 404: this person is not found


@dataclass(frozen=True, slots=True)
class Mark:
    """Evidence to write: ``rest_s`` seconds from now, None for no end."""

    kind: EvidenceKind
    reason: Reason
    scope: Scope
    rest_s: float | None = None
    own_kind_only: bool = False  # the plan forbids this kind of data only
    told: bool = False  # Lusha itself named the time


@dataclass(frozen=True, slots=True)
class Verdict:
    """``case`` is the number of the rule; ``http`` 0 when no status came; ``row`` the index the answer named."""

    case: str
    move: Move
    mark: Mark | None = None
    http: int = 0
    text: str = ""
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """Matches when the status is in ``http``, the body is JSON or not (None: either) and ``text`` is found in it."""

    case: str
    http: frozenset[int]
    move: Move
    json: bool | None = True
    text: str = ""
    mark: Mark | None = None


def _codes(*codes: int | range) -> frozenset[int]:
    return frozenset(n for code in codes for n in (code if isinstance(code, range) else (code,)))


MINUTE_S, HOUR_S, BURST_S = 60.0, 3600.0, 2.0
MOST_REST_S = 172_800.0  # a longer "reset in" is not believed

_NAMES_A_ROW = r"contacts\.(\d+)\.(?!property\b)"
RULES = (
    Rule("E22", _codes(range(500, 600)), Move.SERVER, json=None),
    Rule("E23", _codes(408, 499), Move.PIN, json=None),
    Rule("E13", _codes(range(300, 400), 413, 414, 415), Move.STOP, json=None),
    Rule("E12", _codes(404, 405, 410), Move.STOP, json=None),
    Rule("E11", _codes(range(400, 500)), Move.STOP, json=False),
    Rule(
        "E03",
        _codes(400),
        Move.NEXT,
        text="invalid api key format",
        mark=Mark(EvidenceKind.AUTH, Reason.FORMAT, Scope.KEY),
    ),
    Rule("E02", _codes(400), Move.STOP, text="should not exist"),
    Rule("E01", _codes(400), Move.ROW, text=_NAMES_A_ROW),
    Rule("E02", _codes(400), Move.STOP),
    Rule("E05", _codes(401), Move.STOP, text=r"\bno api key|missing|not provided|required"),
    Rule("E04", _codes(401), Move.NEXT, mark=Mark(EvidenceKind.AUTH, Reason.REFUSED, Scope.KEY)),
    Rule("E06", _codes(402), Move.NEXT, mark=Mark(EvidenceKind.BLOCK, Reason.CREDITS, Scope.ACCOUNT)),
    Rule(
        "E08",
        _codes(403),
        Move.NEXT,
        text="account is not active",
        mark=Mark(EvidenceKind.AUTH, Reason.ACCOUNT_OFF, Scope.ACCOUNT),
    ),
    Rule(
        "E09",
        _codes(403),
        Move.NEXT,
        text="v3 api access",
        mark=Mark(EvidenceKind.PLAN, Reason.V3_OFF, Scope.ACCOUNT),
    ),
    Rule(
        "E10",
        _codes(403),
        Move.NEXT,
        mark=Mark(EvidenceKind.PLAN, Reason.PLAN, Scope.ACCOUNT, own_kind_only=True),
    ),
    Rule("E14", _codes(412, 422), Move.ROW),
    Rule("E21", _codes(451), Move.ROW),
    Rule(
        "E20",
        _codes(429),
        Move.NEXT,
        text="trial limit",
        mark=Mark(EvidenceKind.BLOCK, Reason.TRIAL, Scope.ACCOUNT),
    ),
    Rule(
        "E18",
        _codes(429),
        Move.NEXT,
        text=r"^\s*daily.*reset in",
        mark=Mark(EvidenceKind.BLOCK, Reason.DAY, Scope.ACCOUNT),
    ),
    Rule(
        "E19",
        _codes(429),
        Move.NEXT,
        text=r"^\s*daily|calls per day",
        mark=Mark(EvidenceKind.BLOCK, Reason.DAY, Scope.ACCOUNT, HOUR_S),
    ),
    Rule(
        "E17",
        _codes(429),
        Move.NEXT,
        text=r"^\s*hourly|calls per hour",
        mark=Mark(EvidenceKind.BLOCK, Reason.HOUR, Scope.ACCOUNT, HOUR_S),
    ),
    Rule("E15", _codes(429), Move.NEXT, mark=Mark(EvidenceKind.BLOCK, Reason.MINUTE, Scope.ACCOUNT, MINUTE_S)),
)


def judge(reply: Reply) -> Verdict:
    """The meaning of ``reply``; an HTTP status nobody documented counts as "may be charged" and marks nobody."""
    match reply:
        case Answered():
            return _answered(reply)
        case Refused():
            return _refused(reply)
        case Garbled():
            return Verdict("E25", Move.PIN, http=reply.http, text=reply.why)
        case Lost():
            return Verdict("E23", Move.PIN, text=reply.why)
        case NotSent():
            return Verdict("E24", Move.OFFLINE, text=reply.why)
        case _:
            assert_never(reply)


def judge_seed(reply: Reply) -> Verdict:
    """The first script's reading: 429 and 401 take the key out for good, 404 is "not found", the rest is the next key's."""
    match reply:
        case Answered():
            return Verdict("R01", Move.SETTLE, http=200)
        case Refused(http=429):
            return Verdict("E15", Move.NEXT, Mark(EvidenceKind.BLOCK, Reason.UNKNOWN, Scope.KEY), 429, reply.message)
        case Refused(http=401):
            return Verdict("E04", Move.NEXT, Mark(EvidenceKind.AUTH, Reason.REFUSED, Scope.KEY), 401, reply.message)
        case Refused(http=404):
            return Verdict("E12", Move.MISS, http=404, text=reply.message)
        case Refused():
            return Verdict("E02", Move.NEXT, http=reply.http, text=reply.message)
        case Garbled():
            return Verdict("E25", Move.NEXT, http=reply.http, text=reply.why)
        case Lost() | NotSent():
            return Verdict("E23", Move.NEXT, text=reply.why)
        case _:
            assert_never(reply)


def _answered(reply: Answered) -> Verdict:
    if reply.out_of_credits:
        return Verdict("R09", Move.SETTLE, Mark(EvidenceKind.BLOCK, Reason.CREDITS, Scope.ACCOUNT), 200)
    return Verdict("R01", Move.SETTLE, http=200)


def _refused(reply: Refused) -> Verdict:
    for rule in RULES:
        if reply.http not in rule.http or (rule.json is not None and rule.json is not reply.json):
            continue
        found = re.search(rule.text, reply.message, re.IGNORECASE | re.DOTALL)
        if found:
            row = int(found.group(1)) if rule.case == "E01" else None
            return _timed(Verdict(rule.case, rule.move, rule.mark, reply.http, reply.message, row), reply)
    return Verdict("E23", Move.PIN, http=reply.http, text=reply.message)


def _timed(verdict: Verdict, reply: Refused) -> Verdict:
    """Give a 429 the time Lusha named, else that of the window that stands at 0, else the rule's own."""
    mark = verdict.mark
    if reply.http != 429 or mark is None or mark.reason is Reason.TRIAL:
        return verdict
    if verdict.case == "E15":
        mark = _generic(mark, reply.limits)
    named = (s for s in (_named_reset(reply.message), reply.retry_after_s) if s is not None and 1 <= s <= MOST_REST_S)
    told = next(named, None)
    timed = replace(mark, rest_s=mark.rest_s if told is None else told, told=told is not None)
    case = "E16" if mark.reason is Reason.UNKNOWN else verdict.case
    return Verdict(case, verdict.move, timed, verdict.http, verdict.text)


def _generic(mark: Mark, limits: Limits) -> Mark:
    """The longest window at 0; none at 0 but all known means a burst over the pace."""
    spans = (
        (limits.day, Reason.DAY, HOUR_S),
        (limits.hour, Reason.HOUR, HOUR_S),
        (limits.minute, Reason.MINUTE, MINUTE_S),
    )
    for window, reason, rest in spans:
        if window.left == 0:
            return replace(mark, reason=reason, rest_s=rest)
    if any(window.left for window, _, _ in spans):
        return replace(mark, reason=Reason.UNKNOWN, rest_s=BURST_S)
    return mark


def _named_reset(text: str) -> float | None:
    found = re.search(r"reset in\s+(\d{1,9})\s*second", text, re.IGNORECASE)
    return float(found.group(1)) if found else None
