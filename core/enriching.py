"""A sheet from end to end: read it, plan, and bring the answers back into its cells. Front doors differ only around it."""

from __future__ import annotations

from collections.abc import Mapping as Answers
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.engine.preflight import Row
from core.model import Answer, Kind
from core.sheets.columns import Layout, cells_for, targets
from core.sheets.headers import Doubt, Mapping, detect, prospect_of
from core.sheets.sheet import Grid, Put, Refused, SaveReport, Sheet


@dataclass(frozen=True, slots=True)
class Opened:
    """A sheet that was read and understood. ``rows`` are its data rows; ``doubt`` is a question to ask first, or ""."""

    sheet: Sheet
    grid: Grid
    mapping: Mapping
    layout: Layout
    rows: tuple[Row, ...]
    kinds: frozenset[Kind]
    doubt: str = ""


def read_rows(sheet: Sheet, kinds: frozenset[Kind]) -> Opened:
    """Read the sheet and say who every row is about. Raises FileTrouble when it cannot be used."""
    grid = sheet.read()
    found = detect(grid)
    mapping = found.mapping if isinstance(found, Doubt) else found
    layout = targets(grid, mapping, kinds)
    rows = tuple(
        _row(number, cells, mapping, layout, kinds) for number, cells in grid.filled(mapping.first_row, mapping.last_row)
    )
    return Opened(sheet, grid, mapping, layout, rows, kinds, found.question if isinstance(found, Doubt) else "")


def _row(number: int, cells: Sequence[str], mapping: Mapping, layout: Layout, kinds: frozenset[Kind]) -> Row:
    who = prospect_of(cells, mapping)
    wanted = layout.wanted(cells, kinds)
    return Row(number, None, who, wanted) if isinstance(who, str) else Row(number, who, "", wanted)


def write_answers(opened: Opened, answers: Answers[int, Answer]) -> tuple[Refused, ...]:
    """Put every answer into the cells of its row; returns the cells that were left alone. Nothing is saved yet."""
    puts: list[Put] = list(opened.layout.headings)
    for number, answer in sorted(answers.items()):
        cells = opened.grid.rows[number - 1]
        puts.extend(opened.layout.puts(number, cells, cells_for(answer)))
    return opened.sheet.put(puts)


def save(opened: Opened, out: Path | None, backups: Path, *, replace: bool = False) -> SaveReport:
    """Save in place with a dated backup, or to ``out``; an ``out`` that exists only with ``replace``."""
    return opened.sheet.save(out, None if out else backups, replace=replace)
