"""`python -m bench`: the seed's loop against ours on one practice server, and import times; keeps the figures as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from core.app import open_app
from core.engine.preflight import Row
from core.keys.vault import MemoryVault
from core.model import Category, Kind, Prospect
from core.settings import Settings
from sandbox.scenarios import PracticeKey, key
from sandbox.server import PracticeServer
from sandbox.world import World

KEYS, LATENCY_S = 5, 0.3
PHONES = frozenset({Kind.PHONES})
RESULTS = Path(__file__).with_name("results")


@dataclass(frozen=True, slots=True)
class Arm:
    """One way of doing it: wall and CPU seconds for ``rows`` rows, and what the practice server counted."""

    name: str
    rows: int
    wall_s: float
    cpu_s: float
    calls: int
    paid_twice: int

    @property
    def row_s(self) -> float:
        return self.wall_s / self.rows


def main() -> int:
    """Run both arms and the import times, print a table, write a JSON file."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--rows", type=int, default=1000, help="rows for ours")
    parser.add_argument("--seed-rows", type=int, default=100, help="rows for the seed loop; its time is scaled")
    parser.add_argument("--full", action="store_true", help="as many rows for the seed loop too")
    args = parser.parse_args()
    links = [f"https://www.linkedin.com/in/bench-{number}" for number in range(args.rows)]
    seed = seed_loop(links if args.full else links[: args.seed_rows])
    ours = our_run(links)
    ratio = seed.row_s / ours.row_s
    imports = import_times()
    for arm in (seed, ours):
        cpu_ms = 1000 * arm.cpu_s / arm.rows
        print(f"{arm.name:10} {arm.rows:6} rows {arm.wall_s:8.2f} s {arm.calls:6} calls {cpu_ms:7.3f} ms CPU a row")
    print(f"ours is {ratio:.1f} x the seed loop for each row" + ("" if args.full else " (seed scaled from fewer rows)"))
    for name, value in imports.items():
        print(f"import {name}: {value['median_s'] * 1000:.0f} ms, {value['ratio']:.2f} x a bare interpreter")
    keep({"seed": asdict(seed), "ours": asdict(ours), "ratio": ratio, "seed_scaled": not args.full, "imports": imports})
    return 0


def world() -> tuple[World, list[PracticeKey]]:
    """Five healthy accounts with one key each; every answer takes 300 ms."""
    made, keys = World(), []
    made.latency_s = LATENCY_S
    for number in range(1, KEYS + 1):
        made.account(f"Bench {number}", [key(number)], credits=1e6, limits={})
        keys.append(PracticeKey(f"Key {number}", key(number), f"Bench {number}"))
    return made, keys


def seed_loop(links: list[str]) -> Arm:
    """The loop this product grew from: one row a call, one call after the other, the keys in order."""
    made, keys = world()
    with PracticeServer(made) as server, httpx.Client(base_url=server.url, trust_env=False) as client:
        began, cpu = time.perf_counter(), time.process_time()
        for link in links:
            body = {"contacts": [{"clientReferenceId": "0", "linkedinUrl": link}], "reveal": ["phones"]}
            for one in keys:
                answer = client.post("/v3/contacts/search-and-enrich", json=body, headers={"api_key": one.key}, timeout=30)
                if answer.status_code == httpx.codes.OK:
                    break
        return _arm("seed loop", len(links), began, cpu, made)


def our_run(links: list[str]) -> Arm:
    """Our run with its journal, store and evidence on disk."""
    made, keys = world()
    with tempfile.TemporaryDirectory() as home, PracticeServer(made) as server:
        settings = Settings(Path(home), server.url)
        with open_app(settings, vault=MemoryVault()) as app:
            for one in keys:
                app.keys.add_many([f"{one.label},{one.key},{one.account}"], Category(one.category))
            rows = [Row(number, Prospect(linkedin=link), wanted=PHONES) for number, link in enumerate(links, 2)]
            began, cpu = time.perf_counter(), time.process_time()
            for _event in app.run(app.plan(rows, PHONES), source="bench"):
                pass
            return _arm("ours", len(links), began, cpu, made)


def _arm(name: str, rows: int, began: float, cpu: float, made: World) -> Arm:
    wall, used = time.perf_counter() - began, time.process_time() - cpu
    return Arm(name, rows, wall, used, made.posts, len(made.paid_twice()))


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


def keep(figures: dict[str, object]) -> None:
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
        "keys": KEYS,
    }
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{now:%Y-%m-%d}-seed-loop.json"
    file.write_text(json.dumps(machine | figures, indent=2) + "\n", encoding="utf-8")
    print(f"Kept in {file.relative_to(RESULTS.parent.parent)}")


if __name__ == "__main__":
    sys.exit(main())
