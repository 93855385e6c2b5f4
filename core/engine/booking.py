"""The two transactions around every request: reserve before sending, settle after hearing. Nothing else writes money."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.database import Connection, Database
from core.engine.answers import REVEAL_CREDITS, Ask, Said
from core.engine.health import fold
from core.engine.verdict import Mark, Move, Verdict
from core.keys import attempts
from core.keys.attempts import Changed
from core.keys.trail import Trail
from core.lusha.reply import Answered, Reply
from core.model import Answer, Category, Evidence, EvidenceKind, Health, Key, KeyStatus, Kind, RowStatus, Scope
from core.results.journal import Journal
from core.results.store import Known, Outcome, ResultStore

MESSAGE_CHARS = 300  # of Lusha's own words, kept in the trail
SEARCH_CREDITS, SEARCH_COVERS = 1.0, 25


def worst_cost(rows: int, kinds: frozenset[Kind]) -> float:
    """The most credits a request for ``rows`` people can cost at the assumed prices."""
    searches = -(-rows // SEARCH_COVERS)
    return searches * SEARCH_CREDITS + rows * sum(REVEAL_CREDITS[kind] for kind in kinds)


@dataclass(frozen=True, slots=True)
class Heard:
    """One request and what came back. ``pin``: its rows may have been charged at the key's account."""

    job: str
    key: Key
    attempt: int
    asks: Sequence[Ask]
    kinds: frozenset[Kind]
    verdict: Verdict
    reply: Reply
    said: Sequence[Said] = ()
    mark: Mark | None = None

    @property
    def pin(self) -> bool:
        return self.verdict.move is Move.PIN


class Booking:
    """Writes attempts, answers, evidence and key states. ``clock`` is Unix seconds."""

    def __init__(self, db: Database, journal: Journal, results: ResultStore, trail: Trail, clock: Callable[[], float]) -> None:
        self._db, self._journal, self._results, self._trail, self._clock = db, journal, results, trail, clock

    def key(self, listed: Key) -> Key | None:
        """The key as it stands now, if it may be asked: another process may have changed it."""
        with self._db.read() as con:
            found = [key for key in attempts.keys_of(con, listed.account_id) if key.id == listed.id]
        return found[0] if found and found[0].usable(self._now()) else None

    def reserve(self, job: str, key: Key, asks: Sequence[Ask], kinds: frozenset[Kind]) -> int:
        """Commit that this request is about to be sent; returns the attempt's seq."""
        with self._db.write() as con:
            seq = attempts.open_attempt(
                con,
                key,
                job=job,
                rows=len(asks),
                credits=worst_cost(len(asks), kinds),
                at=self._clock(),
                probe=key.status is not KeyStatus.ACTIVE,
            )
            self._journal.sent(con, job, [ask.row for ask in asks], kinds, seq)
        return seq

    def settle(self, heard: Heard) -> list[Changed]:
        """Commit what came back and what it makes of the account's keys. Paid answers are kept whatever happens."""
        now = self._now()
        with self._db.write() as con:
            answered = heard.reply if isinstance(heard.reply, Answered) else None
            attempts.close_attempt(
                con,
                heard.attempt,
                at=now.timestamp(),
                http=heard.verdict.http,
                outcome=heard.verdict.case,
                charged=answered.charged if answered else (None if heard.pin else 0.0),
                request_id=answered.request_id if answered else "",
                message=heard.verdict.text[:MESSAGE_CHARS],
            )
            self._rows(con, heard)
            proofs = self._proofs(heard, attempts.account_epoch(con, heard.key.account_id), now)
            for row in proofs:
                attempts.add_evidence(con, row)
            if answered:
                attempts.used(con, heard.key, now.timestamp())
            keys = attempts.keys_of(con, heard.key.account_id)
            if not heard.mark and all(key.status is KeyStatus.ACTIVE and key.reason is None for key in keys):
                return []
            return attempts.refold(
                con, keys, self._fold, at=now.timestamp(), actor="run", message=heard.verdict.text[:MESSAGE_CHARS]
            )

    def final(self, heard: Heard, ask: Ask, answer: Answer) -> None:
        """Commit the final answer of a row that Lusha refused without an item of its own."""
        with self._db.write() as con:
            if answer.status is RowStatus.DO_NOT_CONTACT:
                for kind in sorted(Kind):
                    known = Known(ask.person_fp, kind, Outcome.RESTRICTED, None, heard.key.account_id, "", 0.0, self._clock())
                    self._results.keep(con, known)
            self._journal.done(con, heard.job, ask.row, heard.kinds, answer)

    def _rows(self, con: Connection, heard: Heard) -> None:
        for said in heard.said:
            for known in said.known:
                self._results.keep(con, known)
            if said.answer is not None:
                pin = heard.key.account_id if said.pin else ""
                self._journal.done(con, heard.job, said.ask.row, heard.kinds, said.answer, pin=pin)
        answered = {said.ask.row for said in heard.said if said.answer is not None}
        doubtful = {said.ask.row for said in heard.said if said.pin}
        back = [ask.row for ask in heard.asks if ask.row not in answered]
        pinned = [row for row in back if heard.pin or row in doubtful]
        self._journal.back(con, heard.job, pinned, heard.kinds, heard.key.account_id)
        self._journal.back(con, heard.job, set(back) - set(pinned), heard.kinds, "")

    def _proofs(self, heard: Heard, account_epoch: int, now: datetime) -> list[Evidence]:
        key, rows = heard.key, []

        def proof(kind: EvidenceKind, scope: Scope, **more: object) -> Evidence:
            return Evidence(
                seq=heard.attempt,
                key_id=key.id,
                account_id=key.account_id,
                key_epoch=key.epoch,
                account_epoch=account_epoch,
                scope=scope,
                kind=kind,
                at=now,
                attempt=heard.attempt,
                **more,  # type: ignore[arg-type]
            )

        if isinstance(heard.reply, Answered):
            paid = (heard.reply.charged or 0) > 0 and not heard.reply.out_of_credits
            rows.append(proof(EvidenceKind.PAID if paid else EvidenceKind.OK, Scope.KEY))
        if heard.mark is not None:
            rest = heard.mark.rest_s
            rows.append(
                proof(
                    heard.mark.kind,
                    heard.mark.scope,
                    until=None if rest is None else now + timedelta(seconds=rest),
                    reason=heard.mark.reason,
                    category=_category(heard.kinds) if heard.mark.own_kind_only else None,
                )
            )
        return rows

    def _fold(self, key: Key, account_epoch: int) -> Health:
        return fold(key, self._trail.evidence(key), account_epoch=account_epoch)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _category(kinds: frozenset[Kind]) -> Category | None:
    if len(kinds) != 1:
        return None
    return Category.PHONE_ONLY if Kind.PHONES in kinds else Category.EMAIL_ONLY
