"""The same promises on a closed file and on an open workbook; with LUSHA_TEST_ENGINE=excel on a real Excel."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwings as xw

from addin.books import Target, attach
from core.enriching import read_rows, write_answers
from core.model import Answer, Kind, Person, Phone, RowStatus
from core.sheets.cells import FORMULA
from core.sheets.sheet import Put
from core.sheets.workbook import open_workbook
from tests.excel_engine.desk import PID, Desk
from tests.excel_engine.engine import activate

PHONES = frozenset({Kind.PHONES})
HEAD = ["Name", "Company", "LinkedIn URL", "Phone"]
REAL = os.environ.get("LUSHA_TEST_ENGINE") == "excel"
Make = Callable[..., Any]


def link(number: int) -> str:
    return f"https://www.linkedin.com/in/person-{number}"


def people(count: int) -> list[list[object]]:
    return [HEAD, *([f"N{n} P{n}", f"C{n}", link(n), None] for n in range(1, count + 1))]


def found(number: int) -> Answer:
    person = Person(phones=(Phone(f"+44 7700 {number:06d}", "mobile", False),))
    return Answer(RowStatus.FOUND, person, kinds=PHONES)


class Closed:
    """A file, written on save."""

    def __init__(self, path: Path) -> None:
        self.path, self.sheet = path, open_workbook(path).sheet()

    def shown(self) -> list[list[Any]]:
        return [[cell.value for cell in row] for row in openpyxl.load_workbook(self.path).active.iter_rows()]

    def form(self, address: str) -> str:
        return openpyxl.load_workbook(self.path).active[address].number_format


class Live:
    """An open workbook, in the pretend Excel or in a real one."""

    def __init__(self, path: Path) -> None:
        if REAL:
            self.book = xw.Book(path)
            self.sheet = attach(Target(self.book.app.pid, self.book.name, "Leads", ""))
        else:
            self.desk = Desk()
            activate(self.desk.call)
            self.desk.open(path)
            self.sheet = attach(Target(PID, path.name, "Leads", ""))

    def shown(self) -> list[list[Any]]:
        return self.sheet._sheet.used_range.options(ndim=2).value

    def form(self, address: str) -> str:
        return str(self.sheet._sheet.range(address).number_format)


@pytest.fixture(params=[Closed, Live])
def make(request: pytest.FixtureRequest, book: Callable[..., Path]) -> Iterator[Make]:
    opened: list[Any] = []

    def made(rows: list[list[object]], **more: Any) -> Any:
        opened.append(request.param(book(rows, **more)))
        return opened[-1]

    yield made
    for one in opened:
        if REAL and isinstance(one, Live):
            one.book.close()


def enrich(at: Any, answers: dict[int, Answer]) -> Any:
    read = read_rows(at.sheet, PHONES)
    if hasattr(at.sheet, "follow"):
        at.sheet.follow(read.mapping)
    refused = write_answers(read, answers)
    report = at.sheet.save()
    return [*refused, *(one for one in report.refused if one not in refused)]


def test_numbers_arrive_as_text_with_their_plus(make: Make) -> None:
    at = make(people(30))
    assert enrich(at, {row: found(row) for row in range(2, 32)}) == []
    rows = at.shown()
    assert [row[3] for row in rows[1:]] == [f"+447700{row:06d}" for row in range(2, 32)]
    assert at.form("D2") == "@"
    assert rows[0][4:] == ["Phone type", "Phone 2", "Phone 2 type", "Do not call", "Status", "Message", "Checked"]
    assert {row[7] for row in rows[1:]} == {"No"}
    assert {row[8] for row in rows[1:]} == {"Found"}


def test_nothing_that_stands_in_a_cell_is_overwritten(make: Make) -> None:
    rows = people(4)
    rows[2][3] = "+44 20 7946 0001"
    rows[3][3] = "=1+1"
    at = make(rows)
    refused = enrich(at, {row: found(row) for row in range(2, 6)})
    shown = at.shown()
    assert shown[2][3] == "+44 20 7946 0001"
    assert shown[1][3] == "+447700000002"
    assert shown[4][3] == "+447700000005"
    assert [(one.row, one.column, one.why) for one in refused] == [(4, 4, FORMULA)]


def test_a_table_grows_for_the_new_columns(make: Make) -> None:
    at = make(people(3), table="People")
    enrich(at, {2: found(2)})
    read = (
        open_workbook(at.path).sheet().read() if isinstance(at, Closed) else attach(Target(PID, "leads.xlsx", "Leads", "")).read()
    )
    assert read.tables[0].area.right == 11
    assert read.rows[0][10] == "Checked"


def test_a_cell_that_changed_meanwhile_is_left_alone(make: Make) -> None:
    at = make(people(3))
    read = read_rows(at.sheet, PHONES)
    if hasattr(at.sheet, "follow"):
        at.sheet.follow(read.mapping)
    refused = [*at.sheet.put([Put(2, 2, "something else", "new")]), *at.sheet.save().refused]
    assert refused[0].why == "the cell was changed meanwhile"
    assert at.shown()[1][1] == "C1"


def test_a_long_number_is_read_as_its_digits(make: Make) -> None:
    rows = people(2)
    rows[1][3] = 33612345678
    assert make(rows).sheet.read().cell(2, 4) == "33612345678"
