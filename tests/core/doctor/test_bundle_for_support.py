"""The support bundle after a real run: searched for every key, person, company, number and file name."""

from __future__ import annotations

import json
import re
import secrets
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.app import open_app
from core.database import Database
from core.doctor import crashes
from core.doctor.bundle import Bundle, gather, write
from core.doctor.finding import found
from core.doctor.redact import Known, Scrub, scrub_of
from core.engine.policy import Pauses, policy_of
from core.engine.preflight import Row
from core.errors import FileBusy, FileTrouble
from core.keys.vault import MemoryVault
from core.model import Category, Kind, Prospect
from core.settings import Settings
from sandbox.scenarios import SCENARIOS
from sandbox.server import PracticeServer

PEOPLE = [
    ("Wilhelmina", "Oberhuber", "Blechtrommel Werke", "wilhelmina-oberhuber"),
    ("Zoltan", "Kertesz", "Paprika Kft", "zoltan-kertesz"),
    ("Ignazia", "Trapani", "Vulcano Spa", "ignazia-trapani"),
]
FILE = "Confidential prospects of Grandmother.xlsx"
SHEET = "Herr Zwiebelmann"
LABEL, ACCOUNT = "Leopoldine's key", "Rumpelstilz GmbH"


def random_key() -> str:
    """A practice key with a tail that occurs nowhere else by chance."""
    return f"00000000-0000-4000-8000-{secrets.token_hex(6)}"


@pytest.fixture
def after_a_run(tmp_path: Path) -> Iterator[tuple[Settings, list[str], set[str]]]:
    """A home in which real look-ups were made and things went wrong; the keys; the numbers that were found."""
    shown = SCENARIOS["plenty"]()
    keys = [random_key() for _ in shown.keys]
    for one, fresh in zip(shown.keys, keys, strict=True):
        shown.world.keys[fresh] = shown.world.keys.pop(one.key)
    with PracticeServer(shown.world) as server:
        settings = Settings(tmp_path / "home", server.url)
        settings.home.mkdir()
        policy = replace(policy_of(settings, Pauses(lost=(0.0, 0.0), server=(0.0, 0.0), offline=(0.0, 0.0))), senders=4)
        with open_app(settings, vault=MemoryVault(), policy=policy) as app:
            for fresh in keys:
                app.keys.add_many([f"{LABEL},{fresh},{ACCOUNT}"], Category.ANY)
            rows = [
                Row(
                    n,
                    Prospect(f"https://www.linkedin.com/in/{slug}", f"{first}.{last}@example.com".lower(), first, last, firm),
                    "",
                    frozenset(Kind),
                )
                for n, (first, last, firm, slug) in enumerate(PEOPLE, 2)
            ]
            rows += [Row(n, Prospect(f"https://www.linkedin.com/in/row-{n}"), "", frozenset(Kind)) for n in range(10, 30)]
            for _ in app.run(app.plan(rows, frozenset(Kind)), source=f"/data/{FILE}", sheet=SHEET):
                pass
            numbers = found_numbers(app.db)
            try:
                raise ValueError(f"row of {PEOPLE[0][0]} {PEOPLE[0][1]} at {PEOPLE[0][2]}, {keys[0]}")
            except ValueError:
                app.log.exception("run of %s failed", FILE)
            app.log.info("Lusha said %r to Ms. %s <%s>", keys[1], PEOPLE[1][1], "who@else.example")
            app.log.info("Its key %s of %s is skipped on %s", LABEL, ACCOUNT, SHEET)
            app.log.info("tail %s, call +49 (30) 123 456-78", keys[2][-12:])
            app.log.warning('Account "%s" has no credits left; see %s', ACCOUNT, settings.home / FILE)
        yield settings, keys, numbers


def found_numbers(db: Database) -> set[str]:
    with db.read() as con:
        payloads = [json.loads(row[0]) for row in con.execute("SELECT payload FROM results WHERE payload IS NOT NULL")]
    return {phone["number"] for one in payloads for phone in one.get("phones", ())}


def text_of(made: Bundle) -> str:
    return "\n".join(part.text for part in made.parts)


