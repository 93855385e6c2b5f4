"""Reading a closed workbook, and saving it."""

from __future__ import annotations

import io
import os
import re
import zlib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from core.errors import FileBusy, FileTrouble
from core.sheets.ooxml import open_package
from core.sheets.reading import Extent, extent_of, text_of
from core.sheets.sheet import ERROR, FORMULA, HEADLESS, OCCUPIED, Area, Put, Refused
from core.sheets.workbook import open_workbook
from core.sheets.zipping import Packed, packed

SHEET = "xl/worksheets/sheet1.xml"


def unpacked(part: Packed) -> bytes:
    return zlib.decompress(b"".join(part.pieces), -15)


SHEET = "xl/worksheets/sheet1.xml"


def read(path: Path, sheet: str | None = None) -> Any:
    return open_workbook(path).sheet(sheet).read()


def test_positions_are_absolute_even_when_the_sheet_begins_at_c5(make: Any) -> None:
    path = make([], change=lambda sheet: sheet.__setitem__("C5", "x"))
    grid = read(path)
    assert grid.cell(5, 3) == "x"
    assert grid.cell(1, 1) == grid.cell(99, 99) == grid.cell(0, 0) == ""
    assert grid.width == 3


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("text", "text"),
        (33612345678, "33612345678"),
        (1.5, "1.5"),
        (-3.0, "-3"),
        (True, "TRUE"),
        (False, "FALSE"),
        (datetime.fromisoformat("2026-11-24"), "2026-11-24"),
        (datetime.fromisoformat("2026-11-24 09:05"), "2026-11-24 09:05:00"),
        (time(9, 5), "09:05:00"),
        ("#DIV/0!", ""),
        (None, ""),
    ],
)
def test_every_kind_of_value_is_shown_as_text(value: object, text: str, make: Any) -> None:
    assert read(make([["a", value]])).cell(1, 2) == text


def test_values_no_sheet_sends_have_a_text_too() -> None:
    assert text_of(date(2026, 11, 24)) == "2026-11-24"
    assert text_of(1e300) == "1e+300"
    assert text_of(None) == ""


def test_the_first_visible_sheet_is_the_default_and_names_are_case_blind(make: Any) -> None:
    def more(sheet: Any) -> None:
        sheet.sheet_state = "hidden"
        sheet.parent.create_sheet("Second & 'more'")["A1"] = "here"
        sheet.parent.create_chartsheet("Chart")

    path = make(change=more)
    book = open_workbook(path)
    assert book.sheets == ("Leads", "Second & 'more'")
    assert book.sheet().read().name == "Second & 'more'"
    assert not book.sheet("LEADS").read().visible
    with pytest.raises(FileTrouble, match='no sheet "Nope"'):
        book.sheet("Nope")


def test_what_stands_around_the_cells_is_told(make: Any) -> None:
    def change(sheet: Any) -> None:
        sheet.freeze_panes = "A2"
        sheet.auto_filter.ref = "A1:E3"
        sheet.merge_cells("G1:H2")
        sheet.row_dimensions[3].hidden = True

    grid = read(make(change=change))
    assert (grid.frozen_rows, grid.filter, grid.merged) == (1, Area(1, 1, 3, 5), (Area(1, 7, 2, 8),))
    assert grid.hidden_rows == {3}
    assert not grid.protected


def test_a_linkedin_link_behind_other_words_is_read_and_an_other_link_is_not(make: Any) -> None:
    def change(sheet: Any) -> None:
        sheet["D2"], sheet["A3"] = "Profile", "Site"
        sheet["D2"].hyperlink = "https://www.linkedin.com/in/behind"
        sheet["A3"].hyperlink = "https://acme.example/"
        sheet["Z9"].hyperlink = "https://www.linkedin.com/in/nobody"
        sheet["Z9"] = None

    grid = read(make(change=change))
    assert grid.cell(2, 4) == "https://www.linkedin.com/in/behind"
    assert grid.cell(3, 1) == "Site"
    assert grid.cell(9, 26) == ""


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ('=HYPERLINK("https://www.linkedin.com/in/x","Profil")', "https://www.linkedin.com/in/x"),
        ('=HYPERLINK("https://www.linkedin.com/in/x?a=1&b=2", "A (B)")', "https://www.linkedin.com/in/x?a=1&b=2"),
        ('=HYPERLINK("https://www.linkedin.com/in/x")', "https://www.linkedin.com/in/x"),
        ('=HYPERLINK("https://www.linkedin.com/in/x",A2)', "https://www.linkedin.com/in/x"),
        ('=HYPERLINK("https://www.linkedin.com/in/"&A2,"Profil")', ""),
        ('=HYPERLINK(A2,"https://www.linkedin.com/in/x")', ""),
        ('=HYPERLINK("https://www.linkedin.com/in/x","y")&"z"', ""),
        ('=IF(A2="",HYPERLINK("https://www.linkedin.com/in/x","y"),"")', ""),
        ('=HYPERLINK("https://acme.example/","Profil")', ""),
    ],
)
def test_a_linkedin_link_written_out_in_a_formula_is_read_and_nothing_is_calculated(make: Any, formula: str, shown: str) -> None:
    grid = read(make(change=lambda sheet: sheet.__setitem__("D2", formula)))
    assert grid.cell(2, 4) == shown
    assert grid.why_barred(2, 4) == FORMULA


