"""The course of a run: what is asked next and what came of it. Used by one thread; waits for nothing, sends nothing.

A turn takes the replies that have come, commits them, and reserves whatever may be sent now, all in one transaction.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from core import words
from core.engine.answers import Ask
from core.engine.events import Alert, Event, JobStarted, KeyBack, PoolResting, Progress, RowDone, Waiting
from core.engine.guards import Breaker, Class, Storm, Tries, class_of
from core.engine.outcome import Ended, first_back
from core.engine.policy import BATCH, Policy
from core.engine.preflight import Plan, combine, stored
from core.engine.reserve import Batch, Capped, Elsewhere, Frame, Unread, Wait
from core.engine.rotation import After, Halt, Rotation, Sending, halted
from core.engine.verdict import Move
from core.keys.alerts import Standing, alerts
from core.keys.store import KeyStore
from core.lusha.client import LushaClient
from core.lusha.reply import Answered, Reply
from core.model import Answer, Key, Kind, RowStatus
from core.results.journal import Journal

BOTH = frozenset(Kind)
HELD_S = 1.0  # how often to look whether another program has got the answer
PATIENCE_S = 3.0  # how long a single look-up, or a run that is not to wait, waits for its turn all the same
LOOK_S = 0.25  # how often to look whether another program asks this run to stop
REFRESH_S = 2.0  # how often to look for keys that joined
LEAST_FOR_ETA = 20  # rows
Kinds = frozenset[Kind]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may do: ``rows`` to send at most, ``credits`` to spend at most, whether to wait for a key.

    ``interactive``: a single look-up, which goes ahead of bulk work and never waits for a key.
    """

    rows: int | None = None
    credits: float | None = None
    wait: bool = True
    interactive: bool = False


@dataclass(slots=True)
class Turn:
    """What one turn came to. ``wake``: Unix seconds of the next thing to do by itself; ``read`` secrets first, then again."""

    events: list[Event] = field(default_factory=list)
    sendings: list[Sending] = field(default_factory=list)
    read: list[Key] = field(default_factory=list)
    wake: float | None = None
    recover: bool = False  # another program holds something up: see whether it is still there

    def wake_at(self, at: float) -> None:
        self.wake = at if self.wake is None else min(self.wake, at)


