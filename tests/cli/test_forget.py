"""Forgetting a person: afterwards no byte of the data folder speaks of him, and what was paid still adds up."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.opening import settings
from core.database import Database
from core.errors import DatabaseTrouble
from core.forgetting import forget
from core.model import Prospect
from core.owner import present
from core.results.person import fingerprint
from core.runs import Action, Runs
from sandbox.people import CAST
from sandbox.scenarios import PracticeKey, Scenario, key
from sandbox.world import World

pytestmark = [
    pytest.mark.secret_service,
    pytest.mark.skipif(
        os.environ.get("LUSHAENRICH_REAL_STORE") != "1", reason="needs a real Secret Service: tests/secret_service.sh"
    ),
]
ONE = next(one for one in CAST if one.slug == "sb-dan-mobile")
TWO = next(one for one in CAST if one.slug == "sb-xena-new")
LINK = f"https://www.linkedin.com/in/{ONE.slug}"
NUMBER = ONE.phones[0]["number"]
Start = Callable[..., Any]


def scenario() -> Scenario:
    world = World()
    world.account("A", [key(1)])
    return Scenario(world, (PracticeKey("Key 1", key(1), "A", "ANY"),))


def spellings() -> list[bytes]:
    bare = NUMBER.replace(" ", "")
    texts = [f"{ONE.first} {ONE.last}", ONE.email, ONE.slug, NUMBER, bare, bare[-9:]]
    return [text.casefold().encode() for text in texts]


def mentions(folder: Path, texts: list[bytes]) -> list[tuple[str, bytes]]:
    """Every file below the folder (journals and logs too) that holds one of these texts, in any case."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [(path.name, text) for path in files for text in texts if text in path.read_bytes().lower()]


@pytest.fixture
def filled(desk: Start, tmp_path: Path) -> Any:
    """A list enriched twice (the second time from the store), a look-up, a log line, a run's file, a message of Lusha's."""
    at = desk(scenario())
    book = tmp_path / "leads.csv"
    with book.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["First name", "Last name", "LinkedIn URL", "Company"])
        for one in (ONE, TWO):
            writer.writerow([one.first, one.last, f"https://www.linkedin.com/in/{one.slug}", one.company])
    assert at("enrich", str(book), "--phones", "--emails", "--yes")[0] == 0
    copy = tmp_path / "again.csv"
    with copy.open("w", newline="") as file:
        csv.writer(file).writerows([["LinkedIn URL"], [LINK]])
    assert at("enrich", str(copy), "--phones", "--yes")[0] == 0
    assert at("lookup", "--linkedin", LINK, "--emails")[0] == 0
    log = at.home / "lusha-enrich.log"
    log.write_text(log.read_text() + f"2026-11-24 INFO {ONE.first} {ONE.last}\n2026-11-24 INFO kept\n")
    run = Runs(at.home).start(Action.ENRICH, frozenset(), book="leads.csv", sheet="")
    Runs(at.home).keep_rows(run.id, {2: fingerprint(f"linkedin:{ONE.slug}"), 3: fingerprint(f"linkedin:{TWO.slug}")})
    with Database(at.home / "practice.sqlite3") as db, db.write() as con:
        con.execute("UPDATE attempts SET message=? WHERE seq=1", (f"contacts.0: {ONE.email} is odd",))
    at.run, at.book = run.id, book
    return at


def test_nothing_in_the_data_folder_speaks_of_the_person_any_more(filled: Any) -> None:
    home = filled.home
    assert {name for name, _ in mentions(home, spellings())} >= {"practice.sqlite3", "lusha-enrich.log"}
    before = filled.json("jobs", "list")[1]
    code, said = filled.json("forget", "--linkedin", LINK)
    assert code == 0
    assert (said["answers"] > 0, said["rows"] > 0, said["cells"] > 0, said["texts"] >= 3) == (True,) * 4
    backups = {path.name for path in (home / "backups").iterdir()}
    assert [found for found in mentions(home, spellings()) if found[0] not in backups] == []
    assert fingerprint(f"linkedin:{ONE.slug}").encode() not in b"".join(
        path.read_bytes() for path in home.rglob("*") if path.is_file()
    )
    after = filled.json("jobs", "list")[1]
    assert [(job["credits"], job["rows"], job["calls"]) for job in after] == [
        (job["credits"], job["rows"], job["calls"]) for job in before
    ]
    assert str(filled.book) in said["not_reached"]["workbooks"]
    assert {Path(path).name for path in said["not_reached"]["backups"]} == backups
    assert "kept" in (home / "lusha-enrich.log").read_text()


def test_nobody_else_is_forgotten(filled: Any) -> None:
    filled("forget", "--linkedin", LINK)
    code, said = filled.json("lookup", "--linkedin", f"https://www.linkedin.com/in/{TWO.slug}", "--phones")
    assert (code, said["from_store"], said["calls"]) == (0, True, 0)
    assert mentions(filled.home, [TWO.email.encode()])
    assert list(Runs(filled.home).rows(filled.run)) == [3]


