"""Many prospects: only here and in `senders` are threads started. Whoever iterates gets every event on his own thread.

One thread leads a run: it alone reads and writes the database for it, so that its state needs no locks. Senders do
nothing but HTTP. A paid answer is on disk before anybody is told of it, however slowly the events are taken.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from core import words
from core.engine.course import Course, Limits, Turn
from core.engine.events import Event, RowDone, Tick
from core.engine.outcome import Result, result_of
from core.engine.preflight import Plan, spared
from core.engine.rotation import Sending
from core.engine.senders import Senders
from core.errors import EnrichError, UsageError
from core.keys.store import KeyStore
from core.lusha.reply import Lost, Reply
from core.lusha.slots import Slots
from core.model import Answer, RowStatus
from core.owner import Owner
from core.results.journal import Journal, Options, Unit

__all__ = ["Batches", "Limits", "Result"]

TICK_S = 0.2  # how often something is handed out although nothing happened
LOOK_S = 0.25  # how often the leader looks at the clock, and for a stop from another program
MANY, GATHER_S = 8, 0.005  # requests under way; seconds, small beside an answer's
RECOVER_S = 1.0  # how often to look whether a program that holds something up is still there
LEAVE_S = 2.0  # how long a second interruption waits


class Recover(Protocol):
    """Closes what programs that are gone have left under way."""

    def __call__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Start:
    """What to run: a new job of ``source``, or with ``job`` one that goes on and has cost ``spent`` credits before."""

    plan: Plan
    source: str
    sheet: str = ""
    limits: Limits = Limits()  # noqa: RUF009  frozen
    options: Options = Options()  # noqa: RUF009  frozen
    job: str = ""
    spent: float = 0.0
    filled: tuple[tuple[int, Answer], ...] = ()  # of a job that goes on: cells that somebody has filled meanwhile


@dataclass(frozen=True, slots=True)
class _Ended:
    result: Result


@dataclass(frozen=True, slots=True)
class _Failed:
    error: BaseException


_News = Event | _Ended | _Failed


class Batches:
    """Runs plans. ``course`` makes the state of one run; ``stopping`` says whether the person asked to stop.

    ``screened`` takes from a plan whom the do-not-contact list holds back by the time it is carried out.
    """

    def __init__(
        self,
        *,
        course: Callable[[Callable[[], bool]], Course],
        keys: KeyStore,
        journal: Journal,
        slots: Slots,
        owner: Owner,
        recover: Recover,
        clock: Callable[[], float],
        stopping: Callable[[], bool],
        senders: int,
        screened: Callable[[Plan], Plan],
    ) -> None:
        self._course, self._keys, self._journal, self._slots = course, keys, journal, slots
        self._owner, self._recover, self._clock, self._stopping = owner, recover, clock, stopping
        self._senders, self._screened, self._recovered = senders, screened, 0.0

    def run(self, start: Start) -> Generator[Event, None, Result]:
        """Answer every row of the plan. The generator's return value is the result; closing it stops the run.

        Raises EnrichError when the key store or the data cannot be used any more; what was paid is kept.
        """
        news: queue.SimpleQueue[_News] = queue.SimpleQueue()
        closed = threading.Event()
        leader = threading.Thread(target=self._lead, args=(start, news, closed), name="lusha-run", daemon=True)
        leader.start()
        patience: float | None = None
        try:
            while True:
                one = _next(news)
                match one:
                    case _Ended(result):
                        return result
                    case _Failed(error):
                        raise error
                    case _:
                        yield one
        except KeyboardInterrupt:  # the second one: leave at once; what is under way stays booked as in doubt
            closed.set()
            self._slots.cut_all()
            patience = LEAVE_S
            raise
        finally:
            closed.set()
            leader.join(patience)

    # -- the leader's thread ------------------------------------------------------------------------------------------
    def _lead(self, start: Start, news: queue.SimpleQueue[_News], closed: threading.Event) -> None:
        try:
            news.put(_Ended(self._led(start, news, closed)))
        except BaseException as error:  # noqa: BLE001  it is raised again where the run is iterated
            news.put(_Failed(error))

    def _led(self, start: Start, news: queue.SimpleQueue[_News], closed: threading.Event) -> Result:
        owner = self._owner.claim()
        try:
            return self._owned(start, news, closed, owner)
        finally:
            self._owner.release(owner)

    def _owned(self, start: Start, news: queue.SimpleQueue[_News], closed: threading.Event, owner: str) -> Result:
        self._recover()
        start = replace(start, plan=self._screened(start.plan))
        course = self._course(lambda: closed.is_set() or self._stopping())
        job, began = self._booked(start, owner), start.plan.at or self._clock()
        try:
            for event in course.begin(start.plan, job, start.limits, spent=start.spent, started=began, owner=owner):
                news.put(event)
            self._drive(course, news)
        except BaseException as error:
            title = error.title if isinstance(error, EnrichError) else "The program failed."
            with suppress(EnrichError):  # a disk that is full takes no note either; the next start finds the job open
                self._journal.finish(job, "PAUSED", title)
            raise
        result = result_of(course.end(), self._keys.list, datetime.fromtimestamp(self._clock(), UTC))
        left = words.left(result.count(RowStatus.STOPPED), result.count(RowStatus.WAITING))
        why = result.message if result.stopped else left  # a stop after the last answer has left nothing
        self._journal.finish(job, "PAUSED" if why else "DONE", why)
        told = course.answered
        for row, answer in sorted(result.answers.items()):
            if row not in told:
                news.put(RowDone(row, answer))
        return result

    def _booked(self, start: Start, owner: str) -> str:
        plan = start.plan
        units = [Unit(ask.row, ask.prospect, ask.person_fp, kinds) for kinds, asks in plan.ready.items() for ask in asks]
        if start.job:
            if not self._journal.reopen(start.job, units, owner=owner):
                raise UsageError("This job is still running", f"Stop it first: lusha-enrich jobs stop {start.job}")
            parts = ((row, part) for row, some in plan.parts.items() for part in some)
            self._journal.known(start.job, (*start.filled, *plan.answers.items(), *parts))
            return start.job
        return self._journal.begin(
            plan.kinds,
            units,
            source=start.source,
            sheet=start.sheet,
            owner=owner,
            options=start.options,
            spared=spared(plan),
        )

    def _drive(self, course: Course, news: queue.SimpleQueue[_News]) -> None:
        """Turn after turn until nothing is left. After a failure what is under way is still heard before it is raised."""
        heard: queue.SimpleQueue[tuple[Sending, Reply | Exception]] = queue.SimpleQueue()
        failure: Exception | None = None
        replies: list[tuple[Sending, Reply]] = []
        flying = 0
        with Senders(self._senders) as senders:
            while True:
                turn = Turn()
                try:
                    turn = course.turn(replies)
                    for event in turn.events:
                        news.put(event)
                    for _ in self._handed_over(course, turn.sendings, heard, senders):
                        flying += 1
                    self._read(course, turn, news)
                except Exception as error:  # noqa: BLE001  raised again below
                    failure = failure or error
                    course.fail()
                if not flying and (failure is not None or (course.is_over and not turn.read)):
                    break
                gather = GATHER_S if flying > MANY else 0.0
                replies, broken = self._hear(course, heard, turn, wait=not turn.read, gather=gather)
                flying -= len(replies) + len(broken)
                if broken:
                    course.fail()
                failure = failure or next(iter(broken), None)
        if failure is not None:
            raise failure

    def _handed_over(
        self,
        course: Course,
        sendings: Sequence[Sending],
        heard: queue.SimpleQueue[tuple[Sending, Reply | Exception]],
        senders: Senders,
    ) -> Iterator[Sending]:
        """Each request as a thread has it. Without any thread what nobody has is taken back, and EnrichError is raised."""
        for place, sending in enumerate(sendings):
            try:
                senders.take(partial(self._send, course, sending, heard))
            except EnrichError:
                for one in sendings[place:]:
                    course.release(one)
                raise
            yield sending

    def _read(self, course: Course, turn: Turn, news: queue.SimpleQueue[_News]) -> None:
        """What must not happen inside a transaction: secrets, and looking after programs that are gone."""
        for key in turn.read:
            for event in course.read(key):
                news.put(event)
        if turn.recover and time.monotonic() - self._recovered >= RECOVER_S:
            self._recovered = time.monotonic()
            self._recover()

    def _hear(
        self,
        course: Course,
        heard: queue.SimpleQueue[tuple[Sending, Reply | Exception]],
        turn: Turn,
        *,
        wait: bool,
        gather: float,
    ) -> tuple[list[tuple[Sending, Reply]], list[Exception]]:
        """All replies that have come; without any, wait for the first or for the time of the next thing to do.

        With many requests under way those that come within ``gather`` seconds share a turn: one commit, not ten.
        """
        replies, broken = list[tuple[Sending, Reply]](), list[Exception]()
        pause = min(LOOK_S, max(0.0, turn.wake - self._clock())) if turn.wake is not None else LOOK_S
        try:
            sending, reply = heard.get(timeout=pause) if wait and pause > 0 else heard.get_nowait()
            until = time.monotonic() + gather
            while True:
                if isinstance(reply, Exception):
                    with suppress(EnrichError):  # else it stays booked, and counts as in doubt when the run is gone
                        course.release(sending)
                    broken.append(reply)
                else:
                    replies.append((sending, reply))
                left = until - time.monotonic()
                sending, reply = heard.get(timeout=left) if left > 0 else heard.get_nowait()
        except queue.Empty:
            return replies, broken

    # -- the senders' threads -----------------------------------------------------------------------------------------
    def _send(self, course: Course, sending: Sending, heard: queue.SimpleQueue[tuple[Sending, Reply | Exception]]) -> None:
        """One request. What the client refuses to send was not sent; whatever else goes wrong may have been."""
        try:
            with self._slots.lend(sending.reserved.key.account_id) as client:
                heard.put((sending, course.send(client, sending)))
        except EnrichError as error:
            heard.put((sending, error))
        except Exception as error:  # noqa: BLE001  a fault of ours must not look like a run that hangs
            heard.put((sending, Lost(f"the program failed ({type(error).__name__})")))


def _next(news: queue.SimpleQueue[_News]) -> _News:
    try:
        return news.get(timeout=TICK_S)
    except queue.Empty:
        return Tick()
