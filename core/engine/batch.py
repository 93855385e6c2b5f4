"""Many prospects: batches of 25, one stream of events on the caller's thread, and an end that says what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from core import words
from core.engine.answers import Ask
from core.engine.booking import worst_cost
from core.engine.events import Event, JobStarted, Progress, RowDone, Waiting
from core.engine.preflight import Plan, combine
from core.engine.rotation import Halt, Rotation
from core.errors import EnrichError
from core.keys.store import KeyStore
from core.model import Answer, Key, KeyStatus, Kind, RowStatus, SecretState
from core.results.journal import Journal, Unit

BATCH = 25  # one search credit covers 25 people
WAIT_S = 90.0  # a key that is back sooner is waited for
BOTH = frozenset(Kind)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may do: ``rows`` to send at most, ``credits`` to spend at most, whether to wait for a key."""

    rows: int | None = None
    credits: float | None = None
    wait: bool = True


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended. ``message`` is the sentence that stands first; ``stopped`` says the run ended before its end."""

    job: str
    kinds: frozenset[Kind]
    answers: dict[int, Answer]
    credits: float
    calls: int
    message: str
    detail: str
    halt: Halt | None
    exhausted: bool

    @property
    def stopped(self) -> bool:
        return self.exhausted or self.halt is not None

    def count(self, *statuses: RowStatus) -> int:
        return sum(answer.status in statuses for answer in self.answers.values())


@dataclass(slots=True)
class _Run:
    """A run on its way: the parts of each row's answer, what was spent, and what must end it."""

    plan: Plan
    job: str
    limits: Limits
    parts: dict[int, list[Answer]]
    sent: int = 0
    credits: float = 0.0
    calls: int = 0
    halt: Halt | None = None
    exhausted: frozenset[Kind] = frozenset()
    keys: int = 0
    done: set[int] = field(default_factory=set)


