"""`lusha-enrich forget`: a person goes from everything that is kept on this computer."""

from __future__ import annotations

import argparse
import sys
import time

from cli.asking import agreed, can_ask
from cli.opening import settings
from cli.show import document
from cli.suppress import person_of
from core import words
from core.errors import UsageError
from core.forgetting import Forgotten
from core.forgetting import forget as remove

_QUESTION = "Remove this person from everything that is kept here? It cannot be taken back."


def forget(args: argparse.Namespace) -> int:
    """Remove the person; exit 1 when another program kept a database from being cleaned to the end."""
    person = person_of(args)
    if not args.yes and can_ask() and not agreed(_QUESTION):
        raise UsageError("Nothing was removed", "You said no.")
    done = remove(settings(), person, and_suppress=args.and_suppress, reason=args.reason, clock=time.time)
    if args.json:
        document(_public(done))
    else:
        for line in words.forgotten_lines(done.answers, done.rows, done.cells, done.texts, done.payments, done.suppressed):
            print(line)
        _unreachable("These files are yours and may still name the person:", done.workbooks)
        _unreachable("Copies of them from before our changes:", done.backups)
        _unreachable(words.UNTOUCHED, done.untouched)
    for path in done.busy:
        print(
            f"{path} is in use: run lusha-enrich purge once everything is closed, to overwrite what was deleted.", file=sys.stderr
        )
    return 1 if done.busy or done.untouched else 0


def _unreachable(title: str, paths: tuple[str, ...]) -> None:
    if paths:
        print(title)
        for path in paths:
            print(f"  {path}")


def _public(done: Forgotten) -> dict[str, object]:
    return {
        "answers": done.answers,
        "rows": done.rows,
        "cells": done.cells,
        "texts": done.texts,
        "payments_kept": done.payments,
        "suppressed": done.suppressed,
        "not_reached": {"workbooks": list(done.workbooks), "backups": list(done.backups)},
        "untouched": list(done.untouched),
        "busy": list(done.busy),
    }
