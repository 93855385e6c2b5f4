"""`python -m bench.engine`: the seed's loop, ours row by row and ours in bulk, against the ideal time; one run, ratios.

Every arm asks a practice server of its own process with the same latency. What matters are the ratios: client and server
share the machine.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from core.app import App, open_app
from core.engine.policy import Policy
from core.engine.preflight import Row
from core.keys.vault import MemoryVault
from core.model import Category, KeyStatus, Kind, Prospect, RowStatus
from core.secret import Secret
from core.settings import Settings
from sandbox.scenarios import key

ACCOUNTS, LATENCY_S, PER_CONTACT_S, PER_SECOND = 10, 0.3, 0.001, 25
PHONES = frozenset({Kind.PHONES})
RESULTS = Path(__file__).with_name("results")
SINGLE = Policy(batch=1, most_batch=1, in_flight=8, senders=8 * ACCOUNTS)
BULK = Policy()
WIDE = Policy(batch=100, most_batch=100, in_flight=1)


@dataclass(frozen=True, slots=True)
class Arm:
    """One way of doing it. Seconds of wall and processor time (the client's), calls, and what the server counted."""

    name: str
    rows: int
    wall_s: float
    cpu_ms_a_row: float
    calls: int
    refused: int
    paid_twice: int
    ideal_s: float

    @property
    def of_ideal(self) -> float:
        return self.wall_s / self.ideal_s


def main() -> int:
    """Run the arms, print a table, keep the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.engine")
    parser.add_argument("--seed-rows", type=int, default=60, help="rows for the seed loop; its time is scaled")
    parser.add_argument("--rounds", type=int, default=3, help="medians of so many")
    parser.add_argument("--full", action="store_true", help="also 10,000 rows one by one, and the minute windows of a big plan")
    args = parser.parse_args()
    seed = seed_loop(args.seed_rows)
    seed_row_s = seed.wall_s / seed.rows
    arms = [
        median(args.rounds, "single", 1000, SINGLE),
        median(args.rounds, "bulk", 1000, BULK),
        median(args.rounds, "bulk", 10_000, BULK),
        median(args.rounds, "bulk, 100 a call", 10_000, WIDE),
        median(1, "bulk, short windows", 1000, BULK, {"minute": 2}),
    ]
    if args.full:
        arms.append(our_run("single", 10_000, SINGLE))
        arms.append(our_run("single, 300 a minute", 4000, SINGLE, {"minute": 300}))
    for arm in (seed, *arms):
        show(arm, seed_row_s)
    shared = three_programs(1500)
    print(f"three programs, one account: {shared['rows']} rows, {shared['calls']} calls, {shared['refused']} answers 429")
    storm = a_storm()
    print(
        f"10 s of 429 for everybody: {storm['rows']} rows, {storm['refused']} calls refused, {storm['retired']} keys retired,"
        f" {storm['open']} rows open"
    )
    planned = [planning(rows) for rows in (1000, 10_000, 100_000, 1_000_000)]
    for plan in planned:
        print(f"planned {plan['rows']:>9,} rows, half of them known: {plan['seconds']:6.2f} s, peak {plan['peak_mb']:.0f} MB")
    keep(
        "engine",
        {
            "seed": asdict(seed) | {"scaled": True},
            "arms": [asdict(arm) | {"to_seed": seed_row_s * arm.rows / arm.wall_s, "of_ideal": arm.of_ideal} for arm in arms],
            "three_programs": shared,
            "storm": storm,
            "planning": planned,
        },
    )
    return 0


def show(arm: Arm, seed_row_s: float) -> None:
    """One line of the table."""
    print(
        f"{arm.name:22} {arm.rows:7,} rows {arm.wall_s:8.2f} s {arm.calls:6,} calls {arm.cpu_ms_a_row:7.3f} ms CPU a row"
        f" {seed_row_s * arm.rows / arm.wall_s:7.0f} x seed {arm.of_ideal:6.2f} x ideal"
        f" {arm.refused:3} refused {arm.paid_twice:3} paid twice"
    )


# -- the arms ---------------------------------------------------------------------------------------------------------
@contextmanager
def served(**wanted: object) -> Iterator[str]:
    """A practice server in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "bench.server",
        json.dumps({"latency_s": LATENCY_S, "per_contact_s": PER_CONTACT_S} | wanted),
    ]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait()


