"""`lusha-enrich`: reads the arguments, runs one command, turns errors into sentences and exit codes."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from cli import excel_arguments, privacy_arguments
from cli.plainly import plainly
from core.errors import EnrichError

Command = Callable[[argparse.Namespace], int]
INTERRUPTED = 130
SCENARIOS = ("demo", "plenty", "seed1", "seed2", "seed3", "seed4", "seed5")  # of sandbox.scenarios, which is slow to import


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Exit codes: 0 done, 1 stopped before the end, 2 wrong use or unusable file, 3 key store, 130."""
    with plainly():
        return _main(argv)


def _main(argv: Sequence[str] | None) -> int:
    given = sys.argv[1:] if argv is None else argv
    if not given:
        print(f"{parser().format_help()}\nStart with: lusha-enrich demo")
        return 0
    args = parser().parse_args(given)
    module, _, function = args.run.partition(":")
    try:
        command: Command = getattr(import_module(module), function)
        return command(args)
    except EnrichError as error:
        _say(error, as_json=getattr(args, "json", False))
        return error.exit_code
    except KeyboardInterrupt:
        print("Interrupted. What was paid is kept.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE if hasattr(signal, "SIGPIPE") else 1


def _say(error: EnrichError, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"error": {"code": error.code, "title": error.title, "message": error.message}}))
    print(f"{error.title}\n{error.message}" if error.message else error.title, file=sys.stderr)


def parser() -> argparse.ArgumentParser:
    """All commands and options; imports nothing heavy, so that --help is quick."""
    top = argparse.ArgumentParser(
        prog="lusha-enrich", description="Fill phones and e-mails into spreadsheets from Lusha, over all your API keys."
    )
    top.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    _demo(commands)
    _keys(commands)
    _lookup(commands)
    _enrich(commands)
    _jobs(commands)
    _audit(commands)
    _stats(commands)
    _practice(commands)
    _doctor(commands)
    _gui(commands)
    privacy_arguments.register(commands, _command)
    excel_arguments.register(commands, _command)
    return top


