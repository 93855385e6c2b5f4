"""What the patcher changes, what it leaves alone, and what it refuses."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.styles import Font, PatternFill, Protection
from openpyxl.worksheet.formula import ArrayFormula

from core.errors import FileBusy, FileTrouble
from core.sheets import cells
from core.sheets.patch import recalculated
from core.sheets.sheet import CHANGED, ERROR, FORMULA, MERGED, OCCUPIED, OUTSIDE, Put, Refused
from core.sheets.workbook import open_workbook

SHEET, STYLES, BOOK = "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml"
PHONE = "+442079460002"


def test_only_the_sheet_and_its_styles_change_and_every_other_part_stays_byte_for_byte(make: Any, parts: Any, fill: Any) -> None:
    path = make()
    before = parts(path)
    report = fill(path, Put(2, 5, "", PHONE))
    after = parts(path)
    assert report.written == 1
    assert not report.refused
    assert list(before) == list(after)
    assert {name for name in before if before[name] != after[name]} == {SHEET, STYLES}


def test_all_bytes_around_a_changed_row_stay(make: Any, parts: Any, fill: Any) -> None:
    path = make()
    before = parts(path)[SHEET]
    fill(path, Put(2, 5, "", PHONE))
    after = parts(path)[SHEET]
    row = re.compile(rb'<row r="2".*?</row>', re.DOTALL)
    assert row.split(before) == row.split(after)
    assert row.findall(after)[0].startswith(row.findall(before)[0].removesuffix(b"</row>"))


def test_a_phone_is_text_in_the_style_of_its_cell(make: Any, fill: Any) -> None:
    def paint(sheet: Any) -> None:
        sheet["E2"].font, sheet["E2"].fill = Font(bold=True), PatternFill("solid", fgColor="FFEE00")
        sheet["E2"].number_format = "0.00"

    path = make(change=paint)
    fill(path, Put(2, 5, "", PHONE))
    cell = openpyxl.load_workbook(path)["Leads"]["E2"]
    assert (cell.value, cell.data_type, cell.number_format) == (PHONE, "s", "@")
    assert cell.font.b
    assert cell.fill.fgColor.rgb == "00FFEE00"


def test_a_new_cell_takes_the_style_of_its_row_or_else_of_its_column(make: Any, fill: Any) -> None:
    def paint(sheet: Any) -> None:
        sheet.column_dimensions["H"].font = Font(italic=True)
        sheet.row_dimensions[3].font = Font(bold=True)

    path = make(change=paint)
    fill(path, Put(2, 8, "", "a"), Put(3, 8, "", "b"), Put(9, 8, "", "c"))
    sheet = openpyxl.load_workbook(path)["Leads"]
    assert [(sheet[name].font.i, sheet[name].font.b, sheet[name].number_format) for name in ("H2", "H3", "H9")] == [
        (True, False, "@"),
        (False, True, "@"),
        (True, False, "@"),
    ]


def test_one_clone_serves_all_cells_of_a_style(make: Any, parts: Any, fill: Any) -> None:
    path = make([["x"]] * 50)
    fill(path, *(Put(row, 2, "", "y") for row in range(1, 51)))
    count = re.search(rb'<cellXfs count="(\d+)"', parts(path)[STYLES])
    assert count is not None
    assert int(count[1]) == parts(path)[STYLES].partition(b"<cellXfs")[2].partition(b"</cellXfs>")[0].count(b"<xf ") == 2


def test_rows_that_were_not_there_are_made_in_order(make: Any, parts: Any, shown: Any, fill: Any) -> None:
    path = make([["a"], [None], ["c"]], change=lambda sheet: sheet.__setitem__("A7", "g"))
    fill(path, *(Put(row, 2, "", f"r{row}") for row in (9, 2, 5, 1)))
    assert shown(path) == {"A1": "a", "A3": "c", "A7": "g", "B1": "r1", "B2": "r2", "B5": "r5", "B9": "r9"}
    numbers = [int(found) for found in re.findall(rb'<row r="(\d+)"', parts(path)[SHEET])]
    assert numbers == sorted(set(numbers))
    assert b'<dimension ref="A1:B9"' in parts(path)[SHEET]


def test_cells_are_put_in_column_order_between_those_that_are_there(make: Any, parts: Any, fill: Any) -> None:
    path = make([["a", None, "c", None, "e"]])
    fill(path, Put(1, 4, "", "d"), Put(1, 2, "", "b"), Put(1, 30, "", "z"))
    assert re.findall(rb'<c r="([A-Z]+)1"', parts(path)[SHEET]) == [b"A", b"B", b"C", b"D", b"E", b"AD"]


def test_an_empty_sheet_can_be_filled(make: Any, shown: Any, edit: Any, fill: Any) -> None:
    path = make([])
    edit(path, SHEET, lambda xml: re.sub(rb"<sheetData>\s*</sheetData>|<sheetData\s*/>", b"<sheetData />", xml))
    fill(path, Put(3, 2, "", "x"))
    assert shown(path) == {"B3": "x"}


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "@x", "-1", "00123", "<&>\"'", " blanks ", "two\nlines", "é ü 中 😀", "]]>"])
def test_every_text_reads_back_as_the_same_text(text: str, make: Any, shown: Any, fill: Any) -> None:
    path = make()
    fill(path, Put(2, 5, "", text))
    assert shown(path)["E2"] == text


def test_a_text_that_looks_like_an_escape_is_escaped(make: Any, fill: Any, parts: Any) -> None:
    path = make()
    fill(path, Put(2, 5, "", "_x0041_"))
    assert b"_x005F_x0041_" in parts(path)[SHEET]
    assert open_workbook(path).sheet().read().cell(2, 5) == "_x0041_"


def test_prefixed_sheet_xml_is_patched_with_its_prefix(make: Any, edit: Any, fill: Any) -> None:
    def prefixed(xml: bytes) -> bytes:
        xml = re.sub(rb"<(/?)(?=[a-zA-Z])", rb"<\1x:", xml)
        return xml.replace(b"xmlns=", b"xmlns:x=")

    path = make()
    edit(path, SHEET, prefixed)
    fill(path, Put(2, 5, "", PHONE), Put(1, 6, "", "Status", 12.0), Put(7, 2, "", "new row"))
    grid = open_workbook(path).sheet().read()
    assert (grid.cell(2, 5), grid.cell(1, 6), grid.cell(7, 2)) == (PHONE, "Status", "new row")


# -- what is never overwritten ----------------------------------------------------------------------------------------
def _refused(path: Path, put: Put) -> tuple[Refused, ...]:
    sheet = open_workbook(path).sheet()
    sheet.put([put])
    return sheet.save().refused


@pytest.mark.parametrize(
    ("value", "expected", "why"),
    [
        ("=1+1", "", FORMULA),
        ("=1+1", "2", FORMULA),
        ("text", "", OCCUPIED),
        (5, "", OCCUPIED),
        (0, "", OCCUPIED),
        (False, "", OCCUPIED),
        ("#DIV/0!", "", ERROR),
        ("old", "older", CHANGED),
    ],
)
def test_a_cell_that_is_not_as_expected_is_left_alone(value: Any, expected: str, why: str, make: Any, parts: Any) -> None:
    path = make([["a", value]])
    before = parts(path)
    assert _refused(path, Put(1, 2, expected, "x")) == (Refused(1, 2, why),)
    assert parts(path) == before


def test_a_formula_with_a_stored_result_is_not_overwritten_even_when_its_result_was_expected(make: Any, edit: Any) -> None:
    path = make([["a", "=1+1"]])
    edit(
        path, SHEET, lambda xml: xml.replace(b"<v></v>", b"<v>2</v>").replace(b"<v />", b"<v>2</v>").replace(b"<v/>", b"<v>2</v>")
    )
    assert open_workbook(path).sheet().read().cell(1, 2) == "2"
    assert _refused(path, Put(1, 2, "2", "x")) == (Refused(1, 2, FORMULA),)


def test_an_array_formula_and_what_it_spills_into_stay(make: Any, edit: Any) -> None:
    path = make([["a"]], change=lambda sheet: sheet.__setitem__("B1", ArrayFormula("B1:B2", "=A1:A2")))
    edit(path, SHEET, lambda xml: xml.replace(b"</sheetData>", b'<row r="2"><c r="B2" t="str"><v></v></c></row></sheetData>'))
    assert _refused(path, Put(1, 2, "", "x")) == (Refused(1, 2, FORMULA),)
    assert _refused(path, Put(2, 2, "", "x")) == (Refused(2, 2, cells.COMPUTED),)


def test_an_expected_value_is_replaced_and_an_empty_text_empties_the_cell(make: Any, shown: Any, fill: Any) -> None:
    path = make()
    report = fill(path, Put(3, 5, "+44 20 7946 0001", PHONE), Put(2, 1, "Ada", ""))
    assert report.written == 2
    assert shown(path)["E3"] == PHONE
    assert "A2" not in shown(path)


def test_a_number_is_expected_the_way_it_is_shown(make: Any, shown: Any, fill: Any) -> None:
    path = make([["x", 33612345678]])
    assert fill(path, Put(1, 2, "33612345678", "+33612345678")).written == 1
    assert shown(path)["B1"] == "+33612345678"


def test_an_empty_shared_string_counts_as_empty(tmp_path: Path, shown: Any, edit: Any, fill: Any) -> None:
    path = tmp_path / "shared.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Leads").write_row(0, 0, ["a", "b"])
    edit(path, "xl/sharedStrings.xml", lambda xml: xml.replace(b"<t>b</t>", b"<t></t>"))
    assert fill(path, Put(1, 2, "", "x"), Put(1, 1, "", "y")).written == 1
    assert shown(path) == {"A1": "a", "B1": "x"}


def test_a_merged_cell_is_refused_unless_it_is_the_top_left_one(make: Any, shown: Any, fill: Any) -> None:
    path = make([["a"]], change=lambda sheet: sheet.merge_cells("B2:C3"))
    report = fill(path, Put(2, 2, "", "shown"), Put(3, 3, "", "invisible"), Put(2, 3, "", "invisible"))
    assert {(found.row, found.column, found.why) for found in report.refused} == {(3, 3, MERGED), (2, 3, MERGED)}
    assert shown(path) == {"A1": "a", "B2": "shown"}


@pytest.mark.parametrize(("row", "column"), [(0, 1), (1, 0), (-1, 1), (1_048_577, 1), (1, 16_385)])
def test_a_cell_no_sheet_has_is_refused(row: int, column: int, make: Any) -> None:
    assert _refused(make(), Put(row, column, "", "x")) == (Refused(row, column, OUTSIDE),)


def test_a_text_longer_than_a_cell_is_refused(make: Any, fill: Any) -> None:
    path = make()
    assert fill(path, Put(2, 5, "", "x" * 32_767)).written == 1
    assert _refused(path, Put(2, 6, "", "x" * 40_000)) == (Refused(2, 6, cells.TOO_LONG),)


# -- sheets that cannot be spliced safely -----------------------------------------------------------------------------
def _broken(xml: bytes, old: bytes, new: bytes) -> bytes:
    assert old in xml
    return xml.replace(old, new, 1)


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: _broken(xml, b"<sheetData>", b'<!-- <row r="1"></row> --><sheetData>'),
        lambda xml: _broken(xml, b"<row ", b'<!--<row r="2"><c r="E2"/></row>--><row '),
        lambda xml: _broken(xml, b"<t>Ada</t>", b"<t><![CDATA[Ada]]></t>"),
        lambda xml: _broken(xml, b"<sheetData>", b"<?php x?><sheetData>"),
        lambda xml: (
            b'<?xml version="1.0"?><!DOCTYPE worksheet>' + xml.partition(b"?>")[2]
            if xml.startswith(b"<?xml")
            else b"<!DOCTYPE worksheet>" + xml
        ),
        lambda xml: ('<?xml version="1.0" encoding="UTF-16"?>' + xml.decode().split("?>")[-1]).encode("utf-16"),
        lambda xml: b'<?xml version="1.0" encoding="latin-1"?>' + xml.split(b"?>")[-1],
        lambda xml: xml.replace(
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main"
        ),
    ],
    ids=["comment", "comment with a row", "cdata", "instruction", "doctype", "utf-16", "latin-1", "strict"],
)
def test_unusual_sheet_xml_is_refused_with_a_sentence(change: Callable[[bytes], bytes], make: Any, edit: Any) -> None:
    path = make()
    edit(path, SHEET, change)
    before = path.read_bytes()
    with pytest.raises(FileTrouble) as trouble:
        open_workbook(path).sheet().read()
    assert "cannot be changed safely" in trouble.value.message
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'<row r="3"', b'<row r="2"'),
        (b'<row r="3"', b"<row"),
        (b'<c r="B3"', b'<c r="A3"'),
        (b'<c r="B3"', b"<c"),
        (b'<c r="B3"', b'<c r="B4"'),
        (b'<c r="B3"', b'<extLst/><c r="B3"'),
        (b'<row r="3"', b'<extra/><row r="3"'),
    ],
)
def test_rows_and_cells_without_order_are_refused(old: bytes, new: bytes, make: Any, edit: Any) -> None:
    path = make()
    edit(path, SHEET, lambda xml: _broken(xml, old, new))
    before = path.read_bytes()
    sheet = open_workbook(path).sheet()
    sheet.put([Put(3, 9, "", "x")])
    with pytest.raises(FileTrouble, match="unusual"):
        sheet.save()
    assert path.read_bytes() == before


def test_a_protected_sheet_is_refused_before_anything_is_paid(make: Any) -> None:
    path = make(change=lambda sheet: (setattr(sheet.protection, "sheet", True), Protection()))
    sheet = open_workbook(path).sheet()
    assert sheet.read().protected
    with pytest.raises(FileTrouble, match="protected"):
        sheet.check()
    with pytest.raises(FileTrouble, match="protected"):
        sheet.check(path.with_name("other.xlsx"))


def test_a_workbook_whose_author_advises_against_changes_goes_to_another_file(make: Any, edit: Any, tmp_path: Path) -> None:
    path = make()
    edit(path, BOOK, lambda xml: _broken(xml, b"<workbookPr", b'<fileSharing readOnlyRecommended="1"/><workbookPr'))
    sheet = open_workbook(path).sheet()
    with pytest.raises(FileBusy, match="read-only recommended"):
        sheet.check()
    sheet.put([Put(2, 5, "", PHONE)])
    assert sheet.save(tmp_path / "other.xlsx").written == 1


def test_a_workbook_marked_as_final_is_not_changed_in_place(make: Any, edit: Any) -> None:
    path = make()
    edit(path, "docProps/custom.xml", lambda _: b'<Properties><property name="_MarkAsFinal"/></Properties>')
    with pytest.raises(FileBusy, match="final"):
        open_workbook(path).sheet().check()


def test_a_signed_workbook_is_refused(make: Any, edit: Any) -> None:
    path = make()
    edit(path, "_xmlsignatures/sig1.xml", lambda _: b"<Signature/>")
    with pytest.raises(FileTrouble, match="signed"):
        open_workbook(path).sheet().check()


def test_a_sheet_name_with_a_raw_greater_than_sign_is_found(make: Any, edit: Any, fill: Any) -> None:
    path = make()
    edit(path, BOOK, lambda xml: _broken(xml, b'name="Leads"', b'name="a>b &amp; c"'))
    assert open_workbook(path).sheets == ("a>b & c",)
    assert fill(path, Put(2, 5, "", PHONE)).written == 1


# -- recalculation ----------------------------------------------------------------------------------------------------
def test_a_workbook_with_formulas_is_asked_to_calculate_on_opening(make: Any, edit: Any, parts: Any, fill: Any) -> None:
    path = make([["a", None, "=B1"]])
    edit(path, BOOK, lambda xml: re.sub(rb"<calcPr[^>]*/>", b"", xml))
    fill(path, Put(1, 2, "", "x"))
    book = parts(path)[BOOK]
    assert b'<calcPr fullCalcOnLoad="1"/>' in book
    assert book.index(b"</sheets>") < book.index(b"<calcPr")


def test_a_workbook_without_formulas_keeps_its_workbook_part(make: Any, edit: Any, parts: Any, fill: Any) -> None:
    path = make([["a", None]])
    edit(path, BOOK, lambda xml: re.sub(rb"<calcPr[^>]*/>", b"", xml))
    before = parts(path)[BOOK]
    fill(path, Put(1, 2, "", "x"))
    assert parts(path)[BOOK] == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'<calcPr calcId="1"/>', b'<calcPr calcId="1" fullCalcOnLoad="1"/>'),
        (b'<calcPr fullCalcOnLoad="0" calcId="1"></calcPr>', b'<calcPr fullCalcOnLoad="1" calcId="1"></calcPr>'),
        (b"", b'<calcPr fullCalcOnLoad="1"/>'),
    ],
)
def test_the_request_to_calculate_is_spliced_at_its_place(old: bytes, new: bytes) -> None:
    main = b'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheets/><definedNames></definedNames>'
    assert recalculated(main + old + b"<oleSize/></workbook>", "w") == main + new + b"<oleSize/></workbook>"


# -- columns ----------------------------------------------------------------------------------------------------------
def _columns(xml: bytes) -> list[tuple[int, int, bytes]]:
    found = re.findall(rb"<col ([^>]*?)/>", xml)
    one = [dict(re.findall(rb'(\w+)="([^"]*)"', attributes)) for attributes in found]
    return [(int(col[b"min"]), int(col[b"max"]), col.get(b"width", b"")) for col in one]


def test_a_new_column_gets_its_width_where_no_widths_were(make: Any, parts: Any, fill: Any) -> None:
    path = make()
    fill(path, Put(1, 6, "", "Status", 15.0), Put(1, 7, "", "Message", 40.0), Put(2, 6, "", "Found"))
    xml = parts(path)[SHEET]
    assert _columns(xml) == [(6, 6, b"15"), (7, 7, b"40")]
    assert xml.index(b"</cols>") < xml.index(b"<sheetData")


def test_a_range_of_widths_is_split_and_keeps_its_style(make: Any, edit: Any, parts: Any, fill: Any) -> None:
    path = make()
    cols = b'<cols><col min="2" max="3" width="9"/><col min="5" max="16384" style="0" width="8.5" hidden="1"/></cols><sheetData>'
    edit(path, SHEET, lambda xml: re.sub(rb"<cols>.*</cols>", b"", xml).replace(b"<sheetData>", cols))
    fill(path, Put(1, 6, "", "Status", 15.0), Put(1, 4, "LinkedIn URL", "no"), Put(1, 8, "", "Message", 40.0))
    xml = parts(path)[SHEET]
    assert _columns(xml) == [(2, 3, b"9"), (5, 5, b"8.5"), (6, 6, b"15"), (7, 7, b"8.5"), (8, 8, b"40"), (9, 16384, b"8.5")]
    assert all(b"hidden" not in col for col in re.findall(rb"<col [^>]*customWidth[^>]*>", xml))
    assert len(re.findall(rb'<col [^>]*style="0"', xml)) == 5


def test_a_width_goes_between_those_that_are_there(make: Any, edit: Any, parts: Any, fill: Any) -> None:
    path = make([["a"]])
    cols = b'<cols><col min="1" max="1" width="9"/><col min="9" max="9" width="7"/></cols><sheetData>'
    edit(path, SHEET, lambda xml: xml.replace(b"<sheetData>", cols))
    fill(path, Put(1, 3, "", "B", 15.0), Put(1, 12, "", "L", 16.0))
    assert _columns(parts(path)[SHEET]) == [(1, 1, b"9"), (3, 3, b"15"), (9, 9, b"7"), (12, 12, b"16")]


def test_a_heading_looks_like_its_left_neighbour(make: Any, fill: Any) -> None:
    path = make(change=lambda sheet: setattr(sheet["E1"], "font", Font(bold=True)))
    fill(path, Put(1, 6, "", "Status", 15.0), Put(1, 7, "", "Message", 40.0))
    sheet = openpyxl.load_workbook(path)["Leads"]
    assert [(sheet[name].font.b, sheet[name].number_format) for name in ("F1", "G1")] == [(True, "General")] * 2


def test_a_workbook_without_styles_still_takes_text(make: Any, edit: Any, shown: Any, fill: Any) -> None:
    path = make()
    edit(path, "xl/_rels/workbook.xml.rels", lambda xml: re.sub(rb"<Relationship [^>]*styles[^>]*/>", b"", xml))
    assert fill(path, Put(2, 5, "", PHONE)).written == 1
    assert open_workbook(path).sheet().read().cell(2, 5) == PHONE


def test_the_limit_of_cell_formats_is_respected(make: Any, edit: Any) -> None:
    path = make()
    xf = b'<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    many = b'<cellXfs count="65490">' + xf * 65_490 + b"</cellXfs>"
    edit(path, STYLES, lambda xml: re.sub(rb"<cellXfs.*</cellXfs>", many, xml, flags=re.DOTALL))
    sheet = open_workbook(path).sheet()
    sheet.put([Put(2, 5, "", PHONE)])
    with pytest.raises(FileTrouble, match="too many cell formats"):
        sheet.save()


# -- files that are no workbooks --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("data", "title"),
    [
        (b"", "not an Excel workbook"),
        (b"hello", "not an Excel workbook"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 64 + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + b"\0" * 64, "old Excel file"),
        (b"PK\x03\x04 cut off", "not an Excel workbook"),
    ],
)
def test_a_file_that_is_no_workbook_says_what_it_is(data: bytes, title: str, tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(data)
    with pytest.raises(FileTrouble, match=title):
        open_workbook(path)


def test_a_zip_without_a_workbook_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.xlsx", "w") as out:
        out.writestr("readme.txt", "hello")
    with pytest.raises(FileTrouble, match="not an Excel workbook"):
        open_workbook(tmp_path / "x.xlsx")


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(FileTrouble, match="no file"):
        open_workbook(tmp_path / "none.xlsx")
    with pytest.raises(FileTrouble, match="folder"):
        open_workbook(tmp_path)


def test_two_parts_of_one_name_are_refused(make: Any) -> None:
    path = make()
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as out:
        out.writestr(SHEET, b"<worksheet/>")
    with pytest.raises(FileTrouble, match="damaged"):
        open_workbook(path)


def test_a_zip_that_declares_gigabytes_is_refused_without_unpacking(make: Any) -> None:
    path = make()
    data = bytearray(path.read_bytes())
    entry = data.index(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (2**31).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(FileTrouble, match="too large"):
        open_workbook(path)


def test_a_part_whose_checksum_is_wrong_is_refused(make: Any) -> None:
    path = make()
    with zipfile.ZipFile(path) as book:
        info = book.getinfo(SHEET)
    data = bytearray(path.read_bytes())
    at = info.header_offset + 30 + len(SHEET) + 20
    data[at] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(FileTrouble, match="damaged"):
        open_workbook(path).sheet().read()
