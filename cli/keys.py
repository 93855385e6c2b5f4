"""`lusha-enrich keys ...`"""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from cli.asking import agreed, can_ask
from cli.opening import opened
from cli.show import document, table
from core import words
from core.errors import UsageError
from core.keys import schedule
from core.keys.order import Move
from core.keys.store import AddReport
from core.model import Category, Key, KeyStatus
from core.texts import read_text

CATEGORY = {"phones": Category.PHONE_ONLY, "emails": Category.EMAIL_ONLY, "any": Category.ANY}


def add(args: argparse.Namespace) -> int:
    """Keys from a file, a hidden prompt or stdin; never from the argument list."""
    lines = _lines(args.from_)
    with opened() as app:
        report = app.keys.add_many(lines, CATEGORY[args.for_], label=args.label, account=args.account, anyway=args.anyway)
    return added(report, as_json=args.json)


def added(report: AddReport, *, as_json: bool, what: str = "Line") -> int:
    """Say what became of keys that were added; exit code 2 when there was nothing but malformed lines."""
    malformed = [{"line": number, "reason": reason} for number, reason in report.malformed]
    if as_json:
        document(
            {
                "new": [public(key) for key in report.new],
                "already_here": [public(key) for key in report.already_here],
                "malformed": malformed,
            }
        )
    else:
        for key in report.new:
            print(f"Added {key.label} (ends in ...{key.last4})")
        for key in report.already_here:
            print(f"Already here: {key.label} (ends in ...{key.last4}), for {words.category_word(key.category).lower()}")
        for bad in malformed:
            print(f"{what} {bad['line']}: {bad['reason']}", file=sys.stderr)
    return 2 if report.malformed and not report.new and not report.already_here else 0


def _lines(path: str | None) -> list[str]:
    if path is not None:
        return read_text(Path(path)).splitlines()
    if sys.stdin.isatty():
        return _prompt()
    lines = sys.stdin.read().splitlines()
    if not any(line.strip() for line in lines):
        raise UsageError("No key was given", "Write one key a line to standard input, or use --from FILE.")
    return lines


def _prompt() -> list[str]:
    lines = []
    while line := getpass.getpass("Key (nothing is shown; Enter alone ends): ").strip():
        lines.append(line)
    if not lines:
        raise UsageError("No key was given", "Paste a key at the prompt, or use --from FILE.")
    return lines


def list_(args: argparse.Namespace) -> int:
    """Every key in the order it is tried."""
    with opened() as app:
        keys = app.keys.list()
        left = {account.id: account.credits_left for account in app.keys.accounts()}
    if args.json:
        document([public(key) | {"credits_left": left[key.account_id]} for key in keys])
    elif not keys:
        print("No keys yet. Add one: lusha-enrich keys add --for phones")
    else:
        head = ["Key", "Ends in", "For", "Account", "Credits left", "State", "Back", "Last used", "Id"]
        now = datetime.now(UTC)
        print(table(head, [_row(key, left[key.account_id], now) for key in keys]))
    return 0


def _row(key: Key, left: float | None, now: datetime) -> list[str]:
    return [
        key.label,
        f"...{key.last4}",
        words.category_word(key.category),
        key.account,
        words.amount(left) if left is not None else "?",
        state(key, now),
        words.moment(key.retry_at) if key.retry_at else "",
        words.moment(key.last_used_at),
        key.id[:8],
    ]


def state(key: Key, now: datetime) -> str:
    """What a person sees: whichever of the three owners has the strongest say, then the key's schedule."""
    word = _state(key)
    if word == "Ready" and not schedule.open_at(key, now):
        return words.off_hours(schedule.next_open(key, now), now)
    return word


def _state(key: Key) -> str:
    if key.secret.value != "HELD":
        return {"PENDING": "Saving", "DELETING": "Removing", "MISSING": "Missing"}[key.secret.value]
    if key.paused:
        return "Paused"
    words_ = {KeyStatus.INVALID: "Invalid", KeyStatus.PLAN_LIMIT: "Plan limit", KeyStatus.ACTIVE: "Ready"}
    if key.status is KeyStatus.EXHAUSTED:
        return "Resting" if key.reason in {"minute", "hour", "unknown"} else "Used up"
    return "Resting" if key.status is KeyStatus.ACTIVE and key.retry_at else words_[key.status]


def public(key: Key) -> dict[str, object]:
    """A key in the JSON contract."""
    return {
        "id": key.id,
        "label": key.label,
        "account": key.account,
        "last4": key.last4,
        "category": key.category.value,
        "status": key.status.value,
        "paused": key.paused,
        "secret": key.secret.value,
        "is_active": key.is_active,
        "reason": key.reason.value if key.reason else None,
        "retry_at": key.retry_at.isoformat() if key.retry_at else None,
        "priority": key.priority,
        "last_used_at": key.last_used_at.isoformat() if key.last_used_at else None,
        "added_at": key.added_at.isoformat(),
        "schedule": key.schedule,
    }


def _done(args: argparse.Namespace, verb: str, key: Key) -> int:
    if args.json:
        document(public(key))
    else:
        print(f"{verb} {key.label} (ends in ...{key.last4})")
    return 0


def pause(args: argparse.Namespace) -> int:
    """Stop using a key until it is resumed."""
    with opened() as app:
        return _done(args, "Paused", app.keys.pause(app.keys.find(args.key).id))


def resume(args: argparse.Namespace) -> int:
    """Use a paused key again."""
    with opened() as app:
        return _done(args, "Resumed", app.keys.resume(app.keys.find(args.key).id))


def reactivate(args: argparse.Namespace) -> int:
    """Forget what was said against a key."""
    with opened() as app:
        return _done(args, "Reactivated", app.keys.reactivate(app.keys.find(args.key).id))


def remove(args: argparse.Namespace) -> int:
    """Delete a key from the key store and the list, on a terminal after asking."""
    with opened() as app:
        key = app.keys.find(args.key)
        question = f"Remove {key.label} (ends in ...{key.last4}) from this computer?"
        if not args.yes and can_ask() and not agreed(question):
            raise UsageError("Nothing was removed", "You said no; the key is as it was.")
        app.keys.remove(key.id)
    return _done(args, "Removed", key)


def move(args: argparse.Namespace) -> int:
    """Change a key's place in the order."""
    with opened() as app:
        key = app.keys.find(args.key)
        app.keys.move(key.id, Move(args.where or "to"), args.to or 0)
        return _done(args, "Moved", app.keys.get(key.id))


def edit(args: argparse.Namespace) -> int:
    """Change label, account, category, priority, schedule or the day the account's credits lapse."""
    wanted = {
        "label": args.label,
        "account": args.account,
        "category": CATEGORY[args.for_] if args.for_ else None,
        "priority": args.priority,
        "schedule": args.schedule,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    if not given and args.renews is None:
        raise UsageError("Nothing to change", "Say --label, --account, --for, --priority, --schedule or --renews.")
    day = _day(args.renews) if args.renews else None
    with opened() as app:
        key = app.keys.find(args.key)
        changed = app.keys.edit(key.id, **given) if given else key
        if args.renews is not None:
            app.keys.renews(key.id, day)
        return _done(args, "Changed", changed)


def _day(text: str) -> date | None:
    if text.strip().lower() == "none":
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError("This is not a date", f"“{text}”: write it like 2026-12-31, or none.") from None
    if day < datetime.now().astimezone().date():
        raise UsageError("This day is past", f"{day}: say the next day on which unused credits lapse, or none.")
    return day
