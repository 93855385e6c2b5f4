"""`lusha-enrich keys check`: what Lusha says of keys and their accounts. Costs nothing."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Generator, Mapping
from datetime import UTC, datetime

from cli.keys import public, state
from cli.opening import opened, stoppable
from cli.show import document, table
from core import words
from core.engine.checked import Alike, CheckEvent, KeyAsking, KeyChecked, look_alike
from core.engine.events import Waiting
from core.keys.accounts import Account
from core.keys.prices import prices_of

INTERRUPTED = 130
HEAD = ["Key", "Ends in", "Account", "Plan", "Credits left", "Day limit left", "State", "What Lusha said"]


def check(args: argparse.Namespace) -> int:
    """Ask about the named keys or all; exit 1 when one could not be asked, 130 when stopped."""
    with opened() as app, stoppable(app):
        keys = tuple({key.id: key for key in map(app.keys.find, args.keys)}.values()) if args.keys else app.keys.list()
        checks = _follow(app.checking.run(keys))
        accounts = {account.id: account for account in app.keys.accounts()}
        stopped = app.stop.is_set()
    hints = look_alike(checks, accounts)
    if args.json:
        document(
            {
                "keys": [_public(one, accounts.get(one.key.account_id)) for one in checks],
                "suggestions": [_suggestion(hint) for hint in hints],
            }
        )
    else:
        _show(checks, accounts, hints)
    if stopped:
        return INTERRUPTED
    return 0 if all(one.asked for one in checks) else 1


def _follow(events: Generator[CheckEvent, None, tuple[KeyChecked, ...]]) -> tuple[KeyChecked, ...]:
    """Say what is going on, on stderr, until the check is over."""
    while True:
        try:
            event = next(events)
        except StopIteration as end:
            done: tuple[KeyChecked, ...] = end.value
            return done
        match event:
            case KeyAsking():
                print(f"Checking key {event.ordinal}/{event.of} (ends in ...{event.last4})", file=sys.stderr)
            case Waiting():
                print(f"Waiting {words.back(event.until, datetime.now(UTC))}: {event.why}", file=sys.stderr)
            case KeyChecked():
                pass


def _show(checks: tuple[KeyChecked, ...], accounts: Mapping[str, Account], hints: tuple[Alike, ...]) -> None:
    if not checks:
        print("No keys yet. Add one: lusha-enrich keys add --for phones")
        return
    print(table(HEAD, [_row(one, accounts.get(one.key.account_id)) for one in checks]))
    for hint in hints:
        print(hint.sentence)


def _row(one: KeyChecked, account: Account | None) -> list[str]:
    now = datetime.now(UTC)
    said = f"{one.said} ({words.ago(one.at, now)})" if one.reused and one.at else one.said
    return [
        one.key.label,
        f"...{one.key.last4}",
        one.key.account,
        account.plan if account else "",
        _credits(account),
        "" if one.day_left is None else f"{one.day_left:,}",
        state(one.key, now),
        said,
    ]


def _credits(account: Account | None) -> str:
    if account is None or account.credits_left is None:
        return "Unknown"
    total = "" if account.credits_total is None else f" / {words.amount(account.credits_total)}"
    return f"{words.amount(account.credits_left)}{total}"


def _public(one: KeyChecked, account: Account | None) -> dict[str, object]:
    return public(one.key) | {
        "outcome": one.outcome.value,
        "http": one.http or None,
        "said": one.said,
        "checked_at": one.at.isoformat() if one.at else None,
        "reused": one.reused,
        "day_left": one.day_left,
        "balance": _balance(account) if account else None,
    }


def _balance(account: Account) -> dict[str, object]:
    prices = prices_of(account.pricing)
    return {
        "plan": account.plan or None,
        "credits_left": account.credits_left,
        "credits_total": account.credits_total,
        "told_at": account.usage_at.isoformat() if account.usage_at else None,
        "renews_at": account.renews_at.isoformat() if account.renews_at else None,
        "prices": {
            "search": prices.search,
            "search_covers": prices.search_covers,
            "phone": prices.phone,
            "email": prices.email,
            "assumed": prices.assumed,
        },
    }


def _suggestion(hint: Alike) -> dict[str, object]:
    return {
        "keys": [{"id": key.id, "label": key.label, "last4": key.last4, "account": key.account} for key in hint.keys],
        "credits_left": hint.credits_left,
        "credits_total": hint.credits_total,
        "plan": hint.plan,
        "message": hint.sentence,
    }
