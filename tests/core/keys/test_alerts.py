"""Alerts: said once, when something becomes so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.keys.accounts import Account
from core.keys.alerts import CreditsLow, FewKeys, Forecast, ForecastShort, LastKeyLeft, Standing, alerts
from core.model import Category, Key, KeyStatus, Kind, Reason, SecretState

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def key(name: str, category: Category = Category.PHONE_ONLY, status: KeyStatus = KeyStatus.ACTIVE, **more: object) -> Key:
    made = Key(
        id=name,
        label=name,
        account_id="a",
        account="a",
        last4="0000",
        category=category,
        status=status,
        paused=False,
        secret=SecretState.HELD,
        reason=None,
        retry_at=None,
        priority=100,
        position=0,
        last_used_at=None,
        added_at=NOON,
    )
    return replace(made, **more)


def account(left: float | None, total: float | None = 1000.0, name: str = "Sales") -> Account:
    return Account(name, name, False, "", left, total, None, None, 1)


def standing(*keys: Key, accounts: tuple[Account, ...] = (), forecast: Forecast | None = None) -> Standing:
    return Standing(NOON, keys, accounts, forecast)


READY, OTHER, BAD = key("one"), key("two"), key("two", status=KeyStatus.INVALID)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ((READY, OTHER), (READY, BAD), (FewKeys(Kind.PHONES),)),
        ((READY,), (BAD,), (LastKeyLeft(Kind.PHONES),)),
        ((READY, OTHER), (BAD,), (LastKeyLeft(Kind.PHONES),)),
        ((READY, BAD), (READY, BAD), ()),  # it was so before
        ((BAD,), (BAD,), ()),
        ((BAD,), (READY, BAD), ()),  # better than before
        ((), (READY,), ()),
        ((READY, OTHER), (READY, replace(OTHER, paused=True)), (FewKeys(Kind.PHONES),)),
        ((READY,), (), (LastKeyLeft(Kind.PHONES),)),
    ],
)
def test_keys_that_leave_are_said_once(before: tuple[Key, ...], after: tuple[Key, ...], said: tuple[object, ...]) -> None:
    assert alerts(standing(*before), standing(*after)) == said


def test_a_key_for_any_counts_for_both_kinds() -> None:
    both = key("any", Category.ANY)
    gone = replace(both, status=KeyStatus.EXHAUSTED, reason=Reason.CREDITS)
    assert alerts(standing(both, READY), standing(gone, READY)) == (FewKeys(Kind.PHONES), LastKeyLeft(Kind.EMAILS))


def test_a_key_whose_rest_is_over_is_ready_and_one_off_hours_is_no_trouble() -> None:
    rested = key("two", status=KeyStatus.EXHAUSTED, reason=Reason.MINUTE, retry_at=NOON - timedelta(seconds=1))
    assert alerts(standing(READY, OTHER), standing(READY, rested)) == ()
    assert alerts(standing(READY, OTHER), standing(READY, replace(OTHER, schedule="until 2020-01-01"))) == ()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (account(500), account(199), True),
        (account(500), account(200), False),
        (account(199), account(10), False),
        (account(None), account(10), True),
        (account(500), account(None), False),
        (account(500), account(10, None), False),
        (account(0, 0), account(0, 0), False),
    ],
)
def test_an_account_below_a_fifth_is_said_once(before: Account, after: Account, said: bool) -> None:
    found = alerts(standing(accounts=(before,)), standing(accounts=(after,)))
    assert found == ((CreditsLow("Sales", after.credits_left or 0, 1000),) if said else ())


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, Forecast(500, 268), True),
        (Forecast(500, 600), Forecast(500, 268), True),
        (Forecast(500, 300), Forecast(400, 268), False),
        (None, Forecast(500, None), False),
        (None, Forecast(500, 500), False),
        (Forecast(500, 300), None, False),
    ],
)
def test_a_forecast_that_becomes_short_is_said_once(before: Forecast | None, after: Forecast | None, said: bool) -> None:
    found = alerts(standing(forecast=before), standing(forecast=after))
    assert found == ((ForecastShort(500, 268),) if said else ())


def test_every_alert_is_a_sentence() -> None:
    assert LastKeyLeft(Kind.PHONES).sentence == "No phone key is ready any more. Add or repair a key."
    assert FewKeys(Kind.EMAILS).sentence == "Only one email key is ready. Add another before it is used up."
    assert CreditsLow('The "A" team', 1, 50).sentence == 'Account "The "A" team" has 1 of 50 credits left.'
    assert ForecastShort(12_000, 0).sentence == "The credits at hand cover about 0 of 12,000 rows."
