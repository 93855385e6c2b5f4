"""Limits of a day, hours and the renewal day in the key list: shown, changed by dialog, menu and keyboard, taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from core.board import KeyLine
from core.errors import UsageError
from core.keys.caps import CapScope
from core.keys.schedule import parse
from gui import key_limits
from gui.ask_checked import AskChecked
from gui.key_details import caps_words
from gui.key_model import KeysModel
from gui.key_rows import OUT_NOW, READY_ONLY, Row, View, arrange
from gui.looks import OFF_HOURS, READY, look
from gui.window import KEYS, Window
from tests.gui.conftest import Home
from tests.gui.test_looks import ACCOUNT, KEY, NOW, used_up

WAIT = 20_000
NEVER_NOW = "from 2099-01-01"


def line(window: Window, label: str) -> KeyLine:
    return next(one for one in window._snapshot.keys if one.key.label == label)


def entry(menu: QMenu, *path: str) -> QAction:
    found = next(action for action in menu.actions() if action.text() == path[0])
    return found if len(path) == 1 else entry(found.menu(), *path[1:])


def type_and_save(text: str) -> list[str]:
    """The next dialog gets this text; what it says about it, and whether it could be saved, is seen afterwards."""
    seen: list[str] = []

    def drive() -> None:
        dialog = QApplication.activeModalWidget()
        seen.append(dialog.field.text())
        dialog.field.setText(text)
        seen.append(dialog.said.text())
        seen.append("can be saved" if dialog.yes.isEnabled() else "cannot be saved")
        dialog.accept() if dialog.yes.isEnabled() else dialog.reject()

    QTimer.singleShot(100, drive)
    return seen


def chosen(window: Window, *labels: str) -> list[Row]:
    window.go(KEYS)
    page = window.page(KEYS)
    return [row for row in page.model.rows if row.line and row.line.key.label in labels]


# -- by the menu -------------------------------------------------------------------------------------------------------
def test_a_key_gets_a_limit_of_a_day_that_is_shown_and_taken_back(full: Home, qtbot: QtBot) -> None:
    window = full.window()
    seen = type_and_save("20")
    entry(window.page(KEYS).menu_of(chosen(window, "Key 1")), "Daily limit…").trigger()
    qtbot.waitUntil(lambda: line(window, "Key 1").cap == 20, timeout=WAIT)
    assert seen == ["", "At most 20 credits a day", "can be saved"]
    qtbot.waitUntil(lambda: window.toast.text.text() == "“Key 1”: at most 20 credits a day", timeout=WAIT)
    row = chosen(window, "Key 1")[0]
    assert window.page(KEYS).model.text(row, 3).endswith(", max 20 credits a day")
    window.toast.take_back()
    qtbot.waitUntil(lambda: line(window, "Key 1").cap is None, timeout=WAIT)


def test_several_keys_get_one_limit_and_each_its_old_one_back(full: Home, qtbot: QtBot) -> None:
    with full.app() as app:
        key_limits.put_key_caps(app, {app.keys.find("Key 1").id: 7.0})
    window = full.window()
    type_and_save("30")
    entry(window.page(KEYS).menu_of(chosen(window, "Key 1", "Key 2")), "Daily limit…").trigger()
    qtbot.waitUntil(lambda: [line(window, f"Key {n}").cap for n in (1, 2, 3)] == [30, 30, None], timeout=WAIT)
    qtbot.waitUntil(window.toast.undo.isVisible, timeout=WAIT)
    window.toast.take_back()
    qtbot.waitUntil(lambda: [line(window, f"Key {n}").cap for n in (1, 2, 3)] == [7, None, None], timeout=WAIT)


def test_what_is_no_amount_cannot_be_saved_and_says_why(full: Home) -> None:
    window = full.window()
    seen = type_and_save("many")
    entry(window.page(KEYS).menu_of(chosen(window, "Key 1")), "Daily limit…").trigger()
    assert seen[1:] == ["This is not an amount of credits: “many”: write a number such as 200, or nothing.", "cannot be saved"]


def test_hours_make_a_key_rest_and_are_taken_back(full: Home, qtbot: QtBot) -> None:
    window = full.window()
    seen = type_and_save(NEVER_NOW)
    entry(window.page(KEYS).menu_of(chosen(window, "Key 1")), "Hours…").trigger()
    qtbot.waitUntil(lambda: line(window, "Key 1").key.schedule == NEVER_NOW, timeout=WAIT)
    assert seen[1].startswith(f"{NEVER_NOW}: closed now, from 1 Jan 2099")
    qtbot.waitUntil(lambda: chosen(window, "Key 1")[0].look is OFF_HOURS, timeout=WAIT)
    qtbot.waitUntil(window.toast.undo.isVisible, timeout=WAIT)
    window.toast.take_back()
    qtbot.waitUntil(lambda: chosen(window, "Key 1")[0].look is READY, timeout=WAIT)


def test_hours_that_mean_nothing_cannot_be_saved(full: Home) -> None:
    window = full.window()
    seen = type_and_save("someday")
    entry(window.page(KEYS).menu_of(chosen(window, "Key 1")), "Hours…").trigger()
    assert "“someday” is neither a day, a time, a date nor a time zone" in seen[1]
    assert seen[2] == "cannot be saved"


def test_an_account_gets_its_limit_and_its_renewal_day_from_the_keyboard(full: Home, qtbot: QtBot) -> None:
    window, menus = full.window(), []
    window.go(KEYS)
    page = window.page(KEYS)
    page.table.setFocus()
    page.table.setCurrentIndex(page.model.index(0, 0))

    def use(text: str) -> Callable[[], None]:
        def drive() -> None:
            menu = QApplication.activePopupWidget()
            menus.append([action.text() for action in menu.actions() if action.text()])
            action = entry(menu, text)
            menu.close()
            action.trigger()

        return drive

    type_and_save("100")
    QTimer.singleShot(50, use("Daily limit of the account…"))
    qtbot.keyClick(page.table, Qt.Key.Key_Menu)
    qtbot.waitUntil(lambda: window._snapshot.accounts[0].cap == 100, timeout=WAIT)
    assert menus[0] == ["Hide its keys", "Check its keys", "Daily limit of the account…", "Renewal day…"]
    day = (datetime.now().astimezone() + timedelta(days=40)).date()
    seen = type_and_save(day.isoformat())
    QTimer.singleShot(50, use("Renewal day…"))
    qtbot.keyClick(page.table, Qt.Key.Key_Menu)
    qtbot.waitUntil(lambda: window._snapshot.accounts[0].renews_at is not None, timeout=WAIT)
    assert seen[1].endswith("in 40 days")
    assert page.model.text(page.model.rows[0], 6) == f"renews {day.day} {day:%b}"
    assert page.model.text(page.model.rows[0], 3) == "max 100 credits a day"
    qtbot.waitUntil(lambda: "renews" in window.toast.text.text(), timeout=WAIT)
    window.toast.take_back()
    qtbot.waitUntil(lambda: window._snapshot.accounts[0].renews_at is None, timeout=WAIT)


def test_all_keys_together_are_limited_from_the_button_more(full: Home, qtbot: QtBot) -> None:
    window = full.window()
    window.go(KEYS)
    type_and_save("1,000")
    entry(window.page(KEYS).more_menu(), "Daily limit for all keys…").trigger()
    qtbot.waitUntil(lambda: window._snapshot.cap == 1000, timeout=WAIT)
    seen = type_and_save("")
    entry(window.page(KEYS).more_menu(), "Daily limit for all keys…").trigger()
    qtbot.waitUntil(lambda: window._snapshot.cap is None, timeout=WAIT)
    assert seen == ["1000", "No limit", "can be saved"]


def test_the_accounts_own_menu_is_reached_from_its_keys_too(full: Home) -> None:
    window = full.window()
    rows = chosen(window, "Key 1")
    menu = window.page(KEYS).menu_of(rows)
    assert entry(menu, f"Account “{rows[0].account.label}”", "Renewal day…").isEnabled()
    two = window.page(KEYS).menu_of(chosen(window, "Key 1", "Key 2"))
    assert not [action for action in two.actions() if action.text().startswith("Account “")]


def test_the_details_tell_limits_hours_and_renewal(full: Home, qtbot: QtBot) -> None:
    with full.app() as app:
        key = app.keys.find("Key 1")
        key_limits.put_key_caps(app, {key.id: 20.0})
        key_limits.put_account_cap(app, key.account, 100.0)
        key_limits.put_pool_cap(app, 500.0)
        assert [cap.scope for cap in key_limits.caps_about(app, key)] == [CapScope.POOL, CapScope.ACCOUNT, CapScope.KEY]
    window = full.window()
    window.go(KEYS)
    page = window.page(KEYS)
    page.table.choose(key.id)
    page._details()
    dialog = QApplication.activeModalWidget()
    qtbot.waitUntil(lambda: dialog.caps.text() == "key 0 of 20 · account 0 of 100 · all 0 of 500", timeout=WAIT)
    dialog.reject()


# -- pure --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "value", "words"),
    [
        ("", None, "No limit"),
        (" 1,250 ", 1250.0, "At most 1,250 credits a day"),
        ("2.5", 2.5, "At most 2.50 credits a day"),
        ("0", 0.0, "Nothing that costs credits"),
    ],
)
def test_amounts_are_read_as_people_type_them(text: str, value: float | None, words: str) -> None:
    assert key_limits.cap_of(text) == value
    assert key_limits.cap_meaning(text) == words


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "x"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        key_limits.cap_of(text)


def test_days_are_read_and_said() -> None:
    today = datetime.now().astimezone().date()
    assert key_limits.day_meaning("") == "Not known"
    assert key_limits.day_meaning(today.isoformat()).endswith(", today")
    assert key_limits.day_meaning((today + timedelta(days=1)).isoformat()).endswith(", in 1 day")
    with pytest.raises(UsageError, match="past"):
        key_limits.day_meaning("2020-02-29")
    with pytest.raises(UsageError):
        key_limits.day_of("31.12.2026")


def test_hours_are_said_as_they_are_kept() -> None:
    assert key_limits.hours_meaning("") == "Always"
    assert key_limits.hours_meaning("daily 00:00-24:00") == "Always"
    assert key_limits.hours_meaning("utc") == "UTC: open now"
    assert key_limits.hours_meaning("until 2020-01-01") == f"{parse('until 2020-01-01')}: closed now, its time is over"


def test_a_key_out_of_its_hours_says_so_unless_something_weighs_more() -> None:
    closed = replace(KEY, schedule=NEVER_NOW)
    assert look(closed, NOW) == (OFF_HOURS, "from 1 Jan 2099 00:00")
    assert look(used_up(closed), NOW)[0].word == "Used up"
    assert look(replace(closed, paused=True), NOW)[0].word == "Paused"
    assert look(replace(KEY, schedule="from 2020-01-01"), NOW)[0] is READY
    assert OFF_HOURS.word in OUT_NOW
    rows = arrange([KeyLine(closed)], [ACCOUNT], View(grouped=False, states=READY_ONLY), NOW)
    assert rows == []


def test_limits_stand_in_the_words_of_a_line(qapp: QApplication) -> None:
    shown = KeyLine(replace(KEY, schedule="from 2020-01-01"), cap=20.0, day_limit=300)
    model = KeysModel()
    model.load(arrange([shown], [replace(ACCOUNT, cap=50.0)], View(), NOW), NOW)
    assert [model.data(model.index(1, column)) for column in (2, 3)] == [
        "Ready. from 2020-01-01",
        "0 of 300, max 20 credits a day",
    ]
    assert model.data(model.index(1, 2), Qt.ItemDataRole.ToolTipRole) == "To be used from 2020-01-01"
    assert model.data(model.index(0, 3)) == "max 50 credits a day"
    assert caps_words([]) == "none"


def test_what_is_wrong_is_never_cut(full: Home) -> None:
    window = full.window()
    dialog = AskChecked(window, "When?", "Say it.", "Save", value="", meaning=key_limits.hours_meaning)
    dialog.show()
    dialog.field.setText("mon-fry 09:00")
    QApplication.processEvents()
    assert dialog.said.height() >= dialog.said.heightForWidth(dialog.said.width()) > 2 * dialog.said.fontMetrics().lineSpacing()
    dialog.reject()
