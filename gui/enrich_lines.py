"""Pure: what will happen with every row of a file, as lines that add up, and the first rows as they will be asked."""

from __future__ import annotations

from dataclasses import dataclass

from core import words
from core.engine.preflight import Plan, Row
from core.enriching import Opened
from core.model import RowStatus

_PREVIEW, _REASONS = 6, 3


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the preflight table; all lines add up to the rows."""

    count: int
    what: str
    more: str
    numbers: tuple[int, ...] = ()  # rows that can be shown


def lines_of(plan: Plan) -> list[Line]:
    """Every row is in exactly one line; a line of 0 is not shown."""
    by: dict[str, list[int]] = {}
    for number, answer in sorted(plan.answers.items()):
        by.setdefault(_LINE_OF.get(answer.status, "known"), []).append(number)
    links = sum(bool(ask.prospect.linkedin) for asks in plan.ready.values() for ask in asks)
    others = plan.to_send - links
    how = " · ".join(
        text for count, text in ((links, f"by LinkedIn {links:,}"), (others, f"by name or e-mail {others:,}")) if count
    )
    doubles = tuple(sorted(plan.duplicates))
    lines = [
        Line(plan.to_send, "ready to look up", how),
        Line(len(by.get("filled", ())), "already filled", "left as they are"),
        Line(len(by.get("known", ())), "known from earlier", "0 credits"),
        Line(len(doubles), f"duplicate{'s' * (len(doubles) != 1)} of a row above", "filled from it, 0 credits", doubles),
        *_unusable(plan, by.get("unusable", [])),
        Line(len(by.get("not", ())), "not to be contacted", "not sent", tuple(by.get("not", ()))),
    ]
    return [line for line in lines if line.count]


_LINE_OF = {
    RowStatus.ALREADY_FILLED: "filled",
    RowStatus.CANNOT_LOOK_UP: "unusable",
    RowStatus.DO_NOT_CONTACT: "not",
}


def _unusable(plan: Plan, numbers: list[int]) -> list[Line]:
    """A line for each of the commonest reasons, each with its own rows."""
    by: dict[str, list[int]] = {}
    for number in numbers:
        by.setdefault(plan.answers[number].reason, []).append(number)
    reasons = sorted(by.items(), key=lambda item: -len(item[1]))
    lines = [Line(len(rows), "cannot be looked up", reason, tuple(rows)) for reason, rows in reasons[:_REASONS]]
    rest = tuple(sorted(row for _reason, rows in reasons[_REASONS:] for row in rows))
    return [*lines, Line(len(rest), "cannot be looked up", "for other reasons", rest)]


def preview_of(opened: Opened, plan: Plan) -> list[tuple[str, str, str]]:
    """The first rows as they will be asked, or why not."""
    made = []
    for row in opened.rows[:_PREVIEW]:
        who = row.prospect
        name = f"{who.first_name} {who.last_name}".strip() if who else ""
        made.append((f"Row {row.number}", name, _how(row, plan)))
    return made


def _how(row: Row, plan: Plan) -> str:
    if row.number in plan.duplicates:
        return words.duplicate_of(plan.duplicates[row.number])
    answer = plan.answers.get(row.number)
    if answer is not None:
        return answer.reason or words.STATUS[answer.status]
    if row.prospect is None:
        return row.problem
    if row.prospect.linkedin:
        return row.prospect.linkedin.removeprefix("https://www.")
    return (
        row.prospect.email
        or f"{row.prospect.first_name} {row.prospect.last_name} + {row.prospect.company or row.prospect.domain}"
    )
