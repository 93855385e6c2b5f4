"""One key: its figures and its whole story."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtWidgets import QDialog, QGridLayout, QWidget

from core import words
from core.keys.caps import Cap, CapScope
from core.keys.trail import Entry
from gui import actions
from gui.key_limits import caps_about, long_day
from gui.key_rows import Row
from gui.lists import Column, Item, ListTable
from gui.looks import WORD_OF_CATEGORY, ago, reason_word, status_word, when
from gui.page import Surroundings
from gui.theme import px
from gui.widgets import Card, button, column, label, row

_STORY = (Column("When", 150), Column("What", 96), Column("State", 190), Column("Why"), Column("Who", 80))


class KeyDetails(QDialog):
    """Reads the trail from the store when it opens."""

    def __init__(self, parent: QWidget, around: Surroundings, shown: Row) -> None:
        super().__init__(parent)
        line = shown.line
        if line is None:
            raise ValueError("an account has no details")
        self.setWindowTitle(f"Key “{line.key.label}”")
        self.setMinimumSize(px(820), px(480))
        self.caps = label("…", "strong", wrap=True)
        self.story = ListTable("What happened to this key", _STORY)
        card = Card(1, 0)
        card.box.addWidget(self.story)
        close = button("Close", "primary", do=self.accept)
        close.setDefault(True)
        head = column(label(line.key.label, "h1"), label(f"•••• {line.key.last4} · {shown.account.label}", "sub"), spacing=2)
        whole = column(head, self._figures(shown), label("What happened", "h2"), card, row(None, close), spacing=12)
        whole.setContentsMargins(24, 20, 24, 18)
        whole.setStretch(3, 1)
        self.setLayout(whole)
        around.ask(lambda app: actions.story(app, line.key.id), self._tell)
        around.ask(lambda app: caps_about(app, line.key), lambda caps: self.caps.setText(caps_words(caps)))
        self.story.setFocus()

    def _figures(self, shown: Row) -> QGridLayout:
        line, now, grid = shown.line, datetime.now(UTC), QGridLayout()
        if line is None:
            return grid
        limit = f" of {line.day_limit:,}" if line.day_limit else ""
        rate = f" ({line.rate:.0%})" if line.rate is not None else ""
        facts = (
            ("State", f"{shown.look.word if shown.look else ''}{f', {shown.note}' if shown.note else ''}"),
            ("Used for", WORD_OF_CATEGORY[line.key.category][0]),
            ("Requests today", f"{line.today:,}{limit}"),
            ("Found in 7 days", f"{line.found:,} of {line.found + line.not_found:,}{rate}"),
            ("Last used", ago(line.key.last_used_at, now)),
            ("Added", when(line.key.added_at, now)),
            ("May be used", line.key.schedule or "always"),
            ("Account renews", long_day(renews.astimezone().date()) if (renews := shown.account.renews_at) else "not known"),
        )
        grid.addLayout(column(label("Daily limits, used today", "small"), self.caps, spacing=1), 2, 2)
        for number, (title, text) in enumerate(facts):
            grid.addLayout(column(label(title, "small"), label(text, "strong"), spacing=1), number // 3, number % 3)
        return grid

    def _tell(self, entries: list[Entry]) -> None:
        now = datetime.now(UTC)
        self.story.load([entry_item(entry, now) for entry in entries])


def caps_words(caps: list[Cap]) -> str:
    """``key 12 of 20 · account 80 of 100 · all 90 of 200``, spent today of what a day may cost; ``none``."""
    names = {CapScope.KEY: "key", CapScope.ACCOUNT: "account", CapScope.POOL: "all"}
    said = [f"{names[cap.scope]} {words.amount(cap.spent)} of {words.amount(cap.limit)}" for cap in reversed(caps)]
    return " · ".join(said) or "none"


def entry_item(entry: Entry, now: datetime) -> Item:
    """A line of the audit trail."""
    states = " → ".join(status_word(state) for state in (entry.from_status, entry.to_status) if state)
    why = entry.message or reason_word(entry.reason)
    cells = (when(entry.at, now), entry.action.capitalize(), states, why, entry.actor)
    return Item(str(entry.id), cells, entry, f"{words.moment(entry.at)} {entry.label} {why}".strip())
