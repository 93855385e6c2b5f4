"""The workbooks that are open in Excel: which one, what to look up; the rest happens in the add-in's progress window.

Excel is asked by a process of its own, because it may be busy for long, or hang.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QProcess
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from core.errors import EnrichError
from core.ourselves import command
from gui.dialogs import Asking
from gui.theme import px
from gui.widgets import Segmented, label

_TEXT = "The selected rows of the sheet you look at are looked up. You see what it costs before anything is spent."
_ASKING = "Asking Excel…"
_NONE = "No workbook is open. Open one in Excel (click Enable Editing where it asks), then try again."
_SILENT = "Excel does not answer. Finish the cell that is being edited, close Excel's dialogs, then try again."
_KINDS = ((("--phones",), "Phones"), (("--emails",), "Emails"), (("--phones", "--emails"), "Both"))


def listing() -> list[str]:
    """The command that prints the open workbooks as JSON."""
    return command("cli", "excel", "list", "--json")


class ExcelBooks(Asking):
    """``ask`` is the command that lists the books. Raises nothing: what goes wrong is said in the dialog."""

    def __init__(self, parent: QWidget, ask: Callable[[], Sequence[str]] = listing) -> None:
        super().__init__(parent, "Open workbooks", _TEXT, "Enrich selection", glyph="file-spreadsheet")
        self._books: list[dict[str, Any]] = []
        self.said = label(_ASKING, "small", wrap=True)
        self.books = QListWidget()
        self.books.setAccessibleName("Open workbooks")
        self.books.setMinimumHeight(px(140))
        self.kinds = Segmented(_KINDS, "What to look up")
        for part in (self.books, self.kinds, self.said):
            self.body.addWidget(part)
        self.yes.setEnabled(False)
        self.yes.setDefault(True)
        self.books.itemActivated.connect(lambda _: self.accept())
        self._process = QProcess(self)
        self._process.finished.connect(self._heard)
        self._process.errorOccurred.connect(lambda _: self._say(_SILENT))
        program, *words = ask()
        self._process.start(program, words)

    def words(self) -> list[str]:
        """The command that enriches the chosen book."""
        book = self._books[self.books.currentRow()]
        return command("cli", "excel", "enrich", *self.kinds.value, "--book", book["book"], "--sheet", book["sheet"])

    def done(self, result: int) -> None:
        """Nobody is left behind who still asks Excel."""
        self._process.blockSignals(True)
        self._process.kill()
        super().done(result)

    def _heard(self, code: int) -> None:
        try:
            found = json.loads(bytes(self._process.readAllStandardOutput().data()))
        except ValueError:
            found = {}
        if isinstance(found, list):
            self._show(found)
        elif isinstance(error := found.get("error"), dict) and code:
            self._say(f"{error.get('title', '')}. {error.get('message', '')}")
        else:
            self._say(_SILENT)

    def _show(self, found: list[dict[str, Any]]) -> None:
        self._books = found
        for one in found:
            self.books.addItem(QListWidgetItem(f"{one['book']}  ·  {one['sheet']}  ·  {one['selection'] or 'all rows'}"))
        self._say("" if found else _NONE)
        if found:
            self.books.setCurrentRow(0)
            self.books.setFocus()
        self.yes.setEnabled(bool(found))

    def _say(self, text: str) -> None:
        self.said.setText(text)
        self.books.setAccessibleDescription(text)


def offer(parent: QWidget) -> None:
    """Ask which one, then start the worker. Raises EnrichError when it cannot be started."""
    dialog = ExcelBooks(parent)
    if dialog.exec() and not start(dialog.words()):
        raise EnrichError("Excel's helper did not start", "Run lusha-enrich doctor and follow what it says.")


def start(words: Sequence[str]) -> bool:
    """A process of its own, which outlives the window; it shows the progress window."""
    program, *rest = words
    started: Any = QProcess.startDetached(program, rest)
    return bool(started[0] if isinstance(started, tuple) else started)
