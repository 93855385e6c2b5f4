"""Programs that are killed at any moment, and programs that share one database, accounts and people."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.app import App, open_app
from core.database import Database
from core.engine.policy import Pauses
from core.engine.preflight import Row
from core.keys.vault import MemoryVault
from core.model import Category, Kind, Prospect, RowStatus
from core.owner import Owner
from core.settings import Settings
from sandbox.people import Json
from sandbox.scenarios import key
from sandbox.server import PracticeServer
from sandbox.world import Account, World

ROOT = Path(__file__).parents[3]
PHONES = frozenset({Kind.PHONES})
FINAL = frozenset(RowStatus) - {RowStatus.WAITING, RowStatus.STOPPED}
LONG_S = 450  # for a slow machine


class Killing(World):
    """A practice world that can end the program that asks, before or after it has charged for the n-th request."""

    def __init__(self, where: str = "", at: int = 0) -> None:
        super().__init__()
        self.where, self.at, self.victim = where, at, 0

    def fault_for(self, key: str, contacts: list[Json], **more: bool) -> Any:
        self._here("before_charge")
        return super().fault_for(key, contacts, **more)

    def work(self, account: Account, contacts: list[Json], reveal: list[str], *, by_id: bool) -> Json:
        done = super().work(account, contacts, reveal, by_id=by_id)
        self._here("charged")
        return done

    def _here(self, where: str) -> None:
        with self.lock:
            if where == self.where and self.victim:
                self.at -= 1
                if self.at == 0:
                    os.kill(self.victim, signal.SIGKILL)


class Home:
    """A data folder with keys, open in this program too."""

    def __init__(self, app: App, url: str, numbers: dict[str, int]) -> None:
        self.app, self.url, self.numbers = app, url, numbers

    def child(self, slugs: list[str], **more: object) -> subprocess.Popen[str]:
        """Starts a program that is ready to run; `go` lets it."""
        told = {"home": str(self.app.settings.home), "url": self.url, "keys": self.numbers, "slugs": slugs, **more}
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        code = Path(__file__).with_name("child.py")
        one = subprocess.Popen([sys.executable, str(code)], stdin=-1, stdout=-1, stderr=-1, text=True, env=env, cwd=ROOT)
        assert one.stdin is not None
        one.stdin.write(json.dumps(told) + "\n")
        one.stdin.flush()
        return one

    def finish(self) -> dict[int, RowStatus]:
        """Go on with the one job there is, in this program."""
        job = self.app.journal.jobs()[0]
        events = self.app.resume(job)
        while True:
            try:
                next(events)
            except StopIteration as end:
                return {row: answer.status for row, answer in end.value.answers.items()}

    def one(self, sql: str) -> Any:
        with self.app.db.read() as con:
            return con.execute(sql).fetchone()[0]


def ready(one: subprocess.Popen[str]) -> None:
    assert one.stdout is not None
    if one.stdout.readline() != "ready\n":
        raise AssertionError(one.communicate(timeout=LONG_S)[1])


def go(one: subprocess.Popen[str]) -> None:
    assert one.stdin is not None
    one.stdin.write("go\n")
    one.stdin.flush()


def ended(one: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = one.communicate(timeout=LONG_S)
    assert one.returncode == 0, err
    assert "locked" not in err
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Any]:
    """Opens a home with keys for a world: ``home(world, {"Sales": 2})`` has two keys of one account."""
    opened: list[Any] = []

    def start(world: World, accounts: dict[str, int], **more: Any) -> Home:
        server = PracticeServer(world)
        opened.append(server)
        server.__enter__()
        manager = open_app(Settings(tmp_path, server.url), vault=MemoryVault(), pauses=Pauses((0.0, 0.0), (0.0, 0.0), (0.0, 0.0)))
        app = manager.__enter__()
        opened.append(manager)
        number, numbers = 0, {}
        for label, count in accounts.items():
            mine = list(range(number + 1, number + count + 1))
            number += count
            world.account(label, [key(n) for n in mine], **({"limits": {}} | more))
            report = app.keys.add_many([f"{label} {n},{key(n)},{label}" for n in mine], Category.PHONE_ONLY)
            numbers |= {one.id: n for one, n in zip(report.new, mine, strict=True)}
        return Home(app, server.url, numbers)

    yield start
    for one in reversed(opened):
        one.__exit__(None, None, None)


def nobody_paid_twice(world: World) -> bool:
    paid = Counter((line.person, line.account) for line in world.ledger if line.kind != "search")
    return world.paid_twice() == [] and len({person for person, _ in paid}) == len(paid)


PEOPLE = [f"stranger-{number}" for number in range(150)]  # six requests, three accounts
POINTS = [
    *(("before_send", n) for n in (1, 2, 6)),
    *(("before_charge", n) for n in (1, 3, 6)),
    *(("charged", n) for n in (1, 2, 4, 6)),
    *(("after_answer", n) for n in (1, 4)),
    *(("judged", n) for n in (1, 3, 6)),
    *(("committing", n) for n in (2, 4)),
    *(("committed", n) for n in (1, 3, 5)),
]


@pytest.mark.parametrize(("where", "at"), POINTS)
def test_killed_at_any_point_nobody_is_paid_for_twice_and_no_row_is_lost(home, where: str, at: int) -> None:
    world = Killing(where, at)
    bench = home(world, {"A": 1, "B": 1, "C": 1})
    with bench.child(PEOPLE, kill=where, at=at) as child:
        ready(child)
        world.victim = child.pid
        go(child)
        child.communicate(timeout=LONG_S)
    assert child.returncode == -signal.SIGKILL
    world.where = ""
    assert bench.app.db.check() == "ok"
    if not bench.app.journal.jobs():
        assert (where, world.posts) == ("committed", 0)
        return
    statuses = bench.finish()
    assert set(statuses) == set(range(2, len(PEOPLE) + 2))
    assert set(statuses.values()) <= FINAL
    assert nobody_paid_twice(world)
    assert bench.app.journal.jobs()[0].state == "DONE"
    assert bench.one("SELECT count(*) FROM attempts WHERE done_at IS NULL") == 0
    assert bench.one("SELECT count(*) FROM units WHERE state<>'DONE'") == 0
    assert bench.one("PRAGMA integrity_check") == "ok"
    assert [file.name for file in (bench.app.settings.home / "running").iterdir()] == []


def test_there_are_twenty_points() -> None:
    assert len(POINTS) == 20


# -- several programs at once ------------------------------------------------------------------------------------------------
def test_four_programs_run_on_one_database_without_a_lock_error(home) -> None:
    world = World()
    bench = home(world, {"A": 1, "B": 1, "C": 1, "D": 1})
    running = [bench.child([f"list-{n}-{row}" for row in range(75)]) for n in range(4)]
    for one in running:
        ready(one)
    for one in running:
        go(one)
    told = [ended(one) for one in running]
    assert sum(sum(one["counts"].values()) for one in told) == 300
    assert sum(one["calls"] for one in told) == world.posts == 12
    assert sum(one["credits"] for one in told) == world.charged()
    assert max(world.most_in_flight.values()) <= 4
    assert nobody_paid_twice(world)
    assert bench.app.db.check() == "ok"


WRITER = """
    import sqlite3, sys
    from pathlib import Path
    from core.database import Database
    path, version, deferred = Path(sys.argv[1]), (3, 51, 3) if sys.argv[2] == "wal" else (3, 40, 1), sys.argv[3] == "deferred"
    with Database(path, version=version) as db:
        assert db.journal_mode == sys.argv[2], db.journal_mode
        own = sqlite3.connect(path, timeout=30, isolation_level=None)
        print("ready", flush=True)
        sys.stdin.readline()
        failed = 0
        think = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<5000) SELECT v, max(i) FROM seq, n"
        for _ in range(25):
            if not deferred:
                with db.write() as con:
                    v = con.execute(think).fetchone()[0]
                    con.execute("UPDATE seq SET v=?", (v + 1,))
                continue
            try:
                own.execute("BEGIN DEFERRED")
                v = own.execute(think).fetchone()[0]
                own.execute("UPDATE seq SET v=?", (v + 1,))
                own.execute("COMMIT")
            except sqlite3.OperationalError as error:
                failed += "locked" in str(error)
                if own.in_transaction:
                    own.execute("ROLLBACK")
        print(failed)
