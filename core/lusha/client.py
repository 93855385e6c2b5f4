"""Lusha's V3 interface, one call at a time: the only place where a key leaves this program, and only for Lusha."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlsplit

import httpx

from core.lusha.address import check_api_url, check_pairing
from core.lusha.call import Arrived, Call, Line
from core.lusha.headers import read_date, read_limits, read_retry_after
from core.lusha.message import enrich, references, search_and_enrich
from core.lusha.reply import Answered, Garbled, Lost, NotSent, Refused, Reply, Usage, UsageReply
from core.lusha.watch import Watch
from core.lusha.wire import Tag, decode_refusal, decode_reply, decode_usage
from core.model import Kind, Prospect
from core.secret import Secret
from core.settings import API_URL, is_loopback

SEARCH_AND_ENRICH, ENRICH, USAGE = "/v3/contacts/search-and-enrich", "/v3/contacts/enrich", "/v3/account/usage"
Knock = Arrived | Lost | NotSent
_Read = TypeVar("_Read")
_UNREADABLE = "the answer is too long or packed in an unknown way"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. ``read`` counts for each read; ``deadline`` for the whole exchange."""

    connect: float = 10.0
    write: float = 10.0
    read: float = 60.0
    deadline: float = 90.0
    keep_alive: float = 5.0


_PROBE = Timeouts(connect=5.0, write=5.0, read=5.0, deadline=10.0)


class LushaClient:
    """A slot for one request at a time; a second thread's request waits for its turn.

    Cheap to make when ``ssl_context`` is shared (see `twin`). Nothing is opened before the first request, nothing is
    ever sent twice by itself, no redirect is followed, and every request ends at the deadline. UsageError, before
    anything is sent, when the key may not go to this address or the request asks for nothing; whatever happens later
    is in the reply.
    """

    def __init__(
        self,
        base_url: str = API_URL,
        *,
        timeouts: Timeouts | None = None,
        ssl_context: ssl.SSLContext | None = None,
        version: str = "0",
        clock: Callable[[], float] = time.monotonic,
        watch: Watch | None = None,
    ) -> None:
        self._base_url, self._version, self._watch = check_api_url(base_url), version, watch or Watch()
        self._timeouts, self._clock = timeouts or Timeouts(), clock
        self._tls = ssl_context
        self._turn, self._line = threading.Lock(), Line()
        self._http: httpx.Client | None = None
        self._call: Call | None = None
        self._waterfall_word = True  # until Lusha says that it does not know the property

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def twin(self) -> LushaClient:
        """Another slot with the same settings, TLS context and watch over deadlines."""
        return LushaClient(
            self._base_url,
            timeouts=self._timeouts,
            ssl_context=self._context(),
            version=self._version,
            clock=self._clock,
            watch=self._watch,
        )

    def ask(self, secret: Secret, prospects: Sequence[Prospect], kinds: frozenset[Kind]) -> Reply:
        """Look up 1 to 100 people and reveal ``kinds``; items come in the order of ``prospects``."""
        refs = references(len(prospects))
        body = search_and_enrich(prospects, refs, kinds)
        return self._exchange(secret, SEARCH_AND_ENRICH, body, lambda came: _answer(came, refs, kinds, tag="clientReferenceId"))

    def enrich(self, secret: Secret, ids: Sequence[str], kinds: frozenset[Kind]) -> Reply:
        """Reveal ``kinds`` of 1 to 100 people by Lusha's ids, which count for the account that got them."""
        reply = self._enrich(secret, ids, kinds)
        if _unknown_word(reply) and self._waterfall_word:
            self._waterfall_word = False  # nothing was done or charged: the body was refused as a whole
            reply = self._enrich(secret, ids, kinds)
        return reply

    def usage(self, secret: Secret) -> UsageReply:
        """The account's balance, windows and prices; costs nothing, at most five times a minute."""
        return self._exchange(secret, USAGE, None, _usage)

    def probe(self) -> str:
        """Ask the bare address for anything, without a key: empty when an answer came, else why not."""
        with self._turn:
            arrived = self._send("GET", "/", None, self._plain_headers())
        return "" if isinstance(arrived, Arrived) else arrived.why

    def knock(self) -> Knock:
        """HEAD of the address for the balance, without a key: what answers there, or why nothing did. Costs nothing."""
        with self._turn:
            return self._send("HEAD", USAGE, None, self._plain_headers())

    def abort(self) -> None:
        """End the request under way, if any, from another thread; the client can be used again afterwards."""
        call = self._call
        if call is not None:
            call.abort()

    def close(self) -> None:
        """Close the connection; a later request opens another one."""
        http, self._http = self._http, None
        if http is not None:
            http.close()
        self.rest()

    def rest(self) -> None:
        """Let the thread that watches over deadlines go, for all twins, when nothing is under way any more."""
        self._watch.rest()

    def _enrich(self, secret: Secret, ids: Sequence[str], kinds: frozenset[Kind]) -> Reply:
        body = enrich(ids, kinds, waterfall_word=self._waterfall_word)
        return self._exchange(secret, ENRICH, body, lambda came: _answer(came, ids, kinds, tag="id"))

    def _exchange(
        self, secret: Secret, path: str, body: bytes | None, read: Callable[[Arrived], _Read]
    ) -> _Read | Refused | Lost | NotSent:
        """POST ``body``, or GET without one; ``read`` makes the reply of a 2xx answer."""
        check_pairing(self._base_url, secret)
        with self._turn:
            arrived = self._send("GET" if body is None else "POST", path, body, self._headers(secret))
        if not isinstance(arrived, Arrived):
            return arrived
        return read(arrived) if 200 <= arrived.http < 300 else _refused(arrived, secret)

    def _send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Arrived | Lost | NotSent:
        try:
            http = self._http = self._http or self._opened()
        except (ImportError, ValueError, httpx.InvalidURL):
            return NotSent("the proxy named in the system's settings cannot be used")
        http.cookies.clear()  # a cookie is somebody else's mark on our requests
        request = http.build_request(method, self._base_url + path, content=body, headers=headers)
        call = self._call = Call(self._line, self._clock, self._clock() + self._timeouts.deadline)
        try:
            # While the headers come nobody else looks at the clock. Counted from when it has its turn, and for this call
            # only: another thread's request is not cut for it.
            with self._watch.within(self._timeouts.deadline, call.abort):
                return call.run(http, request)
        finally:
            self._call = None

    def _headers(self, secret: Secret) -> dict[str, str]:
        """Made for one request and kept nowhere: httpx prints this header in clear when it shows a client's headers."""
        return {**self._plain_headers(), "api_key": secret.reveal()}

    def _plain_headers(self) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": f"LushaEnrich/{self._version}",
        }

    def _opened(self) -> httpx.Client:
        """Company proxies of the environment count for Lusha, never for this computer itself."""
        times = self._timeouts
        here = is_loopback(urlsplit(self._base_url).hostname or "")
        return httpx.Client(
            verify=self._context(),
            trust_env=not here,
            follow_redirects=False,
            timeout=httpx.Timeout(connect=times.connect, write=times.write, read=times.read, pool=times.connect),
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=times.keep_alive),
        )

    def _context(self) -> ssl.SSLContext:
        """The operating system's trusted roots, a company's own included; for plain http one that trusts nobody."""
        if self._tls is None:
            plain = self._base_url.startswith("http:")
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else _trusting()
        return self._tls