class _Version(argparse.Action):
    """Looks the version up only when it is asked for: that reads the installed package's files."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from core.settings import version

        print(f"{parser.prog} {version()}")
        parser.exit()


if TYPE_CHECKING:
    type_ = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  argparse has no public name for it


def _command(commands: type_, name: str, run: str, text: str, *, as_json: bool = True) -> argparse.ArgumentParser:
    made = commands.add_parser(name, help=text, description=text)
    made.set_defaults(run=run)
    if as_json:
        made.add_argument("--json", action="store_true", help="print one JSON document on stdout and nothing else there")
    return made


def _demo(commands: type_) -> None:
    made = _command(commands, "demo", "cli.demo:demo", "Enrich the example workbook on the practice server: no key needed.")
    made.add_argument("--out", metavar="DIR", default="demo-result", help="folder for the result (default: demo-result)")


def _keys(commands: type_) -> None:
    text = "Add, list and look after your API keys."
    keys = commands.add_parser("keys", help=text, description=text).add_subparsers(metavar="ACTION", required=True)
    add = _command(
        keys,
        "add",
        "cli.keys:add",
        "Add keys from a hidden prompt, stdin or a file: one `key` or `label,key,account` a line.",
    )
    add.add_argument("--for", dest="for_", choices=("phones", "emails", "any"), required=True, help="what the keys are for")
    add.add_argument("--label", default="", help="a name for the key (numbered when several are added)")
    add.add_argument("--account", default="", help="the Lusha account these keys belong to")
    add.add_argument("--from", dest="from_", metavar="FILE", help="read the lines from a file")
    add.add_argument("--anyway", action="store_true", help="keep lines that do not look like a Lusha key")
    _command(keys, "list", "cli.keys:list_", "Show every key with its state.")
    check = _command(keys, "check", "cli.checking:check", "Ask Lusha about keys and balances. Costs nothing.")
    check.add_argument("keys", metavar="KEY", nargs="*", help="id, label or last four characters (default: every key)")
    _caps(keys)
    _carrying(keys)
    for name, text in (
        ("pause", "Do not use a key until it is resumed."),
        ("resume", "Use a paused key again."),
        ("reactivate", "Forget what was said against a key and try it again."),
        ("remove", "Delete a key from this computer."),
    ):
        made = _key_argument(_command(keys, name, f"cli.keys:{name}", text))
        if name == "remove":
            made.add_argument("--yes", action="store_true", help="do not ask before removing")
    move = _key_argument(_command(keys, "move", "cli.keys:move", "Change the order in which keys are tried."))
    where = move.add_mutually_exclusive_group(required=True)
    where.add_argument("--up", action="store_const", const="up", dest="where")
    where.add_argument("--down", action="store_const", const="down", dest="where")
    where.add_argument("--top", action="store_const", const="top", dest="where")
    where.add_argument("--to", type=int, metavar="N", help="place, counted from 1")
    edit = _key_argument(_command(keys, "edit", "cli.keys:edit", "Change what is known about a key."))
    edit.add_argument("--label")
    edit.add_argument("--account")
    edit.add_argument("--for", dest="for_", choices=("phones", "emails", "any"))
    edit.add_argument("--priority", type=int, help="lower is tried earlier (default 100)")
    edit.add_argument("--schedule", metavar="TEXT", help='when it may be used, such as "mon-fri 09:00-18:00"; "" is always')
    edit.add_argument("--renews", metavar="DATE", help="the day unused credits of its account lapse: YYYY-MM-DD or none")


def _caps(keys: type_) -> None:
    cap = _command(keys, "cap", "cli.caps:cap", "Limit what a key, an account or all keys may cost a day.")
    cap.add_argument("key", metavar="KEY", nargs="?", help="id, label or last four characters")
    cap.add_argument("--account", metavar="A", help="an account instead of a key")
    cap.add_argument("--all", action="store_true", help="all keys together")
    cap.add_argument("--per-day", metavar="N", required=True, help="credits a day, or none")
    _command(keys, "caps", "cli.caps:caps", "Show the caps and what is left of them today.")


def _carrying(keys: type_) -> None:
    how = "The passphrase comes from a hidden prompt or standard input."
    export = _command(keys, "export", "cli.carrying:export", f"Write all keys to an encrypted file. {how}")
    export.add_argument("--to", metavar="FILE", required=True)
    export.add_argument("--force", action="store_true", help="replace the file if it is there")
    import_ = _command(keys, "import", "cli.carrying:import_", f"Add the keys of an encrypted file. {how}")
    import_.add_argument("file", metavar="FILE")


def _key_argument(made: argparse.ArgumentParser) -> argparse.ArgumentParser:
    made.add_argument("key", metavar="KEY", help="id, label or last four characters")
    return made


def _kinds(made: argparse.ArgumentParser) -> None:
    made.add_argument("--phones", action="store_true", help="look up phone numbers")
    made.add_argument("--emails", action="store_true", help="look up e-mail addresses")


def _lookup(commands: type_) -> None:
    made = _command(commands, "lookup", "cli.lookup:lookup", "Look up one prospect.")
    made.add_argument("--linkedin", metavar="URL", default="")
    made.add_argument("--name", default="", help="first and last name (with --company)")
    made.add_argument("--company", default="")
    made.add_argument("--email", default="")
    _kinds(made)


def _enrich(commands: type_) -> None:
    made = _command(commands, "enrich", "cli.enrich:enrich", "Enrich a closed workbook (.xlsx, .xlsm) or .csv file.")
    made.add_argument("file", metavar="FILE")
    _kinds(made)
    made.add_argument("--sheet", help="name of the sheet (default: the first visible one)")
    made.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="FIELD=COLUMN",
        help='which column holds what, by heading or letter; FIELD=- for none; "auto" forgets an earlier choice',
    )
    made.add_argument(
        "--replace",
        action="append",
        nargs="?",
        const="all",
        default=[],
        metavar="RULE",
        help="fill filled cells too: all, not-found or older=DAYS; for one kind phones:RULE or emails:RULE",
    )
    made.add_argument("--include-hidden", action="store_true", help="hidden rows are part of the list too")
    made.add_argument("--report", metavar="FILE", help="write the receipts of this run to a new .xlsx")
    made.add_argument("--out", metavar="FILE", help="write a copy; without it the file is filled in place, with a backup")
    made.add_argument("--limit", type=_positive, metavar="N", help="look up at most N people")
    made.add_argument("--max-credits", type=_positive, metavar="N", help="stop before more than N credits are spent")
    made.add_argument("--dry-run", action="store_true", help="show the plan and the cost; ask nobody")
    made.add_argument("--no-wait", action="store_true", help="do not wait for a key that is back within 90 seconds")
    made.add_argument("--yes", action="store_true", help="do not ask before spending")


def _jobs(commands: type_) -> None:
    text = "What was run, what it cost; stop it, go on with it, take it back."
    jobs = commands.add_parser("jobs", help=text, description=text).add_subparsers(metavar="ACTION", required=True)
    listed = _command(jobs, "list", "cli.jobs:list_", "The latest jobs, newest first.")
    listed.add_argument("--most", type=_positive, default=20, metavar="N", help="how many (default 20)")
    _job_argument(_command(jobs, "show", "cli.jobs:show", "One job with a receipt for every row."))
    resume = _job_argument(_command(jobs, "resume", "cli.jobs:resume", "Go on after a stop, a cap or a crash."))
    resume.add_argument("--max-credits", type=_positive, metavar="N", help="another cap for the whole job")
    resume.add_argument("--no-wait", action="store_true", help="do not wait for a key that is back within 90 seconds")
    _job_argument(_command(jobs, "undo", "cli.jobs:undo", "Take back what a job wrote, where a cell still holds it."))
    _job_argument(_command(jobs, "stop", "cli.jobs:stop", "Ask a running job to stop."))


def _job_argument(made: argparse.ArgumentParser) -> argparse.ArgumentParser:
    made.add_argument("job", metavar="JOB", help='id, its beginning, or "last"')
    return made


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"“{text}” is not a whole number of 1 or more")
    return int(text)


def _audit(commands: type_) -> None:
    made = _command(commands, "audit", "cli.audit:audit", "Show what happened to the keys, and why.")
    made.add_argument("--key", help="id, label or last four characters")
    made.add_argument("--since", metavar="T", help="date or time, such as 2026-11-24 or 2026-11-24T08:00")


def _stats(commands: type_) -> None:
    made = _command(commands, "stats", "cli.stats:stats", "Found rates, cost, what was saved and what keys met. Asks nobody.")
    made.add_argument("--days", metavar="N", default="", help="the last N days, or all (default 30)")
    made.add_argument("--since", metavar="DAY", default="", help="from this day on, such as 2026-11-01")
    made.add_argument("--until", metavar="DAY", default="", help="up to this day (default today)")
    made.add_argument("--xlsx", metavar="FILE", help="write a new workbook with charts")


def _practice(commands: type_) -> None:
    made = _command(
        commands,
        "practice",
        "cli.practice:practice",
        "Serve the practice Lusha on this computer until stopped.",
        as_json=False,
    )
    made.add_argument("--port", type=int, default=0, help="0 takes a free one")
    made.add_argument("--scenario", choices=SCENARIOS, default="demo", help="accounts, keys and people it has (default: demo)")


def _gui(commands: type_) -> None:
    made = _command(commands, "gui", "cli.gui:gui", "Open the window: keys, health and files.", as_json=False)
    which = made.add_mutually_exclusive_group()
    for word, text in (("install", "put the window into the menu and on the desktop"), ("remove", "take it away again")):
        which.add_argument(f"--{word}-shortcut", action="store_const", const=word, dest="shortcut", help=text)


def _doctor(commands: type_) -> None:
    made = _command(commands, "doctor", "cli.doctor:doctor", "Check this computer: each line says what to do.")
    made.add_argument("--offline", action="store_true", help="ask nobody over the network")
    made.add_argument("--bundle", metavar="FILE.zip", help="write what support may see: no key, no person, no file name")
    made.add_argument("--yes", action="store_true", help="write the bundle without asking")


if __name__ == "__main__":
    sys.exit(main())