"""


@pytest.mark.parametrize("mode", ["wal", "truncate"])
@pytest.mark.parametrize("how", ["immediate", "deferred"])
def test_four_writers_never_see_a_lock_with_our_transactions_and_do_with_deferred_ones(
    tmp_path: Path, mode: str, how: str
) -> None:
    path = tmp_path / "lusha.sqlite3"
    Database(path, version=(3, 51, 3) if mode == "wal" else (3, 40, 1)).close()
    code, env = textwrap.dedent(WRITER), {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, str(path), mode, how]
    running = [subprocess.Popen(command, stdin=-1, stdout=-1, text=True, env=env, cwd=ROOT) for _ in range(4)]
    for one in running:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in running:
        go(one)
    failed = sum(int(one.communicate(timeout=LONG_S)[0]) for one in running)
    with sqlite3.connect(path) as con:
        written = con.execute("SELECT v FROM seq").fetchone()[0]
    con.close()
    assert [one.returncode for one in running] == [0] * 4
    assert written == 100 - failed
    assert (failed > 0) is (how == "deferred")


def test_three_programs_share_one_account_within_its_limits(home) -> None:
    world = World()
    bench = home(world, {"Shared": 1}, limits={"minute": 20}, per_second=25)
    running = [bench.child([f"list-{n}-{row}" for row in range(250)], wait_s=0.0) for n in range(3)]
    for one in running:
        ready(one)
    for one in running:
        go(one)
    told = [ended(one) for one in running]
    asked = len(world.journal)
    assert {entry.status for entry in world.journal} == {200}
    # a request under way counts twice until its answer says that Lusha has counted it; who does not wait leaves by then
    assert 20 - (4 - 1) <= asked <= 20
    assert sum(one["calls"] for one in told) == asked
    assert sum(one["credits"] for one in told) == world.charged()
    served = sum(count for one in told for status, count in one["counts"].items() if status != "waiting")
    assert served == sum(entry.rows for entry in world.journal) >= asked * 25  # more a request, for the window is short
    assert world.most_in_flight["Shared"] <= 4
    with bench.app.db.read() as con:
        sent = [at for (at,) in con.execute("SELECT sent_at FROM attempts ORDER BY sent_at")]
    assert all(sum(start <= at < start + 1 for at in sent) <= 25 for start in sent)


def test_three_programs_with_the_same_list_pay_for_everybody_once(home) -> None:
    world = World()
    world.latency_s = 0.05
    bench = home(world, {"A": 1, "B": 1, "C": 1})
    running = [bench.child(PEOPLE, batch=10) for _ in range(3)]
    for one in running:
        ready(one)
    for one in running:
        go(one)
    told = [ended(one) for one in running]
    assert [sum(one["counts"].values()) for one in told] == [150] * 3
    assert all("waiting" not in one["counts"] for one in told)
    assert sum(one["calls"] for one in told) == world.posts
    assert sum(one["credits"] for one in told) == world.charged()
    assert sum(entry.rows for entry in world.journal) == len(PEOPLE)
    assert nobody_paid_twice(world)


def test_what_a_killed_program_left_in_doubt_another_one_that_runs_asks_for_at_the_same_account(home) -> None:
    world = Killing("charged", 1)
    bench = home(world, {"A": 1, "B": 1, "C": 1})
    with bench.child(PEOPLE) as child:
        ready(child)
        world.victim = child.pid
        go(child)
        child.communicate(timeout=LONG_S)
    world.where = ""
    rows = [Row(n, Prospect(linkedin=f"https://www.linkedin.com/in/{slug}"), wanted=PHONES) for n, slug in enumerate(PEOPLE, 2)]
    result = run(bench.app, rows)
    assert result.count(*FINAL) == len(PEOPLE)
    assert nobody_paid_twice(world)


def run(app: App, rows: list[Row]) -> Any:
    events = app.run(app.plan(rows, PHONES), source="test")
    while True:
        try:
            next(events)
        except StopIteration as end:
            return end.value


# -- whose a request is ----------------------------------------------------------------------------------------------------
def test_a_run_is_alive_until_it_ends_in_this_program_and_in_another(tmp_path: Path) -> None:
    with Owner(tmp_path) as one, Owner(tmp_path) as two:
        first, second = one.claim(), one.claim()
        assert first != second
        assert (one.is_alive(first), two.is_alive(first), two.is_alive(second)) == (True, True, True)
        one.release(first)
        one.release(first)
        assert (one.is_alive(first), two.is_alive(first), two.is_alive(second)) == (False, False, True)
    assert list(tmp_path.iterdir()) == []
    with Owner(tmp_path) as three:
        assert not three.is_alive(second)
        assert not three.is_alive("")
