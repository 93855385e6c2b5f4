"""The list of runs: what the foot of the page acts on is the line that is highlighted, and undoing asks first."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.board import Group, RunLine, Snapshot
from core.model import Kind
from gui import practice
from gui.activity_page import ActivityPage
from gui.lists import Column, Item, ListTable
from gui.window import ACTIVITY, DASHBOARD, Window
from tests.gui.conftest import Home
from tests.gui.test_looks import NOW
from tests.gui.test_window import WAIT, cells_of, run_file

OLD = RunLine("old", frozenset({Kind.PHONES}), "/lists/old.xlsx", "", "DONE", "", NOW, NOW, {Group.FOUND: 8}, 40.0, 1, ())
NEW = replace(OLD, id="new", source="/lists/new.xlsx", state="PAUSED", created_at=NOW + timedelta(minutes=5))
NEWEST = replace(OLD, id="newest", source="/lists/newest.xlsx", created_at=NOW + timedelta(minutes=9))


@pytest.fixture
def example(tmp_path: Path) -> Path:
    return Path(shutil.copyfile(practice.example(), tmp_path / "prospects.xlsx"))


def items(*names: str) -> list[Item]:
    return [Item(name, (name,), name) for name in names]


def highlighted(table: ListTable) -> list[str]:
    return [table.list.items[index.row()].id for index in table.selectionModel().selectedRows()]


def activity(window: Window, *runs: RunLine) -> ActivityPage:
    """The page over these runs, whatever the store holds."""
    window._snapshot = Snapshot(runs=runs)
    window.go(ACTIVITY)
    return window.page(ACTIVITY)


# -- any list ----------------------------------------------------------------------------------------------------------
def test_what_a_list_acts_on_is_what_is_highlighted(qtbot: QtBot) -> None:
    table = ListTable("Names", [Column("Name")])
    qtbot.addWidget(table)
    table.load(items("a", "b", "c"))
    table.choose("b")
    assert table.current().id == "b"
    table.selectionModel().setCurrentIndex(table.list.index(2, 0), QItemSelectionModel.SelectionFlag.NoUpdate)
    assert (table.current().id, highlighted(table)) == ("b", ["b"])
    table.selectAll()
    assert table.current() is None
    table.clearSelection()
    assert table.current() is None


@pytest.mark.parametrize(
    "later", [["new", "a", "b", "c"], ["new", "a", "b"], ["c", "b", "a"]], ids=["more", "moved on", "turned"]
)
def test_the_chosen_line_stays_chosen_when_the_list_changes(qtbot: QtBot, later: list[str]) -> None:
    table = ListTable("Names", [Column("Name")])
    qtbot.addWidget(table)
    table.load(items("a", "b", "c"))
    table.choose("b")
    table.load(items(*later))
    assert (table.current().id, highlighted(table)) == ("b", ["b"])
    assert table.list.items[table.currentIndex().row()].id == "b"
    table.load(items("x", "y"))
    assert table.current() is None


def test_tab_into_a_list_highlights_the_line_that_enter_opens(home: Home, qtbot: QtBot) -> None:
    page = activity(home.window(), NEW, OLD)
    table, opened = page.tables["runs"], []
    table.opened.connect(opened.append)
    table.reset()  # nothing is chosen and the keyboard is nowhere
    page.export.setFocus(Qt.FocusReason.TabFocusReason)
    table.setFocus(Qt.FocusReason.TabFocusReason)
    assert highlighted(table) == ["new"]
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert opened == [NEW]


# -- the list of runs --------------------------------------------------------------------------------------------------
def test_the_newest_run_is_chosen_when_the_page_is_opened_and_stays_so_when_others_come(home: Home) -> None:
    page = activity(home.window(), NEW, OLD)
    table = page.tables["runs"]
    assert highlighted(table) == ["new"]
    assert page._detail.text().startswith("/lists/new.xlsx")
    assert (page.undo.isVisible(), page.resume.isVisible()) == (True, True)
    page.load(Snapshot(runs=(NEWEST, NEW, OLD)))
    assert highlighted(table) == ["new"]
    page.load(Snapshot(runs=(NEWEST, NEW)))
    assert highlighted(table) == ["new"]
    page.load(Snapshot(runs=(NEWEST,)))
    assert (page.undo.isVisible(), page.resume.isVisible(), page._detail.text()) == (False, False, "")


def test_without_a_chosen_run_the_foot_offers_nothing(home: Home) -> None:
    page = activity(home.window(), NEW, OLD)
    page.tables["runs"].clearSelection()
    assert (page.undo.isVisible(), page.resume.isVisible(), page._detail.text()) == (False, False, "")
    page.load(Snapshot(runs=(NEWEST, NEW, OLD)))
    assert highlighted(page.tables["runs"]) == []
    page.tables["runs"].selectAll()
    assert not page.undo.isVisible()


def test_enter_on_the_dashboard_shows_that_run(home: Home, qtbot: QtBot) -> None:
    window = home.window()
    window._snapshot = Snapshot(runs=(NEWEST, NEW, OLD))
    window.go(DASHBOARD)
    runs = window.page(DASHBOARD).runs
    runs.choose("old")
    qtbot.keyClick(runs, Qt.Key.Key_Return)
    assert window.shown == ACTIVITY
    assert highlighted(window.page(ACTIVITY).tables["runs"]) == ["old"]
    window.page(ACTIVITY).show_list("trail")
    window.go(DASHBOARD)
    runs.choose("new")
    qtbot.keyClick(runs, Qt.Key.Key_Return)
    assert highlighted(window.page(ACTIVITY).tables["runs"]) == ["new"]
    assert window.page(ACTIVITY).undo.isVisible()


# -- undo --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("undone", "word", "undo", "resume"),
    [(None, "Stopped", True, True), (False, "Undone in part", True, False), (True, "Undone", False, False)],
)
def test_a_run_that_was_undone_says_so_and_is_not_gone_on_with(
    home: Home, undone: bool | None, word: str, undo: bool, resume: bool
) -> None:
    page = activity(home.window(), replace(NEW, undone=undone))
    assert page.tables["runs"].list.items[0].cells[-1] == word
    assert (page.undo.isVisible(), page.resume.isVisible()) == (undo, resume)


def asked(do: Callable[[object], object]) -> dict[str, object]:
    """What the next confirmation says; then ``do`` something with it."""
    seen: dict[str, object] = {}

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        seen.update(title=dialog.windowTitle(), text=dialog.text.text(), default=dialog.no.isDefault())
        do(dialog)

    QTimer.singleShot(100, look)
    return seen


def test_undoing_names_the_file_and_asks_first(full: Home, example: Path, qtbot: QtBot) -> None:
    window, before = full.window(), cells_of(example)
    run_file(window, example, qtbot)
    written = cells_of(example)
    qtbot.waitUntil(lambda: any(run.state != "RUNNING" for run in window._snapshot.runs), timeout=WAIT)
    window.go(ACTIVITY)
    page = window.page(ACTIVITY)
    seen = asked(lambda dialog: qtbot.keyClick(dialog, Qt.Key.Key_Return))  # the safe one
    page.undo.click()
    assert (seen["title"], seen["default"]) == ("Undo this run?", True)
    assert "“prospects.xlsx”" in str(seen["text"])
    assert cells_of(example) == written != before
    asked(lambda dialog: dialog.yes.click())
    page.undo.click()
    qtbot.waitUntil(lambda: page.tables["runs"].list.items[0].cells[-1] == "Undone", timeout=WAIT)
    assert cells_of(example) == before
    assert (page.undo.isVisible(), page.resume.isVisible()) == (False, False)
    assert highlighted(page.tables["runs"]) == [window._snapshot.runs[0].id]
