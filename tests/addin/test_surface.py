"""Every member of xlwings' engines that our code touches is there for Excel on Windows and on a Mac.

The wheel for Linux ships both engines as source: they are parsed, not imported. What is touched is recorded while a run
goes over the pretend Excel.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlwings as xw

from addin.books import Target, attach, caller, open_books
from core.enriching import read_rows, write_answers
from core.model import Answer, Kind, Person, Phone, RowStatus
from core.sheets.sheet import Put
from tests.excel_engine import engine
from tests.excel_engine.desk import PID, Desk

CLASSES = ("Apps", "App", "Books", "Book", "Sheets", "Sheet", "Range", "Tables", "Table")
CALLERS = ("xlwings/main.py", "conversion/standard.py", "conversion/framework.py")
PHONES = frozenset({Kind.PHONES})
Members = dict[str, set[str]]


@pytest.fixture
def touched(monkeypatch: pytest.MonkeyPatch) -> Members:
    """Members by class, "name=" for one that is set, as xlwings' own code asks the engine for them."""
    found: Members = defaultdict(set)

    def spied(cls: type) -> None:
        def get(self: Any, name: str) -> Any:
            if sys._getframe(1).f_code.co_filename.endswith(CALLERS) and not name.startswith("__"):
                found[cls.__name__].add(name)
            return object.__getattribute__(self, name)

        def set_(self: Any, name: str, value: Any) -> None:
            if sys._getframe(1).f_code.co_filename.endswith(CALLERS):
                found[cls.__name__].add(f"{name}=")
            object.__setattr__(self, name, value)

        monkeypatch.setattr(cls, "__getattribute__", get)
        monkeypatch.setattr(cls, "__setattr__", set_)

    for name in CLASSES:
        spied(getattr(engine, name))
    return found


def members(file: str) -> Members:
    """What the classes of an engine's source have, inherited members included; those that only raise are left out."""
    folder = Path(xw.__file__).parent
    bases = {
        node.name: node
        for node in ast.parse((folder / "base_classes.py").read_text("utf-8")).body
        if isinstance(node, ast.ClassDef)
    }
    tree = ast.parse((folder / file).read_text("utf-8"))
    return {
        node.name: set().union(
            *(own(bases[b.attr]) for b in node.bases if isinstance(b, ast.Attribute) and b.attr in bases), own(node)
        )
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }


def own(node: ast.ClassDef) -> set[str]:
    found = set()
    for one in node.body:
        if isinstance(one, ast.FunctionDef):
            setter = any(isinstance(by, ast.Attribute) and by.attr == "setter" for by in one.decorator_list)
            if not any(isinstance(step, ast.Raise) and "NotImplementedError" in ast.dump(step) for step in one.body):
                found.add(one.name + "=" * setter)
        elif isinstance(one, ast.Assign):
            found |= {target.id for target in one.targets if isinstance(target, ast.Name)}
    for one in ast.walk(node):
        if (
            isinstance(one, ast.Attribute)
            and isinstance(one.value, ast.Name)
            and one.value.id == "self"
            and isinstance(one.ctx, ast.Store)
        ):
            found.add(one.attr)
    return found


def go_over_everything(desk: Desk, path: Path) -> None:
    desk.open(path)
    open_books()
    caller(["--hwnd=77"])
    sheet = attach(Target(PID, "leads.xlsx", "Leads", ""))
    read = read_rows(sheet, PHONES)
    sheet.follow(read.mapping)
    write_answers(read, {2: Answer(RowStatus.FOUND, Person(phones=(Phone("+44 7700 900123", "mobile"),)), kinds=PHONES)})
    sheet.save()
    sheet.say("x")
    sheet.put([Put(2, 3, "+447700900123", "")])
    sheet.save()
    sheet.give_back("Phone", [2], "General")


@pytest.mark.parametrize("file", ["_xlwindows.py", "_xlmac.py"])
def test_excel_on_windows_and_mac_has_every_member_we_touch(
    touched: Members, file: str, desk: Desk, book: Callable[..., Path]
) -> None:
    rows = [["Name", "LinkedIn URL", "Phone"], ["Ada Sample", "https://www.linkedin.com/in/sb-ada-sample", None]]
    go_over_everything(desk, book(rows, table="People"))
    assert sum(map(len, touched.values())) > 25
    assert {"resize", "range", "name"} <= touched["Table"]
    assert {"raw_value", "raw_value=", "number_format=", "formula", "row_height"} <= touched["Range"]
    have = members(file)
    missing = {
        f"{cls}.{name}"
        for cls, names in touched.items()
        for name in names
        if name not in have[cls] and name.rstrip("=") not in have[cls] and name.rstrip("=") != "options"
    }
    assert missing == set()


def test_the_pinned_version_is_the_one_in_the_workbook() -> None:
    from addin.checks import XLWINGS

    assert xw.__version__ == XLWINGS
    assert f"'Version: {XLWINGS}" in (Path(xw.__file__).parent / "xlwings.bas").read_text("cp1252")
