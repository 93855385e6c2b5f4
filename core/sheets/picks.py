"""Columns a person names: by letter or by heading, on the command line or in an earlier run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.errors import UsageError
from core.results.person import fold
from core.sheets.frame import column_number
from core.sheets.headers import HEADER_SEARCH
from core.sheets.headers import Mapping as Columns
from core.sheets.sheet import MAX_COLUMNS, Grid, letters
from core.sheets.synonyms import Field

NAMES = {
    "linkedin": Field.LINKEDIN,
    "first-name": Field.FIRST_NAME,
    "last-name": Field.LAST_NAME,
    "name": Field.FULL_NAME,
    "company": Field.COMPANY,
    "domain": Field.DOMAIN,
    "email": Field.EMAIL,
    "phone": Field.PHONE,
}
_NAME_OF = {found: name for name, found in NAMES.items()}
ABSENT = "-"  # no column holds it; no heading folds to this
_TARGETS = {Field.PHONE, Field.EMAIL}  # they take results, too, and may be empty columns at the right
_LETTERS = re.compile(r"[A-Za-z]{1,3}")


@dataclass(frozen=True, slots=True)
class Picked:
    """Columns (1-based; 0: there is none) by field, the row of their headings (0: not known), a sentence on their origin."""

    columns: Mapping[Field, int] = field(default_factory=dict)
    header: int = 0
    note: str = ""


def parse(texts: Sequence[str]) -> dict[str, str]:
    """``linkedin=C``, ``company=Firma``, ``email=-`` as a mapping. Raises UsageError for another form or unknown field."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, where = text.partition("=")
        name = name.strip().casefold().replace("_", "-")
        if not equals or not where.strip() or name not in NAMES:
            raise UsageError(
                f'"{text}" does not say which column holds what',
                f"Say FIELD=COLUMN, such as linkedin=C or company=Firma; email=- says that no column holds it. "
                f"Fields are {', '.join(NAMES)}.",
            )
        if name in found:
            raise UsageError(f'"{name}" is named twice', f'Say one column for it: "{name}={found[name]}" or "{text}".')
        found[name] = where.strip()
    return found


def said(columns: Mapping[Field, int]) -> tuple[str, ...]:
    """The other way round, by letter: what `parse` reads as these columns (0: there is none)."""
    return tuple(f"{_NAME_OF[found]}={letters(column) if column else ABSENT}" for found, column in columns.items())


def pick(grid: Grid, named: Mapping[str, str]) -> Picked:
    """Find named columns: a heading in the first rows goes before a letter. Raises UsageError when there is none."""
    rows = {name: _heading_row(grid, where) for name, where in named.items()}
    header = next((row for row, _ in rows.values() if row), 0)
    columns = {
        NAMES[name]: column or _letter(where, MAX_COLUMNS if NAMES[name] in _TARGETS else grid.width)
        for (name, where), (_, column) in zip(named.items(), rows.values(), strict=True)
    }
    for name, where in named.items():
        if not columns[NAMES[name]] and where != ABSENT:
            raise UsageError(
                f'There is no column "{where}" on sheet "{grid.name}"',
                "Name a column by its heading as it stands in the sheet, or by its letter.",
            )
    held = [column for column in columns.values() if column]
    if twice := next((column for column in held if held.count(column) > 1), 0):
        both = " and ".join(name for name in named if columns[NAMES[name]] == twice)
        raise UsageError(f"Column {letters(twice)} is named for {both}", "It can hold one of them. Name another, or - for none.")
    return Picked(columns, header)


def recalled(grid: Grid, header: int, known: Mapping[str, str]) -> Picked:
    """Columns chosen earlier for the headings in row ``header``; those that are not there any more are left out."""
    row, here = grid.rows[header - 1], {name: where for name, where in known.items() if name in NAMES}
    found = {name: _column_in(row, where) or _letter(where, MAX_COLUMNS) for name, where in here.items()}
    kept = {name: column for name, column in found.items() if column or known[name] == ABSENT}
    where = ", ".join(f"{name} in {letters(column)}" if column else f"{name} nowhere" for name, column in kept.items())
    note = f"Columns as chosen earlier for such a list: {where}. Name them anew to change that."
    return Picked({NAMES[name]: column for name, column in kept.items()}, header, note if kept else "")


def picked_of(mapping: Columns) -> dict[str, str]:
    """What to remember of a mapping, headings before letters."""
    held = {_NAME_OF[found]: _heading_of(mapping, column) for found, column in mapping.columns.items()}
    return held | {_NAME_OF[found]: ABSENT for found in Field if found in mapping.absent}


def _heading_of(mapping: Columns, column: int) -> str:
    text = mapping.headings[column - 1].strip() if column <= len(mapping.headings) else ""
    unique = text and sum(fold(other) == fold(text) for other in mapping.headings) == 1
    return text if unique else letters(column)


def _heading_row(grid: Grid, heading: str) -> tuple[int, int]:
    for number, cells in grid.filled(1, HEADER_SEARCH):
        if column := _column_in(cells, heading):
            return number, column
    return 0, 0


def _column_in(cells: Sequence[str], heading: str) -> int:
    wanted = fold(heading)
    return next((column for column, text in enumerate(cells, 1) if wanted and fold(text) == wanted), 0)


def _letter(where: str, last: int) -> int:
    column = column_number(where) if _LETTERS.fullmatch(where) else 0
    return column if column <= last else 0
