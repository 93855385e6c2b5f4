"""Failures that need no server: what is said of them, and that no text of theirs gets through."""

from __future__ import annotations

import socket
import ssl

import httpx
import pytest

from core.lusha.call import Call, Line
from core.lusha.reply import Lost, NotSent

PLAIN = "00000000-0000-4000-8000-7c1e5a90b3d2"


def _untrusted() -> ssl.SSLCertVerificationError:
    cause = ssl.SSLCertVerificationError(1, "certificate verify failed")
    cause.verify_message = "self-signed certificate"
    return cause


def _run(error: Exception, cause: Exception | None) -> object:
    def fail(_request: httpx.Request) -> httpx.Response:
        raise error from cause

    with httpx.Client(transport=httpx.MockTransport(fail)) as client:
        call = Call(Line(), lambda: 0.0, 90.0)
        return call.run(client, client.build_request("GET", "https://api.lusha.com/", headers={"api_key": PLAIN}))


@pytest.mark.parametrize(
    ("error", "cause", "why"),
    [
        (httpx.ConnectError("x"), _untrusted(), "the TLS certificate was not accepted (self-signed certificate)"),
        (httpx.ConnectError("x"), ssl.SSLError(1, "x"), "no TLS connection"),
        (httpx.ConnectError("x"), socket.gaierror(-2, "x"), "the name of the server is not known here"),
        (httpx.ConnectError("x"), ConnectionRefusedError(111, "x"), "the connection was refused"),
        (httpx.ConnectTimeout("x"), None, "no connection in time"),
        (httpx.PoolTimeout("x"), None, "no connection in time"),
        (httpx.ProxyError("x"), None, "the proxy did not let the request through"),
        (OSError(101, "x"), None, "no connection"),
    ],
)
def test_what_kept_a_request_from_leaving_is_said_in_plain_words(error: Exception, cause: Exception | None, why: str) -> None:
    assert _run(error, cause) == NotSent(why)


@pytest.mark.parametrize(
    "error",
    [
        httpx.LocalProtocolError(f"Illegal header value b'{PLAIN}'"),
        UnicodeEncodeError("ascii", PLAIN, 0, 1, PLAIN),
        httpx.InvalidURL(PLAIN),
    ],
)
def test_an_exception_that_quotes_the_key_is_not_passed_on(error: Exception) -> None:
    reply = _run(error, None)
    assert isinstance(reply, NotSent | Lost)
    assert PLAIN[-5:] not in repr(reply)


def test_a_call_ended_before_it_began_sends_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, httpx.Client(trust_env=False) as client:
        call = Call(Line(), lambda: 0.0, 90.0)
        call.abort()
        reply = call.run(client, client.build_request("GET", f"http://127.0.0.1:{listening.getsockname()[1]}/"))
        assert isinstance(reply, NotSent)
        line, _ = listening.accept()
        with line:
            assert line.recv(100) == b""
