"""How events and results look on a terminal: the rotation's lines on stderr, one document or a summary on stdout."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Generator
from typing import TextIO

from core import words
from core.engine.batch import Result
from core.engine.events import Event, Progress
from core.engine.steps import lines
from core.plain import json_text
from core.settings import origin_of

BAR = 30  # characters


class Steps:
    """Writes the rotation's lines; on a terminal a progress bar stays under them."""

    def __init__(self, to: TextIO | None = None) -> None:
        self._to = to if to is not None else sys.stderr
        self._bar = ""
        self._terminal = self._to.isatty()

    def follow(self, events: Generator[Event, None, Result]) -> Result:
        """Iterate a run to its end, writing each event; returns the result."""
        try:
            return self._follow(events)
        except KeyboardInterrupt:  # between two events the run has not heard of it
            events.throw(KeyboardInterrupt())
            raise

    def _follow(self, events: Generator[Event, None, Result]) -> Result:
        while True:
            try:
                event = next(events)
            except StopIteration as end:
                self._clear()
                result: Result = end.value
                return result
            for line in lines(event):
                self.line(line)
            if isinstance(event, Progress):
                self._progress(event)

    def line(self, text: str) -> None:
        self._clear()
        print(text, file=self._to)
        if self._bar:
            self._to.write(self._bar)
            self._to.flush()

    def _progress(self, event: Progress) -> None:
        if not self._terminal:
            self.line(words.enriching(event.done, event.rows))
            return
        filled = round(BAR * event.done / max(1, event.rows))
        self._clear()
        self._bar = f"{words.enriching(event.done, event.rows)} [{'#' * filled}{'.' * (BAR - filled)}]"
        self._to.write(self._bar)
        self._to.flush()

    def _clear(self) -> None:
        if self._bar and self._terminal:
            self._to.write("\r" + " " * len(self._bar) + "\r")


def document(value: object) -> None:
    """The one JSON document of a command; on the practice server it says so, in a list every entry does."""
    if origin_of(os.environ) == "practice":
        value = [_practised(one) for one in value] if isinstance(value, list) else _practised(value)
    print(json_text(json.dumps(value, ensure_ascii=False, indent=2)))


def _practised(value: object) -> object:
    return {"server": "practice"} | value if isinstance(value, dict) else value


def table(head: list[str], rows: list[list[str]]) -> str:
    """Columns as wide as their longest cell, two blanks apart."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in [head, *rows]
    )
