"""What the buttons call: each macro notes what is selected, starts the worker and returns at once.

Whatever goes wrong is one sentence on stderr, which xlwings shows in a message box; never a traceback, never a key.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib.util import find_spec

from addin.books import caller
from addin.lock import owned
from addin.spawn import detached
from core.errors import EnrichError, UsageError
from core.model import Kind
from core.ourselves import command
from core.runs import Action, Request, Runs
from core.settings import load

Installed = Callable[[str], object]
PHONES, EMAILS = frozenset({Kind.PHONES}), frozenset({Kind.EMAILS})


def enrich_phones() -> None:
    _spoken(lambda: start(Action.ENRICH, PHONES))


def enrich_emails() -> None:
    _spoken(lambda: start(Action.ENRICH, EMAILS))


def enrich_both() -> None:
    _spoken(lambda: start(Action.ENRICH, PHONES | EMAILS))


def undo_last_run() -> None:
    _spoken(lambda: start(Action.UNDO, PHONES | EMAILS))


def stop() -> None:
    _spoken(stop_run)


def manage_keys() -> None:
    _spoken(open_window)


def start(
    action: Action, kinds: frozenset[Kind], *, begin: Callable[..., object] = detached, installed: Installed = find_spec
) -> None:
    """Start a worker on the active sheet; while one is at work on this workbook, show its window instead.

    Raises UsageError when there is no window to show, and for an undo, which has to wait.
    """
    target, runs = caller(), Runs(load(os.environ).home)
    with owned(runs.lock(target.pid, target.book)) as free:
        if not free:
            shown = _show_window(runs, target.book, begin, installed)
            if shown and action is Action.ENRICH:
                return
            raise UsageError("LushaEnrich is at work on this workbook", "Wait for its end, or press Stop first.")
    request = runs.start(action, kinds, book=target.book, sheet=target.sheet, selection=target.selection, pid=target.pid)
    begin(command("addin.worker", "--run", request.id), runs.folder)


def stop_run() -> None:
    """Ask the run on the active workbook to stop. Raises UsageError when there is none."""
    runs = Runs(load(os.environ).home)
    running = _running(runs, caller().book)
    if running is None:
        raise UsageError("Nothing is running on this workbook")
    runs.stop(running.id)


def open_window(installed: Installed = find_spec, begin: Callable[..., object] = detached) -> None:
    """Open the main window. Raises UsageError when it is not installed."""
    if installed("gui") is None or installed("gui.__main__") is None:
        raise UsageError("The window is not part of this installation", "Keys can be added with: lusha-enrich keys add")
    begin(command("gui"), load(os.environ).home)


def _show_window(runs: Runs, book: str, begin: Callable[..., object], installed: Installed) -> bool:
    """Start the progress window once more: one that is open already comes to the front and the new one ends."""
    running = _running(runs, book)
    if running is None or installed("gui") is None:
        return False
    begin(command("gui.progress", "--run", running.id), runs.folder)
    return True


def _running(runs: Runs, book: str) -> Request | None:
    return next((run for run in runs.of_book(book) if not runs.state(run.id).phase.is_over), None)


def _spoken(do: Callable[[], None]) -> None:
    try:
        do()
    except EnrichError as error:
        sys.stderr.write(f"{error.title}. {error.message}".strip() + "\n")
        raise SystemExit(1) from None
    except Exception as error:  # noqa: BLE001  a traceback would land in a message box
        sys.stderr.write(f"LushaEnrich could not start ({type(error).__name__}). Run: lusha-enrich doctor\n")
        raise SystemExit(1) from None
