"""One exchange over HTTP: bounded in time and size, abortable from another thread, never raising what httpx raises."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from core.lusha.reply import Lost, NotSent

MOST_BYTES = 8 * 1024 * 1024  # of an answer, packed or unpacked; 25 people are about 50 kB
DEADLINE = "no complete answer before the deadline"
_WHY_NOT_SENT: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLError, "no TLS connection"),
    (socket.gaierror, "the name of the server is not known here"),
    (ConnectionRefusedError, "the connection was refused"),
    (httpx.TimeoutException, "no connection in time"),
    (httpx.ProxyError, "the proxy did not let the request through"),
    (BaseException, "no connection"),
)
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


@dataclass(frozen=True, slots=True)
class Arrived:
    """A complete answer. ``headers`` by name in lower case; ``body`` None when it is too long or packed in an unknown way."""

    http: int
    headers: Mapping[str, str]
    body: bytes | None


class Call:
    """One request on its way. ``abort`` may be called from any thread, at any time, more than once."""

    def __init__(self, line: Line, clock: Callable[[], float], ends_at: float) -> None:
        self._line, self._clock, self._ends_at = line, clock, ends_at
        self._sent, self._aborted, self._ended = False, False, False
        self._ending = threading.Lock()

    def abort(self) -> None:
        """End the exchange now; `run` returns Lost, or NotSent if the request had not begun to leave.

        Nothing happens to one that has ended: its connection may carry the next request by now.
        """
        with self._ending:
            if not self._ended:
                self._aborted = True
                self._line.cut()

    def run(self, client: httpx.Client, request: httpx.Request) -> Arrived | Lost | NotSent:
        """Send and read. Texts of exceptions are never passed on: some quote a header, and one header is the key."""
        request.extensions = {**request.extensions, "trace": self._trace}
        try:
            response = client.send(request, stream=True)
            with contextlib.closing(response):
                return self._read(response)
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError, ValueError) as error:
            return self._failed(error)
        finally:
            with self._ending:
                self._ended = True

    def _read(self, response: httpx.Response) -> Arrived | Lost:
        """The read time-out counts each read anew, so the deadline is looked at between the reads too."""
        raw, size = [], 0
        if self._is_over():
            return Lost(DEADLINE)
        headers = dict(response.headers)  # httpx goes through all of them for each one that is looked up
        for chunk in response.iter_raw():
            raw.append(chunk)
            size += len(chunk)
            if self._is_over():
                return Lost(DEADLINE)
            if size > MOST_BYTES:
                return Arrived(response.status_code, headers, None)
        packing = headers.get("content-encoding", "").strip().lower()
        return Arrived(response.status_code, headers, unpacked(b"".join(raw), packing))

    def _is_over(self) -> bool:
        return self._aborted or self._clock() >= self._ends_at

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Remember the connection, for `abort`, and the moment from which Lusha may have the request."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._line.connected(info["return_value"].get_extra_info("socket"))
        elif event.endswith(".send_request_headers.started") and info["request"].method != b"CONNECT":
            self._sent = not self._aborted
        if self._aborted:
            self._line.cut()

    def _failed(self, error: Exception) -> Lost | NotSent:
        if self._sent:
            return Lost(DEADLINE if self._is_over() else _why_lost(error))
        return NotSent(DEADLINE if self._aborted else _why_not_sent(error))


class Line:
    """The connection of one client. It outlives a call: the next one may use it again."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None

    def connected(self, new: socket.socket) -> None:
        """A connection was made, or TLS began on it."""
        self._socket = new

    def cut(self) -> None:
        """Shut the connection down, which ends a read on any thread at once.

        Closing would not: a silent read goes on, and the descriptor's number may already belong to somebody else. The
        plain socket's method, because that of a TLS socket takes the TLS state away from under the reader.
        """
        if self._socket is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def unpacked(raw: bytes, packing: str) -> bytes | None:
    """The body; None for a packing nobody asked for, a damaged one, or more than 8 MiB of content."""
    if packing in {"", "identity"}:
        return raw
    if packing not in {"gzip", "x-gzip", "deflate"}:
        return None
    unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        body = unpacker.decompress(raw, MOST_BYTES)
    except zlib.error:
        return None
    return body if unpacker.eof else None


def _why_lost(error: Exception) -> str:
    match error:
        case httpx.TimeoutException():
            return "no answer in time"
        case httpx.RemoteProtocolError():
            return "the answer was cut or is not HTTP"
        case _:
            return "the connection broke"


def _why_not_sent(error: Exception) -> str:
    cause = _root(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the TLS certificate was not accepted ({cause.verify_message})"
    return next(why for kind, why in _WHY_NOT_SENT if isinstance(cause, kind) or isinstance(error, kind))


def _root(error: BaseException) -> BaseException:
    while (earlier := error.__cause__ or error.__context__) is not None:
        error = earlier
    return error
