"""A server that means harm: how much it can make us read, keep, wait for, show or reveal."""

from __future__ import annotations

import gzip
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import uuid
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.errors import UsageError
from core.lusha.call import DEADLINE, MOST_BYTES, Arrived, Call, Line, unpacked
from core.lusha.client import LushaClient, Timeouts, knock, reachable
from core.lusha.contact import read_person
from core.lusha.headers import read_date, read_limits, read_retry_after
from core.lusha.lenient import moment, number, parse, text, whole
from core.lusha.reply import Answered, Garbled, Limits, Lost, NotSent, Refused, Usage
from core.lusha.wire import decode_refusal, decode_reply, decode_usage
from core.model import Kind, Prospect
from core.secret import Secret
from core.settings import load

Server = Any  # the scripted server of conftest.py
TOP = Path(__file__).resolve().parents[3]
PHONES = frozenset({Kind.PHONES})
ADA = Prospect(linkedin="https://www.linkedin.com/in/ada-sample")
OK_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
EMPTY = json.dumps({"results": [{"error": {"code": "NOT_FOUND"}}]}).encode()
PATIENT = Timeouts(60, 60, 60, 120)  # for a loaded machine: nothing here is about time
DRIPPED = Timeouts(60, 60, 60, 1.0)
WAIT_S = 60.0


# -- size and depth ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("packing", ["gzip", "x-gzip", "deflate"])
def test_a_bomb_is_left_after_eight_megabytes_whatever_it_is_packed_in(packing: str) -> None:
    plain = b" " * (MOST_BYTES + 1)
    packed = zlib.compress(plain, 9) if packing == "deflate" else gzip.compress(plain, 9)
    assert len(packed) < 20_000
    assert unpacked(packed, packing) is None


@pytest.mark.parametrize("packing", ["br", "zstd", "gzip, gzip", "deflate, gzip", "compress", "GZIP,br", "x"])
def test_a_packing_nobody_asked_for_is_not_opened(server: Server, client: LushaClient, key: Secret, packing: str) -> None:
    server.answer(200, gzip.compress(gzip.compress(EMPTY)), {"Content-Encoding": packing})
    assert isinstance(client.ask(key, [ADA], PHONES), Garbled)


def test_a_bomb_costs_little_memory() -> None:
    """Ten gigabytes of blanks in ten megabytes would not pass; the largest that may come is opened in 400 MB."""
    code = (
        "import gzip, resource\nresource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))\n"
        "from core.lusha.call import unpacked\nimport zlib\n"
        "made = zlib.compressobj(9, zlib.DEFLATED, 31)\n"
        "data = b''.join(made.compress(b' ' * (1 << 20)) for _ in range(1024)) + made.flush()\n"
        "print(unpacked(data, 'gzip'))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=TOP, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "None", done.stderr


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 1_000_000,
        b"[" * 200_000 + b"]" * 200_000,
        b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
        b'{"results":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"9" * 1_000_000,
        b'{"results":[' + b"1" * 100_000 + b"]}",
        b'{"results":[1e999999]}',
        b'{"results":[-1e-999999]}',
        b'"' + b"\\u0000" * 100_000 + b'"',
        b"\xff" * 10_000,
        b'{"a":1}' * 1000,
    ],
    ids=lambda body: repr(body[:16]),
)
def test_deep_long_or_endless_json_is_an_answer_or_none(body: bytes) -> None:
    parse(body)
    assert isinstance(decode_reply(body, ["r-0"], PHONES, tag="clientReferenceId", limits=Limits()), Answered | Garbled)
    assert isinstance(decode_usage(body), Usage | Garbled)
    assert isinstance(decode_refusal(body)[0], str)


@pytest.mark.parametrize("value", [10**400, 1e308, "1e308", "9" * 5000, -1, "nan", "inf", float("inf"), 1e13, True, [], "x"])
def test_numbers_no_account_can_have_are_not_numbers(value: object) -> None:
    assert number(value) is None
    assert whole(value) is None


def test_numbers_an_account_can_have_stay() -> None:
    assert (number(1e12), number("4.5"), whole(3943), number(0)) == (1e12, 4.5, 3943, 0)


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1999-12-31T00:00:00Z", "x", 7])
def test_moments_of_another_age_are_none(value: object) -> None:
    assert moment(value) is None


