"""Strangers' text in the window is text: no markup, no link, no picture."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gui.lists import Column, Item, ListModel
from gui.tips import plain_tip
from gui.widgets import Elided, button, label

HTML = '<img src="file:///etc/passwd"><b>Ada</b> & co'
GUI = Path(__file__).resolve().parents[2] / "gui"
EVERY_LABEL = re.compile(r"\bQLabel\((?P<what>[^)]*)\)")


def shown_as(tip: str) -> str:
    """What a person reads: Qt itself decides whether it is markup."""
    from PySide6.QtGui import QTextDocument

    document = QTextDocument()
    if tip.startswith("<span>"):
        document.setHtml(tip)
    else:
        document.setPlainText(tip)
    return document.toPlainText()


def test_a_tool_tip_shows_markup_as_it_was_written(qtbot: QtBot) -> None:
    for text in (HTML, "plain & simple", "two\nlines <b>", "<a href='https://x'>Ada</a>", ""):
        assert shown_as(plain_tip(text)) == text
    assert "<img" not in plain_tip(HTML)


def test_every_place_a_cell_or_a_label_can_reach_is_plain(qtbot: QtBot) -> None:
    made = label(HTML)
    qtbot.addWidget(made)
    assert made.textFormat() is Qt.TextFormat.PlainText
    pressed = button("x", tip=HTML)
    qtbot.addWidget(pressed)
    elided = Elided(HTML * 20)
    qtbot.addWidget(elided)
    elided.resize(60, 20)
    elided.grab()
    assert "<img" not in pressed.toolTip() + elided.toolTip()
    assert elided.toolTip()


def test_a_list_row_has_a_plain_tip(qtbot: QtBot) -> None:
    model = ListModel((Column("Who"),))
    model.load([Item("1", ("Ada",), tip=HTML)])
    tip = model.data(model.index(0, 0), Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in tip
    assert shown_as(tip) == HTML


def test_a_label_made_without_the_helper_is_told_to_be_plain_or_holds_our_own_words() -> None:
    for path in sorted(GUI.glob("*.py")):
        text = path.read_text("utf-8")
        for found in EVERY_LABEL.finditer(text):
            what = found["what"]
            ours = not what or re.fullmatch(r'f?"[^"]*"', what) is not None
            assert ours or "setTextFormat(Qt.TextFormat.PlainText)" in text, (path.name, what)
        assert not re.search(r"setHtml|RichText|AutoText|MarkdownText|insertHtml|appendHtml", text), path.name
        assert "QMessageBox." not in text.replace("QMessageBox.Icon", ""), path.name


def test_qt_would_have_taken_it_for_markup(qtbot: QtBot) -> None:
    made = QLabel(HTML)
    qtbot.addWidget(made)
    assert made.textFormat() is Qt.TextFormat.AutoText
