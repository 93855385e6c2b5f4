"""What a day may cost, when a key may be used, when credits lapse: as a person types them, and the dialogs that ask.

The texts are those of the command line: an empty line takes a limit away.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtWidgets import QWidget

from core.errors import UsageError
from core.keys import schedule
from core.keys.caps import Cap, Caps, CapScope
from core.model import Key
from core.words import amount
from gui.ask_checked import AskChecked
from gui.key_rows import Row
from gui.looks import hours_words
from gui.page import Surroundings

if TYPE_CHECKING:
    from core.app import App
    from core.board import AccountLine

T = TypeVar("T")
_CAP = "In credits, from midnight to midnight of this computer. The narrowest limit decides. Empty: no limit."
_HOURS = "Days, times, first and last day, time zone; each may be left out. For example: mon-fri 09:00-18:00. Empty: always."
_RENEWS = "The day on which unused credits of this account lapse and new ones come, such as 2026-12-31. Empty: not known."


class KeyLimits:
    """Each asks, hands the work to the desk, says what came of it and offers to undo it."""

    def __init__(self, parent: QWidget, around: Surroundings) -> None:
        self._parent, self._around = parent, around

    def cap_keys(self, rows: list[Row]) -> None:
        """A day's limit for each of these keys."""
        lines = [row.line for row in rows if row.line]
        before = {line.key.id: line.cap for line in lines}
        name = f"“{lines[0].key.label}”" if len(lines) == 1 else f"each of {len(lines)} keys"
        said = self._ask(f"Daily limit for {name}", _CAP, cap_text(_same(list(before.values()))), cap_meaning)
        if said is not None:
            after = dict.fromkeys(before, cap_of(said))
            self._put(partial(put_key_caps, caps=after), partial(put_key_caps, caps=before), _capped(name, cap_of(said)))

    def cap_account(self, account: AccountLine) -> None:
        """A day's limit for all keys of an account together."""
        said = self._ask(f"Daily limit for account “{account.label}”", _CAP, cap_text(account.cap), cap_meaning)
        if said is not None:
            name = f"Account “{account.label}”"
            put = partial(put_account_cap, label=account.label)
            self._put(partial(put, limit=cap_of(said)), partial(put, limit=account.cap), _capped(name, cap_of(said)))

    def cap_all(self, before: float | None) -> None:
        """A day's limit for everything together."""
        said = self._ask("Daily limit for all keys together", _CAP, cap_text(before), cap_meaning)
        if said is not None:
            limit = cap_of(said)
            self._put(partial(put_pool_cap, limit=limit), partial(put_pool_cap, limit=before), _capped("All keys", limit))

    def hours(self, keys: list[Key]) -> None:
        """When these keys may be used."""
        before = {key.id: key.schedule for key in keys}
        name = f"“{keys[0].label}”" if len(keys) == 1 else f"{len(keys)} keys"
        said = self._ask(f"When may {name} be used?", _HOURS, _same(list(before.values())) or "", hours_meaning)
        if said is not None:
            text = str(schedule.parse(said) or "")
            what = f"{name.capitalize()}: {text or 'always'}"
            self._put(partial(put_hours, hours=dict.fromkeys(before, text)), partial(put_hours, hours=before), what)

    def renews(self, key_id: str, account: AccountLine) -> None:
        """The day unused credits of an account lapse; ``key_id`` is one of its keys."""
        before = account.renews_at.astimezone().date() if account.renews_at else None
        value = before.isoformat() if before else ""
        said = self._ask(f"When does account “{account.label}” renew?", _RENEWS, value, day_meaning)
        if said is not None:
            day = day_of(said)
            what = f"Account “{account.label}” renews {long_day(day)}" if day else f"Account “{account.label}”: day not known"
            self._put(partial(put_renewal, key_id=key_id, day=day), partial(put_renewal, key_id=key_id, day=before), what)

    def _ask(self, title: str, text: str, value: str, meaning: Callable[[str], str]) -> str | None:
        said = AskChecked(self._parent, title, text, "Save", value=value, meaning=meaning).ask()
        return None if said is None or said == value else said

    def _put(self, work: Callable[[App], None], back: Callable[[App], None], said: str) -> None:
        def undo() -> None:
            self._around.ask(back, lambda _: None)

        self._around.ask(work, lambda _: self._around.say(said, True, undo))


