"""The arguments of the privacy commands; imports nothing heavy, so that --help is quick."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

Make = Callable[..., argparse.ArgumentParser]


def register(commands: Any, command: Make) -> None:  # noqa: ANN401  argparse has no public name for it
    """Add the privacy commands to the command line."""
    wipe = command(commands, "wipe", "cli.wipe:wipe", "Remove everything from this computer: keys, answers, history, settings.")
    wipe.add_argument("--yes", action="store_true", help="do not ask for the word")
