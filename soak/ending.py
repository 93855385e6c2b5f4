"""After the storm: nothing goes wrong any more, keys are tried again, and whatever was left open is brought to its end."""

from __future__ import annotations

import os
import sys
import time
from contextlib import redirect_stderr, redirect_stdout, suppress
from io import StringIO
from pathlib import Path

from cli.__main__ import main
from core.app import App, open_app
from core.errors import EnrichError
from core.results.journal import Job
from core.runs import Action
from core.settings import load
from soak.excel import Excel
from soak.shifted import set_ahead
from soak.stage import Stage

ROUNDS = 3
LATER_S = 8 * 86_400.0  # every limit of a day is over by then, and rows that were refused are asked for again
EVERY = 100_000


def end(stage: Stage, excels: list[Excel]) -> None:
    """Call everything off, then go on with every job and fill every list once more."""
    stage.control("calm", {})
    for label in stage.roster.broke:  # whoever is in doubt there can be asked for there only
        stage.control("accounts", {"label": label, "set": {"credits": 1e7}})
    ahead = float(stage.clock.read_text("utf-8")) + LATER_S
    set_ahead(stage.clock, ahead)
    time.sleep(0.2)  # until every program has looked at its clock
    os.environ.update({name: value for name, value in stage.env.items() if name.startswith("LUSHA_ENRICH")})
    _wake_keys()
    for _ in range(ROUNDS):
        if not _go_on(stage):
            break
    for listed in stage.lists:
        _command(stage, "enrich", str(listed.path), *listed.flags, "--yes")
    for excel in excels:
        for book in excel.books:
            excel.click(book, Action.ENRICH)
    _go_on(stage)  # what was known by then closes the rows that jobs had left open


def _wake_keys() -> None:
    """Every key back, as a person does who knows that all is well again."""
    with open_app(load(os.environ)) as app:
        app.keys.reconcile()
        for key in app.keys.list():
            app.keys.resume(key.id)
            app.keys.reactivate(key.id)


def _go_on(stage: Stage) -> int:
    """One try with every job that is open; how many there were."""
    with open_app(load(os.environ)) as app:
        app.reserving.recover()
        left = [job for job in app.journal.jobs(EVERY) if job.state != "DONE" or job.open_rows]
        for job in left:
            if not Path(job.source).exists() and job.source != "lookup":  # a book that is open in Excel
                _resume(app, job)
    for job in left:
        if Path(job.source).exists() or job.source == "lookup":
            cap = () if job.options.credits is None else ("--max-credits", str(EVERY))
            _command(stage, "jobs", "resume", job.id, "--json", *cap)
    return len(left)


def _resume(app: App, job: Job) -> None:
    with suppress(EnrichError):
        for _ in app.resume(job):
            pass


def _command(stage: Stage, *argv: str) -> None:
    """A command of the product in this process; a mistake of ours in it is kept for the proof."""
    out, err = StringIO(), StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = main(list(argv))
    except Exception as error:  # noqa: BLE001  it is a finding, not the end of the soak
        stage.broken.append(f"{' '.join(argv)}: {type(error).__name__}: {error}")
        sys.excepthook(type(error), error, error.__traceback__)
        return
    stage.count(f"at the end: {argv[0]} ended with {code}")