def test_no_key_no_person_no_number_and_no_file_name_is_in_it(after_a_run: tuple[Settings, list[str], set[str]]) -> None:
    settings, keys, numbers = after_a_run
    log = settings.log.read_text("utf-8")
    assert FILE in log  # what is searched for was there to be found
    assert PEOPLE[0][1] in log
    made = gather(settings, [found("excel.other_interpreter", f"{settings.home / FILE}; this is {Path.home() / 'python'}")])
    text = text_of(made)
    for key in keys:
        tail = key[-12:]
        assert key not in text
        assert not [tail[at : at + 5] for at in range(8) if tail[at : at + 5] in text]
    words = [word for person in PEOPLE for word in person[:3]] + [FILE, "Grandmother", SHEET, LABEL, ACCOUNT, "Zwiebelmann"]
    assert [word for word in words if word.casefold() in text.casefold()] == []
    assert numbers
    assert [number for number in numbers if number in text or re.sub(r"\D", "", number) in re.sub(r"[^\d\n]", "", text)] == []
    assert "@" not in text
    assert "linkedin" not in text.casefold()
    assert "123 456" not in text
    assert str(settings.home) not in text


def test_it_still_says_what_support_needs(after_a_run: tuple[Settings, list[str], set[str]]) -> None:
    settings, keys, _ = after_a_run
    parts = {part.name: part.text for part in gather(settings, [found("disk.low", "400 MB free")]).parts}
    figures = json.loads(parts["database.json"])
    assert figures["rows"]["keys"] == len(keys)
    assert figures["schema"] == figures["schema_known"]
    assert figures["jobs"][0]["state"] == "DONE"
    assert json.loads(parts["versions.json"])["origin"] == "practice"
    assert json.loads(parts["doctor.json"])[0]["id"] == "disk.low"
    assert "home" not in json.loads(parts["settings.json"])
    assert f"Trying Key 1/{len(keys)} (ends in ...{keys[0][-4:]})" in parts["log.txt"]
    assert any(event["action"] == "add" or event["key"] for event in json.loads(parts["audit.json"]))
    assert re.search(r"ERROR run of .*\n +test_bundle_for_support.py:\d+ in after_a_run\n +ValueError", parts["crashes.txt"])
    assert all(name in parts["contents.txt"] for name in parts if name != "contents.txt")


def test_the_file_is_written_once_and_never_over_another(
    tmp_path: Path, after_a_run: tuple[Settings, list[str], set[str]]
) -> None:
    made = gather(after_a_run[0], [])
    write(made, tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip") as read:
        assert read.namelist() == [part.name for part in made.parts]
        assert read.testzip() is None
    with pytest.raises(FileBusy, match="never replaced"):
        write(made, tmp_path / "b.zip")
    with pytest.raises(FileTrouble, match="Choose another folder"):
        write(made, tmp_path / "no" / "b.zip")


def test_a_home_without_anything_and_a_damaged_database_give_a_bundle_too(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    assert json.loads({part.name: part.text for part in gather(settings, []).parts}["audit.json"]) == []
    settings.database.write_bytes(b"torn")
    assert "unreadable" in text_of(gather(settings, []))


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Trying Key 2/5 (ends in ...a41f)", "Trying Key 2/5 (ends in ...a41f)"),
        ("Enriching 10000/20000 rows...", "Enriching 10000/20000 rows..."),
        ("Key (...07be) is OUT OF CREDITS (402)", "Key (...07be) is OUT OF CREDITS (402)"),
        ("https://api.lusha.com answered with 503", "https://api.lusha.com answered with 503"),
        ("see https://www.linkedin.com/in/ada-sample?x=1 now", "see <address> now"),
        ("ada@example.com wrote", "<address> wrote"),
        ("call +44 7700 900123 now", "call <number> now"),
        ("call (030) 1234-5678 now", "call <number> now"),
        ("key 3f0c9a1e-7b2d-4c5e-9f10-a1b2c3d4e5f6 said", "key <id> said"),
        ("key 3f0c9a1e7b2d4c5e9f10a1b2c3d4e5f6 said", "key <id> said"),
        ("piece d4e5f of a key", "piece <id> of a key"),
        ('Account "Sales North" rests', 'Account "..." rests'),
        ("my list.final.xlsx is open", "my <file> is open"),
        ("LushaEnrich.xlsm is open", "LushaEnrich.xlsm is open"),
        ("/u/anna/Documents/Contoso/LushaEnrich.xlsm (x)", "~/LushaEnrich.xlsm (x)"),
        ("/u/anna/.venv/bin/python; this is /usr/bin/python3", "~/python; this is /usr/bin/python3"),
        ("/u/anna/secret plan/a: denied", "~: denied"),
        ("Ada met ADA and adamant", "<person> met <person> and adamant"),
        ("anna was here", "<user> was here"),
    ],
)
def test_shapes_and_known_words_are_taken_out_and_the_rest_stays(text: str, clean: str) -> None:
    scrub = Scrub(Known(frozenset({"ada", "key"})), (("/u/anna", "~"),), "anna")
    assert scrub.clean(text) == clean