class Course:
    """One run on its way. ``transaction`` opens one on the database; ``stopping`` says whether the person asked to stop."""

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
        self._storm, self._breaker, self._tries = Storm(), Breaker(), Tries()
        self._fresh: dict[Kinds, deque[Ask]] = {}
        self._waiting: list[Batch] = []
        self._unasked: list[tuple[Kinds, list[Ask]]] = []
        self._snapshots: dict[Kinds, list[Key]] = {}
        self._flying: dict[int, Sending] = {}
        self._parts: dict[int, list[Answer]] = {}
        self._done: set[int] = set()
        self._credits, self._doubt, self._calls, self._found = 0.0, 0.0, 0, 0
        self._halt: Halt | None = None
        self._exhausted: Kinds = frozenset()
        self._tried_keys, self._newest = 0, 0
        self._quiet_until, self._refreshed, self._looked = 0.0, 0.0, 0.0
        self._last, self._told_until = 0.0, 0.0
        self._stopped = False

    # -- the beginning and the end ------------------------------------------------------------------------------------
    def begin(self, plan: Plan, job: str, limits: Limits, *, spent: float = 0.0, started: float, owner: str) -> list[Event]:
        """Set out. ``spent``: what the job has cost before; ``started``: when it was planned; ``owner`` books its requests."""
        self._plan, self._job, self._limits, self._spent, self._owner = plan, job, limits, spent, owner
        self._started, self._began = started, time.monotonic()
        self._parts = {row: list(parts) for row, parts in plan.parts.items()}
        self._refreshed = self._last = self._clock()
        self._standing = self._stand()
        events = list[Event]()
        allowed = self._allowed_rows()
        for kinds, asks in self._requests():
            go = [ask for ask in asks if allowed is None or ask.row in allowed]
            if len(go) < len(asks):
                self._unasked.append((kinds, [ask for ask in asks if allowed is not None and ask.row not in allowed]))
            self._snapshots[kinds] = self._rotation.snapshot(kinds)
            self._tried_keys = max(self._tried_keys, len(self._snapshots[kinds]))
            events.append(JobStarted(kinds, plan.rows, len(go), len(self._snapshots[kinds])))
            self._queue(kinds, go)
        return events

    @property
    def is_over(self) -> bool:
        """Nothing is under way and nothing is left to do."""
        return not self._flying and not self._waiting and not any(self._fresh.values())

    def end(self) -> Ended:
        """Where the run stands."""
        return Ended(
            self._job,
            self._plan,
            self._parts,
            self._unasked,
            self._credits,
            self._calls,
            self._tried_keys,
            self._halt,
            self._exhausted,
        )

    @property
    def answered(self) -> frozenset[int]:
        """Rows whose answer has been told already."""
        return frozenset(self._done)

    def halt(self, halt: Halt) -> None:
        """Ask nobody any more; what is under way is still waited for."""
        self._halt = self._halt or halt

    def _requests(self) -> list[tuple[Kinds, list[Ask]]]:
        """One request for both kinds where a key of category ANY can be used, else one for each kind."""
        ready = self._plan.ready
        both = ready.get(BOTH, [])
        together = bool(both) and bool(self._rotation.snapshot(BOTH))
        groups: dict[Kinds, list[Ask]] = {BOTH: list(both)} if together else {}
        for kinds, asks in ready.items():
            if kinds != BOTH or not together:
                for kind in sorted(kinds):
                    groups.setdefault(frozenset({kind}), []).extend(asks)
        return list(groups.items())

    def _allowed_rows(self) -> frozenset[int] | None:
        if self._limits.rows is None:
            return None
        rows = dict.fromkeys(ask.row for asks in self._plan.ready.values() for ask in asks)
        return frozenset(list(rows)[: self._limits.rows])

    def _queue(self, kinds: Kinds, asks: Sequence[Ask]) -> None:
        """Rows in doubt first, at their account; then those somebody has paid for; the rest may be asked by anyone."""
        free = list[Ask]()
        groups: dict[tuple[str, str], list[Ask]] = {}
        for ask in asks:
            if ask.pin is not None:
                groups.setdefault(("pin", ask.pin.account_id), []).append(ask)
            elif ask.payer is not None and ask.payer.lusha_id and self._policy.store:
                groups.setdefault(("payer", ask.payer.account_id), []).append(ask)
            else:
                free.append(ask)
        for (why, _), some in sorted(groups.items()):
            for part in _parts(some, self._policy.batch):
                pin, payer = (part[0].pin, None) if why == "pin" else (None, part[0].payer)
                self._waiting.append(Batch(part, kinds, pin, payer))
        self._fresh[kinds] = deque(free)

    # -- a turn -------------------------------------------------------------------------------------------------------
    def turn(self, replies: Sequence[tuple[Sending, Reply]]) -> Turn:
        """Take in the replies, then reserve what may be sent now. Raises EnrichError when the data cannot be written."""
        self._look_for_a_stop()
        self._look_at_the_clock()
        turn = Turn()
        try:
            with self._transaction():
                self._hear(turn, replies)
                if self._stopped or self._halt:
                    self._give_up()
                elif not self._resting(turn):
                    self._refresh(turn)
                    self._reserve(turn)
        except Exception:
            self._save(replies)
            raise
        for sending in turn.sendings:
            self._flying[sending.reserved.attempt] = sending
            self._newest = max(self._newest, sending.reserved.attempt)
            self._calls += 1
        return turn

    def _look_for_a_stop(self) -> None:
        """This program's own stop at once, that of another one now and then."""
        if self._stopping():
            self._stopped = True
        elif time.monotonic() - self._looked >= LOOK_S:
            self._looked = time.monotonic()
            self._stopped = self._stopped or self._journal.is_to_stop(self._job)

    def _look_at_the_clock(self) -> None:
        """Set back, it would make what waits a few seconds wait for so much longer; forward, things only come early."""
        now = self._clock()
        if (back := self._last - now) > 0:
            self._waiting = [replace(batch, due=batch.due - back) for batch in self._waiting]
            self._quiet_until -= back
            self._storm.set_back(back)
        self._last = now

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
        self._stopped = True

    def release(self, sending: Sending) -> None:
        """Nothing was sent after all: take the reservation back."""
        self._flying.pop(sending.reserved.attempt)
        self._calls -= 1
        self._rotation.reserving.release(self._job, sending.reserved, sending.batch.kinds)
        self._waiting.append(sending.batch)

    def _hear(self, turn: Turn, replies: Sequence[tuple[Sending, Reply]]) -> None:
        afters = [(one, reply, self._rotation.settle(one, reply, self._job)) for one, reply in replies]
        for sending, reply, after in afters:
            self._take_in(turn, sending, reply, after)
        if any(after.settled.changed for _, _, after in afters):
            self._alert(turn)
        if afters:
            turn.events.append(self._progress())

    def _save(self, replies: Sequence[tuple[Sending, Reply]]) -> None:
        """The turn broke and was rolled back: what Lusha said is kept all the same, each reply by itself."""
        for sending, reply in replies:
            self._flying.pop(sending.reserved.attempt, None)
            with suppress(Exception):
                self._rotation.settle(sending, reply, self._job)

    def _take_in(self, turn: Turn, sending: Sending, reply: Reply, after: After) -> None:
        self._flying.pop(sending.reserved.attempt, None)
        turn.events += after.events
        for row, answer in after.answers:
            self._answer(row, answer)
        if isinstance(reply, Answered):
            self._credits += reply.charged or 0.0
            self._worked(turn, sending)
        self._judge(turn, sending, after)
        self._waiting += after.batches

    def _answer(self, row: int, answer: Answer) -> None:
        self._parts.setdefault(row, []).append(answer)
        if row not in self._done:
            self._done.add(row)
        self._found += answer.person is not None and answer.status is not RowStatus.NOT_FOUND

    def _worked(self, turn: Turn, sending: Sending) -> None:
        self._breaker.worked()
        self._tries.worked()
        if self._storm.worked(sending.reserved.attempt):
            turn.events.append(Alert("storm_over", words.STORM_OVER))

    def _judge(self, turn: Turn, sending: Sending, after: After) -> None:
        """What an answer means for the whole run."""
        verdict = after.verdict
        if after.halt is not None:
            self.halt(after.halt)
        if not self._policy.guarded:
            return
        if verdict.move is Move.PIN and sending.batch.move is not Move.PIN:
            self._doubt += sending.reserved.credits  # a cap holds even if Lusha charges for what it did not say
        if verdict.move in {Move.PIN, Move.OFFLINE, Move.SERVER}:
            self._tries.doubtful()
            if verdict.move is Move.OFFLINE:
                self._quiet_until = max((batch.due for batch in after.batches), default=0.0)
            if verdict.move is Move.SERVER and after.mark is not None and self._tries.server_failed():
                self.halt(halted("E22"))
            if self._tries.left <= 0:
                self.halt(halted("RETRIES", verdict.text))
        if after.blamed is not None and self._breaker.blamed(verdict, after.blamed):
            self.halt(halted("UNIFORM", verdict.text))
        kind = class_of(verdict, after.mark)
        if kind is not None and not self._limits.interactive:
            self._weather(turn, sending, after, kind)

    def _weather(self, turn: Turn, sending: Sending, after: After, kind: Class) -> None:
        """A key was marked: is it the key, or everybody?"""
        usable = len({key.account_id for snapshot in self._snapshots.values() for key in snapshot})
        reserved, settled = sending.reserved, after.settled
        marks = self._storm.failed(
            kind,
            self._clock(),
            reserved.key.account_id,
            reserved.attempt,
            settled.marks,
            proven=settled.proven,
            usable=usable,
            newest=self._newest,
        )
        if not marks:
            return
        back = self._rotation.settling.void(marks, words.STORM_VOID)
        turn.events += [KeyBack(one.key.last4, one.key.account, words.NOT_TO_BLAME) for one in back]
        until = datetime.fromtimestamp(self._storm.resting_until or self._clock(), UTC)
        turn.events.append(PoolResting(until, len(marks)))
        if self._storm.is_over:
            self.halt(halted("STORM", after.verdict.text))

    def _alert(self, turn: Turn) -> None:
        """What the owner of the keys should know, once, when it becomes so."""
        after = self._stand()
        turn.events += [Alert(alert.code, alert.sentence) for alert in alerts(self._standing, after)]
        self._standing = after

    def _stand(self) -> Standing:
        return Standing(datetime.fromtimestamp(self._clock(), UTC), self._keys.list(), self._keys.accounts())

    def _progress(self) -> Progress:
        done, rows = len(self._done), self._plan.to_send
        passed = time.monotonic() - self._began
        eta = passed * (rows - done) / done if done >= LEAST_FOR_ETA else None
        return Progress(done, rows, self._found, self._credits, len(self._flying), eta)

    # -- what is asked next -------------------------------------------------------------------------------------------
    def _resting(self, turn: Turn) -> bool:
        """Whether nobody is to be asked right now: in a storm, without a network, or while a probe is out."""
        until = max(self._storm.resting_until or 0.0, self._quiet_until)
        if self._clock() < until:
            turn.wake_at(until)
            return True
        return self._storm.resting_until is not None and bool(self._flying)

    def _refresh(self, turn: Turn) -> None:
        """Keys that were added or came back since are tried after those of the start."""
        if abs(self._clock() - self._refreshed) >= REFRESH_S:
            self._refreshed = self._clock()
            self._alert(turn)
            for kinds in self._snapshots:
                self._join(kinds)

    def _join(self, kinds: Kinds) -> bool:
        known = {key.id for key in self._snapshots[kinds]}
        new = [key for key in self._rotation.snapshot(kinds) if key.id not in known]
        self._snapshots[kinds] += new
        return bool(new)

    def _reserve(self, turn: Turn) -> None:
        self._sight = self._rotation.reserving.look([key for keys in self._snapshots.values() for key in keys])
        now, waiting, self._waiting = self._clock(), self._waiting, []
        for place, batch in enumerate(waiting):
            if batch.due > now:
                turn.wake_at(batch.due)
                self._waiting.append(batch)
            elif self._full(turn) or turn.read:
                self._waiting += waiting[place:]
                return
            else:
                self._try(turn, batch)
        for kinds in self._fresh:
            while self._fresh[kinds] and not self._full(turn) and not turn.read:
                if not self._try_fresh(turn, kinds):
                    break

    def _full(self, turn: Turn) -> bool:
        if self._storm.resting_until is not None:
            return bool(turn.sendings or self._flying)
        return len(self._flying) + len(turn.sendings) >= self._policy.senders

    def _try(self, turn: Turn, batch: Batch) -> None:
        """A batch that is on its way already."""
        got, events = self._start(turn, batch)
        turn.events += events
        match got:
            case Sending():
                turn.sendings.append(replace(got, batch=replace(batch, asks=got.reserved.asks)))
                if rest := batch.asks[len(got.reserved.asks) :]:
                    self._waiting.append(replace(batch, asks=rest))
            case Unread():
                turn.read.append(got.key)
                self._waiting.append(batch)
            case Elsewhere():
                self._elsewhere(turn, batch, got)
            case Wait() if self._takes_too_long(turn, got):
                if batch.pin is None:
                    self._nobody(turn, batch)
                else:
                    self._doubtful(turn, batch)
            case Wait():
                self._hold(turn, got)
                self._waiting.append(batch)
            case Capped():
                self._capped(turn, got)
                self._waiting.append(batch)
            case None:
                self._nobody(turn, batch)

    def _try_fresh(self, turn: Turn, kinds: Kinds) -> bool:
        """The next rows nobody has been asked for yet; False when there is no use in trying again this turn."""
        queue = self._fresh[kinds]
        batch = Batch(tuple(queue[place] for place in range(min(self._size(kinds), len(queue)))), kinds)
        got, events = self._start(turn, batch)
        turn.events += events
        match got:
            case Sending():
                for _ in got.reserved.asks:
                    queue.popleft()
                turn.sendings.append(replace(got, batch=replace(batch, asks=got.reserved.asks)))
                return True
            case Unread():
                turn.read.append(got.key)
                return False
            case Elsewhere():
                for _ in batch.asks:
                    queue.popleft()
                self._elsewhere(turn, batch, got)
                return True
            case Wait() if self._takes_too_long(turn, got):
                return self._exhaust(kinds)
            case Wait():
                self._hold(turn, got)
                return False
            case Capped():
                self._capped(turn, got)
                return False
            case None:
                return self._out_of_keys(turn, kinds)

    def _start(self, turn: Turn, batch: Batch) -> tuple[Sending | Unread | Elsewhere | Wait | Capped | None, list[Event]]:
        flying = sum(one.reserved.credits for one in (*self._flying.values(), *turn.sendings))
        cap = self._limits.credits
        spare = None if cap is None else cap - self._spent - self._credits - self._doubt - flying
        frame = Frame(self._job, self._owner, self._started, self._limits.interactive, spare, self._size(batch.kinds))
        return self._rotation.start(self._sight, frame, batch, self._snapshots[batch.kinds])

    def _size(self, kinds: Kinds) -> int:
        """25 people a request; more only where the known request windows would not carry the rows that are left."""
        if self._policy.batch != BATCH or self._policy.most_batch <= BATCH:
            return self._policy.batch
        left = len(self._fresh[kinds])
        carries = self._sight.carries(self._snapshots[kinds], self._clock()) if left > BATCH else None
        if not carries or carries * BATCH >= left:
            return BATCH
        return min(self._policy.most_batch, -(-left // (carries * BATCH)) * BATCH)

    # -- what stands in the way ---------------------------------------------------------------------------------------
    def _hold(self, turn: Turn, wait: Wait) -> None:
        if wait.until is not None:
            turn.wake_at(wait.until)
        if self._flying or turn.sendings:
            return
        if wait.until is None:
            turn.recover = True  # another program's requests fill the account
            turn.wake_at(self._clock() + HELD_S)
        elif wait.until - self._clock() > PATIENCE_S:
            self._say_wait(turn, wait.until, words.waiting_for_window)

    def _say_wait(self, turn: Turn, until: float, sentence: Callable[[datetime, datetime], str]) -> None:
        """Say once what is waited for; it is looked at several times a second."""
        if abs(until - self._told_until) < 1:
            return
        self._told_until = until
        at = datetime.fromtimestamp(until, UTC)
        turn.events.append(Waiting(at, sentence(at, datetime.fromtimestamp(self._clock(), UTC))))

    def _capped(self, turn: Turn, capped: Capped) -> None:
        """The cap is reached, unless what is under way turns out cheaper than it could be."""
        if not self._flying and not turn.sendings:
            self.halt(halted("CAP_DAY" if capped.day else "CAP"))
            turn.wake_at(self._clock())

    def _elsewhere(self, turn: Turn, batch: Batch, found: Elsewhere) -> None:
        """Rows that somebody else has answered, is asking for, or has left in doubt."""
        rest, held = list[Ask](), list[Ask]()
        for ask in batch.asks:
            if ask.row in found.known:
                answer = combine([stored(one) for one in found.known[ask.row]], batch.kinds)
                self._rotation.settling.final(self._job, None, ask, batch.kinds, answer)
                self._answer(ask.row, answer)
                turn.events.append(RowDone(ask.row, answer))
            elif ask.row in found.busy:
                held.append(ask)
            elif ask.row in found.pins:
                self._back(turn, Batch((replace(ask, pin=found.pins[ask.row]),), batch.kinds, found.pins[ask.row]))
            else:
                rest.append(ask)
        if held:
            turn.recover = True
            turn.wake_at(self._clock() + HELD_S)
            self._waiting.append(replace(batch, asks=tuple(held), due=self._clock() + HELD_S))
        if rest:
            self._back(turn, replace(batch, asks=tuple(rest)))

    def _nobody(self, turn: Turn, batch: Batch) -> None:
        """No key can be used for a batch that was on its way."""
        if batch.key:  # another key of the same account, or anybody's when nothing is in doubt
            self._back(turn, replace(batch, key="", left=batch.left | {batch.key}))
        elif batch.payer is not None:
            self._back(turn, replace(batch, payer=None))
        elif batch.pin is None and not self._policy.guarded and self._had_every_key(batch):
            self._failed(turn, batch)
        elif batch.pin is None:
            self._fresh[batch.kinds].extendleft(reversed(batch.asks))
        elif self._comes_back(turn, batch.kinds, batch.pin.account_id):
            self._waiting.append(replace(batch, left=frozenset()))
        else:
            self._doubtful(turn, batch)

    def _had_every_key(self, batch: Batch) -> bool:
        """Whether keys that can be used are out of the question only because they were tried for it already."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        return any(key.id in batch.left and key.usable(now) for key in self._sight.keys.values())

    def _failed(self, turn: Turn, batch: Batch) -> None:
        """Every key had its try, as the first script gives each row; nothing is learned, so asking again has no end."""
        for ask in batch.asks:
            answer = Answer(RowStatus.FAILED, reason=words.EVERY_KEY_TRIED, kinds=batch.kinds)
            self._rotation.settling.final(self._job, None, ask, batch.kinds, answer)
            self._answer(ask.row, answer)
            turn.events.append(RowDone(ask.row, answer))

    def _doubtful(self, turn: Turn, batch: Batch) -> None:
        for row, answer in self._rotation.doubtful(batch):
            self._answer(row, answer)
            turn.events.append(RowDone(row, answer))

    def _out_of_keys(self, turn: Turn, kinds: Kinds) -> bool:
        """No key of the snapshot can be used. True when one has joined meanwhile and it can be tried again."""
        if self._join(kinds):
            self._sight = self._rotation.reserving.look([key for keys in self._snapshots.values() for key in keys])
            return True
        if self._flying or turn.sendings or self._comes_back(turn, kinds):
            return False
        return self._exhaust(kinds)

    def _exhaust(self, kinds: Kinds) -> bool:
        """Nobody can be asked for these kinds any more."""
        self._exhausted |= kinds
        self._tried_keys = len(self._snapshots[kinds]) or self._tried_keys
        self._unasked.append((kinds, list(self._fresh[kinds])))
        self._fresh[kinds].clear()
        return False

    def _takes_too_long(self, turn: Turn, wait: Wait) -> bool:
        """Whether every account's request window opens later than anybody waits for."""
        if wait.until is None or self._flying or turn.sendings:
            return False
        waits = self._limits.wait and not self._limits.interactive
        return wait.until - self._clock() > (max(PATIENCE_S, self._policy.wait_s) if waits else PATIENCE_S)

    def _comes_back(self, turn: Turn, kinds: Kinds, account_id: str = "") -> bool:
        """Whether a key is back soon enough to wait for it, which is said."""
        if not self._limits.wait or self._limits.interactive or not self._policy.wait_s:
            return False
        keys = [key for key in self._keys.list() if account_id in {"", key.account_id}]
        now = datetime.fromtimestamp(self._clock(), UTC)
        back = first_back(keys, kinds, now)
        if back is None or back - now > timedelta(seconds=self._policy.wait_s):
            return False
        if back > now:
            self._say_wait(turn, back.timestamp(), words.waiting_for_key)
            turn.wake_at(back.timestamp())
        return True

    def _back(self, turn: Turn, batch: Batch) -> None:
        """To be tried again in the next turn, which follows at once."""
        self._waiting.append(batch)
        turn.wake_at(self._clock())

    def _give_up(self) -> None:
        """The run ends: rows in doubt say so, the others were not reached."""
        for batch in self._waiting:
            if batch.pin is not None:
                for row, answer in self._rotation.doubtful(batch):
                    self._answer(row, answer)
            else:
                self._unasked.append((batch.kinds, list(batch.asks)))
        self._waiting.clear()
        for kinds, asks in self._fresh.items():
            if asks:
                self._unasked.append((kinds, list(asks)))
                asks.clear()


def _parts(asks: Sequence[Ask], size: int) -> list[tuple[Ask, ...]]:
    return [tuple(asks[start : start + size]) for start in range(0, len(asks), size)]
