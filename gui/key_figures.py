"""The four figures above the key list."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtWidgets import QWidget

from core.board import KeyLine, Snapshot
from core.model import Category
from core.words import amount
from gui.looks import INVALID, MISSING, OUT, PLAN_LIMIT, READY, back, look
from gui.theme import px
from gui.widgets import Figure, row


class KeyFigures(QWidget):
    """Ready, out for now, waiting for the person, credits."""

    def __init__(self) -> None:
        super().__init__()
        self.ready = Figure("Ready", "shield-check", "ready")
        self.out = Figure("Resting or used up", "clock", "exhausted")
        self.yours = Figure("Waiting for you", "triangle-alert", "bad")
        self.credits = Figure("Credits left", "coins", "info")
        self._all = (self.ready, self.out, self.yours, self.credits)
        box = row(*self._all, spacing=12)
        for number in range(len(self._all)):
            box.setStretch(number, 1)
        self.setLayout(box)

    def fit(self, width: int) -> None:
        for figure in self._all:
            figure.glyph.setVisible(width > px(780))

    def load(self, snapshot: Snapshot, now: datetime) -> None:
        seen = [(line, look(line.key, now)[0]) for line in snapshot.keys]
        ready = [line for line, shown in seen if shown is READY]
        out = [line for line, shown in seen if shown.word in OUT]
        yours = [shown.word for _, shown in seen if shown.yours]
        self.ready.say(str(len(ready)), _by_category(ready))
        self.out.say(str(len(out)), _first_back(out, now))
        counted = [f"{yours.count(one.word)} {one.word.lower()}" for one in (INVALID, PLAN_LIMIT, MISSING) if one.word in yours]
        self.yours.say(str(len(yours)), " · ".join(counted) or "nothing to do")
        self.yours.tone("bad" if yours else "paused")
        left, note = credits_left(snapshot)
        self.credits.say(left, note if snapshot.cap is None else f"max {amount(snapshot.cap)} a day · {note}")


def credits_left(snapshot: Snapshot) -> tuple[str, str]:
    """The sum over the accounts whose balance is known, and over how many that is."""
    known = [account for account in snapshot.accounts if account.left is not None]
    if not known:
        return "–", "no balance read yet"
    total = sum(account.total or 0.0 for account in known)
    many = "1 account" if len(known) == 1 else f"{len(known)} accounts"
    unread = len(snapshot.accounts) - len(known)
    of = f"of {amount(round(total))} in {many}" if total else f"in {many}"
    return amount(round(sum(account.left or 0.0 for account in known))), of + (f", {unread} not read" if unread else "")


def _by_category(lines: list[KeyLine]) -> str:
    names = ((Category.PHONE_ONLY, "phone"), (Category.EMAIL_ONLY, "email"), (Category.ANY, "both"))
    counts = [(sum(line.key.category is category for line in lines), word) for category, word in names]
    return " · ".join(f"{count} {word}" for count, word in counts if count) or "none"


def _first_back(lines: list[KeyLine], now: datetime) -> str:
    times = [line.key.retry_at for line in lines if line.key.retry_at is not None and line.key.retry_at > now]
    if not times:
        return "back when credits are" if lines else "none"
    soon = back(min(times), now)
    return f"first one {soon}" if soon.startswith("back") else f"first one back in {soon}"
