"""Opening a file by its ending."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.errors import FileTrouble
from core.sheets.csv import CsvSheet
from core.sheets.files import open_file
from core.sheets.sheet import Put
from core.sheets.workbook import WorkbookSheet


def test_workbooks_and_text_files_open_as_sheets(make: Any, tmp_path: Path) -> None:
    assert isinstance(open_file(make()), WorkbookSheet)
    assert isinstance(open_file(str(make(name="LEADS.XLSM")), "leads"), WorkbookSheet)
    (tmp_path / "x.TSV").write_text("a\tb\n1\t2\n")
    sheet = open_file(tmp_path / "x.TSV")
    assert isinstance(sheet, CsvSheet)
    assert sheet.path == tmp_path / "x.TSV"
    assert sheet.read().rows == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("x.xls", "save it as .xlsx"),
        ("x.xlsb", "save it as .xlsx"),
        ("x.ods", "save it as .xlsx"),
        ("x.pdf", "Use an Excel workbook"),
        ("x", "Use an Excel workbook"),
    ],
)
def test_other_kinds_of_files_are_told_what_to_do(name: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(FileTrouble) as trouble:
        open_file(tmp_path / name)
    assert sentence in trouble.value.message


@pytest.mark.parametrize("name", ["none.xlsx", "none.csv"])
def test_a_missing_file_is_said_to_be_missing(name: str, tmp_path: Path) -> None:
    with pytest.raises(FileTrouble, match="no file"):
        open_file(tmp_path / name)


def test_a_text_file_has_no_sheets_to_choose_from(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a\n")
    with pytest.raises(FileTrouble, match="no sheets"):
        open_file(tmp_path / "x.csv", "Leads")


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_both_kinds_keep_the_same_contract(ending: str, make: Any, tmp_path: Path) -> None:
    path = make([["LinkedIn", "Phone"], ["a", None], ["b", "kept"]], name="leads.xlsx")
    if ending == "csv":
        path = tmp_path / "leads.csv"
        path.write_text("LinkedIn,Phone\na,\nb,kept\n")
    sheet = open_file(path)
    sheet.check()
    refused = sheet.put(
        [Put(1, 3, "", "Status", 14.0), Put(2, 2, "", "+442079460001"), Put(3, 2, "", "x"), Put(3, 3, "", "Found")]
    )
    assert [(one.row, one.column) for one in refused] == [(3, 2)]
    report = sheet.save(backups=tmp_path / "backups")
    assert (report.path, report.written, report.refused) == (path, 3, refused)
    assert report.backup is not None
    again = open_file(path).read()
    assert [list(row) for row in again.rows] == [
        ["LinkedIn", "Phone", "Status"],
        ["a", "+442079460001", ""],
        ["b", "kept", "Found"],
    ]
