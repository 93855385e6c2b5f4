"""`python -m gui.progress --run ID`: stands on top of Excel during a run, asks once before spending, and can stop it.

It reads the run's record and writes two things, the answer and the stop flag: either process may die without harm. A
second start for the same run brings the first window to the front and ends.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QSystemTrayIcon,
    QVBoxLayout,
    QWidget,
)

from core import words
from core.runs import Go, Phase, Runs, State
from core.settings import load
from gui.icons import app_icon
from gui.single import OneWindow
from gui.time_left import Pace

EVERY_MS, LOOK_MS = 250, 1500  # the record is read; whether the worker lives is asked
FIRST, ASK_FROM = 10, 25  # from this many people on, the first ten are proposed
MOST_CREDITS = 10_000_000
MOST_STEPS = 2_000  # lines shown
GONE = "The run has ended without a word"
GO_ON = (
    "The program that did it was closed or killed. What was paid is kept. Click the button in Excel again: it goes on with the "
    "rest, writes what is known already for 0 credits, and asks for nobody twice."
)


def main(argv: Sequence[str] | None = None, env: Mapping[str, str] = os.environ) -> int:
    parser = argparse.ArgumentParser(prog="gui.progress")
    parser.add_argument("--run", required=True)
    run: str = parser.parse_args(argv).run
    app = QApplication.instance() or QApplication(["LushaEnrich"])
    runs = Runs(load(env).home)
    one = OneWindow(runs.folder / run)
    if not one.first:
        return 0
    window = ProgressWindow(runs, run)
    one.raised.connect(window.raise_up)
    window.show()
    code = app.exec()
    one.close()
    return code


class ProgressWindow(QWidget):
    """Shows the state of one run as it is in its record. ``clock`` is in seconds, for the time left."""

    def __init__(self, runs: Runs, run: str, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(None, Qt.WindowType.Window | Qt.WindowType.WindowStaysOnTopHint)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setWindowTitle("LushaEnrich")
        self.setWindowIcon(app_icon())
        self.setMinimumWidth(460)
        self._runs, self._run, self._shown, self._read = runs, run, State(""), 0
        self._pace = Pace(clock)
        self._heading, self._left, self._message, self._step = QLabel(), QLabel(), QLabel(), QLabel()
        self._cost, self._lines = QLabel(), QGridLayout()
        self._bar, self._cap, self._first = QProgressBar(), QSpinBox(), QCheckBox(f"First {FIRST} rows only, then look again")
        self.go, self.stop, self.leave = QPushButton("Look up"), QPushButton("Stop"), QPushButton("Close")
        self.more, self.steps = QPushButton("Steps"), QPlainTextEdit()
        self._tray = QSystemTrayIcon(self.windowIcon(), self) if QSystemTrayIcon.isSystemTrayAvailable() else None
        self._build()
        self._timer, self._watch = QTimer(self), QTimer(self)
        self._timer.timeout.connect(self.refresh)
        self._timer.start(EVERY_MS)
        self._watch.timeout.connect(self.look_for_worker)
        self._watch.start(LOOK_MS)
        self.refresh()

    def refresh(self) -> None:
        """Show what the record says now."""
        state = self._runs.state(self._run)
        if state != self._shown:
            self._show(state)
        if not self.steps.isHidden():
            self._show_steps()

    def look_for_worker(self) -> None:
        """Say so when the program that does the run is gone."""
        if not self._shown.phase.is_over and self._runs.is_gone(self._run):
            self._show(State(self._run, Phase.FAILED, title=GONE, message=GO_ON))
            self._timer.stop()
            self._watch.stop()

    def raise_up(self) -> None:
        """Somebody clicked in Excel again."""
        self.showNormal()
        self.raise_()
        self.activateWindow()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closing before the answer is a no; later the run goes on without a window."""
        if self._shown.phase in {Phase.STARTING, Phase.ASKING}:
            self._runs.answer(self._run, Go(go=False))
        super().closeEvent(event)

    # -- building
    def _build(self) -> None:
        bold = self._heading.font()
        bold.setBold(True)
        bold.setPointSizeF(bold.pointSizeF() * 1.15)
        self._heading.setFont(bold)
        for label in (self._heading, self._left, self._message, self._step, self._cost):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(10)
        self._cap.setRange(0, MOST_CREDITS)
        self._cap.setSpecialValueText("no limit")
        self._cap.setAccessibleName("Stop after so many credits")
        self._lines.setColumnStretch(1, 1)
        self._asked = self._asking_part()
        self._build_steps()
        buttons = QHBoxLayout()
        buttons.addWidget(self.more)
        buttons.addStretch()
        for button in (self.go, self.stop, self.leave):
            buttons.addWidget(button)
        whole = QVBoxLayout(self)
        whole.setSpacing(10)
        for widget in (self._heading, self._bar, self._left, self._step, self._asked, self._message, self.steps):
            whole.addWidget(widget)
        whole.addLayout(buttons)
        self.go.setDefault(True)
        self.go.clicked.connect(self._agree)
        self.stop.clicked.connect(self._ask_to_stop)
        self.leave.clicked.connect(self.close)
        self._first.toggled.connect(lambda _on: self._name_button(self._shown))

    def _build_steps(self) -> None:
        """What the keys did, line by line; hidden until it is asked for."""
        self.steps.setReadOnly(True)
        self.steps.setMaximumBlockCount(MOST_STEPS)
        self.steps.setAccessibleName("Steps")
        self.steps.setMinimumHeight(150)
        self.steps.hide()
        self.more.setCheckable(True)
        self.more.setToolTip("Which key was tried, and why keys were changed")
        self.more.toggled.connect(self._toggle_steps)

    def _asking_part(self) -> QWidget:
        part = QWidget()
        layout = QVBoxLayout(part)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._lines)
        layout.addWidget(self._cost)
        cap = QHBoxLayout()
        cap.addWidget(QLabel("Stop after"))
        cap.addWidget(self._cap)
        cap.addWidget(QLabel("credits"))
        cap.addStretch()
        layout.addLayout(cap)
        layout.addWidget(self._first)
        return part

    # -- showing
    def _show(self, state: State) -> None:
        before, self._shown = self._shown, state
        asking, running = state.phase is Phase.ASKING, state.phase is Phase.RUNNING
        self._heading.setText(_heading(state))
        self._message.setText(state.message)
        self._message.setVisible(bool(state.message))
        self._step.setText(_running_line(state))
        left = self._pace.left(state.done, state.ready) if running else ""
        self._left.setText(left)
        for widget, seen in (
            (self._asked, asking),
            (self.go, asking),
            (self.stop, running),
            (self._step, running),
            (self._bar, running),
            (self._left, bool(left)),
            (self.more, not asking and state.phase is not Phase.STARTING),
        ):
            widget.setVisible(seen)
        self.leave.setVisible(not running)
        self._bar.setRange(0, state.ready)
        self._bar.setValue(state.done)
        if asking and before.phase is not Phase.ASKING:
            self._show_question(state)
        if state.phase.is_over and not before.phase.is_over and before.id:
            self._tell_the_end(state)
        self.adjustSize()

    def _show_question(self, state: State) -> None:
        for row, (count, text) in enumerate(state.lines):
            number, said = QLabel(f"{count:,}"), QLabel(text)
            number.setAlignment(Qt.AlignmentFlag.AlignRight)
            said.setTextFormat(Qt.TextFormat.PlainText)
            self._lines.addWidget(number, row, 0)
            self._lines.addWidget(said, row, 1)
        self._cost.setText(
            f"Credits: at least 0 · likely about {words.amount(round(state.likely))} · at most {words.amount(state.most)}"
            " (prices assumed)"
        )
        self._first.setVisible(state.ready >= ASK_FROM)
        self._first.setChecked(state.ready >= ASK_FROM)
        self._name_button(state)
        self.go.setFocus()

    def _name_button(self, state: State) -> None:
        count = f"the first {FIRST}" if self._first.isChecked() else f"{state.ready:,} people"
        self.go.setText(f"Look up {count}" if state.ready else "Use this column")

    def _tell_the_end(self, state: State) -> None:
        """The task bar blinks, and the system says it where it has a place for that; the person may be in another sheet."""
        QApplication.alert(self)
        if self._tray is not None and not self.isActiveWindow():
            self._tray.show()
            self._tray.showMessage("LushaEnrich", state.title)

    def _toggle_steps(self, on: bool) -> None:
        self.steps.setVisible(on)
        if on:
            self._show_steps()
        self.adjustSize()

    def _show_steps(self) -> None:
        lines, self._read = self._runs.steps(self._run, self._read)
        if lines:
            self.steps.appendPlainText("\n".join(lines))

    # -- answering
    def _agree(self) -> None:
        rows = FIRST if self._first.isChecked() else None
        self._runs.answer(self._run, Go(go=True, rows=rows, credits=float(self._cap.value()) or None))
        self.go.setEnabled(False)

    def _ask_to_stop(self) -> None:
        self._runs.stop(self._run)
        self.stop.setEnabled(False)
        self.stop.setText("Stopping...")


def _heading(state: State) -> str:
    match state.phase:
        case Phase.STARTING:
            return "Reading the sheet..."
        case Phase.RUNNING:
            left = max(0, state.ready - state.done)
            return f"{state.found:,} found · {state.not_found:,} not found · {left:,} left"
        case _:
            return state.title


def _running_line(state: State) -> str:
    parts = [state.step, words.spent(state.credits)]
    if state.unwritten:
        parts.append(f"{state.unwritten:,} results wait for Excel.")
    return "\n".join(part for part in parts if part)


if __name__ == "__main__":
    sys.exit(main())
