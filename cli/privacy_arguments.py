"""The arguments of the privacy commands; imports nothing heavy, so that --help is quick."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

Make = Callable[..., argparse.ArgumentParser]


def register(commands: Any, command: Make) -> None:  # noqa: ANN401  argparse has no public name for it
    """Add `suppress`, `forget`, `purge`, `sent` and `wipe` to the command line."""
    _suppress(commands, command)
    command(commands, "purge", "cli.kept:purge", "Remove what is older than the settings say; overwrite what was deleted.")
    left = command(commands, "sent", "cli.kept:sent", "What left this computer: which fields of how many people, when, where to.")
    left.add_argument("--since", metavar="T", help="date or time, such as 2026-11-24 or 2026-11-24T08:00")
    left.add_argument("--to", metavar="FILE", help="write the list to a .csv file")
    left.add_argument("--force", action="store_true", help="replace the file if it is there")
    forget = command(commands, "forget", "cli.forget:forget", "Remove a person from everything that is kept here.")
    _person(forget)
    forget.add_argument("--and-suppress", action="store_true", help="put the person on the do-not-contact list, by hash only")
    forget.add_argument("--reason", default="", help="why, for the list; without names")
    forget.add_argument("--yes", action="store_true", help="do not ask before removing")
    wipe = command(commands, "wipe", "cli.wipe:wipe", "Remove everything from this computer: keys, answers, history, settings.")
    wipe.add_argument("--yes", action="store_true", help="do not ask for the word")


def _suppress(commands: Any, command: Make) -> None:  # noqa: ANN401  as above
    text = "The do-not-contact list: never sent to Lusha, never written."
    made = commands.add_parser("suppress", help=text, description=text).add_subparsers(metavar="ACTION", required=True)
    add = command(made, "add", "cli.suppress:add", "Put people, domains or numbers on the list.")
    add.add_argument("--reason", default="", help="why; shown beside the row")
    for one in (add, command(made, "remove", "cli.suppress:remove", "Take people, domains or numbers off the list.")):
        one.add_argument("who", metavar="WHO", nargs="*", help="e-mail address, LinkedIn profile, domain or phone number")
        _person(one)
    command(made, "list", "cli.suppress:list_", "Show the list.")
    import_ = command(made, "import", "cli.suppress:import_", "Add the entries of a .csv or .txt file.")
    import_.add_argument("file", metavar="FILE")
    export = command(made, "export", "cli.suppress:export", "Write the list to a .csv file.")
    export.add_argument("--to", metavar="FILE", required=True)
    export.add_argument("--force", action="store_true", help="replace the file if it is there")


def _person(made: argparse.ArgumentParser) -> None:
    made.add_argument("--linkedin", metavar="URL", default="")
    made.add_argument("--email", default="")
    made.add_argument("--name", default="", help="first and last name (with --company)")
    made.add_argument("--company", default="")
