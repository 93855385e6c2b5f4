"""`python -m tools.fuzz`: a bounded round over all targets, or with ``--minutes`` new inputs until the time is over."""

from __future__ import annotations

import argparse
import sys
import time

from tools.fuzz import TARGETS

ROUND = 200  # examples of a target before the next one has its turn


def main() -> int:
    """0 when nothing was found; what was found is a traceback with the smallest input that shows it."""
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=0.0, help="new inputs for so long (default: one bounded round)")
    parser.add_argument("--only", choices=[target.name for target in TARGETS], help="one target alone")
    args = parser.parse_args()
    chosen = [target for target in TARGETS if args.only in {None, target.name}]
    ends, rounds = time.monotonic() + args.minutes * 60, 0
    while not rounds or time.monotonic() < ends:
        rounds += 1
        for target in chosen:
            began = time.monotonic()
            target.run(min(ROUND, target.examples * 10) if args.minutes else None, same=not args.minutes)
            print(f"{target.name}: nothing found in {time.monotonic() - began:.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
