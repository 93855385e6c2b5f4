"""The workbook of the statistics: values, native charts, text that stays text, and nothing the validator minds."""

from __future__ import annotations

import re
import time
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest

from core.errors import FileTrouble
from core.model import Kind, Prospect
from core.stats import tables
from core.stats.book import SHEETS, write_statistics
from core.stats.span import last_days
from core.stats.statistics import Statistics
from core.stats.summary import Price, notes, price_of, summary
from core.stats.tables import Form, shown
from tests.ooxml import validate

PEOPLE = [Prospect(linkedin=f"https://www.linkedin.com/in/someone-{n}") for n in range(30)]


@pytest.fixture
def insights(team):
    team.app.keys.edit(team.app.keys.list()[0].id, label="=1+1")
    team.run(PEOPLE, Kind.PHONES)
    team.run([*PEOPLE, PEOPLE[0]], Kind.EMAILS)
    statistics = Statistics(time.time)
    with team.app.db.reader() as con:
        return statistics.read(con, last_days(7, statistics.today()))


def test_the_sheets_hold_the_figures_and_charts_are_native(insights, tmp_path: Path) -> None:
    path = write_statistics(tmp_path / "s.xlsx", insights, None)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Overview", *SHEETS.values(), "Explanation"]
    facts = {row[0]: row[1] for row in book["Overview"].iter_rows(min_row=4, max_col=2, values_only=True) if row[0]}
    assert facts["Credits used"] == insights.cost.credits
    assert facts["Credits per phone found"] == insights.cost.per_phone
    assert not any("EUR" in what for what in facts)
    days = list(book["Days"].iter_rows(min_row=2, values_only=True))
    assert len(days) == len(insights.days)
    assert sum(row[4] for row in days) == insights.cost.credits
    assert all(book[name].freeze_panes == "A2" for name in SHEETS.values())
    with ZipFile(path) as package:
        charts = [package.read(name).decode() for name in package.namelist() if re.fullmatch(r"xl/charts/chart\d+\.xml", name)]
    assert len(charts) == 6
    assert all("!$" in one for one in charts)
    assert {kind for one in charts for kind in re.findall("<(?:c:)?(barChart|lineChart)>", one)} == {"barChart", "lineChart"}
    assert validate(path) == []


def test_a_label_that_looks_like_a_formula_stays_text(insights, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_statistics(tmp_path / "s.xlsx", insights, None))
    cells = [cell for row in book["Keys"].iter_rows() for cell in row if cell.value == "=1+1"]
    assert cells
    assert {cell.data_type for cell in cells} == {"s"} or {cell.quotePrefix for cell in cells} == {True}


def test_an_existing_file_is_never_replaced(insights, tmp_path: Path) -> None:
    (tmp_path / "s.xlsx").write_bytes(b"mine")
    with pytest.raises(FileTrouble):
        write_statistics(tmp_path / "s.xlsx", insights, None)
    assert (tmp_path / "s.xlsx").read_bytes() == b"mine"


def test_a_home_without_history_makes_a_workbook_without_charts(team, tmp_path: Path) -> None:
    statistics = Statistics(time.time)
    with team.app.db.reader() as con:
        empty = statistics.read(con, last_days(7, statistics.today()))
    path = write_statistics(tmp_path / "s.xlsx", empty, None)
    with ZipFile(path) as package:
        assert not [name for name in package.namelist() if "chart" in name]
    assert validate(path) == []


def test_money_is_shown_only_with_a_price(insights) -> None:
    price = price_of("0.50 EUR")
    assert price == Price(0.5, "EUR")
    assert price_of("") is None
    said = {fact.what: fact.value for fact in summary(insights, price)}
    assert said["Cost in EUR"] == insights.cost.credits * 0.5
    assert said["EUR per phone found"] == insights.cost.per_phone * 0.5
    assert not any("No money" in note for note in notes(insights, price))
    assert any("No money" in note for note in notes(insights, None))


def test_what_cannot_be_said_is_a_dash() -> None:
    assert shown(None, Form.RATE) == "–"
    assert (shown(0.5, Form.RATE), shown(1234, Form.WHOLE), shown(5.111, Form.CREDITS)) == ("50%", "1,234", "5.11")


def test_every_table_has_as_many_cells_as_columns(insights) -> None:
    made = [*tables.tables(insights), tables.rates(insights), tables.by_key_and_day(insights)]
    assert {one.name for one in made} == set(SHEETS)
    for one in made:
        assert one.rows
        assert {len(row) for row in one.rows} == {len(one.columns)}
