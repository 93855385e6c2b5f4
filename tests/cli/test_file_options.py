"""What `enrich` lets a person say about a file; nothing is sent, so no key store is needed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cli.__main__ import main

ADA, BOB = "https://www.linkedin.com/in/ada-sample", "https://www.linkedin.com/in/bob-muster"
Plan = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def plan(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Plan:
    """plan(rows, option ...) is the exit code and the document of a dry run over a workbook of these rows."""
    monkeypatch.setenv("LUSHA_ENRICH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LUSHA_ENRICH_API_URL", "http://127.0.0.1:9")

    def planned(rows: list[list[Any]], *options: str) -> tuple[int, dict[str, Any]]:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        path = tmp_path / "leads.xlsx"
        book.save(path)
        code = main(["enrich", str(path), "--phones", "--dry-run", "--json", *options])
        return code, json.loads(capsys.readouterr().out)

    return planned


FILLED = [
    ["LinkedIn", "Phone", "Checked"],
    [ADA, "+442079460001", "2020-01-01"],
    [BOB, "+442079460002", "2999-01-01"],
    [BOB + "-2", None, None],
]


@pytest.mark.parametrize(
    ("options", "ready"),
    [
        ((), 1),
        (("--replace",), 3),
        (("--replace", "all"), 3),
        (("--replace", "phones:all"), 3),
        (("--replace", "emails:all"), 1),
        (("--replace", "older=30"), 2),
        (("--replace", "not-found"), 1),
    ],
)
def test_a_rule_decides_which_rows_are_asked_for(options: tuple[str, ...], ready: int, plan: Plan) -> None:
    code, said = plan(FILLED, *options)
    assert (code, said["ready"], said["rows"]) == (0, ready, 3)


@pytest.mark.parametrize("rule", ["some", "older", "older=x", "all=3", "faxes:all", "phones:", "older=999999"])
def test_a_rule_that_is_none_is_wrong_use(rule: str, plan: Plan) -> None:
    code, said = plan(FILLED, "--replace", rule)
    assert code == 2
    assert "is no rule for filled cells" in said["error"]["title"]


def test_a_named_column_is_taken_and_a_dry_run_remembers_nothing(plan: Plan) -> None:
    rows = [["Wer", "LinkedIn"], [ADA, BOB], [ADA, BOB + "-2"]]
    assert plan(rows)[1]["ready"] == 2
    assert plan(rows, "--map", "linkedin=A")[1]["duplicate"] == 1
    assert plan(rows)[1]["duplicate"] == 0
    assert plan(rows, "--map", "linkedin=LinkedIn")[1]["ready"] == 2
    assert plan(rows, "--map", "fax=A")[0] == 2
    assert plan(rows, "--map", "linkedin=Nowhere")[0] == 2
    assert (
        plan(rows, "--map", "linkedin=A", "--map", "company=A")[1]["error"]["title"]
        == "Column A is named for linkedin and company"
    )
    assert plan(rows, "--map", "name=A", "--map", "name=B")[1]["error"]["title"] == '"name" is named twice'


def test_two_equally_good_columns_are_asked_about_and_settled_by_naming_one(plan: Plan) -> None:
    rows = [["LinkedIn", "LinkedIn URL"], [ADA, BOB]]
    code, said = plan(rows)
    assert code == 2
    assert "More than one column could be the LinkedIn URL" in said["error"]["message"]
    assert plan(rows, "--map", "linkedin=B")[1]["ready"] == 1


def test_the_list_its_copy_and_the_report_are_three_files(plan: Plan, tmp_path: Path) -> None:
    assert plan(FILLED, "--out", str(tmp_path / "leads.xlsx"))[1]["error"]["title"] == "--out names the list itself"
    both = str(tmp_path / "new.xlsx")
    assert plan(FILLED, "--out", both, "--report", both)[1]["error"]["title"] == "--out and --report name the same file"


def test_a_report_that_is_there_already_stops_before_anything_is_sent(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "report.xlsx").write_bytes(b"mine")
    code, said = plan(FILLED, "--report", str(tmp_path / "report.xlsx"))
    assert (code, said["error"]["title"]) == (2, "report.xlsx already exists")
