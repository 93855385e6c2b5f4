"""A workbook with most things a person's real file may hold: XlsxWriter makes what it can, the rest is put into the zip."""

from __future__ import annotations

import importlib.resources
import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

HEAD = ("Name", "Company", "LinkedIn URL", "Score", "Due", "Phone", "Email", "Calc")
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MICROSOFT = "http://schemas.microsoft.com/office"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
NOBODY = "{00000000-0000-0000-0000-000000000001}"

Person = tuple[str, str, str]  # name, company, LinkedIn URL


def torture(path: Path, people: Sequence[Person], *, totals: bool = False) -> Path:
    """An .xlsm with a table of ``people`` on its first sheet, and two columns free at the table's right."""
    book = xlsxwriter.Workbook(path)
    book.add_vba_project(io.BytesIO(_macros()), is_stream=True)
    leads, report, hidden = book.add_worksheet("Leads"), book.add_worksheet("Report"), book.add_worksheet("Hidden")
    hidden.very_hidden()
    _list(book, leads, people, totals=totals)
    _decorate(book, leads, len(people))
    _report(book, report)
    chart = book.add_chartsheet("ChartSheet")
    pie = book.add_chart({"type": "pie"})
    pie.add_series({"values": "=Leads!$D$2:$D$6"})
    chart.set_chart(pie)
    book.define_name("Anchor", "=Leads!$A$1")
    book.set_properties({"title": "T", "comments": "keep me"})
    book.set_custom_property("Ticket", "ABC-1")
    book.close()
    _inject(path)
    return path


def _macros() -> bytes:
    """A real VBA project, out of the installed xlwings package."""
    quickstart = (importlib.resources.files("xlwings") / "quickstart.xlsm").read_bytes()
    return zipfile.ZipFile(io.BytesIO(quickstart)).read("xl/vbaProject.bin")


def _list(book: Any, sheet: Any, people: Sequence[Person], *, totals: bool) -> None:
    bold, day = book.add_format({"bold": 1}), book.add_format({"num_format": "yyyy-mm-dd"})
    for column, text in enumerate(HEAD):
        sheet.write(0, column, text, bold)
    for row, (name, company, link) in enumerate(people, 1):
        sheet.write_row(row, 0, [name, company])
        sheet.write_url(row, 2, link) if row % 2 and link else sheet.write_string(row, 2, link)
        sheet.write(row, 3, row * 1.5)
        sheet.write(row, 4, 45000 + row, day)
        sheet.write_formula(row, 7, f"=D{row + 1}*2", None, row * 3)
    columns: list[dict[str, Any]] = [{"header": text} for text in HEAD[:-1]]
    columns.append({"header": "Calc", "formula": "=[@Score]*2"} | ({"total_function": "sum"} if totals else {}))
    last = len(people) + totals
    sheet.add_table(
        0, 0, last, 7, {"name": "LeadsTable", "columns": columns, "style": "Table Style Medium 9", "total_row": totals}
    )


def _decorate(book: Any, sheet: Any, rows: int) -> None:
    bold = book.add_format({"bold": 1})
    sheet.conditional_format(1, 3, rows, 3, {"type": "data_bar", "data_bar_2010": True, "bar_solid": True})
    sheet.conditional_format(1, 0, rows, 0, {"type": "icon_set", "icon_style": "3_arrows"})
    sheet.conditional_format(1, 1, rows, 1, {"type": "duplicate", "format": book.add_format({"bg_color": "#ffcccc"})})
    sheet.data_validation("T2:T50", {"validate": "list", "source": ["a", "b"]})
    sheet.data_validation("U2:U50", {"validate": "list", "source": "=Report!$A$1:$A$5"})
    sheet.write_comment("A2", "a note", {"author": "Ann"})
    sheet.write_rich_string(f"A{rows + 9}", "plain ", bold, "bold", " tail")
    sheet.freeze_panes(1, 1)
    sheet.set_column("A:A", 30)
    sheet.set_row(rows + 10, None, None, {"level": 1, "hidden": 1})
    sheet.insert_image("V2", "x.png", {"image_data": io.BytesIO(_picture())})
    sheet.insert_textbox("V6", "a text box")
    sheet.insert_button("V12", {"macro": "SampleCall", "caption": "Enrich"})
    sheet.insert_checkbox(f"C{rows + 9}", boolean=True)
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=Leads!$D$2:$D$20", "trendline": {"type": "linear"}})
    sheet.insert_chart("V25", chart)
    sheet.add_sparkline(f"D{rows + 9}", {"range": "Leads!D2:D10"})
    sheet.set_header("&LHead &G", {"image_left": "x.png", "image_data_left": io.BytesIO(_picture())})
    sheet.repeat_rows(0)
    sheet.print_area(0, 0, rows, 7)
    sheet.set_h_pagebreaks([50])
    sheet.ignore_errors({"number_stored_as_text": "C1:C100"})


