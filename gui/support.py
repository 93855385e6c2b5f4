"""The support bundle in the window: every file of it can be read before anything is written."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QFileDialog, QListWidget, QPlainTextEdit, QWidget

from core.doctor.bundle import Bundle, gather, write
from core.doctor.examination import Home, examine
from core.doctor.finding import Finding, Verdict
from core.errors import EnrichError
from core.ourselves import command
from gui.page import Surroundings
from gui.theme import mono, px
from gui.widgets import button, column, label, row

if TYPE_CHECKING:
    from core.app import App

NAME = "LushaEnrich support.zip"
EXCEL_S = 30.0
_CHECK = command("cli", "excel", "check", "--json")
_SAID = (
    "This is what support would get: no key, no person, no number, no file name. Look into it; nothing is written or sent "
    "before you save it, and passing it on is up to you."
)


def offer(parent: QWidget, around: Surroundings) -> None:
    """For a button: collect in the background, then show."""
    around.ask(collect, lambda made: SupportDialog(parent, made, around.say, around.trouble).open())


def collect(app: App) -> Bundle:
    """For the desk: what the doctor finds, Excel included, and the bundle with it."""
    found = list(examine(Home(app.settings), os.environ, vault=lambda: app.vault))
    return gather(app.settings, [*found, *excel_findings()])


def excel_findings(words: Sequence[str] = _CHECK) -> list[Finding]:
    """What is said about Excel, by a process of its own; nothing when it cannot be asked."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=EXCEL_S, check=False)  # noqa: S603  our own
        return [Finding(**(one | {"state": Verdict(one["state"])})) for one in json.loads(done.stdout)]
    except (OSError, subprocess.TimeoutExpired, ValueError, TypeError):
        return []


class SupportDialog(QDialog):
    """The list of files at the left, the chosen one at the right, and Save."""

    def __init__(
        self,
        parent: QWidget,
        bundle: Bundle,
        say: Callable[[str, bool, Callable[[], None] | None], None],
        trouble: Callable[[EnrichError], None],
    ) -> None:
        super().__init__(parent)
        self._bundle, self._say, self._trouble = bundle, say, trouble
        self.setWindowTitle("Support bundle")
        self.setMinimumSize(px(760), px(480))
        self.files, self.text, self.about = QListWidget(), QPlainTextEdit(), label("", "small", wrap=True)
        self.files.setAccessibleName("Files of the bundle")
        self.files.addItems([part.name for part in bundle.parts])
        self.files.setFixedWidth(px(160))
        self.text.setReadOnly(True)
        self.text.setObjectName("log")
        self.text.setFont(mono())
        self.text.setAccessibleName("Content of the file")
        self.save = button("Save…", "primary", "download", do=self._choose)
        self.leave = button("Cancel", do=self.reject)
        content = row(self.files, column(self.about, self.text, spacing=6), spacing=12)
        whole = column(
            label("Support bundle", "h2"), label(_SAID, "soft", wrap=True), content, row(None, self.leave, self.save), spacing=12
        )
        whole.setContentsMargins(24, 22, 24, 18)
        self.setLayout(whole)
        QShortcut(QKeySequence.StandardKey.Cancel, self, self.reject)
        self.files.currentRowChanged.connect(self._show_part)
        self.files.setCurrentRow(len(bundle.parts) - 1)  # the list of contents

    def save_as(self, path: str) -> None:
        """Write the file; a refusal is shown and the dialog stays."""
        if not path:
            return
        file = Path(path)
        try:
            write(self._bundle, file)
        except EnrichError as error:
            self._trouble(error)
            return
        self._say(f"Saved: {file.name}", True, None)
        self.accept()

    def _show_part(self, at: int) -> None:
        part = self._bundle.parts[at]
        self.about.setText(f"{part.about[0].upper()}{part.about[1:]}.")
        self.text.setPlainText(part.text or "(empty)")

    def _choose(self) -> None:
        self.save_as(QFileDialog.getSaveFileName(self, "Save the support bundle", NAME, "Zip files (*.zip)")[0])
