"""The practice server: Lusha's V3 routes over HTTP/1.1 on the loopback interface, and controls under /__sandbox/."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from sandbox import contract
from sandbox.contract import BadRequest
from sandbox.people import Json
from sandbox.world import Account, Entry, Fault, World

SEARCH, ENRICH, USAGE = "/v3/contacts/search-and-enrich", "/v3/contacts/enrich", "/v3/account/usage"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PRACTICE = re.compile(r"00000000-0000-4000-8000-[0-9a-f]{12}", re.IGNORECASE)
USAGE_PER_MINUTE = 5
BIGGEST_BODY = 1_000_000
SILENCE_S, LOOK_S = 600.0, 0.2
GATE_LOOK_S = 0.05  # how soon a held look-up sees that the server is closed


class PracticeServer:
    """Serves a `World` on 127.0.0.1 while the context is open. ``port`` 0 takes a free one."""

    def __init__(self, world: World, port: int = 0) -> None:
        self.world = world
        self.leaving = threading.Event()
        server = self

        class Handler(_Handler):
            practice = server

        self._http = _Server(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, name="practice-server")

    @property
    def port(self) -> int:
        return int(self._http.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.leaving.set()
        self._http.shutdown()
        try:
            self._http.hang_up()
        finally:
            self._http.server_close()
            self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # joined at the end, so that a test leaves no thread behind
    block_on_close = True
    request_queue_size = 128
    allow_reuse_address = True

    def __init__(self, *args: Any) -> None:  # noqa: ANN401
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End the connections that clients keep alive, so that their threads end."""
        with self._guard:
            connections = list(self._open)
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """A client that hangs up in the middle is nothing to report."""


class _HungUp(Exception):
    """The connection was ended on purpose."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    practice: PracticeServer

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged here: the journal has it, without the key."""

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_HEAD(self) -> None:
        """Somebody knocks without a key: the head of a 401, and nothing in the journal."""
        head, end, _body = rendered(401, {}, {"Date": self.practice.world.date()}).partition(b"\r\n\r\n")
        self.wfile.write(head + end)

    def _serve(self, method: str) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), BIGGEST_BODY))
        if self.path.startswith("/__sandbox/"):
            self.send(200, self._control(method, body), {})
            return
        try:
            _Exchange(self, method, body).run()
        except _HungUp:
            self.close_connection = True

    def send(self, status: int, body: Any, headers: dict[str, str]) -> None:  # noqa: ANN401
        self.wfile.write(rendered(status, body, {"Date": self.practice.world.date()} | headers))

    def _control(self, method: str, body: bytes) -> Json:
        """accounts, journal, ledger, stats: read; faults, calm, gate, clock, reset: set (JSON in, JSON out)."""
        world, what = self.practice.world, self.path.removeprefix("/__sandbox/")
        wanted = json.loads(body) if body else {}
        with world.lock:
            if method == "POST" and what == "faults":
                world.fault(**wanted)
            elif method == "POST" and what == "gate":
                (world.gate.set if wanted["open"] else world.gate.clear)()
            elif method == "POST" and what == "calm":
                world.calm()
            elif method == "POST" and what == "clock":
                world.clock.forward(float(wanted["forward"]))
            elif method == "POST" and what == "accounts":
                for name, value in wanted["set"].items():
                    setattr(world.accounts[wanted["label"]], name, value)
            elif method == "POST" and what == "reset":
                world.faults.clear()
                world.ledger.clear()
                world.journal.clear()
            return {
                "accounts": {label: {"credits": one.credits, "total": one.total} for label, one in world.accounts.items()},
                "journal": [asdict(entry) for entry in world.journal] if what == "journal" else len(world.journal),
                "ledger": [asdict(line) for line in world.ledger] if what == "ledger" else len(world.ledger),
                "stats": {
                    "posts": world.posts,
                    "refused": sum(entry.status == 429 for entry in world.journal),
                    "charged": world.charged(),
                    "paid_twice": len(world.paid_twice()),
                    "most_in_flight": max(world.most_in_flight.values(), default=0),
                    "held": world.held,
                },
            }


