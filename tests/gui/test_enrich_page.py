"""The page that enriches a file and the dialog that adds keys: choosing, dropping, lists as text, what a stop says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QObject, QPoint, QPointF, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gui import practice
from gui.practice import PracticeServer
from gui.widgets import Segmented
from gui.window import DASHBOARD, ENRICH
from tests.gui.conftest import Home
from tests.gui.test_journey_dialogs import answers, cancelled, dialogs_of_qt, file
from tests.gui.test_window import WAIT, run_file

__all__ = ["dialogs_of_qt"]
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def example(tmp_path: Path) -> Path:
    return Path(shutil.copyfile(practice.example(), tmp_path / "prospects.xlsx"))


class Opener(QObject):
    """Stands for the programs of the system that open files."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toLocalFile())


def of_file(path: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    return mime


def test_a_file_is_chosen_with_the_dialog_and_opened_when_it_is_done(full: Home, example: Path, qtbot: QtBot) -> None:
    window, opener = full.window(), Opener()
    page = window.page(ENRICH)
    window.go(ENRICH)
    answers(cancelled)
    page.choose()
    assert page.stack.currentIndex() == 0
    answers(file(example))
    window._choose_file()
    qtbot.waitUntil(lambda: page.stack.currentIndex() == 1 and page.check.start.isEnabled(), timeout=WAIT)
    run_file(window, example, qtbot)
    QDesktopServices.setUrlHandler("file", opener, "open")
    page.running.open_file.click()
    QDesktopServices.unsetUrlHandler("file")
    assert opener.opened == [str(example)]


def test_the_steps_can_be_copied_and_the_lines_of_the_rows_too(full: Home, example: Path, qtbot: QtBot) -> None:
    window = full.window()
    page = run_file(window, example, qtbot)
    assert not page.running._copy.isVisible()
    rows = page.running.rows
    rows.selectRow(1)
    qtbot.keyClick(rows, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text().startswith("3\tBen Example\t")
    page.running._views.choose(0)
    page.running._view(0)
    page.running._copy.click()
    assert "Trying Key 1/5" in QApplication.clipboard().text()


def test_tab_enters_a_choice_at_what_the_program_chose(qtbot: QtBot) -> None:
    whole = QWidget()
    qtbot.addWidget(whole)
    before, choice = QPushButton("Before", whole), Segmented(((0, "Steps"), (1, "Rows")), "View")
    choice.setParent(whole)
    choice.choose(1)
    whole.show()
    whole.activateWindow()
    before.setFocus()
    qtbot.waitUntil(before.hasFocus, timeout=WAIT)
    QTest.keyClick(whole, Qt.Key.Key_Tab)
    assert QApplication.focusWidget().accessibleName() == "View: Rows"


def test_the_first_step_has_the_keyboard_and_the_next_is_practice(home: Home, qtbot: QtBot) -> None:
    window = home.window()
    window.activateWindow()
    qtbot.waitUntil(lambda: window.shown == DASHBOARD, timeout=WAIT)
    assert QApplication.focusWidget().text().strip() == "Add keys"
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Tab)
    assert QApplication.focusWidget().text().strip() == "Open practice list"


def test_the_drop_place_goes_dark_again_and_says_what_it_reads(home: Home, example: Path) -> None:
    drop = home.window().page(ENRICH).drop
    one = of_file(example)
    drop.dragEnterEvent(QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, one, LEFT, NONE))
    assert drop.title.text() == "Let go to open it"
    drop.dragLeaveEvent(QDragLeaveEvent())
    assert drop.title.text() == "Drop a spreadsheet here"
    drop.wait("large.xlsx")
    assert drop.title.text() == "Reading large.xlsx…"
    several = of_file(example)
    several.setUrls([*several.urls(), *several.urls()])
    over = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, several, LEFT, NONE)
    drop.dragEnterEvent(over)
    assert not over.isAccepted()


# -- the dialog that adds keys -----------------------------------------------------------------------------------------
def adding(home: Home) -> QDialog:
    window = home.window()
    window.add_keys()
    return window.findChild(QDialog)


def test_a_list_of_keys_is_chosen_or_dropped_into_the_box(home: Home, tmp_path: Path, qtbot: QtBot) -> None:
    dialog, listed = adding(home), tmp_path / "keys.txt"
    listed.write_text(f"{home.scenario.keys[0].key}\n", "utf-8")
    answers(file(listed))
    dialog._choose()
    qtbot.waitUntil(lambda: dialog.said.text() == "1 new", timeout=WAIT)
    dialog.box.setPlainText("")
    mime = of_file(listed)
    over = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, mime, LEFT, NONE)
    dialog.box.dragEnterEvent(over)
    assert over.isAccepted()
    dialog.box.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, LEFT, NONE))
    qtbot.waitUntil(lambda: dialog.box.toPlainText().strip() == home.scenario.keys[0].key, timeout=WAIT)
    dialog.reject()
    assert dialog.box.toPlainText() == ""


def test_text_is_dropped_into_the_box_as_text(home: Home, qtbot: QtBot) -> None:
    dialog, mime = adding(home), QMimeData()
    mime.setText(home.scenario.keys[1].key)
    dialog.box.dragEnterEvent(QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, mime, LEFT, NONE))
    dialog.box.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, LEFT, NONE))
    qtbot.waitUntil(lambda: dialog.said.text() == "1 new", timeout=WAIT)
    dialog.reject()


def test_a_file_too_large_for_a_list_of_keys_is_refused(home: Home, tmp_path: Path, qtbot: QtBot) -> None:
    dialog, large = adding(home), tmp_path / "large.txt"
    large.write_bytes(b"x" * 1_000_001)
    dialog.read(str(large))
    qtbot.waitUntil(lambda: "too large for a list of keys" in dialog.said.text(), timeout=WAIT)
    dialog.reject()


# -- practice ----------------------------------------------------------------------------------------------------------
def test_a_practice_server_that_ends_says_so(qtbot: QtBot) -> None:
    parent = QObject()
    server = PracticeServer(parent)
    with qtbot.waitSignal(server.started, timeout=WAIT):
        server.start()
    with qtbot.waitSignal(server.ended, timeout=WAIT):
        server._process.kill()
    server.close()


def test_a_practice_list_that_cannot_be_made_is_said_and_the_home_stays_open(home: Home, qtbot: QtBot) -> None:
    (home.settings.home / "practice").write_text("in the way", "utf-8")
    window = home.window()
    window.practise()
    qtbot.waitUntil(lambda: "The practice list cannot be made" in window.toast.text.text(), timeout=WAIT)
    assert window.settings.home == home.settings.home
    qtbot.waitUntil(lambda: window._loaded, timeout=WAIT)
    window._practice.end()
