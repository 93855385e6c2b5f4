"""Pure: the figures that stand first, and the sentences without which they could be misread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core import words
from core.stats.figures import Cost, Insights
from core.stats.tables import Form, Value


@dataclass(frozen=True, slots=True)
class Price:
    """What somebody says a credit costs. Lusha never says, so without it there is no money anywhere."""

    each: float
    currency: str


def price_of(setting: str) -> Price | None:
    """The setting ``credit_price``, such as "0.12 EUR"."""
    each, _, currency = setting.partition(" ")
    return Price(float(each), currency) if currency else None


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the summary."""

    what: str
    value: Value
    form: Form = Form.WHOLE


def summary(insights: Insights, price: Price | None) -> tuple[Fact, ...]:
    """The most important figures, money only with a price."""
    cost, saved, people = insights.cost, insights.saved, insights.people
    facts = [
        Fact("People looked up", people.answered),
        Fact("People found", people.found),
        Fact("Found rate", people.rate, Form.RATE),
        Fact("Credits used", cost.credits, Form.CREDITS),
        *_each(cost, "Credits", 1.0),
        Fact("Requests sent", insights.calls.requests),
        Fact("Requests saved", saved.total),
        Fact("Credits saved, at most", saved.credits, Form.CREDITS),
    ]
    if insights.calls.lost:
        facts.append(Fact("Lost answers, credits at most", insights.calls.unsure, Form.CREDITS))
    if price is not None:
        facts.append(Fact(f"Cost in {price.currency}", cost.credits * price.each, Form.CREDITS))
        facts += _each(cost, price.currency, price.each)
    return tuple(facts)


def _each(cost: Cost, unit: str, factor: float) -> list[Fact]:
    found = (("phone found", cost.per_phone), ("e-mail found", cost.per_email), ("person found", cost.per_person))
    return [Fact(f"{unit} per {what}", None if value is None else value * factor, Form.CREDITS) for what, value in found]


def notes(insights: Insights, price: Price | None) -> tuple[str, ...]:
    """What has to be known to read the figures rightly; only what applies."""
    saved, lost = insights.saved, insights.calls.lost
    said: Sequence[tuple[object, Callable[[], str]]] = (
        (True, lambda: "Rates count what Lusha answered: found / (found + not found). Failed and open rows are in no rate."),
        (
            saved.spared.phones or saved.spared.emails,
            lambda: (
                f"Credits saved: {saved.spared.phones:,} phones and {saved.spared.emails:,} e-mails from the store, at the lowest"
                f" {'usual (assumed)' if saved.assumed else 'known'} price; an account that had paid before may charge less."
            ),
        ),
        (saved.unnoted, lambda: f"{_some(saved.unnoted, 'job')} made by an older version did not note what it need not ask."),
        (
            lost,
            lambda: f"{_some(lost, 'answer')} got lost; up to {words.amount(insights.calls.unsure)} credits are not counted.",
        ),
        (price is None, lambda: 'No money is shown because no price is set (credit_price = "0.12 EUR" in settings.toml).'),
    )
    return tuple(sentence() for applies, sentence in said if applies)


def _some(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count:,} {what}s"
