"""`lusha-enrich gui`: opens the window, or raises the one that is open."""

from __future__ import annotations

import argparse


def gui(_args: argparse.Namespace) -> int:
    """Hand over to the window; it ends when it is closed."""
    from gui.__main__ import main

    return main([])