class _Exchange:
    """One request and its answer: route, key, account, windows, body, plan, credits, work, in this order."""

    def __init__(self, handler: _Handler, method: str, body: bytes) -> None:
        self.handler, self.method, self.body = handler, method, body
        self.world = handler.practice.world
        self.path = handler.path.partition("?")[0]
        self.key = handler.headers.get("api_key") or ""
        self.account: Account | None = None
        self.contacts: list[Json] = []
        self.before = 0.0

    def run(self) -> None:
        self._enter()
        fault: Fault | None = None
        try:
            if self.account is not None:
                fault = self.world.fault_for(self.key, self._peek(), usage=self.path == USAGE)
            if fault is not None and fault.how != "slow":
                self._trouble(fault)
                return
            if fault is not None:
                self._wait(fault.seconds)
            status, body, case, headers = self._answer()
            self._note(status, case, body)
            self.handler.send(status, body, headers)
        finally:
            self._leave()

    # -- the normal way
    def _answer(self) -> tuple[int, Any, str, dict[str, str]]:
        refused = self._refused()
        if refused is not None:
            return (*refused, self._headers())
        account = self.account
        assert account is not None  # noqa: S101  _refused let nobody without one pass
        if self.path == USAGE:
            return 200, self._usage(account), "usage", self._headers()
        try:
            body = json.loads(self.body)
        except ValueError:
            return 400, contract.plain(400, "Unexpected token in JSON", "Bad Request"), "E02", self._headers()
        try:
            contacts, reveal = contract.check(body, by_id=self.path == ENRICH, waterfall_refused=self.world.waterfall_refused)
        except BadRequest as bad:
            case = "E01" if re.match(r"contacts\.\d+\.(?!property)", str(bad)) else "E02"
            return 400, contract.feathers(str(bad)), case, self._headers()
        self.contacts = contacts
        self._wait(self.world.latency_s + self.world.latency_per_contact_s * len(contacts))
        self._hold()
        if account.forbids in reveal:
            text = f"reveal{account.forbids.capitalize()} is not available on your current plan"
            return 403, {"statusCode": 403, "message": "Forbidden", "errors": [text]}, "E10", self._headers()
        if account.credits < 1 or (not account.partial and not self._affordable(account, reveal)):
            return 402, contract.plain(402, contract.NO_CREDITS), "E06", self._headers()
        return 200, self.world.work(account, contacts, reveal, by_id=self.path == ENRICH), "R01", self._headers()

    def _affordable(self, account: Account, reveal: list[str]) -> bool:
        """Whether the balance carries the worst this batch can cost."""
        prices = account.prices
        each = sum(prices[{"phones": "revealPhone", "emails": "revealEmail"}[kind]]["credits"] for kind in reveal)
        return bool(account.credits >= min(1, len(self.contacts)) * each)

    def _refused(self) -> tuple[int, Json, str] | None:
        known = {("POST", SEARCH), ("POST", ENRICH), ("GET", USAGE)}
        if (self.method, self.path) not in known:
            return 404, dict(contract.NO_ROUTE), "E12"
        if not self.key:
            return 401, contract.plain(401, contract.NO_KEY, "Unauthorized"), "E05"
        if not _UUID.fullmatch(self.key):
            return 400, contract.plain(400, contract.BAD_FORMAT, "Bad Request"), "E03"
        if self.account is None or self.key in self.world.revoked or not _PRACTICE.fullmatch(self.key):
            return 401, contract.plain(401, contract.BAD_KEY, "Unauthorized"), "E04"
        if not self.account.active:
            return 403, contract.plain(403, contract.INACTIVE), "E08"
        if not self.account.v3:
            return 403, contract.plain(403, contract.NO_V3), "E09"
        return self._limited(self.account)

    def _limited(self, account: Account) -> tuple[int, Json, str] | None:
        if account.trial_over:
            return 429, {"statusCode": 429, "message": contract.TRIAL}, "E20"
        if self.path == USAGE:
            asked = self.world.usage_call(account, USAGE_PER_MINUTE)
            return None if asked else (429, contract.plain(429, contract.TOO_MANY), "E15")
        full = self.world.window(account, self.key)
        if full is None:
            return None
        name, seconds = full
        text = contract.full_window(name, account.limits.get(name, 0), seconds)
        return 429, contract.plain(429, text), {"hourly": "E17", "daily": "E18"}.get(name, "E15")

    def _usage(self, account: Account) -> Json:
        windows = self.world.usage_of(account, self.key)
        names = {"daily": "daily", "hourly": "hourly", "minute": "minute"}
        limits = {
            shown: {"limit": w[0], "used": w[1], "remaining": w[0] - w[1], "resetsAt": _iso(w[2] + self.world.date_skew_s)}
            if (w := windows.get(name))
            else None
            for name, shown in names.items()
        }
        left = self.world.told_balance(account)
        return {
            "credits": {"total": account.total, "used": account.total - left, "remaining": left},
            "rateLimits": limits,
            "plan": {
                "category": account.plan,
                "renewalType": "monthly",
                "startDate": "2026-11-01T00:00:00.000Z",
                "endDate": None,
            },
            "pricing": account.prices,
        }

    def _headers(self) -> dict[str, str]:
        if self.account is None or self.world.headers == "none":
            return {}
        made = {}
        for name, (limit, used, _end) in self.world.usage_of(self.account, self.key).items():
            garbage = self.world.headers == "garbage"
            made[f"x-rate-limit-{name}"] = "soon" if garbage else str(limit)
            made[f"x-{name}-requests-left"] = "-" if garbage else str(max(0, limit - used))
            if self.world.headers == "nine":
                made[f"x-{name}-usage"] = str(used)
        return made

    # -- trouble
    def _trouble(self, fault: Fault) -> None:
        status, body, headers = fault.status, fault.body, self._headers() | fault.headers
        if fault.charged or fault.how == "drip":
            status, body, _case, headers = self._answer()
        elif fault.how in {"cut", "cut_headers"}:
            status, body = 200, {"results": []}
        done = body if fault.charged or fault.how == "drip" else None
        self._note(status if fault.how in {"status", "drip"} else 0, f"fault:{fault.how}", done)
        text = rendered(status, body, {"Date": self.world.date()} | headers)
        match fault.how:
            case "status":
                self.handler.wfile.write(text)
                return
            case "silence":
                self._be_silent()
            case "cut":
                self._write(text[: len(text) - max(1, len(text) // 4)])
            case "cut_headers":
                self._write(text[:20])
            case "drip":
                for at in range(len(text)):
                    self._write(text[at : at + 1])
                    self._wait(fault.seconds)
                return
            case "reset":
                linger = struct.pack("ii", 1, 0)  # closing sends RST
                self.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.handler.connection.close()
        raise _HungUp

    def _write(self, text: bytes) -> None:
        try:
            self.handler.wfile.write(text)
            self.handler.wfile.flush()
        except OSError:
            raise _HungUp from None

    def _wait(self, seconds: float) -> None:
        """Real seconds; ends early when the server is closed or the client hangs up in a long silence."""
        if seconds > 0 and self.handler.practice.leaving.wait(seconds):
            raise _HungUp

    def _hold(self) -> None:
        """Stand in front of the gate until it is opened, so that a test decides what happens before an answer."""
        if self.world.gate.is_set():
            return
        with self.world.lock:
            self.world.held += 1
        try:
            while not self.world.gate.wait(GATE_LOOK_S):
                self._wait(GATE_LOOK_S)
        finally:
            with self.world.lock:
                self.world.held -= 1

    def _be_silent(self) -> None:
        calmed, until = self.world.calmed, time.monotonic() + SILENCE_S
        while self.world.calmed == calmed and time.monotonic() < until:
            self._wait(LOOK_S)

    # -- bookkeeping
    def _peek(self) -> list[Json]:
        try:
            body = json.loads(self.body)
            return [row for row in body.get("contacts", []) if isinstance(row, dict)]
        except (ValueError, AttributeError):
            return []

    def _charged_by(self, body: Any) -> float:  # noqa: ANN401
        return float(body.get("billing", {}).get("creditsCharged", 0)) if isinstance(body, dict) else 0.0

    def _note(self, status: int, case: str, body: Any) -> None:  # noqa: ANN401
        """Into the journal; ``body`` None: nothing was done."""
        rows = len(self.contacts) or len(self._peek())
        entry = Entry(
            self.world.clock(),
            self.method,
            self.path,
            self.key[-4:],
            tuple(sorted(name.lower() for name in self.handler.headers)),
            len(self.body),
            rows,
            status,
            case,
            self._charged_by(body),
            hashlib.sha256(self.body).hexdigest()[:16],
            str(body.get("requestId", "")) if isinstance(body, dict) else "",
        )
        with self.world.lock:
            self.world.journal.append(entry)

    def _enter(self) -> None:
        with self.world.lock:
            label = self.world.keys.get(self.key, "")
            self.account = self.world.accounts.get(label)
            now = self.world.in_flight[label] = self.world.in_flight.get(label, 0) + 1
            self.world.most_in_flight[label] = max(now, self.world.most_in_flight.get(label, 0))

    def _leave(self) -> None:
        with self.world.lock:
            self.world.in_flight[self.account.label if self.account else ""] -= 1


def rendered(status: int, body: Any, headers: dict[str, str]) -> bytes:  # noqa: ANN401
    """An HTTP/1.1 answer; text bodies are HTML, everything else JSON."""
    html = isinstance(body, str)
    data = body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
    lines = {
        "Content-Type": "text/html; charset=utf-8" if html else "application/json; charset=utf-8",
        "Content-Length": str(len(data)),
    } | headers
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Practice\r\n{head}\r\n".encode("latin-1") + data


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
