"""Runs that end before their end: stopped, capped, interrupted or killed, and gone on with."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import openpyxl
import pytest

from cli.opening import opened
from sandbox.scenarios import PracticeKey, Scenario, key
from sandbox.world import World

pytestmark = [
    pytest.mark.secret_service,
    pytest.mark.skipif(
        os.environ.get("LUSHAENRICH_REAL_STORE") != "1", reason="needs a real Secret Service: tests/secret_service.sh"
    ),
]
ROWS = 60


def two_accounts(**more: object) -> Scenario:
    world = World()
    for number, label in ((1, "Sales"), (2, "Other")):
        world.account(label, [key(number)], **more)
    keys = tuple(PracticeKey(f"Key {n}", key(n), label) for n, label in ((1, "Sales"), (2, "Other")))
    return Scenario(world, keys)


def people(path: Path, slugs: list[str]) -> Path:
    book = openpyxl.Workbook()
    book.active.append(["Name", "LinkedIn URL"])
    for number, slug in enumerate(slugs):
        book.active.append([f"Person {number}", f"https://www.linkedin.com/in/{slug}"])
    book.save(path)
    return path


def cells(path: Path) -> dict[str, dict[str, str]]:
    """What stands in each row, by the link in it."""
    head, *rows = [[cell or "" for cell in row] for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True)]
    return {row[1]: dict(zip(head, row, strict=True)) for row in rows}


def all_right(desk, path: Path, slugs: list[str]) -> None:
    """Every row has its own person's answer, and nobody was paid for twice."""
    found = cells(path)
    assert len(found) == len(slugs)
    for slug in slugs:
        row = found[f"https://www.linkedin.com/in/{slug}"]
        someone = desk.world.people.find({"linkedinUrl": row["LinkedIn URL"]})
        number = someone.phones[0]["number"].replace(" ", "") if someone.phones and not someone.error else ""
        assert row["Phone"] == number
        assert row["Status"] in ({"Found", "From store"} if number else {"Not found"})
    assert desk.world.paid_twice() == []


SLUGS = [f"stranger-{number}" for number in range(ROWS)]


def test_a_run_that_reached_its_cap_goes_on_with_another_one(desk, tmp_path: Path) -> None:
    here = desk(two_accounts())
    book = people(tmp_path / "leads.xlsx", SLUGS)
    original = cells(book)
    code, said = here.json("enrich", str(book), "--phones", "--max-credits", "130")
    assert (code, said["error"]["code"]) == (1, "CAP")
    assert 0 < said["stopped"] < ROWS
    assert said["credits"] <= 130
    _, jobs = here.json("jobs", "list")
    assert [(job["job"], job["state"], job["rows"], job["open_rows"]) for job in jobs] == [
        (said["job"], "PAUSED", ROWS, said["stopped"])
    ]
    code, on = here.json("jobs", "resume", "last", "--max-credits", "5000")
    assert (code, on["job"], on["stopped"], on["waiting"]) == (0, said["job"], 0, 0)
    all_right(here, book, SLUGS)
    assert here.world.charged() == said["credits"] + on["credits"]
    _, shown = here.json("jobs", "show", said["job"][:6])
    assert shown["state"] == "DONE"
    assert len(shown["receipts"]) == ROWS
    assert shown["credits"] == here.world.charged()
    code, undone = here.json("jobs", "undo", "last")
    assert (code, undone["left"]) == (0, [])
    assert {who: {name: text for name, text in row.items() if name} for who, row in cells(book).items()} == original


def test_at_its_cap_a_run_says_how_it_goes_on_and_undone_it_no_longer_does(desk, tmp_path: Path) -> None:
    here = desk(two_accounts())
    book = people(tmp_path / "leads.xlsx", SLUGS)
    code, out, _ = here("enrich", str(book), "--phones", "--max-credits", "130")
    assert (code, " --max-credits N\n" in out) == (1, True)
    assert "Stopped, can be resumed" in here("jobs", "list")[1]
    assert here("jobs", "undo", "last")[0] == 0
    said = here("jobs", "list")[1]
    assert ("Stopped. Taken back" in said, "can be resumed" in said) == (True, False)


def test_columns_named_for_a_run_are_remembered_until_they_are_forgotten(desk, tmp_path: Path) -> None:
    here = desk(two_accounts())

    def wrong_way_round(name: str) -> Path:
        book = openpyxl.Workbook()
        for row in (
            ["Wer", "LinkedIn"],
            *[["https://www.linkedin.com/in/same", f"https://www.linkedin.com/in/{name}-{n}"] for n in "ab"],
        ):
            book.active.append(row)
        book.save(tmp_path / f"{name}.xlsx")
        return tmp_path / f"{name}.xlsx"

    def doubles(name: str) -> int:
        return here.json("enrich", str(wrong_way_round(name)), "--phones", "--dry-run")[1]["duplicate"]

    assert here("enrich", str(wrong_way_round("one")), "--phones", "--map", "linkedin=A")[0] == 0
    assert doubles("two") == 1
    assert here("enrich", str(wrong_way_round("three")), "--phones", "--map", "auto")[0] == 0
    assert doubles("four") == 0


def test_a_cap_of_today_is_said_before_the_run(desk, tmp_path: Path) -> None:
    here, book = desk(two_accounts()), people(tmp_path / "leads.xlsx", SLUGS)
    assert here("keys", "cap", "--all", "--per-day", "12")[0] == 0
    said = here("enrich", str(book), "--phones", "--dry-run")[2]
    assert "Cap of today (all keys): 12 of 12 credits left, until midnight." in said


