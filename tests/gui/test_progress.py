"""The small window beside Excel: it shows the record, asks once, stops, and never decides by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.model import Kind
from core.runs import Action, Go, Phase, Request, Runs, State
from gui.progress import FIRST, ProgressWindow, main

LINES = ((312, "ready to look up"), (96, "already filled, left as they are"))


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


@pytest.fixture
def run(runs: Runs) -> Request:
    return runs.start(Action.ENRICH, frozenset({Kind.PHONES}), book="leads.xlsx", sheet="Leads")


def asking(run: str, ready: int = 312) -> State:
    return State(run, Phase.ASKING, "leads.xlsx", "Leads", "Enrich phones", lines=LINES, ready=ready, likely=715.4, most=1573)


def shown(window: ProgressWindow) -> str:
    from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton

    parts = [one for sort in (QLabel, QPushButton, QCheckBox) for one in window.findChildren(sort)]
    return "\n".join(one.text() for one in parts if one.isVisibleTo(window))


def test_it_stands_on_top_and_takes_no_focus(qtbot: QtBot, runs: Runs, run: Request) -> None:
    window = ProgressWindow(runs, run.id)
    qtbot.addWidget(window)
    assert window.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
    assert window.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    assert "Reading the sheet..." in shown(window)


def test_the_question_shows_every_line_and_the_cost_and_proposes_the_first_ten(qtbot: QtBot, runs: Runs, run: Request) -> None:
    window = ProgressWindow(runs, run.id)
    qtbot.addWidget(window)
    runs.tell(asking(run.id))
    window.refresh()
    text = shown(window)
    assert all(f"{count}" in text and words in text for count, words in LINES)
    assert "at least 0 · likely about 715 · at most 1,573" in text
    assert window.go.text() == "Look up the first 10"
    qtbot.mouseClick(window.go, Qt.MouseButton.LeftButton)
    assert runs.answered(run.id) == Go(True, FIRST, None)


def test_all_rows_and_a_cap_can_be_chosen(qtbot: QtBot, runs: Runs, run: Request) -> None:
    window = ProgressWindow(runs, run.id)
    qtbot.addWidget(window)
    runs.tell(asking(run.id))
    window.refresh()
    window._first.setChecked(False)
    window._cap.setValue(800)
    assert window.go.text() == "Look up 312 people"
    qtbot.mouseClick(window.go, Qt.MouseButton.LeftButton)
    assert runs.answered(run.id) == Go(True, None, 800.0)


def test_few_rows_are_asked_for_at_once_and_a_doubt_is_a_question(qtbot: QtBot, runs: Runs, run: Request) -> None:
    window = ProgressWindow(runs, run.id)
    qtbot.addWidget(window)
    runs.tell(asking(run.id, ready=5))
    window.refresh()
    assert window.go.text() == "Look up 5 people"
    runs.tell(State(run.id, Phase.RUNNING))
    window.refresh()
    runs.tell(State(run.id, Phase.ASKING, message='Column "X" looks like the LinkedIn URL. Use it?'))
    window.refresh()
    assert window.go.text() == "Use this column"
    assert "Use it?" in shown(window)


def test_closing_before_the_answer_is_a_no_and_later_nothing(qtbot: QtBot, runs: Runs, run: Request) -> None:
    window = ProgressWindow(runs, run.id)
    qtbot.addWidget(window)
    runs.tell(asking(run.id))
    window.refresh()
    window.close()
    assert runs.answered(run.id) == Go(go=False)
    other = runs.start(Action.ENRICH, frozenset({Kind.PHONES}), book="leads.xlsx", sheet="Leads")
    runs.tell(State(other.id, Phase.RUNNING))
    second = ProgressWindow(runs, other.id)
    qtbot.addWidget(second)
    second.close()
    assert runs.answered(other.id) is None
    assert not runs.flag(other.id).exists()


def test_a_running_run_shows_its_counts_and_stop_raises_the_flag(qtbot: QtBot, runs: Runs, run: Request) -> None:
    window = ProgressWindow(runs, run.id)
    qtbot.addWidget(window)
    runs.tell(
        State(
            run.id,
            Phase.RUNNING,
            ready=312,
            done=93,
            found=71,
            not_found=19,
            credits=355,
            step="Trying Key 2/5 (ends in ...07be)",
            unwritten=12,
        )
    )
    window.refresh()
    text = shown(window)
    assert "71 found · 19 not found · 219 left" in text
    assert "Trying Key 2/5 (ends in ...07be)" in text
    assert "355 credits used." in text
    assert "12 results wait for Excel." in text
    qtbot.mouseClick(window.stop, Qt.MouseButton.LeftButton)
    assert runs.flag(run.id).exists()
    assert window.stop.text() == "Stopping..."


def test_the_end_says_what_came_of_it(qtbot: QtBot, runs: Runs, run: Request) -> None:
    window = ProgressWindow(runs, run.id)
    qtbot.addWidget(window)
    runs.tell(
        State(run.id, Phase.WAITING, title="12 results are waiting to be written", message="Open the workbook and click again.")
    )
    window.refresh()
    text = shown(window)
    assert "12 results are waiting to be written" in text
    assert "click again" in text
    assert not window.stop.isVisibleTo(window)
    assert window.leave.isVisibleTo(window)


def test_the_command_shows_the_run_until_its_window_is_closed(
    qtbot: QtBot, tmp_path: Path, run: Request, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    runs.tell(State(run.id, Phase.DONE, title="Phone Enrichment Complete: 8 found, 2 failed"))
    seen: list[str] = []

    def close() -> None:
        for window in QApplication.topLevelWidgets():
            if isinstance(window, ProgressWindow):
                seen.append(shown(window))
                window.close()

    QTimer.singleShot(0, close)
    assert main(["--run", run.id], {"LUSHA_ENRICH_HOME": str(tmp_path)}) == 0
    assert "8 found, 2 failed" in seen[0]
