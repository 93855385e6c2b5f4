"""The course of a run, turn by turn. Used by one thread; waits for nothing, sends nothing.

A turn takes the replies that have come, commits them, and reserves whatever may be sent now, all in one transaction.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace

from core.engine.answers import Ask
from core.engine.asking import Asking
from core.engine.events import Event, JobStarted
from core.engine.hearing import Hearing
from core.engine.outcome import Ended
from core.engine.policy import Policy
from core.engine.preflight import Plan
from core.engine.reserve import Batch
from core.engine.rotation import Rotation, Sending
from core.engine.state import Kinds, Limits, Run, Turn
from core.keys.prices import ASSUMED
from core.keys.store import KeyStore
from core.lusha.client import LushaClient
from core.lusha.reply import Reply
from core.model import Key, Kind
from core.results.journal import Journal

__all__ = ["Course", "Limits", "Turn"]

BOTH = frozenset(Kind)
LOOK_S = 0.25  # how often to look whether another program asks this run to stop
REFRESH_S = 2.0  # how often to look for keys that joined


class Course:
    """One run on its way. ``transaction`` opens one on the database; ``stopping`` says whether the person asked to stop."""

    _run: Run

    def __init__(
        self,
        *,
        rotation: Rotation,
        journal: Journal,
        keys: KeyStore,
        transaction: Callable[[], AbstractContextManager[object]],
        clock: Callable[[], float],
        policy: Policy,
        stopping: Callable[[], bool],
    ) -> None:
        self._rotation, self._journal, self._keys, self._transaction = rotation, journal, keys, transaction
        self._clock, self._policy, self._stopping = clock, policy, stopping
        self._refreshed, self._looked, self._last = clock(), 0.0, clock()

    # -- the beginning and the end ------------------------------------------------------------------------------------
    def begin(self, plan: Plan, job: str, limits: Limits, *, spent: float = 0.0, started: float, owner: str) -> list[Event]:
        """Set out. ``spent``: what the job has cost before; ``started``: when it was planned; ``owner`` books its requests."""
        parts = {row: list(parts) for row, parts in plan.parts.items()}
        lacking = dict[int, Kinds]()
        for kinds, asks in plan.ready.items():
            lacking |= {ask.row: lacking.get(ask.row, frozenset()) | kinds for ask in asks}
        run = self._run = Run(plan, job, owner, limits, spent, started, parts, lacking)
        self._asking = Asking(run, self._rotation, self._keys, self._clock, self._policy)
        self._hearing = Hearing(run, self._rotation, self._keys, self._clock, self._policy)
        events, allowed = list[Event](), self._allowed_rows()
        for kinds, asks in self._requests():
            go = [ask for ask in asks if allowed is None or ask.row in allowed]
            run.leave(kinds, [ask for ask in asks if allowed is not None and ask.row not in allowed])
            run.snapshots[kinds] = self._rotation.snapshot(kinds)
            run.tried_keys = max(run.tried_keys, len(run.snapshots[kinds]))
            events.append(JobStarted(kinds, plan.rows, len(go), len(run.snapshots[kinds])))
            self._queue(kinds, go)
        return events

    @property
    def is_over(self) -> bool:
        """Nothing is under way and nothing is left to do."""
        return self._run.is_over

    def end(self) -> Ended:
        """Where the run stands."""
        return self._run.ended()

    @property
    def answered(self) -> frozenset[int]:
        """Rows whose answer has been told already."""
        return frozenset(self._run.done)

    def _requests(self) -> list[tuple[Kinds, list[Ask]]]:
        """One request for both kinds where a key of category ANY can be used, else one for each kind."""
        ready = self._run.plan.ready
        both = ready.get(BOTH, [])
        together = bool(both) and bool(self._rotation.snapshot(BOTH))
        groups: dict[Kinds, list[Ask]] = {BOTH: list(both)} if together else {}
        for kinds, asks in ready.items():
            if kinds != BOTH or not together:
                for kind in sorted(kinds):
                    groups.setdefault(frozenset({kind}), []).extend(asks)
        return list(groups.items())

    def _allowed_rows(self) -> frozenset[int] | None:
        if self._run.limits.rows is None:
            return None
        rows = sorted({ask.row for asks in self._run.plan.ready.values() for ask in asks})
        return frozenset(rows[: self._run.limits.rows])

    def _queue(self, kinds: Kinds, asks: Sequence[Ask]) -> None:
        """Rows in doubt first, at their account and as they travelled; then those somebody has paid for; the rest is free."""
        free = list[Ask]()
        groups: dict[tuple[str, str, int], list[Ask]] = {}
        for ask in asks:
            if ask.pin is not None:
                groups.setdefault(("pin", ask.pin.account_id, ask.pin.attempt), []).append(ask)
            elif ask.payer is not None and ask.payer.lusha_id and self._policy.store:
                groups.setdefault(("payer", ask.payer.account_id, 0), []).append(ask)
            else:
                free.append(ask)
        for (why, *_), some in sorted(groups.items()):
            for part in _parts(some, self._policy.most_batch if why == "pin" else self._policy.batch):
                pin, payer = (part[0].pin, None) if why == "pin" else (None, part[0].payer)
                # of a job that goes on, what the lost request may have cost is part of what was spent
                doubt = ASSUMED.worst(len(part), kinds) if pin is not None and self._run.spent else 0.0
                self._run.waiting.append(Batch(part, kinds, pin, payer, doubt=doubt))
        self._run.fresh[kinds] = deque(free)

    # -- a turn -------------------------------------------------------------------------------------------------------
    def turn(self, replies: Sequence[tuple[Sending, Reply]]) -> Turn:
        """Take in the replies, then reserve what may be sent now. Raises EnrichError when the data cannot be written."""
        self._look_for_a_stop()
        self._look_at_the_clock()
        turn = Turn()
        try:
            with self._transaction():
                self._hear(turn, replies)
                if self._run.stopped or self._run.halted:
                    self._give_up()
                elif not self._asking.resting(turn):
                    self._refresh(turn)
                    self._asking.reserve(turn)
        except Exception:
            self._save(replies)
            raise
        for sending in turn.sendings:
            self._run.flying[sending.reserved.attempt] = sending
            self._run.newest = max(self._run.newest, sending.reserved.attempt)
            self._run.calls += 1
        return turn

    def _look_for_a_stop(self) -> None:
        """This program's own stop at once, that of another one now and then."""
        if self._stopping():
            self._run.stopped = True
        elif time.monotonic() - self._looked >= LOOK_S:
            self._looked = time.monotonic()
            self._run.stopped = self._run.stopped or self._journal.is_to_stop(self._run.job)

    def _look_at_the_clock(self) -> None:
        """Set back, it would make what waits a few seconds wait for so much longer; forward, things only come early."""
        now = self._clock()
        if (back := self._last - now) > 0:
            self._run.waiting = [replace(batch, due=batch.due - back) for batch in self._run.waiting]
            self._run.quiet_until -= back
            self._run.storm.set_back(back)
        self._last = now

    def _hear(self, turn: Turn, replies: Sequence[tuple[Sending, Reply]]) -> None:
        afters = [(one, reply, self._rotation.settle(one, reply, self._run.job)) for one, reply in replies]
        for sending, reply, after in afters:
            self._hearing.take_in(turn, sending, reply, after)
        if any(after.settled.changed for _, _, after in afters):
            self._hearing.alert(turn)
        if afters:
            turn.events.append(self._hearing.progress())

    def _save(self, replies: Sequence[tuple[Sending, Reply]]) -> None:
        """The turn broke and was rolled back: what Lusha said is kept all the same, each reply by itself."""
        for sending, reply in replies:
            self._run.flying.pop(sending.reserved.attempt, None)
            with suppress(Exception):
                self._rotation.settle(sending, reply, self._run.job)

    def _refresh(self, turn: Turn) -> None:
        """Keys that were added or came back since are tried after those of the start."""
        if abs(self._clock() - self._refreshed) >= REFRESH_S:
            self._refreshed = self._clock()
            self._hearing.alert(turn)
            for kinds in self._run.snapshots:
                self._asking.join(kinds)

    def _give_up(self) -> None:
        """The run ends: rows in doubt say so, the others were not reached."""
        run = self._run
        for batch in run.waiting:
            if batch.pin is None:
                run.leave(batch.kinds, batch.asks)
                continue
            for row, answer in self._rotation.doubtful(batch):
                run.answer(row, answer)
        run.waiting.clear()
        for kinds, asks in run.fresh.items():
            run.leave(kinds, asks)
            asks.clear()

    # -- what the leader of the threads does between turns ------------------------------------------------------------
    def read(self, key: Key) -> list[Event]:
        """Read the secret of a key whose turn it is. Raises KeyStoreTrouble; never inside a transaction."""
        return self._rotation.read(key)

    def send(self, client: LushaClient, sending: Sending) -> Reply:
        """The request itself, on a sender's thread."""
        batch = sending.batch
        if batch.payer is not None:
            ids = [ask.payer.lusha_id for ask in batch.asks if ask.payer is not None]
            return client.enrich(sending.secret, ids, batch.kinds)
        return client.ask(sending.secret, [ask.prospect for ask in batch.asks], batch.kinds)

    def fail(self) -> None:
        """Something broke: ask nobody any more; what is under way is still heard."""
        self._run.stopped = True

    def release(self, sending: Sending) -> None:
        """Nothing was sent after all: take the reservation back."""
        self._run.flying.pop(sending.reserved.attempt)
        self._run.calls -= 1
        self._rotation.reserving.release(self._run.job, sending.reserved, sending.batch.kinds)
        self._run.waiting.append(sending.batch)


def _parts(asks: Sequence[Ask], size: int) -> list[tuple[Ask, ...]]:
    return [tuple(asks[start : start + size]) for start in range(0, len(asks), size)]
