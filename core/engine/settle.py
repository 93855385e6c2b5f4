"""After hearing: the answers, what they prove and what that makes of the keys, committed before anybody is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from core import words
from core.database import Connection, Database
from core.engine.answers import Ask, Said
from core.engine.health import fold
from core.engine.limits import VOTES, Window, Windows, full, learn, seen, whose
from core.engine.reserve import Reserved, keep_window, windows_of
from core.engine.verdict import Mark, Move, Verdict
from core.keys import attempts
from core.keys.attempts import Account, Changed
from core.keys.trail import Trail
from core.lusha.reply import Answered, Limits, Refused, Reply
from core.model import Answer, Category, Evidence, EvidenceKind, Health, Key, KeyStatus, Kind, Reason, RowStatus, Scope
from core.results.journal import Journal
from core.results.store import Known, Outcome, ResultStore

MESSAGE_CHARS = 300  # of Lusha's own words, kept in the trail
MOST_RATE = 25.0  # requests a second, as published (docs.lusha.com/rate-limiting)
SLOWER, FASTER = 0.9, 1 / 50  # after a burst refusal; after each success
MOST_GUESSED_REST_S = 60.0
_OF_A_WINDOW = {Reason.MINUTE, Reason.HOUR, Reason.DAY, Reason.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Heard:
    """One request and what came back. ``pin``: its rows may have been charged at the key's account."""

    job: str
    reserved: Reserved
    kinds: frozenset[Kind]
    verdict: Verdict
    reply: Reply
    said: Sequence[Said] = ()
    mark: Mark | None = None

    @property
    def key(self) -> Key:
        return self.reserved.key

    @property
    def pin(self) -> bool:
        return self.verdict.move is Move.PIN


@dataclass(frozen=True, slots=True)
class Settled:
    """What a settle did: keys whose stored state changed, the ids of the marks, and whether the account had worked before."""

    changed: tuple[Changed, ...] = ()
    marks: tuple[int, ...] = ()
    proven: bool = field(default=False)


