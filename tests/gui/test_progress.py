"""The small window beside Excel: it shows the record, asks once, stops, and never decides by itself."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.model import Kind
from core.runs import Action, Go, Phase, Request, Runs, State
from gui.progress import FIRST, GO_ON, GONE, ProgressWindow, main
from gui.time_left import Pace, in_words

TOP = Path(__file__).resolve().parents[2]
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
    assert any("8 found, 2 failed" in text for text in seen)  # windows of earlier tests may still be there


# -- time left --------------------------------------------------------------------------------------------------------
class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_time_left_follows_the_pace_of_this_run_and_is_said_when_it_can_be_known() -> None:
    clock = Clock()
    pace = Pace(clock)
    assert pace.left(100, 400) == ""
    clock.now = 2.0
    assert pace.left(150, 400) == ""  # too early
    clock.now = 10.0
    assert pace.left(105, 400) == ""  # too few
    assert pace.left(200, 400) == "About 20 s left"
    clock.now = 100.0
    assert pace.left(200, 400) == "About 3 min left"
    assert pace.left(400, 400) == ""


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1, "About 10 s left"),
        (54, "About 50 s left"),
        (60, "About 1 min left"),
        (3570, "About 1 h 00 min left"),
        (9000, "About 2 h 30 min left"),
    ],
)
def test_the_time_left_is_rounded(seconds: float, said: str) -> None:
    assert in_words(seconds) == said


def test_the_window_shows_the_time_left_while_it_runs_only(qtbot: QtBot, runs: Runs, run: Request) -> None:
    clock = Clock()
    window = ProgressWindow(runs, run.id, clock)
    qtbot.addWidget(window)
    runs.tell(State(run.id, Phase.RUNNING, ready=300, done=0))
    window.refresh()
    assert "left" not in shown(window).replace("300 left", "")
    clock.now = 60.0
    runs.tell(State(run.id, Phase.RUNNING, ready=300, done=100))
    window.refresh()
    assert "About 2 min left" in shown(window)
    runs.tell(State(run.id, Phase.DONE, title="Done", ready=300, done=300))
    window.refresh()
    assert "min left" not in shown(window)


# -- steps ------------------------------------------------------------------------------------------------------------
def test_the_steps_are_the_rotations_lines_and_are_shown_when_asked_for(qtbot: QtBot, runs: Runs, run: Request) -> None:
    window = ProgressWindow(runs, run.id)
    qtbot.addWidget(window)
    window.show()
    runs.tell(State(run.id, Phase.RUNNING, ready=3))
    window.refresh()
    runs.add_steps(run.id, ["Trying Key 1/2 (ends in ...0001)", "Key (...0001) is OUT OF CREDITS (402)"])
    window.refresh()
    assert not window.steps.isVisible()
    qtbot.mouseClick(window.more, Qt.MouseButton.LeftButton)
    assert window.steps.isVisible()
    runs.add_steps(run.id, ["Success with Key (...0002)"])
    window.refresh()
    window.refresh()
    assert window.steps.toPlainText().splitlines() == [
        "Trying Key 1/2 (ends in ...0001)",
        "Key (...0001) is OUT OF CREDITS (402)",
        "Success with Key (...0002)",
    ]


def test_half_a_line_waits_for_its_other_half(runs: Runs, run: Request) -> None:
    assert runs.steps(run.id) == ([], 0)
    path = runs.folder / f"{run.id}.steps.txt"
    path.write_bytes(b"one\ntw")
    found, place = runs.steps(run.id)
    assert (found, place) == (["one"], 4)
    path.write_bytes(b"one\ntwo\n")
    assert runs.steps(run.id, place) == (["two"], 8)


# -- the end ----------------------------------------------------------------------------------------------------------
class Tray:
    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def show(self) -> None: ...

    def showMessage(self, title: str, text: str) -> None:
        self.told.append((title, text))


def test_the_end_is_told_once_and_not_for_a_run_that_was_over_before(qtbot: QtBot, runs: Runs, run: Request) -> None:
    window = ProgressWindow(runs, run.id)
    qtbot.addWidget(window)
    tray = window._tray = Tray()
    runs.tell(State(run.id, Phase.RUNNING, ready=3))
    window.refresh()
    runs.tell(State(run.id, Phase.DONE, title="Phone Enrichment Complete: 3 found, 0 failed"))
    window.refresh()
    runs.tell(State(run.id, Phase.DONE, title="Phone Enrichment Complete: 3 found, 0 failed", message="more"))
    window.refresh()
    assert tray.told == [("LushaEnrich", "Phone Enrichment Complete: 3 found, 0 failed")]
    late = ProgressWindow(runs, run.id)
    qtbot.addWidget(late)
    assert "3 found" in shown(late)


# -- a worker that is gone --------------------------------------------------------------------------------------------
WORKER = (
    "import sys; from pathlib import Path; from core.runs import Runs\n"
    "with Runs(Path(sys.argv[1])).owner() as owner:\n    print(owner.claim(), flush=True)\n    sys.stdin.read()"
)


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that holds what a worker holds, and its name."""
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process, process.stdout.readline().strip()
        process.kill()


def test_a_killed_worker_is_noticed_and_the_window_says_how_to_go_on(
    qtbot: QtBot, runs: Runs, run: Request, worker: tuple[subprocess.Popen[str], str]
) -> None:
    process, alive = worker
    window = ProgressWindow(runs, run.id)
    qtbot.addWidget(window)
    runs.tell(State(run.id, Phase.RUNNING, ready=300, done=100, alive=alive))
    window.refresh()
    window.look_for_worker()
    assert window.stop.isVisibleTo(window)
    process.kill()
    process.wait()
    window.look_for_worker()
    assert GONE in shown(window)
    assert GO_ON in shown(window)
    assert not window.stop.isVisibleTo(window)
    window.close()
    assert runs.answered(run.id) is None


def test_a_worker_that_ended_in_good_order_or_has_not_begun_is_not_gone(runs: Runs, run: Request) -> None:
    assert not runs.is_gone(run.id)
    runs.tell(State(run.id, Phase.RUNNING))
    assert not runs.is_gone(run.id)
    runs.tell(State(run.id, Phase.RUNNING, alive="0" * 32))
    assert runs.is_gone(run.id)
    runs.tell(State(run.id, Phase.DONE, alive="0" * 32))
    assert not runs.is_gone(run.id)


# -- a second start ---------------------------------------------------------------------------------------------------
def test_a_second_start_brings_the_first_window_to_the_front_and_ends(
    qtbot: QtBot, tmp_path: Path, run: Request, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    runs.tell(State(run.id, Phase.RUNNING, ready=3))
    env = {"LUSHA_ENRICH_HOME": str(tmp_path)}
    second: list[subprocess.Popen[bytes]] = []

    def windows() -> list[ProgressWindow]:
        return [one for one in QApplication.topLevelWidgets() if isinstance(one, ProgressWindow) and one._run == run.id]

    def begin() -> None:
        (first,) = windows()
        first.showMinimized()
        second.append(subprocess.Popen([sys.executable, "-m", "gui.progress", "--run", run.id], env=os.environ | env, cwd=TOP))
        look.start()

    def close_when_raised() -> None:
        (first,) = windows()
        if not first.isMinimized() and second[0].poll() is not None:
            look.stop()
            first.close()

    look = QTimer(interval=20)
    look.timeout.connect(close_when_raised)
    QTimer.singleShot(0, begin)
    assert main(["--run", run.id], env) == 0
    assert second[0].returncode == 0
