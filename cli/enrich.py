"""`lusha-enrich enrich FILE`: a closed workbook or CSV file."""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from cli.asking import agreed, can_ask
from cli.before import dry, preview, question, refuse_without_keys, settle_doubt, show_plan
from cli.opening import kinds_of, opened, stoppable
from cli.show import Steps, document
from core import words
from core.app import App
from core.engine.batch import Limits, Result
from core.engine.events import Event
from core.engine.preflight import Plan
from core.enriching import Choices, Opened, apart, deliver, read_rows, remember
from core.errors import DatabaseTrouble, FileTrouble, KeyStoreTrouble, UsageError
from core.model import Kind, RowStatus
from core.results.cells import CellStore
from core.results.mappings import MappingStore
from core.results.store import ResultStore
from core.settings import Settings
from core.sheets.files import copy_name, copy_of, fillable, open_file
from core.sheets.fill import Fill, FillRule
from core.sheets.headers import HEADER_SEARCH
from core.sheets.picks import parse
from core.sheets.report import check_new, write_report
from core.sheets.safe_save import real_path
from core.sheets.sheet import SaveReport

INTERRUPTED = 130
AUTO = "auto"  # for --map: columns are detected, whatever was chosen for such lists


def enrich(args: argparse.Namespace) -> int:
    """Read, plan, ask, write: what was paid is stored before any cell is touched."""
    kinds = kinds_of(phones=args.phones, emails=args.emails)
    out = Path(args.out) if args.out else None
    choices = choices_of(args, kinds)
    sheet = fillable(open_file(Path(args.file), args.sheet))
    if args.report:
        check_new(Path(args.report))
    if out is not None:
        _check_out(out, sheet.path, args.report)
    with opened() as app, stoppable(app):
        memory = MappingStore(app.db, time.time)
        choices = chosen(choices, app.settings)
        read = read_rows(sheet, kinds, choices, None if AUTO in args.map else memory)
        out = out or copy_of(sheet)
        sheet.check(out)
        settle_doubt(read, yes=args.yes)
        plan = planned(app, read)
        show_plan(app, plan, read)
        if args.dry_run:
            preview(args, app, plan)
            return dry(app, plan, as_json=args.json)
        refuse_without_keys(app, plan)
        if plan.to_send and not args.yes and can_ask() and not agreed(question(app, args, plan)):
            raise UsageError("Nothing was sent", "You said no; the file is as it was.")
        if choices.columns or (read.doubt and not args.yes):
            remember(read, memory)  # asked once, then offered for every list with these headings
        elif AUTO in args.map:
            for _, row in read.grid.filled(1, HEADER_SEARCH):
                memory.forget(row)
        limits = Limits(args.limit, args.max_credits, wait=not args.no_wait)
        source, target = str(sheet.path.absolute()), str(out.absolute()) if out else ""
        events = app.run(plan, source=source, sheet=read.grid.name, limits=limits, out=target, more=remembered(args))
        return finish(app, read, events, Ending(out, args.report, as_json=args.json, limited=args.limit is not None))


def _check_out(out: Path, source: Path, report: str | None) -> None:
    """Raises UsageError when two of the three files are the same."""
    if real_path(out) == real_path(source):
        raise UsageError("--out names the list itself", "Leave --out away to fill the list itself, or give another name.")
    if report and real_path(out) == real_path(Path(report)):
        raise UsageError("--out and --report name the same file", "Give the report another name.")


@dataclass(frozen=True, slots=True)
class Ending:
    """What becomes of a run's answers: ``out`` is written (one that exists only with ``over``), ``report`` a workbook.

    ``limited``: rows that were not reached were left out by a limit of people that was asked for.
    """

    out: Path | None
    report: str | None = None
    over: bool = False
    as_json: bool = False
    limited: bool = False


def finish(app: App, read: Opened, events: Generator[Event, None, Result], ending: Ending) -> int:
    """Follow a run to its end, write the cells, save, and say what came of it; the exit code of the command."""
    started = time.monotonic()
    result = _followed(events)
    settings, cells = app.settings, CellStore(app.db, time.time)
    try:
        done = deliver(
            read,
            result.answers,
            result.job,
            cells,
            out=ending.out,
            backups=settings.backups,
            kept=settings.backups_kept,
            replace=ending.over,
            screen=app.screening.whole(),
        )
        result = replace(result, answers=done.answers)
        if ending.report:
            write_report(Path(ending.report), result.answers, _facts(read, result, done.report))
    except FileTrouble as trouble:
        raise FileTrouble(
            trouble.title,
            f"{trouble.message} The answers are safe: lusha-enrich jobs resume {result.job} writes them for 0 credits, "
            f'or write a copy with the same command and --out "{copy_name(read.sheet.path).name}".',
            code=trouble.code,
        ) from None
    app.journal.delivered(result.job, result.answers)
    if ending.as_json:
        document(as_json(result, done.report, round(time.monotonic() - started, 3)))
    else:
        _summary(result, done.report, len(done.refused))
        left = words.left(result.count(RowStatus.STOPPED), result.count(RowStatus.WAITING))
        if left and not result.stopped:
            print(words.go_on(left, "--limit" if ending.limited and not app.stop.is_set() else "", result.job))
        if ending.report:
            print(f"Report: {ending.report}")
    if app.stop.is_set():
        return INTERRUPTED
    return 1 if result.stopped else 0


