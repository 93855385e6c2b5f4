"""`lusha-enrich gui`: opens the window, or raises the one that is open; makes and removes its shortcuts."""

from __future__ import annotations

import argparse
import os

from core.ourselves import command


def gui(args: argparse.Namespace) -> int:
    """Hand over to the window, which ends when it is closed; or tell what became of the shortcut."""
    match args.shortcut:
        case "install":
            return _install()
        case "remove":
            return _remove()
        case _:
            from gui.__main__ import main

            return main([])


def _install() -> int:
    from cli.shortcuts import install, moved_home

    for path in install(command("gui"), os.environ):
        print(f"Made: {path}")
    if warning := moved_home(os.environ):
        print(warning)
    return 0


def _remove() -> int:
    from cli.shortcuts import remove

    gone = remove(os.environ)
    for path in gone:
        print(f"Removed: {path}")
    if not gone:
        print("There was no shortcut.")
    return 0
