"""A run on its way, as values: what is left, what is under way, what has come, and why it may have to end."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.engine.answers import Ask
from core.engine.events import Event, RowDone
from core.engine.guards import Storm
from core.engine.outcome import Ended
from core.engine.preflight import Plan, combine
from core.engine.reserve import Batch
from core.engine.rotation import Halt, Sending
from core.model import Answer, Key, Kind, RowStatus

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


@dataclass(slots=True)
class Run:
    """The state of one run. ``spent``: what the job has cost before; ``started``: when it was planned (Unix seconds)."""

    plan: Plan
    job: str
    owner: str
    limits: Limits
    spent: float
    started: float
    parts: dict[int, list[Answer]]  # by row
    lacking: dict[int, Kinds]  # the kinds each row is asked for
    fresh: dict[Kinds, deque[Ask]] = field(default_factory=dict)  # nobody has been asked yet
    waiting: list[Batch] = field(default_factory=list)  # on their way, to be asked again or at one account
    flying: dict[int, Sending] = field(default_factory=dict)  # by attempt
    unasked: list[tuple[Kinds, list[Ask]]] = field(default_factory=list)  # given up
    snapshots: dict[Kinds, list[Key]] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)
    found: set[int] = field(default_factory=set)
    storm: Storm = field(default_factory=Storm)
    credits: float = 0.0
    doubt: float = 0.0  # what answers that got lost may have cost
    calls: int = 0
    newest: int = 0  # the latest attempt
    tried_keys: int = 0
    barred: set[tuple[str, Kinds]] = field(default_factory=set)  # what the plan of an account forbids, found out in this run
    quiet_until: float = 0.0  # without a network nobody is asked before
    halted: Halt | None = None
    exhausted: Kinds = frozenset()
    stopped: bool = False
    began: float = field(default_factory=time.monotonic)

    @property
    def is_over(self) -> bool:
        """Nothing is under way and nothing is left to do."""
        return not self.flying and not self.waiting and not any(self.fresh.values())

    def halt(self, halt: Halt) -> None:
        """Ask nobody any more; what is under way is still waited for."""
        self.halted = self.halted or halt

    def answer(self, row: int, answer: Answer) -> list[RowDone]:
        """A row has an answer, which is in the journal. It is told when all kinds that it lacked have one."""
        parts = self.parts.setdefault(row, [])
        parts.append(answer)
        if answer.person is not None and answer.status is not RowStatus.NOT_FOUND:
            self.found.add(row)
        kinds = frozenset[Kind]().union(*(part.kinds for part in parts))
        if not kinds >= self.lacking.get(row, kinds):
            return []
        self.done.add(row)
        told = combine(parts, kinds)
        if told.person is None:  # the last part said that nothing of the person may be told
            self.found.discard(row)
        return [RowDone(row, told)]

    def leave(self, kinds: Kinds, asks: Sequence[Ask]) -> None:
        """These rows are not asked for any more."""
        if asks:
            self.unasked.append((kinds, list(asks)))

    def all_keys(self) -> list[Key]:
        return [key for keys in self.snapshots.values() for key in keys]

    def ended(self) -> Ended:
        """Where the run stands."""
        return Ended(
            self.job,
            self.plan,
            self.parts,
            self.unasked,
            self.credits,
            self.calls,
            self.tried_keys,
            self.halted,
            self.exhausted,
            frozenset(account for account, kinds in self.barred if len(kinds) == 1 and kinds <= self.exhausted),
        )
