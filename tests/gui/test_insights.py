"""The insights over a real home: read off the screen's thread, shown, turned to tables, exported, followed."""

from __future__ import annotations

import threading
from pathlib import Path

import openpyxl
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QComboBox, QFileDialog, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from core.engine.batch import Limits
from core.engine.preflight import Row
from core.model import Kind, Prospect
from gui.dashboard_tabs import INSIGHTS, OVERVIEW
from gui.insight_charts import Columns, Lines, Point, Series, Shares
from gui.insights import InsightsView
from gui.widgets import Elided
from gui.window import DASHBOARD, Window
from tests.gui.conftest import Home

WAIT = 20_000


def look_up(home: Home, first: int, count: int) -> None:
    kinds = frozenset({Kind.PHONES})
    people = [Prospect(linkedin=f"https://www.linkedin.com/in/someone-{n}") for n in range(first, first + count)]
    with home.app() as app:
        rows = [Row(number, who, wanted=kinds) for number, who in enumerate(people, 2)]
        for _event in app.run(app.plan(rows, kinds), source="leads.xlsx", limits=Limits(wait=False)):
            pass


def shown(window: Window, qtbot: QtBot) -> InsightsView:
    tabs = window.page(DASHBOARD).tabs
    tabs.show_view(INSIGHTS)
    qtbot.waitUntil(lambda: tabs.insights.insights is not None, timeout=WAIT)
    return tabs.insights


def test_an_empty_home_offers_no_insights(home: Home) -> None:
    assert not home.window().page(DASHBOARD).tabs.choice.isVisible()


def test_without_look_ups_there_is_one_thing_to_do(full: Home, qtbot: QtBot) -> None:
    view = shown(full.window(), qtbot)
    assert view._stack.currentIndex() == 1
    assert not view.export.isEnabled()
    assert {one.text() for one in view._empty.findChildren(QPushButton)} == {"Enrich a file"}


def test_figures_charts_and_tables_tell_the_same(full: Home, qtbot: QtBot) -> None:
    look_up(full, 0, 30)
    window = full.window()
    view = shown(window, qtbot)
    people = view.insights.people
    assert view.rate.accessibleName() == f"Found rate: {people.rate:.0%}. {people.found} of {people.answered} people"
    assert f"{people.found} found, {people.not_found} not found" in view.people.chart.accessibleDescription()
    assert f"of {people.answered}" in view.inputs.chart.accessibleDescription()
    for card in view._cards:
        button = next(one for one in card.findChildren(QPushButton) if "table" in one.accessibleName())
        button.click()
        assert card.views.currentWidget() is card.list
        assert card.list.list.rowCount() > 0
        button.click()
        assert card.views.currentWidget() is card.chart
    assert view.people.list.list.items[0].cells[2] == str(people.found)
    assert window.page(DASHBOARD).sub.text().startswith("Counted from your own look-ups")


def test_reading_is_done_on_another_thread(full: Home, qtbot: QtBot) -> None:
    look_up(full, 0, 5)
    window = full.window()
    tabs = window.page(DASHBOARD).tabs
    tabs.show_view(INSIGHTS)
    names = {thread.name for thread in threading.enumerate()} if tabs.insights._run and tabs.insights._run.running else {"run"}
    assert "run" in names
    qtbot.waitUntil(lambda: tabs.insights.insights is not None, timeout=WAIT)


def test_a_new_run_is_followed_while_the_view_is_open(full: Home, qtbot: QtBot) -> None:
    look_up(full, 0, 5)
    view = shown(full.window(), qtbot)
    view._later.setInterval(50)
    assert view.insights.calls.rows == 5
    look_up(full, 100, 7)
    qtbot.waitUntil(lambda: view.insights.calls.rows == 12, timeout=WAIT)


def test_another_time_and_one_key_are_chosen(full: Home, qtbot: QtBot) -> None:
    look_up(full, 0, 5)
    view = shown(full.window(), qtbot)
    view.range.choose(7)
    view.range.picked.emit(7)
    qtbot.waitUntil(lambda: len(view.insights.days) == 7, timeout=WAIT)
    view.key.setCurrentIndex(1)
    view.key.activated.emit(1)
    assert len(view.keys.chart.points) == 1
    view.key.setCurrentIndex(0)
    view.key.activated.emit(0)
    assert len(view.keys.chart.points) == 7


