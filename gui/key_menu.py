"""The menu of chosen keys: what makes sense for one, what for several."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from core.keys.order import Move
from core.model import Category, Key
from gui.icons import icon
from gui.key_limits import KeyLimits
from gui.key_rows import Row
from gui.key_work import KeyWork
from gui.looks import MISSING, PAUSED, READY

_USES = ((Category.PHONE_ONLY, "Phones"), (Category.EMAIL_ONLY, "Emails"), (Category.ANY, "Both"))
_UNTRIED = {READY.word, PAUSED.word, MISSING.word}


@dataclass(frozen=True, slots=True)
class PageActions:
    """What the page does itself: show a key's story, check keys, remove the chosen ones, fold an account, name all."""

    details: Callable[[], None]
    check: Callable[[list[Key]], None]
    remove: Callable[[], None]
    fold: Callable[[str], None]
    accounts: Callable[[], list[str]]


def fill(menu: QMenu, rows: list[Row], work: KeyWork, limits: KeyLimits, page: PageActions) -> None:
    """Put in what can be done with the keys of ``rows``."""
    keys = [row.line.key for row in rows if row.line]
    words = {row.look.word for row in rows if row.look}
    _state(menu, keys, words, work, page)
    if len(rows) == 1:
        _order(menu, rows[0], work)
    menu.addSeparator()
    _facts(menu, keys, words, work, page)
    menu.addSeparator()
    _limits(menu, rows, limits)
    menu.addSeparator()
    entry(menu, "Remove…", "trash-2", page.remove).setShortcut(QKeySequence("Del"))


def fill_account(menu: QMenu, head: Row, keys: list[Row], limits: KeyLimits, page: PageActions) -> None:
    """Put in what can be done with the account of the line ``head``, whose keys are ``keys``."""
    entry(menu, "Hide its keys" if head.open else "Show its keys", "chevron-right", lambda: page.fold(head.account.id))
    entry(menu, "Check its keys", "refresh-cw", lambda: page.check([row.line.key for row in keys if row.line]))
    menu.addSeparator()
    _account_limits(menu, keys, limits)


def entry(menu: QMenu, text: str, glyph: str, do: Callable[[], None]) -> QAction:
    """One line of a menu."""
    action = menu.addAction(text)
    if glyph:
        action.setIcon(icon(glyph))
    action.triggered.connect(lambda _checked=False: do())
    return action


def _state(menu: QMenu, keys: list[Key], words: set[str], work: KeyWork, page: PageActions) -> None:
    if len(keys) == 1:
        entry(menu, "Details…", "info", page.details)
    entry(menu, "Check now", "refresh-cw", lambda: page.check(keys))
    if words - _UNTRIED:
        entry(menu, "Try again now", "rotate-ccw", lambda: work.reactivate(keys))
    if any(not key.paused for key in keys):
        entry(menu, "Pause", "pause", lambda: work.pause(keys))
    if any(key.paused for key in keys):
        entry(menu, "Resume", "play", lambda: work.resume(keys))


def _order(menu: QMenu, row: Row, work: KeyWork) -> None:
    menu.addSeparator()
    entry(menu, "Move up", "arrow-up", lambda: work.step(row, Move.UP))
    entry(menu, "Move down", "arrow-down", lambda: work.step(row, Move.DOWN))
    entry(menu, "Move to top", "arrow-up", lambda: work.step(row, Move.TOP))


def _limits(menu: QMenu, rows: list[Row], limits: KeyLimits) -> None:
    entry(menu, "Daily limit…", "coins", lambda: limits.cap_keys(rows))
    entry(menu, "Hours…", "clock", lambda: limits.hours([row.line.key for row in rows if row.line]))
    if len({row.account.id for row in rows}) == 1:
        _account_limits(menu.addMenu(icon("coins"), f"Account “{rows[0].account.label}”"), rows, limits)


def _account_limits(menu: QMenu, rows: list[Row], limits: KeyLimits) -> None:
    account = rows[0].account
    entry(menu, "Daily limit of the account…", "coins", lambda: limits.cap_account(account))
    entry(menu, "Renewal day…", "history", lambda: limits.renews(rows[0].id, account))


def _facts(menu: QMenu, keys: list[Key], words: set[str], work: KeyWork, page: PageActions) -> None:
    if len(keys) == 1:
        entry(menu, "Rename…", "pencil", lambda: work.rename(keys[0]))
    entry(menu, "Account…", "coins", lambda: work.account(keys, page.accounts()))
    if len(keys) == 1 and MISSING.word in words:
        entry(menu, "Enter key again…", "key-round", lambda: work.enter_again(keys[0]))
    elif len(keys) == 1:
        entry(menu, "Replace key…", "key-round", lambda: work.replace(keys[0]))
    inner = menu.addMenu(icon("phone"), "Use for")
    for category, word in _USES:
        action = entry(inner, word, "", partial(work.category, keys, category))
        action.setCheckable(True)
        action.setChecked(all(key.category is category for key in keys))
