"""Before sending: whose turn it is, whether it is too early, and the attempt that is committed first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from core.database import Connection, Database
from core.engine.answers import Ask, Said
from core.engine.limits import SPARE, SPARE_OF_ONE, Window, slot
from core.engine.policy import BATCH, Policy
from core.engine.verdict import Move
from core.keys import attempts, caps, schedule
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
    doubt: float = 0.0  # credits that its lost request may have cost already: the repeat costs hardly more
    again: tuple[Said, ...] = ()  # what a second incomplete answer makes of these rows

    @property
    def whole(self) -> bool:
        """Whether it must go as it is: what may have been charged is asked for again in the same batch."""
        return self.pin is not None or bool(self.key)


@dataclass(frozen=True, slots=True)
class Frame:
    """The run that asks. ``spare``: credits it may still spend, None without a cap; ``most`` rows a request."""

    job: str
    owner: str
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
    """Somebody else was quicker: ``known`` answers by row (of some kinds or of all), rows ``busy`` elsewhere, kinds in doubt."""

    known: Mapping[int, tuple[Known, ...]]
    busy: frozenset[int]
    pins: Mapping[int, Mapping[Kind, Pin]]


@dataclass(frozen=True, slots=True)
class Capped:
    """No key can take even one row within the credits the run, or the ``day``, may still cost."""

    day: bool


@dataclass(slots=True)
class Sight:
    """What a turn sees of the pool: read once, then kept in step with what the turn itself books."""

    keys: dict[str, Key]
    accounts: dict[str, Account]
    windows: dict[str, dict[int, Window]]  # by account, or by key where windows belong to keys
    day: dict[str, float]  # credits that today's caps leave to a key; a key without a cap is not in it

    def booked(self, account: Account, rows: int, credits: float, tat: float, now: float) -> None:
        """One more request of the account is under way. Its cost counts against every cap until the next look."""
        self.day = {key_id: left - credits for key_id, left in self.day.items()}
        self.accounts[account.id] = replace(
            account,
            open=account.open + 1,
            open_rows=account.open_rows + rows,
            open_credits=account.open_credits + credits,
            tat=tat,
            last_used_at=now,
        )

    def carries(self, candidates: Sequence[Key], now: float) -> int | None:
        """How many more requests the windows of these keys carry now; None when one of them has no known window."""
        total = 0
        for whose in {self.whose(self.keys[key.id]) for key in candidates if key.id in self.keys}:
            if not self.windows[whose]:
                return None
            total += min(window.room(now) for window in self.windows[whose].values())
        return total

    def whose(self, key: Key) -> str:
        """Whose windows a request with this key counts in: the id of the account, or of the key."""
        return key.id if self.accounts[key.account_id].per_key else key.account_id


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

    def look(self, candidates: Sequence[Key]) -> Sight:
        """The pool as it stands now: another program may have changed it. Inside the transaction that reserves."""
        with self._db.write() as con:
            accounts = attempts.accounts_of(con, {key.account_id for key in candidates})
            keys, told = {key.id: key for key in attempts.keys_of(con, *accounts)}, windows_of(con, *accounts)
            windows = {
                own or account.id: told.get((account.id, own), {})
                for key in keys.values()
                for account in [accounts[key.account_id]]
                for own in [key.id if account.per_key else ""]
            }
            return Sight(keys, accounts, windows, self._caps(con, keys.values()))

    def _caps(self, con: Connection, keys: Collection[Key]) -> dict[str, float]:
        """What today's caps leave to each key, in credits."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        left = {key.id: rest for key in keys if (rest := caps.left(con, key, now)) is not None} if caps.are_set(con) else {}
        if self._policy.cap_day is None:
            return left
        pool = self._policy.cap_day - caps.spent_today(con, caps.CapScope.POOL, "", now)
        return {key.id: min(pool, left.get(key.id, pool)) for key in keys}

    def reserve(
        self, sight: Sight, frame: Frame, batch: Batch, candidates: Sequence[Key], read: Container[tuple[str, int]]
    ) -> Reserved | Unread | Elsewhere | Wait | Capped | None:
        """Book the batch, or its first rows, with the first of ``candidates`` that may be asked at once.

        Wait when all that can be used are busy or paced; None when none can be used any more. ``read`` are (key, epoch)
        whose secret is in memory.
        """
        with self._db.write() as con:
            elsewhere = self._elsewhere(con, frame, batch) if self._policy.store else None
            if elsewhere is not None:
                return elsewhere
            return self._book(con, sight, frame, batch, candidates, read)

    def _book(
        self,
        con: Connection,
        sight: Sight,
        frame: Frame,
        batch: Batch,
        candidates: Sequence[Key],
        read: Container[tuple[str, int]],
    ) -> Reserved | Unread | Wait | Capped | None:
        now, waits, busy, capped = self._clock(), list[float](), False, False
        for key in self._ordered(self._usable(sight, candidates), sight.accounts, batch):
            account = sight.accounts[key.account_id]
            within = self._within(frame, account, batch, sight.day.get(key.id))
            rows = min(within, self._room(frame, account, key, len(batch.asks), whole=batch.whole))
            if not rows:
                busy, capped = busy or bool(within), capped or not within
                continue
            if (key.id, key.epoch) not in read:
                return Unread(key)
            start, tat = self._turn_of(sight, frame, account, key, now)
            if start > now:
                waits.append(start)
                continue
            booked = self._open(con, frame, batch, key, batch.asks[:rows], account, now)
            self._take(con, sight, key, tat, now)
            sight.booked(account, rows, booked.credits, tat, now)
            return booked
        if waits or busy:
            return Wait(min(waits, default=None))
        return Capped(day=bool(self._within(frame, account, batch, None))) if capped else None

    def _elsewhere(self, con: Connection, frame: Frame, batch: Batch) -> Elsewhere | None:
        """What another program has found out, is asking for, or has left in doubt, since this run was planned."""
        rows = {ask.person_fp: ask.row for ask in batch.asks}
        people = sorted(rows)
        known: dict[int, tuple[Known, ...]] = {}  # of some of the kinds, or of all
        stale = {ask.person_fp: ask.stale for ask in batch.asks}
        for one in self._results.newer(con, people, batch.kinds, frame.started):
            if one.fetched_at in stale[one.person_fp]:
                continue
            known[rows[one.person_fp]] = (*known.get(rows[one.person_fp], ()), one)
        claims = self._journal.claims(con, frame.job, people, batch.kinds)
        busy = frozenset(rows[fp] for fp in claims.busy) - known.keys()
        pins = {rows[fp]: own for fp, own in claims.pins.items() if rows[fp] not in known} if batch.pin is None else {}
        return Elsewhere(known, busy, pins) if known or busy or pins else None

    def _usable(self, sight: Sight, candidates: Sequence[Key]) -> list[Key]:
        now = datetime.fromtimestamp(self._clock(), UTC)
        found = [sight.keys[key.id] for key in candidates if key.id in sight.keys]
        return [key for key in found if key.usable(now) and schedule.open_at(key, now)]

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

    def _within(self, frame: Frame, account: Account, batch: Batch, day: float | None) -> int:
        """How many of the rows the money allows: caps of run and ``day`` are hard, the balance is only an estimate."""
        most = min(len(batch.asks), frame.most) if not batch.whole else len(batch.asks)
        by_id = batch.payer is not None
        caps = [cap for cap in (frame.spare, day) if cap is not None]
        if caps:
            spare = min(caps) + (max(0.0, batch.doubt - account.prices.search) if batch.doubt else 0.0)
            most = account.prices.affordable(spare, batch.kinds, most, by_id=by_id)
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

    def _turn_of(self, sight: Sight, frame: Frame, account: Account, key: Key, now: float) -> tuple[float, float]:
        """When the account may be asked, by its pace and its request windows, and what its next slot is then."""
        if not self._policy.paced:
            return now, account.tat
        start, tat = slot(account.tat, now, account.rate, spare=SPARE_OF_ONE if frame.interactive else SPARE)
        return max(start, *(window.opens(now) for window in sight.windows[sight.whose(key)].values()), now), tat

    def _take(self, con: Connection, sight: Sight, key: Key, tat: float, now: float) -> None:
        """Take the slot and a place in every window."""
        if not self._policy.paced:
            return
        whose = sight.whose(key)
        attempts.take_slot(con, key.account_id, tat)
        for span, window in list(sight.windows[whose].items()):
            sight.windows[whose][span] = counted = window.counted(now)
            keep_window(con, key.account_id, "" if whose == key.account_id else key.id, counted)

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
            owner=frame.owner,
            by_id=by_id,
            again=batch.pin is not None,
        )
        self._journal.sent(con, frame.job, [ask.row for ask in asks], batch.kinds, seq)
        return Reserved(key, seq, asks, credits, probe)

    def release(self, job: str, reserved: Reserved, kinds: frozenset[Kind]) -> None:
        """Take a reservation back: nothing was sent."""
        with self._db.write() as con:
            attempts.close_attempt(con, reserved.attempt, at=self._clock(), http=0, outcome="UNSENT", charged=0.0)
            self._journal.unsent(con, job, [ask.row for ask in reserved.asks], kinds)

    def recover(self) -> int:
        """Close what runs that are gone have left under way; their rows may be charged. Returns how many requests."""
        with self._db.read() as con:
            booked = attempts.under_way(con)
        gone = [seq for seq, owner in booked if not self._owner.is_alive(owner)]
        if gone:
            with self._db.write() as con:
                for seq in gone:  # a run that ended since we looked has closed its requests itself
                    if attempts.close_orphan(con, seq, self._clock()):
                        self._journal.orphan(con, seq)
        self._journal.pause_abandoned()
        return len(gone)


def windows_of(con: Connection, *account_ids: str) -> dict[tuple[str, str], dict[int, Window]]:
    """The windows of these accounts by span, by account and key ("": those of the account)."""
    told = attempts.windows_of(con, account_ids)
    return {whose: {row[0]: Window(*row) for row in rows} for whose, rows in told.items()}


def keep_window(con: Connection, account_id: str, key_id: str, window: Window) -> None:
    attempts.keep_window(con, account_id, key_id, (window.span, window.lim, window.used, window.start))
