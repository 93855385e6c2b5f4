"""What the system is told of while the window is not looked at: a run finished, all keys out, an account low, a key invalid."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtWidgets import QSystemTrayIcon, QWidget

from core.board import RunLine, Snapshot
from core.model import KeyStatus
from gui.alerts import alerts
from gui.charts import in_words

_TELLING = ("out-", "low-")


class Notices:
    """A tray icon only where there is a tray; messages only while the window is hidden or minimised."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._tray = QSystemTrayIcon(window.windowIcon(), window) if QSystemTrayIcon.isSystemTrayAvailable() else None
        if self._tray is not None:
            self._tray.activated.connect(lambda _: self._window.activateWindow())
            self._tray.show()

    def look(self, before: Snapshot, after: Snapshot) -> None:
        if self._tray is None or (self._window.isVisible() and not self._window.isMinimized()):
            return
        for title, text in news(before, after, datetime.now(UTC)):
            self._tray.showMessage(title, text)

    def close(self) -> None:
        if self._tray is not None:
            self._tray.hide()


def news(before: Snapshot, after: Snapshot, now: datetime) -> list[tuple[str, str]]:
    """What has happened between two states that is worth a notification, and nothing else."""
    old = {alert.id for alert in alerts(before, now)}
    told = [(alert.title, alert.text) for alert in alerts(after, now) if alert.id not in old and alert.id.startswith(_TELLING)]
    states = {line.key.id: line.key.status for line in before.keys}
    told += [
        (f"{line.key.label} (ends in {line.key.last4}) is invalid", "Lusha refused it. Replace it under API keys.")
        for line in after.keys
        if line.key.status is KeyStatus.INVALID and states.get(line.key.id, KeyStatus.INVALID) is not KeyStatus.INVALID
    ]
    running = {run.id for run in before.runs if run.state == "RUNNING"}
    told += [_ended(run) for run in after.runs if run.id in running and run.state != "RUNNING"]
    return told


def _ended(run: RunLine) -> tuple[str, str]:
    return ("The run is finished" if run.state == "DONE" else "The run has stopped", in_words(run.counts))
