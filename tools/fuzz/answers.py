"""What a server may send: bodies, headers, packings. Nothing raises, nothing is unbounded, nothing steers a terminal."""

from __future__ import annotations

import copy
import gzip
import json
import re
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from core.lusha.call import MOST_BYTES, unpacked
from core.lusha.headers import read_date, read_limits, read_retry_after
from core.lusha.reply import Answered, Found, Garbled, Limits, Usage
from core.lusha.wire import decode_refusal, decode_reply, decode_usage
from core.model import Kind
from tools.fuzz.target import Target

EXAMPLES = Path(__file__).resolve().parents[2] / "tests" / "core" / "lusha" / "examples"
STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
MOST, YEAR_S = 1e12, 366 * 86_400.0
_WORDS = (
    "results clientReferenceId id error code message billing creditsCharged status job phones emails number type doNotCall"
    " updateDate dataSource email confidence fullName firstName lastName jobTitle title company name domain location"
    " countryIso2 socialLinks linkedin missingDataPoints credits total used remaining rateLimits minute hourly daily limit"
    " resetsAt plan category pricing perQuantity statusCode errors requestId NOT_FOUND BILLING_FAILED OUT_OF_CREDITS r-0"
).split()
_texts = st.one_of(
    st.sampled_from(_WORDS), st.text(max_size=12), st.sampled_from(["\x1b[2J", "\u202e", "+44 20 7946 0001", "a@b.example"])
)
_leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from([10**30, 10**400, 1e308, "nan", "1e400", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"]),
    _texts,
)
_json = st.recursive(_leaves, lambda deep: st.lists(deep, max_size=4) | st.dictionaries(_texts, deep, max_size=6), max_leaves=25)
_real = [json.loads(path.read_text("utf-8")) for path in sorted(EXAMPLES.glob("*.response.json"))]


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401  JSON
    pairs = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    return [path, *(place for key, part in pairs for place in _places(part, (*path, key)))]


@st.composite
def _twisted(draw: st.DrawFn) -> bytes:
    """A real answer with some values replaced by others."""
    answer = copy.deepcopy(draw(st.sampled_from(_real)))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.sampled_from(_places(answer)))
        if not place:
            continue
        at = answer
        for key in place[:-1]:
            at = at[key]
        at[place[-1]] = draw(_json)
    return json.dumps(answer).encode()


@st.composite
def _bodies(draw: st.DrawFn) -> bytes:
    whole = draw(st.one_of(st.binary(max_size=200), _json.map(lambda value: json.dumps(value).encode()), _twisted()))
    if draw(st.integers(0, 3)):
        return whole
    at, length = draw(st.integers(0, len(whole))), draw(st.integers(0, 8))
    return whole[:at] + draw(st.binary(max_size=8)) + whole[at + length :]


def body(data: bytes) -> None:
    for kinds in (frozenset({Kind.PHONES}), frozenset(Kind)):
        for tag, asked in (("clientReferenceId", ["r-0", "r-1"]), ("id", ["v1.sampleOpaqueContactId0000000001"])):
            reply = decode_reply(data, asked, kinds, tag=tag, limits=Limits())  # type: ignore[arg-type]  # both are tags
            assert isinstance(reply, Answered | Garbled)
            if isinstance(reply, Answered):
                assert len(reply.items) == len(asked)
                assert reply.charged is None or 0 <= reply.charged <= MOST
                assert all(isinstance(item, Found) is hasattr(item, "person") for item in reply.items)
            assert not STEERING.search(_texts_of(reply))
    message, _ = decode_refusal(data)
    assert len(message) <= 500
    assert not STEERING.search(message)
    _usage(decode_usage(data))


def _usage(usage: Usage | Garbled) -> None:
    if isinstance(usage, Garbled):
        return
    windows = [window for window in (usage.minute, usage.hour, usage.day) if window]
    counts = [count for window in windows for count in (window.limit, window.left, window.used) if count is not None]
    amounts = [usage.credits_total, usage.credits_used, usage.credits_remaining, *(price for price, _ in usage.prices.values())]
    assert all(0 <= number <= MOST for number in [*counts, *filter(None, amounts)])
    for window in windows:
        if window.resets_at is not None:
            window.resets_at.astimezone(UTC).timestamp()


def _texts_of(value: object) -> str:
    """Every text inside a value, joined."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple | frozenset):
        return " ".join(map(_texts_of, value))
    names = getattr(type(value), "__dataclass_fields__", {})
    return " ".join(_texts_of(getattr(value, name)) for name in names)


_values = st.one_of(
    st.text(max_size=40),
    st.floats().map(str),
    st.integers().map(str),
    st.datetimes().map(lambda at: f"{at:%a, %d %b %Y %H:%M:%S} GMT"),
    st.sampled_from(["1e300", "²", "Mon, 99 Xxx 99999 99:99:99 +9999", "Fri, 31 Dec 9999 23:59:59 -2359"]),
)
_NAMES = ["retry-after", "ratelimit-reset", "date", "x-rate-limit-minute", "x-minute-requests-left", "x-daily-usage"]


def headers(found: dict[str, str]) -> None:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    wait = read_retry_after(found, now)
    assert wait is None or 0 <= wait <= YEAR_S
    date = read_date(found)
    assert date is None or 1999 <= date.year <= 2101
    limits = read_limits(found)
    assert all(
        (count or 0) < MOST for window in (limits.minute, limits.day) for count in (window.limit, window.left, window.used)
    )


def packing(given: tuple[bytes, str, int]) -> None:
    plain, name, cut = given
    made = {"gzip": gzip.compress(plain), "deflate": zlib.compress(plain)}.get(name, plain)
    whole = unpacked(made, name)
    assert whole == (plain if name in {"", "gzip", "deflate"} else None)
    damaged = unpacked(made[: cut % (len(made) + 1)] + plain[:3], name)
    assert damaged is None or len(damaged) <= MOST_BYTES


TARGETS = (
    Target("answer", _bodies(), body, 120),
    Target("headers", st.dictionaries(st.sampled_from(_NAMES), _values), headers, 100),
    Target(
        "packing", st.tuples(st.binary(max_size=300), st.sampled_from(["", "gzip", "deflate", "br"]), st.integers(0)), packing, 60
    ),
)
