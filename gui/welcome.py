"""Welcome: the first three steps, shown in place of the dashboard until there is a key."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from core.words import ENTITLEMENT
from gui.page import Surroundings
from gui.theme import px
from gui.widgets import Card, Glyph, button, column, label, row

WELCOME_SUB = "Three steps, about two minutes. Nothing is sent and nothing is charged before you have seen the cost."
_STEPS = (
    (
        "key-round",
        "1  Add your keys",
        "Paste one or many Lusha API keys. They go straight into this computer's key store and are never shown in full again.",
        "Add keys",
    ),
    (
        "flask-conical",
        "2  Try the practice list",
        "Invented people and a pretend Lusha on this computer: found, not found, a day limit, a refused key. Costs nothing.",
        "Open practice list",
    ),
    (
        "file-spreadsheet",
        "3  Open your spreadsheet",
        "Drop a file or choose one. You see what will happen and what it costs before anything is looked up.",
        "Choose a file…",
    ),
)


def welcome(around: Surroundings) -> tuple[QWidget, QWidget]:
    """Three cards side by side and the promise under them; and the button of the first step."""
    do = (around.add_keys, around.practise, lambda: around.go("enrich"))
    cards, buttons = [], []
    for number, (glyph, name, text, act) in enumerate(_STEPS):
        card = Card(24, 10)
        card.box.addWidget(Glyph(glyph, size=44, inner=22))
        card.box.addSpacing(4)
        card.box.addWidget(label(name, "h2"))
        card.box.addWidget(label(text, "sub", wrap=True))
        card.box.addStretch()
        buttons.append(button(act, "" if number else "primary", do=do[number]))
        card.box.addWidget(buttons[number], 0, Qt.AlignmentFlag.AlignLeft)
        card.setMinimumHeight(px(262))
        cards.append(card)
    steps = row(*cards, spacing=16)
    for number in range(len(cards)):
        steps.setStretch(number, 1)
    promise = Card(20, 0)
    title = label("Keys stay in the operating system's key store; contacts go only to Lusha", "strong", wrap=True)
    words = column(title, label(ENTITLEMENT, "small", wrap=True), spacing=3)
    line = row(Glyph("lock", "ready", "ready_bg", 40, 20), words, spacing=14)
    line.setStretch(1, 1)
    promise.box.addLayout(line)
    made = QWidget()
    made.setLayout(column(steps, promise, None, spacing=16))
    return made, buttons[0]
