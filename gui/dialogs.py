"""Dialogs that ask one thing: a confirmation, a line of text, a key; and the report after a mistake of ours."""

from __future__ import annotations

import platform
import traceback
from collections.abc import Sequence

from PySide6.QtCore import qVersion
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QPlainTextEdit, QWidget

from core.secret import Redactor
from core.settings import version
from gui.theme import mono, px
from gui.widgets import Combo, Glyph, button, column, label, row


class Asking(QDialog):
    """The frame of all: a title, a text, what is asked, and two buttons. Esc always cancels."""

    def __init__(self, parent: QWidget, title: str, text: str, verb: str, *, kind: str = "primary", glyph: str = "info") -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAccessibleDescription(text)
        self.setMinimumWidth(px(460))
        tone = "bad" if kind == "danger" else "info"
        self.body = column(spacing=10)
        self.yes, self.no = button(verb, kind), button("Cancel")
        self.text = label(text, "soft", wrap=True)
        self.text.setMinimumWidth(px(360))
        words = column(label(title, "h2"), self.text, self.body, spacing=8)
        tile = column(Glyph(glyph, tone, f"{tone}_bg", 40, 20), None)
        whole = column(row(tile, words, spacing=14), 8, row(None, self.no, self.yes), spacing=12)
        whole.setContentsMargins(24, 22, 24, 18)
        self.setLayout(whole)
        self.no.clicked.connect(self.reject)
        self.yes.clicked.connect(self.accept)


class Confirm(Asking):
    """Names the object, says what happens, has the verb on the red button; Cancel is the default."""

    def __init__(self, parent: QWidget, title: str, text: str, verb: str, *, no: str = "Cancel", glyph: str = "trash-2") -> None:
        super().__init__(parent, title, text, verb, kind="danger", glyph=glyph)
        self.no.setText(no)
        self.no.setAccessibleName(no)
        self.no.setDefault(True)
        self.no.setFocus()


def may_stop(parent: QWidget, running: str, verb: str) -> bool:
    """Something is to be done that ends a run going on: whether it may. ``running`` says how far it is."""
    text = f"{running} Stopping loses nothing; you can resume later."
    return bool(Confirm(parent, "A run is going on", text, verb, no="Keep running", glyph="triangle-alert").exec())


class AskText(Asking):
    """One line of text; ``hidden`` for a key. The field is emptied when the dialog closes."""

    def __init__(
        self, parent: QWidget, title: str, text: str, verb: str, *, value: str = "", name: str = "", hidden: bool = False
    ) -> None:
        super().__init__(parent, title, text, verb, glyph="key-round" if hidden else "pencil")
        self.field = QLineEdit(value)
        self.field.setAccessibleName(name or title)
        if hidden:
            self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.selectAll()
        self.body.addWidget(self.field)
        self.yes.setDefault(True)
        self.yes.setEnabled(bool(value))
        self.field.textChanged.connect(lambda typed: self.yes.setEnabled(bool(typed.strip())))
        self.field.setFocus()

    def ask(self) -> str | None:
        """What was typed, or None. The field forgets it."""
        said = self.field.text().strip() if self.exec() == QDialog.DialogCode.Accepted else None
        self.field.setText("")
        return said


class AskChoice(Asking):
    """One of a list, or a new name."""

    def __init__(self, parent: QWidget, title: str, text: str, verb: str, choices: Sequence[str], *, name: str) -> None:
        super().__init__(parent, title, text, verb, glyph="pencil")
        self.choice = Combo(name, choices)
        self.choice.allow_typing()
        self.body.addWidget(self.choice)
        self.yes.setDefault(True)
        self.choice.setFocus()

    def ask(self) -> str | None:
        return self.choice.currentText().strip() if self.exec() == QDialog.DialogCode.Accepted else None


class Report(QDialog):
    """A mistake of ours: says so, and shows a report without secrets that can be copied."""

    def __init__(self, parent: QWidget | None, error: BaseException, redactor: Redactor) -> None:
        super().__init__(parent)
        self.setWindowTitle("Something went wrong in LushaEnrich")
        self.setMinimumSize(px(620), px(420))
        self.text = QPlainTextEdit(report(error, redactor))
        self.text.setReadOnly(True)
        self.text.setObjectName("log")
        self.text.setFont(mono())
        self.text.setAccessibleName("Report")
        copy = button("Copy report", "", "copy", do=lambda: QGuiApplication.clipboard().setText(self.text.toPlainText()))
        close = button("Close", "primary", do=self.accept)
        box = QDialogButtonBox()
        box.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        box.addButton(close, QDialogButtonBox.ButtonRole.AcceptRole)
        said = "This is a mistake in the program, not yours. What was paid is kept. The report holds no key and no contact."
        whole = column(label("Something went wrong", "h2"), label(said, "soft", wrap=True), self.text, box, spacing=12)
        whole.setContentsMargins(24, 22, 24, 18)
        self.setLayout(whole)
        QShortcut(QKeySequence.StandardKey.Cancel, self, self.reject)
        close.setDefault(True)
        close.setFocus()


def report(error: BaseException, redactor: Redactor) -> str:
    """Where it happened, without the values: the message of an error may hold a row or a key, so only its class is told."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"  {frame.filename.replace(chr(92), '/').rpartition('/')[2]}:{frame.lineno} in {frame.name}" for frame in frames]
    lines = [f"LushaEnrich {version()}, Python {platform.python_version()}, Qt {qVersion()}, {platform.system()}"]
    return redactor.clean("\n".join([*lines, type(error).__name__, *where]))
