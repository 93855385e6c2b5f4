"""A home whose history comes from real runs on the practice server, and one that is written row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from core.app import App, open_app
from core.database import Connection, Database
from core.engine.batch import Limits
from core.engine.preflight import Row
from core.keys.vault import MemoryVault
from core.model import Category, Kind, Prospect
from core.settings import Settings
from sandbox.scenarios import key
from sandbox.server import PracticeServer
from sandbox.world import World


class Team:
    """Runs lists on the practice server, one after the other."""

    def __init__(self, app: App, world: World, settings: Settings) -> None:
        self.app, self.world, self.settings = app, world, settings

    def run(self, people: list[Prospect], *kinds: Kind) -> None:
        rows = [Row(number, who, wanted=frozenset(kinds)) for number, who in enumerate(people, 2)]
        for _event in self.app.run(self.app.plan(rows, frozenset(kinds)), source="leads.xlsx", limits=Limits(wait=False)):
            pass


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    world = World()
    world.account("Sales", [key(1)])
    world.account("Other", [key(2)])
    with ExitStack() as stack:
        server = stack.enter_context(PracticeServer(world))
        settings = Settings(tmp_path / "home", server.url)
        settings.home.mkdir()
        app = stack.enter_context(open_app(settings, vault=MemoryVault()))
        app.keys.add_many([f"Key 1,{key(1)},Sales", f"Key 2,{key(2)},Other"], Category.ANY)
        yield Team(app, world, settings)


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Callable[..., Connection]]:
    """Requests as (sent_at, http, outcome, credits, rows), each row (kind, status, prospect, result)."""
    with ExitStack() as stack:

        def write(*requests: tuple, jobs: tuple = ()) -> Connection:
            db = stack.enter_context(Database(tmp_path / "history.sqlite3"))
            with db.write() as con:
                con.execute("INSERT OR IGNORE INTO accounts(id, label) VALUES('a1', 'Sales')")
                (first,) = con.execute("SELECT coalesce(max(seq), 0) FROM attempts").fetchone()
                for seq, (at, http, outcome, credits, rows) in enumerate(requests, first + 1):
                    con.execute(
                        "INSERT INTO attempts(seq, job_id, key_id, account_id, key_epoch, account_epoch, owner, endpoint, n,"
                        " sent_at, done_at, http, outcome, credits_reserved, credits_charged)"
                        " VALUES(?,?,'k1','a1',0,0,'','search-and-enrich',?,?,?,?,?,6,?)",
                        (seq, f"j{seq}", max(1, len(rows)), at, None if outcome is None else at + 1, http, outcome, credits),
                    )
                    con.executemany(
                        "INSERT INTO units(job_id, row, kind, person_fp, prospect, state, attempt, status, result)"
                        " VALUES(?,?,?,'p',?,'DONE',?,?,?)",
                        [(f"j{seq}", row, kind, who, seq, status, result) for row, kind, status, who, result in rows],
                    )
                con.executemany(
                    "INSERT INTO jobs(id, kinds, source, state, created_at, snapshot) VALUES(?,'phones','x','DONE',?,?)",
                    [(f"made{at}", at, text) for at, text in jobs],
                )
            return stack.enter_context(db.reader())

        yield write
