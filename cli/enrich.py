"""`lusha-enrich enrich FILE`: a closed workbook or CSV file."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

from cli.opening import kinds_of, opened, stoppable
from cli.show import Steps, document
from core import words
from core.app import App
from core.engine.batch import Limits, Result
from core.engine.events import Event
from core.engine.forecast import costs, groups, problems
from core.engine.preflight import Cost, Plan, Pool
from core.enriching import Opened, read_rows, save, write_answers
from core.errors import FileTrouble, UsageError
from core.model import RowStatus
from core.sheets.files import open_file
from core.sheets.sheet import SaveReport

INTERRUPTED = 130


def enrich(args: argparse.Namespace) -> int:
    """Read, plan, ask, write: what was paid is stored before any cell is touched."""
    kinds = kinds_of(phones=args.phones, emails=args.emails)
    out = Path(args.out) if args.out else None
    sheet = open_file(Path(args.file), args.sheet)
    read = read_rows(sheet, kinds)
    sheet.check(out)
    _settle_doubt(read, yes=args.yes)
    with opened() as app, stoppable(app):
        plan = app.plan(read.rows, kinds)
        _show_plan(app, plan, read)
        if args.dry_run:
            return _dry(app, plan, as_json=args.json)
        if plan.to_send and not _agreed(plan, yes=args.yes):
            raise UsageError("Nothing was sent", "You said no; the file is as it was.")
        return run(app, read, plan, args, out)


def run(app: App, read: Opened, plan: Plan, args: argparse.Namespace, out: Path | None) -> int:
    """Carry the plan out and save; the exit code says whether the run came to its end."""
    limits = Limits(args.limit, args.max_credits, wait=not args.no_wait)
    source, sheet = str(read.sheet.path.absolute()), read.grid.name
    events = app.run(plan, source=source, sheet=sheet, limits=limits, out=str(out.absolute()) if out else "")
    return finish(app, read, events, out, as_json_=args.json)


def finish(
    app: App, read: Opened, events: Generator[Event, None, Result], out: Path | None, *, as_json_: bool, replace: bool = False
) -> int:
    """Follow a run to its end, write the cells, save, and say what came of it."""
    started = time.monotonic()
    result = Steps().follow(events)
    try:
        refused = write_answers(read, result.answers)
        report = save(read, out, app.settings.backups, replace=replace)
    except FileTrouble as trouble:
        raise FileTrouble(
            trouble.title,
            f"{trouble.message} The answers are safe: lusha-enrich jobs resume {result.job} writes them for 0 credits.",
            code=trouble.code,
        ) from None
    app.journal.delivered(result.job, result.answers)
    elapsed = round(time.monotonic() - started, 3)
    if as_json_:
        document(as_json(result, report, elapsed))
    else:
        _summary(result, report, len(refused) + len(report.refused))
    if app.stop.is_set():
        return INTERRUPTED
    return 1 if result.stopped else 0


def as_json(result: Result, report: SaveReport, elapsed_s: float) -> dict[str, object]:
    """The document of the command-line contract: disjoint counts that sum to ``rows``."""
    counts = Counter(answer.status for answer in result.answers.values())
    said: dict[str, object] = {"job": result.job, "rows": len(result.answers)}
    said |= {status.value: counts[status] for status in RowStatus}
    said |= {
        "credits": result.credits,
        "calls": result.calls,
        "elapsed_s": elapsed_s,
        "out": str(report.path),
        "message": result.message,
    }
    if result.halt:
        said["error"] = {"code": result.halt.code, "title": result.halt.title, "message": result.halt.message}
    elif result.exhausted:
        said["error"] = {"code": "keys_out", "title": result.message, "message": result.detail}
    return said


def _summary(result: Result, report: SaveReport, refused: int) -> None:
    print(result.message)
    print(result.detail)
    if result.stopped:
        counts = Counter(answer.status for answer in result.answers.values())
        print(", ".join(f"{n} {words.STATUS[status].lower()}" for status, n in sorted(counts.items())) + ".")
        print(f"Go on later: lusha-enrich jobs resume {result.job}")
    if refused:
        print(f"{refused} cells were left alone because they hold something; the answers are kept.")
    for note in report.notes:
        print(note)
    print(f"Written: {report.path}")
    if report.backup:
        print(f"The old file is kept: {report.backup}")


# -- before anything is spent -----------------------------------------------------------------------------------------
def _show_plan(app: App, plan: Plan, read: Opened) -> None:
    what = " and ".join(kind.value for kind in sorted(plan.kinds, reverse=True))
    print(f'Enrich {what} - sheet "{read.grid.name}", {plan.rows:,} rows', file=sys.stderr)
    lines = [f"{count:6,}  {text}" for count, text in groups(plan)]
    for line in (*lines, *problems(plan), *read.mapping.notes, *read.grid.notes):
        print(line, file=sys.stderr)
    if plan.to_send:
        pool, cost = _cost(app, plan)
        for line in costs(plan, cost, pool, datetime.now(UTC)):
            print(line, file=sys.stderr)


def _cost(app: App, plan: Plan) -> tuple[Pool, Cost]:
    pool = app.pool(plan.kinds)
    return pool, plan.cost(pool, app.results.hit_rates())


def _dry(app: App, plan: Plan, *, as_json: bool) -> int:
    if as_json:
        pool, cost = _cost(app, plan)
        document(
            {
                "rows": plan.rows,
                "ready": plan.to_send,
                "duplicate": len(plan.duplicates),
                **{
                    status.value: plan.count(status)
                    for status in (
                        RowStatus.ALREADY_FILLED,
                        RowStatus.FROM_STORE,
                        RowStatus.PARTLY_FOUND,
                        RowStatus.NOT_FOUND,
                        RowStatus.CANNOT_LOOK_UP,
                        RowStatus.DO_NOT_CONTACT,
                    )
                },
                "credits_least": cost.least,
                "credits_likely": round(cost.likely, 2),
                "credits_most": cost.most,
                "credits_available": cost.available,
                "prices_assumed": cost.assumed,
                "ends_near_row": cost.ends_near(plan.to_send),
                "keys": pool.keys,
                "accounts": pool.accounts,
                "first_back": pool.first_back.isoformat() if pool.first_back else None,
            }
        )
    else:
        print("Nothing was sent and nothing was written (--dry-run).")
    return 0


def _agreed(plan: Plan, *, yes: bool) -> bool:
    """On a terminal the person is asked once; a script goes on."""
    if yes or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return True
    print(f"Look up {plan.to_send:,} people? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _settle_doubt(read: Opened, *, yes: bool) -> None:
    """A doubtful column is asked for, never guessed."""
    if not read.doubt or yes:
        return
    if sys.stdin.isatty() and sys.stderr.isatty():
        print(f"{read.doubt} [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() in {"y", "yes"}:
            return
    raise UsageError("The columns are not clear", f"{read.doubt} Correct the heading, or say --yes to take it.")
