"""Somebody at Excel: the pretend one with an open book, the product's worker as a process, cells edited meanwhile."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass
from typing import Any

from core.model import Kind
from core.runs import Action, Go, Phase, Runs
from soak.clients import LONGEST_S, Client, Ended
from soak.stage import Listed, Stage
from tests.excel_engine.desk import BUSY, IN_CELL, PID, Desk, Served

BUSY_SHARE = 0.04  # of the calls to Excel while somebody edits
LISTS_A_BOOK = 3  # times the button is clicked before another book is opened


@dataclass(frozen=True, slots=True)
class Book:
    """An open book and the list in it."""

    name: str
    sheet: Any
    listed: Listed


class Excel(Client):
    """Opens a book, clicks, edits while it is filled, undoes, kills the worker, clicks again."""

    def __init__(self, stage: Stage, seed: int, name: str) -> None:
        super().__init__(stage, seed, name)
        self.desk, self.address = Desk(), str(stage.folder / f"{name}.sock")
        self.runs, self.books = Runs(stage.home), list[Book]()
        self.hands = random.Random(f"{seed}/{name}/hands")
        self.desk.fault = self._fault

    def opened(self) -> Served:
        """The pretend Excel as other processes reach it; open it around everything."""
        return Served(self.desk, self.address)

    def _fault(self, _verb: str) -> int | None:
        if self.stage.over.is_set() or self.hands.random() >= BUSY_SHARE:
            return None
        return int(BUSY if self.hands.random() < 0.5 else IN_CELL)

    def act(self) -> None:
        book = self._open()
        for _ in range(LISTS_A_BOOK):
            if self.stage.over.is_set():
                return
            undo = self.rng.random() < 0.1
            self.stage.count("Excel: undo" if undo else "Excel: click")
            self.click(book, Action.UNDO if undo else Action.ENRICH, killed=0.3)

    def click(self, book: Book, action: Action, *, killed: float = 0.0) -> Ended:
        """What the button does: a run is written down, the worker started, the window's question answered."""
        kinds = frozenset(map(Kind, book.listed.kinds))
        request = self.runs.start(action, kinds, book=book.name, sheet="Leads", pid=PID, window=False)
        gone = threading.Event()
        answering = threading.Thread(target=self._answer, args=(request.id, gone, self.rng.random() < 0.15), daemon=True)
        answering.start()
        ended = self.run("addin.worker", "--run", request.id, killed=killed, SOAK_EXCEL=self.address)
        gone.set()
        answering.join(LONGEST_S)
        return ended

    def _answer(self, run: str, gone: threading.Event, stops: bool) -> None:
        """Yes to the question; with ``stops``, Stop as soon as it runs."""
        while not gone.wait(0.1):
            phase = self.runs.state(run).phase
            if phase is Phase.ASKING and self.runs.answered(run) is None:
                self.runs.answer(run, Go(go=True))
            if phase is Phase.RUNNING and stops and not self.stage.over.is_set():
                self.runs.stop(run)
                self.stage.count("Excel: stop")
                return

    def _open(self) -> Book:
        listed = self.stage.new_list(self.rng, ".xlsx", shared=False)
        with self.desk.lock:
            sheet = self.desk.open(listed.path).worksheets[0]
        self.books.append(Book(listed.path.name, sheet, listed))
        return self.books[-1]

    def rows(self, book: Book) -> list[tuple[str, ...]]:
        """What stands in the book now, heading first."""
        with self.desk.lock:
            return [tuple("" if cell is None else str(cell) for cell in row) for row in book.sheet.iter_rows(values_only=True)]
