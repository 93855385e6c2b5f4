"""Ends what is past its deadline: one thread for many exchanges."""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


class Watch:
    """Any thread may call anything. The thread is there from the first exchange until `rest`."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self._due: dict[int, tuple[float, Callable[[], None]]] = {}
        self._looks_at: float | None = None  # when the thread looks again; None: there is none
        self._resting = False

    @contextmanager
    def within(self, seconds: float, end: Callable[[], None]) -> Iterator[None]:
        """Call ``end`` on another thread when the block takes longer than so many seconds."""
        at, number = time.monotonic() + seconds, next(self._numbers)
        with self._changed:
            self._resting = False
            if self._looks_at is None:
                threading.Thread(target=self._run, name="lusha-deadlines", daemon=True).start()
                self._looks_at = at
            elif at < self._looks_at:
                self._looks_at = at
                self._changed.notify()
            self._due[number] = at, end
        try:
            yield
        finally:
            with self._changed:
                self._due.pop(number, None)
                if self._resting and not self._due:
                    self._changed.notify()

    def rest(self) -> None:
        """Let the thread go when nothing is under way; it comes back by itself."""
        with self._changed:
            self._resting = True
            self._changed.notify()

    def _run(self) -> None:
        while (late := self._late()) is not None:
            for end in late:
                with suppress(Exception):  # the others are to end all the same
                    end()

    def _late(self) -> list[Callable[[], None]] | None:
        """Wait until something is past its deadline; None when there is nothing to wait for any more."""
        with self._changed:
            while self._due or not self._resting:
                now = time.monotonic()
                late = [number for number, (at, _end) in self._due.items() if at <= now]
                if late:
                    return [self._due.pop(number)[1] for number in late]
                self._looks_at = min((at for at, _end in self._due.values()), default=math.inf)
                self._changed.wait(min(self._looks_at - now, threading.TIMEOUT_MAX))
            self._looks_at = None
            return None