def test_a_stray_cell_far_away_neither_aborts_the_process_nor_blocks_writing(make: Any, shown: Any, fill: Any) -> None:
    path = make(change=lambda sheet: sheet.__setitem__("XFD1048576", "far"))
    grid = read(path)
    assert grid.cell(2, 1) == "Ada"
    assert len(grid.rows) == 3
    assert fill(path, Put(2, 5, "", "+442079460001")).written == 1
    assert read(path).cell(2, 5) == "+442079460001"


def test_the_extent_comes_from_the_references_and_not_from_the_dimension() -> None:
    xml = b'<dimension ref="A1"/><row r="1"><c r="A1"/><c r=\'XFD1\'/></row><row r="1048576"><c r="B1048576"/></row>'
    assert extent_of(xml) == Extent(1_048_576, 16_384, 3)
    assert extent_of(xml).sparse
    assert not Extent(100_000, 8, 800_000).sparse
    assert not Extent(100, 26, 2).sparse
    assert Extent(1_048_576, 8, 10).sparse
    assert Extent(1_000_000, 30, 30_000_000).sparse


def test_saving_to_another_file_leaves_the_first_one_alone(make: Any, tmp_path: Path) -> None:
    path = make()
    before = path.read_bytes()
    sheet = open_workbook(path).sheet()
    sheet.put([Put(2, 5, "", "x")])
    report = sheet.save(tmp_path / "out.xlsx")
    assert report.path == tmp_path / "out.xlsx"
    assert path.read_bytes() == before
    assert read(report.path).cell(2, 5) == "x"


def test_nothing_to_write_makes_a_plain_copy_elsewhere_and_touches_nothing_in_place(
    make: Any, parts: Any, tmp_path: Path
) -> None:
    path = make()
    stamp = path.stat().st_mtime_ns
    assert open_workbook(path).sheet().save().written == 0
    assert path.stat().st_mtime_ns == stamp
    open_workbook(path).sheet().save(tmp_path / "out.xlsx")
    assert parts(tmp_path / "out.xlsx") == parts(path)


def test_another_file_that_exists_is_replaced_only_when_told(make: Any, tmp_path: Path) -> None:
    path, other = make(), tmp_path / "other.xlsx"
    other.write_bytes(b"precious")
    sheet = open_workbook(path).sheet()
    sheet.put([Put(2, 5, "", "x")])
    for attempt in (sheet.check, sheet.save):
        with pytest.raises(FileTrouble, match="already exists"):
            attempt(other)
    assert other.read_bytes() == b"precious"
    report = sheet.save(other, tmp_path / "backups", replace=True)
    assert report.backup is not None
    assert report.backup.read_bytes() == b"precious"
    assert read(other).cell(2, 5) == "x"


def test_the_ending_cannot_change_on_the_way(make: Any, tmp_path: Path) -> None:
    with pytest.raises(FileTrouble, match=r"must end in \.xlsx"):
        open_workbook(make()).sheet().check(tmp_path / "out.xlsm")


def test_a_workbook_open_in_excel_can_still_be_read_and_saved_elsewhere(make: Any, tmp_path: Path) -> None:
    path = make()
    (path.parent / f"~${path.name}").touch()
    sheet = open_workbook(path).sheet()
    sheet.put([Put(2, 5, "", "x")])
    with pytest.raises(FileBusy, match="open elsewhere"):
        sheet.check()
    with pytest.raises(FileBusy, match="open elsewhere"):
        sheet.save()
    assert sheet.save(tmp_path / "out.xlsx").written == 1


