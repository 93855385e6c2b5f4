"""Accounts, keys, credits, windows and the ledger of the practice server, and what goes wrong on request."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from sandbox.people import Directory, Json, Someone

SPANS = {"minute": 60.0, "hourly": 3600.0, "daily": 86_400.0}
PRICES: Json = {
    "contactSearch": {"credits": 1, "perQuantity": 25},
    "revealEmail": {"credits": 1, "perQuantity": 1},
    "revealPhone": {"credits": 5, "perQuantity": 1},
}
PRICE_OF = {"emails": "revealEmail", "phones": "revealPhone"}


class Clock:
    """Runs like the computer's, from now or from wherever it was started, or stands where a test has set it."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._stands: float | None = None

    def __call__(self) -> float:
        return time.time() + self._ahead if self._stands is None else self._stands

    def set(self, at: float) -> None:
        """Stand there."""
        self._stands = at

    def start(self, at: float) -> None:
        """Run on from there."""
        self._ahead, self._stands = at - time.time(), None

    def forward(self, seconds: float) -> None:
        """Later by so much, running or standing as before."""
        if self._stands is None:
            self._ahead += seconds
        else:
            self._stands += seconds


@dataclass(slots=True)
class Account:
    """A Lusha account. ``limits`` are requests by window (absent: none); ``per_key`` counts windows for each key."""

    label: str
    credits: float = 10_000.0
    limits: dict[str, int] = field(default_factory=lambda: {"minute": 300, "hourly": 1800, "daily": 18_000})
    per_second: int | None = None
    per_key: bool = False
    active: bool = True
    v3: bool = True
    trial_over: bool = False
    forbids: str = ""  # "phones" or "emails": not in the plan
    partial: bool = False  # serves what is payable instead of refusing the batch
    free_again: bool = True  # a person revealed before costs the search only
    prices: Json = field(default_factory=lambda: dict(PRICES))
    plan: str = "practice"
    total: float = 0.0

    def __post_init__(self) -> None:
        self.total = self.total or self.credits


@dataclass(slots=True)
class Fault:
    """What to do instead of answering, for the next ``times`` requests that fit (-1: always).

    ``how``: ``status`` (answer ``status`` with ``body``), ``silence``, ``close`` (before the answer), ``cut`` (inside the
    body), ``cut_headers``, ``reset``, ``drip``, ``slow`` (then a normal answer). With ``charged`` the work is done and
    booked before the answer is lost.
    """

    how: str
    times: int = 1
    key: str = ""
    account: str = ""
    slug: str = ""
    every: int = 1
    status: int = 500
    body: Any = ""
    headers: dict[str, str] = field(default_factory=dict)
    charged: bool = False
    usage: bool = False  # for usage calls instead of look-ups
    seconds: float = 1.0
    met: int = 0