def _followed(events: Generator[Event, None, Result]) -> Result:
    """The run to its end. When data or key store fail in the middle, what was paid is kept, which is said."""
    try:
        return Steps().follow(events)
    except (DatabaseTrouble, KeyStoreTrouble) as trouble:
        said = f"{trouble.message} What was answered is kept: lusha-enrich jobs resume last goes on and writes it."
        raise type(trouble)(trouble.title, said, code=trouble.code) from trouble


def remembered(args: argparse.Namespace) -> dict[str, str]:
    """What a job has to know when it goes on: the columns and rules it was started with."""
    return {
        "map": json.dumps([text for text in args.map if text != AUTO]),
        "replace": json.dumps(args.replace),
        "include_hidden": json.dumps(args.include_hidden),
    }


def choices_again(more: Mapping[str, str], kinds: frozenset[Kind], phone_form: str) -> Choices:
    """The choices of a job that goes on."""
    map_, rules, hidden = (json.loads(more.get(name, default)) for name, default in _REMEMBERED)
    return Choices(parse(map_), _fill(rules, kinds), hidden, phone_form=phone_form)


_REMEMBERED = (("map", "[]"), ("replace", "[]"), ("include_hidden", "false"))


def chosen(choices: Choices, settings: Settings) -> Choices:
    """The same with what the settings say of numbers and columns."""
    said = {"phone_form": settings.phone_form, "source": settings.source_columns, "flagged": settings.write_flagged}
    return replace(choices, **said)  # type: ignore[arg-type]  # each has its own type


def choices_of(args: argparse.Namespace, kinds: frozenset[Kind]) -> Choices:
    """The columns, fill rules and rows the command line names. Raises UsageError for what is none."""
    return Choices(parse([text for text in args.map if text != AUTO]), _fill(args.replace, kinds), args.include_hidden)


def _fill(texts: list[str], kinds: frozenset[Kind]) -> dict[Kind, Fill]:
    """``all``, ``not-found``, ``older=90``, each for both kinds or for one: ``phones:all``."""
    rules: dict[Kind, Fill] = {}
    for text in texts:
        head, colon, tail = text.partition(":")
        rule, _, days = (tail if colon else head).partition("=")
        chosen = kinds if not colon else frozenset(kind for kind in Kind if kind.value == head)
        older = rule == FillRule.OLDER
        if not chosen or rule not in frozenset(FillRule) or older != days.isdecimal() or len(days) > 5:
            raise UsageError(
                f'"{text}" is no rule for filled cells',
                "Say all, not-found or older=DAYS; for one kind phones:all or emails:all.",
            )
        rules |= dict.fromkeys(chosen, Fill(FillRule(rule), int(days or 0)))
    return rules


def planned(app: App, read: Opened) -> Plan:
    """The plan, with the results store as old as the fill rules allow."""
    settings = app.settings
    ages = [read.choices.rule(kind).retention(settings.found_days, settings.not_found_days) for kind in read.kinds]
    found, not_found = (min(days) for days in zip(*ages, strict=True))
    if (found, not_found) == (settings.found_days, settings.not_found_days):
        return app.plan(read.rows, read.kinds)
    store = ResultStore(app.db, time.time, found_days=found, not_found_days=not_found)
    return app.planned(read.rows, read.kinds, store)


def _facts(read: Opened, result: Result, report: SaveReport) -> list[tuple[str, str]]:
    return [
        ("Job", result.job),
        ("Finished", words.moment(datetime.now(UTC))),
        ("File", str(report.path)),
        ("Sheet", read.grid.name),
        ("Summary", f"{result.message} {result.detail}"),
        ("Credits", words.amount(result.credits)),
        ("Requests", f"{result.calls:,}"),
        ("Rows", f"{len(result.answers):,}"),
    ]


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
        "changed": report.changed,
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
        print(", ".join(words.counted(n, status) for status, n in sorted(counts.items())) + ".")
        more = " --max-credits N" if result.halt is not None and result.halt.code == "CAP" else ""
        print(f"Go on later: lusha-enrich jobs resume {result.job}{more}")
    elif others := apart(result.answers):
        print(words.apart(others))
    if refused:
        print(words.left_alone(refused))
    for note in report.notes:
        print(note)
    print(f"Written: {report.path}" if report.changed else words.nothing_changed(str(report.path)))
    if report.backup:
        print(f"The old file is kept: {report.backup}")
