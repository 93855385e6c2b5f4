"""`lusha-enrich excel ...`: the workbook with its buttons is set up and checked; open workbooks are listed and enriched."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from cli.findings import tell
from cli.opening import kinds_of, settings
from cli.show import document, table
from core import private
from core.doctor.finding import Finding, Verdict, found
from core.errors import EnrichError, FileTrouble, UsageError
from core.model import Kind
from core.ourselves import is_frozen
from core.runs import Action, Go, Phase, Runs
from core.settings import home_of

if TYPE_CHECKING:
    from addin.books import Target

_NO_PYTHON = "For the buttons: uv tool install lusha-enrich. An open workbook is filled without them: lusha-enrich excel enrich"
_PLACE = "excel.txt"  # in the data folder: the folder the workbook was put into
_MAC_STEP = "On a Mac once: xlwings runpython install"


def install(args: argparse.Namespace) -> int:
    """Write the copy that names this interpreter. Raises FileTrouble or UsageError, each with what to do."""
    from addin.stamping import WORKBOOK, interpreter_settings, shipped, stamp

    if is_frozen():
        raise UsageError("The workbook's buttons need a Python, which the bundle does not have", _NO_PYTHON)
    folder = _folder(args.to)
    target = folder / WORKBOOK
    made = stamp(shipped().read_bytes(), interpreter_settings(sys.executable, sys.platform))
    kept = _make_room(target, replace=args.replace)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target.write_bytes(made)
    except OSError as error:
        raise FileTrouble(f"{target} cannot be written", f"{error.strerror}. Choose a folder with --to.") from None
    _remember(folder)
    if args.json:
        document({"file": str(target), "interpreter": sys.executable, "kept": str(kept) if kept else None})
        return 0
    print(f"Written: {target}")
    if kept:
        print(f"The old one is kept: {kept}")
    for step in _next_steps(target):
        print(step)
    return 0


def check(args: argparse.Namespace) -> int:
    """All checks of the set-up; exit 1 when one is bad."""
    found = list(findings(_folder(args.to)))
    tell(found, as_json=args.json)
    return int(any(one.state is Verdict.PROBLEM for one in found))


def list_(args: argparse.Namespace) -> int:
    """The open workbooks, their active sheet and what is selected. A process of its own: Excel may be busy for long."""
    _need_excel()
    from addin.books import open_books

    books = open_books()
    if args.json:
        document([asdict(book) for book in books])
    else:
        print(table(["Workbook", "Sheet", "Selected"], [[book.book, book.sheet, book.selection] for book in books]))
    return 0


def enrich(args: argparse.Namespace) -> int:
    """The same worker the buttons start, on an open workbook: no macro is needed. 0 done, 1 stopped or waiting."""
    return _run(Action.ENRICH, kinds_of(phones=args.phones, emails=args.emails), args, yes=args.yes)


def undo(args: argparse.Namespace) -> int:
    return _run(Action.UNDO, frozenset(Kind), args, yes=True)


def findings(folder: Path | None = None) -> Iterator[Finding]:
    """What can be said about Excel on this computer without starting it; where it may be open, whether it answers."""
    from addin import checks

    if is_frozen():
        yield found("excel.bundle", "not part of the bundle")
        return
    machine = checks.this_machine(os.environ)
    yield from checks.excel(machine, folder or _folder(None))
    if machine.platform in {"win32", "darwin"}:
        yield from checks.answering(checks.list_books)


def _run(action: Action, kinds: frozenset[Kind], args: argparse.Namespace, *, yes: bool) -> int:
    _need_excel()
    from addin import worker
    from addin.books import open_books

    runs = Runs(settings().home)
    found = _chosen(open_books(), args.book)
    sheet, chosen = args.sheet or found.sheet, found.selection if args.sheet in {None, found.sheet} else ""
    where = {"book": found.book, "sheet": sheet, "selection": chosen}
    request = runs.start(action, kinds, **where, pid=found.pid, window=not yes)
    if yes:
        runs.answer(request.id, Go(go=True))
    worker.main(["--run", request.id])
    state = runs.state(request.id)
    if args.json:
        said: dict[str, object] = {"run": state.id, "job": state.job, "state": state.phase.value}
        said |= {name: getattr(state, name) for name in ("rows", "found", "not_found", "written", "unwritten", "credits")}
        said["message"] = state.title
        document(said)
    else:
        print(state.title)
        print(state.message)
    return 0 if state.phase is Phase.DONE else 1


def _chosen(books: list[Target], name: str | None) -> Target:
    found = [book for book in books if name is None or book.book.casefold() == name.casefold()]
    if not found:
        there = ", ".join(f'"{book.book}"' for book in books) or "none"
        raise UsageError(
            f'"{name}" is not open in Excel' if name else "No workbook is open in Excel",
            f"Open are: {there}. A file in Protected View is not among them: click Enable Editing.",
        )
    return found[0]


def _need_excel() -> None:
    from addin.books import is_there

    if not is_there():
        raise UsageError("Excel is not on this system", "Closed files work without it: lusha-enrich enrich FILE")


def _folder(to: str | None) -> Path:
    """The folder that is named, else the one the workbook was put into last, else Documents."""
    if to:
        return Path(to).expanduser().absolute()
    try:
        return Path(private.read(home_of(os.environ) / _PLACE).decode())
    except (OSError, EnrichError, UnicodeDecodeError):
        return platformdirs.user_documents_path()


def _remember(folder: Path) -> None:
    """For `excel check`, `doctor` and the next `install`; where that cannot be kept they look into Documents."""
    with suppress(OSError, EnrichError):
        private.write(private.folder(home_of(os.environ), chosen=True) / _PLACE, str(folder).encode())


def _make_room(target: Path, *, replace: bool) -> Path | None:
    """Where a workbook that is there goes; its rows are the person's. Raises UsageError without ``replace``."""
    if not target.exists():
        return None
    if not replace:
        raise UsageError(f"{target} is there already", "Say --replace to keep it under another name and write a fresh one.")
    kept = target.with_name(f"{target.stem} (before {datetime.now().astimezone():%Y-%m-%d %H%M%S}){target.suffix}")
    try:
        return target.rename(kept)
    except OSError as error:
        raise FileTrouble(f"{target.name} cannot be moved away", f"{error.strerror}. Close it in Excel and try again.") from None


def _next_steps(target: Path) -> list[str]:
    steps = [
        f"1. Open {target.name} in Excel and press Enable Content once.",
        "2. Press Manage Keys, or: lusha-enrich keys add --for any",
    ]
    steps.append("3. Fill the table, select rows, press Enrich Phones.")
    return [*steps, _MAC_STEP] if sys.platform == "darwin" else steps
