"""The composition root: opens settings, database, key store and HTTP, and yields what front doors call."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from core.database import Database
from core.engine.batch import Batches, Limits, Result
from core.engine.booking import Booking
from core.engine.checking import Checking
from core.engine.events import Event
from core.engine.preflight import Plan, Row, plan
from core.engine.rotation import Pauses, Rotation
from core.engine.steps import lines
from core.keys.store import KeyStore
from core.keys.trail import Trail
from core.keys.vault import SystemVault, Vault
from core.log import log_file
from core.lusha.client import LushaClient
from core.model import Kind, Prospect
from core.results.journal import Journal
from core.results.store import ResultStore
from core.secret import Redactor
from core.settings import Settings, version


@dataclass(frozen=True, slots=True)
class App:
    """One open home. ``stop`` is set to end a run after the request under way."""

    settings: Settings
    db: Database
    vault: Vault
    keys: KeyStore
    trail: Trail
    results: ResultStore
    journal: Journal
    batches: Batches
    stop: threading.Event
    log: logging.Logger
    checking: Checking

    def plan(self, rows: Sequence[Row], kinds: frozenset[Kind]) -> Plan:
        """Sort the rows of a sheet without any network."""
        return plan(rows, kinds, self.results, self.journal)

    def run(self, planned: Plan, *, source: str, sheet: str = "", limits: Limits | None = None) -> Generator[Event, None, Result]:
        """Carry out a plan; iterate for the events, the generator's return value is the result. Every step is logged."""
        events = self.batches.run(planned, source=source, sheet=sheet, limits=limits)
        while True:
            try:
                event = next(events)
            except StopIteration as end:
                result: Result = end.value
                self.log.info("%s %s", result.message, result.detail)
                return result
            for line in lines(event):
                self.log.info("%s", line)
            yield event

    def lookup(self, prospect: Prospect, kinds: frozenset[Kind], problem: str = "") -> Generator[Event, None, Result]:
        """One prospect; never waits for a key."""
        row = Row(1, None if problem else prospect, problem, kinds)
        return self.run(self.plan([row], kinds), source="lookup", limits=Limits(wait=False))


@contextmanager
def open_app(
    settings: Settings,
    *,
    vault: Vault | None = None,
    pauses: Pauses | None = None,
    clock: Callable[[], float] = time.time,
) -> Iterator[App]:
    """Everything a front door needs, closed again at the end.

    Without ``vault`` secrets come from the operating system's key store, which is not touched before a key is used.
    """
    stop = threading.Event()

    def pause(seconds: float) -> bool:
        return not stop.wait(seconds)

    redactor = Redactor()
    with (
        Database(settings.database) as db,
        _Clients(settings.api_url) as clients,
        LushaClient(settings.api_url, version=version()) as asking,
        log_file(settings.log, redactor) as log,
    ):
        secrets = vault if vault is not None else SystemVault()
        keys = KeyStore(db, secrets, clock, origin=settings.origin, learn=redactor.learn)
        results = ResultStore(db, clock, found_days=settings.found_days, not_found_days=settings.not_found_days)
        journal = Journal(db, clock)
        trail = Trail(db, clock)
        rotation = Rotation(
            booking=Booking(db, journal, results, trail, clock),
            keys=keys,
            client=clients.of,
            clock=clock,
            pause=pause,
            pauses=pauses or Pauses(),
        )
        batches = Batches(rotation=rotation, keys=keys, journal=journal, clock=clock, pause=pause, stopping=stop.is_set)
        checking = Checking(db=db, keys=keys, trail=trail, client=asking, clock=clock, pause=pause, stopping=stop.is_set)
        yield App(settings, db, secrets, keys, trail, results, journal, batches, stop, log, checking)


class _Clients:
    """One HTTP client for each account, made when it is first asked."""

    def __init__(self, api_url: str) -> None:
        self._api_url = api_url
        self._open: dict[str, LushaClient] = {}

    def of(self, account_id: str) -> LushaClient:
        if account_id not in self._open:
            self._open[account_id] = LushaClient(self._api_url, version=version())
        return self._open[account_id]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        for client in self._open.values():
            client.close()
