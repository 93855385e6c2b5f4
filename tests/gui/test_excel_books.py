"""Open workbooks in the window: a stand-in for `excel list` says what is open, as Excel's process would."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.excel_books import ExcelBooks, start

WAIT = 120_000
BOOKS = [
    {"pid": 7, "book": "leads.xlsx", "sheet": "Leads", "selection": "$2:$9"},
    {"pid": 7, "book": "Böhm & Söhne.xlsx", "sheet": "Q4", "selection": ""},
]


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def saying(text: str, code: int = 0) -> list[str]:
    return [sys.executable, "-c", f"import sys; sys.stdout.buffer.write({text!r}.encode()); sys.exit({code})"]


def test_the_open_workbooks_are_shown_and_the_chosen_one_is_enriched(parent: QWidget, qtbot: QtBot) -> None:
    dialog = ExcelBooks(parent, lambda: saying(json.dumps(BOOKS)))
    assert not dialog.yes.isEnabled()
    qtbot.waitUntil(dialog.yes.isEnabled, timeout=WAIT)
    assert dialog.books.item(0).text() == "leads.xlsx  ·  Leads  ·  $2:$9"
    assert "all rows" in dialog.books.item(1).text()
    assert dialog.words()[-6:] == ["enrich", "--phones", "--book", "leads.xlsx", "--sheet", "Leads"]
    qtbot.keyClick(dialog.books, Qt.Key.Key_Down)
    dialog.kinds.choose(("--phones", "--emails"))
    assert dialog.words()[-7:] == ["enrich", "--phones", "--emails", "--book", "Böhm & Söhne.xlsx", "--sheet", "Q4"]


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("[]", 0, "No workbook is open"),
        ('{"error": {"title": "Excel is busy", "message": "Press Enter."}}', 1, "Excel is busy. Press Enter."),
        ("Traceback", 1, "Excel does not answer"),
        ("", 0, "Excel does not answer"),
    ],
)
def test_without_a_workbook_it_says_why(parent: QWidget, qtbot: QtBot, text: str, code: int, said: str) -> None:
    dialog = ExcelBooks(parent, lambda: saying(text, code))
    qtbot.waitUntil(lambda: said in dialog.said.text(), timeout=WAIT)
    assert not dialog.yes.isEnabled()


def test_a_helper_that_cannot_be_started_is_said(parent: QWidget, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = ExcelBooks(parent, lambda: [str(tmp_path / "nothing")])
    qtbot.waitUntil(lambda: "Excel does not answer" in dialog.said.text(), timeout=WAIT)
    assert not start([str(tmp_path / "nothing")])


def test_closing_leaves_nobody_who_asks_excel(parent: QWidget, qtbot: QtBot) -> None:
    dialog = ExcelBooks(parent, lambda: [sys.executable, "-c", "input()"])
    assert dialog._process.waitForStarted()
    dialog.open()
    dialog.reject()
    assert dialog._process.waitForFinished()
