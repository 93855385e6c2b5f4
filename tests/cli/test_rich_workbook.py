"""A workbook with everything in it, by commands only: filled, looked at by others, and taken back."""

from __future__ import annotations

import hashlib
import os
import re
import zipfile
from pathlib import Path

import pytest

from sandbox.people import CAST
from sandbox.scenarios import demo
from tests.office import needs_libreoffice, shown
from tests.ooxml import validate
from tests.torture import torture

pytestmark = [
    pytest.mark.secret_service,
    pytest.mark.skipif(
        os.environ.get("LUSHAENRICH_REAL_STORE") != "1", reason="needs a real Secret Service: tests/secret_service.sh"
    ),
]
MAY_CHANGE = {"xl/worksheets/sheet1.xml", "xl/tables/table1.xml", "xl/styles.xml", "xl/workbook.xml"}


def hashes(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as book:
        return {name: hashlib.sha256(book.read(name)).hexdigest() for name in book.namelist()}


def cells(path: Path) -> dict[bytes, bytes]:
    with zipfile.ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml")
    return dict(re.findall(rb'(?s)<c r="([A-Z]+[0-9]+)"((?:[^>]*/>)|(?:.*?</c>))', sheet))


@needs_libreoffice
def test_a_rich_workbook_is_enriched_by_command_and_taken_back_by_command(desk, tmp_path: Path) -> None:
    here = desk(demo())
    people = [
        (f"{one.first} {one.last}", one.company[:60].strip(), f"https://www.linkedin.com/in/{one.slug}") for one in CAST[:20]
    ]
    book = torture(tmp_path / "leads.xlsm", people)
    before, cells_before = hashes(book), cells(book)

    code, said = here.json("enrich", str(book), "--phones", "--yes")
    assert code == 0, said
    after = hashes(book)
    assert len(before) == 47
    assert list(after) == list(before)
    assert {name for name in before if after[name] != before[name]} <= MAY_CHANGE
    with zipfile.ZipFile(book) as filled:
        table = filled.read("xl/tables/table1.xml").decode()
    assert table.count("<tableColumn ") >= 10
    assert 'name="Status"' in table
    assert validate(book) == []
    assert any("Found" in row for row in shown(book, tmp_path))

    code, undone = here.json("jobs", "undo", said["job"])
    assert code == 0
    assert undone["left"] == []
    assert cells(book) == cells_before
    assert validate(book) == []