# -- what the desk does ------------------------------------------------------------------------------------------------
def put_key_caps(app: App, caps: Mapping[str, float | None]) -> None:
    for key_id, limit in caps.items():
        _caps(app).key(app.keys.get(key_id), limit)


def put_account_cap(app: App, label: str, limit: float | None) -> None:
    _caps(app).account(label, limit)


def put_pool_cap(app: App, limit: float | None) -> None:
    _caps(app).all_keys(limit)


def put_hours(app: App, hours: Mapping[str, str]) -> None:
    for key_id, text in hours.items():
        app.keys.edit(key_id, schedule=text)


def put_renewal(app: App, key_id: str, day: date | None) -> None:
    app.keys.renews(key_id, day)


def caps_about(app: App, key: Key) -> list[Cap]:
    """The caps a request with ``key`` comes under, with what is spent of them today."""
    about = {(CapScope.POOL, ""), (CapScope.ACCOUNT, key.account_id), (CapScope.KEY, key.id)}
    return [cap for cap in _caps(app).list() if (cap.scope, cap.ref) in about]


def _caps(app: App) -> Caps:
    return Caps(app.db, app.trail, app.clock)


# -- what a person types -----------------------------------------------------------------------------------------------
def cap_of(text: str) -> float | None:
    """Credits a day; None for an empty line. UsageError for what is no amount."""
    plain = text.strip().replace(",", "").replace(" ", "").replace("\N{NARROW NO-BREAK SPACE}", "")
    if not plain:
        return None
    try:
        credits = float(plain)
    except ValueError:
        credits = math.nan
    if not 0 <= credits < math.inf:
        raise UsageError("This is not an amount of credits", f"“{text.strip()}”: write a number such as 200, or nothing.")
    return credits


def cap_text(limit: float | None) -> str:
    return "" if limit is None else f"{limit:g}"


def cap_meaning(text: str) -> str:
    """What would be kept, in words."""
    limit = cap_of(text)
    if limit is None:
        return "No limit"
    return f"At most {amount(limit)} credits a day" if limit else "Nothing that costs credits"


def hours_meaning(text: str) -> str:
    """What would be kept, and whether it is open now."""
    read, now = schedule.parse(text), datetime.now(UTC)
    if read is None:
        return "Always"
    if read.open_at(now):
        return f"{read}: open now" if str(read) else "Always"
    return f"{read}: closed now, {hours_words(read.next_open(now), now)}"


def day_of(text: str) -> date | None:
    """A day as ``2026-12-31``; None for an empty line. UsageError for what is none or past."""
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError("This is not a date", f"“{text.strip()}”: write it like 2026-12-31, or nothing.") from None
    if day < datetime.now().astimezone().date():
        raise UsageError("This day is past", f"{day}: write the next day on which unused credits lapse, or nothing.")
    return day


def day_meaning(text: str) -> str:
    day = day_of(text)
    if day is None:
        return "Not known"
    ahead = (day - datetime.now().astimezone().date()).days
    when = "today" if ahead == 0 else f"in {ahead} day{'s' if ahead > 1 else ''}"
    return f"{long_day(day)}, {when}"


def long_day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _capped(name: str, limit: float | None) -> str:
    return f"{name[:1].upper()}{name[1:]}: {'no limit' if limit is None else f'at most {amount(limit)} credits a day'}"


def _same(values: list[T]) -> T | None:
    """What all have; None when they differ."""
    return values[0] if len(set(values)) == 1 else None