def test_the_same_file_again_asks_nobody(desk, tmp_path: Path) -> None:
    here = desk(two_accounts())
    book = people(tmp_path / "leads.xlsx", SLUGS)
    assert here.json("enrich", str(book), "--phones")[1]["calls"] == 3
    assert here.json("enrich", str(book), "--phones")[1]["calls"] == 0
    assert here.world.posts == 3


def test_a_killed_program_lost_nothing_and_a_sorted_sheet_gets_every_answer_in_its_row(
    desk, program, bell, tmp_path: Path
) -> None:
    here = desk(two_accounts())
    book = people(tmp_path / "leads.xlsx", SLUGS)
    here.world.journal = journal = bell(2)
    here.world.fault("silence", every=3, times=-1)
    running = program("enrich", str(book), "--phones", "--yes")
    assert journal.rung.wait(200)
    os.kill(running.process.pid, signal.SIGKILL)
    running.end()
    here.world.faults.clear()
    people(book, SLUGS[::-1])
    _, jobs = here.json("jobs", "list")
    assert jobs[0]["state"] == "PAUSED"
    code, said = here.json("jobs", "resume", "last")
    assert code == 0, said
    all_right(here, book, SLUGS)
    _, again = here.json("enrich", str(book), "--phones")
    assert again["calls"] == 0


def test_the_first_interruption_keeps_what_is_under_way_and_writes_it(desk, program, bell, tmp_path: Path) -> None:
    here = desk(two_accounts())
    book = people(tmp_path / "leads.xlsx", SLUGS * 10 + [f"more-{n}" for n in range(300)])
    here.world.latency_s = 0.5
    here.world.journal = journal = bell(1)
    running = program("enrich", str(book), "--phones", "--yes", "--json")
    assert journal.rung.wait(200)
    os.kill(running.process.pid, signal.SIGINT)
    code, out, _err = running.end()
    assert code == 130
    here.world.latency_s = 0.0
    charged = here.world.charged()
    assert f'"credits": {charged}' in out
    assert sum(row["Status"] == "Found" for row in cells(book).values()) > 0
    code, _ = here.json("jobs", "resume", "last")
    assert code == 0
    assert here.world.paid_twice() == []


def test_the_second_interruption_leaves_at_once_and_nobody_is_paid_twice(desk, program, bell, tmp_path: Path) -> None:
    here = desk(two_accounts())
    book = people(tmp_path / "leads.xlsx", SLUGS)
    here.world.journal = journal = bell(1)
    here.world.fault("silence", times=2, charged=True)
    running = program("enrich", str(book), "--phones", "--yes")
    assert journal.rung.wait(200)
    os.kill(running.process.pid, signal.SIGINT)
    while running.process.poll() is None:
        running.process.send_signal(signal.SIGINT)
        try:
            running.process.wait(0.5)
        except Exception:  # noqa: BLE001  not yet
            continue
    assert running.process.returncode in {130, -signal.SIGINT}  # a third one may meet it on its way out
    here.world.faults.clear()
    code, _ = here.json("jobs", "resume", "last")
    assert code == 0
    all_right(here, book, SLUGS)


def test_another_program_stops_a_job(desk, program, bell, tmp_path: Path) -> None:
    here = desk(two_accounts())
    book = people(tmp_path / "leads.xlsx", [f"many-{n}" for n in range(600)])
    here.world.latency_s = 1.0
    here.world.journal = journal = bell(1)
    running = program("enrich", str(book), "--phones", "--yes", "--json")
    assert journal.rung.wait(200)
    code, said = here.json("jobs", "stop", "last")
    assert (code, said["state"]) == (0, "STOPPING")
    code, out, _ = running.end()
    assert code == 1 or '"stopped"' in out
    _, jobs = here.json("jobs", "list")
    assert jobs[0]["state"] == "PAUSED"
    code, _, err = here("jobs", "stop", "last")
    assert code == 2
    assert "not running" in err


def test_wrong_jobs_are_named(desk, tmp_path: Path) -> None:
    here = desk(two_accounts())
    assert here("jobs", "list")[1] == "Nothing has been run yet.\n"
    code, _, err = here("jobs", "show", "nothing")
    assert code == 2
    assert "No such job" in err
    book = people(tmp_path / "leads.xlsx", SLUGS[:2])
    here("enrich", str(book), "--phones", "--max-credits", "1")
    book.unlink()
    code, _, err = here("jobs", "resume", "last")
    assert code == 2
    assert "is not there any more" in err
    code, out, _ = here("jobs", "show", "last")
    assert "2 rows asked for, 2 left" in out


def test_a_look_up_of_somebody_known_that_was_killed_says_that_nobody_is_left(desk) -> None:
    at = desk(two_accounts())
    dan = ("lookup", "--linkedin", "https://www.linkedin.com/in/sb-dan-mobile", "--phones")
    assert at(*dan)[0] == at(*dan)[0] == 0
    with opened() as app, app.db.write() as con:  # as `kill -9` leaves it
        con.execute("UPDATE jobs SET state='RUNNING', owner='gone', finished_at=NULL")
    told = [at("jobs", "resume", job["job"]) for job in at.json("jobs", "list")[1]]
    left = "Nobody is left in this look-up"
    assert sorted((code, "mobile" in out, left in err) for code, out, err in told) == [(0, True, False), (2, False, True)]
    assert {job["state"] for job in at.json("jobs", "list")[1]} == {"DONE"}
    assert at.world.posts == 1
