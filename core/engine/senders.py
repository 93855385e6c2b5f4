"""The threads that send requests. A computer that gives no further thread makes a run slower, never wrong."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from core.errors import EnrichError


class Senders:
    """At most so many at a time; leaving the block waits for what they do."""

    def __init__(self, most: int) -> None:
        self._pool, self._any = ThreadPoolExecutor(most, thread_name_prefix="lusha-send"), False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._pool.shutdown()

    def take(self, work: Callable[[], None]) -> None:
        """Have it done by a thread. Raises EnrichError when there is none at all: then it is never done."""
        try:
            self._pool.submit(work)
        except RuntimeError as error:
            # The pool queues work before it asks for a thread: those that are there do it, unless it is closed.
            if not self._any or "schedule" in str(error):
                raise EnrichError(
                    "This computer starts no more threads", "Close other programs, then go on: nothing paid is lost."
                ) from error
        self._any = True
