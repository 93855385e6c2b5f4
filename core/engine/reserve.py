"""Before sending: whose turn it is, whether it is too early, and the attempt that is committed first."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from core.database import Connection, Database
from core.engine.answers import Ask, Said
from core.engine.limits import SPARE, Window, slot
from core.engine.policy import BATCH, Policy
from core.engine.verdict import Move
from core.keys import attempts
from core.keys.attempts import Account
from core.model import Key, KeyStatus, Kind
from core.owner import Owner
from core.results.journal import Journal, Pin
from core.results.store import Known, Payer, ResultStore

INTERACTIVE_EXTRA = 4  # requests of an account that a single look-up may have under way beside bulk work


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that travel together.

    They may be asked for by anyone, or only by the account of ``pin`` (it may have charged), or first by that of
    ``payer`` by Lusha's ids (it has paid). ``left`` are the keys that were tried and left; ``key`` is asked again in
    place (``tries`` times so far for ``move``) from ``due`` (Unix seconds) on.
    """

    asks: tuple[Ask, ...]
    kinds: frozenset[Kind]
    pin: Pin | None = None
    payer: Payer | None = None
    left: frozenset[str] = frozenset()
    key: str = ""
    move: Move | None = None
    tries: int = 0
    due: float = 0.0
    again: tuple[Said, ...] = ()  # what a second incomplete answer makes of these rows

    @property
    def whole(self) -> bool:
        """Whether it must go as it is: what may have been charged is asked for again in the same batch."""
        return self.pin is not None or bool(self.key)


@dataclass(frozen=True, slots=True)
class Frame:
    """The run that asks. ``spare``: credits it may still spend, None without a cap; ``most`` rows a request."""

    job: str
    started: float
    interactive: bool
    spare: float | None
    most: int


@dataclass(frozen=True, slots=True)
class Reserved:
    """A request that may be sent: its key, the attempt it is booked as, its rows and what it costs at most."""

    key: Key
    attempt: int
    asks: tuple[Ask, ...]
    credits: float
    probe: bool


@dataclass(frozen=True, slots=True)
class Unread:
    """This key's turn, but its secret has not been read yet: that may take long and happens outside."""

    key: Key


