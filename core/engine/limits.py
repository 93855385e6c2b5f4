"""How soon an account may be asked: one slot after another, and request windows learned from headers (pure)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.lusha import reply
from core.model import Reason

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
SPARE = 1.0  # requests a second that bulk work leaves free for single look-ups
SPARE_OF_ONE = 0.5  # and that those leave free for whoever is late
MOST_AHEAD_S = 2.0  # a stored slot further away than this is a clock that jumped
MOST_REST_S = 3600.0  # a day's end is not known from a header: probe after an hour at the latest
VOTES = 3  # signs in a row that settle whom the windows belong to
_REORDERED = 8  # answers may arrive in another order than Lusha counted them
_DRIFT = 8  # requests that were booked and that Lusha never counted

REASON = {MINUTE_S: Reason.MINUTE, HOUR_S: Reason.HOUR, DAY_S: Reason.DAY}


def slot(tat: float, now: float, rate: float, *, spare: float = SPARE) -> tuple[float, float]:
    """When the next request may leave and when the one after it (Unix seconds): GCRA without a burst.

    ``tat`` is what the last reservation stored, ``rate`` the account's requests a second. A burst allowance would give
    1 to 2 % answers 429 (measured), evenly spaced requests none. Whoever is late by up to half of what ``spare`` leaves
    free does not lose the time: a run looks every few milliseconds only. No second sees more than the rate as long as
    everybody leaves at least ``SPARE_OF_ONE`` free.
    """
    step = 1.0 / max(1.0, rate - spare)
    start = tat if now < tat <= now + MOST_AHEAD_S else now
    late = now - tat
    return start, (tat if 0.0 <= late < step * spare / 2 else start) + step


@dataclass(frozen=True, slots=True)
class Window:
    """A request window: ``span`` seconds from ``start``, ``used`` of ``lim`` requests, open ones included."""

    span: int
    lim: int
    used: int
    start: float

    def opens(self, now: float) -> float:
        """The earliest moment at which it lets a request through."""
        return now if self.used < self.lim or self.over(now) else self.start + self.span

    def counted(self, now: float) -> Window:
        """With one more request."""
        return replace(self, used=1, start=now) if self.over(now) else replace(self, used=self.used + 1)

    def room(self, now: float) -> int:
        """How many more requests it carries."""
        return self.lim if self.over(now) else max(0, self.lim - self.used)

    def over(self, now: float) -> bool:
        """Whether it has ended; one that begins far in the future is a clock that stepped back."""
        return now >= self.start + self.span or now < self.start - self.span


Windows = Mapping[int, Window]  # by span


def seen(limits: reply.Limits) -> dict[int, tuple[int, int]]:
    """(limit, used) by span, as the headers of one answer say."""
    told = ((MINUTE_S, limits.minute), (HOUR_S, limits.hour), (DAY_S, limits.day))
    return {span: (one.limit, one.limit - one.left) for span, one in told if one.limit is not None and one.left is not None}


def learn(known: Windows, limits: reply.Limits, still_open: int, overtaken: Callable[[], int], now: float) -> dict[int, Window]:
    """The windows after an answer's headers: the server's highest count plus the requests it may not have counted yet.

    ``overtaken`` tells how many others were settled while this request was under way: Lusha may have counted those, and
    those still open, after it. A count that is clearly lower than that explains shows that Lusha's window began anew.
    """
    learned = {}
    for span, (limit, used) in seen(limits).items():
        before, counted = known.get(span), used + still_open
        if before is None or before.over(now):
            learned[span] = Window(span, limit, counted, now)
            continue
        expected = before.used - 1  # it was counted when it was booked, and is no longer open
        most = counted if counted >= expected else counted + still_open + overtaken()
        if most + min(_DRIFT, limit // 4) < expected:
            learned[span] = Window(span, limit, counted, now)
        else:
            learned[span] = Window(span, limit, min(max(expected, counted), most), before.start)
    return learned


def full(learned: Windows, limits: reply.Limits, now: float) -> tuple[Reason, float] | None:
    """The longest hour or day window that the answer left empty, and for how many seconds to rest.

    A full minute is not worth a mark: the window itself holds the next request back for the seconds that are left.
    """
    for span, one in ((DAY_S, limits.day), (HOUR_S, limits.hour)):
        if one.left == 0 and span in learned:
            rest = max(1.0, learned[span].start + span - now)
            return REASON[span], min(rest, MOST_REST_S)
    return None


def whose(own: Windows, siblings: Sequence[Windows], limits: reply.Limits) -> int:
    """Do the windows belong to the keys (1) or to the account (-1)? 0 when this answer does not tell.

    ``own`` is what this key's last answer said, ``siblings`` what those of the account's other keys said. Only the
    longest window is looked at, and not when it has just begun anew.
    """
    told = seen(limits)
    span = max((span for span in told if span != MINUTE_S), default=0)
    others = [one[span].used for one in siblings if span in one]
    if not span or not others or span not in own or told[span][1] < own[span].used:
        return 0
    used, highest = told[span][1], max(others)
    if used + _REORDERED < highest:
        return 1
    return -1 if used >= highest and used > own[span].used + _REORDERED else 0
