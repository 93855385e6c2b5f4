"""What goes wrong while it lasts: faults of the practice server and jumps of the clock, one after the other by the seed."""

from __future__ import annotations

import random
from typing import Any

from soak.shifted import set_ahead
from soak.stage import Stage

DAY = {"statusCode": 429, "message": "Daily API rate limit exceeded. Limit: 9 calls per day. Reset in 1800 seconds."}
BURST = {"statusCode": 429, "message": "Too many requests. Please wait before making another request."}
REFUSED = {"statusCode": 401, "message": "Invalid API key"}
UNPAID = {"statusCode": 402, "message": "Insufficient credits for this operation"}
BROKEN = {"statusCode": 500, "message": "Internal server error"}
ROW = {"statusCode": 422, "message": "The request could not be processed"}
PROXY = "<html><body>Sign in to the network</body></html>"
FAULTS: tuple[tuple[str, int, dict[str, Any]], ...] = (  # name, weight, what the server is told
    ("429 day", 3, {"how": "status", "status": 429, "body": DAY}),
    ("429 burst", 5, {"how": "status", "status": 429, "body": BURST}),
    ("429 for everybody", 1, {"how": "status", "status": 429, "body": BURST, "times": 12}),
    ("401", 3, {"how": "status", "status": 401, "body": REFUSED}),
    ("402", 3, {"how": "status", "status": 402, "body": UNPAID}),
    ("5xx", 5, {"how": "status", "status": 500, "body": BROKEN}),
    ("502 as a page", 2, {"how": "status", "status": 502, "body": "<html>Bad gateway</html>"}),
    ("422", 2, {"how": "status", "status": 422, "body": ROW}),
    ("proxy page", 1, {"how": "status", "status": 403, "body": PROXY}),
    ("cut before the charge", 5, {"how": "close"}),
    ("cut after the charge", 8, {"how": "cut", "charged": True}),
    ("cut in the headers after the charge", 3, {"how": "cut_headers", "charged": True}),
    ("reset after the charge", 3, {"how": "reset", "charged": True}),
    ("silent after the charge", 1, {"how": "silence", "charged": True}),
    ("slow drip", 3, {"how": "drip", "seconds": 0.0005}),
    ("slow", 3, {"how": "slow", "seconds": 2.0}),
    ("usage refused", 1, {"how": "status", "status": 401, "body": REFUSED, "usage": True}),
    ("usage broken", 1, {"how": "status", "status": 500, "body": BROKEN, "usage": True}),
)
JUMPS = (-3600.0, -90.0, 61.0, 1800.0, 3600.0, 43_200.0, 86_400.0)
JUMP_EACH = 8  # faults
PAUSE = (0.4, 2.0)  # seconds between two faults
LIMIT_S = 864_000.0  # further from the truth than this no clock goes: answers are kept for months


def rage(stage: Stage, seed: int) -> None:
    """Make trouble until the soak is over."""
    rng, ahead = random.Random(f"{seed}/weather"), 0.0
    weights = [weight for _, weight, _ in FAULTS]
    while not stage.over.wait(rng.uniform(*PAUSE)):
        name, _, wanted = rng.choices(FAULTS, weights)[0]
        whom = {"account": f"Soak {rng.randrange(1, 11)}"} if rng.random() < 0.3 else {}
        stage.control("faults", {"times": rng.randrange(1, 3)} | wanted | whom)
        stage.count(f"fault: {name}")
        if rng.randrange(JUMP_EACH) == 0:
            ahead = max(-LIMIT_S, min(LIMIT_S, ahead + rng.choice(JUMPS)))
            set_ahead(stage.clock, ahead)
            stage.count("clock jumps")