def reachable(base_url: str, *, timeouts: Timeouts = _PROBE) -> str:
    """Empty when the address answers at all, else why not, in a few words. No key is sent."""
    with LushaClient(base_url, timeouts=timeouts) as client:
        return client.probe()


def _trusting() -> ssl.SSLContext:
    """TLS 1.2 or newer, certificate and name checked. No environment variable writes the session's secrets to a file."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # create_default_context would obey SSLKEYLOGFILE
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.load_default_certs(ssl.Purpose.SERVER_AUTH)
    return made


def knock(base_url: str, *, timeouts: Timeouts = _PROBE) -> Knock:
    """What answers at the address, asked once without a key."""
    with LushaClient(base_url, timeouts=timeouts) as client:
        return client.knock()


def _answer(arrived: Arrived, asked: Sequence[str], kinds: frozenset[Kind], *, tag: Tag) -> Answered | Garbled:
    if arrived.body is None:
        return Garbled(arrived.http, _UNREADABLE)
    limits = read_limits(arrived.headers)
    return decode_reply(arrived.body, asked, kinds, tag=tag, limits=limits, http=arrived.http)


def _usage(arrived: Arrived) -> Usage | Garbled:
    if arrived.body is None:
        return Garbled(arrived.http, _UNREADABLE)
    usage = decode_usage(arrived.body, arrived.http)
    return replace(usage, date=read_date(arrived.headers)) if isinstance(usage, Usage) else usage


def _refused(arrived: Arrived, secret: Secret) -> Refused:
    message, is_json = decode_refusal(arrived.body or b"")
    return Refused(
        arrived.http,
        secret.hidden_in(message),
        is_json,
        read_limits(arrived.headers),
        read_retry_after(arrived.headers, datetime.now(UTC)),
        read_date(arrived.headers),
    )


def _unknown_word(reply: Reply) -> bool:
    return isinstance(reply, Refused) and reply.http == HTTPStatus.BAD_REQUEST and "waterfallEnabled" in reply.message
