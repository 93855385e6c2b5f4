"""A program of its own that runs the engine, to be killed or to share a database: ``python child.py`` with JSON on stdin.

home, url   where the data is and where the practice server listens
keys        key id -> number of the practice key: what the key store holds
slugs       who is looked up, in rows from 2 on
batch       people a request; wait_s: how long it waits for a key
kill        "before_send", "after_answer", "judged", "committing" or "committed", and ``at`` which one; "" for never
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from core.app import open_app
from core.engine.policy import Pauses, Policy
from core.engine.preflight import Row
from core.engine.verdict import Verdict, judge
from core.errors import EnrichError
from core.keys.vault import MemoryVault
from core.lusha.client import LushaClient
from core.lusha.reply import Reply
from core.model import Kind, Prospect
from core.secret import Secret
from core.settings import Settings
from sandbox.scenarios import key

PHONES = frozenset({Kind.PHONES})


class Killer:
    """Ends this program without a word at the ``at``-th time of ``where``."""

    def __init__(self, where: str, at: int) -> None:
        self.where, self.at = where, at

    def here(self, where: str) -> None:
        if where == self.where:
            self.at -= 1
            if self.at == 0:
                os.kill(os.getpid(), signal.SIGKILL)


class Watched(LushaClient):
    """Tells the killer of every request."""

    killer: Killer

    def ask(self, *asked: Any) -> Reply:
        self.killer.here("before_send")
        reply = super().ask(*asked)
        self.killer.here("after_answer")
        return reply

    def twin(self) -> LushaClient:
        return Watched(self._base_url)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(told: dict[str, Any]) -> None:
    killer = Watched.killer = Killer(told.get("kill", ""), told.get("at", 0))

    def judged(reply: Reply) -> Verdict:
        killer.here("judged")
        return judge(reply)

    committing = False

    def traced(statement: str) -> None:
        nonlocal committing
        if committing:
            killer.here("committed")
        committing = statement == "COMMIT"
        if committing:
            killer.here("committing")

    vault = MemoryVault()
    vault.kept.update({key_id: Secret(key(number)) for key_id, number in told["keys"].items()})
    at_once = Pauses((0.0, 0.0), (0.0, 0.0), (0.0, 0.0))
    policy = Policy(batch=told.get("batch", 25), wait_s=told.get("wait_s", 90.0), judge=judged, pauses=at_once)
    with open_app(Settings(Path(told["home"]), told["url"]), vault=vault, policy=policy) as app:
        app.batches._slots._make = lambda: Watched(told["url"])
        rows = [
            Row(row, Prospect(linkedin=f"https://www.linkedin.com/in/{slug}"), wanted=PHONES)
            for row, slug in enumerate(told["slugs"], 2)
        ]
        planned = app.plan(rows, PHONES)
        say("ready")
        sys.stdin.readline()
        app.db._con.set_trace_callback(traced)
        events = app.run(planned, source="test")
        while True:
            try:
                next(events)
            except StopIteration as end:
                counts: dict[str, int] = {}
                for answer in end.value.answers.values():
                    counts[answer.status.value] = counts.get(answer.status.value, 0) + 1
                say(json.dumps({"calls": end.value.calls, "counts": counts, "credits": end.value.credits}))
                return


if __name__ == "__main__":
    try:
        main(json.loads(sys.stdin.readline()))
    except EnrichError as error:
        say(json.dumps({"error": str(error)}))
        raise
