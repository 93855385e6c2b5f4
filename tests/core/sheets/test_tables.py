"""Excel tables grow with the columns added beside them, and never disagree with their sheet."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.worksheet.filters import FilterColumn, Filters, SortCondition, SortState

from core.errors import FileTrouble
from core.model import Kind
from core.sheets import cells, tables
from core.sheets.columns import targets
from core.sheets.headers import Mapping, detect
from core.sheets.sheet import Area, Put, Refused
from core.sheets.workbook import open_workbook

TABLE = "xl/tables/table1.xml"
ADA = "linkedin.com/in/ada-sample"


@pytest.fixture
def tabled(tmp_path: Path) -> Callable[..., Path]:
    """A workbook with a table in A1:B4; ``change`` gets the worksheet before it is written."""

    def made(options: dict[str, Any] | None = None, change: Callable[[Any], object] | None = None) -> Path:
        path = tmp_path / "table.xlsx"
        with xlsxwriter.Workbook(path, {"strings_to_urls": False}) as book:
            sheet = book.add_worksheet("Leads")
            columns = [{"header": "LinkedIn"}, {"header": "Note"}]
            sheet.add_table("A1:B4", {"columns": columns, "data": [[ADA, 1], [ADA, 2], [ADA, 3]], **(options or {})})
            if change is not None:
                change(sheet)
        return path

    return made


def table_in(path: Path) -> Any:
    return next(iter(openpyxl.load_workbook(path)["Leads"].tables.values()))


def test_a_table_grows_by_every_heading_put_beside_it(tabled: Any, fill: Any) -> None:
    path = tabled()
    report = fill(path, Put(1, 3, "", "Phone", 18.0), Put(1, 4, "", "Status", 14.0), Put(2, 3, "", "+442079460001"))
    table = table_in(path)
    assert report.written == 3
    assert (table.ref, table.autoFilter.ref) == ("A1:D4", "A1:D4")
    assert [(column.id, column.name) for column in table.tableColumns] == [
        (1, "LinkedIn"),
        (2, "Note"),
        (3, "Phone"),
        (4, "Status"),
    ]
    grid = open_workbook(path).sheet().read()
    assert grid.tables[0].area == Area(1, 1, 4, 4)
    assert grid.rows[0] == ["LinkedIn", "Note", "Phone", "Status"]


def test_what_filters_or_sorts_by_a_column_that_leaves_goes_with_it(tabled: Any, fill: Any) -> None:
    path = tabled()
    fill(path, Put(1, 3, "", "Status", 14.0), Put(2, 3, "", "Found"))
    book = openpyxl.load_workbook(path)
    used = next(iter(book["Leads"].tables.values()))
    for column, value in ((0, ADA), (2, "Found")):
        used.autoFilter.filterColumn.append(FilterColumn(colId=column, filters=Filters(filter=[value])))
    used.sortState = SortState(ref="A2:C4", sortCondition=[SortCondition(ref="C2:C4")])
    book.save(path)
    fill(path, Put(1, 3, "Status", "", 0.0), Put(2, 3, "Found", ""))
    table = table_in(path)
    assert (table.ref, table.autoFilter.ref) == ("A1:B4", "A1:B4")
    assert ([one.colId for one in table.autoFilter.filterColumn], table.sortState) == ([0], None)


def test_all_else_in_the_table_part_stays_byte_for_byte(tabled: Any, parts: Any, fill: Any) -> None:
    path = tabled({"total_row": True, "columns": [{"header": "LinkedIn"}, {"header": "Note", "formula": "=1+1"}]})
    before = parts(path)
    fill(path, Put(1, 3, "", "Phone", 18.0))
    after = parts(path)
    undone = after[TABLE].replace(b'<tableColumn id="3" name="Phone"/>', b"").replace(b'count="3"', b'count="2"')
    kept = re.sub(rb'ref="A1:C(\d)"', rb'ref="A1:B\1"', undone)
    assert sorted(re.findall(rb'[\w:]+="[^"]*"', kept)) == sorted(re.findall(rb'[\w:]+="[^"]*"', before[TABLE]))
    assert set(before) == set(after)


def test_the_totals_row_stays_empty_in_new_columns(tabled: Any, fill: Any) -> None:
    path = tabled({"total_row": True})
    sheet = open_workbook(path).sheet()
    grid = sheet.read()
    mapping = detect(grid)
    assert isinstance(mapping, Mapping)
    assert (mapping.first_row, mapping.last_row) == (2, 3)
    layout = targets(grid, mapping, frozenset({Kind.PHONES}))
    assert layout.headings[0].column == 3


def test_a_whole_run_over_a_table_leaves_a_table_that_agrees(tabled: Any, parts: Any) -> None:
    path = tabled()
    sheet = open_workbook(path).sheet()
    grid = sheet.read()
    mapping = detect(grid)
    assert isinstance(mapping, Mapping)
    layout = targets(grid, mapping, frozenset(Kind))
    sheet.put(layout.headings)
    for number, row in grid.filled(mapping.first_row, mapping.last_row):
        sheet.put(layout.puts(number, row, {"Phone": "+442079460001", "Status": "Found"}))
    assert sheet.save().refused == ()
    table = table_in(path)
    assert [column.name for column in table.tableColumns] == [cell.value for cell in openpyxl.load_workbook(path)["Leads"][1]]
    again = detect(open_workbook(path).sheet().read())
    assert isinstance(again, Mapping)
    assert not targets(open_workbook(path).sheet().read(), again, frozenset(Kind)).headings


def test_a_heading_with_a_line_break_is_the_same_in_table_and_cell(tabled: Any, parts: Any, fill: Any) -> None:
    path = tabled()
    fill(path, Put(1, 3, "", "Direct\nphone & <more>", 18.0))
    assert b'name="Direct_x000a_phone &amp; &lt;more&gt;"' in parts(path)[TABLE]
    assert open_workbook(path).sheet().read().cell(1, 3) == "Direct\nphone & <more>"


def test_a_heading_further_right_does_not_grow_the_table(tabled: Any, parts: Any, fill: Any) -> None:
    path = tabled()
    before = parts(path)[TABLE]
    fill(path, Put(1, 4, "", "Phone", 18.0))
    assert parts(path)[TABLE] == before


@pytest.mark.parametrize("name", ["Note", "NOTE"])
def test_a_name_the_table_has_already_is_refused(name: str, tabled: Any) -> None:
    path = tabled()
    before = path.read_bytes()
    sheet = open_workbook(path).sheet()
    sheet.put([Put(1, 3, "", name, 18.0)])
    with pytest.raises(FileTrouble, match="cannot take new columns"):
        sheet.save()
    assert path.read_bytes() == before


def test_a_table_does_not_grow_into_its_neighbour(tabled: Any) -> None:
    path = tabled(change=lambda sheet: sheet.add_table("C1:D3", {"columns": [{"header": "X"}, {"header": "Y"}]}))
    before = path.read_bytes()
    sheet = open_workbook(path).sheet()
    assert sheet.put([Put(1, 3, "", "Phone", 18.0)]) == (Refused(1, 3, "the cell is not empty"),)
    assert sheet.put([Put(2, 3, "", "+442079460001")]) == (Refused(2, 3, "its column got no heading"),)
    assert sheet.save().written == 0
    assert path.read_bytes() == before


def test_a_table_does_not_grow_over_merged_cells(tabled: Any) -> None:
    path = tabled(change=lambda sheet: sheet.merge_range("C3:D3", "", None))
    sheet = open_workbook(path).sheet()
    sheet.put([Put(1, 3, "", "Phone", 18.0)])
    with pytest.raises(FileTrouble, match="cannot grow"):
        sheet.save()


def test_a_table_without_a_header_row_does_not_grow(tabled: Any, parts: Any, fill: Any) -> None:
    path = tabled({"header_row": False})
    before = parts(path)[TABLE]
    fill(path, Put(1, 3, "", "Phone", 18.0))
    assert parts(path)[TABLE] == before


def test_the_headings_of_a_table_are_never_rewritten(tabled: Any, fill: Any) -> None:
    path = tabled()
    assert fill(path, Put(1, 2, "Note", "Phone")).refused == (Refused(1, 2, cells.HEADINGS),)


MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


@pytest.mark.parametrize(
    "columns",
    [
        '<tableColumns count="3"><tableColumn id="1" name="A"/><tableColumn id="2" name="B"/></tableColumns>',
        '<tableColumns count="2"><tableColumn id="1" name="A"/><tableColumn id="1" name="B"/></tableColumns>',
        '<tableColumns count="2"><tableColumn id="1" name="A"/><tableColumn id="2" name="a"/></tableColumns>',
        '<tableColumns count="2"><tableColumn id="1" name="A"/></tableColumns>',
        '<tableColumns count="2"><tableColumn id="1" name="A"/><tableColumn id="2" name="B "/></tableColumns>',
    ],
)
def test_the_check_of_a_table_sees_what_excel_would_repair(columns: str) -> None:
    xml = f'<table {MAIN} displayName="T" ref="A1:B3">{columns}</table>'
    with pytest.raises(FileTrouble, match='"T"'):
        tables.assert_agrees(xml.encode(), "t")
