"""The arguments of `lusha-enrich excel`; imports nothing heavy, so that --help is quick."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

Make = Callable[..., argparse.ArgumentParser]


def register(commands: Any, command: Make) -> None:  # noqa: ANN401  argparse has no public name for it
    """Add `excel install|check|list|enrich|undo` to the command line."""
    text = "Set up the workbook with its buttons, and work on open workbooks."
    excel = commands.add_parser("excel", help=text, description=text).add_subparsers(metavar="ACTION", required=True)
    install = command(excel, "install", "cli.excel:install", "Put a LushaEnrich.xlsm that knows this Python into Documents.")
    install.add_argument("--to", metavar="DIR", help="another folder than Documents")
    install.add_argument("--replace", action="store_true", help="keep a workbook that is there under another name")
    check = command(excel, "check", "cli.excel:check", "Check the workbook's set-up: each line says what to do.")
    check.add_argument("--to", metavar="DIR", help="where the workbook is, if not where it was put last")
    command(excel, "list", "cli.excel:list_", "Show the workbooks that are open in Excel.")
    enrich = command(excel, "enrich", "cli.excel:enrich", "Enrich an open workbook; needs no macros.")
    enrich.add_argument("--phones", action="store_true", help="look up phone numbers")
    enrich.add_argument("--emails", action="store_true", help="look up e-mail addresses")
    enrich.add_argument("--yes", action="store_true", help="do not ask before spending")
    undo = command(excel, "undo", "cli.excel:undo", "Take back what the last run wrote into an open workbook.")
    for made in (enrich, undo):
        made.add_argument("--book", help="name of the open workbook (default: the active one)")
        made.add_argument("--sheet", help="name of the sheet (default: the active one)")
