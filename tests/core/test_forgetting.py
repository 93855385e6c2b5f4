"""Forgetting in logs and files of runs: earlier logs, a log that goes on being written or moves on, links laid out there."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from core import forgetting, log
from core.app import open_app
from core.forgetting import Forgotten, forget
from core.keys.vault import MemoryVault
from core.log import log_file
from core.model import Prospect
from core.results.tracing import Trace
from core.secret import Redactor
from core.settings import Settings

ADA = Prospect(email="ada@sample.example", first_name="Ada", last_name="Sample", company="Sample Ltd")
OF_ADA = "2026-11-24 08:00:00,123 INFO ada@sample.example was looked up"
OTHER = "2026-11-24 08:00:01,456 INFO somebody else, Grüße"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(tmp_path / "home", "http://127.0.0.1:9")
    made.home.mkdir(mode=0o700)
    with open_app(made, vault=MemoryVault()):
        pass
    return made


def forgotten(settings: Settings) -> Forgotten:
    return forget(settings, ADA, clock=lambda: 1.0)


def names_of_logs() -> list[str]:
    return ["lusha-enrich.log", *(f"lusha-enrich.log.{number}" for number in range(log.KEPT + 1))]


def test_a_person_is_forgotten_in_every_earlier_log_too_and_nobody_else_is(settings: Settings) -> None:
    for name in names_of_logs():
        (settings.home / name).write_text(f"{OTHER}\n{OF_ADA}\n{OTHER}\n", "utf-8")
    assert forgotten(settings).texts == len(names_of_logs())
    for name in names_of_logs():
        text = (settings.home / name).read_text("utf-8")
        assert "ada" not in text.casefold()
        assert text.count(f"{OTHER}\n") == 2
    assert forgotten(settings).texts == 0


def test_a_line_another_program_adds_meanwhile_is_not_lost(settings: Settings) -> None:
    """It is added at the worst moment: after the log was read, before it is written."""

    class Adding(Trace):
        def in_text(self, text: str) -> bool:
            if text.startswith(OTHER):
                with settings.log.open("a", encoding="utf-8") as file:
                    file.write("added meanwhile\n")
            return super().in_text(text)

    settings.log.write_text(f"{OF_ADA}\n{OTHER}\n", "utf-8")
    assert forgetting._out_of_log(settings.log, [Adding(set(), texts={"ada@sample.example"})]) == 1
    lines = settings.log.read_text("utf-8").splitlines()
    assert [line.strip() for line in lines] == ["(removed)", OTHER, "added meanwhile"]


def test_a_log_that_moves_on_meanwhile_is_cleaned_under_its_new_name_and_the_new_one_stays(settings: Settings) -> None:
    """Between finding out which logs there are and looking into the first."""
    settings.log.write_text(f"{OTHER}\n{OF_ADA}\n", "utf-8")
    paths = forgetting._logs(settings.home)
    settings.log.rename(settings.home / "lusha-enrich.log.1")
    settings.log.write_text(f"{OTHER}\n", "utf-8")
    traces = [Trace(set(), texts={"ada@sample.example"})]
    assert forgetting._cleaned(paths, forgetting._out_of_log, traces) == (1, [])
    assert "ada" not in (settings.home / "lusha-enrich.log.1").read_text("utf-8")
    assert settings.log.read_text("utf-8") == f"{OTHER}\n"


def test_a_log_that_moves_on_while_it_is_cleaned_keeps_what_both_hold(settings: Settings) -> None:
    class Moving(Trace):
        def in_text(self, text: str) -> bool:
            if settings.log.exists() and not settings.log.with_name("lusha-enrich.log.1").exists():
                settings.log.rename(settings.home / "lusha-enrich.log.1")
                settings.log.write_text("the new log\n", "utf-8")
            return super().in_text(text)

    settings.log.write_text(f"{OF_ADA}\n{OTHER}\n", "utf-8")
    forgetting._out_of_log(settings.log, [Moving(set(), texts={"ada@sample.example"})])
    assert settings.log.read_text("utf-8") == "the new log\n"
    assert [line.strip() for line in (settings.home / "lusha-enrich.log.1").read_text("utf-8").splitlines()] == [
        "(removed)",
        OTHER,
    ]


def test_the_log_goes_on_in_a_window_that_has_it_open(settings: Settings) -> None:
    with log_file(settings.log, Redactor()) as logger:
        logger.log(logging.INFO, "ada@sample.example was looked up")
        assert forgotten(settings).texts == 1
        logger.log(logging.INFO, "afterwards")
    text = settings.log.read_text("utf-8")
    assert "ada" not in text
    assert text.endswith("INFO afterwards\n")
    assert "\0" not in text


def test_a_planted_link_is_named_its_target_is_spared_and_the_rest_is_cleaned(settings: Settings, tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text(f"{OF_ADA}\n")
    settings.log.unlink(missing_ok=True)
    settings.log.symlink_to(mine)
    (settings.home / "lusha-enrich.log.1").write_text(f"{OF_ADA}\n")
    (settings.home / "runs").mkdir(mode=0o700, exist_ok=True)
    target = tmp_path / "mine.json"
    target.write_text(json.dumps(["ada@sample.example"]))
    (settings.home / "runs" / "a.rows.json").symlink_to(target)
    (settings.home / "runs" / "b.rows.json").write_text(json.dumps(["ada@sample.example", "x"]))
    done = forgotten(settings)
    assert set(done.untouched) == {str(settings.log), str(settings.home / "runs" / "a.rows.json")}
    assert done.texts == 2
    assert mine.read_text() == f"{OF_ADA}\n"
    assert json.loads(target.read_text()) == ["ada@sample.example"]
    assert json.loads((settings.home / "runs" / "b.rows.json").read_text()) == ["(removed)", "x"]
