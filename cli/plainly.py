"""Nothing a stranger wrote reaches the terminal as it is: an answer, a cell or a file name may hold escape sequences."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import TextIO, cast

from core.plain import shown


@contextmanager
def plainly() -> Iterator[None]:
    """Everything printed inside goes through `core.plain.shown`."""
    out, err = (cast("TextIO", _Plain(stream)) for stream in (sys.stdout, sys.stderr))
    with redirect_stdout(out), redirect_stderr(err):
        yield


class _Plain:
    """A text stream but for what it writes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        if text.strip("\r "):  # a progress bar wipes its line with carriage returns and blanks
            text = shown(text)
        return self._stream.write(text)
