"""`lusha-enrich jobs ...`: what was run, what it cost, going on after a stop or a crash."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from cli import lookup
from cli.enrich import Ending, choices_again, chosen, finish
from cli.opening import opened, stoppable
from cli.show import Steps, document, table
from core import words
from core.app import App
from core.engine.batch import Limits
from core.engine.preflight import combine
from core.enriching import read_rows
from core.errors import FileTrouble, UsageError
from core.model import Answer
from core.results.cells import CellStore
from core.results.journal import Job
from core.results.mappings import MappingStore
from core.sheets.files import open_file
from core.sheets.sheet import letters
from core.undoing import undo as take_back

MOST_LEFT = 20  # cells that are named
STATE = {"RUNNING": "Running", "STOPPING": "Stopping", "PAUSED": "Stopped, can be resumed", "DONE": "Done"}


def list_(args: argparse.Namespace) -> int:
    """The latest jobs, newest first."""
    with opened() as app:
        app.reserving.recover()
        jobs, back = app.journal.jobs(args.most), CellStore(app.db, app.clock).taken_back()
    if args.json:
        document([_public(job) for job in jobs])
    elif not jobs:
        print("Nothing has been run yet.")
    else:
        head = ["Job", "When", "What", "Where", "Rows", "Left", "Credits", "State"]
        print(table(head, [_row(job, back) for job in jobs]))
    return 0


def show(args: argparse.Namespace) -> int:
    """One job with a receipt for every row: who answered, which key, what it cost."""
    with opened() as app:
        app.reserving.recover()
        job, back = find(app, args.job), CellStore(app.db, app.clock).taken_back()
        answers = {row: combine(list(parts.values()), job.kinds) for row, parts in app.journal.answers(job.id).items()}
    if args.json:
        document(_public(job) | {"receipts": [_receipt(row, answer) for row, answer in sorted(answers.items())]})
        return 0
    print(f"Job {job.id}: {_state(job, back)}. {job.reason}".rstrip())
    print(f"{_what(job)} in {job.source} {job.sheet}".rstrip())
    counts = Counter(words.STATUS[answer.status] for answer in answers.values())
    print(f"{job.rows:,} rows asked for, {job.open_rows:,} left, {words.spent(job.credits)} {words.requests(job.calls)}.")
    if counts:
        print(", ".join(f"{n:,} {status}" for status, n in sorted(counts.items())))
        head = ["Row", "Status", "Key", "Account", "Credits", "When", "Why"]
        print(table(head, [_line(row, answer) for row, answer in sorted(answers.items())]))
    return 0


def resume(args: argparse.Namespace) -> int:
    """Go on where a job ended; who was answered is not asked for again."""
    with opened() as app, stoppable(app):
        app.reserving.recover()
        job = find(app, args.job)
        old = job.options
        credits = args.max_credits if args.max_credits is not None else old.credits
        limits = Limits(None, credits, wait=old.wait and not args.no_wait)
        if job.source == "lookup":
            return lookup.finish(Steps().follow(app.resume(job, limits=limits)), job.kinds, as_json_=args.json)
        source = Path(job.source)
        if not source.is_file():
            raise FileTrouble(
                f"The file of this job is not there any more: {source}",
                "Put it back and try again. What was paid is kept: a run of any file with these people costs nothing for them.",
            )
        choices = choices_again(old.more, job.kinds, app.settings.phone_form)
        choices = chosen(choices, app.settings)
        sheet = open_file(source, job.sheet if source.suffix.lower() in {".xlsx", ".xlsm"} else None)
        read = read_rows(sheet, job.kinds, choices, MappingStore(app.db, app.clock))
        out = Path(old.out) if old.out else None
        if out is None or not out.exists():
            sheet.check(out)
        return finish(app, read, app.resume(job, read.rows, limits=limits), Ending(out, over=True, as_json=args.json))


def undo(args: argparse.Namespace) -> int:
    """Take back what a job wrote into its file: only cells that still hold exactly its text."""
    with opened() as app:
        job = find(app, args.job)
        settings = app.settings
        report = take_back(CellStore(app.db, app.clock), job.id, backups=settings.backups, kept=settings.backups_kept)
    if args.json:
        document(
            {
                "job": job.id,
                "undone": report.undone,
                "left": [{"row": one.row if one.row > 0 else None, "column": one.column, "why": one.why} for one in report.left],
                "file": str(report.path),
                "message": report.sentence,
            }
        )
        return 0
    print(report.sentence)
    for one in report.left[:MOST_LEFT]:
        where = f"Row {one.row}, column" if one.row > 0 else "Column"
        print(f"{where} {letters(one.column)}: {one.why}.")
    print(f"Written: {report.path}" if report.changed else words.nothing_changed(str(report.path)))
    if report.backup:
        print(f"The old file is kept: {report.backup}")
    return 0


def stop(args: argparse.Namespace) -> int:
    """Ask whoever runs the job to stop after the requests under way."""
    with opened() as app:
        app.reserving.recover()
        job = find(app, args.job)
        if not app.journal.ask_to_stop(job.id):
            raise UsageError("This job is not running", f"It is: {STATE[app.journal.job(job.id).state].lower()}.")  # type: ignore[union-attr]
    if args.json:
        document({"job": job.id, "state": "STOPPING"})
    else:
        print(f"Job {job.id} stops after the requests under way. What was paid is kept.")
    return 0


def find(app: App, text: str) -> Job:
    """The job with this id, or with the only id that begins so; ``last`` is the latest."""
    if text == "last":
        latest = app.journal.jobs(1)
        if not latest:
            raise UsageError("No such job", "Nothing has been run yet.")
        return latest[0]
    job = app.journal.job(text)
    if job is None:
        raise UsageError("No such job", f'"{text}": look at lusha-enrich jobs list, or say "last".')
    return job


def _what(job: Job) -> str:
    return " and ".join(kind.value for kind in sorted(job.kinds, reverse=True))


def _state(job: Job, back: Mapping[str, bool]) -> str:
    """``back``: the jobs of which cells were undone, and whether all were. Such a job has ended: it cannot be resumed."""
    if job.id not in back:
        return STATE[job.state]
    ended = "Stopped" if job.state == "PAUSED" else STATE[job.state]
    return f"{ended}. {'Taken back' if back[job.id] else 'Taken back in part'}"


def _row(job: Job, back: Mapping[str, bool]) -> list[str]:
    when = words.moment(datetime.fromtimestamp(job.created_at, UTC))
    where = Path(job.source).name if job.source != "lookup" else "look-up"
    left = str(job.open_rows) if job.open_rows else ""
    return [job.id, when, _what(job), where, str(job.rows), left, words.amount(job.credits), _state(job, back)]


def _line(row: int, answer: Answer) -> list[str]:
    key = f"...{answer.last4}" if answer.last4 else ""
    credits = "" if answer.from_store else words.amount(answer.credits) if answer.credits is not None else "?"
    return [str(row), words.STATUS[answer.status], key, answer.account, credits, words.moment(answer.at), answer.reason]


def _public(job: Job) -> dict[str, object]:
    return {
        "job": job.id,
        "kinds": sorted(kind.value for kind in job.kinds),
        "source": job.source,
        "sheet": job.sheet,
        "state": job.state,
        "reason": job.reason,
        "created_at": datetime.fromtimestamp(job.created_at, UTC).isoformat(),
        "finished_at": datetime.fromtimestamp(job.finished_at, UTC).isoformat() if job.finished_at else None,
        "rows": job.rows,
        "open_rows": job.open_rows,
        "undelivered": job.undelivered,
        "credits": job.credits,
        "calls": job.calls,
    }


def _receipt(row: int, answer: Answer) -> dict[str, object]:
    person = answer.person
    return {
        "row": row,
        "status": answer.status.value,
        "reason": answer.reason,
        "key": answer.last4,
        "account": answer.account,
        "credits": answer.credits,
        "from_store": answer.from_store,
        "request_id": answer.request_id,
        "at": answer.at.isoformat() if answer.at else None,
        "matched_name": person.full_name if person else "",
        "matched_company": person.company if person else "",
    }
