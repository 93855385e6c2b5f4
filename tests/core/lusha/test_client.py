"""The client over real sockets: what it sends, what it makes of every way an answer can go wrong, and what it refuses."""

from __future__ import annotations

import gzip
import json
import logging
import re
import socket
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from core.errors import UsageError
from core.lusha.call import DEADLINE, MOST_BYTES
from core.lusha.client import LushaClient, Timeouts, reachable
from core.lusha.reply import Answered, Found, Garbled, Limits, Lost, Missing, NotSent, Refused, Usage, Window
from core.model import Kind, Prospect
from core.secret import Secret

Example = Callable[[str], Any]
Server = Any  # the scripted server of conftest.py, which no module can import
PHONES, EMAILS = frozenset({Kind.PHONES}), frozenset({Kind.EMAILS})
ADA = Prospect(linkedin="https://www.linkedin.com/in/ada-sample")
NOBODY = Prospect(email="nobody@nowhere.example")
EMPTY = {"requestId": "r", "results": [{"error": {"code": "NOT_FOUND"}}], "billing": {"creditsCharged": 0}}
OK_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def test_a_request_is_exactly_what_lusha_documents(server: Server, client: LushaClient, key: Secret) -> None:
    server.answer(200, EMPTY)
    client.ask(key, [ADA], PHONES)
    sent = server.came.get(timeout=60)
    assert sent.line == "POST /v3/contacts/search-and-enrich HTTP/1.1"
    names = set(sent.headers) - {"host", "content-length", "connection"}
    assert names == {"api_key", "content-type", "accept", "accept-encoding", "user-agent"}
    assert sent.headers["api_key"] == "00000000-0000-4000-8000-7c1e5a90b3d2"
    assert sent.headers["content-type"] == sent.headers["accept"] == "application/json"
    assert sent.headers["user-agent"] == "LushaEnrich/1.2.3"
    assert set(sent.json) == {"contacts", "reveal"}
    assert re.fullmatch(r"[0-9a-f]{4}-0", sent.json["contacts"][0]["clientReferenceId"])


