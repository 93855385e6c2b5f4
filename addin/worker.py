"""`python -m addin.worker --run ID`: the detached process that does one run. Its main thread alone touches Excel."""

from __future__ import annotations

import argparse
import atexit
import importlib.util
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from addin.books import Target, attach, is_there
from addin.lock import owned
from addin.spawn import detached
from addin.work import Work
from core.app import App, open_app
from core.errors import EnrichError, KeyStoreTrouble, UsageError
from core.keys.vault import Vault
from core.ourselves import command
from core.runs import Phase, Request, Runs, State
from core.settings import Settings, load

FLAG_S = 0.2  # how often the stop flag is looked at


def main(argv: Sequence[str] | None = None, env: Mapping[str, str] = os.environ, vault: Vault | None = None) -> int:
    """Do the run; how it went is in its state, for nobody reads what this process prints."""
    parser = argparse.ArgumentParser(prog="addin.worker")
    parser.add_argument("--run", required=True)
    run: str = parser.parse_args(argv).run
    settings = load(env)
    runs = Runs(settings.home)
    request = runs.request(run)
    _tame_xlwings()
    try:
        return _owning(settings, runs, request, vault)
    except EnrichError as error:
        runs.tell(_failed(runs.state(run), error.title, error.message))
    except Exception as error:  # noqa: BLE001  nobody sees a traceback here; one of the work itself is in the log
        said = f"{type(error).__name__}; see {settings.log.name} in the data folder. What was paid is kept."
        runs.tell(_failed(runs.state(run), "Something unexpected stopped the run", said))
    return 1


def _owning(settings: Settings, runs: Runs, request: Request, vault: Vault | None) -> int:
    """Claim the run and the book, so that others see who is at work, then do it."""
    run = request.id
    with owned(runs.lock(request.pid, request.book)) as mine, runs.owner() as owner:
        if not mine:
            runs.tell(
                _failed(runs.state(run), "LushaEnrich is at work on this workbook", "Wait for its end, or press Stop first.")
            )
            return 1
        alive, window = owner.claim(), _open_window(request, runs)
        runs.tell(replace(runs.state(run), alive=alive, worker=os.getpid(), window=window.pid if window else 0))
        return _work(settings, runs, request, vault, lambda: window is None or window.poll() is None)


def _work(settings: Settings, runs: Runs, request: Request, vault: Vault | None, listening: Callable[[], bool]) -> int:
    with open_app(settings, vault=vault) as app, _watched(runs.flag(request.id), app.stop):
        with suppress(KeyStoreTrouble):
            app.keys.reconcile()
        try:
            return _carry_out(app, runs, request, listening)
        except EnrichError:
            raise
        except Exception:
            app.log.exception("run %s", request.id)
            raise


def _carry_out(app: App, runs: Runs, request: Request, listening: Callable[[], bool]) -> int:
    if not is_there():
        raise UsageError("Excel is not on this system", "Closed files work without it: lusha-enrich enrich FILE")
    sheet = attach(Target(request.pid, request.book, request.sheet, request.selection))
    state = Work(app, runs, request, sheet, listening=listening).do()
    return 0 if state.phase is Phase.DONE else 1


def _failed(state: State, title: str, message: str) -> State:
    return replace(state, phase=Phase.FAILED, title=title, message=message, step="")


def _open_window(request: Request, runs: Runs) -> subprocess.Popen[bytes] | None:
    """The progress window, a process of its own; a run goes on without it when it cannot be shown."""
    if not request.window or importlib.util.find_spec("gui") is None:
        return None
    with suppress(OSError):
        return detached(command("gui.progress", "--run", request.id), runs.folder)
    return None


@contextmanager
def _watched(flag: Path, stop: threading.Event) -> Iterator[None]:
    """Sets ``stop`` soon after the flag file appears, also while the main thread waits for Lusha."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(FLAG_S):
            if flag.exists():
                stop.set()
                return

    thread = threading.Thread(target=watch, name="stop-flag", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _tame_xlwings() -> None:
    """On Windows: no retries without end, and no killing of Excel processes when this one ends (xlwings #2001)."""
    half = sys.modules.get("xlwings._xlwindows")
    if sys.platform == "win32" and half is not None:
        vars(half)["N_COM_ATTEMPTS"] = 1
        atexit.unregister(vars(half)["cleanup"])


if __name__ == "__main__":
    sys.exit(main())
