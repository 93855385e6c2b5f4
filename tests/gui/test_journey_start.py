"""`python -m gui` from inside: it opens, is raised by a second start, says why it cannot open, shows a mistake of ours."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from core.settings import Settings
from gui.__main__ import main, make, state_of
from gui.dialogs import Report
from gui.single import OneWindow
from gui.theme import Mode, Theme
from gui.window import Window
from tests.gui.test_window import WAIT

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def hook(monkeypatch: pytest.MonkeyPatch, theme: Theme, qapp: QApplication) -> Iterator[None]:
    """The program sets how unforeseen errors are shown, and a theme that follows the focus; both are put back."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    yield
    for made in qapp.findChildren(Theme):
        if made is not theme:
            shiboken6.delete(made)
    theme.apply(Mode.LIGHT)


def windows() -> list[Window]:
    return [one for one in QApplication.topLevelWidgets() if isinstance(one, Window) and one.isVisible()]


@pytest.mark.usefixtures("qapp")
def test_the_program_opens_its_window_and_ends_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUSHA_ENRICH_HOME", str(tmp_path))
    monkeypatch.setenv("LUSHA_ENRICH_API_URL", NOWHERE)
    seen: list[str] = []
    timer = QTimer(interval=20)

    def look() -> None:
        found = next((one for one in windows() if getattr(one, "_loaded", False)), None)
        if found is None:
            return
        timer.stop()
        seen.append(found.windowTitle())
        found.go("activity")
        found.close()

    timer.timeout.connect(look)
    timer.start()
    assert main([]) == 0
    assert seen == ["LushaEnrich (practice)"]
    assert state_of(Settings(tmp_path, NOWHERE)).value("page") == "activity"


def test_a_second_start_raises_the_first_and_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    monkeypatch.setenv("LUSHA_ENRICH_HOME", str(tmp_path))
    first = OneWindow(tmp_path)
    with qtbot.waitSignal(first.raised, timeout=WAIT):
        assert main([]) == 0
    assert windows() == []
    first.close()


@pytest.mark.usefixtures("qapp")
def test_settings_that_cannot_be_used_are_said_before_anything_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUSHA_ENRICH_HOME", str(tmp_path))
    monkeypatch.setenv("LUSHA_ENRICH_API_URL", "http://somewhere.example")
    said: list[str] = []
    timer = QTimer(interval=20)

    def look() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            timer.stop()
            said.append(box.text())
            box.accept()

    timer.timeout.connect(look)
    timer.start()
    assert main([]) == 2
    assert len(said) == 1
    assert said[0]
    assert windows() == []


def test_an_unforeseen_error_is_shown_with_a_report_and_one_of_a_thread_is_not(
    tmp_path: Path, qapp: QApplication, qtbot: QtBot
) -> None:
    state_of(Settings(tmp_path, NOWHERE)).setValue("theme", "dark")
    window = make(qapp, Settings(tmp_path, NOWHERE))
    qtbot.addWidget(window)
    assert window.theme is Mode.DARK
    error = ValueError("00000000-0000-4000-8000-00000000a41f")
    thread = threading.Thread(target=lambda: sys.excepthook(ValueError, error, None))
    thread.start()
    thread.join()
    qtbot.wait(1)
    assert window.findChild(Report) is None
    sys.excepthook(ValueError, error, None)
    qtbot.waitUntil(lambda: window.findChild(Report) is not None, timeout=WAIT)
    report = window.findChild(Report)
    assert "ValueError" in report.text.toPlainText()
    assert "a41f" not in report.text.toPlainText()
    copy = next(button for button in report.findChildren(QPushButton) if button.text().strip() == "Copy report")
    copy.click()
    assert qapp.clipboard().text() == report.text.toPlainText()
    report.accept()