def test_people_are_taken_out_who_stand_only_in_the_answers_of_a_job(tmp_path: Path) -> None:
    """A job that is kept longer than the store: whom Lusha named is known from its answer alone."""
    answer = '{"person": {"full_name": "Wilhelmina Oberhuber", "company": "Blechtrommel"}}'
    with Database(tmp_path / "practice.sqlite3") as db, db.write() as con:
        con.execute("INSERT INTO accounts(id, label) VALUES('a', 'Active')")
        add = (
            "INSERT INTO keys(id, account_id, category, label, last4, fp, position, secret, added_at)"
            " VALUES(?, 'a', 'ANY', ?, 'a41f', ?, 1, 'HELD', 0)"
        )
        for number, label in enumerate(("Key 1", "Zwiebel 2", "ann", "Email key")):
            con.execute(add, (str(number), label, str(number)))
        con.execute("INSERT INTO jobs(id, source, kinds, created_at, state) VALUES('j', 'lookup', 'phones', 0, 'DONE')")
        con.execute(
            "INSERT INTO units(job_id, row, kind, person_fp, prospect, state, result)"
            " VALUES('j', 2, 'phones', '', '{}', 'DONE', ?)",
            (answer,),
        )
        con.execute(
            "INSERT INTO units(job_id, row, kind, person_fp, prospect, state) VALUES('j', 3, 'phones', '', '{torn', 'DONE')"
        )
    clean = scrub_of(Settings(tmp_path, "http://127.0.0.1:9")).clean
    assert clean("found Wilhelmina of BLECHTROMMEL") == "found <person> of <person>"
    assert clean("Trying Key 1/5: Active") == "Trying Key 1/5: Active"
    assert clean("Email key cannot be used") == "Email key cannot be used"
    assert clean("ann and Zwiebel 2 rest") == "<name> and <name> rest"


def test_of_a_traceback_only_places_and_classes_stay() -> None:
    lines = [
        "2026-11-24 08:00:00,123 ERROR run abc",
        "Traceback (most recent call last):",
        '  File "/u/anna/x/core/app.py", line 12, in run',
        "    raise ValueError(row)",
        "core.errors.FileTrouble: Ada Sample, +44 7700 900123",
        "Ada Sample in a line of its own",
    ]
    assert list(Scrub().log(lines)) == [
        "2026-11-24 08:00:00,123 ERROR run abc",
        "    app.py:12 in run",
        "  core.errors.FileTrouble",
    ]


def test_reports_the_window_has_shown_are_kept_within_bounds_and_cleaned(tmp_path: Path) -> None:
    crashes.keep(tmp_path, "LushaEnrich 0.1.0, Linux\nValueError\n  app.py:12 in run\n  call +44 7700 900123")
    made = {part.name: part.text for part in gather(Settings(tmp_path), []).parts}["crashes.txt"]
    assert "ValueError\n  app.py:12 in run\n  call <number>" in made
    for number in range(300):
        crashes.keep(tmp_path, f"report {number} {'x' * 1000}")
    text = crashes.kept(tmp_path)
    assert len(text) == crashes.MOST
    assert "report 299 " in text
    crashes.keep(tmp_path / "no", "lost")
    assert crashes.kept(tmp_path / "no") == ""