class Batches:
    """Runs plans. ``stopping`` says whether the person asked to stop; ``pause`` waits and returns False when so."""

    def __init__(
        self,
        *,
        rotation: Rotation,
        keys: KeyStore,
        journal: Journal,
        clock: Callable[[], float],
        pause: Callable[[float], bool],
        stopping: Callable[[], bool],
    ) -> None:
        self._rotation, self._keys, self._journal = rotation, keys, journal
        self._clock, self._pause, self._stopping = clock, pause, stopping

    def run(self, plan: Plan, *, source: str, sheet: str = "", limits: Limits | None = None) -> Generator[Event, None, Result]:
        """Answer every row of ``plan``. Whoever iterates gets each event in order; the return value is the result."""
        units = [Unit(ask.row, ask.prospect, ask.person_fp) for asks in plan.ready.values() for ask in asks]
        job = self._journal.begin(plan.kinds, units, source=source, sheet=sheet)
        run = _Run(plan, job, limits or Limits(), {row: list(parts) for row, parts in plan.parts.items()})
        try:
            for kinds, asks in self._requests(plan):
                yield from self._group(run, kinds, asks)
        except EnrichError as error:  # the key store locked, the disk full: the rows can be asked for later
            self._journal.finish(job, "PAUSED", error.title)
            raise
        finally:
            self._rotation.forget()
        result = self._result(run)
        state = "PAUSED" if result.stopped or self._stopping() else "DONE"
        self._journal.finish(job, state, result.message if state == "PAUSED" else "")
        for row, answer in sorted(result.answers.items()):
            if row not in run.done:
                yield RowDone(row, answer)
        return result

    def _requests(self, plan: Plan) -> list[tuple[frozenset[Kind], list[Ask]]]:
        """One request for both kinds where a key of category ANY can be used, else one for each kind."""
        both = plan.ready.get(BOTH, [])
        together = bool(both) and bool(self._rotation.snapshot(BOTH))
        groups: dict[frozenset[Kind], list[Ask]] = {BOTH: both} if together else {}
        for kinds, asks in plan.ready.items():
            if kinds != BOTH or not together:
                for kind in sorted(kinds):
                    groups.setdefault(frozenset({kind}), []).extend(asks)
        return list(groups.items())

    def _group(self, run: _Run, kinds: frozenset[Kind], asks: Sequence[Ask]) -> Generator[Event]:
        snapshot = self._rotation.snapshot(kinds)
        run.keys = max(run.keys, len(snapshot))
        yield JobStarted(kinds, run.plan.rows, len(asks), len(snapshot))
        left = list(asks)
        while left:
            size = self._size(run, kinds, len(left))
            if run.halt or run.exhausted & kinds or size == 0:
                break
            batch, left = left[:size], left[size:]
            waiting = yield from self._batch(run, kinds, snapshot, batch)
            left = waiting + left
            if waiting and not run.halt:
                later = yield from self._wait_for_a_key(run, kinds)
                if not later:
                    run.exhausted |= kinds
                    run.keys = len(snapshot) or run.keys
                else:
                    snapshot = later
        self._unanswered(run, kinds, left)

    def _batch(
        self, run: _Run, kinds: frozenset[Kind], snapshot: list[Key], batch: list[Ask]
    ) -> Generator[Event, None, list[Ask]]:
        """Ask for one batch; returns the rows no key could be used for."""
        done = yield from self._rotation.ask(batch, kinds, snapshot, run.job)
        run.sent += len(batch) - len(done.left)
        run.credits += done.credits
        run.calls += done.calls
        run.halt = done.halt
        for row, answer in done.answers.items():
            run.parts.setdefault(row, []).append(answer)
            run.done.add(row)
        found = sum(any(part.person for part in parts) for parts in run.parts.values())
        yield Progress(len(run.done), run.plan.to_send, found, run.credits)
        return list(done.left)

    def _size(self, run: _Run, kinds: frozenset[Kind], left: int) -> int:
        """How many rows the next request may have: 25, fewer at the end or near a limit, 0 when a limit is reached."""
        if self._stopping():
            return 0
        size = min(BATCH, left)
        if run.limits.rows is not None:
            size = min(size, run.limits.rows - run.sent)
        if run.limits.credits is not None:
            spare = run.limits.credits - run.credits
            size = next((n for n in range(size, 0, -1) if worst_cost(n, kinds) <= spare), 0)
            if size == 0 and run.halt is None:
                run.halt = Halt("CAP", *words.STOP["CAP"])
        return max(0, size)

    def _wait_for_a_key(self, run: _Run, kinds: frozenset[Kind]) -> Generator[Event, None, list[Key]]:
        """The keys that are back after a short wait; none when the first one is back too late."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        back = self.first_back(kinds)
        if not run.limits.wait or back is None or back - now > timedelta(seconds=WAIT_S):
            return []
        yield Waiting(back, "Every key rests. The first one is back soon.")
        return self._rotation.snapshot(kinds) if self._pause(max(0.0, (back - now).total_seconds()) + 0.01) else []

    def first_back(self, kinds: frozenset[Kind]) -> datetime | None:
        """When the first resting key for these kinds wakes by the clock."""
        times = [
            key.retry_at
            for key in self._keys.list()
            if key.category.serves(kinds)
            and key.retry_at is not None
            and not key.paused
            and key.secret is SecretState.HELD
            and key.status in {KeyStatus.EXHAUSTED, KeyStatus.ACTIVE}
        ]
        return min(times, default=None)

    def _unanswered(self, run: _Run, kinds: frozenset[Kind], left: Sequence[Ask]) -> None:
        """Rows that were not asked: waiting for a key, or stopped by the person or a limit."""
        waits = run.exhausted or (run.halt is not None and run.halt.code != "CAP")
        status, reason = (
            (RowStatus.WAITING, run.halt.title if run.halt else words.KEYS_OUT) if waits else (RowStatus.STOPPED, words.STOPPED)
        )
        for ask in left:
            run.parts.setdefault(ask.row, []).append(Answer(status, reason=reason, kinds=kinds))

    # -- the end ------------------------------------------------------------------------------------------------------
    def _result(self, run: _Run) -> Result:
        plan = run.plan
        answers = dict(plan.answers)
        for row, parts in run.parts.items():
            kinds = frozenset().union(*(part.kinds for part in parts)) or plan.kinds
            answers[row] = combine(parts, kinds)
        for row, earlier in plan.duplicates.items():
            answers[row] = _duplicate(answers[earlier], earlier)
        message, detail = self._sentences(run, answers)
        return Result(run.job, plan.kinds, answers, run.credits, run.calls, message, detail, run.halt, bool(run.exhausted))

    def _sentences(self, run: _Run, answers: dict[int, Answer]) -> tuple[str, str]:
        counts = Counter(answer.status for answer in answers.values())
        waiting = counts[RowStatus.WAITING]
        if run.halt:
            return run.halt.title, run.halt.message
        if run.exhausted:
            return self.keys_out(run.exhausted, run.keys), words.first_back(self.first_back(run.exhausted), waiting)
        found = counts[RowStatus.FOUND] + counts[RowStatus.PARTLY_FOUND] + counts[RowStatus.CHECK_MATCH]
        failed = counts[RowStatus.FAILED] + waiting + counts[RowStatus.STOPPED]
        detail = words.rest_of_summary(counts[RowStatus.FROM_STORE], counts[RowStatus.NOT_FOUND], run.credits)
        return words.complete(run.plan.kinds, found, failed), detail

    def keys_out(self, kinds: frozenset[Kind], tried: int) -> str:
        """Why no key can be used: exhausted, the true mix, or none at all."""
        keys = [key for key in self._keys.list() if any(key.category.serves(frozenset({kind})) for kind in kinds)]
        if not keys:
            return words.no_keys(kinds)
        exhausted = sum(key.status is KeyStatus.EXHAUSTED and not key.paused for key in keys)
        if exhausted:
            return words.all_exhausted(tried or exhausted, kinds)
        mix = Counter(_why_not(key) for key in keys)
        return words.none_ready(kinds, dict(sorted(mix.items())))


def _why_not(key: Key) -> str:
    if key.secret is not SecretState.HELD:
        return "missing"
    if key.paused:
        return "paused"
    return {
        KeyStatus.INVALID: "invalid",
        KeyStatus.PLAN_LIMIT: "plan limit",
        KeyStatus.EXHAUSTED: "used up",
        KeyStatus.ACTIVE: "resting",
    }[key.status]


def _duplicate(of: Answer, row: int) -> Answer:
    """The same person as an earlier row gets that row's data for nothing; what waits there waits here."""
    if of.status in {RowStatus.WAITING, RowStatus.STOPPED, RowStatus.FAILED}:
        return Answer(of.status, reason=of.reason, kinds=of.kinds)
    return Answer(
        RowStatus.DUPLICATE,
        of.person,
        words.duplicate_of(row),
        of.last4,
        of.account,
        0.0,
        of.request_id,
        of.at,
        kinds=of.kinds,
    )
