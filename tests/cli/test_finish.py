"""What the command line makes of a run's answers at its end: only what may be told then goes into file, report and output."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path

import openpyxl
import pytest

from cli.enrich import Ending, finish
from core.app import App, open_app
from core.engine.batch import Result
from core.engine.events import Event
from core.enriching import read_rows
from core.keys.vault import MemoryVault
from core.model import Category, Kind
from core.results import listing
from core.settings import Settings
from core.sheets.files import open_file
from sandbox.people import CAST
from sandbox.scenarios import key
from sandbox.server import PracticeServer
from sandbox.world import World

PHONES = frozenset({Kind.PHONES})
DAN = "https://www.linkedin.com/in/sb-dan-mobile"
NUMBER = next(one for one in CAST if one.slug == "sb-dan-mobile").phones[0]["number"]


def listed_at_the_end(app: App, events: Generator[Event, None, Result], text: str) -> Generator[Event, None, Result]:
    """The run, and then somebody gets onto the list before its answers are written."""
    result = yield from events
    entry = listing.of_text(text)
    assert entry
    app.suppress([entry])
    return result


def prepared(folder: Path) -> tuple[World, Path]:
    """A world with one account, and a list with one person."""
    world, path, book = World(), folder / "leads.xlsx", openpyxl.Workbook()
    world.account("A", [key(1)])
    book.active.append(["LinkedIn"])
    book.active.append([DAN])
    book.save(path)
    return world, path


@pytest.mark.parametrize("text", [DAN, NUMBER])
def test_whoever_got_onto_the_list_before_the_file_is_written_is_in_no_output(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (world, path), report = prepared(tmp_path), tmp_path / "report.xlsx"
    with PracticeServer(world) as server, open_app(Settings(tmp_path / "home", server.url), vault=MemoryVault()) as app:
        app.keys.add_many([f"Key 1,{key(1)},A"], Category.ANY)
        read = read_rows(open_file(path), PHONES)
        events = app.run(app.plan(read.rows, PHONES), source=str(path), sheet=read.grid.name)
        ending = Ending(None, str(report), as_json=True)
        assert finish(app, read, listed_at_the_end(app, events, text), ending) == 0
    out = capsys.readouterr().out
    assert world.charged() > 0
    assert json.loads(out)["credits"] == world.charged()
    digits = "".join(sign for sign in NUMBER if sign.isdigit())
    for told in (out, cells(path), cells(report)):
        assert digits not in told.replace(" ", "").replace("-", "")
    assert "Do not contact" in cells(path)


def test_a_run_that_changes_nothing_says_so_and_leaves_the_file_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world, path = prepared(tmp_path)
    with PracticeServer(world) as server, open_app(Settings(tmp_path / "home", server.url), vault=MemoryVault()) as app:
        app.keys.add_many([f"Key 1,{key(1)},A"], Category.ANY)
        for said, changed in (("Written: ", True), ("Nothing changed: ", False)):
            before, backups = path.read_bytes(), set(app.settings.backups.glob("*"))
            read = read_rows(open_file(path), PHONES)
            events = app.run(app.plan(read.rows, PHONES), source=str(path), sheet=read.grid.name)
            assert finish(app, read, events, Ending(None)) == 0
            out = capsys.readouterr().out
            assert said in out
            assert (path.read_bytes() != before) is changed
            assert (set(app.settings.backups.glob("*")) != backups) is changed
    assert "The old file is kept" not in out
    assert "Written" not in out


def cells(path: Path) -> str:
    book = openpyxl.load_workbook(path)
    return "\n".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