class Settling:
    """Writes answers, evidence and key states. ``clock`` is Unix seconds."""

    def __init__(
        self,
        db: Database,
        journal: Journal,
        results: ResultStore,
        trail: Trail,
        clock: Callable[[], float],
        *,
        paced: bool = True,
    ) -> None:
        self._db, self._journal, self._results, self._trail, self._clock = db, journal, results, trail, clock
        self._paced = paced

    def settle(self, heard: Heard) -> Settled:
        """Commit what came back and what it makes of the account's keys. Paid answers are kept whatever happens."""
        with self._db.write() as con:
            self._close(con, heard)
            self._rows(con, heard)
            account = attempts.accounts_of(con, [heard.key.account_id])[heard.key.account_id]
            keys = attempts.keys_of(con, account.id)
            mark = self._mark(con, heard, account, keys)
            proven = mark is not None and attempts.proven(con, account.id, self._clock() - 86_400)
            proofs = self._proofs(heard, mark, account.epoch)
            ids = [(row, attempts.add_evidence(con, row)) for row in proofs]
            marks = tuple(id_ for row, id_ in ids if row.kind not in {EvidenceKind.OK, EvidenceKind.PAID})
            if mark is None and all(key.status is KeyStatus.ACTIVE and key.reason is None for key in keys):
                return Settled()
            return Settled(self._refold(con, keys, heard.verdict.text), marks, proven)

    def void(self, marks: Sequence[int], why: str) -> tuple[Changed, ...]:
        """Take marks back: they were not the keys' fault. They stay visible; the keys are as if they had never been."""
        changed: list[Changed] = []
        with self._db.write() as con:
            for account_id, rows in attempts.marks_by_account(con, marks).items():
                for row in rows:
                    attempts.add_evidence(
                        con,
                        replace(row, id=0, seq=attempts.next_seq(con), kind=EvidenceKind.VOID, void_of=row.id, at=self._now()),
                    )
                changed += self._refold(con, attempts.keys_of(con, account_id), why)
        return tuple(changed)

    def final(
        self, job: str, key: Key | None, ask: Ask, kinds: frozenset[Kind], answer: Answer, *, restricted: bool = False
    ) -> None:
        """Commit the final answer of a row without an item of its own; ``restricted``: Lusha may never provide the person."""
        with self._db.write() as con:
            if key is not None:
                self._results.keep(con, _without_item(ask, kinds, answer, key.account_id, self._clock(), restricted=restricted))
            self._journal.done(con, job, kinds, {ask.row: answer}, people=[ask.person_fp])

    def _close(self, con: Connection, heard: Heard) -> None:
        answered = heard.reply if isinstance(heard.reply, Answered) else None
        attempts.close_attempt(
            con,
            heard.reserved.attempt,
            at=self._clock(),
            http=heard.verdict.http,
            outcome=heard.verdict.case,
            charged=answered.charged if answered else (None if heard.pin else 0.0),
            request_id=answered.request_id if answered else "",
            message=heard.verdict.text[:MESSAGE_CHARS],
        )
        if answered:
            charged = answered.charged if answered.charged is not None else heard.reserved.credits
            attempts.used(con, heard.key, self._clock(), charged)
            outcome, cost = "answered", charged
        else:
            outcome, cost = heard.verdict.case, 0.0
        self._trail.count(con, heard.key.id, outcome, credits=cost)

    def _rows(self, con: Connection, heard: Heard) -> None:
        self._results.keep(con, (known for said in heard.said for known in said.known))
        done = {said.ask.row: said.answer for said in heard.said if said.answer is not None}
        doubtful = {said.ask.row for said in heard.said if said.pin}
        account = heard.key.account_id
        people = [said.ask.person_fp for said in heard.said if said.answer is not None]
        pins = dict.fromkeys(done.keys() & doubtful, account)
        self._journal.done(con, heard.job, heard.kinds, done, people=people, pins=pins)
        self._journal.pending(con, heard.job, {said.ask.row: said.pending for said in heard.said if said.pending}, words.PENDING)
        back = {ask.row for ask in heard.reserved.asks} - done.keys()
        pinned = back if heard.pin else back & doubtful
        self._journal.back(con, heard.job, pinned, heard.kinds, account)
        self._journal.back(con, heard.job, back - pinned, heard.kinds, "")

    # -- what it proves -----------------------------------------------------------------------------------------------
    def _mark(self, con: Connection, heard: Heard, account: Account, keys: Sequence[Key]) -> Mark | None:
        """The mark of the verdict, made longer for each probe that failed; or that of a window the answer left empty."""
        mark = heard.mark
        if isinstance(heard.reply, Answered):
            resting = self._learn(con, heard, heard.reply.limits, account, keys) if self._paced else None
            mark = mark or resting
        elif heard.verdict.case == "E16":
            attempts.pace(con, heard.key.account_id, SLOWER, 0.0, MOST_RATE)
        if mark is None:
            return None
        if heard.reserved.probe and mark.rest_s is not None and isinstance(heard.reply, Refused) and not mark.told:
            longer = mark.rest_s * 2 ** attempts.failed_probes(con, heard.key.account_id)
            mark = replace(mark, rest_s=max(mark.rest_s, min(longer, MOST_GUESSED_REST_S)))
        per_key = attempts.accounts_of(con, [heard.key.account_id])[heard.key.account_id].per_key
        return replace(mark, scope=Scope.KEY) if per_key and mark.reason in _OF_A_WINDOW else mark

    def _learn(self, con: Connection, heard: Heard, limits: Limits, account: Account, keys: Sequence[Key]) -> Mark | None:
        """Keep what the headers say of the request windows; an hour or a day that is empty now rests the account at once."""
        now, account_id, key_id = self._clock(), account.id, heard.key.id
        if account.rate < MOST_RATE:
            attempts.pace(con, account_id, 1.0, FASTER, MOST_RATE)
        owner = key_id if account.per_key else ""
        still_open = attempts.open_of_key(con, key_id) if account.per_key else account.open
        overtaken, told = partial(attempts.overtaking, con, heard.reserved.attempt, owner), windows_of(con, account_id)
        learned = learn(told.get((account_id, owner), {}), limits, still_open, overtaken, now)
        for window in learned.values():
            keep_window(con, account_id, owner, window)
        siblings = [one for one in keys if one.id != key_id]
        if siblings and not account.per_key:
            others = [told.get((account_id, one.id), {}) for one in siblings]
            self._vote(con, heard.key, told.get((account_id, key_id), {}), others, limits, now)
        empty = full(learned, limits, now)
        return None if empty is None else Mark(EvidenceKind.BLOCK, empty[0], Scope.ACCOUNT, empty[1])

    def _vote(self, con: Connection, key: Key, own: Windows, siblings: Sequence[Windows], limits: Limits, now: float) -> None:
        """Remember what this key's answer said, and compare what its last one said with those of its siblings."""
        sign = whose(own, siblings, limits)
        if sign:
            attempts.vote(con, key.account_id, sign, VOTES)
        began_anew = any(span in own and used < own[span].used for span, (_, used) in seen(limits).items())
        if began_anew:
            attempts.forget_key_windows(con, key.account_id)
        for span, (limit, used) in seen(limits).items():
            keep_window(con, key.account_id, key.id, Window(span, limit, used, now))

    def _proofs(self, heard: Heard, mark: Mark | None, account_epoch: int) -> list[Evidence]:
        plain = Evidence(
            seq=heard.reserved.attempt,
            key_id=heard.key.id,
            account_id=heard.key.account_id,
            key_epoch=heard.key.epoch,
            account_epoch=account_epoch,
            scope=Scope.KEY,
            kind=EvidenceKind.OK,
            at=self._now(),
            attempt=heard.reserved.attempt,
        )
        rows = []
        if isinstance(heard.reply, Answered):
            paid = (heard.reply.charged or 0) > 0 and not heard.reply.out_of_credits
            rows.append(replace(plain, kind=EvidenceKind.PAID if paid else EvidenceKind.OK))
        if mark is not None:
            until = None if mark.rest_s is None else self._now() + timedelta(seconds=mark.rest_s)
            category = _category(heard.kinds) if mark.own_kind_only else None
            rows.append(
                replace(plain, kind=mark.kind, scope=mark.scope, until=until, reason=mark.reason, category=category),
            )
        return rows

    def _refold(self, con: Connection, keys: Sequence[Key], message: str) -> tuple[Changed, ...]:
        at = self._clock()
        return tuple(attempts.refold(con, keys, self._fold, at=at, actor="run", message=message[:MESSAGE_CHARS]))

    def _fold(self, key: Key, account_epoch: int) -> Health:
        return fold(key, self._trail.evidence(key), account_epoch=account_epoch)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _without_item(
    ask: Ask, kinds: frozenset[Kind], answer: Answer, account_id: str, now: float, *, restricted: bool
) -> list[Known]:
    """What is remembered of a person about whom Lusha said so with the whole answer: objected, or refused as it stands."""
    if restricted:
        outcome, which = Outcome.RESTRICTED, frozenset(Kind)
    elif answer.status is RowStatus.CANNOT_LOOK_UP:
        outcome, which = Outcome.REFUSED, kinds
    else:
        return []
    return [Known(ask.person_fp, kind, outcome, None, account_id, "", 0.0, now) for kind in sorted(which)]


def _category(kinds: frozenset[Kind]) -> Category | None:
    if len(kinds) != 1:
        return None
    return Category.PHONE_ONLY if Kind.PHONES in kinds else Category.EMAIL_ONLY
