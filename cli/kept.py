"""`lusha-enrich purge` and `sent`: what is kept no longer, and what left this computer."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from urllib.parse import urlsplit

from cli.audit import moment
from cli.opening import opened, settings
from cli.show import document, table
from core import words
from core.errors import DatabaseTrouble, FileTrouble
from core.forgetting import refuse_while_running
from core.history import Departure, departures

HEAD = ("When", "To", "What", "People", "Requests", "Fields", "Job")
MOST = 1_000_000


def purge(args: argparse.Namespace) -> int:
    """Remove what is too old, then write the database anew; exit 1 when another program kept it from that."""
    refuse_while_running(settings().home)
    with opened() as app:
        done = app.retention.purge()
        try:
            app.db.compact()
            busy = ""
        except DatabaseTrouble as error:
            busy = error.message
        days = app.settings
    if args.json:
        counts = {"answers": done.answers, "rows": done.rows, "cells": done.cells, "activity": done.activity, "files": done.files}
        kept = {name: getattr(days, name) for name in ("found_days", "not_found_days", "journal_days", "activity_days")}
        document(counts | {"days": kept, "busy": busy})
    else:
        print(words.purged(done.answers, done.rows, done.cells, done.activity, done.files))
        print(words.retention(days.found_days, days.not_found_days, days.journal_days, days.activity_days))
        if busy:
            print(f"What was deleted could not be overwritten yet. {busy}")
    return 1 if busy else 0


def sent(args: argparse.Namespace) -> int:
    """A line for every run that sent anything: never the contents, only which fields of how many people."""
    with opened() as app:
        since = moment(args.since).timestamp() if args.since else 0.0
        with app.db.reader() as con:
            found = departures(con, MOST, since=since)
        host = urlsplit(app.settings.api_url).hostname or ""
    if args.to:
        _write(Path(args.to), [_row(one, host) for one in found], force=args.force)
    if args.json:
        document([_public(one, host) for one in found])
    elif args.to:
        print(f"Written: {args.to} ({len(found)} runs)")
    elif not found:
        print("Nothing has left this computer.")
    else:
        print(table(list(HEAD), [_row(one, host) for one in found]))
        print(words.SENT_ONLY)
    return 0


def _row(one: Departure, host: str) -> list[str]:
    what = "look-up" if one.source == "lookup" else Path(one.source).name
    return [words.moment(one.at), host, what, str(one.people), str(one.requests), ", ".join(one.fields), one.job]


def _public(one: Departure, host: str) -> dict[str, object]:
    return {
        "at": one.at.isoformat(),
        "to": host,
        "source": one.source,
        "people": one.people,
        "requests": one.requests,
        "fields": list(one.fields),
        "job": one.job,
    }


def _write(path: Path, rows: list[list[str]], *, force: bool) -> None:
    try:
        with path.open("w" if force else "x", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([HEAD, *rows])
    except FileExistsError:
        raise FileTrouble(f"{path.name} is there already", "Choose another name, or say --force to replace it.") from None
    except OSError as error:
        raise FileTrouble(f"{path.name} cannot be written", f"{error.strerror}. Choose another place.") from None
