"""`lusha-enrich practice`: the local Lusha, served until stopped."""

from __future__ import annotations

import argparse


def practice(args: argparse.Namespace) -> int:
    """Hand over to the practice server, which prints its address and its keys."""
    from sandbox.__main__ import main

    return main(["--port", str(args.port), "--scenario", args.scenario])
