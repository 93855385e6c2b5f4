"""Walks the AT-SPI tree of the running window (the system's python3 with python3-pyatspi)."""

from __future__ import annotations

import sys

import pyatspi

SILENT = ("filler", "panel")
nameless: list[str] = []
nodes = 0


def walk(node, depth: int) -> None:
    global nodes
    nodes += 1
    role, state = node.getRoleName(), node.getState()
    if state.contains(pyatspi.STATE_FOCUSABLE) and not node.name and role not in SILENT:
        nameless.append(f"{role} at {depth}")
    if role == "table":
        table = node.queryTable()
        print("table", repr(node.name), table.nRows, "x", table.nColumns)
        for row in range(min(3, table.nRows)):
            print("  ", " | ".join(table.getAccessibleAt(row, column).name for column in range(table.nColumns)))
        return
    for number in range(node.childCount):
        child = node.getChildAtIndex(number)
        if child and child.getState().contains(pyatspi.STATE_SHOWING):
            walk(child, depth + 1)


for app in pyatspi.Registry.getDesktop(0):
    if app and "usha" in (app.name or ""):
        for number in range(app.childCount):
            walk(app.getChildAtIndex(number), 0)
print(nodes, "nodes; focusable without a name:", nameless)
sys.exit(len(nameless) or int(nodes < 10))
