"""Random workbooks of four writers, random edits: all that was not edited reads back as it was."""

from __future__ import annotations

import random
import shutil
import subprocess
import warnings
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pyexcelerate
import pytest
import xlsxwriter
from openpyxl.styles import Font

from core.sheets.sheet import Put
from core.sheets.workbook import open_workbook
from tests.office import needs_libreoffice
from tests.ooxml import validate

pytestmark = pytest.mark.filterwarnings("ignore:Workbook contains no")  # as PyExcelerate leaves it
TEXTS = ["+44 20 7946 0001", "ada@acme.example", "  sp ", "=1+1", "<&>\"'", "é\n2", "_x000D_", "😀"]


def _cells(path: Path) -> dict[tuple[str, int, int], Any]:
    book = openpyxl.load_workbook(path)
    return {
        (sheet.title, cell.row, cell.column): (cell.value, cell.number_format, cell.font.b, cell.fill.fgColor.rgb)
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def _data(rnd: random.Random) -> list[list[Any]]:
    values = [None, None, 1, 2.5, "t & <b>", True, "é\n2", "=A1", 0]
    width = rnd.randint(1, 12)
    return [[rnd.choice(values) for _ in range(width)] for _ in range(rnd.randint(0, 30))]


def _by_openpyxl(path: Path, rnd: random.Random) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    for number, row in enumerate(_data(rnd), 1):
        for column, value in enumerate(row, 1):
            if value is not None and rnd.random() < 0.9:
                sheet.cell(number, column, value)
    if rnd.random() < 0.5:
        sheet["B2"].font = Font(bold=True)
        sheet.column_dimensions["D"].width = 30
    book.create_sheet("Two & 'x'")["C3"] = "keep"
    book.save(path)


def _by_xlsxwriter(path: Path, rnd: random.Random) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("A B")
        styled = book.add_format({"bold": 1, "bg_color": "red"})
        sheet.set_column(2, rnd.randint(2, 9), 12, styled)
        for number, row in enumerate(_data(rnd)):
            if rnd.random() < 0.2:
                sheet.set_row(number, 20, styled)
            for column, value in enumerate(row):
                if value is None:
                    sheet.write_blank(number, column, None, styled)
                else:
                    sheet.write(number, column, value, rnd.choice([styled, None]))


def _by_pyexcelerate(path: Path, rnd: random.Random) -> None:
    book = pyexcelerate.Workbook()
    book.new_sheet("A B", data=_data(rnd) or [["x"]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it calls what Python has deprecated
        book.save(str(path))


@pytest.fixture(scope="session")
def saved_by_libreoffice(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Ten random workbooks as LibreOffice writes them, made in one go."""
    folder = tmp_path_factory.mktemp("office")
    made = []
    for seed in range(10):
        rnd, path = random.Random(seed), folder / f"in{seed}" / "book.xlsx"
        path.parent.mkdir()
        (_by_openpyxl if seed % 2 else _by_xlsxwriter)(path, rnd)
        made.append(path.rename(folder / f"book{seed}.xlsx"))
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", folder / "out", *made]
    subprocess.run(command, check=True, capture_output=True, timeout=500)
    return [folder / "out" / path.name for path in made]


@needs_libreoffice
@pytest.mark.parametrize("seed", range(10))
def test_random_edits_of_what_libreoffice_saved_change_nothing_else(
    seed: int, saved_by_libreoffice: list[Path], tmp_path: Path
) -> None:
    path = tmp_path / "x.xlsx"
    shutil.copyfile(saved_by_libreoffice[seed], path)
    _edit(path, random.Random(seed + 1000))


@pytest.mark.parametrize("seed", range(60))
def test_random_edits_of_random_workbooks_change_nothing_else(seed: int, tmp_path: Path) -> None:
    rnd, path = random.Random(seed), tmp_path / "x.xlsx"
    (_by_openpyxl, _by_xlsxwriter, _by_pyexcelerate)[seed % 3](path, rnd)
    _edit(path, rnd)


@pytest.mark.parametrize("seed", range(9))
def test_the_validator_has_nothing_against_a_filled_workbook(seed: int, tmp_path: Path) -> None:
    rnd, path = random.Random(seed), tmp_path / "x.xlsx"
    (_by_openpyxl, _by_xlsxwriter, _by_pyexcelerate)[seed % 3](path, rnd)
    before = validate(path)
    _edit(path, rnd)
    assert validate(path) == before


def _edit(path: Path, rnd: random.Random) -> None:
    with zipfile.ZipFile(path) as book:  # PyExcelerate relates to no style sheet: text there is text without a format
        text = "@" if b"/styles" in book.read("xl/_rels/workbook.xml.rels") else "General"
    before = _cells(path)
    sheet = open_workbook(path).sheet()
    name = sheet.read().name
    wanted: dict[tuple[int, int], str] = {}
    for _ in range(rnd.randint(1, 25)):
        wanted[rnd.randint(1, 45), rnd.randint(1, 16)] = rnd.choice(TEXTS)
    if rnd.random() < 0.5:
        wanted[1, 17] = "New"
    sheet.put(Put(row, column, "", text, 12.0 if column == 17 else None) for (row, column), text in wanted.items())
    report = sheet.save()
    refused = {(one.row, one.column) for one in report.refused}
    after = _cells(path)
    assert refused == {at for at in wanted if (name, *at) in before}
    assert {key: after[key] for key in before} == before
    ours = {at: text for at, text in wanted.items() if at not in refused}
    assert report.written == len(ours)
    assert {key[1:]: value[0].replace("_x005F_", "_") for key, value in after.items() if key not in before} == ours
    assert all(after[name, *at][1] == ("General" if at[1] == 17 else text) for at in ours)
