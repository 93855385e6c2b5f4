"""`python -m soak.server`: the practice server as a process of its own. What it serves comes as one line of JSON."""

from __future__ import annotations

import json
import sys

from sandbox.server import PracticeServer
from sandbox.world import World


def main() -> None:
    """Serve until standard input ends; the first line printed is the address."""
    wanted = json.loads(sys.stdin.readline())
    world = World()
    world.latency_s, world.latency_per_contact_s = 0.05, 0.001
    for label, keys in wanted["accounts"].items():
        credits = 0.0 if label in wanted["broke"] else 1e7
        world.account(label, keys, credits=credits, limits={"daily": 1_000_000, "hourly": 100_000}, per_second=25)
    world.revoked |= set(wanted["revoked"])
    with PracticeServer(world) as server:
        print(server.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
