"""Pure: what a person should be told about the keys, once, when it becomes so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from core import words
from core.keys.accounts import Account
from core.model import Key, Kind

FEW = 2  # fewer ready keys than this are worth a word
LOW_SHARE = 0.2  # of an account's credits


@dataclass(frozen=True, slots=True)
class Forecast:
    """``rows`` are still to be looked up; the credits at hand cover ``covered`` of them, None when nobody knows."""

    rows: int
    covered: int | None

    @property
    def short(self) -> bool:
        return self.covered is not None and self.covered < self.rows


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand at a moment."""

    at: datetime
    keys: tuple[Key, ...]
    accounts: tuple[Account, ...] = ()
    forecast: Forecast | None = None

    def ready(self, kind: Kind) -> int:
        """Keys that could be asked for ``kind``. Off hours do not count as trouble: they are as planned."""
        return sum(key.category.serves(frozenset({kind})) and key.usable(self.at) for key in self.keys)

    @property
    def low(self) -> dict[str, Account]:
        """Accounts, by id, that are known to have little left."""
        return {account.id: account for account in self.accounts if _is_low(account)}


@dataclass(frozen=True, slots=True)
class LastKeyLeft:
    """No key is ready any more."""

    kind: Kind
    code: ClassVar[str] = "last_key_left"

    @property
    def sentence(self) -> str:
        return words.last_key_left(self.kind)


@dataclass(frozen=True, slots=True)
class FewKeys:
    """Only one key is still ready."""

    kind: Kind
    code: ClassVar[str] = "few_keys"

    @property
    def sentence(self) -> str:
        return words.one_key_left(self.kind)


@dataclass(frozen=True, slots=True)
class CreditsLow:
    account: str
    left: float
    total: float
    code: ClassVar[str] = "credits_low"

    @property
    def sentence(self) -> str:
        return words.credits_low(self.account, self.left, self.total)


@dataclass(frozen=True, slots=True)
class ForecastShort:
    rows: int
    covered: int
    code: ClassVar[str] = "forecast_short"

    @property
    def sentence(self) -> str:
        return words.forecast_short(self.rows, self.covered)


Alert = LastKeyLeft | FewKeys | CreditsLow | ForecastShort


def alerts(before: Standing, after: Standing) -> tuple[Alert, ...]:
    """What has become so between the two; what was so already is not said again."""
    return (*_keys(before, after), *_credits(before, after), *_forecast(before, after))


def _keys(before: Standing, after: Standing) -> Iterator[Alert]:
    for kind in Kind:
        was, now = before.ready(kind), after.ready(kind)
        if now == 0 < was:
            yield LastKeyLeft(kind)
        elif 0 < now < FEW <= was:
            yield FewKeys(kind)


def _credits(before: Standing, after: Standing) -> Iterator[Alert]:
    for account_id, account in after.low.items():
        if account_id not in before.low and account.credits_left is not None and account.credits_total is not None:
            yield CreditsLow(account.label, account.credits_left, account.credits_total)


def _forecast(before: Standing, after: Standing) -> Iterator[Alert]:
    was_short = before.forecast is not None and before.forecast.short
    now = after.forecast
    if now is not None and now.covered is not None and now.short and not was_short:
        yield ForecastShort(now.rows, now.covered)


def _is_low(account: Account) -> bool:
    left, total = account.credits_left, account.credits_total
    return left is not None and total is not None and total > 0 and left < LOW_SHARE * total
