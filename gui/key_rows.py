"""Pure: which lines the key list shows and in which order, from the keys and from what the person asked to see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.board import AccountLine, KeyLine
from core.model import Category
from core.words import amount
from gui.looks import INVALID, LOOKS, MISSING, OFF_HOURS, OUT, PLAN_LIMIT, READY, Look, look, waits

ANY_STATE: frozenset[str] = frozenset()
READY_ONLY = frozenset({READY.word})
OUT_NOW = OUT | {OFF_HOURS.word}
YOURS = frozenset({INVALID.word, PLAN_LIMIT.word, MISSING.word})


@dataclass(frozen=True, slots=True)
class Row:
    """One line: an account (``line`` is None) or a key, whose place in the order is ``number`` (from 1)."""

    id: str
    account: AccountLine
    line: KeyLine | None = None
    number: int = 0
    open: bool = True
    look: Look | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """What the person asked to see. ``sort`` is a column; None the order keys are tried in."""

    grouped: bool = True
    category: Category | None = None
    states: frozenset[str] = ANY_STATE
    search: str = ""
    closed: frozenset[str] = field(default_factory=frozenset)
    sort: int | None = None
    descending: bool = False

    def fold(self, account: str) -> View:
        return replace(self, closed=self.closed ^ {account})


def arrange(
    keys: Sequence[KeyLine], accounts: Sequence[AccountLine], view: View, now: datetime, before: Mapping[str, Row] | None = None
) -> list[Row]:
    """The lines of the list, top to bottom; one that says the same as ``before`` (by id) is the same object."""
    by_id, old = {account.id: account for account in accounts}, before or {}
    rows = [row for number, line in enumerate(keys, 1) if _wanted(row := _row(number, line, by_id, now, old), view)]
    if view.grouped:
        return _grouped(rows, view, old)
    if view.sort is not None:
        rows.sort(key=lambda row: _sort_key(row, view.sort or 0), reverse=view.descending)
    return rows


def cap_words(cap: float | None) -> str:
    """``max 20 credits``, of a day; empty without a limit."""
    return "" if cap is None else f"max {amount(cap)} credits"


def _row(number: int, line: KeyLine, accounts: dict[str, AccountLine], now: datetime, before: Mapping[str, Row]) -> Row:
    old, account = before.get(line.key.id), accounts[line.key.account_id]
    same = old is not None and old.line is line and old.account is account and old.number == number
    if old is not None and same and not waits(line.key):
        return old
    shown, note = look(line.key, now)
    if old is not None and same and (old.look, old.note) == (shown, note):
        return old
    return Row(line.key.id, account, line, number, look=shown, note=note)


def _wanted(row: Row, view: View) -> bool:
    if row.line is None or row.look is None:
        return True
    key = row.line.key
    if view.category is not None and key.category not in {view.category, Category.ANY}:
        return False
    if view.states and row.look.word not in view.states:
        return False
    return not view.search or view.search in f"{key.label} {key.last4} {row.look.word} {row.account.label}".casefold()


def _grouped(rows: list[Row], view: View, before: Mapping[str, Row]) -> list[Row]:
    groups: dict[str, list[Row]] = {}
    for row in rows:  # accounts in the order of their first key
        groups.setdefault(row.account.id, []).append(row)
    made = []
    for account_id, mine in groups.items():
        opened = account_id not in view.closed
        head = Row(f"account:{account_id}", mine[0].account, number=len(mine), open=opened)
        old = before.get(head.id)
        made.append(old if old == head else head)
        made += mine if opened else []
    return made


def _sort_key(row: Row, column: int) -> tuple[float, str]:
    line = row.line
    if line is None:
        return (0.0, "")
    match column:
        case 0:
            return (0.0, line.key.label.casefold())
        case 1:
            return (float(list(Category).index(line.key.category)), "")
        case 2:
            return (float(LOOKS.index(row.look)) if row.look else 0.0, "")
        case 3:
            return (float(line.today), "")
        case 4:
            return (float(sum(line.week)), "")
        case 5:
            return (line.rate if line.rate is not None else -1.0, "")
        case _:
            return (line.key.last_used_at.timestamp() if line.key.last_used_at else 0.0, "")
