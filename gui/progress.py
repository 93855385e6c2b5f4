"""`python -m gui.progress --run ID`: stands on top of Excel during a run, asks once before spending, and can stop it.

It reads the run's record and writes two things, the answer and the stop flag: either process may die without harm.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from core import words
from core.runs import Go, Phase, Runs, State
from core.settings import load

EVERY_MS = 250
FIRST, ASK_FROM = 10, 25  # from this many people on, the first ten are proposed
MOST_CREDITS = 10_000_000


def main(argv: Sequence[str] | None = None, env: Mapping[str, str] = os.environ) -> int:
    parser = argparse.ArgumentParser(prog="gui.progress")
    parser.add_argument("--run", required=True)
    run: str = parser.parse_args(argv).run
    app = QApplication.instance() or QApplication(["LushaEnrich"])
    window = ProgressWindow(Runs(load(env).home), run)
    window.show()
    return app.exec()


class ProgressWindow(QWidget):
    """Shows the state of one run as it is in its record."""

    def __init__(self, runs: Runs, run: str) -> None:
        super().__init__(None, Qt.WindowType.Window | Qt.WindowType.WindowStaysOnTopHint)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setWindowTitle("LushaEnrich")
        self.setMinimumWidth(460)
        self._runs, self._run, self._shown = runs, run, State("")
        self._heading, self._message, self._step = QLabel(), QLabel(), QLabel()
        self._cost, self._lines = QLabel(), QGridLayout()
        self._bar, self._cap, self._first = QProgressBar(), QSpinBox(), QCheckBox(f"First {FIRST} rows only, then look again")
        self.go, self.stop, self.leave = QPushButton("Look up"), QPushButton("Stop"), QPushButton("Close")
        self._build()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.refresh)
        self._timer.start(EVERY_MS)
        self.refresh()

    def refresh(self) -> None:
        """Show what the record says now."""
        state = self._runs.state(self._run)
        if state != self._shown:
            self._show(state)

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
        for label in (self._heading, self._message, self._step, self._cost):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(10)
        self._cap.setRange(0, MOST_CREDITS)
        self._cap.setSpecialValueText("no limit")
        self._cap.setAccessibleName("Stop after so many credits")
        self._lines.setColumnStretch(1, 1)
        self._asked = self._asking_part()
        buttons = QHBoxLayout()
        buttons.addStretch()
        for button in (self.go, self.stop, self.leave):
            buttons.addWidget(button)
        whole = QVBoxLayout(self)
        whole.setSpacing(10)
        for widget in (self._heading, self._bar, self._step, self._asked, self._message):
            whole.addWidget(widget)
        whole.addLayout(buttons)
        self.go.setDefault(True)
        self.go.clicked.connect(self._agree)
        self.stop.clicked.connect(self._ask_to_stop)
        self.leave.clicked.connect(self.close)
        self._first.toggled.connect(lambda _on: self._name_button(self._shown))

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
        fresh = state.phase is Phase.ASKING and self._shown.phase is not Phase.ASKING
        self._shown = state
        asking, running = state.phase is Phase.ASKING, state.phase is Phase.RUNNING
        self._heading.setText(_heading(state))
        self._message.setText(state.message)
        self._message.setVisible(bool(state.message))
        self._step.setText(_running_line(state))
        for widget, seen in (
            (self._asked, asking),
            (self.go, asking),
            (self.stop, running),
            (self._step, running),
            (self._bar, running),
        ):
            widget.setVisible(seen)
        self.leave.setVisible(not running)
        self._bar.setRange(0, state.ready)
        self._bar.setValue(state.done)
        if fresh:
            self._show_question(state)
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
