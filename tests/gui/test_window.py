"""The window over a real home, offscreen: pages, actions, runs, live changes, what screen readers and eyes need."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QFontMetrics
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from core.app import open_app
from core.errors import EnrichError
from core.history import Which
from core.model import KeyStatus
from core.secret import Redactor, Secret
from core.settings import load
from gui import practice
from gui.dialogs import report
from gui.key_model import KeysModel
from gui.key_rows import View, arrange
from gui.theme import Mode, font, is_dark, px
from gui.widgets import Elided
from gui.window import ACTIVITY, DASHBOARD, ENRICH, KEYS, LEAST, SETTINGS, USUAL, Window
from sandbox.scenarios import Scenario, plenty
from tests.gui.conftest import Home

TOP = Path(__file__).resolve().parents[2]
WAIT = 60_000


@pytest.fixture
def example(tmp_path: Path) -> Path:
    return Path(shutil.copyfile(practice.example(), tmp_path / "prospects.xlsx"))


def entry(menu: QMenu, text: str) -> QAction:
    return next(action for action in menu.actions() if action.text() == text)


def choose(window: Window, label: str, text: str) -> None:
    """Carry out one entry of the context menu of a key."""
    page = window.page(KEYS)
    window.go(KEYS)
    row = next(row for row in page.model.rows if row.line and row.line.key.label == label)
    page.table.choose(row.id)
    entry(page.menu_of(page.table.chosen()), text).trigger()


def key(window: Window, label: str) -> object:
    return next((line.key for line in window._snapshot.keys if line.key.label == label), None)


def answer(typed: str = "", *, accept: bool = True) -> None:
    """The next modal dialog gets this text and is accepted, or not."""

    def drive() -> None:
        dialog = QApplication.activeModalWidget()
        field = dialog.findChild(QLineEdit)
        if field is not None:
            field.setText(typed)
        dialog.accept() if accept else dialog.reject()

    QTimer.singleShot(100, drive)


# -- first run and keys ------------------------------------------------------------------------------------------------
def test_an_empty_home_shows_three_first_steps(home: Home) -> None:
    window = home.window()
    page = window.page(DASHBOARD)
    assert page.title.text() == "Welcome"
    texts = {button.text() for button in page.findChildren(QPushButton) if button.isVisible()}
    assert {"Add keys", "Open practice list", "Choose a file…"} <= texts


def test_pasted_keys_are_sorted_before_they_are_saved_and_then_appear(full: Home, qtbot: QtBot) -> None:
    window = full.window()
    window.add_keys()
    dialog = window.findChild(QDialog)
    fresh = "00000000-0000-4000-8000-00000000a41f"
    dialog.box.setPlainText(f"{fresh}\n{fresh}\n{full.scenario.keys[0].key}\nnot-a-key")
    qtbot.waitUntil(lambda: dialog.said.text() == "1 new · 1 twice · 1 already here as “Key 1” · 1 cannot be used", timeout=WAIT)
    assert dialog.add.text() == "Add 1 key"
    assert "Line 4" in dialog.wrong.text()
    dialog.add.click()
    qtbot.waitUntil(lambda: len(window._snapshot.keys) == 6, timeout=WAIT)
    assert dialog.box.toPlainText() == ""
    assert "Added 1 key" in window.toast.text.text()
    assert window._snapshot.keys[-1].key.last4 == "a41f"


def test_ctrl_enter_right_after_typing_adds_the_keys(home: Home, qtbot: QtBot) -> None:
    window = home.window()
    window.add_keys()
    dialog = window.findChild(QDialog)
    qtbot.waitUntil(dialog.isActiveWindow, timeout=WAIT)  # a shortcut is for the dialog in front
    dialog.box.setPlainText("00000000-0000-4000-8000-00000000a41f")
    qtbot.keyClick(dialog.box, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(window._snapshot.keys) == 1, timeout=WAIT)


def test_typing_on_after_ctrl_enter_adds_nothing(home: Home, qtbot: QtBot) -> None:
    window = home.window()
    window.add_keys()
    dialog = window.findChild(QDialog)
    qtbot.waitUntil(dialog.isActiveWindow, timeout=WAIT)
    dialog.box.setPlainText("00000000-0000-4000-8000-00000000a41f")
    qtbot.keyClick(dialog.box, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    dialog.box.setPlainText("00000000-0000-4000-8000-00000000a41f\n00000000-0000-4000-8000-00000000a42f")
    qtbot.waitUntil(lambda: dialog.said.text() == "2 new", timeout=WAIT)
    assert (dialog.add.text(), dialog.isVisible()) == ("Add 2 keys", True)


def test_without_a_ready_key_the_list_and_its_run_offer_to_add_one(home: Home, example: Path, qtbot: QtBot) -> None:
    window = home.window()
    window.open_file(str(example))
    page = window.page(ENRICH)
    qtbot.waitUntil(lambda: page.stack.currentIndex() == 1 and page.check.start.isEnabled(), timeout=WAIT)
    assert page.check.keys.isVisible()
    page.check.first.setChecked(False)
    page.check.start.click()
    qtbot.waitUntil(lambda: page._outcome is not None, timeout=WAIT)
    assert page.running.keys.isVisible()
    window.open_file(str(example))
    qtbot.waitUntil(lambda: page.stack.currentIndex() == 1 and page.check.start.isEnabled(), timeout=WAIT)
    window.go(KEYS)
    home.add_all()
    window.go(ENRICH)
    qtbot.waitUntil(lambda: page.check.start.isEnabled() and not page.check.keys.isVisible(), timeout=WAIT)


def test_a_list_of_keys_can_be_read_from_a_file(home: Home, tmp_path: Path, qtbot: QtBot) -> None:
    window = home.window()
    window.add_keys()
    dialog = window.findChild(QDialog)
    good, wide = tmp_path / "keys.csv", tmp_path / "wide.csv"
    good.write_text("Berlin,00000000-0000-4000-8000-0000000007be,Sales DE", "utf-8")
    wide.write_bytes(b"\xff\xfe\x00")
    dialog.read(str(wide))
    qtbot.waitUntil(lambda: "is no text file" in dialog.said.text(), timeout=WAIT)
    dialog.read(str(good))
    qtbot.waitUntil(lambda: dialog.said.text() == "1 new", timeout=WAIT)
    dialog.add.click()
    qtbot.waitUntil(lambda: len(window._snapshot.keys) == 1, timeout=WAIT)
    assert window._snapshot.accounts[0].label == "Sales DE"


def test_a_key_is_paused_and_the_toast_takes_it_back(full: Home, qtbot: QtBot) -> None:
    window = full.window()
    choose(window, "Key 1", "Pause")
    qtbot.waitUntil(lambda: key(window, "Key 1").paused, timeout=WAIT)
    qtbot.waitUntil(lambda: window.toast.text.text() == "Key “Key 1” paused", timeout=WAIT)
    window.page(KEYS).table.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not key(window, "Key 1").paused, timeout=WAIT)
    choose(window, "Key 2", "Pause")
    qtbot.waitUntil(lambda: key(window, "Key 2").paused, timeout=WAIT)
    choose(window, "Key 2", "Resume")
    qtbot.waitUntil(lambda: not key(window, "Key 2").paused, timeout=WAIT)


def test_order_label_account_and_kind_are_changed_from_the_menu(full: Home, qtbot: QtBot) -> None:
    window = full.window()
    choose(window, "Key 3", "Move to top")
    qtbot.waitUntil(lambda: window._snapshot.keys[0].key.label == "Key 3", timeout=WAIT)
    answer("Growth")
    choose(window, "Key 3", "Rename…")
    qtbot.waitUntil(lambda: key(window, "Growth") is not None, timeout=WAIT)
    answer("Sales DE")
    choose(window, "Growth", "Account…")
    qtbot.waitUntil(lambda: key(window, "Growth").account == "Sales DE", timeout=WAIT)
    page = window.page(KEYS)
    menu = page.menu_of(page.table.chosen())
    entry(entry(menu, "Use for").menu(), "Phones").trigger()
    qtbot.waitUntil(lambda: key(window, "Growth").category == "PHONE_ONLY", timeout=WAIT)
    window.toast.take_back()
    qtbot.waitUntil(lambda: key(window, "Growth").category == "ANY", timeout=WAIT)


def test_alt_and_an_arrow_move_the_key_and_dropping_it_too(full: Home, qtbot: QtBot) -> None:
    window = full.window()
    window.go(KEYS)
    page = window.page(KEYS)
    page.table.choose(window._snapshot.keys[1].key.id)
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: [line.key.label for line in window._snapshot.keys[:2]] == ["Key 2", "Key 1"], timeout=WAIT)
    page.table.moved.emit(window._snapshot.keys[0].key.id, 5)
    qtbot.waitUntil(lambda: window._snapshot.keys[-1].key.label == "Key 2", timeout=WAIT)


def test_removing_asks_with_cancel_as_default_and_then_does_it(full: Home, qtbot: QtBot) -> None:
    window, seen = full.window(), {}
    window.go(KEYS)
    page = window.page(KEYS)
    page.table.choose(window._snapshot.keys[4].key.id)

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        seen.update(default=dialog.no.isDefault(), verb=dialog.yes.text(), title=dialog.windowTitle())
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)

    QTimer.singleShot(150, look)
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    assert seen == {"default": True, "verb": "Remove key", "title": "Remove this key?"}
    assert len(window._snapshot.keys) == 5
    answer()
    page._remove()
    qtbot.waitUntil(lambda: len(window._snapshot.keys) == 4, timeout=WAIT)


def test_a_refused_key_is_tried_again_replaced_and_its_story_is_told(full: Home, qtbot: QtBot) -> None:
    with open_app(full.settings, vault=full.vault) as app, app.db.write() as con:
        con.execute("UPDATE keys SET status='INVALID', reason='refused' WHERE label='Key 2'")
    window = full.window()
    choose(window, "Key 2", "Try again now")
    qtbot.waitUntil(lambda: key(window, "Key 2").status is KeyStatus.ACTIVE, timeout=WAIT)
    answer("00000000-0000-4000-8000-00000000beef")
    choose(window, "Key 2", "Replace key…")
    qtbot.waitUntil(lambda: key(window, "Key 2").last4 == "beef", timeout=WAIT)
    page = window.page(KEYS)
    page._details()
    dialog = next(one for one in page.findChildren(QDialog) if hasattr(one, "story"))
    qtbot.waitUntil(lambda: len(dialog.story.list.items) >= 3, timeout=WAIT)
    assert {"Replaced", "Reactivated", "Added"} <= {item.cells[1] for item in dialog.story.list.items}
    assert {"Invalid → Ready", "Ready"} <= {item.cells[2] for item in dialog.story.list.items}
    dialog.reject()


def test_a_missing_key_is_entered_again(full: Home, qtbot: QtBot) -> None:
    window = full.window()
    lost = window._snapshot.keys[0].key
    full.vault.kept.clear()
    with open_app(full.settings, vault=full.vault) as app:
        assert app.keys.secret(lost.id) is None
    qtbot.waitUntil(lambda: key(window, "Key 1").secret == "MISSING", timeout=WAIT)
    answer(full.scenario.keys[0].key)
    choose(window, "Key 1", "Enter key again…")
    qtbot.waitUntil(lambda: key(window, "Key 1").secret == "HELD", timeout=WAIT)


def test_a_locked_key_store_is_said_and_nothing_is_added(home: Home, qtbot: QtBot) -> None:
    home.vault.locked.update({"set", "get", "delete"})
    window = home.window()
    window.add_keys()
    dialog = window.findChild(QDialog)
    dialog.box.setPlainText(home.scenario.keys[0].key)
    qtbot.waitUntil(lambda: dialog.add.isEnabled(), timeout=WAIT)  # noqa: PLW0108  # the timer wants a plain function
    dialog.add.click()
    qtbot.waitUntil(lambda: "The key store is locked" in dialog.said.text(), timeout=WAIT)
    assert window._snapshot.keys == ()
    dialog.reject()


# -- live --------------------------------------------------------------------------------------------------------------
def test_a_change_of_another_program_is_seen_with_the_selection_kept(full: Home, qtbot: QtBot) -> None:
    window = full.window()
    window.go(KEYS)
    table = window.page(KEYS).table
    table.choose(window._snapshot.keys[2].key.id)
    with open_app(full.settings, vault=full.vault) as app, app.db.write() as con:
        con.execute("UPDATE keys SET status='EXHAUSTED', reason='credits' WHERE label='Key 1'")
    qtbot.waitUntil(lambda: table.keys.by_id[window._snapshot.keys[0].key.id].look.word == "Used up", timeout=WAIT)
    assert window._snapshot.keys[0].key.id in table.keys.flash
    assert table.chosen()[0].line.key.label == "Key 3"


def test_the_model_keeps_qts_rules(full: Home, qapp: QApplication) -> None:
    window = full.window()
    keys, accounts, now = window._snapshot.keys, window._snapshot.accounts, window._snapshot.at
    model = KeysModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    rows = arrange(keys, accounts, View(), now)
    for some in (rows, rows[3:7], [], rows, arrange(keys, accounts, View(grouped=False), now), list(reversed(rows)), rows):
        model.load(some, now)
        assert model.rows == some
    del tester


# -- a file ------------------------------------------------------------------------------------------------------------
def cells_of(path: Path) -> list[list[object]]:
    from python_calamine import CalamineWorkbook

    return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()


def run_file(window: Window, path: Path, qtbot: QtBot, *, first: bool = False) -> object:
    window.open_file(str(path))
    page = window.page(ENRICH)
    qtbot.waitUntil(lambda: page.stack.currentIndex() == 1 and page.check.start.isEnabled(), timeout=WAIT)
    page.check.first.setChecked(first)
    page.check.start.click()
    qtbot.waitUntil(lambda: page._outcome is not None and not page.running.going, timeout=WAIT)
    return page


def test_the_example_is_enriched_and_another_key_takes_over(full: Home, example: Path, qtbot: QtBot) -> None:
    window = full.window()
    page = run_file(window, example, qtbot)
    log = page.running.log.toPlainText()
    assert "Trying Key 1/5" in log
    assert "Switching to next key" in log
    assert page.running.title.text() == "35 of 36 rows done: 24 found, 2 failed"  # one waits at the account that may have charged
    qtbot.waitUntil(lambda: any(line.key.status is KeyStatus.EXHAUSTED for line in window._snapshot.keys), timeout=WAIT)
    qtbot.waitUntil(lambda: any(run.state in {"DONE", "PAUSED"} for run in window._snapshot.runs), timeout=WAIT)
    assert page._outcome.report.backup is not None
    window.go(DASHBOARD)
    assert page._outcome.counts["found"] == sum(day.counts.get("found", 0) for day in window._snapshot.days)
    page.running.filter.choose(frozenset(page.running.filter._values[2]))
    page.running._load_rows()
    assert {item.cells[2] for item in page.running.rows.list.items} <= {"Not found", "Do not contact"}


def test_the_first_ten_are_looked_up_then_the_rest_and_all_is_undone(
    make_home: Callable[[Scenario], Home], example: Path, qtbot: QtBot
) -> None:
    window, before = make_home(plenty()), cells_of(example)
    window.add_all()
    window = window.window()
    page = run_file(window, example, qtbot, first=True)
    assert page.check.start.text().strip() == "Look up the first 10"
    left = page._outcome.left
    assert left > 0
    assert page.running.resume.text().strip() == f"Look up {left} more"
    page.running.resume.click()
    qtbot.waitUntil(lambda: page._outcome.left == 0 and not page.running.going, timeout=WAIT)
    assert len(page._written) == 1
    qtbot.waitUntil(lambda: len(window._snapshot.runs) == 1, timeout=WAIT)  # the window hears of it a moment later
    page.running.undo.click()
    qtbot.waitUntil(lambda: "undone" in page.running.hint.text(), timeout=WAIT)
    assert cells_of(example) == before


def test_a_run_is_stopped_after_the_request_and_resumed(
    make_home: Callable[[Scenario], Home], example: Path, qtbot: QtBot
) -> None:
    full = make_home(plenty())
    full.add_all()
    world = full.server.world
    world.gate.clear()
    window = full.window()
    window.open_file(str(example))
    page = window.page(ENRICH)
    qtbot.waitUntil(lambda: page.stack.currentIndex() == 1 and page.check.start.isEnabled(), timeout=WAIT)
    page.check.first.setChecked(False)
    page.check.start.click()
    qtbot.waitUntil(lambda: "Trying" in page.running.trying.text(), timeout=WAIT)
    assert "rows are done" in page.running_words()
    page.open(example)
    assert "A run is going on" in window.toast.text.text()
    settings = window.page(SETTINGS)
    for end_it in (window.close, window.practise, window.leave_practice, settings._save.click, settings._wipe):
        answer(accept=False)
        end_it()
        assert window.isVisible()
        assert window.page(ENRICH) is page
        assert page.running_words()
    page.running.stop.click()
    world.gate.set()
    qtbot.waitUntil(lambda: not page.running.going, timeout=WAIT)
    assert page._outcome.left > 0
    page.running.resume.click()
    qtbot.waitUntil(lambda: page.running.going, timeout=WAIT)
    qtbot.waitUntil(lambda: not page.running.going and page._outcome.left == 0, timeout=WAIT)


def test_a_file_that_is_open_elsewhere_gets_its_answers_later(full: Home, example: Path, qtbot: QtBot) -> None:
    window = full.window()
    window.open_file(str(example))
    page = window.page(ENRICH)
    qtbot.waitUntil(lambda: page.stack.currentIndex() == 1 and page.check.start.isEnabled(), timeout=WAIT)
    lock = example.with_name(f"~${example.name}")
    lock.write_text("", "utf-8")
    page.check.first.setChecked(False)
    page.check.start.click()
    qtbot.waitUntil(lambda: page._outcome is not None, timeout=WAIT)
    assert page._outcome.trouble is not None
    assert "The answers are safe" in page.running.hint.text()
    lock.unlink()
    page.running.write.click()
    qtbot.waitUntil(lambda: page._outcome.trouble is None, timeout=WAIT)
    assert page._outcome.report.written > 0


def test_keys_are_checked_without_spending_and_their_balance_is_shown(full: Home, qtbot: QtBot) -> None:
    from gui import actions

    window = full.window()
    window.go(KEYS)
    page = window.page(KEYS)
    said: list[str] = []
    page.check.setText("Check all")
    page._check_all()
    page.checking.ended.connect(lambda outcomes: said.append(actions.checked(outcomes)))
    qtbot.waitUntil(lambda: bool(said), timeout=WAIT)
    assert said[0].startswith("5 keys checked: ")
    assert "1 refused" in said[0]
    qtbot.waitUntil(lambda: key(window, "Key 2").status is KeyStatus.INVALID, timeout=WAIT)
    qtbot.waitUntil(lambda: page.figures.credits.value.text() != "–", timeout=WAIT)


def test_keys_travel_in_an_encrypted_file(full: Home, tmp_path: Path, qtbot: QtBot) -> None:
    from gui import actions

    target = tmp_path / "keys.lushakeys"
    with full.app() as app:
        assert actions.carry_out_of_here(app, target, "a long enough passphrase") == 5
        report_ = actions.carry_in(app, target, "a long enough passphrase")
    assert len(report_.already_here) == 5
    assert full.scenario.keys[0].key.encode() not in target.read_bytes()


def test_a_run_is_undone_from_the_list_of_runs(full: Home, example: Path, qtbot: QtBot) -> None:
    window, before = full.window(), cells_of(example)
    run_file(window, example, qtbot)
    assert cells_of(example) != before
    qtbot.waitUntil(lambda: any(run.state != "RUNNING" for run in window._snapshot.runs), timeout=WAIT)
    window.go(ACTIVITY)
    page = window.page(ACTIVITY)
    assert page.undo.isVisible()
    answer()
    page.undo.click()
    qtbot.waitUntil(lambda: "undone" in window.toast.text.text(), timeout=WAIT)
    assert cells_of(example) == before


def test_what_is_no_file_with_rows_is_said(full: Home, tmp_path: Path, qtbot: QtBot) -> None:
    wrong = tmp_path / "notes.csv"
    wrong.write_text("a\nb\n", "utf-8")
    window = full.window()
    window.open_file(str(wrong))
    page = window.page(ENRICH)
    qtbot.waitUntil(lambda: page._trouble.count() == 1, timeout=WAIT)
    assert "says who a row is about" in page._trouble.itemAt(0).widget().said[0]


def test_a_column_can_be_picked_by_hand(full: Home, tmp_path: Path, qtbot: QtBot) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text("LinkedIn URL,Other\nhttps://www.linkedin.com/in/sb-ada-sample,x@y.example\n", "utf-8")
    window = full.window()
    window.open_file(str(listed))
    page = window.page(ENRICH)
    qtbot.waitUntil(lambda: page.stack.currentIndex() == 1, timeout=WAIT)
    from core.sheets.synonyms import Field

    combo = page.check.fields[Field.EMAIL]
    combo.setCurrentIndex(2)
    combo.activated.emit(2)
    qtbot.waitUntil(lambda: page._prepared.wish.picked == {Field.EMAIL: 2}, timeout=WAIT)
    assert page._prepared.opened.mapping.columns[Field.EMAIL] == 2
    page.check.what.choose(page.check.what._values[2])
    page.check._wish()
    qtbot.waitUntil(lambda: len(page._prepared.wish.kinds) == 2, timeout=WAIT)


@pytest.mark.parametrize(("name", "taken"), [("p.xlsx", True), ("P.XLSM", True), ("p.csv", True), ("p.exe", False)])
def test_only_spreadsheets_can_be_dropped(home: Home, tmp_path: Path, name: str, taken: bool) -> None:
    window, got = home.window(), []
    drop = window.page(ENRICH).drop
    drop.dropped.disconnect()
    drop.dropped.connect(got.append)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / name))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, mime, buttons, keys)
    drop.dragEnterEvent(enter)
    assert (drop.title.text() == "Let go to open it") is taken
    if enter.isAccepted():
        drop.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, buttons, keys))
    assert enter.isAccepted() is taken
    assert len(got) == int(taken)


# -- activity, settings, practice --------------------------------------------------------------------------------------
def test_activity_tells_runs_look_ups_key_changes_and_what_left(full: Home, example: Path, tmp_path: Path, qtbot: QtBot) -> None:
    window = full.window()
    run_file(window, example, qtbot)
    qtbot.waitUntil(lambda: bool(window._snapshot.runs), timeout=WAIT)
    window.go(ACTIVITY)
    page = window.page(ACTIVITY)
    for name in ("runs", "look_ups", "trail", "left"):
        page.show_list(name)
        qtbot.waitUntil(lambda name=name: bool(page.tables[name].list.items), timeout=WAIT)
        page.tables[name].choose(page.tables[name].list.items[0].id)
    assert "LinkedIn URL" in page.tables["left"].list.items[0].cells[5]
    longest = QFontMetrics(font(tabular=True)).horizontalAdvance("LinkedIn URL, e-mail, name, company, domain")
    for size in (LEAST, USUAL):
        window.resize(size)
        page.tables["left"].fit()
        assert page.tables["left"].columnWidth(5) >= longest + 2 * px(12)
    assert "Sent to 127.0.0.1" in page._detail.text()
    page.show_list("look_ups")
    page.which.choose(Which.KEYS)
    page._show()
    qtbot.waitUntil(lambda: any("HTTP 401" in item.tip for item in page.tables["look_ups"].list.items), timeout=WAIT)
    page.show_list("runs")
    assert page._detail.text().startswith(str(example)) or page.tables["runs"].current() is None


def test_lists_are_exported_as_csv_without_formulas(full: Home, tmp_path: Path, qtbot: QtBot) -> None:
    from gui import actions

    with open_app(full.settings, vault=full.vault) as app:
        saved = actions.export_trail(app, tmp_path / "audit.csv")
        assert len(saved.read_text("utf-8-sig").splitlines()) == 6
        out = actions.export(app, tmp_path / "x.csv", ["A"], [["=1+1"], ["plain"]])
        assert "'=1+1" in out.read_text("utf-8-sig")
        with pytest.raises(EnrichError):
            actions.export(app, tmp_path / "no" / "x.csv", ["A"], [])


def test_settings_are_kept_and_the_home_is_opened_with_them(full: Home, qtbot: QtBot) -> None:
    window = full.window()
    window.go(SETTINGS)
    page = window.page(SETTINGS)
    page._try_store()
    qtbot.waitUntil(lambda: "saves, reads back" in page._store.text(), timeout=WAIT)
    page.cap_run.setValue(800)
    page.found.setValue(45)
    page._keep()
    qtbot.waitUntil(lambda: window.settings.cap_run == 800, timeout=WAIT)
    env = {"LUSHA_ENRICH_HOME": str(full.settings.home), "LUSHA_ENRICH_API_URL": full.settings.api_url}
    assert (load(env).cap_run, load(env).found_days) == (800, 45)
    qtbot.waitUntil(lambda: len(window._snapshot.keys) == 5, timeout=WAIT)


def test_practice_opens_the_list_in_a_home_of_its_own_and_is_left_again(home: Home, qtbot: QtBot) -> None:
    window = home.window()
    window.practise()
    page = lambda: window.page(ENRICH)  # noqa: E731
    qtbot.waitUntil(lambda: window.settings.home.name == "practice" and page().stack.currentIndex() == 1, timeout=WAIT)
    assert window.windowTitle() == "LushaEnrich (practice)"
    qtbot.waitUntil(lambda: len(window._snapshot.keys) == 5, timeout=WAIT)
    run_file(window, window.settings.home / practice.LIST, qtbot)
    qtbot.waitUntil(lambda: any(line.key.status is KeyStatus.EXHAUSTED for line in window._snapshot.keys), timeout=WAIT)
    window.leave_practice()
    qtbot.waitUntil(lambda: window._loaded and window.settings == home.settings, timeout=WAIT)
    assert window._snapshot.keys == ()


def test_what_the_practice_server_says_is_read_when_it_is_complete() -> None:
    head = "Practice Lusha at http://127.0.0.1:1 (nothing is sent to Lusha)\nUse it: LUSHA_ENRICH_API_URL=http://127.0.0.1:1\n"
    keys = "".join(f"Key {n},00000000-0000-4000-8000-{n:012d},Practice {n}\n" for n in range(1, 6))
    assert practice.heard(head) is None
    assert practice.heard(head + keys[:-3]) is None
    found = practice.heard(head + keys)
    assert found is not None
    assert found.url == "http://127.0.0.1:1"
    assert len(found.keys) == 5


# -- for every page ----------------------------------------------------------------------------------------------------
PAGES = (DASHBOARD, KEYS, ENRICH, ACTIVITY, SETTINGS)


def test_nothing_that_takes_the_focus_is_nameless(full: Home, example: Path, qtbot: QtBot) -> None:
    window = full.window()
    for name in PAGES:
        window.go(name)
    run_file(window, example, qtbot)
    kinds = (QAbstractButton, QLineEdit, QAbstractItemView, QComboBox, QPlainTextEdit, QSpinBox)
    bad = [
        widget
        for widget in window.findChildren(QWidget)
        if isinstance(widget, kinds)
        and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and widget.objectName() != "qt_spinbox_lineedit"
        and not (widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text().strip()))
    ]
    assert not bad


def clipped(window: Window) -> list[tuple[object, ...]]:
    bad = []
    for label in window.findChildren(QLabel):
        if not label.isVisible() or not label.text() or isinstance(label, Elided) or label.parent() is window.toast:
            continue
        need = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
        wide = label.wordWrap() or label.width() >= label.sizeHint().width() - 1
        if label.height() < need - 1 or not wide:
            bad.append((label.text(), label.size().toTuple(), label.sizeHint().toTuple()))
    for button in window.findChildren(QPushButton):
        if button.isVisible() and button.text() and button.width() < button.minimumSizeHint().width() - 1:
            bad.append((button.text(), button.size().toTuple(), button.minimumSizeHint().toTuple()))  # noqa: PERF401
    return bad


@pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK])
@pytest.mark.parametrize("size", [(1240, 800), (1100, 700), (960, 620)])
def test_no_word_is_cut(full: Home, example: Path, qtbot: QtBot, size: tuple[int, int], mode: Mode) -> None:
    window = full.window()
    window.theme_is(mode)
    window.resize(*size)
    found = []
    for name in PAGES:
        window.go(name)
        qtbot.wait(60)
        found += clipped(window)
    window.open_file(str(example))
    page = window.page(ENRICH)
    qtbot.waitUntil(lambda: page.stack.currentIndex() == 1 and page.check.start.isEnabled(), timeout=WAIT)
    qtbot.wait(60)
    found += clipped(window)
    page.check.first.setChecked(False)
    page.check.start.click()
    qtbot.waitUntil(lambda: page._outcome is not None and not page.running.going, timeout=WAIT)
    qtbot.wait(60)
    assert not found + clipped(window)


def test_the_theme_key_turns_it_dark_and_back(home: Home, qtbot: QtBot) -> None:
    window = home.window()
    settings = window.page(SETTINGS)
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    for dark in (True, False):
        qtbot.keyClick(window, Qt.Key.Key_D, modifiers)
        assert is_dark() is dark
        assert settings.mode.value is (Mode.DARK if dark else Mode.LIGHT)


def test_the_ring_shows_only_while_the_keyboard_is_in_use(home: Home, qtbot: QtBot) -> None:
    window = home.window()
    for other in QApplication.topLevelWidgets():  # those of earlier tests would keep the keyboard
        if other is not window:
            other.hide()  # closing one might ask something
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWindow() is window.windowHandle(), timeout=WAIT)
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Tab)
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Tab)
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused.property("ring") is True
    QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(60, 90))
    assert not focused.property("ring")


def test_a_report_tells_where_and_never_what() -> None:
    redactor, secret = Redactor(), "00000000-0000-4000-8000-00000000a41f"
    redactor.learn(Secret(secret))
    try:
        raise ValueError(secret)
    except ValueError as error:
        said = report(error, redactor)
    assert "ValueError" in said
    assert "test_window.py" in said
    assert secret not in said


def test_a_mistake_of_ours_is_shown_with_its_report(home: Home, qtbot: QtBot) -> None:
    window = home.window()
    window.around.ask(lambda _app: 1 // 0, lambda _: None)
    qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), QDialog), timeout=WAIT)
    dialog = QApplication.activeModalWidget()
    assert "ZeroDivisionError" in dialog.text.toPlainText()
    dialog.reject()


def test_the_window_comes_back_as_it_was_left(full: Home, make_home: Callable[..., Home], qtbot: QtBot) -> None:
    window = full.window()
    window.go(ACTIVITY)
    window.resize(1100, 700)
    window.close()
    again = full.window()
    assert again.shown == ACTIVITY
    assert again.height() == 700  # the width is fitted to the screen, which is 800 wide here


def test_starting_loads_nothing_heavy_before_the_first_paint() -> None:
    code = (
        "import sys\nimport gui.__main__\n"
        "heavy = {'httpx', 'keyring', 'openpyxl', 'xlwings', 'python_calamine', 'phonenumbers'} & set(sys.modules)\n"
        "sys.exit(f'imported: {sorted(heavy)}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=TOP, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_this_pyside_survives_twenty_thousand_calls() -> None:
    """6.12.0 drops a reference to None or True in calls from Python; on CPython 3.10 and 3.11 the process dies."""
    code = (
        "import os; os.environ['QT_QPA_PLATFORM']='offscreen'\n"
        "from PySide6.QtCore import QObject, Signal\nfrom PySide6.QtGui import QPainter, QPixmap\n"
        "from PySide6.QtWidgets import QApplication\n"
        "class S(QObject):\n    s = Signal(bool)\n"
        "a = QApplication([]); px = QPixmap(8, 8); p = QPainter(px); s = S()\n"
        "for n in range(20000): p.save(); p.restore(); s.s.emit(True)\n"
        "p.end(); print('alive')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "alive", (done.returncode, done.stderr[-300:])
