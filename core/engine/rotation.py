"""One batch: reserve a key, ask, settle, next key, until every row is answered or no key is left."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from core import words
from core.engine.answers import Ask, Said, read_items
from core.engine.booking import Booking, Heard
from core.engine.events import Event, KeyMarked, KeySkipped, KeySucceeded, KeyTrying, RowDone, Waiting
from core.engine.verdict import Mark, Move, Verdict, judge
from core.keys.store import KeyStore
from core.lusha.client import LushaClient
from core.lusha.reply import Answered, Reply
from core.model import Answer, EvidenceKind, Key, Kind, Reason, RowStatus, Scope
from core.results.journal import Pin
from core.secret import Secret

ACCOUNTS_IN_A_ROW = 3  # failing at Lusha's side before the run is paused
SERVER_REST_S = 30.0


@dataclass(frozen=True, slots=True)
class Pauses:
    """Seconds before each further try of the same request; the number of entries bounds the tries."""

    lost: tuple[float, ...] = (5.0, 20.0)
    server: tuple[float, ...] = (1.0, 2.0)
    offline: tuple[float, ...] = (5.0, 15.0)


@dataclass(frozen=True, slots=True)
class Halt:
    """Why nobody is asked any more; ``code`` is stable."""

    code: str
    title: str
    message: str


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a batch: final answers by row, the rows that wait, and a halt if the run must stop."""

    answers: dict[int, Answer]
    left: tuple[Ask, ...]
    halt: Halt | None
    calls: int
    credits: float


@dataclass(slots=True)
class _Batch:
    """One batch on its way from key to key."""

    job: str
    kinds: frozenset[Kind]
    left: list[Ask]
    answers: dict[int, Answer] = field(default_factory=dict)
    pins: dict[int, Pin] = field(default_factory=dict)  # row -> the account that may have charged
    again: dict[int, Said] = field(default_factory=dict)  # rows to be asked once more, here, after an incomplete answer
    calls: int = 0
    credits: float = 0.0

    def for_account(self, account_id: str) -> list[list[Ask]]:
        """The rows this account may be asked for: its own doubtful ones as they were, then the fresh ones."""
        pinned = [ask for ask in self.left if ask.row in self.pins and self.pins[ask.row].account_id == account_id]
        fresh = [ask for ask in self.left if ask.row not in self.pins]
        return [group for group in (pinned, fresh) if group]

    def settle(self, ask: Ask, answer: Answer) -> RowDone:
        self.answers[ask.row] = answer
        self.left.remove(ask)
        return RowDone(ask.row, answer)


