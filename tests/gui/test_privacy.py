"""People's data in the window: the do-not-contact list, forgetting, cleaning up, wiping."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QCheckBox, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from core.app import open_app
from core.engine.preflight import Row
from core.forgetting import refuse_while_running
from core.model import Kind, Prospect
from core.owner import present
from core.settings import load
from core.wiping import StillRunning
from gui.at_work import AtWork
from gui.privacy import ForgetDialog, SuppressDialog, Told
from gui.settings_page import SettingsPage
from gui.window import SETTINGS
from gui.wipe import WipeDialog, Wiping

WAIT = 20_000
LINK = "https://www.linkedin.com/in/sb-dan-mobile"
PHONES = frozenset({Kind.PHONES})


@pytest.fixture
def page(full, qtbot: QtBot) -> SettingsPage:
    with open_app(full.settings, vault=full.vault) as app:
        for _event in app.run(app.plan([Row(2, Prospect(linkedin=LINK), wanted=PHONES)], PHONES), source="leads.xlsx"):
            pass
    window = full.window()
    window.go(SETTINGS)
    return window.page(SETTINGS)


def nameless(dialog) -> list[str]:
    found = [one for kind in (QAbstractButton, QLineEdit, QAbstractItemView) for one in dialog.findChildren(kind)]
    seen = [one for one in found if one.isVisible() and one.focusPolicy() != Qt.FocusPolicy.NoFocus]
    return [type(one).__name__ for one in seen if not (one.accessibleName() or (isinstance(one, QCheckBox) and one.text()))]


def suppressing(page: SettingsPage, qtbot: QtBot) -> SuppressDialog:
    page._suppress()
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, SuppressDialog)
    qtbot.waitUntil(lambda: bool(dialog.said.text()), timeout=WAIT)
    return dialog


def test_the_list_is_kept_with_the_keyboard_alone(page: SettingsPage, full, qtbot: QtBot) -> None:
    dialog = suppressing(page, qtbot)
    assert dialog.said.text() == "The list is empty."
    assert dialog.focusWidget() is dialog.who
    QTest.keyClicks(dialog.who, "acme.example")
    QTest.keyClick(dialog.who, Qt.Key.Key_Tab)
    QTest.keyClicks(dialog.reason, "asked us")
    QTest.keyClick(dialog.reason, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(dialog.table.list.items) == 1, timeout=WAIT)
    assert dialog.said.text() == "acme.example is not contacted any more."
    assert dialog.table.list.items[0].cells[:2] == ("acme.example", "Domain")
    QTest.keyClicks(dialog.who, "nobody at all")
    QTest.keyClick(dialog.who, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "names nobody" in dialog.said.text(), timeout=WAIT)
    assert dialog.isVisible()
    dialog.table.setFocus()
    dialog.table.selectRow(0)
    QTest.keyClick(dialog.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: not dialog.table.list.items, timeout=WAIT)
    assert nameless(dialog) == []
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_the_list_is_brought_in_and_taken_out(
    page: SettingsPage, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = suppressing(page, qtbot)
    (tmp_path / "list.txt").write_text("acme.example\n+44 7700 900123\nnobody at all\n")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "list.txt"), ""))
    dialog._import()
    qtbot.waitUntil(lambda: len(dialog.table.list.items) == 2, timeout=WAIT)
    assert dialog.said.text().startswith("2 added, 0 already on the list. Line 3:")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "out.csv"), ""))
    dialog._export()
    qtbot.waitUntil(lambda: (tmp_path / "out.csv").exists() and "2 entries" in dialog.said.text(), timeout=WAIT)
    dialog.accept()


def test_a_person_is_forgotten_and_what_cannot_be_reached_is_named(page: SettingsPage, full, qtbot: QtBot) -> None:
    dialog = ForgetDialog(page)
    assert not dialog.yes.isEnabled()
    dialog.fields["First and last name"].setText("Dan Mobile")
    assert not dialog.yes.isEnabled()  # a name alone means many people
    dialog.fields["LinkedIn profile"].setText("linkedin.com/in/sb-dan-mobile")
    assert dialog.yes.isEnabled()
    dialog.show()
    assert nameless(dialog) == []
    dialog.exec = lambda: ForgetDialog.DialogCode.Accepted
    work = dialog.ask(full.settings)
    dialog.hide()
    assert work
    told, wrong = [], []
    at_work = AtWork(page, "Forgetting", "", work)
    at_work.start(told.append, wrong.append, wrong.append)
    QTest.keyClick(at_work, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: bool(told), timeout=WAIT)
    assert not wrong
    assert not at_work.isVisible()
    assert (told[0].answers, told[0].rows, told[0].suppressed > 0) == (1, 1, True)
    assert b"sb-dan-mobile" not in full.settings.database.read_bytes()
    with open_app(full.settings, vault=full.vault) as app:
        assert app.plan([Row(2, Prospect(linkedin=LINK), wanted=PHONES)], PHONES).to_send == 0


def test_cleaning_up_and_the_days_are_kept(page: SettingsPage, full, qtbot: QtBot) -> None:
    page.journal.setValue(0)
    page.found.setValue(0)
    page.source.setChecked(True)
    window = page._window
    page._keep()
    qtbot.waitUntil(lambda: window.settings.journal_days == 0 and window._loaded, timeout=WAIT)
    env = {"LUSHA_ENRICH_HOME": str(full.settings.home), "LUSHA_ENRICH_API_URL": full.settings.api_url}
    assert load(env).source_columns
    window.go(SETTINGS)
    window.page(SETTINGS)._clean_up()
    qtbot.waitUntil(lambda: b"sb-dan-mobile" not in full.settings.database.read_bytes(), timeout=WAIT)


def test_cleaning_up_is_refused_while_a_run_is_under_way_with_the_sentence_of_the_command_line(
    page: SettingsPage, full, qtbot: QtBot
) -> None:
    refused = []
    page.around = replace(page.around, trouble=refused.append)
    with present(full.settings.home / "running", "run"):
        page._clean_up()
        qtbot.waitUntil(lambda: bool(refused), timeout=WAIT)
        with pytest.raises(StillRunning) as on_the_command_line:
            refuse_while_running(full.settings.home)
    assert str(refused[0]) == str(on_the_command_line.value)


def test_the_red_button_waits_for_the_word(page: SettingsPage) -> None:
    dialog = WipeDialog(page, "folder")
    dialog.show()
    assert dialog.no.isDefault()
    for typed, may in (("", False), ("wipe", False), ("WIPE", True)):
        dialog.field.setText(typed)
        assert dialog.yes.isEnabled() is may
    assert nameless(dialog) == []
    dialog.close()


def test_a_wipe_leaves_nothing_and_says_that_it_has_looked(page: SettingsPage, full, qtbot: QtBot) -> None:
    left = []
    wiping = Wiping(page._window, leave=lambda: left.append(True))
    wiping.start()
    qtbot.waitUntil(lambda: wiping.told is not None, timeout=WAIT)
    assert isinstance(wiping.told, Told)
    assert "Looked again: the key store holds no key of this folder, and the folder is gone." in wiping.told.text.text()
    assert not full.settings.home.exists()
    assert not full.vault.kept
    wiping.told.accept()
    assert left


def test_a_wipe_that_is_refused_opens_the_home_again(page: SettingsPage, full, qtbot: QtBot) -> None:
    window = page._window
    with present(full.settings.home / "running", "run"):
        wiping = Wiping(window, leave=lambda: None)
        wiping.start()
        qtbot.waitUntil(lambda: window._loaded and "A run is under way" in window.toast.text.text(), timeout=WAIT)
    assert len(full.vault.kept) == 5
    qtbot.waitUntil(lambda: window._snapshot is not None and len(window._snapshot.keys) == 5, timeout=WAIT)


def test_practice_does_not_wipe_what_is_really_yours(page: SettingsPage, full, qtbot: QtBot) -> None:
    real = full.settings.home / "lusha.sqlite3"
    real.write_bytes(b"")
    wiping = Wiping(page._window, leave=lambda: None)
    wiping.start()
    assert "Unset LUSHA_ENRICH_API_URL to wipe your own data." in page._window.toast.text.text()
    assert wiping.told is None
    assert real.exists()
    assert len(full.vault.kept) == 5
