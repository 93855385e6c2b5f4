"""From the bytes of an answer to a `reply` value. What was paid for is read, whatever is odd about the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from core.lusha.contact import read_person
from core.lusha.lenient import Json, moment, number, parse, rows, table, text, whole
from core.lusha.reply import (
    Absent,
    Answered,
    Found,
    Garbled,
    Item,
    ItemFailed,
    Limits,
    Missing,
    Restricted,
    Usage,
    Window,
)
from core.model import Kind, Person

Tag = Literal["clientReferenceId", "id"]

_OUT_OF_CREDITS = {"OUT_OF_CREDITS", "PARTIAL_OUT_OF_CREDITS"}
_UNPAID = "BILLING_FAILED"
_KIND_OF = {"phone": Kind.PHONES, "phones": Kind.PHONES, "email": Kind.EMAILS, "emails": Kind.EMAILS}
_MOST_TEXT = 500


def decode_reply(
    body: bytes, asked: Sequence[str], kinds: frozenset[Kind], *, tag: Tag, limits: Limits, http: int = 200
) -> Answered | Garbled:
    """One item for each of ``asked``, in that order; Garbled when the body is not JSON or has no list of results.

    Items are matched by ``tag``; by position only if no item carries one and there are as many as were asked for.
    Items nobody asked for are ignored, of two with the same tag the first counts.
    """
    whole_answer = parse(body)
    if not isinstance(whole_answer, dict):
        return Garbled(http, "the answer is not JSON" if whole_answer is None else "the answer is not a JSON object")
    results = whole_answer.get("results")
    if not isinstance(results, list):
        return Garbled(http, "the answer has no list of results")
    status = text(whole_answer.get("status")).upper()
    has_job = bool(table(whole_answer.get("job")))
    reading = _Reading(kinds, ran_out=status in _OUT_OF_CREDITS, has_job=has_job)
    items = tuple(reading.item(raw) for raw in _matched(results, asked, tag))
    return Answered(
        items=items,
        charged=number(table(whole_answer.get("billing")).get("creditsCharged")),
        request_id=text(whole_answer.get("requestId")),
        status=status,
        out_of_credits=reading.ran_out or any(isinstance(item, Found) and item.billing_failed for item in items),
        has_job=has_job,
        limits=limits,
    )


def decode_refusal(body: bytes) -> tuple[str, bool]:
    """Message and errors in one line (at most 500 characters), and whether the body has one of Lusha's shapes."""
    answer = table(parse(body))
    said = [*_sentences(answer.get("message")), *_sentences(answer.get("errors"))]
    lushas = bool(said) or "statusCode" in answer
    return "; ".join(dict.fromkeys(said))[:_MOST_TEXT], lushas


def decode_usage(body: bytes, http: int = 200) -> Usage | Garbled:
    """Balance, windows and prices; Garbled when the body is not JSON or says nothing of credits and windows."""
    answer = table(parse(body))
    balance, windows = table(answer.get("credits")), table(answer.get("rateLimits"))
    if not balance and not windows:
        return Garbled(http, "the answer says nothing of credits or limits")
    return Usage(
        number(balance.get("total")),
        number(balance.get("used")),
        number(balance.get("remaining")),
        minute=_window(windows.get("minute")),
        hour=_window(windows.get("hourly")),
        day=_window(windows.get("daily")),
        plan=text(table(answer.get("plan")).get("category")),
        prices=_prices(table(answer.get("pricing"))),
    )


class _Reading:
    """What every item of one answer is read with: the kinds asked for and what was said of the whole."""

    def __init__(self, kinds: frozenset[Kind], *, ran_out: bool, has_job: bool) -> None:
        self._kinds, self.ran_out, self._has_job = kinds, ran_out, has_job

    def item(self, raw: object) -> Item:
        """The item decides for itself; the status of the whole answer only explains what it leaves open."""
        if not isinstance(raw, dict):
            return Absent()
        person = read_person(raw)
        if person.phones or person.emails or not raw.get("error"):
            return self._found(raw, person)
        return _failure(raw["error"])

    def _found(self, raw: Json, person: Person) -> Item:
        if not (person.lusha_id or person.full_name or person.phones or person.emails):
            return Absent()
        lacking = {kind: _why_lacking(raw, kind) for kind in self._kinds - _delivered(person)}
        unpaid = {kind for kind, why in lacking.items() if why == _UNPAID or (self.ran_out and not why)}
        pending = {kind for kind, why in lacking.items() if self._has_job and why != "NOT_FOUND"} - unpaid
        return Found(person, frozenset(lacking) - unpaid - pending, billing_failed=bool(unpaid), partial=bool(pending))


def _matched(results: list[object], asked: Sequence[str], tag: Tag) -> list[object]:
    """The raw item for each of ``asked``, None where there is none."""
    tags = [text(table(raw).get(tag)) for raw in results]
    if not any(tags):
        return results if len(results) == len(asked) else [None] * len(asked)
    by_tag: dict[str, object] = {}
    for name, raw in zip(tags, results, strict=True):
        by_tag.setdefault(name, raw)
    return [by_tag.get(name) for name in asked]


def _failure(error: object) -> Item:
    code = (text(table(error).get("code")) or text(error)).upper()
    match code:
        case "NOT_FOUND":
            return Missing(code)
        case "COMPLIANCE_RESTRICTED":
            return Restricted()
        case _:
            return ItemFailed(code or "UNKNOWN", text(table(error).get("message"))[:_MOST_TEXT])


def _delivered(person: Person) -> frozenset[Kind]:
    data = ((Kind.PHONES, person.phones), (Kind.EMAILS, person.emails))
    return frozenset(kind for kind, values in data if values)


def _why_lacking(raw: Json, kind: Kind) -> str:
    """Lusha's word for a data point it did not deliver; empty when it gave none."""
    for entry in map(table, rows(raw.get("missingDataPoints"))):
        if _KIND_OF.get(text(entry.get("type")).lower()) is kind:
            return text(entry.get("status")).upper()
    return ""


def _sentences(value: object, depth: int = 3) -> list[str]:
    """Every text in a string, list or object, in order."""
    if isinstance(value, str):
        return [text(value)] if text(value) else []
    if depth == 0 or not isinstance(value, list | dict):
        return []
    parts = value.values() if isinstance(value, dict) else value
    return [sentence for part in parts for sentence in _sentences(part, depth - 1)]


def _window(value: object) -> Window | None:
    if not isinstance(value, dict):
        return None  # a plan may have no such window
    return Window(
        whole(value.get("limit")),
        whole(value.get("remaining")),
        whole(value.get("used")),
        moment(value.get("resetsAt")),
    )


def _prices(pricing: Json) -> dict[str, tuple[float, int]]:
    """Credits and per how many, for each readable entry."""
    prices: dict[str, tuple[float, int]] = {}
    for name, entry in pricing.items():
        price, per = number(table(entry).get("credits")), whole(table(entry).get("perQuantity", 1))
        if price is not None and per:
            prices[name] = (price, per)
    return prices
