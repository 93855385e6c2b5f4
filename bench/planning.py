"""Plan a list of ROWS people of whom every other one is known: python -m bench.planning ROWS prints JSON."""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

from bench.engine import BULK, PHONES, links, opened
from core.engine.preflight import Row
from core.model import Kind, Person, Phone, Prospect
from core.results.person import fingerprint, identity
from core.results.store import Known, Outcome


def main(rows: int) -> int:
    """Fill the store, plan, and print seconds and peak memory of the planning process."""
    with tempfile.TemporaryDirectory() as home, opened(Path(home), "http://127.0.0.1:9", BULK, accounts=1) as app:
        account = app.keys.list()[0].account_id
        with app.db.write() as con:
            app.results.keep(con, (_known(link, account, app.clock()) for link in links(rows)[::2]))
        asked = [Row(number, Prospect(linkedin=link), wanted=PHONES) for number, link in enumerate(links(rows), 2)]
        began = time.perf_counter()
        plan = app.plan(asked, PHONES)
        took = time.perf_counter() - began
        assert plan.to_send == rows // 2
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows, "seconds": took, "peak_mb": peak}))
    return 0


def _known(link: str, account: str, now: float) -> Known:
    who = identity(Prospect(linkedin=link)) or ""
    person = Person("v1.x", "Ada Sample", "Ada", "Sample", phones=(Phone("+447700900123", "mobile"),))
    return Known(fingerprint(who), Kind.PHONES, Outcome.FOUND, person, account, "", 5.0, now)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
