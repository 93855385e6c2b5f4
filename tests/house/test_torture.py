"""The torture workbook through the command line: nothing of it is lost, other programs read it, undo brings it back."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import python_calamine

from cli.__main__ import main
from core.app import App, open_app
from core.engine.batch import Result
from core.enriching import Delivery, deliver, read_rows
from core.keys.vault import MemoryVault
from core.model import Category, Kind
from core.results.cells import CellStore
from core.settings import Settings
from core.sheets.files import open_file
from core.sheets.sheet import Put
from core.undoing import undo
from sandbox.people import CAST
from sandbox.scenarios import demo
from sandbox.server import PracticeServer
from tests.office import needs_libreoffice, shown
from tests.ooxml import validate
from tests.torture import Person, torture

PHONES = frozenset({Kind.PHONES})
PEOPLE: list[Person] = [
    (f"{one.first} {one.last}", one.company[:60].strip(), f"https://www.linkedin.com/in/{one.slug}") for one in CAST[:20]
]
MAY_CHANGE = {"xl/worksheets/sheet1.xml", "xl/tables/table1.xml", "xl/styles.xml", "xl/workbook.xml"}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    scene = demo()
    (tmp_path / "home").mkdir()
    with (
        PracticeServer(scene.world) as server,
        open_app(Settings(tmp_path / "home", server.url), vault=MemoryVault()) as opened,
    ):
        for one in scene.keys:
            opened.keys.add_many([f"{one.label},{one.key},{one.account}"], Category(one.category))
        yield opened


def enriched(app: App, path: Path) -> tuple[Result, Delivery, CellStore]:
    """One run over a file, saved in place."""
    opened = read_rows(open_file(path), PHONES)
    assert not opened.doubt
    events = app.run(app.plan(opened.rows, PHONES), source=str(path), sheet=opened.grid.name)
    while True:
        try:
            next(events)
        except StopIteration as end:
            result: Result = end.value
            break
    store = CellStore(app.db, time.time)
    done = deliver(opened, result.answers, result.job, store, out=None, backups=app.settings.backups)
    return result, done, store


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist()}


def counted(xml: bytes) -> dict[bytes, int]:
    names: dict[bytes, int] = {}
    for name in re.findall(rb"<([A-Za-z0-9]+:?[A-Za-z0-9]*)[\s/>]", xml):
        names[name] = names.get(name, 0) + 1
    return names


def cells(xml: bytes) -> dict[bytes, bytes]:
    """Every cell of a sheet part as it is written, by reference; blank ones of ours leave no trace."""
    return dict(re.findall(rb'(?s)<c r="([A-Z]+[0-9]+)"((?:[^>]*/>)|(?:.*?</c>))', xml))


def test_no_part_is_lost_and_only_the_list_its_table_and_its_styles_change(app: App, tmp_path: Path) -> None:
    path = torture(tmp_path / "leads.xlsm", PEOPLE)
    before = parts(path)
    result, done, _ = enriched(app, path)
    after = parts(path)
    assert len(before) == 47
    assert list(after) == list(before)
    assert {name for name in before if after[name] != before[name]} <= MAY_CHANGE
    assert not done.refused
    assert done.report.written > 80
    assert sum(answer.person is not None for answer in result.answers.values()) >= 14
    for name in MAY_CHANGE:
        old, new = counted(before[name]), counted(after[name])
        assert all(new.get(tag, 0) >= count for tag, count in old.items()), name
    assert validate(path) == []


def test_undo_brings_every_cell_and_the_table_back_byte_for_byte(app: App, tmp_path: Path) -> None:
    path = torture(tmp_path / "leads.xlsm", PEOPLE)
    before = parts(path)
    result, done, store = enriched(app, path)
    report = undo(store, result.job, backups=app.settings.backups)
    after = parts(path)
    assert report.sentence == f"{done.report.written} of {done.report.written} undone."
    assert {name for name in before if after[name] != before[name]} <= {"xl/worksheets/sheet1.xml", "xl/styles.xml"}
    sheet = "xl/worksheets/sheet1.xml"
    assert cells(after[sheet]) == cells(before[sheet])
    assert validate(path) == []


def test_undo_leaves_what_was_edited_since_and_says_how_many(app: App, tmp_path: Path) -> None:
    path = torture(tmp_path / "leads.xlsm", PEOPLE)
    result, done, store = enriched(app, path)
    sheet = open_file(path)
    mine = next(cell for cell in store.cells(result.job) if cell.column == 6)
    sheet.put([Put(mine.row, 6, mine.after, "my own")])
    sheet.save()
    report = undo(store, result.job)
    assert report.sentence == f"{done.report.written - 1} of {done.report.written} undone, 1 was edited since."
    grid = open_file(path).read()
    assert grid.cell(mine.row, 6) == "my own"
    assert grid.width == 8
    assert validate(path) == []


@needs_libreoffice
@pytest.mark.filterwarnings("ignore:.*extension is not supported")  # openpyxl says what it would lose
def test_libreoffice_openpyxl_and_calamine_read_the_same_cells(app: App, tmp_path: Path) -> None:
    path = torture(tmp_path / "leads.xlsm", PEOPLE)
    enriched(app, path)
    book = openpyxl.load_workbook(path)
    leads = book["Leads"]
    width = leads.tables["LeadsTable"].ref.partition(":")[2].rstrip("0123456789")
    last = openpyxl.utils.column_index_from_string(width)
    assert [column.name for column in leads.tables["LeadsTable"].tableColumns] == [
        leads.cell(1, number).value for number in range(1, last + 1)
    ]
    ours = [number for number in range(1, last + 1) if number in {6, *range(9, last + 1)}]
    by_openpyxl = [[leads.cell(row, number).value or "" for number in ours] for row in range(1, len(PEOPLE) + 2)]
    with python_calamine.CalamineWorkbook.from_path(str(path)) as other:
        rows = other.get_sheet_by_name("Leads").to_python(skip_empty_area=False)
    by_calamine = [[row[number - 1] for number in ours] for row in rows[: len(PEOPLE) + 1]]
    seen = shown(path, tmp_path / "office")
    by_libreoffice = [[row[number - 1] for number in ours] for row in seen[: len(PEOPLE) + 1]]
    assert by_openpyxl == by_calamine == by_libreoffice
    assert any(text.startswith("+44") for row in by_openpyxl for text in row)


def test_a_table_with_a_totals_row_grows_and_its_totals_stay(app: App, tmp_path: Path) -> None:
    path = torture(tmp_path / "leads.xlsm", PEOPLE, totals=True)
    before = parts(path)
    result, _, store = enriched(app, path)
    assert validate(path) == []
    assert len(PEOPLE) + 2 not in result.answers
    undo(store, result.job)
    assert parts(path)["xl/tables/table1.xml"] == before["xl/tables/table1.xml"]


@pytest.mark.secret_service
@pytest.mark.skipif(
    os.environ.get("LUSHAENRICH_REAL_STORE") != "1", reason="needs a real Secret Service: tests/secret_service.sh"
)
def test_the_command_line_enriches_it_and_writes_a_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = torture(tmp_path / "leads.xlsm", PEOPLE)
    before, scenario = path.read_bytes(), demo()
    with PracticeServer(scenario.world) as server:
        monkeypatch.setenv("LUSHA_ENRICH_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("LUSHA_ENRICH_API_URL", server.url)
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        report = tmp_path / "report.xlsx"
        words = ["enrich", str(path), "--phones", "--json", "--report", str(report), "--map", "linkedin=C", "--replace"]
        assert main(words) == 2  # no key yet: nothing is touched
        assert path.read_bytes() == before
        monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(f"{one.label},{one.key},{one.account}" for one in scenario.keys)))
        assert main(["keys", "add", "--for", "phones"]) == 0
        capsys.readouterr()
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        main(words)
        said: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert main(["wipe", "--yes"]) == 0
    assert said["found"] > 0
    assert path.read_bytes() != before
    rows = list(openpyxl.load_workbook(report)["Rows"].iter_rows(values_only=True))
    assert rows[0][:3] == ("Row", "Status", "Name at Lusha")
    assert len(rows) == len(PEOPLE) + 1
