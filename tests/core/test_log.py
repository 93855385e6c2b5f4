"""The log file: several programs write to it, and it is turned over when it is full."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from core.log import BYTES, KEPT, log_file
from core.secret import Redactor

LINE = "x" * 10_000


def fill(logger: object) -> None:
    for _ in range(BYTES // len(LINE) + 1):
        logger.info(LINE)  # type: ignore[attr-defined]


def test_a_full_file_is_kept_and_a_new_one_begun_and_only_so_many_stay(tmp_path: Path) -> None:
    path = tmp_path / "lusha-enrich.log"
    with log_file(path, Redactor()) as logger:
        for _ in range(KEPT + 2):
            fill(logger)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["lusha-enrich.log", *(f"lusha-enrich.log.{n}" for n in (1, 2, 3))]
    assert all(BYTES <= one.stat().st_size < BYTES + 2 * len(LINE) for one in tmp_path.glob("*.log.*"))
    assert {one.stat().st_mode & 0o777 for one in tmp_path.iterdir()} == {0o600}


def test_a_program_follows_when_another_one_has_turned_the_file_over(tmp_path: Path) -> None:
    path = tmp_path / "lusha-enrich.log"
    with log_file(path, Redactor()) as one, log_file(path, Redactor()) as other:
        other.info("before")
        fill(one)
        one.info("turned over by one")
        other.info("after, by the other")
    assert "after, by the other" in path.read_text("utf-8")
    assert "turned over by one" in path.read_text("utf-8")
    assert "before" in path.with_name("lusha-enrich.log.1").read_text("utf-8")
    assert not path.with_name("lusha-enrich.log.2").exists()  # it was turned over once


def test_a_file_that_cannot_be_moved_goes_on_and_the_older_ones_stay(tmp_path: Path) -> None:
    path = tmp_path / "lusha-enrich.log"
    path.with_name("lusha-enrich.log.1").write_text("older", "utf-8")
    path.with_name("lusha-enrich.log.0").mkdir()  # nothing can be moved there, as on Windows while another has it open
    with log_file(path, Redactor()) as logger:
        fill(logger)
        logger.info("the last line")
    assert "the last line" in path.read_text("utf-8")
    assert path.with_name("lusha-enrich.log.1").read_text("utf-8") == "older"


def test_a_log_that_is_gone_is_told_of_once_and_goes_on_when_its_folder_is_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "home" / "lusha-enrich.log"
    path.parent.mkdir()
    with log_file(path, Redactor()) as logger:
        logger.info("before")
        shutil.rmtree(path.parent)
        logger.info("lost")
        logger.info("lost too")
        path.parent.mkdir()
        logger.info("after")
    said = capsys.readouterr().err
    assert said.count("The log cannot be written") == said.count("\n") == 1
    assert path.read_text("utf-8").endswith("INFO after\n")


@pytest.mark.skipif(os.name == "nt", reason="needs a limit on the size of files")
def test_a_disk_that_is_full_takes_no_line_and_stops_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import resource

    path, before = tmp_path / "lusha-enrich.log", resource.getrlimit(resource.RLIMIT_FSIZE)
    kept = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        with log_file(path, Redactor()) as logger:
            logger.info("before")
            resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, before[1]))
            for _ in range(3):
                logger.info("lost")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, kept)
    said = capsys.readouterr().err
    assert said.count("The log cannot be written") == said.count("\n") == 1
    assert path.read_text("utf-8").endswith("INFO before\n")
