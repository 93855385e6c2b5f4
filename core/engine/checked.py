"""What a check of keys comes to, as values, and what the answers say together (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core import words
from core.engine.events import Waiting
from core.keys.accounts import Account
from core.keys.usage import CheckOutcome, Span, Told
from core.lusha.reply import Usage, Window
from core.model import Key

_SPANS = (("minute", 60), ("hour", 3600), ("day", 86_400))


@dataclass(frozen=True, slots=True)
class KeyAsking:
    """``ordinal`` is the key's place among the ``of`` keys to be checked."""

    ordinal: int
    of: int
    last4: str
    label: str
    account: str


@dataclass(frozen=True, slots=True)
class KeyChecked:
    """``key`` as it stands afterwards. ``said`` is a sentence; ``at`` None: nothing was heard. ``reused``: heard earlier.

    ``windows`` (limits of minute, hour and day) are of this very answer, None when it was not fresh or not fine.
    """

    key: Key
    outcome: CheckOutcome
    said: str
    http: int
    at: datetime | None
    reused: bool
    day_left: int | None = None
    windows: tuple[int | None, ...] | None = None

    @property
    def asked(self) -> bool:
        """Whether Lusha has said what it thinks of the key."""
        return self.outcome in {CheckOutcome.FINE, CheckOutcome.REFUSED}


CheckEvent = KeyAsking | KeyChecked | Waiting


@dataclass(frozen=True, slots=True)
class Alike:
    """Keys kept under several accounts that look like one Lusha account. Only a hint: nothing is merged by itself."""

    keys: tuple[Key, ...]
    credits_left: float
    credits_total: float | None
    plan: str

    @property
    def sentence(self) -> str:
        """Names the keys and what to type; the account of the first key is proposed."""
        first = self.keys[0]
        strangers = [key.last4 for key in self.keys if key.account_id != first.account_id]
        last4s = [key.last4 for key in self.keys]
        return words.same_account(last4s, strangers, self.credits_left, self.credits_total, first.account)


def look_alike(checks: Sequence[KeyChecked], accounts: Mapping[str, Account]) -> tuple[Alike, ...]:
    """Accounts (by id) that told the same balance, total, plan and limits in this check, by their keys.

    A balance nothing was spent of says nothing: fresh accounts of one plan are all alike. How much of a window is used
    is not compared, for the questions themselves may count.
    """
    groups: dict[tuple[object, ...], list[Key]] = {}
    for check in checks:
        account = accounts.get(check.key.account_id)
        if check.windows is None or account is None or account.credits_left is None:
            continue
        if account.credits_total is not None and account.credits_left >= account.credits_total:
            continue
        told = (account.credits_left, account.credits_total, account.plan.casefold(), check.windows)
        groups.setdefault(told, []).append(check.key)
    found = []
    for keys in groups.values():
        account = accounts[keys[0].account_id]
        if len({key.account_id for key in keys}) > 1 and account.credits_left is not None:
            found.append(Alike(tuple(keys), account.credits_left, account.credits_total, account.plan))
    return tuple(found)


def told_by(said: Usage, now: datetime) -> Told:
    """The answer by this computer's clock: Lusha's reset times are moved by how far the two clocks are apart."""
    ahead = said.date - now if said.date else timedelta()
    spans, absent = [], []
    for name, seconds in _SPANS:
        window: Window | None = getattr(said, name)
        if window is None:
            absent.append(seconds)
        elif window.limit is not None and (used := _used(window)) is not None:
            end = window.resets_at and window.resets_at - ahead
            start = end.timestamp() - seconds if end and timedelta() < end - now <= timedelta(seconds=seconds + 5) else None
            spans.append(Span(seconds, window.limit, used, start))
    gone = tuple(absent) if spans else ()  # an answer without any window says nothing about them
    return Told(said.credits_remaining, said.credits_total, said.plan, said.prices, tuple(spans), gone)


def _used(window: Window) -> int | None:
    if window.used is not None:
        return window.used
    return None if window.left is None or window.limit is None else max(0, window.limit - window.left)
