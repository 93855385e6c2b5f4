"""The line over the key list: search, kind, state, grouping. Says which `View` the person wants."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from core.model import Category
from gui.choices import Check, Segmented
from gui.icons import icon
from gui.key_rows import ANY_STATE, OUT_NOW, READY_ONLY, YOURS, View
from gui.theme import px
from gui.widgets import row

_CATEGORIES: tuple[tuple[Category | None, str], ...] = (
    (None, "All"),
    (Category.PHONE_ONLY, "Phone"),
    (Category.EMAIL_ONLY, "Email"),
)
_STATES = ((ANY_STATE, "Any state"), (READY_ONLY, "Ready"), (OUT_NOW, "Out for now"), (YOURS, "Waiting for you"))
_MENU_COLUMN = 7


class KeyFilters(QWidget):
    """``view`` is what is asked for now; ``changed`` comes after every other wish."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.view = View()
        self.search = QLineEdit(placeholderText="Label, last 4, account")
        self.search.addAction(icon("search", "text3"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.setAccessibleName("Search keys")
        self.category: Segmented[Category | None] = Segmented(_CATEGORIES, "Kind")
        self.states: Segmented[frozenset[str]] = Segmented(_STATES, "State")
        self.group = Check("Group by account", on=True)
        self.setLayout(row(self.search, self.category, self.states, None, self.group))
        self.search.textChanged.connect(lambda text: self._wish(search=text.strip().casefold()))
        self.category.picked.connect(lambda value: self._wish(category=value))
        self.states.picked.connect(lambda value: self._wish(states=value))
        self.group.toggled.connect(lambda on: self._wish(grouped=on, sort=None))

    def fold(self, account: str) -> None:
        """Close an account, or open it again."""
        self.view = self.view.fold(account)
        self.changed.emit()

    def sort(self, column: int) -> None:
        """Up, then down, then as keys are tried; only the ungrouped list is sorted."""
        if self.view.grouped or column == _MENU_COLUMN:
            return
        again = self.view.sort == column
        self._wish(sort=None if again and self.view.descending else column, descending=again and not self.view.descending)

    def clear(self) -> None:
        """Show all keys again."""
        self.search.clear()
        self.category.choose(None)
        self.states.choose(ANY_STATE)
        self.view = View(grouped=self.view.grouped)
        self.changed.emit()

    def only_yours(self) -> None:
        """Show what waits for the person."""
        self.states.choose(YOURS)
        self._wish(states=YOURS)

    def start_search(self) -> None:
        """Ctrl+F."""
        self.search.setFocus()
        self.search.selectAll()

    def fit(self, width: int) -> None:
        self.search.setFixedWidth(px(206 if width > px(930) else 140))
        self.group.setText("Group by account" if width > px(930) else "Group")

    def _wish(self, **changes: object) -> None:
        self.view = replace(self.view, **changes)  # type: ignore[arg-type]
        self.changed.emit()