def test_a_change_meanwhile_is_noticed_even_with_the_same_size_and_time(make: Any) -> None:
    path = make()
    sheet = open_workbook(path).sheet()
    sheet.put([Put(2, 5, "", "x")])
    stat, data = path.stat(), bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with pytest.raises(FileBusy, match="changed meanwhile"):
        sheet.save()
    assert path.read_bytes() == bytes(data)


def test_a_second_save_goes_on_from_the_first(make: Any, shown: Any) -> None:
    path = make()
    sheet = open_workbook(path).sheet()
    sheet.put([Put(2, 5, "", "one")])
    assert sheet.save().written == 1
    assert sheet.read().cell(2, 5) == "one"
    assert sheet.put([Put(2, 5, "", "two")]) == (Refused(2, 5, OCCUPIED),)
    sheet.put([Put(2, 5, "one", "two")])
    report = sheet.save()
    assert (report.written, report.refused) == (1, (Refused(2, 5, OCCUPIED),))
    assert shown(path)["E2"] == "two"


def test_a_column_without_its_heading_gets_no_cells(make: Any, shown: Any) -> None:
    path = make()
    sheet = open_workbook(path).sheet()
    assert sheet.put([Put(1, 5, "", "Status", 12.0), Put(2, 5, "", "Found")]) == (
        Refused(1, 5, OCCUPIED),
        Refused(2, 5, HEADLESS),
    )


def test_a_heading_over_an_error_value_closes_its_column(make: Any) -> None:
    sheet = open_workbook(make([["a", "#N/A"]])).sheet()
    assert sheet.put([Put(1, 2, "", "Status", 12.0), Put(2, 2, "", "Found")]) == (
        Refused(1, 2, ERROR),
        Refused(2, 2, HEADLESS),
    )


def test_a_heading_over_a_computed_text_stops_the_save(make: Any, edit: Any) -> None:
    path = make([["a", "x"]])
    edit(path, SHEET, lambda xml: re.sub(rb'<c r="B1".*?</c>', b'<c r="B1" t="str"><v></v></c>', xml))
    before = path.read_bytes()
    sheet = open_workbook(path).sheet()
    sheet.put([Put(1, 2, "", "Status", 12.0)])
    with pytest.raises(FileTrouble, match="place for the new columns is not empty"):
        sheet.save()
    assert path.read_bytes() == before


def test_a_macro_workbook_keeps_its_macros(make: Any, edit: Any, parts: Any, fill: Any) -> None:
    path = make(name="leads.xlsm")
    edit(path, "xl/vbaProject.bin", lambda _: os.urandom(999))
    before = parts(path)["xl/vbaProject.bin"]
    fill(path, Put(2, 5, "", "x"))
    assert parts(path)["xl/vbaProject.bin"] == before


def test_the_check_after_writing_notices_a_cell_that_was_harmed(make: Any, edit: Any, tmp_path: Path) -> None:
    path = make()
    sheet = open_workbook(path).sheet()
    sheet.put([Put(2, 5, "", "x")])
    real_write = sheet._package.write

    def harm(changed: dict[str, bytes], file: Any) -> None:
        real_write({name: packed(unpacked(part).replace(b"Muster", b"Mister"), name) for name, part in changed.items()}, file)

    class Harming:
        def __getattr__(self, name: str) -> Any:
            return harm if name == "write" else getattr(package, name)

    package, sheet._package = sheet._package, Harming()  # type: ignore[assignment]  # all but `write` is the real one
    before = path.read_bytes()
    with pytest.raises(FileTrouble, match="did not pass its check"):
        sheet.save()
    assert path.read_bytes() == before


def test_the_copy_in_the_zip_keeps_order_dates_and_compression(make: Any, fill: Any) -> None:
    path = make()
    before = [(info.filename, info.date_time, info.compress_type) for info in open_package(path).zip.infolist()]
    fill(path, Put(2, 5, "", "x"))
    assert [(info.filename, info.date_time, info.compress_type) for info in open_package(path).zip.infolist()] == before
    assert openpyxl.load_workbook(io.BytesIO(path.read_bytes()))["Leads"]["E2"].value == "x"
