"""`lusha-enrich demo`: the main job with no key and no account."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from importlib import resources
from pathlib import Path

from cli.enrich import as_json
from cli.opening import stoppable
from cli.show import Steps, document, table
from core import words
from core.app import App, open_app
from core.engine.batch import Result
from core.engine.policy import Pauses
from core.enriching import Opened, read_rows, save, write_answers
from core.errors import FileTrouble
from core.keys.vault import MemoryVault
from core.model import Answer, Category, Kind
from core.settings import Settings
from core.sheets.columns import phone_text
from core.sheets.files import open_file
from core.sheets.sheet import SaveReport

KINDS = frozenset({Kind.PHONES})
RESULT = "prospects (practice).xlsx"


def demo(args: argparse.Namespace) -> int:
    """Practice server, throw-away home, memory vault, the example workbook: nothing is left but the result."""
    from sandbox.scenarios import demo as scenario
    from sandbox.server import PracticeServer

    folder = Path(args.out)
    _make(folder)
    target = folder / RESULT
    shown = scenario()
    with tempfile.TemporaryDirectory(prefix="lusha-demo-") as home, PracticeServer(shown.world) as server:
        copy = Path(home) / "prospects.xlsx"
        shutil.copyfile(example(), copy)
        settings = Settings(Path(home), server.url)
        with open_app(settings, vault=MemoryVault(), pauses=Pauses((0.1,), (0.1,), (0.1,))) as app, stoppable(app):
            for one in shown.keys:
                app.keys.add_many([f"{one.label},{one.key},{one.account}"], Category(one.category))
            read = read_rows(open_file(copy), KINDS)
            result = _run(app, read)
            write_answers(read, result.answers)
            target.unlink(missing_ok=True)
            report = save(read, target, settings.backups)
            stopped = app.stop.is_set()
    _end(args, read, result, report)
    return 130 if stopped else int(result.stopped)


def _run(app: App, read: Opened) -> Result:
    print("Practice mode: nothing is sent to Lusha.", file=sys.stderr)
    return Steps().follow(app.run(app.plan(read.rows, KINDS), source="demo", sheet=read.grid.name))


def _end(args: argparse.Namespace, read: Opened, result: Result, report: SaveReport) -> None:
    if args.json:
        document(as_json(result, report, 0.0))
        return
    print()
    print(table(["Row", "Name", "Company", "Phone", "Do not call", "Status"], _rows(read, result)))
    print()
    print(result.message)
    print(result.detail)
    print(f"Your workbook: {report.path}")


def _rows(read: Opened, result: Result) -> list[list[str]]:
    return [_row(number, read, answer) for number, answer in sorted(result.answers.items())]


def _row(number: int, read: Opened, answer: Answer) -> list[str]:
    first, last, company = (read.grid.cell(number, column) for column in (1, 2, 3))
    phones = answer.person.phones if answer.person else ()
    number_ = phone_text(phones[0].number) if phones else ""
    flag = {True: "Yes", False: "No", None: "Unknown"}[phones[0].do_not_call] if phones else ""
    return [str(number), f"{first} {last}".strip()[:24], company[:24], number_, flag, words.STATUS[answer.status]]


def example() -> Path:
    """The example workbook: beside this package when installed, else in the source tree."""
    inside = Path(str(resources.files("cli"))) / "prospects.xlsx"
    if inside.is_file():
        return inside
    return Path(__file__).resolve().parent.parent / "examples" / "prospects.xlsx"


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileTrouble(f'The folder "{folder}" cannot be made', f"{error.strerror}. Choose another with --out.") from None