@dataclass(frozen=True, slots=True)
class Charge:
    """A line of the ledger: what ``account`` paid for ``person`` (a slug) and ``kind`` (search, phones, emails).

    Somebody revealed again for nothing has a line of 0 credits.
    """

    account: str
    person: str
    kind: str
    credits: float
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the request journal. Of a key only its last four characters."""

    at: float
    method: str
    path: str
    key: str
    headers: tuple[str, ...]
    size: int
    rows: int
    status: int
    case: str
    charged: float
    body_hash: str = ""
    request_id: str = ""  # of a complete answer, whether or not it reached whoever asked


class World:
    """Everything the practice server knows. All access goes through one lock."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.lock = threading.RLock()
        self.accounts: dict[str, Account] = {}
        self.keys: dict[str, str] = {}  # key -> account label
        self.revoked: set[str] = set()
        self.people = Directory()
        self.faults: list[Fault] = []
        self.ledger: list[Charge] = []
        self.journal: list[Entry] = []
        self.ids: dict[str, Someone] = {}
        self.revealed: set[tuple[str, str, str]] = set()
        self.in_flight: dict[str, int] = {}
        self.most_in_flight: dict[str, int] = {}
        self.gate = threading.Event()  # while it is shut, look-ups are counted and then wait in front of it
        self.gate.set()
        self.held = 0  # look-ups in front of the gate
        self.latency_s = 0.0
        self.latency_per_contact_s = 0.0
        self.headers = "nine"  # nine, six, none or garbage
        self.waterfall_refused = False
        self.billing = "normal"  # normal, missing, float
        self.balance_lag_s = 0.0  # how long a charge is not yet in the balance that usage tells
        self.date_skew_s = 0.0  # how much the server's clock is ahead
        self.calmed = 0  # how often all trouble was called off
        self._requests = 0
        self._charges: list[tuple[float, str, float]] = []
        self._usage_calls: dict[str, list[float]] = {}
        self._windows: dict[tuple[str, str], tuple[float, int]] = {}
        self._seconds: dict[str, list[float]] = {}

    # -- what a test or scenario sets up
    def account(self, label: str, keys: Iterable[str] = (), **more: Any) -> Account:  # noqa: ANN401
        """Add an account with its keys."""
        made = self.accounts[label] = Account(label, **more)
        for key in keys:
            self.keys[key] = label
        return made

    def fault(self, how: str, **more: Any) -> Fault:  # noqa: ANN401
        """Ask for trouble; see `Fault`."""
        made = Fault(how, **more)
        with self.lock:
            self.faults.append(made)
        return made

    def calm(self) -> None:
        """Call off all trouble, silences under way included; what was booked stays."""
        with self.lock:
            self.faults.clear()
            self.calmed += 1

    # -- what tests read
    @property
    def posts(self) -> int:
        """How many look-ups were asked for, refused ones included."""
        with self.lock:
            return sum(entry.method == "POST" for entry in self.journal)

    def charged(self, account: str = "") -> float:
        """Credits booked, on one account or on all."""
        with self.lock:
            return sum(line.credits for line in self.ledger if account in {"", line.account})

    def paid_twice(self) -> list[tuple[str, str]]:
        """People and kinds (not the search) for whom more than one charge was booked."""
        seen: dict[tuple[str, str], int] = {}
        with self.lock:
            for line in self.ledger:
                if line.kind != "search" and line.credits > 0:
                    seen[line.person, line.kind] = seen.get((line.person, line.kind), 0) + 1
        return [which for which, times in seen.items() if times > 1]

    # -- what the server asks
    def fault_for(self, key: str, contacts: list[Json], *, usage: bool = False) -> Fault | None:
        """The first fault that fits this request; counts it."""
        slugs = {self.people.find(contact).slug for contact in contacts}
        with self.lock:
            for fault in self.faults:
                fits = (not fault.key or fault.key == key) and (not fault.account or self.keys.get(key) == fault.account)
                if not fits or fault.usage is not usage or (fault.slug and fault.slug not in slugs) or fault.times == 0:
                    continue
                fault.met += 1
                if fault.met % fault.every:
                    continue
                fault.times -= 1
                return fault
        return None

    def window(self, account: Account, key: str, *, count: bool = True) -> tuple[str, float] | None:
        """Count a request; returns (window, seconds until it ends) when one is full, then nothing is counted."""
        now, who = self.clock(), key if account.per_key else ""
        with self.lock:
            if account.per_second is not None:
                recent = [at for at in self._seconds.get(account.label, []) if at > now - 1.0]
                if len(recent) >= account.per_second:
                    self._seconds[account.label] = recent
                    return "second", 1.0
                self._seconds[account.label] = [*recent, now] if count else recent
            for name, limit in account.limits.items():
                start, used = self._current(account, who, name, now)
                if used >= limit:
                    return name, start + SPANS[name] - now
            for name in account.limits if count else ():
                start, used = self._current(account, who, name, now)
                self._windows[f"{account.label}/{who}", name] = (start, used + 1)
        return None

    def usage_of(self, account: Account, key: str) -> dict[str, tuple[int, int, float]]:
        """Limit, used and end (Unix seconds) of each window."""
        who = key if account.per_key else ""
        with self.lock:
            found = {name: (limit, *self._current(account, who, name, self.clock())) for name, limit in account.limits.items()}
        return {name: (limit, used, start + SPANS[name]) for name, (limit, start, used) in found.items()}

    def date(self) -> str:
        """The Date header."""
        return formatdate(self.clock() + self.date_skew_s, usegmt=True)

    def usage_call(self, account: Account, most: int) -> bool:
        """Count a usage call; False, and not counted, when the account had ``most`` of them within a minute."""
        now = self.clock()
        with self.lock:
            recent = [at for at in self._usage_calls.get(account.label, []) if now - SPANS["minute"] < at <= now]
            self._usage_calls[account.label] = recent if len(recent) >= most else [*recent, now]
            return len(recent) < most

    def told_balance(self, account: Account) -> float:
        """The balance as usage tells it: what was charged within the lag is still in it."""
        since = self.clock() - self.balance_lag_s
        with self.lock:
            return account.credits + sum(cost for at, label, cost in self._charges if label == account.label and at > since)

    def _current(self, account: Account, who: str, name: str, now: float) -> tuple[float, int]:
        start, used = self._windows.get((f"{account.label}/{who}", name), (now, 0))
        return (now, 0) if now >= start + SPANS[name] else (start, used)

    # -- the work
    def work(self, account: Account, contacts: list[Json], reveal: list[str], *, by_id: bool) -> Json:
        """Look up and charge; returns the body of a 200. ``by_id`` costs no search credit."""
        with self.lock:
            self._requests += 1
            request = f"practice-{self._requests:06d}"
            items, people, status = [], [], ""
            for contact in contacts:
                person = self._by_id(account, contact["id"]) if by_id else self.people.find(contact)
                people.append(person)
            known = [person for person in people if person is not None and not person.error]
            charge, served = self._bill(account, known, reveal, request, by_id=by_id)
            for contact, person in zip(contacts, people, strict=True):
                if person is None or person.error:
                    items.append(_error(contact, person.error if person else "NOT_FOUND"))
                    continue
                items += self._item(contact, person, reveal, paid=served is None or person.slug in served, by_id=by_id)
            if served is not None:
                status = "PARTIAL_OUT_OF_CREDITS" if served else "OUT_OF_CREDITS"
        body: Json = {"requestId": request}
        if status:
            body["status"] = status
        elif any(person is not None and not person.error and person.phones is None for person in people) and "phones" in reveal:
            body |= {"status": "partial", "statusReason": "WATERFALL_NOT_CONFIGURED"}
        billing: Json = {"creditsCharged": float(charge) if self.billing == "float" else charge, "resultsReturned": len(items)}
        return body | {"results": items} | ({} if self.billing == "missing" else {"billing": billing})

    def _by_id(self, account: Account, lusha_id: str) -> Someone | None:
        known = self.ids.get(lusha_id)
        return known if known and any(who == account.label and slug == known.slug for who, slug, _ in self.revealed) else None

    def _bill(
        self, account: Account, people: list[Someone], reveal: list[str], request: str, *, by_id: bool
    ) -> tuple[float, set[str] | None]:
        """Book the charge; the set of people served when the money does not reach (None: all are)."""
        search, per = account.prices["contactSearch"]["credits"], account.prices["contactSearch"]["perQuantity"]
        total = 0.0 if by_id or not people else -(-len(people) // per) * search
        if total:
            self._book(account, people[0].slug, "search", total, request)
        served: set[str] = set()
        for person in people:
            costs = {kind: self._cost(account, person, kind) for kind in reveal}
            if account.credits < sum(costs.values()):
                return total, served
            for kind, cost in costs.items():
                if getattr(person, kind):
                    self._book(account, person.slug, kind, cost, request)
                    self.revealed.add((account.label, person.slug, kind))
                    total += cost
            self.revealed.add((account.label, person.slug, "search"))
            served.add(person.slug)
        return total, None

    def _cost(self, account: Account, person: Someone, kind: str) -> float:
        if not getattr(person, kind) or (account.free_again and (account.label, person.slug, kind) in self.revealed):
            return 0.0
        return float(account.prices[PRICE_OF[kind]]["credits"])

    def _book(self, account: Account, person: str, kind: str, credits: float, request: str) -> None:
        account.credits -= credits
        self.ledger.append(Charge(account.label, person, kind, credits, request))
        self._charges.append((self.clock(), account.label, credits))

    def _item(self, contact: Json, person: Someone, reveal: list[str], *, paid: bool, by_id: bool) -> list[Json]:
        lusha_id = f"v1.{person.slug.encode().hex()[:40]}"
        self.ids[lusha_id] = person
        first, last = (person.first, person.last)
        name, company = person.shown if person.shown[0] else (f"{first} {last}", person.company)
        if person.shown[0]:
            first, _, last = name.partition(" ")
        item: Json = {
            "id": lusha_id,
            "firstName": first,
            "lastName": last,
            "fullName": name,
            "jobTitle": {"title": person.title, "departments": ["Operations"], "seniority": "Director"},
            "company": {"id": "v1.practice", "name": company, "domain": f"www.{person.domain}"} if company else None,
            "location": {"country": "United Kingdom", "countryIso2": "GB", "city": "Leeds", "isEuContact": False},
            "socialLinks": {"linkedin": f"https://www.linkedin.com/in/{person.slug}"},
            "partialProfile": False,
            "updateDate": "2026-05-01",
        }
        if "clientReferenceId" in contact and person.behave != "no_reference" and not by_id:
            item = {"clientReferenceId": contact["clientReferenceId"], **item}
        for kind in reveal:
            data = getattr(person, kind)
            if not paid:
                item.setdefault("missingDataPoints", []).append({"type": kind[:-1], "status": "BILLING_FAILED"})
            elif data is not None:
                item[kind] = list(data)
        return {"absent": [], "twice": [item, item]}.get(person.behave, [item])


def _error(contact: Json, code: str) -> Json:
    words = {
        "NOT_FOUND": "Contact not found",
        "COMPLIANCE_RESTRICTED": "This contact cannot be provided",
        "ENRICH_FAILED": "Enrichment failed",
    }
    said: Json = {"error": {"code": code, "message": words.get(code, "Something else")}}
    return {"clientReferenceId": contact["clientReferenceId"], **said} if "clientReferenceId" in contact else said
