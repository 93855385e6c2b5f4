"""A filter grows over columns of ours and shrinks with them, and the hidden name of its range goes along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from core.database import Database
from core.enriching import deliver, read_rows
from core.model import Answer, Kind, Person, Phone, RowStatus
from core.results.cells import CellStore
from core.sheets import filters
from core.sheets.files import open_file
from core.sheets.sheet import Area
from core.undoing import undo
from tests.ooxml import validate

PHONES = frozenset({Kind.PHONES})
ADA = "https://www.linkedin.com/in/ada-sample"


def listed(path: Path, name: str, change: Any) -> Path:
    book = openpyxl.Workbook()
    book.active.title = name
    for row in (["LinkedIn", "Notes"], [ADA, "x"], [ADA + "-2", "y"]):
        book.active.append(row)
    book.create_sheet("Other").auto_filter.ref = "A1:B3"
    change(book.active)
    book.save(path)
    return path


def ranges(path: Path) -> tuple[str | None, str]:
    """The filter of the first sheet, and the hidden name of its range as Excel keeps it."""
    sheet = openpyxl.load_workbook(path).worksheets[0]
    return sheet.auto_filter.ref, open_file(path)._package.read("xl/workbook.xml").decode()


def filled(path: Path, tmp_path: Path, store: CellStore) -> tuple[str, ...]:
    read = read_rows(open_file(path), PHONES)
    found = Answer(RowStatus.FOUND, Person(phones=(Phone("+44 20 7946 0001"),)), kinds=PHONES)
    deliver(read, {2: found}, "j", store, out=None, backups=tmp_path)
    return read.notes


@pytest.mark.parametrize("name", ["Leads", "Meine Leute", "Ann's & Bob's"])
def test_a_filter_grows_over_new_columns_and_shrinks_again(name: str, tmp_path: Path) -> None:
    def filtering(sheet: Any) -> None:
        sheet.auto_filter.ref = "A1:B3"
        sheet.auto_filter.add_filter_column(1, ["x"])

    path = listed(tmp_path / "l.xlsx", name, filtering)
    names, known = ranges(path)[1], validate(path)  # openpyxl's own fonts are out of order
    assert names.count("!$A$1:$B$3") == 2
    with Database(tmp_path / "home.sqlite3") as db:
        store = CellStore(db, lambda: 1.0)
        assert not any("outside" in note for note in filled(path, tmp_path, store))
        width = openpyxl.load_workbook(path).worksheets[0].max_column
        right = openpyxl.utils.get_column_letter(width)
        assert ranges(path) == (f"A1:{right}3", names.replace("$A$1:$B$3", f"$A$1:${right}$3", 1))
        assert validate(path) == known
        undo(store, "j")
    assert ranges(path) == ("A1:B3", names)
    assert validate(path) == known
    assert openpyxl.load_workbook(path).worksheets[0].auto_filter.filterColumn[0].colId == 1


def test_a_filter_in_use_of_our_columns_stays_wide(tmp_path: Path) -> None:
    path = listed(tmp_path / "l.xlsx", "Leads", lambda sheet: setattr(sheet.auto_filter, "ref", "A1:B3"))
    with Database(tmp_path / "home.sqlite3") as db:
        store = CellStore(db, lambda: 1.0)
        filled(path, tmp_path, store)
        book = openpyxl.load_workbook(path)
        wide = book.worksheets[0].auto_filter.ref
        book.worksheets[0].auto_filter.add_filter_column(4, ["Found"])
        book.save(path)
        undo(store, "j")
    assert ranges(path)[0] == wide


def test_the_hidden_name_is_known_however_it_is_written() -> None:
    head = b'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><definedNames>'
    name = b'<definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">%b</definedName>'
    old, new = Area(1, 1, 3, 2), Area(1, 1, 3, 4)
    for written in (b"'M&#252;ller'!$A$1:$B$3", "Müller!A1:B3".encode()):
        book = head + name % written + b"</definedNames></workbook>"
        moved = filters.renamed(book, "xl/workbook.xml", "Müller", old, new)
        assert moved == book.replace(written, written[: written.rindex(b"!") + 1] + b"$A$1:$D$3")
        assert filters.renamed(book, "xl/workbook.xml", "Other", old, new) is book


def test_a_filter_that_ends_elsewhere_is_left_alone_and_said(tmp_path: Path) -> None:
    def filtering(sheet: Any) -> None:
        sheet.auto_filter.ref = "A1:A3"

    path = listed(tmp_path / "l.xlsx", "Leads", filtering)
    with Database(tmp_path / "home.sqlite3") as db:
        notes = filled(path, tmp_path, CellStore(db, lambda: 1.0))
    assert any("outside of the filter" in note for note in notes)
    assert ranges(path)[0] == "A1:A3"


def test_a_table_with_something_beside_it_is_said(tmp_path: Path) -> None:
    def tabled(sheet: Any) -> None:
        sheet["D1"] = "mine"
        sheet.add_table(openpyxl.worksheet.table.Table(displayName="People", ref="A1:B3"))

    path = listed(tmp_path / "l.xlsx", "Leads", tabled)
    with Database(tmp_path / "home.sqlite3") as db:
        notes = filled(path, tmp_path, CellStore(db, lambda: 1.0))
    assert any('outside of the table "People"' in note for note in notes)


def test_a_list_without_headings_is_told_what_that_means(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text(f"{ADA}\n{ADA}-2\n", "utf-8")
    notes = read_rows(open_file(tmp_path / "l.csv"), PHONES).notes
    assert any("has no headings" in note for note in notes)
