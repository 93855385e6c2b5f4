"""`lusha-enrich stats` over a home with real runs in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from core.app import open_app
from core.engine.batch import Limits
from core.engine.preflight import Row
from core.keys.vault import MemoryVault
from core.model import Category, Kind, Prospect
from core.settings import Settings
from sandbox.scenarios import Scenario, key
from sandbox.server import PracticeServer
from sandbox.world import World


@pytest.fixture
def here(desk: Callable[..., object], tmp_path: Path) -> Iterator[object]:
    """A home that has looked up thirty people and then the same again."""
    world, kinds = World(), frozenset({Kind.PHONES})
    world.account("A rather long account name of a sales team", [key(1)])
    people = [Prospect(linkedin=f"https://www.linkedin.com/in/someone-{n}") for n in range(30)]
    rows = [Row(number, who, wanted=kinds) for number, who in enumerate(people, 2)]
    with ExitStack() as stack:
        server = stack.enter_context(PracticeServer(world))
        settings = Settings(tmp_path / "home", server.url)
        settings.home.mkdir()
        with open_app(settings, vault=MemoryVault()) as app:
            app.keys.add_many([f"Main,{key(1)},A rather long account name of a sales team"], Category.ANY)
            for _ in range(2):
                for _event in app.run(app.plan(rows, kinds), source="leads.xlsx", limits=Limits(wait=False)):
                    pass
        made = desk(Scenario(world, ()), add=False)
        yield made


def test_the_tables_fit_a_terminal_of_eighty_columns(here) -> None:
    code, out, _ = here("stats")
    assert code == 0
    assert "Found rate by what the row gave" in out
    assert "LinkedIn URL" in out
    assert "No money is shown" in out
    assert [line for line in out.splitlines() if len(line) > 80] == []


def test_the_document_holds_the_same_figures(here) -> None:
    code, said = here.json("stats", "--days", "7")
    assert code == 0
    assert said["cost"]["credits"] == here.world.charged()
    assert said["saved"]["by_store"] == 30
    assert said["people"]["found"] + said["people"]["not_found"] == 30
    assert len(said["days"]) == len({one["day"] for one in said["days"]})
    assert said["keys"][0]["said"] == {"answered": 2}
    assert "money" not in said["cost"]


def test_a_price_in_the_settings_adds_money(here) -> None:
    (here.home / "settings.toml").write_text('credit_price = "0.10 EUR"\n', "utf-8")
    _, said = here.json("stats")
    assert (said["cost"]["money"], said["cost"]["currency"]) == (pytest.approx(here.world.charged() / 10), "EUR")
    (here.home / "settings.toml").write_text('credit_price = "cheap"\n', "utf-8")
    code, _, err = here("stats")
    assert code == 2
    assert 'must be written as "0.12 EUR"' in err


def test_the_workbook_is_written_once(here, tmp_path: Path) -> None:
    code, out, _ = here("stats", "--xlsx", str(tmp_path / "s.xlsx"))
    assert (code, out) == (0, f"Written: {tmp_path / 's.xlsx'}\n")
    assert "Explanation" in openpyxl.load_workbook(tmp_path / "s.xlsx").sheetnames
    assert here("stats", "--xlsx", str(tmp_path / "s.xlsx"))[0] == 2


def test_a_time_without_look_ups_says_so(here) -> None:
    code, out, _ = here("stats", "--since", "2020-01-01", "--until", "2020-01-31")
    assert code == 0
    assert out.startswith("Nothing was looked up from 2020-01-01 to 2020-01-31.")
    today = datetime.now(UTC).astimezone().date().isoformat()
    assert here.json("stats", "--since", today)[1]["requests"] == 2


@pytest.mark.parametrize(
    "wrong", [("--days", "0"), ("--days", "x"), ("--days", "7", "--since", "2026-01-01"), ("--since", "soon")]
)
def test_a_time_that_makes_no_sense_is_wrong_use(here, wrong) -> None:
    assert here("stats", *wrong)[0] == 2
