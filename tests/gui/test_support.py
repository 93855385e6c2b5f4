"""The support bundle in the window: read before it is written, written once."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from core.app import open_app
from core.doctor.bundle import Bundle, gather
from core.errors import EnrichError
from core.settings import Settings
from gui.support import SupportDialog, collect, excel_findings, offer
from gui.theme import Theme


class Heard:
    def __init__(self) -> None:
        self.said: list[str] = []
        self.troubles: list[EnrichError] = []

    def say(self, text: str, good: bool, undo: object) -> None:
        self.said.append(text)


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return gather(Settings(tmp_path), [])


def test_every_file_can_be_read_before_it_is_saved_and_a_refusal_stays(
    qtbot: QtBot, theme: Theme, tmp_path: Path, bundle: Bundle
) -> None:
    heard, parent = Heard(), QWidget()
    qtbot.addWidget(parent)
    dialog = SupportDialog(parent, bundle, heard.say, heard.troubles.append)
    assert "LushaEnrich support bundle" in dialog.text.toPlainText()
    for at, part in enumerate(bundle.parts):
        dialog.files.setCurrentRow(at)
        assert dialog.text.toPlainText() == (part.text.replace("\r\n", "\n") or "(empty)")
        assert dialog.about.text().casefold() == f"{part.about}.".casefold()
    dialog.save_as("")
    dialog.save_as(str(tmp_path / "s.zip"))
    with zipfile.ZipFile(tmp_path / "s.zip") as read:
        assert read.namelist() == [part.name for part in bundle.parts]
    assert heard.said == ["Saved: s.zip"]
    assert dialog.result() == QDialog.DialogCode.Accepted
    dialog.save_as(str(tmp_path / "s.zip"))
    assert [error.title for error in heard.troubles] == ["The support bundle is there already"]


def test_excel_is_asked_by_a_process_and_no_answer_is_no_harm() -> None:
    found = {one.id for one in excel_findings()}
    assert "xlwings.ok" in found
    assert excel_findings([sys.executable, "-c", "print('nothing')"]) == []
    assert excel_findings(["/no/such/program"]) == []


def test_the_button_collects_on_the_desk_and_shows_the_dialog(
    make_home: Callable[..., object], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sandbox.scenarios import demo

    home = make_home(demo())
    with open_app(home.settings, vault=home.vault) as app:
        assert any(part.name == "doctor.json" and "key_store.ok" in part.text for part in collect(app).parts)
    window = home.window()
    page = window.page("settings")
    offer(window, page.around)
    qtbot.waitUntil(lambda: bool(window.findChildren(SupportDialog)), timeout=60_000)
    (dialog,) = window.findChildren(SupportDialog)
    assert dialog.isVisible()
    dialog.reject()
