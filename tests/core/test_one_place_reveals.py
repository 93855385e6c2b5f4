"""A key leaves its wrapper in the key store and in one function that builds the request header, nowhere else."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
KEY_STORE = ROOT / "core" / "keys"


def _reveals(file: Path) -> Iterator[str]:
    """Names of the innermost functions that call ``.reveal()``."""

    def walk(node: ast.AST, inside: str) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            name = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else inside
            if isinstance(child, ast.Attribute) and child.attr == "reveal":
                yield name
            yield from walk(child, name)

    yield from walk(ast.parse(file.read_text("utf-8")), "")


def test_outside_the_key_store_one_function_reveals_a_key() -> None:
    files = [file for package in ("core", "cli", "gui", "addin", "sandbox") for file in (ROOT / package).rglob("*.py")]
    outside = [file for file in files if KEY_STORE not in file.parents]
    found = [(file.relative_to(ROOT).as_posix(), name) for file in outside for name in _reveals(file)]
    assert found == [("core/lusha/client.py", "_headers")]