def test_an_answer_comes_back_in_the_order_asked_with_its_windows(
    server: Server, client: LushaClient, key: Secret, example: Example
) -> None:
    def play(line: socket.socket) -> bool:
        sent = server.came.get(timeout=60)
        answer = example("mixed_batch")
        refs = [contact["clientReferenceId"] for contact in sent.json["contacts"]]
        answer["results"] = [
            {**answer["results"][2], "clientReferenceId": refs[0]},
            {**answer["results"][0], "clientReferenceId": refs[1]},
        ][::-1]
        body = json.dumps(answer).encode()
        windows = b"x-rate-limit-minute: 50\r\nX-Minute-Requests-Left: 49\r\nx-minute-usage: 1\r\n"
        line.sendall(OK_HEAD + windows + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return True

    server.plays.put(play)
    reply = client.ask(key, [NOBODY, ADA], PHONES)
    assert isinstance(reply, Answered)
    assert reply.items[0] == Missing()
    assert isinstance(reply.items[1], Found)
    assert (reply.charged, reply.limits) == (6.0, Limits(minute=Window(50, 49, 1)))


def test_enrich_by_id_sends_ids_and_reads_by_id(server: Server, client: LushaClient, key: Secret, example: Example) -> None:
    server.answer(200, example("enrich_by_id"))
    reply = client.enrich(key, ["v1.sampleOpaqueContactId0000000001"], EMAILS)
    sent = server.came.get(timeout=60)
    assert sent.line == "POST /v3/contacts/enrich HTTP/1.1"
    assert sent.json == example("v3_enrich.request")
    assert isinstance(reply, Answered)
    assert isinstance(reply.items[0], Found)


def test_a_refused_waterfall_word_is_left_out_from_then_on(
    server: Server, client: LushaClient, key: Secret, example: Example
) -> None:
    server.answer(400, {"message": "property waterfallEnabled should not exist", "code": 400})
    server.answer(200, example("enrich_by_id"))
    server.answer(200, example("enrich_by_id"))
    for _ in range(2):
        assert isinstance(client.enrich(key, ["v1.sampleOpaqueContactId0000000001"], EMAILS), Answered)
    bodies = [server.came.get(timeout=60).json for _ in range(3)]
    assert ["waterfallEnabled" in body for body in bodies] == [True, False, False]


def test_usage_is_read_with_the_servers_clock(server: Server, client: LushaClient, key: Secret, example: Example) -> None:
    date = {"Date": "Mon, 23 Nov 2026 13:05:00 GMT"}
    server.answer(200, example("v3_account_usage.response"), date)
    usage = client.usage(key)
    assert server.came.get(timeout=60).line == "GET /v3/account/usage HTTP/1.1"
    assert isinstance(usage, Usage)
    assert (usage.credits_remaining, usage.date) == (3943, datetime(2026, 11, 23, 13, 5, tzinfo=UTC))


def test_usage_has_the_same_troubles_as_asking(server: Server, client: LushaClient, key: Secret) -> None:
    server.answer(429, {"message": "Too many requests."})
    server.answer(200, "<html>login</html>")
    server.answer(200, b"x" * 10, {"Content-Encoding": "br"})
    server.send(b"", "close")
    assert isinstance(client.usage(key), Refused)
    assert isinstance(client.usage(key), Garbled)
    assert isinstance(client.usage(key), Garbled)
    assert isinstance(client.usage(key), Lost)


def test_every_documented_refusal_is_told_apart_from_a_proxys_page(
    server: Server, client: LushaClient, key: Secret, example: Example
) -> None:
    for case in example("errors").values():
        server.answer(case["http"], case["body"], case.get("headers"))
        reply = client.ask(key, [ADA], PHONES)
        assert isinstance(reply, Refused)
        assert reply.http == case["http"]
        assert reply.json is isinstance(case["body"], dict)
        assert bool(reply.message) is reply.json


def test_a_refusal_carries_windows_pause_and_date(server: Server, client: LushaClient, key: Secret, example: Example) -> None:
    case = example("errors")["429_hourly"]
    more = {**case["headers"], "Retry-After": "30", "Date": "Mon, 23 Nov 2026 13:00:00 GMT"}
    server.answer(429, case["body"], more)
    reply = client.ask(key, [ADA], PHONES)
    assert isinstance(reply, Refused)
    assert reply.limits.hour == Window(150, 0, 150)
    assert (reply.retry_after_s, reply.date) == (30.0, datetime(2026, 11, 23, 13, tzinfo=UTC))


def test_an_echoed_key_does_not_come_back_in_the_message(server: Server, client: LushaClient, key: Secret) -> None:
    server.answer(401, {"message": "Invalid API key 00000000-0000-4000-8000-7C1E5A90B3D2 (7c1e5a90b3d2)"})
    reply = client.ask(key, [ADA], PHONES)
    assert isinstance(reply, Refused)
    assert reply.message == "Invalid API key ...b3d2 (...b3d2)"


@pytest.mark.parametrize("http", [301, 302, 307, 308])
def test_a_redirect_is_never_followed_and_the_key_stays_here(server: Server, client: LushaClient, key: Secret, http: int) -> None:
    server.answer(http, "", {"Location": f"{server.url}/elsewhere"})
    reply = client.ask(key, [ADA], PHONES)
    assert isinstance(reply, Refused)
    assert (reply.http, reply.json) == (http, False)
    assert server.came.qsize() == 1


@pytest.mark.parametrize("body", ["<html>Welcome to the hotel</html>", "", "{}", '{"data":[]}', "[1]"])
def test_a_good_status_with_a_strange_body_is_garbled(server: Server, client: LushaClient, key: Secret, body: str) -> None:
    server.answer(200, body)
    assert isinstance(client.ask(key, [ADA], PHONES), Garbled)


@pytest.mark.parametrize("http", [200, 201, 202])
def test_any_success_status_with_results_is_an_answer(server: Server, client: LushaClient, key: Secret, http: int) -> None:
    server.answer(http, EMPTY)
    assert isinstance(client.ask(key, [ADA], PHONES), Answered)


@pytest.mark.parametrize(
    ("data", "then"),
    [
        (b"", "close"),
        (b"", "reset"),
        (b"HTTP/1.1 200 OK\r\nContent-Ty", "close"),
        (b"HTTP/1.1 200 OK\r\nContent-Ty", "reset"),
        (OK_HEAD + b'Content-Length: 500\r\n\r\n{"results":[', "close"),
        (OK_HEAD + b'Content-Length: 500\r\n\r\n{"results":[', "reset"),
        (OK_HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"res\r\n', "close"),
        (b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 99\r\n\r\n{", "close"),
        (b"SSH-2.0-OpenSSH_9\r\n", "close"),
        (b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"a" * 300_000, "close"),
    ],
)
def test_whatever_breaks_after_sending_is_lost_not_refused(
    server: Server, client: LushaClient, key: Secret, data: bytes, then: str
) -> None:
    server.send(data, then)
    assert isinstance(client.ask(key, [ADA], PHONES), Lost)


def test_after_a_loss_nothing_is_sent_again_and_the_next_request_works(server: Server, client: LushaClient, key: Secret) -> None:
    server.send(b"", "reset")
    server.answer(200, EMPTY)
    assert isinstance(client.ask(key, [ADA], PHONES), Lost)
    assert server.came.qsize() == 1
    assert isinstance(client.ask(key, [ADA], PHONES), Answered)
    assert server.came.qsize() == 2


@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 200 OK\r\n", OK_HEAD + b"Content-Length: 500\r\n\r\n{"])
def test_silence_is_lost_when_the_read_time_is_over(server: Server, key: Secret, data: bytes) -> None:
    server.send(data, "hold")
    with LushaClient(server.url, timeouts=Timeouts(5, 5, 0.05, 30)) as client:
        assert client.ask(key, [ADA], PHONES) == Lost("no answer in time")


def test_a_dripping_body_ends_at_the_deadline(server: Server, key: Secret) -> None:
    times = iter([0.0, 1.0, 2.0, 89.0, 91.0])  # start, after the headers, after each read
    server.drip(OK_HEAD + b"Content-Length: 9999\r\n\r\n")
    with LushaClient(server.url, clock=lambda: next(times)) as client:
        assert client.ask(key, [ADA], PHONES) == Lost(DEADLINE)
    assert list(times) == []


def test_headers_that_came_too_late_are_lost(server: Server, key: Secret) -> None:
    times = iter([0.0, 91.0])
    server.answer(200, EMPTY)
    with LushaClient(server.url, clock=lambda: next(times)) as client:
        assert client.ask(key, [ADA], PHONES) == Lost(DEADLINE)


@pytest.mark.parametrize("where", [b"", b"HTTP/1.1 200 OK\r\nX-Drip: ", OK_HEAD + b"Content-Length: 999999\r\n\r\n"])
@pytest.mark.parametrize("how", ["silence", "drip"])
def test_another_thread_can_end_a_stuck_call_and_the_client_lives_on(
    server: Server, client: LushaClient, key: Secret, where: bytes, how: str
) -> None:
    if how == "drip":
        server.drip(where)
    else:
        server.send(where, "hold")
    server.answer(200, EMPTY)
    with ThreadPoolExecutor(1) as pool:
        stuck = pool.submit(client.ask, key, [ADA], PHONES)
        server.came.get(timeout=60)
        client.abort()
        assert stuck.result(timeout=60) == Lost(DEADLINE)  # by itself it would take the read time of 90 s, or for ever
    assert isinstance(client.ask(key, [ADA], PHONES), Answered)


def test_a_call_on_a_kept_connection_can_be_ended_too(server: Server, client: LushaClient, key: Secret) -> None:
    server.answer(200, EMPTY)
    server.send(b"", "hold")
    client.ask(key, [ADA], PHONES)
    server.came.get(timeout=60)
    with ThreadPoolExecutor(1) as pool:
        stuck = pool.submit(client.ask, key, [ADA], PHONES)
        server.came.get(timeout=60)
        client.abort()
        assert stuck.result(timeout=60) == Lost(DEADLINE)
    assert server.connections == 1


def test_ending_nothing_is_harmless(server: Server, client: LushaClient, key: Secret) -> None:
    client.abort()
    server.answer(200, EMPTY)
    server.answer(200, EMPTY)
    assert isinstance(client.ask(key, [ADA], PHONES), Answered)
    client.abort()
    assert isinstance(client.ask(key, [ADA], PHONES), Answered)


def test_requests_of_one_client_share_a_connection_and_take_turns(server: Server, client: LushaClient, key: Secret) -> None:
    for _ in range(8):
        server.answer(200, EMPTY)
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: client.ask(key, [ADA], PHONES), range(8)))
    assert all(isinstance(reply, Answered) for reply in replies)
    assert server.connections == 1


def test_a_closed_client_opens_again_and_a_twin_has_its_own_connection(server: Server, client: LushaClient, key: Secret) -> None:
    for _ in range(3):
        server.answer(200, EMPTY)
    client.ask(key, [ADA], PHONES)
    client.close()
    client.close()
    client.ask(key, [ADA], PHONES)
    with client.twin() as twin:
        assert isinstance(twin.ask(key, [ADA], PHONES), Answered)
    assert server.connections == 3


def test_a_packed_answer_is_unpacked(server: Server, client: LushaClient, key: Secret) -> None:
    server.answer(200, gzip.compress(json.dumps(EMPTY).encode()), {"Content-Encoding": "gzip"})
    assert isinstance(client.ask(key, [ADA], PHONES), Answered)


@pytest.mark.parametrize(
    ("body", "packing"),
    [
        (gzip.compress(b" " * MOST_BYTES + json.dumps(EMPTY).encode()), "gzip"),
        (gzip.compress(json.dumps(EMPTY).encode())[:-9], "gzip"),
        (b"no gzip", "gzip"),
        (json.dumps(EMPTY).encode(), "br"),
    ],
    ids=["bomb", "cut", "broken", "unknown"],
)
def test_an_answer_that_cannot_be_unpacked_within_bounds_is_garbled(
    server: Server, client: LushaClient, key: Secret, body: bytes, packing: str
) -> None:
    server.answer(200, body, {"Content-Encoding": packing})
    assert isinstance(client.ask(key, [ADA], PHONES), Garbled)


def test_an_endless_answer_is_left_after_eight_megabytes(server: Server, client: LushaClient, key: Secret) -> None:
    def play(line: socket.socket) -> bool:
        line.sendall(OK_HEAD + b"Connection: close\r\n\r\n")
        while True:  # until the client hangs up
            line.sendall(b" " * 65536)

    server.plays.put(play)
    assert isinstance(client.ask(key, [ADA], PHONES), Garbled)


def test_an_endless_refusal_marks_nobody(server: Server, client: LushaClient, key: Secret) -> None:
    server.answer(401, gzip.compress(b" " * (MOST_BYTES + 1)), {"Content-Encoding": "gzip"})
    reply = client.ask(key, [ADA], PHONES)
    assert isinstance(reply, Refused)
    assert (reply.json, reply.message) == (False, "")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def test_a_refused_connection_was_not_sent(key: Secret) -> None:
    with LushaClient(f"http://127.0.0.1:{_free_port()}") as client:
        assert client.ask(key, [ADA], PHONES) == NotSent("the connection was refused")


def test_a_server_without_tls_was_not_sent_anything(server: Server, key: Secret) -> None:
    with LushaClient(f"https://127.0.0.1:{server.port}", timeouts=Timeouts(0.2, 1, 1, 5)) as client:
        assert isinstance(client.ask(key, [ADA], PHONES), NotSent)
    assert server.came.empty()


def test_proxies_of_the_environment_are_not_asked_for_this_computer(
    server: Server, client: LushaClient, key: Secret, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = f"http://127.0.0.1:{_free_port()}"
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, dead)
    server.answer(200, EMPTY)
    assert isinstance(client.ask(key, [ADA], PHONES), Answered)


def test_a_real_key_goes_to_lusha_through_the_proxy_of_the_environment_only_inside_a_tunnel(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Secret(str(uuid.uuid4()))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", server.url)
    monkeypatch.setenv("https_proxy", server.url)
    server.answer(407, "proxy login")
    with LushaClient() as client:
        assert client.ask(real, [ADA], PHONES) == NotSent("the proxy did not let the request through")
    sent = server.came.get(timeout=60)
    assert sent.line == "CONNECT api.lusha.com:443 HTTP/1.1"
    assert "api_key" not in sent.headers


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "ftp://127.0.0.1:1", "http://[bad"])
def test_a_proxy_setting_nobody_can_use_was_not_sent(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.setenv("https_proxy", proxy)
    with LushaClient() as client:
        assert isinstance(client.ask(Secret(str(uuid.uuid4())), [ADA], PHONES), NotSent)


def test_keys_in_the_wrong_place_are_refused_before_a_socket_opens(server: Server, key: Secret) -> None:
    with LushaClient(server.url) as client, pytest.raises(UsageError):
        client.ask(Secret(str(uuid.uuid4())), [ADA], PHONES)
    with LushaClient() as client, pytest.raises(UsageError):
        client.usage(key)
    with pytest.raises(UsageError):
        LushaClient("https://evil.example")
    assert server.connections == 0


def test_a_key_with_a_line_end_never_gets_as_far_as_a_header(server: Server, client: LushaClient) -> None:
    plain = "00000000-0000-4000-8000-7c1e5a90b3d2\r\nX-Evil: 1"
    with pytest.raises(UsageError) as error:
        client.ask(Secret(plain), [ADA], PHONES)
    assert "b3d2" not in f"{error.value} {error.value.__cause__} {error.value.__context__}"
    assert server.connections == 0


def test_no_log_of_any_level_holds_the_key(
    server: Server, client: LushaClient, key: Secret, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answer(200, EMPTY)
    server.send(b"", "reset")
    server.answer(401, {"message": f"Invalid API key {'00000000-0000-4000-8000-7c1e5a90b3d2'}"})
    replies = [client.ask(key, [ADA], PHONES) for _ in range(3)]
    shown = caplog.text + repr(replies) + repr(client) + repr(vars(client))
    assert len(caplog.records) > 0
    assert "a90b3d2"[:5] not in shown


def test_whether_an_address_answers_is_found_out_without_a_key(server: Server) -> None:
    server.answer(404, {"message": "no Route matched with those values"})
    assert reachable(server.url) == ""
    sent = server.came.get(timeout=60)
    assert "api_key" not in sent.headers
    assert reachable(f"http://127.0.0.1:{_free_port()}") == "the connection was refused"
