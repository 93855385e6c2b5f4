"""`python -m gui`: opens the window, or raises the one that is open."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication

from core.errors import EnrichError
from core.newer import refuse_newer
from core.settings import Settings, load
from gui import making
from gui.icons import app_icon
from gui.single import OneWindow
from gui.theme import Mode, Theme
from gui.window import Window

if TYPE_CHECKING:
    from core.keys.vault import Vault
SWITCH_S = 0.0005  # a thread that computes gives way to the screen's after this; Python's own 5 ms add up at each call of Qt


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window of this home and stay until it is closed."""
    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication(["LushaEnrich", *(argv or sys.argv[1:])])
    app.setApplicationName("LushaEnrich")
    app.setDesktopFileName("lusha-enrich")  # the shortcut's entry: its icon stands for the window
    try:
        settings = load(os.environ)
        refuse_newer(settings.database)
    except EnrichError as error:
        from PySide6.QtWidgets import QMessageBox  # noqa: PLC0415  # rarely needed

        app.setWindowIcon(app_icon())
        box = QMessageBox(QMessageBox.Icon.Critical, error.title, error.message)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.exec()
        return error.exit_code
    one = OneWindow(settings.home)
    if not one.first:
        return 0
    window = make(app, settings)
    one.raised.connect(window.raise_up)
    window.show()
    return app.exec()


def make(app: QApplication, settings: Settings, vault: Vault | None = None) -> Window:
    """The window of a home with the state it was left in; mistakes of ours are shown with a report.

    ``vault`` None is the operating system's key store.
    """
    sys.setswitchinterval(SWITCH_S)
    state = state_of(settings)
    mode = str(state.value("theme", Mode.SYSTEM))
    theme = Theme(app, Mode(mode) if mode in set(Mode) else Mode.SYSTEM)
    window = Window(settings, theme, state, making.make, vault)
    _catch(window)
    return window


def state_of(settings: Settings) -> QSettings:
    """Size, page and theme: they belong to the home and hold nothing of keys or contacts."""
    return QSettings(str(settings.home / "window.ini"), QSettings.Format.IniFormat)


def _catch(window: Window) -> None:
    def unseen(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        if threading.current_thread() is threading.main_thread():
            QTimer.singleShot(0, window, lambda: window.crashed(error))

    sys.excepthook = unseen


if __name__ == "__main__":
    sys.exit(main())
