"""What the window is shown: right figures, and the same object again for whatever has not changed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from core.board import Board, Group, Snapshot
from core.database import Database
from core.model import RowStatus
from core.shown import group_of
from core.stats.facts import Fate, count
from core.stats.figures import Names, figures

NOW = 1_795_600_000.0
DAY_S = 86_400.0


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "data.sqlite3") as made:
        with made.write() as con:
            con.execute("INSERT INTO accounts(id, label, credits_left, credits_total) VALUES('a1','Sales',90,100)")
            con.execute("INSERT INTO accounts(id, label) VALUES('a2','Talent')")
            for n, account in enumerate(("a1", "a1", "a2")):
                con.execute(
                    "INSERT INTO keys(id, account_id, category, label, last4, fp, position, secret, added_at)"
                    " VALUES(?,?,'ANY',?,?,?,?,'HELD',?)",
                    (f"k{n}", account, f"Key {n}", f"000{n}", f"fp{n}", n, NOW),
                )
            con.execute(
                "INSERT INTO jobs(id, kinds, source, state, created_at) VALUES('j1','phones','list.xlsx','RUNNING',?)", (NOW,)
            )
        yield made


def asked(con: sqlite3.Connection, seq: int, key: str, account: str, at: float, status: str) -> None:
    con.execute(
        "INSERT INTO attempts(seq, job_id, key_id, account_id, key_epoch, account_epoch, owner, endpoint, n, sent_at, done_at,"
        " http, outcome, credits_charged) VALUES(?,'j1',?,?,0,0,'','search-and-enrich',1,?,?,200,'E00',5)",
        (seq, key, account, at, at + 1),
    )
    con.execute(
        "INSERT INTO units(job_id, row, kind, person_fp, prospect, state, attempt, status)"
        " VALUES('j1',?,'phones',?,'{}','DONE',?,?)",
        (seq, str(seq), seq, status),
    )


def looked(board: Board, db: Database) -> Snapshot:
    with db.reader() as con:
        return board.snapshot(con)


def test_what_has_not_changed_is_the_same_object_in_the_next_snapshot(db: Database) -> None:
    board = Board(lambda: NOW)
    first = looked(board, db)
    with db.write() as con:
        con.execute("UPDATE keys SET status='EXHAUSTED', reason='credits' WHERE id='k1'")
    second = looked(board, db)
    assert [old is new for old, new in zip(first.keys, second.keys, strict=True)] == [True, False, True]
    assert all(old is new for old, new in zip(first.accounts, second.accounts, strict=True))
    assert second.keys[1].key.status == "EXHAUSTED"


def test_figures_of_closed_days_and_of_today_are_added_up_by_key(db: Database) -> None:
    board = Board(lambda: NOW)
    with db.write() as con:
        asked(con, 1, "k0", "a1", NOW - 2 * DAY_S, "found")
        asked(con, 2, "k0", "a1", NOW - 2 * DAY_S, "not_found")
    before = looked(board, db)
    with db.write() as con:
        asked(con, 3, "k0", "a1", NOW, "found")
    after = looked(board, db)
    assert (before.keys[0].week[-3], before.keys[0].today, before.keys[0].found) == (2, 0, 1)
    assert (after.keys[0].week[-3], after.keys[0].today, after.keys[0].found, after.keys[0].not_found) == (2, 1, 2, 1)
    assert (after.accounts[0].spent, after.days[-1].counts) == (15.0, {Group.FOUND: 1})
    assert after.keys[1] is before.keys[1]


def test_a_day_that_ends_moves_every_figure_by_one_day(db: Database) -> None:
    now = [NOW]
    board = Board(lambda: now[0])
    with db.write() as con:
        asked(con, 1, "k2", "a2", NOW, "found")
    assert looked(board, db).keys[2].week == (0, 0, 0, 0, 0, 0, 1)
    now[0] += DAY_S
    assert looked(board, db).keys[2].week == (0, 0, 0, 0, 0, 1, 0)


def test_a_key_that_is_gone_is_forgotten_and_the_order_is_the_new_one(db: Database) -> None:
    board = Board(lambda: NOW)
    looked(board, db)
    with db.write() as con:
        con.execute("UPDATE keys SET secret='DELETING' WHERE id='k0'")
        con.execute("UPDATE keys SET position=9 WHERE id='k1'")
    assert [line.key.id for line in looked(board, db).keys] == ["k2", "k1"]
    with db.write() as con:
        con.execute("UPDATE keys SET secret='HELD' WHERE id='k0'")
    assert [line.key.id for line in looked(board, db).keys] == ["k0", "k2", "k1"]


def test_limits_of_a_day_stand_at_the_key_the_account_and_for_all(db: Database) -> None:
    board = Board(lambda: NOW)
    assert looked(board, db).cap is None
    with db.write() as con:
        con.executemany(
            "INSERT INTO caps(scope, ref, lim) VALUES(?,?,?)", [("KEY", "k1", 20), ("ACCOUNT", "a2", 50), ("POOL", "", 90)]
        )
    shown = looked(board, db)
    assert [line.cap for line in shown.keys] == [None, 20, None]
    assert [account.cap for account in shown.accounts] == [None, 50]
    assert shown.cap == 90
    with db.write() as con:
        con.execute("DELETE FROM caps")
    assert looked(board, db).keys[1].cap is None


def test_a_limit_lusha_has_told_of_a_key_goes_before_the_one_of_its_account(db: Database) -> None:
    with db.write() as con:
        con.executemany(
            "INSERT INTO windows(account_id, key_id, span, lim, used, start, source) VALUES(?,?,86400,?,0,?,'HEADER')",
            [("a1", "", 1000, NOW), ("a1", "k1", 300, NOW)],
        )
    assert [line.day_limit for line in looked(Board(lambda: NOW), db).keys] == [1000, 300, None]


def test_history_that_was_wiped_is_counted_anew(db: Database) -> None:
    board = Board(lambda: NOW)
    with db.write() as con:
        asked(con, 1, "k0", "a1", NOW - 2 * DAY_S, "found")
    assert looked(board, db).keys[0].found == 1
    with db.write() as con:
        con.execute("DELETE FROM units")
        con.execute("DELETE FROM attempts")
    assert looked(board, db).keys[0].found == 0


@pytest.mark.parametrize("from_store", [0, 1])
@pytest.mark.parametrize("status", RowStatus)
def test_runs_and_days_count_by_the_one_rule(db: Database, status: RowStatus, from_store: int) -> None:
    with db.write() as con:
        asked(con, 1, "k0", "a1", NOW, status)
        con.execute("UPDATE units SET from_store=?", (from_store,))
    shown = looked(Board(lambda: NOW), db)
    group = group_of(status, from_store=bool(from_store))
    counts = {group: 1} if group is not None else {}
    assert (shown.runs[0].counts, shown.days[-1].counts, shown.runs[0].rows) == (counts, counts, 1)


def test_whom_nobody_may_ask_for_is_not_counted_as_not_found(db: Database) -> None:
    with db.write() as con:
        for seq, status in enumerate(("found", "not_found", "do_not_contact"), 1):
            asked(con, seq, "k0", "a1", NOW, status)
    shown = looked(Board(lambda: NOW), db)
    (run,) = shown.runs
    assert (run.counts, run.apart, run.rows) == ({Group.FOUND: 1, Group.NOT_FOUND: 1}, 1, 3)
    assert shown.keys[0].rate == 0.5
    with db.reader() as con:
        facts = count(con, NOW, NOW + 1)
    assert facts.rows == {Fate.FOUND: 1, Fate.BARRED: 1, Fate.NOT_FOUND: 1}
    assert figures({date(2026, 11, 27): facts}, Names()).people.rate == 0.5


def test_an_answer_in_doubt_is_not_counted_as_one_that_was_not_written(db: Database) -> None:
    with db.write() as con:
        for seq in (1, 2):
            asked(con, seq, "k0", "a1", NOW, "found")
        con.execute("UPDATE units SET result='{}'")
        con.execute("UPDATE units SET state='UNKNOWN' WHERE row=1")
    (run,) = looked(Board(lambda: NOW), db).runs
    assert run.undelivered == 1
