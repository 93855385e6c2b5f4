"""Where it all happens: a folder with a home of its own, the practice server as a process, the clock, the lists."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import openpyxl

from soak.roster import Roster, link, people
from soak.shifted import set_ahead

TOP = Path(__file__).resolve().parent.parent
HEAD = ("Name", "LinkedIn URL", "Phone", "Email", "Notes")


@dataclass(frozen=True, slots=True)
class Listed:
    """A list somebody has made: who stands in which row (from 2 on), and which kinds it is to be filled with."""

    path: Path
    slugs: tuple[str, ...]
    kinds: tuple[str, ...]

    @property
    def flags(self) -> list[str]:
        return [f"--{kind}" for kind in self.kinds]


@dataclass
class Stage:
    """What everybody shares. ``tally`` counts what was done; ``broken`` are programs that failed as none may."""

    folder: Path
    url: str
    roster: Roster
    rows: tuple[int, int]
    began: float = field(default_factory=time.monotonic)
    over: threading.Event = field(default_factory=threading.Event)
    tally: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    lists: list[Listed] = field(default_factory=list)
    spare: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def clock(self) -> Path:
        return self.folder / "clock"

    @property
    def database(self) -> Path:
        return self.home / "practice.sqlite3"

    @property
    def env(self) -> dict[str, str]:
        own = {
            "LUSHA_ENRICH_HOME": str(self.home),
            "LUSHA_ENRICH_API_URL": self.url,
            "SOAK_CLOCK": str(self.clock),
            "PYTHONPATH": str(TOP),
            "QT_QPA_PLATFORM": "offscreen",
        }
        return os.environ | own

    def count(self, what: str) -> None:
        with self.lock:
            self.tally[what] += 1

    def start(self, *argv: str, **more: str) -> subprocess.Popen[str]:
        """A program of the product under the soak's clock."""
        pipe = subprocess.PIPE
        command = [sys.executable, "-m", "soak.shifted", *argv]
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=self.env | more, cwd=TOP)

    def control(self, what: str, wanted: dict[str, Any] | None = None) -> Any:  # noqa: ANN401
        """Ask or tell the practice server; what it says of ``what``."""
        data = None if wanted is None else json.dumps(wanted).encode()
        with urllib.request.urlopen(f"{self.url}/__sandbox/{what}", data, timeout=120) as answer:
            return json.load(answer).get(what)

    def new_list(self, rng: random.Random, ending: str, *, shared: bool = True) -> Listed:
        """A file of people that nobody has filled yet; with ``shared`` anybody may fill it from now on."""
        slugs = people(rng, time.monotonic() - self.began, rng.randrange(*self.rows))
        kinds = rng.choice((("phones",), ("phones",), ("emails",), ("phones", "emails")))
        with self.lock:
            path = self.folder / "lists" / f"list-{next(self.numbers)}{ending}"
        rows = [HEAD, *((f"N{at} P{at}", link(one), "", "", f"note {at}") for at, one in enumerate(slugs))]
        write_csv(path, rows) if ending == ".csv" else write_book(path, rows)
        made = Listed(path, tuple(slugs), kinds)
        if shared:
            with self.lock:
                self.lists.append(made)
        return made


def write_csv(path: Path, rows: Sequence[tuple[str, ...]]) -> None:
    path.write_text("".join(",".join(row) + "\n" for row in rows), "utf-8")


def write_book(path: Path, rows: Sequence[tuple[str, ...]]) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Leads"
    for row in rows:
        sheet.append([cell or None for cell in row])
    book.save(path)


@contextmanager
def staged(folder: Path, roster: Roster, rows: tuple[int, int]) -> Iterator[Stage]:
    """Start the practice server and make the folder ready; the server ends with the block."""
    (folder / "lists").mkdir(parents=True)
    set_ahead(folder / "clock", 0.0)
    accounts: dict[str, list[str]] = {}
    for one in roster.all_keys:
        accounts.setdefault(one.account, []).append(one.key)
    revoked = [one.key for one in roster.keys if one.key[-4:] in roster.bad]
    env = os.environ | {"PYTHONPATH": str(TOP)}
    with subprocess.Popen(
        [sys.executable, "-m", "soak.server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env, cwd=TOP
    ) as server:
        assert server.stdin
        assert server.stdout
        print(
            json.dumps({"accounts": accounts, "revoked": revoked, "broke": sorted(roster.broke)}), file=server.stdin, flush=True
        )
        yield Stage(folder, server.stdout.readline().strip(), roster, rows, spare=[one.line for one in roster.spare])
        server.stdin.close()
