"""What `enrich` shows and asks before anything is spent."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from cli.asking import agreed, can_ask
from cli.caps import caps_of
from cli.show import document
from core import words
from core.app import App
from core.engine.forecast import costs, groups, problems
from core.engine.preflight import Cost, Plan, Pool
from core.enriching import Opened
from core.errors import UsageError
from core.model import Kind, RowStatus


def show_plan(app: App, plan: Plan, read: Opened) -> None:
    """The groups of rows, what is wrong with some, and the cost."""
    what = " and ".join(kind.value for kind in sorted(plan.kinds, reverse=True))
    print(f'Enrich {what} - sheet "{read.grid.name}", {plan.rows:,} {"row" if plan.rows == 1 else "rows"}', file=sys.stderr)
    lines = [f"{count:6,}  {text}" for count, text in groups(plan)]
    for line in (*lines, *problems(plan), *read.notes):
        print(line, file=sys.stderr)
    if plan.to_send:
        pool, cost = _cost(app, plan)
        for line in (*costs(plan, cost, pool, datetime.now(UTC)), *_caps(app, cost)):
            print(line, file=sys.stderr)


def _caps(app: App, cost: Cost) -> list[str]:
    """The caps of today that may end the run."""
    return [words.day_cap(cap.name, cap.limit, cap.left) for cap in caps_of(app).list() if cap.left < cost.most]


def _cost(app: App, plan: Plan) -> tuple[Pool, Cost]:
    pool = app.pool(plan.kinds)
    return pool, plan.cost(pool, app.results.hit_rates())


def dry(app: App, plan: Plan, *, as_json: bool) -> int:
    """The end of a dry run."""
    if as_json:
        pool, cost = _cost(app, plan)
        document(
            {
                "rows": plan.rows,
                "ready": plan.to_send,
                "duplicate": len(plan.duplicates),
                **{
                    status.value: plan.count(status)
                    for status in (
                        RowStatus.ALREADY_FILLED,
                        RowStatus.FROM_STORE,
                        RowStatus.PARTLY_FOUND,
                        RowStatus.CHECK_MATCH,
                        RowStatus.NOT_FOUND,
                        RowStatus.CANNOT_LOOK_UP,
                        RowStatus.DO_NOT_CONTACT,
                    )
                },
                "credits_least": cost.least,
                "credits_likely": round(cost.likely, 2),
                "credits_most": cost.most,
                "credits_available": cost.available,
                "prices_assumed": cost.assumed,
                "ends_near_row": cost.ends_near(plan.to_send),
                "keys": pool.keys,
                "accounts": pool.accounts,
                "first_back": pool.first_back.isoformat() if pool.first_back else None,
            }
        )
    else:
        print("Nothing was sent and nothing was written (--dry-run).")
    return 0


def preview(args: argparse.Namespace, app: App, plan: Plan) -> None:
    """What a run would ask, or what it would lack."""
    lacks = _lacking(app, plan)
    if lacks:
        print(f"{words.no_keys(lacks)} {_add(lacks)}", file=sys.stderr)
    elif plan.to_send:
        print(f"It would ask: {question(app, args, plan)}", file=sys.stderr)


def question(app: App, args: argparse.Namespace, plan: Plan) -> str:
    """What is asked before anything is spent, with the limits of this run."""
    credits = app.settings.cap_run if args.max_credits is None else args.max_credits
    return words.question(plan.to_send, args.limit, credits)


def refuse_without_keys(app: App, plan: Plan) -> None:
    """Without any key nothing is asked and no file is touched, unless the store has answers to write."""
    lacks = _lacking(app, plan)
    if lacks and not plan.count(RowStatus.FROM_STORE, RowStatus.PARTLY_FOUND, RowStatus.CHECK_MATCH):
        raise UsageError("There is no key for this look-up", f"{_add(lacks)} Nothing was sent; the file is as it was.")


def _lacking(app: App, plan: Plan) -> frozenset[Kind]:
    """The kinds that have to be asked for when not one of them has a key, used up or not; else nothing."""
    keys, kinds = app.keys.list(), frozenset().union(*plan.ready)
    served = any(key.category.serves(frozenset({kind})) for key in keys for kind in kinds)
    return frozenset() if served else kinds


def _add(kinds: frozenset[Kind]) -> str:
    what = "any" if len(kinds) > 1 else next(iter(kinds)).value
    return f"Add one (lusha-enrich keys add --for {what})."


def settle_doubt(read: Opened, *, yes: bool) -> None:
    """A doubtful column is asked for, never guessed."""
    if not read.doubt or yes:
        return
    if can_ask() and agreed(read.doubt):
        return
    raise UsageError("The columns are not clear", f"{read.doubt} Name the column with --map, or say --yes to take it.")
