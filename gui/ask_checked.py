"""A dialog for one line that is read while it is typed: under it stands what it means, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from core.errors import EnrichError
from gui.dialogs import Asking
from gui.widgets import label


class AskChecked(Asking):
    """``meaning`` says what a text means, or raises an EnrichError; only what can be read can be saved."""

    def __init__(self, parent: QWidget, title: str, text: str, verb: str, *, value: str, meaning: Callable[[str], str]) -> None:
        super().__init__(parent, title, text, verb, glyph="pencil")
        self._meaning = meaning
        self.field = QLineEdit(value)
        self.field.setAccessibleName(title)
        self.said = label("", "small", wrap=True)
        self.body.addWidget(self.field)
        self.body.addWidget(self.said)
        self.yes.setDefault(True)
        self.field.textChanged.connect(self._read)
        self._read(value)
        self.field.selectAll()
        self.field.setFocus()

    def ask(self) -> str | None:
        """What was typed, which can be read; None when the person has thought better of it."""
        return self.field.text().strip() if self.exec() == QDialog.DialogCode.Accepted else None

    def _read(self, text: str) -> None:
        try:
            said, good = self._meaning(text), True
        except EnrichError as error:
            said, good = f"{error.title}: {error.message}", False
        self.said.setText(said)
        self._grow()
        self.field.setAccessibleDescription(said)
        self.yes.setEnabled(good)

    def _grow(self) -> None:
        """Room for two lines, and for more where they are needed: never less again, so that nothing jumps while typing."""
        room = max(self.said.width(), self.text.minimumWidth())
        need = max(2 * self.said.fontMetrics().lineSpacing(), self.said.heightForWidth(room))
        self.said.setMinimumHeight(max(need, self.said.minimumHeight()))
