"""Workbooks made on the spot, and ways to look into them that share nothing with the code under test."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from core.sheets.sheet import Put, SaveReport
from core.sheets.workbook import open_workbook

LEADS = (
    ("First name", "Last name", "Company", "LinkedIn URL", "Phone"),
    ("Ada", "Sample", "Acme GmbH", "https://www.linkedin.com/in/ada-sample", None),
    ("Bob", "Muster", "Acme GmbH", "https://www.linkedin.com/in/bob-muster", "+44 20 7946 0001"),
)

SHEET = "xl/worksheets/sheet1.xml"

Make = Callable[..., Path]
Edit = Callable[[Path, str, Callable[[bytes], bytes]], None]
Parts = Callable[[Path], dict[str, bytes]]
Shown = Callable[..., dict[str, Any]]
Fill = Callable[..., SaveReport]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """make(rows, name=..., change=...) writes a workbook with one sheet "Leads"; ``change`` gets the worksheet."""

    def made(
        rows: Iterable[Iterable[object]] = LEADS,
        name: str = "leads.xlsx",
        change: Callable[[Worksheet], object] | None = None,
    ) -> Path:
        book = openpyxl.Workbook()
        sheet = book.active
        assert isinstance(sheet, Worksheet)
        sheet.title = "Leads"
        for row in rows:
            sheet.append(list(row))
        if change is not None:
            change(sheet)
        book.save(tmp_path / name)
        return tmp_path / name

    return made


@pytest.fixture
def edit() -> Edit:
    """edit(path, part, change) rewrites one part of a workbook; a part that is not there starts empty."""

    def edited(path: Path, part: str, change: Callable[[bytes], bytes]) -> None:
        with zipfile.ZipFile(path) as old:
            parts = {name: old.read(name) for name in old.namelist()}
        new = change(parts.get(part, b""))
        assert new != parts.get(part, b"")
        parts[part] = new
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
            for name, data in parts.items():
                out.writestr(name, data)

    return edited


@pytest.fixture
def parts() -> Parts:
    """parts(path) is every part of a workbook by name."""

    def read(path: Path) -> dict[str, bytes]:
        with zipfile.ZipFile(path) as book:
            return {name: book.read(name) for name in book.namelist()}

    return read


@pytest.fixture
def shown() -> Shown:
    """shown(path, sheet="Leads") is every filled cell by its address, as openpyxl sees it."""

    def read(path: Path, sheet: str = "Leads") -> dict[str, Any]:
        book = openpyxl.load_workbook(path)
        try:
            return {cell.coordinate: cell.value for row in book[sheet].iter_rows() for cell in row if cell.value is not None}
        finally:
            book.close()

    return read


@pytest.fixture
def fill() -> Fill:
    """fill(path, put, put ...) writes cells into the first sheet and saves in place."""

    def filled(path: Path, *puts: Put, **how: Any) -> SaveReport:
        sheet = open_workbook(path).sheet()
        sheet.put(puts)
        return sheet.save(**how)

    return filled
