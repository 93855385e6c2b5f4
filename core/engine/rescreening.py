"""What was planned or answered before the do-not-contact list grew, as it may still be carried out or told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.engine.answers import Ask
from core.engine.preflight import Plan, Row, combine
from core.engine.screening import Screen, not_sent
from core.model import Answer, Kind, RowStatus


def rescreened(planned: Plan, screen: Screen) -> Plan:
    """The plan without asking for or telling anything of whom the list holds back by now; they have an answer that says so."""
    if not screen.listed:
        return planned
    parts = {row: [screen.answer(part) for part in some] for row, some in planned.parts.items()}
    held = _held(planned, parts, screen)
    left = {kinds: [ask for ask in asks if ask.row not in held] for kinds, asks in planned.ready.items()}
    return replace(
        planned,
        ready={kinds: asks for kinds, asks in left.items() if asks},
        answers={row: screen.answer(answer) for row, answer in planned.answers.items()} | held,
        parts={row: some for row, some in parts.items() if row not in held},
    )


def screened(rows: Sequence[Row], answers: Mapping[int, Answer], screen: Screen) -> dict[int, Answer]:
    """The answers as they may be told now: nothing of whoever the answer, or the row itself, says is on the list."""
    if not screen.listed:
        return dict(answers)
    prospects = {row.number: row.prospect for row in rows if row.prospect is not None}
    return {number: screen.told(answer, prospects.get(number)) for number, answer in answers.items()}


def _held(planned: Plan, parts: dict[int, list[Answer]], screen: Screen) -> dict[int, Answer]:
    """The rows that must not be sent any more, with their answers."""
    asked: dict[int, tuple[Ask, frozenset[Kind]]] = {}
    for kinds, asks in planned.ready.items():
        for ask in asks:
            asked[ask.row] = (ask, kinds | (asked[ask.row][1] if ask.row in asked else frozenset()))
    held: dict[int, Answer] = {}
    for row, (ask, lacked) in asked.items():
        some = parts.get(row, [])
        kinds = lacked.union(*(part.kinds for part in some))
        if (entry := screen.prospect(ask.prospect)) is not None:
            held[row] = Answer(RowStatus.DO_NOT_CONTACT, reason=not_sent(entry), kinds=kinds)
        elif any(part.status is RowStatus.DO_NOT_CONTACT for part in some):
            held[row] = combine(some, kinds)
    return held
