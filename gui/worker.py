"""The only place where a thread and Qt meet: the desk that owns the open App, the watcher of the store, a run.

Plain threads, each with connections of its own; they speak by signals only, which reach the screen's thread by Qt's queue.
Whatever a person asks for goes through `Desk.ask`; nothing of it (key store, SQL, HTTP, files) runs on the screen's thread.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Signal, Slot

from core.errors import EnrichError

if TYPE_CHECKING:
    from core.app import App
    from core.board import Snapshot
    from core.keys.vault import Vault
    from core.settings import Settings

T = TypeVar("T")
BEAT_S, HIDDEN_BEAT_S = 0.25, 2.0
EVENTS_S = 0.1  # a run's events reach the screen at most ten times a second
JOIN_S = 2.0

Trouble = Callable[[EnrichError], None]


class Desk(QObject):
    """One thread that opens the App of a home and carries out requests in the order they were made.

    ``opened`` carries nothing but the news; ``refused`` why the home cannot be opened; ``crashed`` an exception nobody
    expected, which is a mistake of ours.
    """

    opened = Signal()
    refused = Signal(object)
    crashed = Signal(object)
    busy = Signal(bool)
    _back = Signal(object)

    def __init__(self, settings: Settings, vault: Vault | None = None) -> None:
        super().__init__()
        self.settings, self.vault = settings, vault
        self._requests: queue.SimpleQueue[Callable[[App], None] | None] = queue.SimpleQueue()
        self._waiting = 0
        self._thread = threading.Thread(target=self._work, name="desk", daemon=True)
        self._back.connect(self._deliver)

    def start(self) -> None:
        self._thread.start()

    def ask(self, work: Callable[[App], T], then: Callable[[T], None], trouble: Trouble) -> None:
        """Do ``work`` on the desk's thread; then, on the screen's thread, ``then`` with its result or ``trouble``."""
        self._waiting += 1
        self.busy.emit(True)

        def do(app: App) -> None:
            try:
                result = work(app)
            except EnrichError as error:
                self._back.emit(_call(trouble, error))
            except Exception as error:  # noqa: BLE001  # shown with a report instead of dying unseen on a thread
                self._back.emit(_call(self.crashed.emit, error))
            else:
                self._back.emit(_call(then, result))

        self._requests.put(do)

    def close(self) -> None:
        """Carry out what was asked for and end; a key store that waits for its owner is not waited for."""
        self._requests.put(None)
        if self._thread.is_alive():
            self._thread.join(JOIN_S)

    @Slot(object)
    def _deliver(self, call: Callable[[], None]) -> None:
        self._waiting -= 1
        self.busy.emit(self._waiting > 0)
        call()

    def _work(self) -> None:
        from core.app import open_app  # noqa: PLC0415  # half a second of imports, after the first paint
        from core.owner import present  # noqa: PLC0415

        try:
            with open_app(self.settings, vault=self.vault) as app, present(self.settings.home / "running", "window"):
                self.opened.emit()
                with suppress(EnrichError):  # busy just now: another time will do
                    app.retention.purge_if_due()
                while (do := self._requests.get()) is not None:
                    do(app)
        except EnrichError as error:
            self.refused.emit(error)
        except Exception as error:  # noqa: BLE001  # as above
            self.crashed.emit(error)


class Watcher(QObject):
    """Looks four times a second whether anybody, in any program, has changed the store, and reads it anew if so."""

    snapshot = Signal(object)
    lost = Signal(object)

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._settings, self._clock = settings, clock
        self._beat_s, self._wake, self._ending = BEAT_S, threading.Event(), False
        self._thread = threading.Thread(target=self._work, name="watcher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def rest(self, *, hidden: bool) -> None:
        """A hidden window needs fewer looks."""
        self._beat_s = HIDDEN_BEAT_S if hidden else BEAT_S
        self._wake.set()

    def close(self) -> None:
        self._ending = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(JOIN_S)

    def _work(self) -> None:
        from core.board import Board  # noqa: PLC0415  # after the first paint
        from core.database import Database  # noqa: PLC0415

        while not self._ending:
            try:
                with Database(self._settings.database) as db, db.reader() as con:
                    self._watch(con, Board(self._clock))
            except EnrichError as error:  # busy, moved or damaged: say so, look again later
                self.lost.emit(error)
                self._pause(HIDDEN_BEAT_S)

    def _watch(self, con: Any, board: Any) -> None:  # noqa: ANN401  # a connection is spoken to through the board only
        seen = -1
        while not self._ending:
            version = board.version(con)
            if version != seen:
                read: Snapshot = board.snapshot(con)
                self.snapshot.emit(read)
                seen = version
            self._pause(self._beat_s)

    def _pause(self, seconds: float) -> None:
        self._wake.wait(seconds)
        self._wake.clear()


class Run(QObject):
    """One run over a file on a thread and in an App of its own, so that its stop is nobody else's.

    ``work`` is a generator of events whose return value goes out with ``ended``; it is closed when the window ends.
    """

    events = Signal(list)
    ended = Signal(object)
    troubled = Signal(object)
    crashed = Signal(object)

    def __init__(self, settings: Settings, vault: Vault | None, work: Callable[[App], Generator[Any, None, Any]]) -> None:
        super().__init__()
        self._settings, self._vault, self._work = settings, vault, work
        self._stop = threading.Event()
        self._app: App | None = None
        self._thread = threading.Thread(target=self._carry_out, name="run", daemon=True)

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End after the request under way; its answer is kept."""
        self._stop.set()
        if self._app is not None:
            self._app.stop.set()

    def wait(self, seconds: float) -> bool:
        """Whether the run has ended within this time."""
        if self._thread.is_alive():
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def _carry_out(self) -> None:
        from core.app import open_app  # noqa: PLC0415  # loaded by the desk already

        try:
            with open_app(self._settings, vault=self._vault) as app:
                self._app = app
                if self._stop.is_set():
                    app.stop.set()
                self._follow(app)
        except EnrichError as error:
            self.troubled.emit(error)
        except Exception as error:  # noqa: BLE001  # shown with a report instead of dying unseen on a thread
            self.crashed.emit(error)

    def _follow(self, app: App) -> None:
        work, waiting, sent = self._work(app), [], 0.0
        while True:
            try:
                waiting.append(next(work))
            except StopIteration as end:
                self.events.emit(waiting)
                self.ended.emit(end.value)
                return
            except BaseException:
                self.events.emit(waiting)
                raise
            if time.monotonic() - sent >= EVENTS_S:
                self.events.emit(waiting)
                waiting, sent = [], time.monotonic()


class Task(QObject):
    """One piece of work on a thread of its own, without an open home."""

    done = Signal(object)
    refused = Signal(object)
    crashed = Signal(object)

    def __init__(self, work: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._thread = threading.Thread(target=self._carry_out, name="task", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _carry_out(self) -> None:
        try:
            result = self._work()
        except EnrichError as error:
            self.refused.emit(error)
        except Exception as error:  # noqa: BLE001  # shown with a report instead of dying unseen on a thread
            self.crashed.emit(error)
        else:
            self.done.emit(result)


def _call(function: Callable[[T], object], value: T) -> Callable[[], None]:
    def call() -> None:
        try:
            function(value)
        except RuntimeError as error:
            if "already deleted" not in str(error):  # the page that asked may be gone
                raise

    return call
