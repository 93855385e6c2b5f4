"""Clients for many requests at a time: one small client for each that is under way, all with one TLS context.

httpcore's pool is quadratic in its connections: one pool of 100 took ten times the processor time of ten pools of ten
(measured, 300 ms latency). A client of its own for each request also lets one stuck exchange be ended alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from core.lusha.client import LushaClient


class Slots:
    """Lends clients by account, so that a connection is only ever used for one account. Any thread may call anything."""

    def __init__(self, make: Callable[[], LushaClient]) -> None:
        self._make, self._lock = make, threading.Lock()
        self._first: LushaClient | None = None
        self._idle: dict[str, list[LushaClient]] = {}
        self._busy: set[LushaClient] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def lend(self, account_id: str) -> Iterator[LushaClient]:
        """A client nobody else uses, for one request."""
        with self._lock:
            idle = self._idle.get(account_id)
            client = idle.pop() if idle else self._another()
            self._busy.add(client)
        try:
            yield client
        finally:
            with self._lock:
                self._busy.remove(client)
                self._idle.setdefault(account_id, []).append(client)

    def cut_all(self) -> None:
        """End every exchange now; what was under way may be done and charged."""
        with self._lock:
            busy = list(self._busy)
        for client in busy:
            client.abort()

    def close(self) -> None:
        """Close the connections that nobody uses."""
        with self._lock:
            idle = [client for clients in self._idle.values() for client in clients]
            self._idle.clear()
        for client in idle:
            client.close()
        if self._first is not None:
            self._first.rest()

    def _another(self) -> LushaClient:
        if self._first is None:
            self._first = self._make()
            return self._first
        return self._first.twin()
