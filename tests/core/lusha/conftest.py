"""A server of raw bytes on a real socket: it plays a script, one entry for each request, and keeps what it was sent."""

from __future__ import annotations

import json
import queue
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.lusha.client import LushaClient, Timeouts
from core.secret import Secret

EXAMPLES = Path(__file__).with_name("examples")
Play = Callable[[socket.socket], bool]  # returns whether the connection stays open


@dataclass(frozen=True)
class Request:
    line: str
    headers: dict[str, str]
    body: bytes
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    """``plays`` are used up one for each request; ``came`` gets every request the moment it is complete."""

    def __init__(self) -> None:
        self.plays: queue.Queue[Play] = queue.Queue()
        self.came: queue.Queue[Request] = queue.Queue()
        self.connections = 0
        self.over = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, http: int, body: object, headers: dict[str, str] | None = None, *, framed: bool = True) -> None:
        """Queue a whole HTTP answer; ``body`` is bytes, text or anything JSON."""
        raw = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
        lines = {"Content-Type": "application/json", **(headers or {})}
        if framed:
            lines["Content-Length"] = str(len(raw))
        head = f"HTTP/1.1 {http} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.send(head.encode() + b"\r\n" + raw, "stay" if framed else "close")

    def send(self, data: bytes, then: str) -> None:
        """Queue raw bytes and what follows: ``stay``, ``close``, ``reset`` or ``hold`` (silence until the client goes)."""

        def play(line: socket.socket) -> bool:
            line.sendall(data)
            match then:
                case "reset":
                    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                case "hold":
                    line.recv(1)
            return then == "stay"

        self.plays.put(play)

    def drip(self, data: bytes) -> None:
        """Queue a start and then one byte after another, without end."""

        def play(line: socket.socket) -> bool:
            line.sendall(data)
            while not self.over.wait(0.005):
                line.sendall(b"x")
            return False

        self.plays.put(play)

    def close(self) -> None:
        self.over.set()
        self._listening.close()
        for line in self._open:
            with suppress(OSError):
                socket.socket.shutdown(line, socket.SHUT_RDWR)
            line.close()
        for thread in self._threads[1:]:
            thread.join(60)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listening.accept()
                self.connections += 1
                self._open.append(line)
                thread = threading.Thread(target=self._serve, args=(line,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, line: socket.socket) -> None:
        with suppress(OSError), line:
            while (request := _read(line)) is not None:
                self.came.put(request)
                if not self.plays.get(timeout=60)(line):
                    return


def _read(line: socket.socket) -> Request | None:
    raw = b""
    while b"\r\n\r\n" not in raw:
        more = line.recv(65536)
        if not more:
            return None
        raw += more
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (text.partition(": ") for text in rest)}
    while len(body) < int(headers.get("content-length", "0")):
        body += line.recv(65536)
    return Request(first, headers, body, raw)


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def client(server: Server) -> Iterator[LushaClient]:
    with LushaClient(server.url, timeouts=Timeouts(60, 60, 90, 120), version="1.2.3") as made:
        yield made


@pytest.fixture
def key() -> Secret:
    return Secret("00000000-0000-4000-8000-7c1e5a90b3d2")


@pytest.fixture
def example() -> Callable[[str], Any]:
    """The example of that name, such as ``mixed_batch``, as a JSON value of its own."""

    def load(name: str) -> Any:
        for full in (f"v3_200_{name}.response.json", f"{name}.json"):
            if (EXAMPLES / full).exists():
                return json.loads((EXAMPLES / full).read_text("utf-8"))
        raise FileNotFoundError(name)

    return load
