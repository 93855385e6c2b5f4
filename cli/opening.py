"""What every command needs first: the settings of this home and an open App."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from core import words
from core.app import App, open_app
from core.errors import KeyStoreTrouble, UsageError
from core.model import Kind
from core.settings import Settings, load


def settings() -> Settings:
    """The settings of the home that the environment names."""
    return load(os.environ)


@contextmanager
def opened() -> Iterator[App]:
    """The App of this home. What a crash left half done among the keys is ended first, unless the key store is locked."""
    here = settings()
    if here.origin == "practice":
        print(words.PRACTICE, file=sys.stderr)
    with open_app(here) as app:
        with suppress(KeyStoreTrouble):
            app.keys.reconcile()
        yield app


@contextmanager
def stoppable(app: App) -> Iterator[None]:
    """The first Ctrl-C stops after the request under way and keeps its answer; the second leaves at once."""

    def first(_signal: int, _frame: FrameType | None) -> None:
        app.stop.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, first)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def kinds_of(*, phones: bool, emails: bool) -> frozenset[Kind]:
    """The kinds a command was asked for; neither is wrong use."""
    kinds = frozenset(kind for kind, wanted in ((Kind.PHONES, phones), (Kind.EMAILS, emails)) if wanted)
    if not kinds:
        raise UsageError("Nothing to look up", "Say --phones, --emails or both.")
    return kinds