def test_headers_cannot_make_us_wait_for_ever_or_overflow_a_date() -> None:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    year = 366 * 86_400.0
    assert read_retry_after({"retry-after": "1e300"}, now) == year
    assert read_retry_after({"retry-after": "9" * 400}, now) is None
    assert read_retry_after({"retry-after": "Fri, 31 Dec 2100 00:00:00 GMT"}, now) == year
    assert read_retry_after({"retry-after": "Fri, 31 Dec 9999 23:59:59 -2359"}, now) is None
    assert read_date({"date": "Thu, 01 Jan 1970 00:00:00 GMT"}) is None
    assert read_limits({"x-rate-limit-minute": "9" * 13, "x-minute-usage": "-1"}) == Limits()


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: x\r\n" % number for number in range(20_000)),
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n",
        b"HTTP/1.1 200 " + b"x" * 200_000 + b"\r\n",
        b"HTTP/1.1 999999999 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 400 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 40,
    ],
    ids=["count", "long", "reason", "status", "length", "lengths", "chunk"],
)
def test_endless_or_twisted_headers_are_lost_not_kept(server: Server, client: LushaClient, key: Secret, head: bytes) -> None:
    server.send(head + b"\r\n" + EMPTY, "close")
    assert isinstance(client.ask(key, [ADA], PHONES), Lost)


def test_a_header_with_control_characters_or_bytes_beyond_ascii_does_no_harm(
    server: Server, client: LushaClient, key: Secret
) -> None:
    server.send(
        OK_HEAD + b"Retry-After: \xff\xfe\r\nX-Minute-Usage: \xb2\r\nContent-Length: %d\r\n\r\n" % len(EMPTY) + EMPTY, "stay"
    )
    assert isinstance(client.ask(key, [ADA], PHONES), Answered | Lost)


# -- time -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\nX-Drip: ", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-Drip: "])
def test_headers_that_drip_end_at_the_deadline_whatever_is_asked(server: Server, key: Secret, start: bytes) -> None:
    """Each drip is shorter than the read time, so nothing but the deadline ends it."""
    for _ in range(5):
        server.drip(start)
    with LushaClient(server.url, timeouts=DRIPPED) as client:
        assert client.usage(key) == Lost(DEADLINE)
        assert client.ask(key, [ADA], PHONES) == Lost(DEADLINE)
        assert client.enrich(key, ["v1-x"], PHONES) == Lost(DEADLINE)
    assert reachable(server.url, timeouts=DRIPPED) == DEADLINE
    assert knock(server.url, timeouts=DRIPPED) == Lost(DEADLINE)


def test_a_body_that_drips_ends_at_the_deadline_when_a_balance_is_asked(server: Server, key: Secret) -> None:
    server.drip(OK_HEAD + b"Content-Length: 1000000\r\n\r\n")
    with LushaClient(server.url, timeouts=DRIPPED) as client:
        assert client.usage(key) == Lost(DEADLINE)


def test_the_end_of_a_call_that_is_over_does_not_cut_the_next_one(server: Server, client: LushaClient, key: Secret) -> None:
    for _ in range(2):
        server.answer(200, {"credits": {"remaining": 5}})
    line = Line()
    with httpx.Client() as http:
        call = Call(line, time.monotonic, time.monotonic() + 60)
        assert isinstance(call.run(http, http.build_request("GET", server.url)), Arrived)
        call.abort()  # too late, as a watch may be
        again = Call(line, time.monotonic, time.monotonic() + 60)
        assert isinstance(again.run(http, http.build_request("GET", server.url)), Arrived)
    assert server.connections == 1


def test_the_watch_over_a_balance_ends_with_its_answer(server: Server, client: LushaClient, key: Secret) -> None:
    server.answer(200, {"credits": {"remaining": 5}})
    before = threading.active_count()
    assert isinstance(client.usage(key), Usage)
    watches = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
    assert all(watch.finished.is_set() for watch in watches)
    assert threading.active_count() <= before + 2  # the scripted server's own


