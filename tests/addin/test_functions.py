"""The worksheet functions read what is known and can neither ask nor spend."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from addin.functions import LUSHA_EMAIL, LUSHA_PHONE, LUSHA_STATUS, NOT_YET
from core.database import Database
from core.model import Email, Kind, Person, Phone
from core.results import listing
from core.results.person import fingerprint
from core.results.store import Known, Outcome, ResultStore
from core.results.suppression import Suppressions
from core.settings import Settings

ADA, BEN, CLEO = (f"https://www.linkedin.com/in/{name}" for name in ("ada", "ben", "cleo"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LUSHA_ENRICH_HOME", str(tmp_path))
    monkeypatch.delenv("LUSHA_ENRICH_API_URL", raising=False)
    return tmp_path


def keep(home: Path, identity: str, kind: Kind, outcome: Outcome, person: Person | None = None) -> None:
    with Database(Settings(home).database) as db:
        store = ResultStore(db, time.time, found_days=90, not_found_days=30)
        with db.write() as con:
            store.keep(con, [Known(fingerprint(identity), kind, outcome, person, "account", "request", 1.0, time.time())])


def test_a_range_comes_back_in_its_shape_and_one_cell_as_one(home: Path) -> None:
    keep(home, "linkedin:ada", Kind.PHONES, Outcome.FOUND, Person(phones=(Phone("+44 7700 900123", "mobile"),)))
    keep(home, "linkedin:ben", Kind.PHONES, Outcome.NOT_FOUND)
    keep(home, "email:zoe@acme.example", Kind.EMAILS, Outcome.FOUND, Person(emails=(Email("zoe@work.example", "work"),)))
    keep(home, "linkedin:cleo", Kind.PHONES, Outcome.RESTRICTED)
    assert LUSHA_PHONE([[ADA], [BEN], [None], [CLEO], ["nobody"]]) == [
        ["+447700900123"],
        ["Not found"],
        [""],
        ["Do not contact"],
        [""],
    ]
    assert LUSHA_EMAIL([["zoe@acme.example", ADA]]) == [["zoe@work.example", NOT_YET]]
    assert LUSHA_STATUS([[ADA, BEN, "zoe@acme.example"]]) == [["Found", "Not found", "Found"]]
    assert LUSHA_STATUS([[12.0]]) == [[""]]


def test_before_the_first_run_nothing_is_known_and_nothing_is_made(home: Path) -> None:
    assert LUSHA_PHONE([[ADA]]) == [[NOT_YET]]
    assert not Settings(home).database.exists()


def test_they_import_neither_the_network_nor_the_key_store() -> None:
    code = "import sys, addin.functions; sys.exit(str({'httpx', 'keyring', 'PySide6', 'openpyxl'} & set(sys.modules) or '') or 0)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_launcher_imports_neither_the_network_nor_the_key_store() -> None:
    code = "import sys, addin.macros; sys.exit(str({'httpx', 'keyring', 'PySide6', 'openpyxl'} & set(sys.modules) or '') or 0)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_whoever_is_on_the_do_not_contact_list_is_not_told(home: Path) -> None:
    keep(home, "linkedin:ada", Kind.PHONES, Outcome.FOUND, Person(phones=(Phone("+44 7700 900123", "mobile"),)))
    keep(home, "linkedin:ben", Kind.PHONES, Outcome.FOUND, Person(phones=(Phone("+44 7700 900456", "mobile"),)))
    with Database(Settings(home).database) as db:
        Suppressions(db).add(entry for text in (ADA, "+44 (7700) 900456") if (entry := listing.of_text(text)))
    assert LUSHA_PHONE([[ADA, BEN]]) == [["Do not contact", "Do not contact"]]
