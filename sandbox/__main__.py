"""`python -m sandbox`: serve a scenario until stopped."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence

from sandbox.scenarios import SCENARIOS
from sandbox.server import PracticeServer


def main(argv: Sequence[str] | None = None) -> int:
    """Print the address and the practice keys, then serve until Ctrl-C or a terminate signal."""
    parser = argparse.ArgumentParser(prog="sandbox", description="Serve the practice Lusha on this computer.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), default="demo")
    parser.add_argument("--until-eof", action="store_true", help="end with standard input, and so with who started this")
    args = parser.parse_args(argv)
    scenario, done = SCENARIOS[args.scenario](), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    try:
        server = PracticeServer(scenario.world, args.port)
    except OSError as error:
        print(f"Port {args.port} cannot be used ({error.strerror}). Choose another with --port.", file=sys.stderr)
        return 2
    if args.until_eof:
        threading.Thread(target=_to_the_end_of_input, args=(done,), daemon=True).start()
    with server:
        print(f"Practice Lusha at {server.url} (nothing is sent to Lusha)")
        print(f"Use it: LUSHA_ENRICH_API_URL={server.url}")
        for one in scenario.keys:
            print(f"{one.label},{one.key},{one.account}")
        sys.stdout.flush()
        while not done.wait(0.5):
            pass  # in short waits, so that a signal is seen on every system
    return 0


def _to_the_end_of_input(done: threading.Event) -> None:
    while os.read(0, 1024):  # sys.stdin would be locked when the interpreter ends
        pass
    done.set()


if __name__ == "__main__":
    sys.exit(main())