# -- what is shown ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "mark", ["\x1b[31m", "\x07", "\x9b2J", "\0", "\r\n", "\u202e", "\u2066", "\u200f", "\ufeff", "\U000e0041"]
)
def test_no_steering_character_of_an_answer_goes_further(mark: str) -> None:
    person = read_person(
        {
            "id": f"v1{mark}x",
            "fullName": f"Ada{mark}Sample",
            "jobTitle": f"C{mark}EO",
            "company": {"name": f"Ac{mark}me"},
            "phones": [{"number": f"+44 20{mark} 7946 0001", "type": f"mob{mark}ile"}],
            "emails": [{"email": f"ada{mark}@acme.example"}],
        }
    )
    assert mark[0] not in repr(person)
    message, _ = decode_refusal(json.dumps({"message": f"Too {mark} many", "errors": [f"a{mark}b"]}).encode())
    assert mark[0] not in message
    assert person.phones[0].number.startswith("+44 20")


def test_joiners_and_right_to_left_names_stay() -> None:
    for name in ("می\u200cخواهم", "क्\u200dष", "עדה שמש", "عمر"):
        assert text(name) == name


# -- TLS --------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Self-signed, for localhost: nobody's root knows it."""
    from datetime import timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, secret.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(secret, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    form = serialization.Encoding.PEM
    plain = secret.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(plain + made.public_bytes(form))
    return path


def whole_request(line: socket.socket) -> bytes:
    """Head and body: who closes with something unread resets the connection, and the answer is lost with it."""
    raw = b""
    while not (body := raw.partition(b"\r\n\r\n")[2]) or body.count(b"{") != body.count(b"}"):
        more = line.recv(65536)
        if not more:
            break
        raw += more
    return raw


@pytest.fixture
def tls(certificate: Path) -> Iterator[tuple[int, list[bytes]]]:
    """A TLS server: its port, and every byte it was sent behind the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    heard: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            try:
                with line, context.wrap_socket(line, server_side=True) as talking:
                    heard.append(whole_request(talking))
                    talking.sendall(OK_HEAD + b"Content-Length: %d\r\n\r\n" % len(EMPTY) + EMPTY)
            except OSError:
                continue

    threading.Thread(target=serve, daemon=True).start()
    yield listening.getsockname()[1], heard
    listening.close()


def test_a_certificate_nobody_vouches_for_ends_the_call_before_the_key_is_sent(
    tls: tuple[int, list[bytes]], key: Secret, certificate: Path
) -> None:
    port, heard = tls
    with LushaClient(f"https://localhost:{port}", timeouts=PATIENT) as client:
        reply = client.ask(key, [ADA], PHONES)
    assert isinstance(reply, NotSent)
    assert "certificate was not accepted" in reply.why
    assert heard == []
    trusting = ssl.create_default_context(cafile=str(certificate))  # the test's own proof that the server is sound
    with LushaClient(f"https://localhost:{port}", ssl_context=trusting, timeouts=PATIENT) as client:
        assert isinstance(client.ask(key, [ADA], PHONES), Answered)
    assert b"api_key" in heard[0]


def test_a_certificate_for_another_name_is_not_accepted(tls: tuple[int, list[bytes]], key: Secret, certificate: Path) -> None:
    port, heard = tls
    trusting = ssl.create_default_context(cafile=str(certificate))
    with LushaClient(f"https://127.0.0.1:{port}", ssl_context=trusting, timeouts=PATIENT) as client:
        assert isinstance(client.ask(key, [ADA], PHONES), NotSent)
    assert heard == []


@pytest.mark.parametrize("name", ["PYTHONHTTPSVERIFY", "HTTPX_SSL_VERIFY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_no_variable_turns_the_check_off(
    tls: tuple[int, list[bytes]], key: Secret, monkeypatch: pytest.MonkeyPatch, name: str, certificate: Path
) -> None:
    monkeypatch.setenv(name, str(certificate) if "BUNDLE" in name else "0")
    with LushaClient(f"https://localhost:{tls[0]}", timeouts=PATIENT) as client:
        assert isinstance(client.ask(key, [ADA], PHONES), NotSent)
    assert tls[1] == []


def test_the_context_wants_tls_1_2_a_certificate_and_the_right_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "secrets"))
    with LushaClient() as client:
        context = client._context()
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.keylog_filename is None
    assert not (tmp_path / "secrets").exists()
    assert context.cert_store_stats()["x509_ca"] > 0 or os.listdir(ssl.get_default_verify_paths().capath or ".")


def test_a_server_that_speaks_old_tls_only_gets_nothing(certificate: Path, key: Secret) -> None:
    """The client's first word names the versions it speaks; a server that insists on 1.1 is turned down."""
    listening = socket.create_server(("127.0.0.1", 0))
    with listening, ThreadPoolExecutor(1) as pool:

        def hello() -> bytes:
            line, _ = listening.accept()
            with line:
                said = line.recv(65536)
                line.sendall(b"\x15\x03\x02\x00\x02\x02\x46")  # fatal alert: protocol version
            return said

        heard = pool.submit(hello)
        with LushaClient(f"https://127.0.0.1:{listening.getsockname()[1]}", timeouts=PATIENT) as client:
            assert isinstance(client.ask(key, [ADA], PHONES), NotSent)
        assert b"api_key" not in heard.result(WAIT_S)


def test_nothing_in_the_program_turns_verification_off_or_follows_redirects() -> None:
    forbidden = ("verify=False", "CERT_NONE", "check_hostname = False", "_create_unverified", "follow_redirects=True", "TLSv1_1")
    for folder in ("addin", "cli", "core", "gui"):
        for path in (TOP / folder).rglob("*.py"):
            found = [word for word in forbidden if word in path.read_text("utf-8")]
            assert not found, (path, found)


# -- addresses --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "url",
    [
        "http://api.lusha.com",
        "http://10.0.0.1:8080",
        "https://evil.example",
        "https://api.lusha.com.evil.example",
        "https://api.lusha.com@evil.example",
        "https://evil.example#api.lusha.com",
        "https://127.0.0.1.evil.example",
        "http://0.0.0.0:1",
        "http://[::]:1",
        "http://2130706433:1",
        "http://0x7f.1:1",
        "http://127.1:1",
        "http://localhost.evil.example:1",
        "http://localhost\\@evil.example",
        "ftp://127.0.0.1",
        "https://api.lusha.com:8443",
        "https://xn--lusha-xxx.com",
        "https://api.lusha.com/../x",
        "//127.0.0.1:1",
    ],
)
def test_a_key_is_sent_to_lusha_or_this_computer_and_nowhere_else(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        LushaClient(url)
    with pytest.raises(UsageError):
        load({"LUSHA_ENRICH_HOME": str(tmp_path), "LUSHA_ENRICH_API_URL": url})


def test_a_redirect_to_another_host_is_an_answer_like_any_other(server: Server, client: LushaClient, key: Secret) -> None:
    for target in ("https://evil.example/", "//evil.example/", f"{server.url}/next", "http://127.0.0.1:1/"):
        server.answer(302, "", {"Location": target, "Set-Cookie": "a=b"})
        reply = client.ask(key, [ADA], PHONES)
        assert isinstance(reply, Refused)
    assert server.came.qsize() == 4
    assert all(server.came.get(timeout=WAIT_S).line.startswith("POST /v3/") for _ in range(4))


def test_cookies_are_not_kept_between_requests(server: Server, client: LushaClient, key: Secret) -> None:
    for _ in range(2):
        server.answer(200, EMPTY, {"Set-Cookie": f"track={'x' * 4000}; Path=/; Max-Age=99999999"})
        assert isinstance(client.ask(key, [ADA], PHONES), Answered)
    server.came.get(timeout=WAIT_S)
    assert "cookie" not in server.came.get(timeout=WAIT_S).headers


def test_a_real_key_does_not_reach_a_proxy_in_clear(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a tunnel is asked for; what the proxy answers instead of a tunnel is not an answer of Lusha."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, server.url)
    server.answer(302, "", {"Location": "http://evil.example"})
    with LushaClient() as client:
        assert isinstance(client.ask(Secret(str(uuid.uuid4())), [ADA], PHONES), NotSent)
    sent = server.came.get(timeout=WAIT_S)
    assert sent.line == "CONNECT api.lusha.com:443 HTTP/1.1"
    assert b"api_key" not in sent.raw
