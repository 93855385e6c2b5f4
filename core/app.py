"""The composition root: opens settings, database, key store and HTTP, and yields what front doors call."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from core import words
from core.database import Database
from core.engine.batch import Batches, Limits, Result, Start
from core.engine.checking import Checking
from core.engine.course import Course
from core.engine.events import Alert, Event, Waiting
from core.engine.outcome import keys_out
from core.engine.policy import Pauses, Policy, policy_of
from core.engine.preflight import Plan, Pool, Row, only, plan, pool_of
from core.engine.rescreening import rescreened
from core.engine.reserve import Reserving
from core.engine.rotation import Rotation
from core.engine.screening import Screen, Screening
from core.engine.settle import Settling
from core.engine.steps import lines
from core.engine.withholding import withhold
from core.errors import EnrichError, UsageError
from core.keys import attempts
from core.keys.store import KeyStore
from core.keys.trail import Trail
from core.keys.vault import SystemVault, Vault
from core.log import log_file
from core.lusha.client import LushaClient
from core.lusha.slots import Slots
from core.model import Answer, Kind, Prospect, Reason, RowStatus
from core.owner import Owner
from core.results.cells import CellStore
from core.results.journal import Job, Journal, Options
from core.results.person import fingerprint, identity
from core.results.store import ResultStore
from core.results.suppression import Added, Entry, Suppressions
from core.retention import Retention
from core.secret import Redactor
from core.settings import Settings, version

USAGE_AGE_S = 3600.0  # an empty account is not asked for its balance more often than this


@dataclass(frozen=True, slots=True)
class App:
    """One open home. ``stop`` is set to end a run after the requests under way."""

    settings: Settings
    db: Database
    vault: Vault
    keys: KeyStore
    trail: Trail
    results: ResultStore
    journal: Journal
    batches: Batches
    reserving: Reserving
    policy: Policy
    stop: threading.Event
    log: logging.Logger
    clock: Callable[[], float]
    checking: Checking
    suppressions: Suppressions
    screening: Screening
    retention: Retention

    def plan(self, rows: Sequence[Row], kinds: frozenset[Kind]) -> Plan:
        """Sort the rows of a sheet without any network."""
        return self.planned(rows, kinds, self.results)

    def planned(self, rows: Sequence[Row], kinds: frozenset[Kind], store: ResultStore) -> Plan:
        """The same against a store that counts answers as known for another time."""
        self._purge()
        at, screen = self.clock(), self.screening.whole()
        return plan(rows, kinds, store, self.journal, use_store=self.policy.store, at=at, screen=screen)

    def suppress(self, entries: Sequence[Entry]) -> tuple[Added, int]:
        """Put entries on the do-not-contact list and take from the stored answers what it holds back; how many changed."""
        added = self.suppressions.add(entries)
        return added, withhold(self.db, Screen({entry.mark: entry for entry in added.new}))

    def pool(self, kinds: frozenset[Kind]) -> Pool:
        """The keys a run for these kinds could use now, and what is known of their credits and prices."""
        keys = self.keys.list()
        with self.db.read() as con:
            accounts = attempts.accounts_of(con, {key.account_id for key in keys})
        return pool_of(keys, accounts, kinds, datetime.fromtimestamp(self.clock(), UTC))

    def run(
        self,
        planned: Plan,
        *,
        source: str,
        sheet: str = "",
        limits: Limits | None = None,
        out: str = "",
        more: Mapping[str, str] | None = None,
    ) -> Generator[Event, None, Result]:
        """Carry out a plan; iterate for the events, the generator's return value is the result. Every step is logged.

        ``out`` and ``more`` are remembered with the job for whoever resumes it. A cap of the settings counts where
        ``limits`` have none.
        """
        given = limits or Limits()
        allowed = replace(given, credits=self.settings.cap_run) if given.credits is None else given
        options = Options(out, sheet, allowed.rows, allowed.credits, allowed.wait, more or {})
        return self._logged(Start(planned, source, sheet, allowed, options))

    def lookup(self, prospect: Prospect, kinds: frozenset[Kind], problem: str = "") -> Generator[Event, None, Result]:
        """One prospect; goes ahead of bulk work and never waits for a key."""
        row = Row(1, None if problem else prospect, problem, kinds)
        return self.run(self.plan([row], kinds), source="lookup", limits=Limits(wait=False, interactive=True))

    def resume(
        self, job: Job, rows: Sequence[Row] | None = None, *, limits: Limits | None = None
    ) -> Generator[Event, None, Result]:
        """Go on with a job that was stopped or whose program is gone: who was answered is not asked for again.

        ``rows`` are those of its sheet as it is now; only people of the job are asked for. Without rows (there is no
        sheet) it is the job's own people. Without ``limits`` the cap on credits it was started with counts on, for the
        whole job; one of rows has done its work: who goes on wants the rest. Raises UsageError when the job is still
        running, was undone, or when its people were removed by age.
        """
        self._purge()
        self.reserving.recover()
        found = self.journal.job(job.id)
        if found is None or found.state in {"RUNNING", "STOPPING"}:
            raise UsageError("This job is still running", f"Stop it first: lusha-enrich jobs stop {job.id}")
        if self.journal.is_aged(job.id):
            raise UsageError("This run is too old to go on with", "Run the file again: known answers cost nothing.")
        if CellStore(self.db, self.clock).was_undone(job.id):
            raise UsageError("This run was undone and has ended", words.run_anew(job.source, job.kinds))
        units = self.journal.units(job.id)
        people = {unit.person_fp for unit in units}
        now = [Row(unit.row, unit.prospect, wanted=unit.kinds) for unit in units] if rows is None else list(rows)
        if rows is not None:
            self.journal.rebind(job.id, _places(now, people))
        planned = plan(
            now,
            job.kinds,
            self.results,
            self.journal,
            answered=self.journal.answered(job.id),
            use_store=self.policy.store,
            at=self.clock(),
            screen=self.screening.whole(),
        )
        old = job.options
        allowed = limits or Limits(None, old.credits, wait=old.wait)
        filled = () if rows is None else tuple(_filled(now, job.kinds))
        return self._logged(Start(only(planned, people), job.source, job.sheet, allowed, old, job.id, found.spent, filled))

    def keys_out(self, kinds: frozenset[Kind]) -> str:
        """Why no key can be used for these kinds, in one sentence."""
        return keys_out(kinds, 0, self.keys.list(), datetime.fromtimestamp(self.clock(), UTC))

    def _wake(self, start: Start) -> None:
        """Accounts that had no credits are asked for their balance, which costs nothing: who has some again takes part."""
        if start.limits.interactive or not start.plan.to_send:
            return
        usage = {account.id: account.usage_at for account in self.keys.accounts()}
        old = datetime.fromtimestamp(self.clock() - USAGE_AGE_S, UTC)
        empty = {key.account_id: key for key in self.keys.list() if key.reason is Reason.CREDITS and not key.paused}
        stale = [key for id_, key in empty.items() if (at := usage.get(id_)) is None or at < old]
        with suppress(EnrichError):  # what is wrong with the key store, the run itself says
            for event in self.checking.run(stale):
                if isinstance(event, Waiting):
                    return

    def _short(self, planned: Plan) -> list[Alert]:
        """A word of warning when the known credits do not carry the whole plan."""
        covered = planned.cost(self.pool(planned.kinds), self.results.hit_rates()).ends_near(planned.to_send)
        return [] if covered is None else [Alert("forecast_short", words.forecast_short(planned.to_send, covered))]

    def _purge(self) -> None:
        """Before a plan is made: between a plan and its start it would take the people out of what is to be asked for."""
        with suppress(EnrichError):  # a database that is busy just now: the next run will do it
            self.retention.purge_if_due()

    def _logged(self, start: Start) -> Generator[Event, None, Result]:
        events = self.batches.run(start)
        try:
            self._wake(start)
            yield from self._short(start.plan)
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
        except KeyboardInterrupt:  # it may have come between two events: then the run has not heard of it
            events.throw(KeyboardInterrupt())
            raise
        finally:
            events.close()


def _places(rows: Sequence[Row], people: AbstractSet[str]) -> dict[str, int]:
    """Where each of these people stands, first row first."""
    places: dict[str, int] = {}
    for row in rows:
        who = identity(row.prospect) if row.prospect else None
        if who and (fp := fingerprint(who)) in people:
            places.setdefault(fp, row.number)
    return places


def _filled(rows: Sequence[Row], kinds: frozenset[Kind]) -> Iterator[tuple[int, Answer]]:
    """What is not wanted any more because something stands in its cell; a cell that cannot be written stays open."""
    for row in rows:
        if filled := kinds - row.wanted - row.barred:
            yield row.number, Answer(RowStatus.ALREADY_FILLED, kinds=filled)


@contextmanager
def open_app(
    settings: Settings,
    *,
    vault: Vault | None = None,
    pauses: Pauses | None = None,
    policy: Policy | None = None,
    clock: Callable[[], float] = time.time,
) -> Iterator[App]:
    """Everything a front door needs, closed again at the end.

    Without ``vault`` secrets come from the operating system's key store, which is not touched before a key is used.
    """
    stop, redactor = threading.Event(), Redactor()
    rules = policy or policy_of(settings, pauses)

    def client() -> LushaClient:
        return LushaClient(settings.api_url, version=version())

    with (
        Owner(settings.home / "running") as owner,
        Database(settings.database) as db,
        Slots(client) as slots,
        client() as asking,
        log_file(settings.log, redactor) as log,
    ):
        secrets = vault if vault is not None else SystemVault()
        keys = KeyStore(db, secrets, clock, origin=settings.origin, learn=redactor.learn)
        results = ResultStore(db, clock, found_days=settings.found_days, not_found_days=settings.not_found_days)
        journal, trail = Journal(db, clock, alive=owner.is_alive), Trail(db, clock)
        suppressions = Suppressions(db)
        screening = Screening(suppressions)
        reserving = Reserving(db, journal, results, clock, owner=owner, policy=rules)

        def course(stopping: Callable[[], bool]) -> Course:
            settling = Settling(db, journal, results, trail, clock, paced=rules.paced)
            rotation = Rotation(reserving=reserving, settling=settling, keys=keys, clock=clock, policy=rules, screening=screening)
            return Course(
                rotation=rotation,
                journal=journal,
                keys=keys,
                transaction=db.write,
                clock=clock,
                policy=rules,
                stopping=stopping,
            )

        batches = Batches(
            course=course,
            keys=keys,
            journal=journal,
            slots=slots,
            owner=owner,
            recover=reserving.recover,
            clock=clock,
            stopping=stop.is_set,
            senders=rules.senders,
            screened=lambda planned: rescreened(planned, screening.whole()),
        )

        def pause(seconds: float) -> bool:
            return not stop.wait(seconds)

        checking = Checking(db=db, keys=keys, trail=trail, client=asking, clock=clock, pause=pause, stopping=stop.is_set)
        yield App(
            settings, db, secrets, keys, trail, results, journal, batches, reserving, rules, stop, log, clock, checking,
            suppressions, screening, Retention(db, settings, clock),
        )  # fmt: skip
