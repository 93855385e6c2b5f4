"""`lusha-enrich stats`: what the pool found, what it cost, what was saved. Reads the local store and asks nobody."""

from __future__ import annotations

import argparse
import textwrap
import time
from pathlib import Path

from cli.opening import opened
from cli.show import document
from cli.show import table as shown_table
from core.errors import UsageError
from core.stats import tables
from core.stats.book import write_statistics
from core.stats.figures import Cost, Insights, Tally
from core.stats.span import Span, between, last_days
from core.stats.statistics import Statistics
from core.stats.summary import Price, notes, price_of, summary
from core.stats.tables import Form, Table, shown

USUAL_DAYS = 30
_LATEST = 31  # days on the terminal; --json and --xlsx have all


def stats(args: argparse.Namespace) -> int:
    """Print the figures of a span of days, or write them as a workbook."""
    with opened() as app, app.db.reader() as con:
        statistics = Statistics(time.time)
        insights = statistics.read(con, _span(args, statistics))
        price = price_of(app.settings.credit_price)
    saved = write_statistics(Path(args.xlsx), insights, price) if args.xlsx else None
    if args.json:
        document(_public(insights, price) | ({"xlsx": str(saved)} if saved else {}))
    elif saved:
        print(f"Written: {saved}")
    elif insights.empty:
        print(f"Nothing was looked up from {insights.first} to {insights.last}. --days all shows everything.")
    else:
        _show(insights, price)
    return 0


def _span(args: argparse.Namespace, statistics: Statistics) -> Span:
    if args.days and (args.since or args.until):
        raise UsageError("Say the time once", "Use --days, or --since and --until.")
    if args.since or args.until:
        return between(args.since, args.until, statistics.today())
    days = args.days or str(USUAL_DAYS)
    if days != "all" and not (days.isdecimal() and 1 <= int(days) <= 36_500):
        raise UsageError("This is not a number of days", f'"{days}": write a whole number such as 90, or all.')
    return last_days(None if days == "all" else int(days), statistics.today())


def _show(insights: Insights, price: Price | None) -> None:
    print(f"{insights.first} to {insights.last}, this computer")
    facts = summary(insights, price)
    wide = max(len(fact.what) for fact in facts)
    for fact in facts:
        print(f"  {fact.what:{wide}}  {shown(fact.value, fact.form):>12}")
    for table in tables.tables(insights):
        _print(table)
    print()
    for note in notes(insights, price):
        print(textwrap.fill(note, 79))


def _print(table: Table) -> None:
    narrow, active = table.narrow(), list(table.rows)
    if table.name == "by_day":
        active = [row for row in narrow.rows if any(row[1:])]
        left, rows = len(active) - _LATEST, active[-_LATEST:]
        said = f" (the latest {_LATEST} of {len(active)} days with look-ups)" if left > 0 else ""
    else:
        rows, said = list(narrow.rows), ""
    if not rows:
        return
    print(f"\n{table.title}{said}")
    forms = [column.form for column in narrow.columns]
    cells = [[_short(shown(value, form)) for value, form in zip(row, forms, strict=True)] for row in rows]
    head = [column.title for column in narrow.columns]
    print(shown_table(*_right(head, cells, forms)))


def _short(text: str) -> str:
    """So that a long label does not push the numbers out of sight."""
    return text if len(text) <= 50 else f"{text[:49]}…"


def _right(head: list[str], rows: list[list[str]], forms: list[Form]) -> tuple[list[str], list[list[str]]]:
    """Numbers stand under each other."""
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
    numbers = [form not in {Form.TEXT, Form.DAY} for form in forms]

    def set_(row: list[str]) -> list[str]:
        return [cell.rjust(width) if number else cell for cell, width, number in zip(row, widths, numbers, strict=True)]

    return set_(head), [set_(row) for row in rows]


# -- for scripts -------------------------------------------------------------------------------------------------------
def _public(insights: Insights, price: Price | None) -> dict[str, object]:
    """The document of the command: shares 0 to 1, null where there is nothing to divide by."""
    saved = insights.saved
    return {
        "since": insights.first.isoformat(),
        "until": insights.last.isoformat(),
        "people": _tally(insights.people),
        "kinds": {kind.value: _tally(tally) for kind, tally in insights.kinds.items()},
        "inputs": [
            {"input": asked.value, "kind": kind.value, **_tally(tally)} for (asked, kind), tally in insights.inputs.items()
        ],
        "cost": _cost(insights.cost, price),
        "requests": insights.calls.requests,
        "lost_answers": insights.calls.lost,
        "lost_credits_at_most": insights.calls.unsure,
        "saved": {
            "rows_asked": saved.rows,
            "requests": saved.total,
            "by_batches": saved.batched,
            "by_store": saved.spared.known,
            "by_duplicates": saved.spared.duplicates,
            "credits_at_most": saved.credits,
            "prices_assumed": saved.assumed,
            "jobs_not_counted": saved.unnoted,
        },
        "accounts": [
            {
                "account": one.label,
                "requests": one.requests,
                **_cost(one.cost, price),
                **{kind.value + "_rate": tally.rate for kind, tally in one.kinds.items()},
            }
            for one in insights.accounts
        ],
        "keys": [
            {
                "label": one.label,
                "last4": one.last4,
                "account": one.account,
                "requests": one.requests,
                "credits": one.credits,
                "said": one.said,
                "days": {day.isoformat(): said for day, said in one.days.items()},
            }
            for one in insights.keys
        ],
        "days": [
            {
                "day": one.day.isoformat(),
                **_tally(one.people),
                **_cost(one.cost, price),
                "requests": one.calls.requests,
                "said": one.said,
                "from_store": one.spared.known,
                "duplicates": one.spared.duplicates,
            }
            for one in insights.days
        ],
    }


def _tally(one: Tally) -> dict[str, object]:
    return {"found": one.found, "not_found": one.not_found, "failed": one.failed, "open": one.open, "rate": one.rate}


def _cost(one: Cost, price: Price | None) -> dict[str, object]:
    said: dict[str, object] = {
        "credits": one.credits,
        "phones": one.phones,
        "emails": one.emails,
        "credits_per_phone": one.per_phone,
        "credits_per_email": one.per_email,
        "credits_per_person": one.per_person,
    }
    return said if price is None else said | {"money": round(one.credits * price.each, 4), "currency": price.currency}
