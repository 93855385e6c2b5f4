"""What is done through dialogs of the system and by dragging inside the list of keys: each as a person would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from core.keys.vault import MemoryVault
from core.settings import Settings
from gui.dialogs import AskText
from gui.key_table import MIME
from gui.window import KEYS
from sandbox.scenarios import Scenario, demo
from tests.gui.conftest import Home
from tests.gui.test_window import WAIT

PASSPHRASE = "a long enough passphrase"


@pytest.fixture(autouse=True)
def dialogs_of_qt() -> None:
    """The file dialog of the system cannot be driven from here; Qt's own is the same to the program."""
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)


def answers(*drive: Callable[[], None]) -> None:
    """Answer the modal dialogs that will come, one after the other, each when it is there."""
    left, timer = list(drive), QTimer(QApplication.instance(), interval=20)

    def look() -> None:
        wanted = QApplication.activeModalWidget() or QApplication.activePopupWidget()
        if wanted is None or wanted.property("answered"):
            return
        wanted.setProperty("answered", True)
        do = left.pop(0)
        if not left:
            timer.stop()
        QTimer.singleShot(0, do)  # not from within this timer: it would not fire again while a dialog opens the next one

    timer.timeout.connect(look)
    timer.start()


def file(path: Path) -> Callable[[], None]:
    def choose() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        field = dialog.findChild(QLineEdit, "fileNameEdit")
        field.setText(str(path))
        dialog.accept()

    return choose


def typed(text: str) -> Callable[[], None]:
    def type_() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, AskText)
        assert dialog.field.echoMode() is QLineEdit.EchoMode.Password
        dialog.field.setText(text)
        dialog.yes.click()

    return type_


def cancelled() -> None:
    QApplication.activeModalWidget().reject()


def picked(text: str) -> Callable[[], None]:
    def pick() -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        next(action for action in menu.actions() if action.text() == text).trigger()
        menu.close()

    return pick


def test_all_keys_are_saved_in_an_encrypted_file_and_added_from_it_elsewhere(full: Home, tmp_path: Path, qtbot: QtBot) -> None:
    window, kept = full.window(), tmp_path / "keys.lushakeys"
    window.go(KEYS)
    page = window.page(KEYS)
    answers(file(kept), typed(PASSPHRASE))
    page._files._carry_out()
    qtbot.waitUntil(lambda: window.toast.text.text() == "Saved 5 keys, encrypted: keys.lushakeys", timeout=WAIT)
    assert full.scenario.keys[0].key.encode() not in kept.read_bytes()

    (tmp_path / "other").mkdir()
    other = full.open_window(Settings(tmp_path / "other", full.settings.api_url), MemoryVault())
    other.go(KEYS)
    page = other.page(KEYS)
    answers(file(kept), typed("not the passphrase at all"))
    page._files._carry_in()
    qtbot.waitUntil(lambda: "The passphrase is not right" in other.toast.text.text(), timeout=WAIT)
    assert other._snapshot.keys == ()
    answers(file(kept), typed(PASSPHRASE))
    page._files._carry_in()
    qtbot.waitUntil(lambda: len(other._snapshot.keys) == 5, timeout=WAIT)
    qtbot.waitUntil(lambda: other.toast.text.text() == "5 keys added, 0 were here already", timeout=WAIT)


def test_without_a_file_or_a_passphrase_nothing_is_saved(full: Home, tmp_path: Path) -> None:
    window, kept = full.window(), tmp_path / "keys.lushakeys"
    window.go(KEYS)
    page = window.page(KEYS)
    answers(cancelled)
    page._files._carry_out()
    answers(file(kept), cancelled)
    page._files._carry_out()
    answers(cancelled)
    page._files._carry_in()
    assert not kept.exists()
    assert window.toast.text.text() == ""


