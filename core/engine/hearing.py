"""What a reply means for the whole run: storms, breakers, tries and alerts. Nothing is asked here."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from core import words
from core.engine.events import Alert, KeyBack, PoolResting, Progress, RowDone
from core.engine.guards import Breaker, Class, Tries, class_of
from core.engine.policy import Policy
from core.engine.rotation import After, Rotation, Sending, barred, halted
from core.engine.state import Run, Turn
from core.engine.verdict import Move
from core.keys.alerts import Standing, alerts
from core.keys.store import KeyStore
from core.lusha.reply import Answered, Reply

LEAST_FOR_ETA = 20  # rows


class Hearing:
    """Takes replies into a run. ``clock`` is Unix seconds."""

    def __init__(self, run: Run, rotation: Rotation, keys: KeyStore, clock: Callable[[], float], policy: Policy) -> None:
        self._run, self._rotation, self._keys, self._clock, self._policy = run, rotation, keys, clock, policy
        self._breaker, self._tries = Breaker(), Tries()
        self._standing = self._stand()

    def take_in(self, turn: Turn, sending: Sending, reply: Reply, after: After) -> None:
        """A reply that was committed: its answers, what it means for the run, and the batches that go on."""
        self._run.flying.pop(sending.reserved.attempt, None)
        turn.events += [event for event in after.events if not isinstance(event, RowDone)]
        for row, answer in after.answers:
            turn.events += self._run.answer(row, answer)
        if isinstance(reply, Answered):
            self._booked(sending, reply)
            self._worked(turn, sending)
        self._judge(turn, sending, after)
        self._run.waiting += after.batches

    def _booked(self, sending: Sending, reply: Answered) -> None:
        """What was charged; where Lusha did not say, the most it can be counts against the caps."""
        run, before = self._run, sending.batch.doubt
        run.credits += reply.charged or 0.0
        if reply.charged is None:
            run.doubt += sending.reserved.credits
        elif before:  # if the lost request was charged, this one was for the search only
            run.doubt += max(0.0, before - reply.charged) + 1.0 - before

    def _worked(self, turn: Turn, sending: Sending) -> None:
        self._breaker.worked()
        self._tries.worked()
        if self._run.storm.worked(sending.reserved.attempt):
            turn.events.append(Alert("storm_over", words.STORM_OVER))

    def _noted(self, sending: Sending, after: After) -> None:
        """What counts whatever the rules are."""
        verdict, key = after.verdict, sending.reserved.key
        if after.halt is not None:
            self._run.halt(after.halt)
        if barred(verdict, key):
            self._run.barred.add((key.account_id, sending.batch.kinds))
        if verdict.move is Move.PIN and not sending.batch.doubt:
            self._run.doubt += sending.reserved.credits  # a cap holds even if Lusha charges for what it did not say

    def _judge(self, turn: Turn, sending: Sending, after: After) -> None:
        """What an answer means for the whole run."""
        verdict = after.verdict
        self._noted(sending, after)
        if not self._policy.guarded:
            return
        if verdict.move in {Move.PIN, Move.OFFLINE, Move.SERVER}:
            self._tries.doubtful()
            if verdict.move is Move.OFFLINE:
                self._run.quiet_until = max((batch.due for batch in after.batches), default=0.0)
            if verdict.move is Move.SERVER and after.mark is not None and self._tries.server_failed():
                self._run.halt(halted("E22"))
            if self._tries.left <= 0:
                self._run.halt(halted("RETRIES", verdict.text))
        if after.blamed is not None and self._breaker.blamed(verdict, after.blamed):
            self._run.halt(halted("UNIFORM", verdict.text))
        kind = class_of(verdict, after.mark)
        if kind is not None and not self._run.limits.interactive:
            self._weather(turn, sending, after, kind)

    def _weather(self, turn: Turn, sending: Sending, after: After, kind: Class) -> None:
        """A key was marked: is it the key, or everybody?"""
        usable = len({key.account_id for snapshot in self._run.snapshots.values() for key in snapshot})
        reserved, settled = sending.reserved, after.settled
        marks = self._run.storm.failed(
            kind,
            self._clock(),
            reserved.key.account_id,
            reserved.attempt,
            settled.marks,
            proven=settled.proven,
            usable=usable,
            newest=self._run.newest,
        )
        if not marks:
            return
        back = self._rotation.settling.void(marks, words.STORM_VOID)
        turn.events += [KeyBack(one.key.last4, one.key.account, words.NOT_TO_BLAME) for one in back]
        until = datetime.fromtimestamp(self._run.storm.resting_until or self._clock(), UTC)
        turn.events.append(PoolResting(until, len(marks)))
        if self._run.storm.is_over:
            self._run.halt(halted("STORM", after.verdict.text))

    def alert(self, turn: Turn) -> None:
        """What the owner of the keys should know, once, when it becomes so."""
        after = self._stand()
        turn.events += [Alert(alert.code, alert.sentence) for alert in alerts(self._standing, after)]
        self._standing = after

    def _stand(self) -> Standing:
        return Standing(datetime.fromtimestamp(self._clock(), UTC), self._keys.list(), self._keys.accounts())

    def progress(self) -> Progress:
        done, rows = len(self._run.done), len(self._run.lacking)
        passed = time.monotonic() - self._run.began
        eta = passed * (rows - done) / done if done >= LEAST_FOR_ETA else None
        return Progress(done, rows, len(self._run.found), self._run.credits, len(self._run.flying), eta)
