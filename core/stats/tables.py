"""Pure: the figures as tables, the same for the terminal, the workbook and the window. Values stay values, not text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core import words
from core.model import Kind
from core.stats.facts import Input, Said
from core.stats.figures import AccountFigures, DayFigures, Insights, Tally

Value = str | int | float | date | None

INPUT = {
    Input.LINKEDIN: "LinkedIn URL",
    Input.EMAIL: "E-mail",
    Input.NAME: "Name + company",
    Input.UNKNOWN: "Deleted since",
}
KIND = {Kind.PHONES: "Phone", Kind.EMAILS: "E-mail"}
SAID = {
    Said.ANSWERED: "Answered",
    Said.LIMITED: "Limited",
    Said.OUT: "No credits",
    Said.REFUSED: "Refused",
    Said.ROW: "Bad row",
    Said.TROUBLE: "Trouble",
    Said.OPEN: "Open",
}
KINDS = (Kind.PHONES, Kind.EMAILS)


class Form(StrEnum):
    """How a column's values are shown."""

    TEXT = "text"
    WHOLE = "whole"
    CREDITS = "credits"
    RATE = "rate"
    DAY = "day"
    ANY = "any"  # each value as what it is


@dataclass(frozen=True, slots=True)
class Column:
    """``wide``: left out where there is little room."""

    title: str
    form: Form = Form.WHOLE
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]

    def narrow(self) -> Table:
        """Without the columns that need much room."""
        return self.only(*[column.title for column in self.columns if not column.wide])

    def only(self, *titles: str) -> Table:
        """These columns, in this order."""
        at = {column.title: place for place, column in enumerate(self.columns)}
        kept = [at[title] for title in titles]
        rows = tuple(tuple(row[place] for place in kept) for row in self.rows)
        return Table(self.name, self.title, tuple(self.columns[place] for place in kept), rows)


def shown(value: Value, form: Form) -> str:
    """A value as people read it; a dash for what cannot be said yet."""
    if value is None:
        return "–"
    if form is Form.RATE and isinstance(value, int | float):
        return f"{value:.0%}"
    if form is Form.CREDITS and isinstance(value, int | float):
        return words.amount(round(float(value), 2))
    if isinstance(value, int):
        return f"{value:,}"
    return value.isoformat() if isinstance(value, date) else str(value)


def tables(insights: Insights) -> tuple[Table, ...]:
    """All of them, in the order they are read."""
    return (by_input(insights), by_account(insights), by_day(insights), saved(insights), by_key(insights))


def by_input(insights: Insights) -> Table:
    columns = (
        Column("Asked by", Form.TEXT),
        Column("For", Form.TEXT),
        Column("Answered"),
        Column("Found"),
        Column("Not found"),
        Column("Found rate", Form.RATE),
        Column("Failed"),
        Column("Open", wide=True),
    )
    parts = [((INPUT[asked], KIND[kind]), tally) for (asked, kind), tally in insights.inputs.items()]
    parts += [(("All", KIND[kind]), insights.kinds[kind]) for kind in KINDS if insights.kinds[kind] != Tally()]
    rows = tuple((*names, one.answered, one.found, one.not_found, one.rate, one.failed, one.open) for names, one in parts)
    return Table("by_input", "Found rate by what the row gave", columns, rows)


def rates(insights: Insights) -> Table:
    """The rates alone, one row for each way of asking: what the chart is drawn from."""
    columns = (Column("Asked by", Form.TEXT), *[Column(KIND[kind], Form.RATE) for kind in KINDS])
    asked = list(dict.fromkeys(asked for asked, _ in insights.inputs))
    tallies = {one: [insights.inputs.get((one, kind), Tally()) for kind in KINDS] for one in asked}
    rows = tuple((INPUT[one], *[tally.rate for tally in some]) for one, some in tallies.items())
    return Table("rates", "Found rates", columns, rows)


