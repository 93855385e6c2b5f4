"""`lusha-enrich audit`: what happened to the keys, and why."""

from __future__ import annotations

import argparse
from datetime import datetime

from cli.opening import opened
from cli.show import document, table
from core import words
from core.errors import UsageError


def audit(args: argparse.Namespace) -> int:
    """The trail, newest first."""
    since = moment(args.since) if args.since else None
    with opened() as app:
        key = app.keys.find(args.key).id if args.key else None
        entries = app.trail.entries(key_id=key, since=since)
    if args.json:
        document(
            [
                {
                    "at": entry.at.isoformat(),
                    "actor": entry.actor,
                    "action": entry.action,
                    "label": entry.label,
                    "last4": entry.last4,
                    "from": entry.from_status,
                    "to": entry.to_status,
                    "reason": entry.reason,
                    "message": entry.message,
                }
                for entry in entries
            ]
        )
    elif not entries:
        print("Nothing has happened yet.")
    else:
        rows = [
            [
                words.moment(entry.at),
                entry.label or "",
                f"...{entry.last4}" if entry.last4 else "",
                entry.action,
                " -> ".join(filter(None, (entry.from_status, entry.to_status))),
                entry.reason or "",
                entry.message or "",
                entry.actor,
            ]
            for entry in entries
        ]
        print(table(["When", "Key", "Ends in", "What", "State", "Why", "Lusha's words", "Who"], rows))
    return 0


def moment(text: str) -> datetime:
    """A date or time of local time, as ``--since`` takes it. Raises UsageError."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError("This is not a date", f'"{text}": write 2026-11-24 or 2026-11-24T08:00.') from None
    return at.astimezone()
