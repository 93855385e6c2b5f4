"""`python -m bench.statistics_time`: how long the statistics of a long history take, at first and when days are remembered.

200,000 requests in 90 days, 100 keys of 20 accounts, one row each, half of them for both kinds, with answers as they are
really stored. Seconds of the clock and of the processor; figures go to bench/results.
"""

from __future__ import annotations

import json
import platform
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from core.database import Connection, Database
from core.model import Answer, Email, Person, Phone, Prospect, RowStatus
from core.results.spared import Spared, written
from core.stats.span import Span, last_days
from core.stats.statistics import Statistics

RESULTS = Path(__file__).with_name("results")
ATTEMPTS, KEYS, ACCOUNTS, DAYS, JOBS = 200_000, 100, 20, 90, 2_000
DAY_S = 86_400.0
_HTTP = (200,) * 16 + (429, 402, 401, 503)
_CASE = {200: "R01", 429: "E15", 402: "E06", 401: "E04", 503: "E22"}
_PERSON = Person("1", "Ada Sample", "Ada", "Sample", "Engineer", "Northwind", "northwind.example", phones=(Phone("+1 555 0100"),))


def main() -> None:
    """Measure, print, keep."""
    now = time.time()
    found: dict[str, object] = {"attempts": ATTEMPTS, "keys": KEYS, "days": DAYS}
    with tempfile.TemporaryDirectory() as folder, Database(Path(folder) / "lusha.sqlite3") as db:
        with db.write() as con:
            fill(con, now)
        with db.reader() as con:
            for name, span in _spans(now).items():
                statistics = Statistics(time.time)
                for which in ("first", "again"):
                    began, worked = time.perf_counter(), time.process_time()
                    insights = statistics.read(con, span)
                    found[f"{name}_{which}_s"] = round(time.perf_counter() - began, 3)
                    found[f"{name}_{which}_cpu_s"] = round(time.process_time() - worked, 3)
                found[f"{name}_requests"] = insights.calls.requests
    for name, value in found.items():
        print(f"{name:24} {value}")
    system = f"Python {platform.python_version()}, {platform.system()}"
    about = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "system": system}
    RESULTS.mkdir(exist_ok=True)
    kept = RESULTS / f"{datetime.now(UTC):%Y-%m-%d}-statistics.json"
    kept.write_text(json.dumps(about | found, indent=2) + "\n", encoding="utf-8")


def _spans(now: float) -> dict[str, Span]:
    today = datetime.fromtimestamp(now, UTC).astimezone().date()
    return {
        "7_days": last_days(7, today),
        "30_days": last_days(30, today),
        "90_days": last_days(90, today),
        "all": Span(None, today + timedelta(days=1)),
    }


def fill(con: Connection, now: float) -> None:
    """A long history, written straight into the tables."""
    accounts = [(f"a{n}", f"Account {n}") for n in range(ACCOUNTS)]
    con.executemany("INSERT INTO accounts(id, label) VALUES(?,?)", accounts)
    con.executemany(
        "INSERT INTO keys(id, account_id, category, label, last4, fp, position, secret, added_at)"
        " VALUES(?,?,'ANY',?,?,?,?,'HELD',?)",
        [(f"k{n}", f"a{n % ACCOUNTS}", f"Key {n}", f"{n:04d}", uuid.uuid4().hex, n, now) for n in range(KEYS)],
    )
    noted = written(Spared(12, 3, 10, 0, 2))
    con.executemany(
        "INSERT INTO jobs(id, kinds, source, state, created_at, snapshot) VALUES(?,'emails,phones','bench.xlsx','DONE',?,?)",
        [(f"j{n}", now - DAYS * DAY_S * (1 - n / JOBS), noted) for n in range(JOBS)],
    )
    con.executemany(
        "INSERT INTO attempts(seq, job_id, key_id, account_id, key_epoch, account_epoch, owner, endpoint, n, sent_at, done_at,"
        " http, outcome, credits_charged) VALUES(?,?,?,?,0,0,'','search-and-enrich',1,?,?,?,?,?)",
        [_attempt(n, now) for n in range(1, ATTEMPTS + 1)],
    )
    con.executemany(
        "INSERT INTO units(job_id, row, kind, person_fp, prospect, state, attempt, status, result, last4)"
        " VALUES(?,?,?,?,?,'DONE',?,?,?,'0001')",
        _units(),
    )


def _attempt(n: int, now: float) -> tuple[object, ...]:
    at, http = now - DAYS * DAY_S * (1 - n / ATTEMPTS), _HTTP[n % len(_HTTP)]
    return n, _job(n), f"k{n % KEYS}", f"a{n % ACCOUNTS}", at, at + 0.4, http, _CASE[http], 5.0 if http == 200 else 0.0


def _job(n: int) -> str:
    return f"j{n * JOBS // (ATTEMPTS + 1)}"


def _units() -> Iterator[tuple[object, ...]]:
    link, name = Prospect(linkedin="https://www.linkedin.com/in/ada-sample"), Prospect("", "", "Ada", "Sample", "Northwind")
    texts = [msgspec.json.encode(who).decode() for who in (link, Prospect(email="ada@northwind.example"), name)]
    both = Person("1", "Ada Sample", phones=_PERSON.phones, emails=(Email("ada@northwind.example"),))
    results = {
        RowStatus.FOUND: msgspec.json.encode(Answer(RowStatus.FOUND, both)).decode(),
        RowStatus.PARTLY_FOUND: msgspec.json.encode(Answer(RowStatus.PARTLY_FOUND, _PERSON)).decode(),
        RowStatus.NOT_FOUND: msgspec.json.encode(Answer(RowStatus.NOT_FOUND)).decode(),
    }
    for n in range(1, ATTEMPTS + 1):
        if _HTTP[n % len(_HTTP)] == 200:
            status = list(results)[n % 3]
            for kind in ("phones", "emails") if n % 2 else ("phones",):
                yield _job(n), n, kind, str(n), texts[n % 7 % 3], n, status.value, results[status]


if __name__ == "__main__":
    main()
