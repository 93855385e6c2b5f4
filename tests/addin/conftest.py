"""A pretend Excel with one open book, and sheets of both kinds over the same rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.excel_engine.desk import Desk
from tests.excel_engine.engine import activate

Rows = list[list[object]]


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    activate(made.call)
    return made


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    """book(rows, table=False) writes leads.xlsx with a sheet "Leads"."""

    def made(rows: Rows, *, table: str = "", name: str = "leads.xlsx") -> Path:
        written = openpyxl.Workbook()
        sheet = written.active
        sheet.title = "Leads"
        for row in rows:
            sheet.append(row)
        if table:
            sheet.add_table(openpyxl.worksheet.table.Table(displayName=table, ref=sheet.dimensions))
        written.save(tmp_path / name)
        return tmp_path / name

    return made
