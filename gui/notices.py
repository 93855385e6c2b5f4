"""What is told unasked, and nothing else: a run finished, all keys of a kind out, the first account low, a key invalid.

As a word at the lower edge while the window is looked at, by the system's tray while it is not.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from PySide6.QtWidgets import QSystemTrayIcon, QWidget

from core.board import RunLine, Snapshot
from core.model import KeyStatus
from gui.alerts import Alert, alerts
from gui.charts import in_words

_OUT, _LOW = "out-", "low-"


class Notices:
    """``tell`` shows a word in the window. A tray icon is made only where there is a tray."""

    def __init__(self, window: QWidget, tell: Callable[[str], None]) -> None:
        self._window, self._tell = window, tell
        self._tray = QSystemTrayIcon(window.windowIcon(), window) if QSystemTrayIcon.isSystemTrayAvailable() else None
        if self._tray is not None:
            self._tray.activated.connect(lambda _: self._window.activateWindow())
            self._tray.show()

    def look(self, before: Snapshot, after: Snapshot) -> None:
        """Tell what has happened between two states."""
        found = news(before, after, datetime.now(UTC))
        if not found:
            return
        if self._window.isVisible() and not self._window.isMinimized():
            self._tell(in_one(found))
        elif self._tray is not None:
            for title, text in found:
                self._tray.showMessage(title, text)

    def close(self) -> None:
        if self._tray is not None:
            self._tray.hide()


def in_one(found: list[tuple[str, str]]) -> str:
    """One word for all of one refresh; the text of a single one belongs to it."""
    if len(found) == 1:
        title, text = found[0]
        return f"{title.rstrip('.')}. {text}" if text else title
    return " · ".join(title.rstrip(".") for title, _ in found)


def news(before: Snapshot, after: Snapshot, now: datetime) -> list[tuple[str, str]]:
    """What has happened between two states that is worth interrupting somebody, and nothing else."""
    told = [(alert.title, alert.text) for alert in _fresh(before, after, now)]
    states = {line.key.id: line.key.status for line in before.keys}
    told += [
        (f"{line.key.label} (ends in {line.key.last4}) is invalid", "Lusha refused it. Replace it under API keys.")
        for line in after.keys
        if line.key.status is KeyStatus.INVALID and states.get(line.key.id, KeyStatus.INVALID) is not KeyStatus.INVALID
    ]
    running = {run.id for run in before.runs if run.state == "RUNNING"}
    told += [_ended(run) for run in after.runs if run.id in running and run.state != "RUNNING"]
    return told


def _fresh(before: Snapshot, after: Snapshot, now: datetime) -> list[Alert]:
    """Kinds of keys that are all out now and were not; the first account that is low while none was."""
    if before is after or (before.keys, before.accounts) == (after.keys, after.accounts):
        return []
    old = {alert.id for alert in alerts(before, now)}
    new = [alert for alert in alerts(after, now) if alert.id not in old]
    low = [] if any(one.startswith(_LOW) for one in old) else [alert for alert in new if alert.id.startswith(_LOW)]
    return [alert for alert in new if alert.id.startswith(_OUT)] + low[:1]


def _ended(run: RunLine) -> tuple[str, str]:
    return ("The run is finished" if run.state == "DONE" else "The run has stopped", in_words(run.counts))
