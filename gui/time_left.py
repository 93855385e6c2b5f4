"""How long a run still takes, from what it has done so far; said only when there is enough to go by."""

from __future__ import annotations

from collections.abc import Callable

ENOUGH, ENOUGH_S = 10, 3.0  # people done and seconds gone before anything is said


class Pace:
    """``clock`` gives seconds. The first call begins to measure, so what a resumed run had done before does not count."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began: tuple[float, int] | None = None

    def left(self, done: int, whole: int) -> str:
        """A sentence such as "About 4 min left"; empty while nobody can know."""
        now = self._clock()
        if self._began is None:
            self._began = (now, done)
        gone, people = now - self._began[0], done - self._began[1]
        if people < ENOUGH or gone < ENOUGH_S or done >= whole:
            return ""
        return in_words(gone / people * (whole - done))


def in_words(seconds: float) -> str:
    """Rounded so that it does not jump: ten seconds, a minute, five minutes of an hour."""
    if seconds < 55:
        return f"About {max(10, round(seconds / 10) * 10)} s left"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"About {minutes} min left"
    minutes = round(seconds / 300) * 5
    return f"About {minutes // 60} h {minutes % 60:02} min left"
