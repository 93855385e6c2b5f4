"""The statistics as a workbook: an overview with charts, every table on a sheet of its own, and what the words mean."""

from __future__ import annotations

from pathlib import Path

from core.sheets.charted import DAY, Chart, Data, Front, Heading, Prose, Series, Shape, write_charted
from core.stats import tables
from core.stats.figures import Insights
from core.stats.summary import Price, notes, summary
from core.stats.tables import Column, Form, Table

# the colours of the window's charts; docs/decisions/0042
FOUND, STORED, NOT_FOUND, FAILED, PLAN, PALE = "3451D1", "4FA3D9", "8A8F98", "D55E00", "5B2A86", "C3CAD4"
_FORMS = {
    Form.TEXT: "",
    Form.WHOLE: "#,##0",
    Form.CREDITS: "#,##0.00",
    Form.RATE: "0%",
    Form.DAY: DAY,
    Form.ANY: "General",
}
_WIDTHS = {Form.TEXT: 22.0, Form.DAY: 12.0}
SHEETS = {
    "by_day": "Days",
    "by_input": "Input",
    "rates": "Rates",
    "by_account": "Accounts",
    "saved": "Saved",
    "by_key": "Keys",
    "by_key_and_day": "Keys by day",
}
SAID_COLOURS = (FOUND, STORED, FAILED, PLAN, PALE, NOT_FOUND)  # answered, limited, no credits, refused, bad row, trouble

EXPLAINED = (
    ("Where it comes from", "Everything is added up from the requests, rows and jobs kept on this computer. Nothing was asked."),
    ("People looked up", "Rows that Lusha answered: found or not found. One row counts once, whatever it was asked for."),
    ("Found", "At least one of the kinds asked for came. For a phone or an e-mail: that kind came."),
    ("Not found", "Lusha knows nobody, or knows the person without this kind. Whom it may not provide is in no rate."),
    ("Failed", "No usable answer, or a row that cannot be looked up. In no rate."),
    ("Asked by", "The strongest thing the row said: LinkedIn URL, else e-mail, else name with company."),
    ("Credits", "What Lusha charged for each request. Money is shown only if somebody has set a price for a credit."),
    (
        "Credits per phone, per e-mail",
        (
            "All credits of requests for that kind, misses included, divided by what was found. A request for both kinds is"
            " divided as the account's prices divide what came with it."
        ),
    ),
    (
        "Requests saved",
        "Against a loop that sends one request for each row: by batches, by the store, by rows of the same person.",
    ),
    ("Credits saved, at most", "Phones and e-mails from the store at the lowest price known for your accounts."),
    ("Limited", "Lusha named a minute, hour or day limit (429)."),
    ("No credits", "Out of credits (402, or during a batch), or the trial has ended."),
    ("Refused", "The key, its account or its plan was refused (401, 403, wrong form)."),
    ("Bad row", "Lusha refused the row or may not provide the person. The key is not to blame."),
    ("Trouble", "No network, trouble at Lusha, an answer that got lost. The key is not to blame."),
    ("Days", "Local days of this computer. A request counts on the day it was sent; what the store saved, when the job began."),
)


def write_statistics(path: Path, insights: Insights, price: Price | None) -> Path:
    """A new .xlsx. Raises FileTrouble when the name is taken or no .xlsx."""
    made = [*tables.tables(insights), tables.rates(insights), tables.by_key_and_day(insights)]
    data = {table.name: _data(table) for table in made}
    facts = [(fact.what, fact.value, _FORMS[fact.form]) for fact in summary(insights, price)]
    title = f"{insights.first:%d %b %Y} to {insights.last:%d %b %Y}, this computer"
    charts = [chart for chart in _charts() if _drawable(chart, data)]
    front = Front("Overview", "LushaEnrich statistics", title, facts, charts)
    remarks = [("Note", text) for text in notes(insights, price)]
    return write_charted(path, front, [data[name] for name in SHEETS], Prose("Explanation", (*EXPLAINED, *remarks)))


def _data(table: Table) -> Data:
    headings = [Heading(_title(column), _WIDTHS.get(column.form, 11.0), _FORMS[column.form]) for column in table.columns]
    if table.name == "saved":
        headings[0] = Heading("What", 52.0)
    return Data(SHEETS[table.name], headings, table.rows)


def _title(column: Column) -> str:
    return column.title.replace("Cr/", "Credits per ")


def _drawable(chart: Chart, data: dict[str, Data]) -> bool:
    """A chart over nothing is not drawn."""
    rows = next(one.rows for one in data.values() if one.name == chart.sheet)
    return any(row[series.column - 1] for row in rows for series in chart.series)


def _charts() -> tuple[Chart, ...]:
    day = "d mmm"
    said = [Series(14 + place, colour) for place, colour in enumerate(SAID_COLOURS)]
    return (
        Chart(
            "Days",
            "People by day",
            Shape.STACKED,
            (Series(3, FOUND), Series(10, NOT_FOUND), Series(11, FAILED)),
            "People",
            categories=day,
        ),
        Chart(
            "Rates",
            "Found rate by what the row gave",
            Shape.COLUMNS,
            (Series(2, FOUND), Series(3, STORED)),
            "Found",
            "0%",
            labels=True,
        ),
        Chart(
            "Days",
            "Credits for each phone and e-mail found",
            Shape.LINES,
            (Series(6, FOUND), Series(7, FAILED)),
            "Credits",
            "#,##0.0",
            day,
        ),
        Chart(
            "Days", "Requests sent and saved", Shape.STACKED, (Series(8, NOT_FOUND), Series(9, FOUND)), "Requests", categories=day
        ),
        Chart("Days", "What Lusha said to the keys", Shape.STACKED, said, "Requests", categories=day),
        Chart("Accounts", "Credits by account", Shape.COLUMNS, (Series(3, FOUND),), "Credits"),
    )
