"""Asks Lusha about keys without spending anything: the free usage call proves a key and tells its account's balance.

Every key is asked for itself, for a neighbour's answer does not prove it. An account is asked at most four times a
minute, by all programs together; what was heard within the last minute is used again. Whoever iterates waits visibly.
The balance lags behind charges by some seconds, so it is a hint: right after a run our own, lower count is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from core import words
from core.database import Connection, Database
from core.engine.checked import CheckEvent, KeyAsking, KeyChecked, told_by
from core.engine.events import Waiting
from core.engine.health import fold
from core.engine.verdict import Mark, Move, Verdict, judge
from core.keys import attempts, usage
from core.keys.prices import prices_of
from core.keys.store import KeyStore
from core.keys.trail import Trail
from core.keys.usage import CheckOutcome, Kept, Told
from core.lusha.client import LushaClient
from core.lusha.reply import Usage
from core.model import Category, Evidence, EvidenceKind, Health, Key, KeyStatus, Kind, Reason, Scope

ACTOR = "check"
MARKING = {"E03", "E04", "E08", "E09"}  # the refusals that are about the key or its account wherever they come
BUSY = {"E15", "E16", "E17", "E18", "E19"}
FAILING_IN_A_ROW = 3  # answers of Lusha's trouble before nobody else is asked
_BUSY_TRIES = 2


Pause = Callable[[float], bool]


@dataclass(frozen=True, slots=True)
class _Booked:
    """The order and the epochs a usage call was sent under, so that its answer says nothing about a newer secret."""

    key: Key
    seq: int
    account_epoch: int


@dataclass(slots=True)
class _Round:
    """A check on its way: who is still to be asked, and why nobody is asked any more."""

    left: list[Key]
    done: dict[str, KeyChecked]
    busy: dict[str, int]
    failing: int = 0
    halt: str = ""


class Checking:
    """``pause`` waits and returns False when the person asked to stop, as ``stopping`` says; ``clock`` is Unix seconds."""

    def __init__(
        self,
        *,
        db: Database,
        keys: KeyStore,
        trail: Trail,
        client: LushaClient,
        clock: Callable[[], float],
        pause: Pause,
        stopping: Callable[[], bool],
    ) -> None:
        self._db, self._keys, self._trail, self._client = db, keys, trail, client
        self._clock, self._pause, self._stopping = clock, pause, stopping

    def run(self, keys: Sequence[Key]) -> Generator[CheckEvent, None, tuple[KeyChecked, ...]]:
        """Check these keys; the return value has one entry for each, in their order, asked or not."""
        job = _Round(list(keys), {}, {})
        while job.left and not job.halt and not self._stopping():
            listed, wait = self._next(job)
            if wait:
                yield Waiting(self._now() + timedelta(seconds=wait), words.USAGE_WAIT)
                if not self._pause(wait):
                    break
                continue
            checked = self._known(listed)
            if checked is None:
                yield KeyAsking(len(job.done) + 1, len(keys), listed.last4, listed.label, listed.account)
                checked = self._ask(job, listed)
            if checked is not None:
                job.left = [key for key in job.left if key.id != listed.id]
                job.done[listed.id] = checked
                yield checked
        for key in job.left:
            job.done[key.id] = _unasked(key, CheckOutcome.NOT_ASKED, job.halt or words.CHECK_STOPPED)
        return tuple(job.done[key.id] for key in keys)

    def _next(self, job: _Round) -> tuple[Key, float]:
        """The first key that can be dealt with now and 0; when every account has to wait, the first to come and how long."""
        now, here = self._clock(), {key.id: key for key in self._keys.list()}
        job.left = [here.get(key.id, key) for key in job.left]
        with self._db.read() as con:
            waits = [0.0 if self._kept(con, key, now) else usage.call_wait(con, key.account_id, now) for key in job.left]
        wait = min(waits)
        return job.left[waits.index(wait)], wait

    def _kept(self, con: Connection, key: Key, now: float) -> Kept | None:
        """What was heard of the key within the last minute."""
        kept = usage.kept_check(con, key)
        return kept if kept and 0 <= now - kept.at.timestamp() <= usage.REUSED_S else None

    def _known(self, key: Key) -> KeyChecked | None:
        now = self._clock()
        with self._db.read() as con:
            kept, left = self._kept(con, key, now), usage.day_left(con, key, now)
        if kept is None:
            return None
        return KeyChecked(key, kept.outcome, kept.said, kept.http, kept.at, reused=True, day_left=left)

    def _ask(self, job: _Round, key: Key) -> KeyChecked | None:
        """One call and what it means; None when the key is to be looked at once more."""
        if key.id not in {one.id for one in self._keys.list()}:
            return _unasked(key, CheckOutcome.NOT_ASKED, words.KEY_REMOVED)
        secret = self._keys.secret(key.id)
        if secret is None:
            return _unasked(self._after(key), CheckOutcome.SECRET_MISSING, words.SECRET_MISSING)
        booked = self._book(key)
        if booked is None:
            return None
        reply = self._client.usage(secret)
        if isinstance(reply, Usage):
            job.failing = 0
            return self._fine(booked, reply)
        verdict = judge(reply)
        if verdict.case in BUSY:
            return self._busy(job, key)
        if verdict.case in MARKING and verdict.mark is not None:
            job.failing = 0
            return self._refused(booked, verdict, verdict.mark)
        return self._unclear(job, key, verdict)

    def _book(self, key: Key) -> _Booked | None:
        """Write the call down before it is made; None when another program was quicker or the key has changed."""
        with self._db.write() as con:
            now = [one for one in attempts.keys_of(con, key.account_id) if (one.id, one.epoch) == (key.id, key.epoch)]
            if not now or not usage.book_call(con, key.account_id, self._clock()):
                return None
            return _Booked(key, attempts.next_seq(con), attempts.account_epoch(con, key.account_id))

    def _fine(self, booked: _Booked, said: Usage) -> KeyChecked:
        key, now = booked.key, self._now()
        told = told_by(said, now)
        empty = told.credits_left is not None and told.credits_left <= 0
        kept = Kept(CheckOutcome.FINE, HTTPStatus.OK, words.KEY_ACCEPTED_EMPTY if empty else words.KEY_ACCEPTED, now)
        with self._db.write() as con:
            plan_before = usage.keep_told(con, key, told, now.timestamp())
            usage.keep_check(con, key, kept)
            for row in self._wakes(con, booked, told, plan_before, now):
                attempts.add_evidence(con, row)
            self._refold(con, key, now, words.KEY_ACCEPTED)
            left = usage.day_left(con, key, now.timestamp())
        after = self._after(key)
        sentence = words.ACCEPTED_THOUGH_INVALID if after.status is KeyStatus.INVALID else kept.said
        windows = tuple(window.limit if window else None for window in (said.minute, said.hour, said.day))
        return KeyChecked(after, kept.outcome, sentence, kept.http, now, reused=False, day_left=left, windows=windows)

    def _wakes(self, con: Connection, booked: _Booked, told: Told, plan_before: str, now: datetime) -> list[Evidence]:
        """What the answer disproves: an empty account that can pay again, a plan limit of another plan, V3 switched off."""
        reasons = {key.reason for key in attempts.keys_of(con, booked.key.account_id) if not key.usable(now)}
        rows = []
        if Reason.CREDITS in reasons and not usage.emptied_lately(con, booked.key.account_id, now.timestamp()):
            rows += [_wake(booked, Reason.CREDITS, now, category) for category in self._payable(con, booked.key.account_id)]
        if Reason.V3_OFF in reasons:
            rows.append(_wake(booked, Reason.V3_OFF, now))
        if Reason.PLAN in reasons and plan_before and told.plan and told.plan.casefold() != plan_before.casefold():
            rows.append(_wake(booked, Reason.PLAN, now))
        return rows

    def _payable(self, con: Connection, account_id: str) -> list[Category | None]:
        """The kinds of data of which the balance covers one row; None stands for both."""
        left = usage.credits_left(con, account_id)
        prices = prices_of(usage.pricing(con, account_id))
        if left is None:
            return []
        phones, emails = (prices.search + prices.person(frozenset({kind})) <= left for kind in (Kind.PHONES, Kind.EMAILS))
        if phones and emails:
            return [None]
        return [category for category, pays in ((Category.PHONE_ONLY, phones), (Category.EMAIL_ONLY, emails)) if pays]

    def _refused(self, booked: _Booked, verdict: Verdict, mark: Mark) -> KeyChecked:
        key, now = booked.key, self._now()
        sentence = words.why(mark.reason, key.last4, key.account, None, now)
        kept = Kept(CheckOutcome.REFUSED, verdict.http, sentence, now)
        with self._db.write() as con:
            usage.keep_check(con, key, kept)
            attempts.add_evidence(con, _evidence(booked, mark.kind, mark.reason, mark.scope, now))
            self._refold(con, key, now, verdict.text)
        return KeyChecked(self._after(key), kept.outcome, sentence, verdict.http, now, reused=False)

    def _busy(self, job: _Round, key: Key) -> KeyChecked | None:
        """Too many usage calls, ours or somebody else's: says nothing of the key; once more after a minute."""
        with self._db.write() as con:
            usage.hold_calls(con, key.account_id, self._clock())
        job.busy[key.id] = job.busy.get(key.id, 0) + 1
        if job.busy[key.id] < _BUSY_TRIES:
            return None
        return _unasked(key, CheckOutcome.LIMITED, words.USAGE_BUSY, HTTPStatus.TOO_MANY_REQUESTS)

    def _unclear(self, job: _Round, key: Key, verdict: Verdict) -> KeyChecked:
        """Nothing is marked. What would be the same for every key ends the check."""
        sentence = words.unclear_check(verdict.case, verdict.text, verdict.http)
        job.failing = job.failing + 1 if verdict.move is Move.SERVER else 0
        if verdict.move in {Move.OFFLINE, Move.STOP} or verdict.case == "E25" or job.failing >= FAILING_IN_A_ROW:
            job.halt = sentence
        return _unasked(key, CheckOutcome.UNCLEAR, sentence, verdict.http)

    def _refold(self, con: Connection, key: Key, now: datetime, message: str) -> None:
        keys = attempts.keys_of(con, key.account_id)
        attempts.refold(con, keys, self._fold, at=now.timestamp(), actor=ACTOR, message=message[:300])

    def _fold(self, key: Key, account_epoch: int) -> Health:
        return fold(key, self._trail.evidence(key), account_epoch=account_epoch)

    def _after(self, key: Key) -> Key:
        """The key as it stands now, or as it was when it is gone."""
        return next((one for one in self._keys.list() if one.id == key.id), key)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _wake(booked: _Booked, reason: Reason, now: datetime, category: Category | None = None) -> Evidence:
    return _evidence(booked, EvidenceKind.WAKE, reason, Scope.ACCOUNT, now, until=now, category=category)


def _evidence(
    booked: _Booked,
    kind: EvidenceKind,
    reason: Reason,
    scope: Scope,
    now: datetime,
    *,
    until: datetime | None = None,
    category: Category | None = None,
) -> Evidence:
    return Evidence(
        seq=booked.seq,
        key_id=booked.key.id,
        account_id=booked.key.account_id,
        key_epoch=booked.key.epoch,
        account_epoch=booked.account_epoch,
        scope=scope,
        kind=kind,
        at=now,
        until=until,
        reason=reason,
        category=category,
        actor=ACTOR,
    )


def _unasked(key: Key, outcome: CheckOutcome, said: str, http: int = 0) -> KeyChecked:
    return KeyChecked(key, outcome, said, http, None, reused=False)