@pytest.mark.parametrize(
    "who", [("--email", ONE.email), ("--name", f"{ONE.first} {ONE.last}", "--company", ONE.company)], ids=["email", "name"]
)
def test_any_of_his_identities_finds_everything(filled: Any, who: tuple[str, ...]) -> None:
    assert filled("forget", *who)[0] == 0
    backups = {path.name for path in (filled.home / "backups").iterdir()}
    assert [found for found in mentions(filled.home, spellings()) if found[0] not in backups] == []


def test_put_on_the_list_he_is_recognised_and_not_named(filled: Any) -> None:
    filled("suppress", "add", NUMBER, ONE.email)
    code, said = filled.json("forget", "--linkedin", LINK, "--and-suppress", "--reason", "asked by letter")
    assert code == 0
    assert said["suppressed"] >= 2
    backups = {path.name for path in (filled.home / "backups").iterdir()}
    assert [found for found in mentions(filled.home, spellings()) if found[0] not in backups] == []
    listed = filled.json("suppress", "list")[1]
    assert all(entry["masked"] for entry in listed)
    for who in (("--linkedin", LINK), ("--email", ONE.email)):
        code, said = filled.json("lookup", *who, "--phones")
        assert (said["status"], said["calls"]) == ("do_not_contact", 0)
        assert "(asked by letter)" in said["reason"] or who[0] == "--email"


def test_a_second_time_nothing_is_found(filled: Any) -> None:
    filled("forget", "--linkedin", LINK)
    assert "Nothing was kept about this person." in filled("forget", "--linkedin", LINK)[1]


def test_while_a_run_is_under_way_nobody_is_forgotten(filled: Any) -> None:
    with present(filled.home / "running", "run"):
        code, said = filled.json("forget", "--linkedin", LINK)
    assert (code, said["error"]["code"]) == (1, "still_running")
    with present(filled.home / "running", "window"):
        assert filled("forget", "--linkedin", LINK)[0] == 0


@pytest.mark.parametrize("who", [(), ("--name", "Ada Sample"), ("--email", "nobody"), ("--name", "Ada", "--company", "Acme")])
def test_who_is_not_named_well_enough_is_said_in_words(desk: Start, who: tuple[str, ...]) -> None:
    assert desk(scenario(), add=False)("forget", *who)[0] == 2


def test_a_database_that_another_program_reads_is_named_for_later(filled: Any) -> None:
    class Busy(Database):
        def compact(self) -> None:
            raise DatabaseTrouble("The data is busy")

    done = forget(settings(), Prospect(linkedin=LINK), clock=time.time, opening=Busy)
    assert done.answers
    assert [Path(path).name for path in done.busy] == ["practice.sqlite3"]


def test_what_left_this_computer_is_told_without_contents(filled: Any, tmp_path: Path) -> None:
    code, left = filled.json("sent")
    assert code == 0
    assert [(one["people"], one["fields"], one["to"]) for one in left] == [(2, ["LinkedIn URL"], "127.0.0.1")]
    code, out, _ = filled("sent", "--to", str(tmp_path / "left.csv"))
    assert (code, "1 runs" in out) == (0, True)
    assert ONE.slug not in (tmp_path / "left.csv").read_text()
    assert filled("sent", "--to", str(tmp_path / "left.csv"))[0] == 2
    filled("forget", "--linkedin", LINK)
    assert filled.json("sent")[1] == left
    assert filled.json("sent", "--since", "2999-01-01")[1] == []
    assert "Nothing else is sent" in filled("sent")[1]


def test_purging_says_what_went_and_how_long_things_are_kept(filled: Any) -> None:
    (filled.home / "settings.toml").write_text("found_days = 0\n")
    code, said = filled.json("purge")
    assert code == 0
    assert said["answers"] >= 3
    assert said["days"]["found_days"] == 0
    code, out, _ = filled("purge")
    assert "Nothing was too old.\nKept: answers 0 days, misses 30 days" in out


def test_the_list_is_kept_by_commands(filled: Any, tmp_path: Path) -> None:
    code, said = filled.json("suppress", "add", "acme.example", "+44 7700 900999", "--name", "Ada Sample", "--company", "Acme")
    assert (code, len(said["new"]), said["already_here"]) == (0, 3, 0)
    assert filled("suppress", "export", "--to", str(tmp_path / "list.csv"))[0] == 0
    assert "Ada Sample, Acme" in filled("suppress", "list")[1]
    assert filled("suppress", "remove", "ACME.example")[0] == 0
    assert filled("suppress", "remove", "acme.example")[0] == 2
    code, said = filled.json("suppress", "import", str(tmp_path / "list.csv"))
    assert (code, len(said["new"]), said["already_here"]) == (0, 1, 2)
    assert filled("suppress", "add", "???")[0] == 2
    (tmp_path / "bad.txt").write_text("nobody at all\n")
    assert filled("suppress", "import", str(tmp_path / "bad.txt"))[0] == 2