def _report(book: Any, sheet: Any) -> None:
    for row in range(5):
        sheet.write(row, 0, f"opt{row}")
    sheet.write_dynamic_array_formula("C1:C3", "=_xlfn._xlws.SORT(A1:A5)")
    sheet.write_formula("E1", "=SUM(Leads!D2:D20)", None, 3)
    sheet.write_formula("E2", "=_xlfn.XLOOKUP(1,A1:A5,A1:A5)")
    sheet.merge_range("G1:H2", "merged")
    sheet.embed_image("J1", "x.png", {"image_data": io.BytesIO(_picture())})


def _picture() -> bytes:
    """An 8 by 8 red square as PNG."""
    lines = zlib.compress(b"".join(b"\0" + b"\xff\0\0" * 8 for _ in range(8)))
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)), (b"IDAT", lines), (b"IEND", b""))
    packed = (struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data)) for tag, data in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


# -- what XlsxWriter does not make ------------------------------------------------------------------------------------
_SHEET, _BOOK = "xl/worksheets/_rels/sheet1.xml.rels", "xl/_rels/workbook.xml.rels"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_THREADED = f"{MICROSOFT}/spreadsheetml/2018/threadedcomments"
_2009 = f"{MICROSOFT}/spreadsheetml/2009/9/main"
# part, its text, content type ("": the default one), the relations it hangs on, the relation's type, its target
_EXTRA: Iterable[tuple[str, str, str, str, str, str]] = (
    (
        "customUI/customUI14.xml",
        f'<customUI xmlns="{MICROSOFT}/2009/07/customui"><ribbon/></customUI>',
        "",
        "_rels/.rels",
        f"{MICROSOFT}/2007/relationships/ui/extensibility",
        "customUI/customUI14.xml",
    ),
    (
        "customXml/item1.xml",
        "<data xmlns='urn:x'>keep</data>",
        "",
        _BOOK,
        f"{OFFICE}/customXml",
        "../customXml/item1.xml",
    ),
    (
        "xl/printerSettings/printerSettings1.bin",
        "\0\1\2",
        f"{TYPES}.printerSettings",
        _SHEET,
        f"{OFFICE}/printerSettings",
        "../printerSettings/printerSettings1.bin",
    ),
    (
        "xl/threadedComments/threadedComment1.xml",
        (
            f'<ThreadedComments xmlns="{_THREADED}"><threadedComment ref="A2" dT="2026-01-01T00:00:00" personId="{NOBODY}"'
            ' id="{00000000-0000-0000-0000-000000000002}"><text>thread</text></threadedComment></ThreadedComments>'
        ),
        "application/vnd.ms-excel.threadedcomments+xml",
        _SHEET,
        f"{MICROSOFT}/2017/10/relationships/threadedComment",
        "../threadedComments/threadedComment1.xml",
    ),
    (
        "xl/persons/person.xml",
        f'<personList xmlns="{_THREADED}"/>',
        "application/vnd.ms-excel.person+xml",
        _BOOK,
        f"{MICROSOFT}/2017/10/relationships/person",
        "persons/person.xml",
    ),
    (
        "xl/slicers/slicer1.xml",
        f'<slicers xmlns="{_2009}"><slicer name="Company" cache="Slicer_Company" rowHeight="241300"/></slicers>',
        "application/vnd.ms-excel.slicer+xml",
        _SHEET,
        f"{MICROSOFT}/2007/relationships/slicer",
        "../slicers/slicer1.xml",
    ),
    (
        "xl/slicerCaches/slicerCache1.xml",
        f'<slicerCacheDefinition xmlns="{_2009}" name="Slicer_Company" sourceName="Company"/>',
        "application/vnd.ms-excel.slicerCache+xml",
        _BOOK,
        f"{MICROSOFT}/2007/relationships/slicerCache",
        "slicerCaches/slicerCache1.xml",
    ),
    (
        "xl/connections.xml",
        f'<connections xmlns="{_MAIN}"><connection id="1" name="Query" type="5" refreshedVersion="6"/></connections>',
        f"{TYPES}.connections+xml",
        _BOOK,
        f"{OFFICE}/connections",
        "connections.xml",
    ),
    (
        "xl/calcChain.xml",
        f'<calcChain xmlns="{_MAIN}"><c r="H2" i="1"/></calcChain>',
        f"{TYPES}.calcChain+xml",
        _BOOK,
        f"{OFFICE}/calcChain",
        "calcChain.xml",
    ),
)


def _inject(path: Path) -> None:
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    for number, (part, text, kind, holder, relation, target) in enumerate(_EXTRA):
        parts[part] = text.encode()
        added = f'<Relationship Id="rIdX{number}" Type="{relation}" Target="{target}"/></Relationships>'
        parts[holder] = parts[holder].replace(b"</Relationships>", added.encode())
        if kind:
            override = f'<Override PartName="/{part}" ContentType="{kind}"/></Types>'
            parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", override.encode())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in parts.items():
            out.writestr(name, data)
