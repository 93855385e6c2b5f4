"""From insights to what the charts and lists draw. No arithmetic of its own beyond putting days together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.stats import tables
from core.stats.folding import folded
from core.stats.tables import INPUT, KIND, KINDS, SAID, Form, shown
from gui.insight_charts import Point, Series
from gui.lists import Column, Item

if TYPE_CHECKING:
    from core.stats.figures import Insights, KeyFigures
    from core.stats.tables import Table

PEOPLE = (Series("found", "found"), Series("not found", "notfound"), Series("failed", "failed"))
COST = (Series("a phone", "found"), Series("an e-mail", "failed"))
REQUESTS = (Series("sent", "notfound"), Series("saved", "found"))
_SAID_COLOURS = ("found", "stored", "failed", "plan_bg", "left", "notfound")
KEYS = tuple(Series(SAID[said].lower(), colour) for said, colour in zip(SAID, _SAID_COLOURS, strict=False))
_SHOWN = tuple(SAID)[: len(KEYS)]  # what has no answer yet is in the table only
_KIND_COLOURS = ("found", "stored")


def people_points(insights: Insights) -> list[Point]:
    return [_point(one.day, one.people.found, one.people.not_found, one.people.failed) for one in folded(insights.days)]


def cost_points(insights: Insights) -> list[Point]:
    return [_point(one.day, one.cost.per_phone, one.cost.per_email) for one in folded(insights.days)]


def request_points(insights: Insights) -> list[Point]:
    made = []
    for one in folded(insights.days):
        saved = max(0, one.calls.rows - one.calls.requests) + one.spared.known + one.spared.duplicates
        made.append(_point(one.day, one.calls.requests, saved))
    return made


def key_points(insights: Insights, key: KeyFigures | None) -> list[Point]:
    """What Lusha said day by day, to all keys or to one."""
    if key is None:
        return [_point(one.day, *[one.said.get(said, 0) for said in _SHOWN]) for one in folded(insights.days)]
    days = [one for one in insights.days if one.day in key.days]
    return [_point(one.day, *[key.days[one.day].get(said, 0) for said in _SHOWN]) for one in days]


def bars(insights: Insights) -> list[tuple[str, float | None, str, str]]:
    """A bar for each way of asking and kind: name, share, what of, colour."""
    return [
        (f"{INPUT[asked]}, {KIND[kind].lower()}", tally.rate, f"of {tally.answered:,}", _KIND_COLOURS[KINDS.index(kind)])
        for (asked, kind), tally in insights.inputs.items()
    ]


def account_bars(insights: Insights) -> list[tuple[str, float | None, str, str]]:
    """The same for each account and the kinds it was asked for."""
    return [
        (f"{one.label}, {KIND[kind].lower()}", one.kinds[kind].rate, f"of {one.kinds[kind].answered:,}", colour)
        for one in insights.accounts[:4]
        for kind, colour in zip(KINDS, _KIND_COLOURS, strict=True)
        if one.kinds[kind].answered
    ]


def behind(insights: Insights) -> tuple[Table, ...]:
    """The numbers of each chart, in the order of the cards."""
    day = tables.by_day(insights)
    return (
        day.only("Day", "People", "Found", "Not found", "Failed", "Rate"),
        tables.by_input(insights).only("Asked by", "For", "Answered", "Found", "Found rate"),
        day.only("Day", "Credits", "Phones", "Cr/phone", "E-mails", "Cr/e-mail"),
        tables.saved(insights),
        tables.by_key(insights).narrow(),
        tables.by_account(insights).only("Account", "Credits", "Phones", "Phone rate", "E-mails", "E-mail rate"),
    )


def columns(table: Table) -> list[Column]:
    """The first takes what is left; where there is no room for it, the last ones are hidden (copying takes them along)."""
    widths = [_width(table, place) for place in range(len(table.columns))]
    needed = [sum(widths[: place + 1]) for place in range(len(widths))]
    return [
        Column(one.title, widths[place] if place else 0, right=place > 0, hides=needed[place] if place else 0)
        for place, one in enumerate(table.columns)
    ]


def _width(table: Table, place: int) -> int:
    """Pixels at 100 % for the title and the widest value."""
    form = table.columns[place].form
    widest = max([len(table.columns[place].title), *[len(shown(row[place], form)) for row in table.rows]])
    return (36 if not place else 26) + 7 * min(widest, 24)


def items(table: Table) -> list[Item]:
    """The rows of a table as lines of a list, days newest first."""
    forms = [column.form for column in table.columns]
    made = [
        Item(f"{place}:{row[0]}", tuple(shown(value, form) for value, form in zip(row, forms, strict=True)))
        for place, row in enumerate(table.rows)
    ]
    return made[::-1] if forms[0] is Form.DAY else made


def _point(day: object, *values: float | None) -> Point:
    return Point(f"{day:%d %b}".lstrip("0"), values)
