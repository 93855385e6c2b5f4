"""Whatever a person can read on a screen stands in the documentation: findings, error titles, statuses, settings."""

from __future__ import annotations

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import addin
import cli
import core
import gui
from core import errors, words
from core.doctor.faults import FAULTS
from core.model import KeyStatus, RowStatus
from core.settings import HOME_VARIABLE, URL_VARIABLE, Settings
from gui import progress

DOCS = Path(__file__).resolve().parents[2] / "docs"
TROUBLE = (DOCS / "troubleshooting.md").read_text("utf-8")
FLAT = " ".join(TROUBLE.split())
HOLE = "…"  # stands for what a title fills in: a file, a number, a name


def modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not found.name.endswith(("_win", "_mac", "__main__")):
            yield import_module(found.name)


def text_of(node: ast.expr) -> str | None:
    """A literal text, with a hole for each value that is filled in; None for anything else."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr():
            return "".join(part.value if isinstance(part, ast.Constant) else HOLE for part in node.values)
        case _:
            return None


def error_names() -> set[str]:
    named = {name for name, found in vars(errors).items() if inspect.isclass(found) and issubclass(found, errors.EnrichError)}
    return named | {"ExcelBusy", "ExcelGone"}


def titles(module: ModuleType) -> Iterator[str]:
    """The first argument of every error of ours the module makes."""
    wanted = error_names()
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and node.args and getattr(node.func, "id", "") in wanted:
            choices = [node.args[0].body, node.args[0].orelse] if isinstance(node.args[0], ast.IfExp) else [node.args[0]]
            yield from (text for text in map(text_of, choices) if text)


def every_title() -> list[str]:
    return sorted({title for package in (core, addin, cli, gui) for module in modules(package) for title in titles(module)})


@pytest.mark.parametrize("title", every_title())
def test_every_error_title_is_explained(title: str) -> None:
    assert f"| {title} |" in TROUBLE


@pytest.mark.parametrize("case", list(words.STOP))
def test_every_reason_a_run_stops_for_is_explained(case: str) -> None:
    title, message = words.STOP[case]
    assert f"| {title} |" in TROUBLE
    assert message in FLAT


@pytest.mark.parametrize("fault", list(FAULTS))
def test_every_finding_of_the_doctor_is_explained_in_its_own_words(fault: str) -> None:
    _check, verdict, means, todo = FAULTS[fault]
    assert f"| `{fault}` | {verdict} | {means} | {todo} |" in TROUBLE


def test_nothing_is_explained_that_does_not_exist() -> None:
    explained = {line.split("`")[1] for line in TROUBLE.splitlines() if line.startswith("| `") and line.count("|") == 5}
    assert explained == set(FAULTS)


@pytest.mark.parametrize("status", list(RowStatus))
def test_every_status_of_a_row_is_explained(status: RowStatus) -> None:
    assert f"| **{words.STATUS[status]}** |" in TROUBLE


@pytest.mark.parametrize("status", list(KeyStatus))
def test_every_status_of_a_key_is_explained(status: KeyStatus) -> None:
    assert f"| **{status.value}** |" in TROUBLE


@pytest.mark.parametrize("name", [name for name in Settings.__dataclass_fields__ if name not in {"home", "api_url"}])
def test_every_setting_is_explained(name: str) -> None:
    assert f"| `{name}` |" in TROUBLE


def test_what_the_windows_say_of_themselves_is_explained() -> None:
    assert f"| {progress.GONE} |" in TROUBLE
    assert '"Something unexpected stopped the run"' in TROUBLE
    assert "`--bundle`" in TROUBLE


def test_the_environment_variables_are_explained() -> None:
    assert f"`{HOME_VARIABLE}`" in TROUBLE
    assert f"`{URL_VARIABLE}`" in TROUBLE


def test_the_collector_sees_titles_with_holes_and_choices() -> None:
    found = every_title()
    assert len(found) > 40
    assert any(HOLE in title for title in found)
    assert "No workbook is open in Excel" in found