def stats(url: str) -> dict[str, int]:
    """What the server has counted."""
    with urllib.request.urlopen(f"{url}/__sandbox/stats") as answer:
        counted: dict[str, int] = json.load(answer)["stats"]
    return counted


def seed_loop(rows: int) -> Arm:
    """The loop this product grew from: one row a call, one call after the other, the keys in order."""
    with served(per_second=None) as url, httpx.Client(base_url=url, trust_env=False) as client:
        began, cpu = time.perf_counter(), time.process_time()
        for link in links(rows):
            body = {"contacts": [{"clientReferenceId": "0", "linkedinUrl": link}], "reveal": ["phones"]}
            for number in range(1, ACCOUNTS + 1):
                answer = client.post("/v3/contacts/search-and-enrich", json=body, headers={"api_key": key(number)}, timeout=30)
                if answer.status_code == httpx.codes.OK:
                    break
        wall, used = time.perf_counter() - began, time.process_time() - cpu
        seen = stats(url)
    return Arm("seed loop", rows, wall, 1000 * used / rows, seen["posts"], seen["refused"], seen["paid_twice"], wall)


def median(rounds: int, name: str, rows: int, policy: Policy, limits: dict[str, int] | None = None) -> Arm:
    """The run with the median time of so many."""
    arms = sorted((our_run(name, rows, policy, limits) for _ in range(rounds)), key=lambda arm: arm.wall_s)
    return arms[len(arms) // 2]


def our_run(name: str, rows: int, policy: Policy, limits: dict[str, int] | None = None) -> Arm:
    """Our run with its journal, store and evidence on disk."""
    with served(limits=limits or {}) as url, tempfile.TemporaryDirectory() as home, opened(Path(home), url, policy) as app:
        asked = [Row(number, Prospect(linkedin=link), wanted=PHONES) for number, link in enumerate(links(rows), 2)]
        if limits:
            warm_up(app)
        before = stats(url)["posts"]
        plan = app.plan(asked, PHONES)
        began, cpu = time.perf_counter(), time.process_time()
        for _event in app.run(plan, source="bench"):
            pass
        wall, used = time.perf_counter() - began, time.process_time() - cpu
        seen = stats(url)
    calls = seen["posts"] - before
    return Arm(
        name, rows, wall, 1000 * used / rows, calls, seen["refused"], seen["paid_twice"], ideal(rows, calls, policy, limits or {})
    )


def ideal(rows: int, calls: int, policy: Policy, limits: dict[str, int]) -> float:
    """The least time the server's own limits and our caps allow: whichever wall is higher."""
    latency = LATENCY_S + PER_CONTACT_S * math.ceil(rows / calls)
    in_flight = min(policy.senders, ACCOUNTS * min(policy.in_flight, max(1, policy.rows_in_flight // math.ceil(rows / calls))))
    flight = math.ceil(calls / in_flight) * latency
    minute = limits.get("minute", calls) * ACCOUNTS
    whole, rest = divmod(calls - 1, minute)
    rate = 60 * whole + (rest + 1) / (PER_SECOND * ACCOUNTS) + latency
    return max(flight, rate)


def warm_up(app: App) -> None:
    """One look-up at every account, so that the request windows are known."""
    for number in range(ACCOUNTS):
        for other in app.keys.list():
            (app.keys.resume if other.last4 == key(number + 1)[-4:] else app.keys.pause)(other.id)
        for _event in app.lookup(Prospect(linkedin=f"https://www.linkedin.com/in/warm-{number}"), PHONES):
            pass
    for other in app.keys.list():
        app.keys.resume(other.id)


@contextmanager
def opened(home: Path, url: str, policy: Policy, accounts: int = ACCOUNTS) -> Iterator[App]:
    """A home with a key for each account."""
    with open_app(Settings(home, url), vault=MemoryVault(), policy=policy) as app:
        for number in range(1, accounts + 1):
            app.keys.add_many([f"Key {number},{key(number)},Bench {number}"], Category.PHONE_ONLY)
        for one in app.keys.list():  # another program may have added them: each has a memory of its own
            app.vault.set(one.id, Secret(key(int(one.label.split()[-1]))))
        yield app


def links(rows: int, first: int = 0) -> list[str]:
    return [f"https://www.linkedin.com/in/bench-{number}" for number in range(first, first + rows)]


# -- several programs, and planning -----------------------------------------------------------------------------------
def three_programs(rows: int) -> dict[str, int]:
    """Three processes with one home and one account ask for different people at the same time."""
    with served(accounts=1) as url, tempfile.TemporaryDirectory() as home:
        parts = [rows // 3] * 3
        programs = [
            subprocess.Popen([sys.executable, "-m", "bench.engine_child", home, url, str(part), str(place * 100_000)])
            for place, part in enumerate(parts)
        ]
        for program in programs:
            if program.wait():
                raise RuntimeError("one of the programs failed")
        seen = stats(url)
    return {"rows": rows, "calls": seen["posts"], "refused": seen["refused"], "paid_twice": seen["paid_twice"]}


def a_storm(seconds: float = 10.0) -> dict[str, int]:
    """Every account that worked a moment ago answers 429 for so long: what it costs, and which keys it retires."""
    refusal = {"statusCode": 429, "message": "Too many requests. Please wait before making another request."}
    fault = {"how": "status", "times": -1, "status": 429, "body": refusal}
    with served() as url, tempfile.TemporaryDirectory() as home, opened(Path(home), url, BULK) as app:
        lists = [[Row(n, Prospect(linkedin=link), wanted=PHONES) for n, link in enumerate(links(rows, at), 2)] for rows, at in
                 ((1000, 0), (200, 5000))]  # fmt: skip
        for _event in app.run(app.plan(lists[0], PHONES), source="bench"):
            pass
        refused = list[int]()

        def over() -> None:
            refused.append(stats(url)["refused"])
            tell(url, "reset", {})

        tell(url, "faults", fault)
        end = threading.Timer(seconds, over)
        end.start()
        events = app.run(app.plan(lists[1], PHONES), source="bench")
        while True:
            try:
                next(events)
            except StopIteration as ended:
                result = ended.value
                break
        end.join()
        retired = sum(key.status is not KeyStatus.ACTIVE for key in app.keys.list())
        left = result.count(RowStatus.WAITING, RowStatus.STOPPED, RowStatus.FAILED)
    return {"rows": 200, "refused": refused[0], "retired": retired, "open": left}


def tell(url: str, what: str, wanted: dict[str, object]) -> None:
    """Set something on the practice server."""
    urllib.request.urlopen(f"{url}/__sandbox/{what}", json.dumps(wanted).encode()).close()


def planning(rows: int) -> dict[str, float]:
    """Plan a list of which every other person is known, in a process of its own: seconds and peak memory."""
    command = [sys.executable, "-m", "bench.planning", str(rows)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def keep(name: str, figures: dict[str, object]) -> None:
    """Write the figures with what they were measured on."""
    now = datetime.now(UTC)
    machine = {
        "at": now.isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "httpx": httpx.__version__,
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "latency_s": LATENCY_S,
        "accounts": ACCOUNTS,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{now:%Y-%m-%d}-{name}.json"
    file.write_text(json.dumps(machine | figures, indent=2) + "\n", encoding="utf-8")
    print(f"Kept in {file.relative_to(RESULTS.parent.parent)}")


def import_times(pairs: int = 5) -> dict[str, dict[str, float]]:
    """Whole-process seconds of an import against a bare interpreter, in turns; medians."""
    found: dict[str, dict[str, float]] = {}
    for name in ("cli.__main__", "core.app"):
        ours, bare = [], []
        for _ in range(pairs):
            bare.append(_process("pass"))
            ours.append(_process(f"import {name}"))
        found[name] = {"median_s": statistics.median(ours), "ratio": statistics.median(ours) / statistics.median(bare)}
    return found


def _process(code: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
