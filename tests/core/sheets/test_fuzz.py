"""Random workbooks of two writers, random edits: all that was not edited reads back as it was."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.styles import Font

from core.sheets.sheet import Put
from core.sheets.workbook import open_workbook

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


@pytest.mark.parametrize("seed", range(40))
def test_random_edits_of_random_workbooks_change_nothing_else(seed: int, tmp_path: Path) -> None:
    rnd, path = random.Random(seed), tmp_path / "x.xlsx"
    (_by_openpyxl if seed % 2 else _by_xlsxwriter)(path, rnd)
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
    assert all(after[name, *at][1] == ("General" if at[1] == 17 else "@") for at in ours)
