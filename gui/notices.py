"""What is told unasked, and nothing else: a run finished, all keys of a kind out, the first account low, a key invalid.

As a word at the lower edge while the window is looked at, by the system's tray while it is not.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from PySide6.QtWidgets import QSystemTrayIcon, QWidget

from core.board import Group, RunLine, Snapshot
from core.model import KeyStatus
from gui.alerts import Alert, alerts
from gui.charts import in_words

_OUT, _LOW = "out-", "low-"


class News(NamedTuple):
    """What happened, what belongs to it, and whether all is well with it."""

    title: str
    text: str
    good: bool = False


class Notices:
    """``tell`` shows a word in the window, and whether it is a good one. A tray icon is made only where there is a tray."""

    def __init__(self, window: QWidget, tell: Callable[[str, bool], None]) -> None:
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
            self._tell(in_one(found), all(one.good for one in found))
        elif self._tray is not None:
            for one in found:
                self._tray.showMessage(one.title, one.text)

    def close(self) -> None:
        if self._tray is not None:
            self._tray.hide()


def in_one(found: list[News]) -> str:
    """One word for all of one refresh; the text of a single one belongs to it."""
    if len(found) == 1:
        title, text, _ = found[0]
        return f"{title.rstrip('.')}. {text}" if text else title
    return " · ".join(one.title.rstrip(".") for one in found)


def news(before: Snapshot, after: Snapshot, now: datetime) -> list[News]:
    """What has happened between two states that is worth interrupting somebody, and nothing else."""
    told = [News(alert.title, alert.text) for alert in _fresh(before, after, now)]
    states = {line.key.id: line.key.status for line in before.keys}
    told += [
        News(f"{line.key.label} (ends in {line.key.last4}) is invalid", "Lusha refused it. Replace it under API keys.")
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


def _ended(run: RunLine) -> News:
    """A run that came to its end with an answer for everybody needs nobody's eye: no warning sign."""
    done = run.state == "DONE"
    good = done and not run.counts.get(Group.FAILED)
    return News("The run is finished" if done else "The run has stopped", in_words(run.counts), good)
