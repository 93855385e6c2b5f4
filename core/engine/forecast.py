"""What a person reads before anything is spent: a line for every group of rows, what it costs, how far the credits go."""

from __future__ import annotations

from datetime import datetime

from core import words
from core.engine.preflight import Cost, Plan, Pool
from core.model import RowStatus


def groups(plan: Plan) -> list[tuple[int, str]]:
    """How many rows are in which group; every row is in exactly one, a group without rows is left out."""
    known = plan.count(RowStatus.FROM_STORE, RowStatus.PARTLY_FOUND, RowStatus.NOT_FOUND, RowStatus.FOUND, RowStatus.CHECK_MATCH)
    lines = (
        (plan.to_send, "ready to look up"),
        (plan.count(RowStatus.ALREADY_FILLED), "already filled, left as they are"),
        (known, "known from earlier, 0 credits"),
        (len(plan.duplicates), "duplicates of a row above, 0 credits"),
        (plan.count(RowStatus.CANNOT_LOOK_UP, RowStatus.FAILED), "cannot be looked up"),
        (plan.count(RowStatus.DO_NOT_CONTACT), "do not contact, not sent"),
    )
    return [(count, text) for count, text in lines if count]


def problems(plan: Plan, most: int = 5) -> list[str]:
    """Why rows cannot be looked up: the reasons by how many rows they concern, with the first row numbers."""
    rows: dict[str, list[int]] = {}
    for number, answer in sorted(plan.answers.items()):
        if answer.status in {RowStatus.CANNOT_LOOK_UP, RowStatus.DO_NOT_CONTACT}:
            rows.setdefault(answer.reason, []).append(number)
    worst = sorted(rows.items(), key=lambda item: -len(item[1]))
    others = sum(len(numbers) for _reason, numbers in worst[most:])
    said = [words.rows_with(reason, numbers) for reason, numbers in worst[:most]]
    return [*said, words.other_reasons(others)] if others else said


def costs(plan: Plan, cost: Cost, pool: Pool, now: datetime) -> list[str]:
    """The range against what there is, and near which row the credits would end."""
    lines = [words.cost_range(cost.least, cost.likely, cost.most, assumed=cost.assumed)]
    lines.append(words.available(cost.available, pool.keys, cost.accounts))
    end = cost.ends_near(plan.to_send)
    if end is not None:
        lines.append(words.credits_end(end, plan.to_send, pool.first_back, now))
    elif not pool.keys and pool.first_back is not None:
        lines.append(words.first_key_back(pool.first_back, now))
    return lines