def test_the_audit_trail_is_exported_from_the_menu_of_the_page(full: Home, tmp_path: Path, qtbot: QtBot) -> None:
    window, saved = full.window(), tmp_path / "audit.csv"
    window.go(KEYS)
    answers(picked("Export the audit trail…"), file(saved))
    window.page(KEYS).more.click()
    qtbot.waitUntil(lambda: window.toast.text.text() == "Saved: audit.csv", timeout=WAIT)
    assert len(saved.read_text("utf-8-sig").splitlines()) == 6


# -- dragging ----------------------------------------------------------------------------------------------------------
def drop_at(page: object, label: str, at: QPoint) -> QDropEvent:
    """Drag the row of a key there and let go, as Qt tells the list of it."""
    model, table = page.model, page.table
    source = next(place for place, row in enumerate(model.rows) if row.line and row.line.key.label == label)
    assert model.flags(model.index(source, 0)) & Qt.ItemFlag.ItemIsDragEnabled
    mime: QMimeData = model.mimeData([model.index(source, 0)])
    assert mime.hasFormat(MIME)
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    over = QDragMoveEvent(at, Qt.DropAction.MoveAction, mime, buttons, keys)
    table.dragMoveEvent(over)
    assert over.isAccepted()
    event = QDropEvent(QPointF(at), Qt.DropAction.MoveAction, mime, buttons, keys)
    table.dropEvent(event)
    return event


def place_of(page: object, label: str, *, below: bool = False) -> QPoint:
    row = next(place for place, row in enumerate(page.model.rows) if row.line and row.line.key.label == label)
    shown = page.table.visualRect(page.model.index(row, 0))
    return QPoint(shown.center().x(), shown.bottom() - 2 if below else shown.top() + 2)


@pytest.mark.parametrize(
    ("label", "onto", "below", "order"),
    [
        ("Key 4", "Key 2", False, "14235"),
        ("Key 1", "Key 3", True, "23145"),
        ("Key 1", "Key 3", False, "21345"),
        ("Key 5", "Key 1", False, "51234"),
    ],
)
def test_a_key_that_is_dragged_stands_where_it_was_dropped(
    full: Home, qtbot: QtBot, label: str, onto: str, below: bool, order: str
) -> None:
    window = full.window()
    window.resize(1240, 800)
    window.go(KEYS)
    page = window.page(KEYS)
    event = drop_at(page, label, place_of(page, onto, below=below))
    assert event.dropAction() is Qt.DropAction.IgnoreAction  # the list itself moves nothing
    qtbot.waitUntil(lambda: "".join(one.key.label[-1] for one in window._snapshot.keys) == order, timeout=WAIT)
    qtbot.waitUntil(lambda: window.toast.text.text() == f"Key “{label}” moved", timeout=WAIT)
    window.toast.take_back()
    qtbot.waitUntil(lambda: "".join(one.key.label[-1] for one in window._snapshot.keys) == "12345", timeout=WAIT)


def test_below_the_list_is_the_end_and_its_own_place_is_none(full: Home, qtbot: QtBot) -> None:
    window = full.window()
    window.resize(1240, 900)
    window.go(KEYS)
    page = window.page(KEYS)
    drop_at(page, "Key 2", place_of(page, "Key 2"))
    drop_at(page, "Key 2", QPoint(40, page.table.viewport().height() + 500))
    qtbot.waitUntil(lambda: "".join(one.key.label[-1] for one in window._snapshot.keys) == "13452", timeout=WAIT)


def test_what_is_no_key_is_not_taken_by_the_list(make_home: Callable[[Scenario], Home]) -> None:
    home = make_home(demo())
    home.add_all()
    window = home.window()
    window.go(KEYS)
    table, moved = window.page(KEYS).table, []
    table.moved.connect(lambda *what: moved.append(what))
    mime = QMimeData()
    mime.setText("Key 1")
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    table.dropEvent(QDropEvent(QPointF(20, 80), Qt.DropAction.MoveAction, mime, buttons, keys))
    assert moved == []
