"""Pure: what the person should know now, in the order of weight, from the state of keys and accounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core import words
from core.board import AccountLine, KeyLine, Snapshot
from core.model import Category, Kind
from gui.charts import LOW
from gui.looks import MISSING, OFF_HOURS, OUT, READY, Look, back, look

_KINDS = (Kind.PHONES, Kind.EMAILS)
_PHONE_CREDITS = 5.0


@dataclass(frozen=True, slots=True)
class Alert:
    """``id`` stays the same while it is the same trouble; ``add``: more keys help; ``yours``: somebody must act on keys."""

    id: str
    tone: str
    title: str
    text: str
    add: bool = False
    yours: bool = False


def alerts(snapshot: Snapshot, now: datetime) -> list[Alert]:
    """All out, only one left, missing keys, accounts under 20 %."""
    seen = [(line, look(line.key, now)[0]) for line in snapshot.keys]
    found = [alert for kind in _KINDS if (alert := _kind(seen, kind, now))]
    missing = sum(shown is MISSING for _, shown in seen)
    if missing:
        keys = "1 key is" if missing == 1 else f"{missing} keys are"
        text = "They were removed outside LushaEnrich, or this is another computer. Enter them again or remove them."
        found.append(Alert("missing", "bad", f"{keys} missing from the key store", text, yours=True))
    found += [_low(account) for account in snapshot.accounts if account.share is not None and account.share <= LOW]
    return found


def _kind(seen: list[tuple[KeyLine, Look]], kind: Kind, now: datetime) -> Alert | None:
    """What is to be said about the keys of one kind, if anything."""
    kinds = frozenset({kind})
    serving = {category for category in Category if category.serves(kinds)}
    mine = [(line, shown) for line, shown in seen if line.key.category in serving]
    out = [line for line, shown in mine if shown.word in OUT]
    ready = sum(shown is READY for _, shown in mine)
    if out and not ready:
        off = sum(shown is OFF_HOURS for _, shown in mine)
        return Alert(f"out-{kind}", "bad", words.all_exhausted(len(out), kinds), _when_back(out, len(mine), off, now), add=True)
    if ready == 1 and len(mine) > 1:
        word = "phone" if kind is Kind.PHONES else "email"
        text = "Add another so that a run does not stop half-way."
        return Alert(f"one-{kind}", "exhausted", f"Only one {word} key is ready", text, add=True)
    return None


def _when_back(out: list[KeyLine], all_: int, off: int, now: datetime) -> str:
    times = [line.key.retry_at for line in out if line.key.retry_at is not None]
    others = all_ - len(out)
    said = ["Rows wait; nothing is lost."]
    if times:
        soon = back(min(times), now)
        said.insert(0, f"The first one is {soon}." if soon.startswith("back") else f"The first one is back in {soon}.")
    if others:
        why = "paused, off hours or waiting for you" if off else "paused or waiting for you"
        said.append(f"{others} more {'is' if others == 1 else 'are'} {why}.")
    return " ".join(said)


def _low(account: AccountLine) -> Alert:
    left, share = account.left or 0.0, account.share or 0.0
    if left <= 0:
        return Alert(
            f"low-{account.id}", "exhausted", f"Account “{account.label}” has no credits left", "Its keys rest.", add=True
        )
    text = f"{words.amount(left)} of {words.amount(account.total)}. Enough for about {int(left // _PHONE_CREDITS):,} phones."
    return Alert(f"low-{account.id}", "exhausted", f"Account “{account.label}” has {share:.0%} of its credits left", text)
