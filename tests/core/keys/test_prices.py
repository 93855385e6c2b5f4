"""Prices of an account, told or assumed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.keys.prices import ASSUMED, Prices, priced, prices_of
from core.model import Kind


@pytest.mark.parametrize("kept", [None, "", "{}", "nonsense", "[]", "3", '{"contactSearch": 1}'])
def test_what_nobody_told_is_assumed(kept: str | None) -> None:
    assert prices_of(kept) == ASSUMED


def test_told_prices_come_back_as_told() -> None:
    kept = priced({"contactSearch": (2.0, 10), "revealPhone": (3.0, 1), "revealEmail": (1.0, 2), "companySearch": (9.0, 1)})
    assert prices_of(kept) == Prices(2.0, 10, 3.0, 0.5, assumed=False)
    assert prices_of(kept).person(frozenset(Kind)) == 3.5
    assert prices_of(kept).person(frozenset({Kind.EMAILS})) == 0.5


def test_one_price_that_is_missing_is_assumed_and_said() -> None:
    assert prices_of(priced({"contactSearch": (2.0, 10), "revealPhone": (3.0, 1)})) == Prices(2.0, 10, 3.0, 1.0, assumed=True)


@pytest.mark.parametrize("odd", ["[-1, 1]", "[1, 0]", "[true, 1]", '["1", 1]', "[1, 1.5]", "[NaN, 1]", "[1]", "null"])
def test_a_price_that_makes_no_sense_is_assumed(odd: str) -> None:
    assert prices_of(f'{{"revealPhone": {odd}}}') == ASSUMED


@given(st.text())
def test_no_text_is_too_odd(kept: str) -> None:
    assert prices_of(kept).search_covers >= 1
