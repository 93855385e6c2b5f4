"""`lusha-enrich keys cap` and `caps`: what a day may cost at most."""

from __future__ import annotations

import argparse
import math
import time

from cli.opening import opened
from cli.show import document, table
from core import words
from core.app import App
from core.errors import UsageError
from core.keys.caps import Cap, Caps


def cap(args: argparse.Namespace) -> int:
    """Set or take away one cap, then show them all."""
    if [args.key is not None, args.account is not None, args.all].count(True) != 1:
        raise UsageError("Say what to limit", "Name one KEY, or --account A, or --all.")
    limit = _credits(args.per_day)
    with opened() as app:
        caps_ = caps_of(app)
        if args.key is not None:
            caps_.key(app.keys.find(args.key), limit)
        elif args.account is not None:
            caps_.account(args.account, limit)
        else:
            caps_.all_keys(limit)
        _show(caps_.list(), as_json=args.json)
    return 0


def caps(args: argparse.Namespace) -> int:
    """Every cap with what is spent and left today."""
    with opened() as app:
        _show(caps_of(app).list(), as_json=args.json)
    return 0


def caps_of(app: App) -> Caps:
    return Caps(app.db, app.trail, time.time)


def _credits(text: str) -> float | None:
    if text.strip().lower() == "none":
        return None
    try:
        credits = float(text)
    except ValueError:
        credits = math.nan
    if not 0 <= credits < math.inf:
        raise UsageError("This is not an amount of credits", f"“{text}”: write a number such as 200, or none.")
    return credits


def _show(found: tuple[Cap, ...], *, as_json: bool) -> None:
    if as_json:
        document([_public(one) for one in found])
    elif not found:
        print("No caps. Set one: lusha-enrich keys cap --all --per-day 200")
    else:
        head = ["For", "Name", "Credits a day", "Spent today", "Left today"]
        print(table(head, [_row(one) for one in found]))


def _row(one: Cap) -> list[str]:
    what = {"POOL": "Everything", "ACCOUNT": "Account", "KEY": "Key"}[one.scope.value]
    return [what, one.name, words.amount(one.limit), words.amount(one.spent), words.amount(one.left)]


def _public(one: Cap) -> dict[str, object]:
    return {
        "scope": one.scope.value.lower(),
        "id": one.ref or None,
        "name": one.name,
        "per_day": one.limit,
        "spent_today": one.spent,
        "left_today": one.left,
    }
