"""What this installation can do beyond looking up: asked for, so that the window shows no button that does nothing."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.app import App


def has_excel() -> bool:
    """Whether an open workbook can be filled here: Excel speaks to other programs on Windows and macOS only."""
    return sys.platform in {"win32", "darwin"} and find_spec("addin") is not None


def can_check() -> bool:
    """Whether keys can be checked through Lusha's usage call, which costs nothing."""
    return find_spec("core.engine.checking") is not None


def check(ids: Sequence[str]) -> Callable[[App], Generator[Any, None, Any]]:
    """For a run of its own: ask for the balance of these keys, slowly enough for Lusha."""

    def work(app: App) -> Generator[Any, None, Any]:
        keys = [key for key in app.keys.list() if key.id in set(ids)]
        checking: Any = getattr(app, "checking", None)
        return (yield from checking.run(keys))

    return work


def checked(outcomes: Sequence[Any]) -> str:
    """``5 keys checked: 3 ready, 2 refused``, by the words of their outcomes."""
    counts = Counter(str(one.outcome.value).replace("_", " ").lower() for one in outcomes)
    many = "1 key" if len(outcomes) == 1 else f"{len(outcomes)} keys"
    return f"{many} checked: " + ", ".join(f"{count} {word}" for word, count in counts.most_common())