def by_account(insights: Insights) -> Table:
    columns = (
        Column("Account", Form.TEXT),
        Column("Requests"),
        Column("Credits", Form.CREDITS),
        Column("Phones"),
        Column("Cr/phone", Form.CREDITS),
        Column("E-mails"),
        Column("Cr/e-mail", Form.CREDITS),
        Column("Phone rate", Form.RATE, wide=True),
        Column("E-mail rate", Form.RATE, wide=True),
        Column("People found", wide=True),
        Column("Credits a person", Form.CREDITS, wide=True),
    )
    return Table("by_account", "What each account found and cost", columns, tuple(map(_account, insights.accounts)))


def _account(one: AccountFigures) -> tuple[Value, ...]:
    cost = one.cost
    rates = (one.kinds[kind].rate for kind in KINDS)
    money = (cost.credits, cost.phones, cost.per_phone, cost.emails, cost.per_email)
    return (one.label, one.requests, *money, *rates, cost.people, cost.per_person)


def by_day(insights: Insights) -> Table:
    """Days on which nothing happened are rows too: a chart over days must not close the gaps."""
    columns = (
        Column("Day", Form.DAY),
        Column("People"),
        Column("Found"),
        Column("Rate", Form.RATE),
        Column("Credits", Form.CREDITS),
        Column("Cr/phone", Form.CREDITS),
        Column("Cr/e-mail", Form.CREDITS),
        Column("Requests"),
        Column("Saved"),
        Column("Not found", wide=True),
        Column("Failed", wide=True),
        Column("Phones", wide=True),
        Column("E-mails", wide=True),
        *[Column(word, wide=True) for word in SAID.values()],
    )
    return Table("by_day", "Day by day", columns, tuple(map(_day, insights.days)))


def _day(one: DayFigures) -> tuple[Value, ...]:
    people, cost = one.people, one.cost
    saved = max(0, one.calls.rows - one.calls.requests) + one.spared.known + one.spared.duplicates
    return (
        one.day,
        people.answered,
        people.found,
        people.rate,
        cost.credits,
        cost.per_phone,
        cost.per_email,
        one.calls.requests,
        saved,
        people.not_found,
        people.failed,
        cost.phones,
        cost.emails,
        *[one.said.get(said, 0) for said in SAID],
    )


def saved(insights: Insights) -> Table:
    """What a loop of one request a row would have sent, and what was sent."""
    one = insights.saved
    known = one.spared
    rows: tuple[tuple[Value, ...], ...] = (
        ("Rows that were asked for", one.rows),
        ("Requests they travelled in", one.requests),
        ("Saved by asking many at once", one.batched),
        ("Saved by the store: rows known already", known.known),
        ("  of these known to be unknown to Lusha", known.misses),
        ("Saved because the person stands in an earlier row", known.duplicates),
        ("Requests saved in all", one.total),
    )
    return Table("saved", "Requests saved", (Column("What", Form.TEXT), Column("Requests")), rows)


def by_key(insights: Insights) -> Table:
    columns = (
        Column("Key", Form.TEXT),
        Column("Requests"),
        *[Column(word, wide=said is Said.OPEN) for said, word in SAID.items()],
        Column("Ends in", Form.TEXT, wide=True),
        Column("Account", Form.TEXT, wide=True),
        Column("Credits", Form.CREDITS, wide=True),
    )
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (one.label, one.requests, *_said(one.said), f"...{one.last4}" if one.last4 else "", one.account, one.credits)
        for one in insights.keys
    )
    return Table("by_key", "What Lusha said to each key", columns, rows)


def by_key_and_day(insights: Insights) -> Table:
    """A long list for pivot tables: one row for each day on which a key was used."""
    columns = (
        Column("Day", Form.DAY),
        Column("Key", Form.TEXT),
        Column("Ends in", Form.TEXT),
        Column("Account", Form.TEXT),
        *map(Column, SAID.values()),
    )
    rows: list[tuple[Value, ...]] = [
        (day, one.label, f"...{one.last4}" if one.last4 else "", one.account, *_said(said))
        for one in insights.keys
        for day, said in one.days.items()
    ]
    return Table("by_key_and_day", "Keys day by day", columns, tuple(sorted(rows, key=str)))


def _said(counts: Mapping[Said, int]) -> list[int]:
    return [counts.get(said, 0) for said in SAID]
