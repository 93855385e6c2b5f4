"""`python -m soak.window`: the window without its screen: its desk, its watcher and its runs, with a person's clicks.

What to do comes as JSON on standard input: ``seed``, ``lists`` ({path, kinds}) to fill one after the other, ``keys`` to add.
Prints what it did, a word a line.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, QTimer

from core.app import App
from core.engine.batch import Limits
from core.errors import EnrichError
from core.model import Category, Kind
from core.settings import load
from gui.files import Outcome, Prepared, Wish, carry_out, prepare, undo
from gui.worker import Desk, Run, Watcher

CLICK_MS = 400


class Person:
    """Clicks on what the window shows until every list is done."""

    def __init__(self, told: dict[str, Any], env: dict[str, str], over: Callable[[], object]) -> None:
        self.rng, self.over = random.Random(told["seed"]), over
        self.lists, self.keys, self.job = list(told["lists"]), list(told["keys"]), ""
        self.settings = load(env)
        self.desk, self.watcher = Desk(self.settings), Watcher(self.settings)
        self.run: Run | None = None
        self.seen: list[Any] = []
        self.clock = QTimer()
        self.clock.timeout.connect(self.click)
        self.desk.opened.connect(self.next)
        self.desk.refused.connect(self.leave)
        self.desk.crashed.connect(crashed)
        self.watcher.snapshot.connect(lambda _watcher, read: self.seen.append(read))

    def start(self) -> None:
        self.desk.start()
        self.watcher.start()
        self.clock.start(CLICK_MS)

    def next(self) -> None:
        """The next list, or the end."""
        self.run = None
        if not self.lists:
            self.leave("closed")
            return
        wanted = self.lists.pop()
        wish = Wish(Path(wanted["path"]), frozenset(map(Kind, wanted["kinds"])))
        self.desk.ask(prepare(wish), self.begin, self.trouble)

    def begin(self, prepared: Prepared) -> None:
        limits = Limits(rows=10) if self.rng.random() < 0.2 else Limits()
        self.run = Run(self.settings, None, carry_out(prepared, limits))
        self.run.ended.connect(self.ended)
        self.run.troubled.connect(self.trouble)
        self.run.crashed.connect(crashed)
        self.run.start()

    def ended(self, outcome: Outcome) -> None:
        say("filled" if outcome.trouble is None else "file in trouble")
        self.job = outcome.result.job
        self.next()

    def trouble(self, error: EnrichError) -> None:
        say(f"told: {error.title}")
        self.next()

    def click(self) -> None:
        """While a run goes on: look at the keys, pause one, resume one, add one, stop, undo the list before."""
        keys = self.seen[-1].keys if self.seen else ()
        dice = self.rng.random()
        if self.keys:
            line = self.keys.pop()
            self._do("key added", lambda app: app.keys.add_many([line], Category.ANY))
        elif dice < 0.1 and keys:
            one = self.rng.choice(keys).key
            self._do("key paused", lambda app: app.keys.pause(one.id))
        elif dice < 0.35 and (paused := [line.key for line in keys if line.key.paused]):
            one = self.rng.choice(paused)
            self._do("key resumed", lambda app: app.keys.resume(one.id))
        elif dice < 0.4 and self.run is not None:
            self.run.stop()
            say("stopped")
        elif dice < 0.43 and self.job:
            job, self.job = self.job, ""
            self._do("undone", undo([job]))

    def _do(self, what: str, work: Callable[[App], object]) -> None:
        self.desk.ask(work, lambda _done: say(what), lambda error: say(f"told: {error.title}"))

    def leave(self, why: object) -> None:
        say(f"{why}, {'the store was seen to change' if len(self.seen) > 1 else 'nothing seen'}")
        self.clock.stop()
        self.watcher.close()
        self.desk.close()
        self.over()


def say(what: str) -> None:
    print(what, flush=True)


def crashed(error: BaseException) -> None:
    """What the window shows with a report ends the soak's window, loudly."""
    sys.excepthook(type(error), error, error.__traceback__)


def main() -> None:
    """Click until the lists are done."""
    import os

    told = json.loads(sys.stdin.read())
    app = QCoreApplication([])
    person = Person(told, dict(os.environ), app.quit)
    person.start()
    app.exec()


if __name__ == "__main__":
    main()
