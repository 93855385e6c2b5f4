"""What is asked next, and what stands in the way. Inside the transaction of a turn; sends nothing, waits for nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core import words
from core.engine.answers import Ask
from core.engine.events import Event, Waiting
from core.engine.outcome import first_back
from core.engine.policy import BATCH, Policy
from core.engine.reserve import Batch, Capped, Elsewhere, Frame, Unread, Wait
from core.engine.rotation import Rotation, Sending, halted
from core.engine.state import Kinds, Run, Turn
from core.keys.store import KeyStore
from core.model import Answer, Key, Kind, RowStatus
from core.results.journal import Pin
from core.results.store import Known

HELD_S = 1.0  # how often to look whether another program has got the answer
PATIENCE_S = 3.0  # how long a single look-up, or a run that is not to wait, waits for its turn all the same


class Asking:
    """Chooses batches of a run and whom to ask. ``clock`` is Unix seconds."""

    def __init__(self, run: Run, rotation: Rotation, keys: KeyStore, clock: Callable[[], float], policy: Policy) -> None:
        self._run, self._rotation, self._keys, self._clock, self._policy = run, rotation, keys, clock, policy
        self._told_until = 0.0

    def resting(self, turn: Turn) -> bool:
        """Whether nobody is to be asked right now: in a storm, without a network, or while a probe is out."""
        until = max(self._run.storm.resting_until or 0.0, self._run.quiet_until)
        if self._clock() < until:
            turn.wake_at(until)
            return True
        return self._run.storm.resting_until is not None and bool(self._run.flying)

    def join(self, kinds: Kinds) -> bool:
        """Take in keys that can be used now and were not there before, or belonged to another account. False without any."""
        before = {key.id: key for key in self._run.snapshots[kinds]}
        usable = {key.id: key for key in self._rotation.snapshot(kinds)}
        new = {id_ for id_, key in usable.items() if id_ not in before or before[id_].account_id != key.account_id}
        kept = [key for id_, key in before.items() if id_ not in new]
        self._run.snapshots[kinds] = kept + [usable[id_] for id_ in usable if id_ in new]
        return bool(new)

    def reserve(self, turn: Turn) -> None:
        """Reserve whatever may be sent now: what is on its way first, then rows nobody has been asked for yet."""
        self._sight = self._rotation.reserving.look(self._run.all_keys())
        now, waiting, self._run.waiting = self._clock(), self._run.waiting, []
        for place, batch in enumerate(waiting):
            if batch.due > now:
                turn.wake_at(batch.due)
                self._run.waiting.append(batch)
            elif self._full(turn) or turn.read:
                self._run.waiting += waiting[place:]
                return
            else:
                self._try(turn, batch)
        for kinds in list(self._run.fresh):
            while self._run.fresh[kinds] and not self._full(turn) and not turn.read:
                if not (self._held_back(turn, kinds) or self._try_fresh(turn, kinds)):
                    break

    def _full(self, turn: Turn) -> bool:
        if self._run.storm.resting_until is not None:
            return bool(turn.sendings or self._run.flying)
        return len(self._run.flying) + len(turn.sendings) >= self._policy.senders

    def _try(self, turn: Turn, batch: Batch) -> None:
        """A batch that is on its way already."""
        got, events = self._start(turn, batch)
        turn.events += events
        match got:
            case Sending():
                turn.sendings.append(replace(got, batch=replace(batch, asks=got.reserved.asks)))
                if rest := batch.asks[len(got.reserved.asks) :]:
                    self._run.waiting.append(replace(batch, asks=rest))
            case Unread():
                turn.read.append(got.key)
                self._run.waiting.append(batch)
            case Elsewhere():
                self._elsewhere(turn, batch, got)
            case Wait() if self._takes_too_long(turn, got):
                if batch.pin is None:
                    self._nobody(turn, batch)
                else:
                    self._doubtful(turn, batch)
            case Wait():
                self._hold(turn, got)
                self._run.waiting.append(batch)
            case Capped():
                self._capped(turn, got)
                self._run.waiting.append(batch)
            case None:
                self._nobody(turn, batch)

    def _try_fresh(self, turn: Turn, kinds: Kinds) -> bool:
        """The next rows nobody has been asked for yet; False when there is no use in trying again this turn."""
        queue = self._run.fresh[kinds]
        batch = Batch(self._first(kinds), kinds)
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
                return self._exhaust(turn, kinds)
            case Wait():
                self._hold(turn, got)
                return False
            case Capped():
                self._capped(turn, got)
                return False
            case None:
                return self._out_of_keys(turn, kinds)

    def _first(self, kinds: Kinds) -> tuple[Ask, ...]:
        """As many of the rows nobody has been asked for yet as make a request."""
        queue = self._run.fresh[kinds]
        return tuple(queue[place] for place in range(min(self._size(kinds), len(queue))))

    def _held_back(self, turn: Turn, kinds: Kinds) -> bool:
        """Answer those of the next rows that must not be sent any more; whether there were any."""
        first, queue = self._first(kinds), self._run.fresh[kinds]
        held = self._rotation.held(first)
        if not held:
            return False
        for _ in first:
            queue.popleft()
        queue.extendleft(ask for ask in reversed(first) if ask.row not in held)
        for ask in first:
            if ask.row in held:
                answer = replace(held[ask.row], kinds=kinds)
                self._rotation.settling.final(self._run.job, None, ask, kinds, answer)
                turn.events += self._run.answer(ask.row, answer)
        return True

    def _start(self, turn: Turn, batch: Batch) -> tuple[Sending | Unread | Elsewhere | Wait | Capped | None, list[Event]]:
        run, spare = self._run, self._spare(turn)
        frame = Frame(run.job, run.owner, run.started, run.limits.interactive, spare, self._size(batch.kinds))
        return self._rotation.start(self._sight, frame, batch, self._able(batch.kinds))

    def _spare(self, turn: Turn) -> float | None:
        """Credits that the run may still spend, what is under way counted at its most; None without a cap."""
        run = self._run
        if run.limits.credits is None:
            return None
        flying = sum(one.reserved.credits for one in (*run.flying.values(), *turn.sendings))
        return run.limits.credits - run.spent - run.credits - run.doubt - flying

    def _able(self, kinds: Kinds) -> list[Key]:
        """The keys of the snapshot, and of those that came since, that no plan keeps from being asked for these kinds."""
        return [key for key in self._run.snapshots[kinds] if (key.account_id, kinds) not in self._run.barred]

    def _size(self, kinds: Kinds) -> int:
        """25 people a request; more only where the known request windows would not carry the rows that are left."""
        if self._policy.batch != BATCH or self._policy.most_batch <= BATCH:
            return self._policy.batch
        left = len(self._run.fresh[kinds])
        carries = self._sight.carries(self._run.snapshots[kinds], self._clock()) if left > BATCH else None
        if not carries or carries * BATCH >= left:
            return BATCH
        return min(self._policy.most_batch, -(-left // (carries * BATCH)) * BATCH)

    # -- what stands in the way ---------------------------------------------------------------------------------------
    def _hold(self, turn: Turn, wait: Wait) -> None:
        if wait.until is not None:
            turn.wake_at(wait.until)
        if self._run.flying or turn.sendings:
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
        if not self._run.flying and not turn.sendings:
            self._run.halt(halted("CAP_DAY" if capped.day else "CAP"))
            turn.wake_at(self._clock())

    def _elsewhere(self, turn: Turn, batch: Batch, found: Elsewhere) -> None:
        """Rows that somebody else has answered, is asking for, or has left in doubt."""
        rest, held, pinned = list[Ask](), list[Ask](), dict[tuple[Kinds, Pin | None], list[Ask]]()
        for ask in batch.asks:
            if ask.row in found.known:
                self._known(turn, batch, ask, found.known[ask.row])
            elif ask.row in found.busy:
                held.append(ask)
            elif ask.row in found.pins:
                for kinds, pin in _homes(batch.kinds, found.pins[ask.row]):
                    pinned.setdefault((kinds, pin), []).append(replace(ask, pin=pin))
            else:
                rest.append(ask)
        for (kinds, pin), asks in pinned.items():
            self._separate(turn, Batch(tuple(asks), kinds, pin))
        if held:
            turn.recover = True
            turn.wake_at(self._clock() + HELD_S)
            self._run.waiting.append(replace(batch, asks=tuple(held), due=self._clock() + HELD_S))
        if rest:
            self._back(turn, replace(batch, asks=tuple(rest)))

    def _known(self, turn: Turn, batch: Batch, ask: Ask, known: Sequence[Known]) -> None:
        """Somebody else has got the answer, or that for one of the kinds; only the others are still asked for."""
        kinds = frozenset(one.kind for one in known)
        answer = self._rotation.told(known, ask.prospect, kinds)
        self._rotation.settling.final(self._run.job, None, ask, kinds, answer)
        turn.events += self._run.answer(ask.row, answer)
        if rest := batch.kinds - kinds:
            self._separate(turn, replace(batch, asks=(ask,), kinds=rest, key="", move=None))

    def _separate(self, turn: Turn, batch: Batch) -> None:
        """Rows that are asked for fewer kinds than they set out with."""
        self._run.snapshots.setdefault(batch.kinds, self._rotation.snapshot(batch.kinds))
        self._run.fresh.setdefault(batch.kinds, deque())
        self._sight = self._rotation.reserving.look(self._run.all_keys())
        self._back(turn, batch)

    def _apart(self, turn: Turn, batch: Batch) -> bool:
        """No key may be asked for all kinds at once: keys of one kind each may. False when there are none."""
        singles = [frozenset({kind}) for kind in sorted(batch.kinds)]
        home = batch.pin.account_id if batch.pin else ""
        able = [one for one in singles if any(self._serves(key, one, home) for key in self._rotation.snapshot(one))]
        if len(singles) < 2 or not able:
            return False
        for one in singles:
            self._separate(turn, replace(batch, kinds=one, key="", move=None, payer=None))
        return True

    def _serves(self, key: Key, kinds: Kinds, home: str) -> bool:
        return home in {"", key.account_id} and (key.account_id, kinds) not in self._run.barred

    def _nobody(self, turn: Turn, batch: Batch) -> None:
        """No key can be used for a batch that was on its way."""
        if batch.key:  # another key of the same account, or anybody's when nothing is in doubt
            self._back(turn, replace(batch, key="", left=batch.left | {batch.key}))
        elif batch.payer is not None:
            self._back(turn, replace(batch, payer=None))
        elif batch.pin is None and not self._policy.guarded and self._had_every_key(batch):
            self._failed(turn, batch)
        elif batch.pin is None:
            self._run.fresh[batch.kinds].extendleft(reversed(batch.asks))
        elif self._apart(turn, batch):
            return
        elif self._comes_back(turn, batch.kinds, batch.pin.account_id):
            self._run.waiting.append(replace(batch, left=frozenset()))
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
            self._rotation.settling.final(self._run.job, None, ask, batch.kinds, answer)
            turn.events += self._run.answer(ask.row, answer)

    def _doubtful(self, turn: Turn, batch: Batch) -> None:
        for row, answer in self._rotation.doubtful(batch):
            turn.events += self._run.answer(row, answer)

    def _out_of_keys(self, turn: Turn, kinds: Kinds) -> bool:
        """No key of the snapshot can be used. True when one has joined meanwhile and it can be tried again."""
        if self.join(kinds):
            self._sight = self._rotation.reserving.look(self._run.all_keys())
            return True
        if self._run.flying or turn.sendings or self._comes_back(turn, kinds):
            return False
        return self._exhaust(turn, kinds)

    def _exhaust(self, turn: Turn, kinds: Kinds) -> bool:
        """Nobody can be asked for these kinds any more, unless keys of one kind each can."""
        rest = Batch(tuple(self._run.fresh[kinds]), kinds)
        if self._apart(turn, rest):
            self._run.fresh[kinds].clear()
            return False
        self._run.exhausted |= kinds
        self._run.tried_keys = len(self._run.snapshots[kinds]) or self._run.tried_keys
        self._run.leave(kinds, self._run.fresh[kinds])
        self._run.fresh[kinds].clear()
        return False

    def _takes_too_long(self, turn: Turn, wait: Wait) -> bool:
        """Whether every account's request window opens later than anybody waits for."""
        if wait.until is None or self._run.flying or turn.sendings:
            return False
        waits = self._run.limits.wait and not self._run.limits.interactive
        return wait.until - self._clock() > (max(PATIENCE_S, self._policy.wait_s) if waits else PATIENCE_S)

    def _comes_back(self, turn: Turn, kinds: Kinds, account_id: str = "") -> bool:
        """Whether a key is back soon enough to wait for it, which is said."""
        if not self._run.limits.wait or self._run.limits.interactive or not self._policy.wait_s:
            return False
        keys = [key for key in self._keys.list() if self._serves(key, kinds, account_id)]  # a barred one comes back to no use
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
        self._run.waiting.append(batch)
        turn.wake_at(self._clock())


def _homes(kinds: Kinds, pins: Mapping[Kind, Pin]) -> list[tuple[Kinds, Pin | None]]:
    """Where a row in doubt is asked for: all kinds together at one account, or each kind at the one that may have charged."""
    own = {kind: pins.get(kind) for kind in sorted(kinds)}
    if len({pin.account_id if pin else "" for pin in own.values()}) == 1:
        return [(kinds, next(iter(own.values())))]
    return [(frozenset({kind}), pin) for kind, pin in own.items()]
