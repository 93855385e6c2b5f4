"""Presses the button of a name in the window, as a screen reader does: /usr/bin/python3 press.py "Open practice list"."""

from __future__ import annotations

import sys
import time

import pyatspi


def find(node, name: str):
    if node.name == name and node.getRoleName() in {"push button", "button"}:
        return node
    children = (node.getChildAtIndex(number) for number in range(node.childCount))
    return next((found for child in children if child and (found := find(child, name))), None)


def main(name: str) -> int:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        for app in pyatspi.Registry.getDesktop(0):
            found = find(app, name) if app and "usha" in (app.name or "") else None
            if found:
                return int(not found.queryAction().doAction(0))
        time.sleep(0.2)
    return 1


sys.exit(main(sys.argv[1]))
