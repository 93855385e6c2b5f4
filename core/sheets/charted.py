"""A new workbook of our own with typed tables and native charts over them. Knows nothing of what the numbers mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.layout import Layout, ManualLayout
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.drawing.line import LineProperties
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

from core.sheets.report import check_new, write_book
from core.sheets.sheet import cell_text, letters

Value = str | int | float | date | None
Sheet = Any  # the types that openpyxl ships do not fit its own use of them

_INK, _QUIET, _LINE = "161B24", "616B7B", "E1E5EB"
_HEAD = PatternFill("solid", fgColor="E9EEFE")
_RULE = Border(bottom=Side(style="thin", color="838D9C"))
DAY = "yyyy-mm-dd"  # a heading over days stands at the left like them
_PROSE_CHARS = 105  # in one line of the second column
CHART_WIDE, CHART_HIGH = 16.5, 8.0  # centimetres


class Shape(StrEnum):
    STACKED = "stacked"  # columns
    COLUMNS = "columns"
    LINES = "lines"


@dataclass(frozen=True, slots=True)
class Heading:
    """``form`` is a number format; empty is text. ``width`` in characters."""

    title: str
    width: float
    form: str = ""


@dataclass(frozen=True, slots=True)
class Data:
    """A sheet with one table: headings in row 1, frozen and with a filter."""

    name: str
    headings: Sequence[Heading]
    rows: Sequence[Sequence[Value]]


@dataclass(frozen=True, slots=True)
class Series:
    """A column (from 1) of the chart's sheet and its colour, RRGGBB."""

    column: int
    colour: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Drawn over the rows of a `Data` sheet; the first column names the categories. ``form`` of the value axis."""

    sheet: str
    title: str
    shape: Shape
    series: Sequence[Series]
    axis: str
    form: str = "#,##0"
    categories: str = "General"
    labels: bool = False


@dataclass(frozen=True, slots=True)
class Front:
    """The first sheet: title, a line under it, facts (what, value, number format), charts beside them."""

    name: str
    title: str
    under: str
    facts: Sequence[tuple[str, Value, str]]
    charts: Sequence[Chart]


@dataclass(frozen=True, slots=True)
class Prose:
    """A sheet of words: (heading, sentence) pairs."""

    name: str
    lines: Sequence[tuple[str, str]]


def write_charted(path: Path, front: Front, data: Sequence[Data], prose: Prose) -> Path:
    """Save all of it as a new .xlsx. Raises FileTrouble when the name is taken or no .xlsx."""
    target = check_new(path)
    book = Workbook()
    sheet: Sheet = book.active
    sheet.title = front.name
    sheets = {one.name: _data(book.create_sheet(one.name), one) for one in data}
    _front(sheet, front, sheets)
    _prose(book.create_sheet(prose.name), prose)
    return write_book(book, target)


def _data(sheet: Sheet, data: Data) -> Sheet:
    sheet.freeze_panes = "A2"
    for place, heading in enumerate(data.headings, 1):
        sheet.column_dimensions[letters(place)].width = heading.width
        _put(sheet, 1, place, heading.title)
        cell = sheet.cell(1, place)
        cell.font, cell.fill, cell.border = Font(bold=True, color=_INK), _HEAD, _RULE
        cell.alignment = Alignment(horizontal="left" if heading.form in {"", DAY} else "right", wrap_text=True, vertical="center")
    for number, row in enumerate(data.rows, 2):
        for place, (value, heading) in enumerate(zip(row, data.headings, strict=True), 1):
            _put(sheet, number, place, value, heading.form)
    sheet.row_dimensions[1].height = 32  # two lines
    if data.rows:
        sheet.auto_filter.ref = f"A1:{letters(len(data.headings))}{len(data.rows) + 1}"
    _printable(sheet)
    sheet.print_title_rows = "1:1"
    return sheet


def _front(sheet: Sheet, front: Front, sheets: dict[str, Sheet]) -> None:
    sheet.sheet_view.showGridLines = False
    for column, width in (("A", 30), ("B", 14), ("C", 3)):
        sheet.column_dimensions[column].width = width
    _put(sheet, 1, 1, front.title)
    _put(sheet, 2, 1, front.under)
    sheet["A1"].font, sheet["A2"].font = Font(bold=True, size=16, color=_INK), Font(color=_QUIET)
    for number, (what, value, form) in enumerate(front.facts, 4):
        _put(sheet, number, 1, what)
        _put(sheet, number, 2, value, form)
        sheet.cell(number, 2).font = Font(bold=True)
        sheet.cell(number, 2).alignment = Alignment(horizontal="right")
        for place in (1, 2):
            sheet.cell(number, place).border = Border(bottom=Side(style="hair", color=_LINE))
    for place, chart in enumerate(front.charts):
        sheet.add_chart(_chart(sheets[chart.sheet], chart), f"{'DM'[place % 2]}{4 + 17 * (place // 2)}")
    _printable(sheet)
    sheet.page_setup.fitToHeight = 1


def _prose(sheet: Sheet, prose: Prose) -> None:
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 28, 100
    for number, (head, text) in enumerate(prose.lines, 1):
        _put(sheet, number, 1, head)
        _put(sheet, number, 2, text)
        sheet.cell(number, 1).font = Font(bold=True, color=_INK)
        for place in (1, 2):
            sheet.cell(number, place).alignment = Alignment(wrap_text=True, vertical="top")
        sheet.row_dimensions[number].height = 16 * -(-len(text) // _PROSE_CHARS)
    _printable(sheet)


def _put(sheet: Sheet, row: int, column: int, value: Value, form: str = "") -> None:
    """Numbers and days as such; text is text, whatever it begins with."""
    if value is None or value == "":
        return
    cell = sheet.cell(row, column)
    if isinstance(value, str):
        cell.value = cell_text(value, 32_000)
        cell.data_type, cell.number_format = "s", "@"  # openpyxl would make a formula of "=1+1" even in a text cell
    else:
        cell.value, cell.number_format = value, form or "General"
        if isinstance(value, date):
            cell.alignment = Alignment(horizontal="left")


def _printable(sheet: Sheet) -> None:
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0


def _chart(sheet: Sheet, chart: Chart) -> Any:  # noqa: ANN401  as above
    made: Any = LineChart() if chart.shape is Shape.LINES else BarChart()
    if isinstance(made, BarChart):
        made.type, made.gapWidth = "col", 60
        made.grouping, made.overlap = ("stacked", 100) if chart.shape is Shape.STACKED else ("clustered", 0)
    last = max(2, sheet.max_row)
    for series in chart.series:
        made.add_data(Reference(sheet, min_col=series.column, min_row=1, max_row=last), titles_from_data=True)
        _coloured(made.series[-1], series.colour, chart)
    made.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=last))
    made.title, made.legend.position = chart.title, "b"
    made.width, made.height = CHART_WIDE, CHART_HIGH
    made.display_blanks = "span"  # a day without is no zero
    _axes(made, chart, last - 1)
    return made


def _coloured(series: Any, colour: str, chart: Chart) -> None:  # noqa: ANN401  as above
    if chart.shape is Shape.LINES:
        series.graphicalProperties = GraphicalProperties(ln=LineProperties(solidFill=colour, w=22_000))
        series.marker.symbol, series.marker.size, series.smooth = "circle", 5, False
        series.marker.graphicalProperties = GraphicalProperties(solidFill=colour, ln=LineProperties(solidFill=colour))
    else:
        series.graphicalProperties = GraphicalProperties(solidFill=colour)
    if chart.labels:
        series.dLbls = DataLabelList(
            showVal=True, showSerName=False, showCatName=False, showLegendKey=False, showPercent=False, numFmt=chart.form
        )


def _axes(made: Any, chart: Chart, points: int) -> None:  # noqa: ANN401  as above
    made.x_axis.delete = made.y_axis.delete = False  # openpyxl leaves both out otherwise
    made.y_axis.title, made.y_axis.number_format = chart.axis, chart.form
    made.y_axis.scaling.min = 0
    if chart.form.endswith("%"):
        made.y_axis.scaling.max = 1
    made.y_axis.majorGridlines.spPr = GraphicalProperties(ln=LineProperties(solidFill=_LINE))
    made.x_axis.number_format, made.x_axis.tickLblPos = chart.categories, "low"
    made.x_axis.tickLblSkip = made.x_axis.tickMarkSkip = max(1, -(-points // 10))
    made.layout = Layout(ManualLayout(x=0.09, y=0.14, w=0.88, h=0.62, xMode="edge", yMode="edge", layoutTarget="inner"))
