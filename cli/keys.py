"""`lusha-enrich keys ...`"""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path

from cli.opening import opened
from cli.show import document, table
from core import words
from core.errors import UsageError
from core.keys.order import Move
from core.model import Category, Key, KeyStatus

CATEGORY = {"phones": Category.PHONE_ONLY, "emails": Category.EMAIL_ONLY, "any": Category.ANY}


def add(args: argparse.Namespace) -> int:
    """Keys from a file, a hidden prompt or stdin; never from the argument list."""
    lines = _lines(args.from_)
    with opened() as app:
        report = app.keys.add_many(lines, CATEGORY[args.for_], label=args.label, account=args.account, anyway=args.anyway)
    malformed = [{"line": number, "reason": reason} for number, reason in report.malformed]
    if args.json:
        document(
            {
                "new": [_public(key) for key in report.new],
                "already_here": [_public(key) for key in report.already_here],
                "malformed": malformed,
            }
        )
    else:
        for key in report.new:
            print(f"Added {key.label} (ends in ...{key.last4})")
        for key in report.already_here:
            print(f"Already here: {key.label} (ends in ...{key.last4}), for {words.category_word(key.category).lower()}")
        for bad in malformed:
            print(f"Line {bad['line']}: {bad['reason']}", file=sys.stderr)
    return 2 if report.malformed and not report.new and not report.already_here else 0


def _lines(path: str | None) -> list[str]:
    if path is not None:
        try:
            return Path(path).read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError("The list of keys cannot be read", f"{path}: {type(error).__name__}.") from None
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
    if args.json:
        document([_public(key) for key in keys])
    elif not keys:
        print("No keys yet. Add one: lusha-enrich keys add --for phones")
    else:
        head = ["Key", "Ends in", "For", "Account", "State", "Back", "Last used", "Id"]
        print(table(head, [_row(key) for key in keys]))
    return 0


def _row(key: Key) -> list[str]:
    return [
        key.label,
        f"...{key.last4}",
        words.category_word(key.category),
        key.account,
        state(key),
        words.moment(key.retry_at) if key.retry_at else "",
        words.moment(key.last_used_at),
        key.id[:8],
    ]


def state(key: Key) -> str:
    """The one word a person sees: whichever of the three owners has the strongest say."""
    if key.secret.value != "HELD":
        return {"PENDING": "Saving", "DELETING": "Removing", "MISSING": "Missing"}[key.secret.value]
    if key.paused:
        return "Paused"
    words_ = {KeyStatus.INVALID: "Invalid", KeyStatus.PLAN_LIMIT: "Plan limit", KeyStatus.ACTIVE: "Ready"}
    if key.status is KeyStatus.EXHAUSTED:
        return "Resting" if key.reason in {"minute", "hour", "unknown"} else "Used up"
    return "Resting" if key.status is KeyStatus.ACTIVE and key.retry_at else words_[key.status]


def _public(key: Key) -> dict[str, object]:
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
    }


def _done(args: argparse.Namespace, verb: str, key: Key) -> int:
    if args.json:
        document(_public(key))
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
    """Delete a key from the key store and the list."""
    with opened() as app:
        key = app.keys.find(args.key)
        app.keys.remove(key.id)
    return _done(args, "Removed", key)


def move(args: argparse.Namespace) -> int:
    """Change a key's place in the order."""
    with opened() as app:
        key = app.keys.find(args.key)
        app.keys.move(key.id, Move(args.where or "to"), args.to or 0)
        return _done(args, "Moved", app.keys.get(key.id))


def edit(args: argparse.Namespace) -> int:
    """Change label, account, category or priority."""
    category = CATEGORY[args.for_] if args.for_ else None
    if (args.label, args.account, category, args.priority) == (None, None, None, None):
        raise UsageError("Nothing to change", "Say --label, --account, --for or --priority.")
    with opened() as app:
        key = app.keys.find(args.key)
        changed = app.keys.edit(key.id, label=args.label, account=args.account, category=category, priority=args.priority)
        return _done(args, "Changed", changed)
