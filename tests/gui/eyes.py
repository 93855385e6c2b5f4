"""What a screen reader sees of the running window, to wait for: `eyes.py WHAT PATTERN`, with the system's python3.

``sees`` waits until a node that is shown has the text as its name or in it, ``gone`` until none has; ``now`` does not wait.
``focus`` waits until a node of that name has the focus; ``tab`` and ``back`` press Tab or Shift+Tab until then, looking
after each press. Exit status 1, and what is shown on standard error, when it has not come about in time.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pyatspi

SECONDS, LOOK_S = 40.0, 0.1
ROWS = 12  # of a table that are read


def nodes(node) -> Iterator[object]:
    try:
        if not node.getState().contains(pyatspi.STATE_SHOWING) and node.getRoleName() != "application":
            return
        yield node
        if node.getRoleName() == "table":
            table = node.queryTable()
            for row in range(min(ROWS, table.nRows)):
                yield from (table.getAccessibleAt(row, column) for column in range(table.nColumns))
            return
        for number in range(node.childCount):
            child = node.getChildAtIndex(number)
            if child is not None:
                yield from nodes(child)
    except Exception:  # noqa: BLE001  # a node that went away while it was looked at
        return


def shown() -> Iterator[object]:
    for app in pyatspi.Registry.getDesktop(0):
        if app is not None and "usha" in (app.name or ""):
            yield from nodes(app)


def text_of(node) -> str:
    try:
        inside = node.queryText().getText(0, -1) if node.getRoleName() == "text" else node.description
    except Exception:  # noqa: BLE001  # as above
        return ""
    return f"{node.name} | {inside}"


def focused() -> str:
    for node in shown():
        try:
            if node.getState().contains(pyatspi.STATE_FOCUSED) and node.getRoleName() not in {"frame", "application"}:
                return node.name
        except Exception:  # noqa: BLE001  # as above
            continue
    return ""


def until(true: Callable[[], object]) -> bool:
    end = time.monotonic() + SECONDS
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(LOOK_S)
    return True


def walk_to(pattern: re.Pattern[str], key: str) -> bool:
    """Press ``key`` until the focus is there; each press is seen before the next."""
    for _ in range(60):
        at = focused()
        if pattern.search(at):
            return True
        subprocess.run(["xdotool", "key", key], check=True)
        until(lambda at=at: focused() not in {at, ""})
    return False


def main(what: str, pattern: str) -> bool:
    wanted = re.compile(pattern)
    match what:
        case "sees":
            return until(lambda: any(wanted.search(text_of(node)) for node in shown()))
        case "now":
            return any(wanted.search(text_of(node)) for node in shown())
        case "gone":
            return until(lambda: not any(wanted.search(text_of(node)) for node in shown()))
        case "focus":
            return until(lambda: wanted.search(focused()))
        case "tab" | "back":
            return walk_to(wanted, "Tab" if what == "tab" else "shift+Tab")
    raise SystemExit(f"unknown: {what}")


if __name__ == "__main__":
    if not main(*sys.argv[1:]):
        print(f"not met: {sys.argv[1:]}; focus: {focused()!r}; shown:", file=sys.stderr)
        print("\n".join(dict.fromkeys(text for node in shown() if (text := text_of(node)) != " | ")), file=sys.stderr)
        sys.exit(1)
