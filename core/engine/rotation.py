"""One batch on its way from key to key: reserve, ask, settle, and what is to be done next. Starts no thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from core import words
from core.engine.answers import Ask, Said, read_items
from core.engine.events import Event, KeyBack, KeyMarked, KeySkipped, KeySucceeded, KeyTrying, RowDone, Waiting
from core.engine.policy import Policy
from core.engine.preflight import combine, stored
from core.engine.reserve import Batch, Capped, Elsewhere, Frame, Reserved, Reserving, Sight, Unread, Wait
from core.engine.screening import Screening, not_sent
from core.engine.settle import Heard, Settled, Settling
from core.engine.verdict import Mark, Move, Verdict
from core.keys import schedule
from core.keys.attempts import Changed
from core.keys.store import KeyStore
from core.lusha.reply import Answered, Reply
from core.model import Answer, Category, EvidenceKind, Health, Key, KeyStatus, Kind, Prospect, Reason, RowStatus, Scope
from core.results.journal import Pin
from core.results.store import Known
from core.secret import Secret

SERVER_REST_S = 30.0
GARBLED_TRIES = 2


@dataclass(frozen=True, slots=True)
class Halt:
    """Why nobody is asked any more; ``code`` is stable."""

    code: str
    title: str
    message: str


@dataclass(frozen=True, slots=True)
class Sending:
    """Rows with the key and the attempt they were reserved for; only now may they be sent."""

    batch: Batch
    reserved: Reserved
    secret: Secret


@dataclass(frozen=True, slots=True)
class After:
    """What a reply leads to: rows that are answered, batches to go on with, and a halt if nobody is to be asked any more."""

    verdict: Verdict
    events: tuple[Event, ...] = ()
    answers: tuple[tuple[int, Answer], ...] = ()
    batches: tuple[Batch, ...] = ()
    halt: Halt | None = None
    mark: Mark | None = None
    settled: Settled = Settled()  # noqa: RUF009  frozen
    blamed: int | None = None  # the row that was blamed for good


Start = Sending | Unread | Elsewhere | Wait | Capped | None


class Rotation:
    """Moves batches on. Holds no state but the secrets read for a run. ``clock`` is Unix seconds."""

    def __init__(
        self,
        *,
        reserving: Reserving,
        settling: Settling,
        keys: KeyStore,
        clock: Callable[[], float],
        policy: Policy,
        screening: Screening,
    ) -> None:
        self.reserving, self.settling, self._screening = reserving, settling, screening
        self._keys, self._clock, self._policy = keys, clock, policy
        self._read: dict[tuple[str, int], Secret] = {}
        self._unread: set[tuple[str, int]] = set()  # whose secret the key store does not have

    def snapshot(self, kinds: frozenset[Kind]) -> list[Key]:
        """The keys that can be used now for one request of all ``kinds``, in the order they are tried."""
        now = self._now()
        mine = [key for key in self._keys.list() if key.category.serves(kinds)]
        return [key for key in mine if key.usable(now) and schedule.open_at(key, now)]

    # -- before -------------------------------------------------------------------------------------------------------
    def start(self, sight: Sight, frame: Frame, batch: Batch, snapshot: Sequence[Key]) -> tuple[Start, list[Event]]:
        """Reserve the batch, or its first rows, for the first key that may be asked for it.

        Wait when it is too early; None when no key of the snapshot can be used for it any more.
        """
        candidates = [key for key in snapshot if self._may(batch, key)]
        got = self.reserving.reserve(sight, frame, batch, candidates, self._read) if candidates else None
        if not isinstance(got, Reserved):
            return got, []
        key, events = got.key, list[Event]()
        if not batch.key:
            ordinal = next((place for place, one in enumerate(snapshot, 1) if one.id == key.id), 0)
            events.append(KeyTrying(ordinal, len(snapshot), key.last4, key.label, key.account, len(got.asks)))
        return Sending(batch, got, self._read[key.id, key.epoch]), events

    def _may(self, batch: Batch, key: Key) -> bool:
        if (key.id, key.epoch) in self._unread:
            return False
        if batch.key:
            return key.id == batch.key
        home = batch.pin or batch.payer
        return key.id not in batch.left and (home is None or key.account_id == home.account_id)

    def read(self, key: Key) -> list[Event]:
        """Read a secret for this run (the key store takes 25 ms or asks the person); another epoch is another secret.

        Never inside a transaction. Raises KeyStoreTrouble when the store is locked.
        """
        held = self._keys.secret(key.id)
        if held is None:
            self._unread.add((key.id, key.epoch))
            return [KeySkipped(key.last4, "its secret is missing from the key store")]
        self._read[key.id, key.epoch] = held
        return []

    def forget(self) -> None:
        """Drop the secrets that were read for a run: the next run reads them anew."""
        self._read.clear()
        self._unread.clear()

    # -- after --------------------------------------------------------------------------------------------------------
    def settle(self, sending: Sending, reply: Reply, job: str) -> After:
        """Commit what came back, then say what happened and what comes next."""
        batch, key = sending.batch, sending.reserved.key
        verdict = self._policy.judge(reply)
        pauses = self._policy.pauses.of(verdict.move)
        tries = batch.tries + 1 if batch.move is verdict.move else 1
        last = tries > len(pauses) or (verdict.case == "E25" and tries >= GARBLED_TRIES)
        said, mark = list[Said](), verdict.mark
        if isinstance(reply, Answered):
            by_id = batch.payer is not None
            items = read_items(batch.asks, reply, batch.kinds, key, self._now(), by_id=by_id)
            said = self._screening.screened([_second(one, batch) for one in items])
        elif verdict.move is Move.SERVER and last:
            mark = Mark(EvidenceKind.COOL, Reason.SERVER, Scope.KEY, SERVER_REST_S)
        if barred(verdict, key):
            mark = None  # a key for both kinds may be good for the other one: only this run leaves it alone
        heard = Heard(job, sending.reserved, batch.kinds, verdict, reply, said, mark)
        settled = self.settling.settle(heard)
        after = self._waited(heard, batch, pauses[tries - 1], tries) if not last else self._next(batch, heard)
        told = self._of_keys(heard, settled)
        return replace(after, events=(*told, *after.events), mark=mark, settled=settled)

    def held(self, asks: Sequence[Ask]) -> dict[int, Answer]:
        """Rows of whoever got onto the do-not-contact list since the run began: nobody is asked for them."""
        found = self._screening.asked(asks)
        return {row: Answer(RowStatus.DO_NOT_CONTACT, reason=not_sent(entry)) for row, entry in found.items()}

    def told(self, known: Sequence[Known], asked: Prospect, kinds: frozenset[Kind]) -> Answer:
        """What another program has found out, as far as it may be told to the row of ``asked``."""
        screen = self._screening.of(one.person for one in known)
        return combine([screen.answer(stored(one, asked)) for one in known], kinds)

    def _of_keys(self, heard: Heard, settled: Settled) -> list[Event]:
        """What a settle did to the key that was asked and to the others of its account."""
        key, events = heard.key, list[Event]()
        if barred(heard.verdict, key):
            events.append(KeySkipped(key.last4, words.not_in_plan(heard.kinds, heard.verdict.text)))
        if isinstance(heard.reply, Answered):
            events.append(KeySucceeded(key.last4, key.account, len(heard.reserved.asks), heard.reply.charged))
        for change in settled.changed:
            if change.key.id == key.id and change.health.reason is not None:
                events.append(_marked(key, change.health, heard.verdict))
        events += [KeyBack(one.key.last4, one.key.account, "it works again") for one in settled.changed if _is_back(one)]
        return events

    def _waited(self, heard: Heard, batch: Batch, pause: float, tries: int) -> After:
        """The same rows again with the same key, after a pause."""
        key, verdict = heard.key, heard.verdict
        waiting = Waiting(self._now() + timedelta(seconds=pause), _why_wait(verdict, key))
        pin = Pin(key.account_id, key.account) if verdict.move is Move.PIN else batch.pin
        doubt = batch.doubt or (heard.reserved.credits if verdict.move is Move.PIN else 0.0)
        again = replace(batch, key=key.id, move=verdict.move, tries=tries, due=self._clock() + pause, pin=pin, doubt=doubt)
        return After(verdict, (waiting,), batches=(again,))

    def _next(self, batch: Batch, heard: Heard) -> After:
        key, verdict = heard.key, heard.verdict
        onward = replace(batch, key="", move=None, tries=0, due=0.0, left=batch.left | {key.id})
        match verdict.move:
            case Move.SETTLE:
                return self._settled(batch, heard)
            case Move.ROW:
                return self._blamed(batch, heard)
            case Move.MISS:
                return self._missed(batch, heard)
            case Move.PIN if verdict.case != "E25":
                answers = self.doubtful(replace(batch, pin=Pin(key.account_id, key.account)))
                return After(verdict, tuple(RowDone(row, answer) for row, answer in answers), answers)
            case Move.NEXT | Move.SERVER:
                return After(verdict, batches=(onward,))
            case _:
                pin = Pin(key.account_id, key.account) if verdict.case == "E25" else batch.pin
                text = verdict.text if verdict.move is Move.STOP else ""
                code = "E24" if verdict.move is Move.OFFLINE else verdict.case
                return After(verdict, batches=(replace(onward, pin=pin),), halt=halted(code, text))

    def _settled(self, batch: Batch, heard: Heard) -> After:
        """Hand out the answers; rows of an incomplete answer are asked once more here, others elsewhere or afresh."""
        key = heard.key
        done = tuple((said.ask.row, said.answer) for said in heard.said if said.answer is not None)
        more = tuple(said for said in heard.said if said.answer is None and said.again == "more")
        unpaid = tuple(said.ask for said in heard.said if said.answer is None and said.again == "unpaid")
        afresh = tuple(said.ask for said in heard.said if said.answer is None and said.again == "search")
        onward = replace(batch, key="", move=None, tries=0, due=0.0, again=())
        batches = []
        if more:
            pin = Pin(key.account_id, key.account)
            batches.append(replace(onward, asks=tuple(said.ask for said in more), pin=pin, again=more))
        if unpaid:
            batches.append(replace(onward, asks=unpaid, payer=None, left=batch.left | {key.id}))
        if afresh:
            batches.append(replace(onward, asks=afresh, payer=None))
        return After(heard.verdict, tuple(RowDone(row, answer) for row, answer in done), done, tuple(batches))

    def _blamed(self, batch: Batch, heard: Heard) -> After:
        """A row is to blame: the named one, the only one, or one of two halves."""
        group, verdict = list(batch.asks), heard.verdict
        onward = replace(batch, key="", move=None, tries=0, due=0.0)
        named = verdict.row if verdict.row is not None and verdict.row < len(group) else None
        if named is None and len(group) > 1:
            half = len(group) // 2
            parts = (tuple(group[:half]), tuple(group[half:]))
            return After(verdict, batches=tuple(replace(onward, asks=part) for part in parts))
        ask = group.pop(named or 0)
        status, reason = RowStatus.CANNOT_LOOK_UP, words.cannot_look_up(verdict.text or "refused by Lusha")
        if verdict.case == "E21":
            status, reason = RowStatus.DO_NOT_CONTACT, words.RESTRICTED
        answer = Answer(status, None, reason, heard.key.last4, heard.key.account, at=self._now(), kinds=batch.kinds)
        self.settling.final(heard.job, heard.key, ask, batch.kinds, answer, restricted=verdict.case == "E21")
        rest = (replace(onward, asks=tuple(group)),) if group else ()
        return After(verdict, (RowDone(ask.row, answer),), ((ask.row, answer),), rest, blamed=ask.row)

    def _missed(self, batch: Batch, heard: Heard) -> After:
        """The first script's 404: everybody in the request is not found."""
        key, answers = heard.key, []
        for ask in batch.asks:
            reason = words.not_found(batch.kinds, known=False, linkedin=bool(ask.prospect.linkedin))
            answer = Answer(RowStatus.NOT_FOUND, None, reason, key.last4, key.account, at=self._now(), kinds=batch.kinds)
            self.settling.final(heard.job, key, ask, batch.kinds, answer)
            answers.append((ask.row, answer))
        return After(heard.verdict, tuple(RowDone(row, answer) for row, answer in answers), tuple(answers))

    def doubtful(self, batch: Batch) -> tuple[tuple[int, Answer], ...]:
        """Rows that may have been charged stay with their account and say so; nobody else is asked for them."""
        failed = {said.ask.row: said.failed for said in batch.again if said.failed is not None and not said.pin}
        account = batch.pin.account if batch.pin else ""
        answers = []
        for ask in batch.asks:
            reason = words.may_be_charged(account)
            doubt = Answer(RowStatus.WAITING, None, reason, "", account, None, at=self._now(), kinds=batch.kinds)
            answers.append((ask.row, failed.get(ask.row) or doubt))  # a row that Lusha failed was not charged
        return tuple(answers)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def barred(verdict: Verdict, key: Key) -> bool:
    """Whether the plan forbids what was asked for, but maybe not the other kind that the key is for."""
    return verdict.case == "E10" and key.category is Category.ANY


def halted(case: str, text: str = "") -> Halt:
    """The halt of a case, with Lusha's words when there are any."""
    title, message = words.STOP[case]
    return Halt(case, title, f'{message} Lusha said: "{text}"' if text else message)


def _marked(key: Key, health: Health, verdict: Verdict) -> KeyMarked:
    assert health.reason is not None  # noqa: S101  looked at before
    return KeyMarked(key.last4, key.account, health.status, health.reason, health.retry_at, verdict.http, verdict.text)


def _is_back(change: Changed) -> bool:
    return change.before is not KeyStatus.ACTIVE and change.health == Health(KeyStatus.ACTIVE)


def _second(said: Said, batch: Batch) -> Said:
    """A row that Lusha failed or left out for the second time gets that as its answer."""
    before = {one.ask.row for one in batch.again}
    if said.answer is not None or said.again != "more" or said.ask.row not in before:
        return said
    return Said(said.ask, said.failed, pin=said.pin)


def _why_wait(verdict: Verdict, key: Key) -> str:
    match verdict.move:
        case Move.PIN:
            return f"No answer in time; it may have been charged. Asking the same account again ({key.account})."
        case Move.SERVER:
            return "Lusha has a problem right now. Asking again."
        case _:
            return "No network. Trying again."
