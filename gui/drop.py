"""The place a spreadsheet is dropped on."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout

from gui.theme import px, restyle
from gui.widgets import Glyph, centred, label, row

ENDINGS = (".xlsx", ".xlsm", ".csv", ".tsv", ".txt")
_TITLE, _OVER = "Drop a spreadsheet here", "Let go to open it"
_TEXT = "Excel (.xlsx, .xlsm) or CSV. The file stays on this computer; only the people you look up are sent to Lusha."


class Drop(QFrame):
    """Lights up only for what can be opened: exactly one local file with rows."""

    dropped = Signal(str)

    def __init__(self, *actions: QPushButton) -> None:
        super().__init__()
        self.setObjectName("drop")
        self.setAcceptDrops(True)
        self.setMinimumHeight(px(260))
        self._glyph, self.title = Glyph("upload", size=60, inner=28), label(_TITLE, "h2")
        box = QVBoxLayout(self)
        box.addStretch()
        box.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignHCenter)
        box.addSpacing(10)
        box.addWidget(self.title, 0, Qt.AlignmentFlag.AlignHCenter)
        box.addSpacing(4)
        box.addLayout(centred(_TEXT))
        box.addSpacing(14)
        box.addLayout(row(None, *actions, None))
        box.addStretch()

    def wait(self, name: str) -> None:
        """A file is being read; a large one takes a moment."""
        self.title.setText(f"Reading {name}…")

    def rest(self) -> None:
        self.title.setText(_TITLE)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if fitting(event.mimeData()) is None:
            event.ignore()
        else:
            event.acceptProposedAction()
            self._light(on=True)

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        self._light(on=False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._light(on=False)
        path = fitting(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.dropped.emit(path)

    def _light(self, *, on: bool) -> None:
        restyle(self, "over", on)
        self.title.setText(_OVER if on else _TITLE)
        self._glyph.tile = "surface" if on else "accent_soft"  # else the tile melts into the lit place
        self._glyph.update()


def fitting(mime: QMimeData) -> str | None:
    """The one file that can be opened, or None."""
    urls = mime.urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = urls[0].toLocalFile()
    return path if Path(path).suffix.lower() in ENDINGS else None