@dataclass(frozen=True, slots=True)
class Wait:
    """Nobody may be asked right now: until ``until`` (Unix seconds), or (None) until a request under way ends."""

    until: float | None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Somebody else was quicker: ``known`` answers by row, rows that are ``busy`` elsewhere, rows that are pinned."""

    known: Mapping[int, tuple[Known, ...]]
    busy: frozenset[int]
    pins: Mapping[int, Pin]


@dataclass(frozen=True, slots=True)
class Capped:
    """No account can take even one row within the credits the run may still spend."""


class Reserving:
    """Commits attempts. ``clock`` is Unix seconds."""

    def __init__(
        self,
        db: Database,
        journal: Journal,
        results: ResultStore,
        clock: Callable[[], float],
        *,
        owner: Owner,
        policy: Policy,
    ) -> None:
        self._db, self._journal, self._results, self._clock = db, journal, results, clock
        self._owner, self._policy = owner, policy

    def reserve(
        self, frame: Frame, batch: Batch, candidates: Sequence[Key], read: Container[tuple[str, int]]
    ) -> Reserved | Unread | Elsewhere | Wait | Capped | None:
        """Book the batch, or its first rows, with the first of ``candidates`` that may be asked at once.

        Wait when all that can be used are busy or paced; None when none can be used any more. ``read`` are (key, epoch)
        whose secret is in memory.
        """
        with self._db.write() as con:
            elsewhere = self._elsewhere(con, frame, batch) if self._policy.store else None
            if elsewhere is not None:
                return elsewhere
            return self._book(con, frame, batch, candidates, read)

    def _book(
        self, con: Connection, frame: Frame, batch: Batch, candidates: Sequence[Key], read: Container[tuple[str, int]]
    ) -> Reserved | Unread | Wait | Capped | None:
        now, waits, busy, capped = self._clock(), list[float](), False, False
        accounts = attempts.accounts_of(con, {key.account_id for key in candidates})
        for key in self._ordered(self._fresh(con, candidates), accounts, batch):
            account = accounts[key.account_id]
            within = self._within(frame, account, batch)
            rows = min(within, self._room(frame, account, key, len(batch.asks), whole=batch.whole))
            if not rows:
                busy, capped = busy or bool(within), capped or not within
                continue
            if (key.id, key.epoch) not in read:
                return Unread(key)
            start = self._take(con, frame, account, key, now)
            if start <= now:
                return self._open(con, frame, batch, key, batch.asks[:rows], account, now)
            waits.append(start)
        if waits or busy:
            return Wait(min(waits, default=None))
        return Capped() if capped else None

    def _elsewhere(self, con: Connection, frame: Frame, batch: Batch) -> Elsewhere | None:
        """What another program has found out, is asking for, or has left in doubt, since this run was planned."""
        rows = {ask.person_fp: ask.row for ask in batch.asks}
        people = sorted(rows)
        known: dict[int, tuple[Known, ...]] = {}
        for one in self._results.newer(con, people, batch.kinds, frame.started):
            known[rows[one.person_fp]] = (*known.get(rows[one.person_fp], ()), one)
        complete = {row: found for row, found in known.items() if {one.kind for one in found} >= batch.kinds}
        claims = self._journal.claims(con, frame.job, people, batch.kinds)
        busy = frozenset(rows[fp] for fp in claims.busy) - complete.keys()
        pins = {rows[fp]: pin for fp, pin in claims.pins.items() if rows[fp] not in complete} if batch.pin is None else {}
        return Elsewhere(complete, busy, pins) if complete or busy or pins else None

    def _fresh(self, con: Connection, candidates: Sequence[Key]) -> list[Key]:
        """The candidates as they stand now, those that may be asked: another program may have changed them."""
        stored = {key.id: key for id_ in {key.account_id for key in candidates} for key in attempts.keys_of(con, id_)}
        now = datetime.fromtimestamp(self._clock(), UTC)
        found = [stored[key.id] for key in candidates if key.id in stored]
        return [key for key in found if key.usable(now)]

    def _ordered(self, keys: list[Key], accounts: Mapping[str, Account], batch: Batch) -> list[Key]:
        """By the policy; whoever seems to have too few credits for one row comes last (an estimate: it is still asked)."""

        def rank(key: Key) -> tuple[float, ...]:
            one = accounts[key.account_id]
            left = one.credits_left
            poor = float(left is not None and left - one.open_credits < one.prices.worst(1, batch.kinds))
            used = key.last_used_at.timestamp() if key.last_used_at else 0.0
            match self._policy.order:
                case "in_order":
                    return (0.0,)
                case "lru":
                    return (poor, key.priority, one.open, one.last_used_at, used)
                case "expiry":
                    return (poor, key.priority, one.renews_at if one.renews_at is not None else float("inf"))
                case _:
                    return (poor, key.priority)

        return sorted(keys, key=rank)

    def _within(self, frame: Frame, account: Account, batch: Batch) -> int:
        """How many of the rows the money allows: the run's cap is hard, the account's balance only an estimate."""
        most = min(len(batch.asks), frame.most) if not batch.whole else len(batch.asks)
        by_id = batch.payer is not None
        if frame.spare is not None:
            most = account.prices.affordable(frame.spare, batch.kinds, most, by_id=by_id)
            if batch.whole and most < len(batch.asks):
                return 0
        if account.credits_left is None or batch.whole or not most:
            return most
        left = account.credits_left - account.open_credits
        return max(1, account.prices.affordable(left, batch.kinds, most, by_id=by_id))

    def _room(self, frame: Frame, account: Account, key: Key, rows: int, *, whole: bool) -> int:
        """How many rows may be under way there beside what is: a probe goes alone, bulk work bounds the rows in doubt."""
        if not account.open:
            return BATCH if key.status is not KeyStatus.ACTIVE and not whole else rows
        if key.status is not KeyStatus.ACTIVE:
            return 0
        if frame.interactive:
            return rows if account.open < self._policy.in_flight + INTERACTIVE_EXTRA else 0
        room = self._policy.rows_in_flight - account.open_rows
        if account.open >= self._policy.in_flight or room < min(rows, BATCH) or (whole and room < rows):
            return 0
        return min(rows, room)

    def _take(self, con: Connection, frame: Frame, account: Account, key: Key, now: float) -> float:
        """When the account may be asked; if that is now, its slot and a place in its windows are taken."""
        if not self._policy.paced:
            return now
        whose = key.id if account.per_key else ""
        windows = windows_of(con, account.id, whose)
        start, tat = slot(account.tat, now, account.rate, spare=0.0 if frame.interactive else SPARE)
        start = max(start, *(window.opens(now) for window in windows.values()), now)
        if start <= now:
            attempts.take_slot(con, account.id, tat)
            for window in windows.values():
                keep_window(con, account.id, whose, window.counted(now))
        return start

    def _open(
        self, con: Connection, frame: Frame, batch: Batch, key: Key, asks: tuple[Ask, ...], account: Account, now: float
    ) -> Reserved:
        by_id, probe = batch.payer is not None, key.status is not KeyStatus.ACTIVE
        credits = account.prices.worst(len(asks), batch.kinds, by_id=by_id)
        seq = attempts.open_attempt(
            con,
            key,
            job=frame.job,
            rows=len(asks),
            credits=credits,
            at=now,
            probe=probe,
            owner=self._owner.id,
            by_id=by_id,
        )
        self._journal.sent(con, frame.job, [ask.row for ask in asks], batch.kinds, seq)
        return Reserved(key, seq, asks, credits, probe)

    def release(self, job: str, reserved: Reserved, kinds: frozenset[Kind]) -> None:
        """Take a reservation back: nothing was sent."""
        with self._db.write() as con:
            attempts.close_attempt(con, reserved.attempt, at=self._clock(), http=0, outcome="UNSENT", charged=0.0)
            self._journal.unsent(con, job, [ask.row for ask in reserved.asks], kinds)

    def recover(self) -> int:
        """Close what programs that are gone have left under way; their rows may be charged. Returns how many requests."""
        with self._db.read() as con:
            booked = attempts.open_by_others(con, self._owner.id)
        gone = [seq for seq, owner in booked if not self._owner.is_alive(owner)]
        if gone:
            with self._db.write() as con:
                for seq in gone:
                    self._journal.orphan(con, seq)
                    attempts.close_attempt(con, seq, at=self._clock(), http=0, outcome="ORPHAN", charged=None)
        for job in self._journal.left_open():
            self._journal.finish(job.id, "PAUSED", "The program ended before the run did.")
        return len(gone)

    def carries(self, candidates: Sequence[Key]) -> int | None:
        """How many more requests the windows of these keys' accounts carry now; None when one has no known window."""
        now, total = self._clock(), 0
        with self._db.read() as con:
            for account_id in {key.account_id for key in candidates}:
                windows = windows_of(con, account_id)
                if not windows:
                    return None
                total += min(window.room(now) for window in windows.values())
        return total


def windows_of(con: Connection, account_id: str, key_id: str = "") -> dict[int, Window]:
    """The windows of an account, or of one key of it, by span."""
    return {row[0]: Window(*row) for row in attempts.windows_of(con, account_id, key_id)}


def keep_window(con: Connection, account_id: str, key_id: str, window: Window) -> None:
    attempts.keep_window(con, account_id, key_id, (window.span, window.lim, window.used, window.start))