def test_the_workbook_is_exported(full: Home, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    look_up(full, 0, 5)
    window = full.window()
    view, target = shown(window, qtbot), tmp_path / "figures.xlsx"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args, **_more: (str(target), ""))
    view.export.click()
    qtbot.waitUntil(lambda: window.toast.text.text() == "Saved: figures.xlsx", timeout=WAIT)
    assert "Overview" in openpyxl.load_workbook(target).sheetnames
    view.export.click()
    qtbot.waitUntil(lambda: "already exists" in window.toast.text.text(), timeout=WAIT)


def test_the_keyboard_changes_the_view_and_narrow_windows_stack_the_cards(full: Home, qtbot: QtBot) -> None:
    look_up(full, 0, 5)
    window = full.window()
    tabs = window.page(DASHBOARD).tabs
    qtbot.keyClick(window, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: tabs.insights is not None and tabs.insights.insights is not None, timeout=WAIT)
    view = tabs.insights
    window.resize(1240, 800)
    qtbot.waitUntil(lambda: view.inputs.x() > view.people.x(), timeout=WAIT)
    window.resize(960, 620)
    qtbot.waitUntil(lambda: view.inputs.x() == view.people.x() and view.inputs.y() > view.people.y(), timeout=WAIT)
    assert view.width() <= window.page(DASHBOARD).width()
    qtbot.keyClick(window, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    assert tabs.choice.value == OVERVIEW
    assert not view.isVisible()


SERIES = (Series("found", "found"), Series("failed", "stored"))


def painted(widget) -> QImage:
    widget.resize(600, 240)
    return widget.grab().toImage()


@pytest.mark.parametrize("make", [Columns, Lines])
def test_a_plot_paints_its_points_and_tells_them_under_the_mouse(qtbot: QtBot, theme, make) -> None:
    plot = make("Chart", SERIES, lambda value: f"{value:g}")
    qtbot.addWidget(plot)
    bare = painted(plot)
    plot.load([Point(f"{n} Nov", (float(n), None if n % 2 else 1.0)) for n in range(1, 29)])
    assert painted(plot) != bare
    assert "2 Nov: 2 found, 1 failed" in plot.accessibleDescription()
    at = QPointF(44 + plot.cell() * 1.5, 100)
    left, none = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    plot.mouseMoveEvent(QMouseEvent(QMouseEvent.Type.MouseMove, at, at, left, left, none))
    assert plot.toolTip() == "2 Nov: 2 found, 1 failed"
    hot = painted(plot)
    plot.leaveEvent(None)
    assert painted(plot) != hot
    plot.load([Point("1 Nov", (None, None))])
    assert plot.said(plot.points[0]) == "1 Nov: nothing"


def test_shares_tell_what_they_are_of(qtbot: QtBot, theme) -> None:
    shares = Shares("Rates")
    qtbot.addWidget(shares)
    bare = painted(shares)
    shares.load([("LinkedIn URL", 0.5, "of 12", "found"), ("E-mail", None, "of 0", "stored")])
    assert painted(shares) != bare
    assert shares.accessibleDescription() == "LinkedIn URL: 50%, of 12; E-mail: –, of 0"


@pytest.mark.parametrize("size", [(1240, 800), (960, 620)])
def test_no_word_is_cut_and_nothing_that_takes_the_focus_is_nameless(full: Home, qtbot: QtBot, size: tuple[int, int]) -> None:
    look_up(full, 0, 5)
    window = full.window()
    window.resize(*size)
    view = shown(window, qtbot)
    qtbot.wait(60)
    labels = [one for one in view.findChildren(QLabel) if one.isVisible() and one.text() and not isinstance(one, Elided)]
    flat = [one for one in labels if not one.wordWrap()]
    assert [one.text() for one in flat if one.width() < one.sizeHint().width() - 1] == []
    assert [one.text() for one in labels if one.wordWrap() and one.height() < one.heightForWidth(one.width()) - 1] == []
    for card in view._cards:
        card.turn()
    kinds = (QAbstractButton, QAbstractItemView, QComboBox)
    focusable = [
        one for one in view.findChildren(QWidget) if isinstance(one, kinds) and one.focusPolicy() != Qt.FocusPolicy.NoFocus
    ]
    assert [one for one in focusable if not one.accessibleName()] == []
    assert len(focusable) >= 18
