"""Reads the statistics of a span of time on a reader connection. Closed days are counted once and remembered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from core.database import Connection
from core.keys.prices import prices_of
from core.stats import facts
from core.stats.facts import Facts
from core.stats.figures import Insights, Names, figures
from core.stats.span import Span, local_day, midnight

_SETTLED_S = 600.0  # a request sent before midnight may be answered after it


class Statistics:
    """``clock`` is Unix seconds. One for each open home: what it remembers is of one database."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._days: dict[date, Facts] = {}
        self._begin: object = None

    def today(self) -> date:
        return local_day(self._clock())

    def read(self, con: Connection, span: Span) -> Insights:
        """The figures of the span, of one moment of the data."""
        con.execute("BEGIN")
        try:
            self._forget_if_wiped(con)
            began = facts.beginning(con)
            beginning = min(span.last, local_day(began)) if began is not None else span.last
            wanted = span if span.first is None or span.first > beginning else replace(span, first=min(span.first, span.last))
            counted = {day: self._facts(con, day, beginning) for day in wanted.days(beginning)}
            return figures(counted, _names(con))
        finally:
            con.execute("ROLLBACK")

    def _facts(self, con: Connection, day: date, beginning: date) -> Facts:
        if day < beginning:
            return Facts()
        found = self._days.get(day)
        if found is None:
            end = midnight(day + timedelta(days=1))
            found = facts.count(con, midnight(day), end)
            if end + _SETTLED_S < self._clock():
                self._days[day] = found
        return found

    def _forget_if_wiped(self, con: Connection) -> None:
        """History only grows at its end; when its beginning has moved or it has shrunk, something was deleted."""
        begin = con.execute(
            "SELECT (SELECT min(seq) FROM attempts), (SELECT min(created_at) FROM jobs), (SELECT count(*) FROM suppressed)"
        ).fetchone()
        if self._begin is not None and begin != self._begin:
            self._days.clear()
        self._begin = begin


def _names(con: Connection) -> Names:
    accounts = con.execute("SELECT id, label, pricing FROM accounts").fetchall()
    gone = con.execute("SELECT key_id, max(label), max(last4) FROM audit WHERE label<>'' GROUP BY key_id").fetchall()
    keys = [*gone, *con.execute("SELECT id, label, last4 FROM keys")]  # who was removed keeps the name he had
    return Names(
        {id_: label for id_, label, _ in accounts},
        {id_: (label, last4) for id_, label, last4 in keys},
        {id_: prices_of(pricing) for id_, _, pricing in accounts},
    )