class Rotation:
    """Asks for one batch at a time with the keys of a snapshot, in its order.

    ``client`` gives the HTTP client of an account; ``pause`` waits that many seconds and returns False when the
    person has asked to stop; ``clock`` is Unix seconds.
    """

    def __init__(
        self,
        *,
        booking: Booking,
        keys: KeyStore,
        client: Callable[[str], LushaClient],
        clock: Callable[[], float],
        pause: Callable[[float], bool],
        pauses: Pauses,
    ) -> None:
        self._booking, self._keys, self._client = booking, keys, client
        self._clock, self._pause, self._pauses = clock, pause, pauses
        self._read: dict[tuple[str, int], Secret] = {}

    def snapshot(self, kinds: frozenset[Kind]) -> list[Key]:
        """The keys that can be used now for one request of all ``kinds``, in the order they are tried."""
        now = self._now()
        return [key for key in self._keys.list() if key.category.serves(kinds) and key.usable(now)]

    def forget(self) -> None:
        """Drop the secrets that were read for a run: the next run reads them anew."""
        self._read.clear()

    def ask(self, asks: Sequence[Ask], kinds: frozenset[Kind], snapshot: Sequence[Key], job: str) -> Generator[Event, None, Done]:
        """Ask for these rows (1 to 25) until each has an answer or no key of the snapshot is left."""
        batch = _Batch(job, kinds, list(asks), pins={ask.row: ask.pin for ask in asks if ask.pin})
        failing: set[str] = set()
        halt: Halt | None = None
        for ordinal, listed in enumerate(snapshot, 1):
            key = self._booking.key(listed)
            if key is None or not batch.for_account(key.account_id):
                continue
            secret = self._secret(key)
            if secret is None:
                yield KeySkipped(key.last4, "its secret is missing from the key store")
                continue
            yield KeyTrying(ordinal, len(snapshot), key.last4, key.label, key.account, len(batch.left))
            left_because = yield from self._with_key(batch, key, secret)
            failing = failing | {key.account_id} if left_because is Move.SERVER else set()
            halt = left_because if isinstance(left_because, Halt) else None
            if len(failing) >= ACCOUNTS_IN_A_ROW:
                halt = _halt("E22")
            if halt or not batch.left:
                break
        if failing and not halt:
            halt = _halt("E22")
        yield from self._doubtful(batch, [ask for ask in batch.left if ask.row in batch.pins])
        return Done(batch.answers, tuple(batch.left), halt, batch.calls, batch.credits)

    def _secret(self, key: Key) -> Secret | None:
        """Read once in a run (the key store takes 25 ms or asks the person); another epoch is another secret."""
        held = self._read.get((key.id, key.epoch)) or self._keys.secret(key.id)
        if held is not None:
            self._read[key.id, key.epoch] = held
        return held

    def _with_key(self, batch: _Batch, key: Key, secret: Secret) -> Generator[Event, None, Move | Halt]:
        """Ask this key for all rows it may be asked for; returns why it was left."""
        groups = batch.for_account(key.account_id)
        while groups:
            group = groups.pop(0)
            heard = yield from self._until_heard(batch, group, key, secret)
            verdict = heard.verdict
            match verdict.move:
                case Move.SETTLE:
                    groups = (yield from self._settled(batch, heard)) + groups
                    if verdict.mark is not None:
                        return Move.NEXT
                case Move.ROW:
                    groups = (yield from self._blamed(batch, heard)) + groups
                case Move.PIN if verdict.case == "E25":
                    return _halt("E25")
                case Move.PIN:
                    yield from self._doubtful(batch, group)
                case Move.OFFLINE:
                    return _halt("E24")
                case Move.STOP:
                    return _halt(verdict.case, verdict.text)
                case Move.NEXT | Move.SERVER:
                    return verdict.move
        return Move.SETTLE

    def _until_heard(self, batch: _Batch, group: list[Ask], key: Key, secret: Secret) -> Generator[Event, None, Heard]:
        """Send the group; while the answer leaves it open what happened, the same account again after a pause."""
        waits = {
            Move.PIN: list(self._pauses.lost),
            Move.SERVER: list(self._pauses.server),
            Move.OFFLINE: list(self._pauses.offline),
        }
        while True:
            attempt = self._booking.reserve(batch.job, key, group, batch.kinds)
            reply = self._client(key.account_id).ask(secret, [ask.prospect for ask in group], batch.kinds)
            batch.calls += 1
            verdict = judge(reply)
            last = not waits.get(verdict.move) or (verdict.case == "E25" and len(waits[Move.PIN]) == 1)
            heard = self._heard(batch, group, key, attempt, verdict, reply, last=last)
            yield from self._book(batch, heard)
            if last:
                return heard
            wait = waits[verdict.move].pop(0)
            yield Waiting(self._now() + timedelta(seconds=wait), _why_wait(verdict, key))
            if not self._pause(wait):
                return heard

    def _heard(
        self, batch: _Batch, group: list[Ask], key: Key, attempt: int, verdict: Verdict, reply: Reply, *, last: bool
    ) -> Heard:
        said: list[Said] = []
        mark = verdict.mark
        if isinstance(reply, Answered):
            said = [self._final(batch, one) for one in read_items(group, reply, batch.kinds, key, self._now())]
        elif verdict.move is Move.SERVER and last:
            mark = Mark(EvidenceKind.COOL, Reason.SERVER, Scope.KEY, SERVER_REST_S)
        return Heard(batch.job, key, attempt, group, batch.kinds, verdict, reply, said, mark)

    def _final(self, batch: _Batch, said: Said) -> Said:
        """A row that Lusha failed or left out for the second time gets that as its answer."""
        if said.answer is not None or said.again == "unpaid" or said.ask.row not in batch.again:
            return said
        return Said(said.ask, said.failed, pin=said.pin)

    def _book(self, batch: _Batch, heard: Heard) -> Generator[Event]:
        """Commit, then say what happened to the keys and the rows."""
        changed = self._booking.settle(heard)
        key = heard.key
        if isinstance(heard.reply, Answered):
            batch.credits += heard.reply.charged or 0.0
            yield KeySucceeded(key.last4, key.account, len(heard.asks), heard.reply.charged)
        elif heard.pin:
            batch.pins.update({ask.row: Pin(key.account_id, key.account) for ask in heard.asks})
        for health in (change.health for change in changed if change.key.id == key.id):
            if health.reason is not None:
                http, text = heard.verdict.http, heard.verdict.text
                yield KeyMarked(key.last4, key.account, health.status, health.reason, health.retry_at, http, text)

    def _settled(self, batch: _Batch, heard: Heard) -> Generator[Event, None, list[list[Ask]]]:
        """Hand out the answers; returns the rows to ask this account for once more."""
        once_more = []
        for said in heard.said:
            if said.answer is not None:
                yield batch.settle(said.ask, said.answer)
            elif said.again != "unpaid":
                batch.again[said.ask.row] = said
                batch.pins[said.ask.row] = Pin(heard.key.account_id, heard.key.account)
                once_more.append(said.ask)
        return [once_more] if once_more else []

    def _blamed(self, batch: _Batch, heard: Heard) -> Generator[Event, None, list[list[Ask]]]:
        """A row is to blame: the named one, the only one, or one of two halves."""
        group, verdict = list(heard.asks), heard.verdict
        named = verdict.row if verdict.row is not None and verdict.row < len(group) else None
        if named is None and len(group) > 1:
            half = len(group) // 2
            return [group[:half], group[half:]]
        ask = group.pop(named or 0)
        status, reason = RowStatus.CANNOT_LOOK_UP, words.cannot_look_up(verdict.text or "refused by Lusha")
        if verdict.case == "E21":
            status, reason = RowStatus.DO_NOT_CONTACT, words.RESTRICTED
        answer = Answer(status, None, reason, heard.key.last4, heard.key.account, at=self._now(), kinds=batch.kinds)
        self._booking.final(heard, ask, answer)
        yield batch.settle(ask, answer)
        return [group] if group else []

    def _doubtful(self, batch: _Batch, asks: Sequence[Ask]) -> Generator[Event]:
        """Rows that may have been charged stay with their account and say so; nobody else is asked for them."""
        for ask in asks:
            said = batch.again.get(ask.row)
            if said is not None and not said.pin and said.failed is not None:
                yield batch.settle(ask, said.failed)  # Lusha failed for this person and charged nothing
                continue
            account = batch.pins[ask.row].account
            reason = words.may_be_charged(account)
            yield batch.settle(
                ask,
                Answer(RowStatus.WAITING, None, reason, "", account, None, at=self._now(), kinds=batch.kinds),
            )

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _halt(case: str, text: str = "") -> Halt:
    title, message = words.STOP[case]
    return Halt(case, title, f'{message} Lusha said: "{text}"' if text else message)


def _why_wait(verdict: Verdict, key: Key) -> str:
    match verdict.move:
        case Move.PIN:
            return f"No answer in time; it may have been charged. Asking the same account again ({key.account})."
        case Move.SERVER:
            return "Lusha has a problem right now. Asking again."
        case _:
            return "No network. Trying again."
