"""The proof of the soak catches what it is there for: each check is shown one world that is in order and one that is not."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from core.database import Database
from core.model import Prospect
from core.owner import Owner
from core.results.person import fingerprint, identity
from soak import proof
from soak.proof import Server
from soak.roster import link, roster_of, truth
from soak.stage import Listed, Stage

PERSON = next(name for n in range(99) if truth(name := f"soak-{n}").phones)
KEY = roster_of(1).keys[0]


@pytest.fixture
def store(tmp_path: Path) -> sqlite3.Connection:
    with Database(tmp_path / "home" / "practice.sqlite3") as db, db.write() as con:
        con.execute("INSERT INTO accounts(id, label) VALUES('a', 'Soak 1')")
        con.execute(
            "INSERT INTO keys(id, account_id, category, label, last4, fp, position, secret, added_at)"
            " VALUES('k', 'a', 'ANY', 'Key', ?, 'f', 1, 'HELD', 0)",
            (KEY.key[-4:],),
        )
    return sqlite3.connect(tmp_path / "home" / "practice.sqlite3")


def asked(store: sqlite3.Connection, request: str, charged: float | None, http: int = 200) -> int:
    sql = (
        "INSERT INTO attempts(job_id, key_id, account_id, key_epoch, account_epoch, owner, endpoint, n, sent_at, done_at, http,"
        " outcome, credits_charged, request_id) VALUES('j','k','a',0,0,'o','search-and-enrich',1,0,1,?,'R01',?,?)"
    )
    return int(store.execute(sql, (http, charged, request)).lastrowid or 0)


def entry(request: str, charged: float, status: int = 200) -> dict[str, Any]:
    path = "/v3/contacts/search-and-enrich"
    what = {"method": "POST", "path": path, "key": KEY.key[-4:], "rows": 1}
    return what | {
        "method": "POST",
        "path": path,
        "key": KEY.key[-4:],
        "rows": 1,
        "status": status,
        "charged": charged,
        "request_id": request,
    }


def line(request: str, account: str = "Soak 1", credits: float = 5.0) -> dict[str, Any]:
    return {"account": account, "person": PERSON, "kind": "phones", "credits": credits, "request_id": request}


def test_a_charge_that_is_recorded_otherwise_or_not_at_all_is_caught(store: sqlite3.Connection) -> None:
    server = Server([line("r1")], [entry("r1", 5.0)])
    assert not proof.charged_is_recorded(server, store).holds  # nobody remembers it
    asked(store, "", None)
    assert proof.charged_is_recorded(server, store).holds  # its answer got lost, which is known
    asked(store, "r1", 4.0)
    assert not proof.charged_is_recorded(server, store).holds
    store.execute("UPDATE attempts SET credits_charged=5 WHERE request_id='r1'")
    assert proof.charged_is_recorded(server, store).holds


def test_a_person_paid_for_on_two_accounts_is_caught(store: sqlite3.Connection) -> None:
    assert proof.nobody_twice(Server([line("r1")], []), store).holds
    assert not proof.nobody_twice(Server([line("r1"), line("r2", "Soak 2")], []), store).holds


def test_asking_again_is_fine_only_where_an_answer_got_lost(store: sqlite3.Connection) -> None:
    server = Server([line("r1"), line("r2", credits=0.0)], [])
    asked(store, "r2", 0.0)
    assert proof.nobody_twice(server, store).holds
    asked(store, "r1", 5.0)
    assert not proof.nobody_twice(server, store).holds


def test_a_row_that_is_lost_moved_or_wrong_is_caught(tmp_path: Path) -> None:
    number = truth(PERSON).phones[0]["number"].replace(" ", "")  # type: ignore[index]
    listed = Listed(tmp_path / "lists" / "list-1.csv", (PERSON,), ("phones",))
    stage = Stage(tmp_path, "", roster_of(1), (1, 2), lists=[listed])
    listed.path.parent.mkdir()
    for row, good in (
        (f"N,{link(PERSON)},{number},,n,Found", True),
        (f"N,{link(PERSON)},,,n,Found", False),
        (f"N,{link(PERSON)},{number},,n,", False),
        (f"N,{link(PERSON)},{number},,n,Stopped", False),
        (f"N,{link('soak-9999')},{number},,n,Found", False),
        (f"N,{link(PERSON)},+441,,n,Found", False),
    ):
        listed.path.write_text(f"Name,LinkedIn URL,Phone,Email,Notes,Status\n{row}\n", "utf-8")
        assert proof.no_row_lost(stage, []).holds is good, row


def test_a_job_or_a_row_that_stays_open_is_caught(store: sqlite3.Connection) -> None:
    who = identity(Prospect(linkedin=link(PERSON)))
    assert who is not None
    store.execute("INSERT INTO jobs(id, kinds, source, state, created_at) VALUES('j', 'phones', 's', 'DONE', 0)")
    sql = "INSERT INTO units(job_id, row, kind, person_fp, prospect, state) VALUES('j', 2, 'phones', ?, '{}', 'DONE')"
    store.execute(sql, (fingerprint(who),))
    assert proof.everything_ended(store).holds
    store.execute("UPDATE units SET state='PENDING'")
    assert not proof.everything_ended(store).holds
    store.execute("UPDATE units SET state='DONE'")
    store.execute("UPDATE jobs SET state='PAUSED'")
    assert not proof.everything_ended(store).holds


def test_a_mark_without_an_answer_of_its_kind_is_caught(store: sqlite3.Connection) -> None:
    attempt = asked(store, "", 0.0, http=401)
    store.execute(
        "INSERT INTO evidence(seq, attempt, key_id, account_id, key_epoch, account_epoch, scope, kind, reason, at, actor)"
        " VALUES(1, ?, 'k', 'a', 0, 0, 'K', 'AUTH', 'refused', 0, 'run')",
        (attempt,),
    )
    given, never = Server([], [entry("", 0.0, 401)]), Server([], [entry("", 0.0, 500)])
    assert proof.no_key_wrongly_retired(given, store, roster_of(1)).holds
    assert not proof.no_key_wrongly_retired(never, store, roster_of(1)).holds
    store.execute("UPDATE attempts SET http=500")
    assert not proof.no_key_wrongly_retired(never, store, roster_of(1)).holds
    store.execute("UPDATE attempts SET http=401")
    store.execute("UPDATE keys SET status='INVALID'")
    assert not proof.no_key_wrongly_retired(given, store, roster_of(1)).holds


def test_an_open_request_a_key_in_a_file_and_a_lock_are_caught(store: sqlite3.Connection, tmp_path: Path) -> None:
    stage = Stage(tmp_path, "", roster_of(1), (1, 2))
    (stage.home / "running").mkdir()
    (tmp_path / "lists").mkdir()
    assert proof.database_whole(store).holds
    assert proof.no_secret(stage).holds
    assert proof.no_lock(stage).holds
    asked(store, "", None)
    store.execute("UPDATE attempts SET done_at=NULL")
    assert not proof.database_whole(store).holds
    (stage.home / "a.log").write_text(f"key {KEY.key[-11:]}", "utf-8")
    assert not proof.no_secret(stage).holds
    (stage.home / "running" / "x.lock").touch()  # of a program that was killed
    assert proof.no_lock(stage).holds
    with Owner(stage.home / "running") as owner:
        owner.claim()
        assert not proof.no_lock(stage).holds
