"""A question to the person at the terminal, wherever the output of the command goes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

TERMINAL = Path("/dev/tty")


def can_ask() -> bool:
    """Whether somebody is there to answer: standard input is a terminal."""
    return sys.stdin.isatty()


def agreed(question: str) -> bool:
    """Ask; anything but y or yes is a no."""
    with _shown() as to:
        print(f"{question} [y/N] ", end="", file=to, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


@contextmanager
def _shown() -> Iterator[TextIO]:
    """Standard error; where that is no terminal standard output, then the terminal itself."""
    for stream in (sys.stderr, sys.stdout):
        if stream.isatty():
            yield stream
            return
    try:
        terminal = TERMINAL.open("w", encoding="utf-8")
    except OSError:
        yield sys.stderr
        return
    with terminal:
        yield terminal
