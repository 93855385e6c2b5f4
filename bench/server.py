"""The practice server of a bench, as a process of its own: a processor core less for the client, as in real life.

python -m bench.server '{"accounts": 10, "latency_s": 0.3, "limits": {"minute": 300}}'
"""

from __future__ import annotations

import json
import sys

from sandbox.scenarios import key
from sandbox.server import PracticeServer
from sandbox.world import World


def main(text: str) -> None:
    """Serve until standard input ends; the first line printed is the address."""
    wanted = json.loads(text)
    world = World()
    world.latency_s = wanted.get("latency_s", 0.3)
    world.latency_per_contact_s = wanted.get("per_contact_s", 0.001)
    for number in range(1, wanted.get("accounts", 10) + 1):
        limits, rate = wanted.get("limits", {}), wanted.get("per_second", 25)
        world.account(f"Bench {number}", [key(number)], credits=1e9, limits=dict(limits), per_second=rate)
    with PracticeServer(world) as server:
        print(server.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "{}")
