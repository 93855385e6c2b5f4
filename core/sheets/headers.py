"""Pure: which column is what, from its heading and checked against its data; and a row as a prospect."""

from __future__ import annotations

import re
from collections.abc import Mapping as Picks
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from core.errors import FileTrouble
from core.model import Prospect
from core.results import person
from core.sheets.sheet import Grid, TableArea, letters
from core.sheets.synonyms import INPUTS, Field, field_of, looks_right, settle

SAMPLE_ROWS = 200
ENOUGH = 0.30  # of the filled cells must look like what the heading claims
PROPOSED = 0.60  # of the filled cells make a column without a known heading a proposal
NEARLY = 0.05  # shares this close say nothing about which column is meant
LAST_FIRST = 0.80  # of the names hold a comma: they are written "Last, First"
HEADER_SEARCH = 50  # rows from the top in which a header row is looked for
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
NO_IDENTITY = "no LinkedIn URL, no e-mail, and no name with company"


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which column (1-based) holds which field, and where the data are.

    ``header_row`` is 0 for a sheet without headings. ``headings`` are the texts of the header row, from column A on.
    ``notes`` are sentences for the person about columns that were not taken.
    """

    header_row: int
    columns: Picks[Field, int]
    headings: tuple[str, ...]
    first_row: int
    last_row: int
    table: TableArea | None = None
    last_first: bool = False
    notes: tuple[str, ...] = ()
    ties: tuple[str, ...] = ()  # questions about columns with equally good headings and data
    absent: frozenset[Field] = frozenset()  # a person said that no column holds these


@dataclass(frozen=True, slots=True)
class Doubt:
    """One question for the person before anything is asked; ``mapping`` is what a yes would mean."""

    question: str
    mapping: Mapping


@dataclass(frozen=True, slots=True)
class _Column:
    number: int
    field: Field
    exact: bool
    share: float | None  # of the sampled filled cells that look right; None when none is filled


def detect(grid: Grid, picked: Picks[Field, int] | None = None, table: str = "", *, header: int = 0) -> Mapping | Doubt:
    """Find the header row and the columns. ``picked`` columns (1-based; 0: none holds it) are taken as told.

    ``table`` names a table, ``header`` is the header row where it is known. Two columns with equally good
    headings and data are a doubt. Raises FileTrouble for an empty sheet and for one without a column that says who a row
    is about.
    """
    if not any(True for _ in grid.filled(1, len(grid.rows))):
        raise FileTrouble(
            f'Sheet "{grid.name}" is empty',
            "There are no rows to look up. Choose another sheet, or fill this one first.",
        )
    chosen = _table(grid, table)
    if chosen is None and not table and len(grid.tables) > 1:
        names = ", ".join(found.name for found in grid.tables)
        first = grid.tables[0]
        return Doubt(f"This sheet has several tables ({names}). Which one?", _mapping(grid, first, picked or {}, header))
    mapping = _mapping(grid, chosen, picked or {}, header)
    if _names_people(mapping.columns):
        return Doubt(mapping.ties[0], mapping) if mapping.ties else mapping
    return _proposal(grid, mapping)


def prospect_of(row: Sequence[str], mapping: Mapping) -> Prospect | str:
    """A row as a prospect, cleaned; or why it cannot be looked up, as a phrase without a full stop."""

    def text(field: Field) -> str:
        column = mapping.columns.get(field, 0)
        return row[column - 1] if 0 < column <= len(row) else ""

    first, last = person.clean_name(text(Field.FIRST_NAME)), person.clean_name(text(Field.LAST_NAME))
    if not (first and last) and text(Field.FULL_NAME).strip():
        first, last = person.split_name(text(Field.FULL_NAME), last_first=mapping.last_first)
    link = person.clean_linkedin(text(Field.LINKEDIN))
    found = Prospect(
        linkedin=link.url,
        email=person.clean_email(text(Field.EMAIL)),
        first_name=first,
        last_name=last,
        company=person.clean_company(text(Field.COMPANY)),
        domain=person.clean_domain(text(Field.DOMAIN)),
    )
    if person.identity(found) is None:
        return link.problem.rstrip(".") or _what_is_missing(found)
    return found


def _what_is_missing(row: Prospect) -> str:
    if not (row.company or row.domain) or not (row.first_name or row.last_name):
        return NO_IDENTITY
    return "first and last name needed"


def _names_people(columns: Picks[Field, int]) -> bool:
    """Whether a row of these columns can be looked up at all."""
    if Field.LINKEDIN in columns or Field.EMAIL in columns:
        return True
    named = Field.FULL_NAME in columns or (Field.FIRST_NAME in columns and Field.LAST_NAME in columns)
    return named and (Field.COMPANY in columns or Field.DOMAIN in columns)


# -- the header row ---------------------------------------------------------------------------------------------------
def _table(grid: Grid, name: str) -> TableArea | None:
    if not name:
        return grid.tables[0] if len(grid.tables) == 1 else None
    for found in grid.tables:
        if found.name.casefold() == name.casefold():
            return found
    raise FileTrouble(f'There is no table "{name}" on sheet "{grid.name}"', "Check the name of the table.")


def _mapping(grid: Grid, table: TableArea | None, picked: Picks[Field, int], header: int = 0) -> Mapping:
    if table and table.header_rows and header in {0, table.area.top}:
        area = table.area
        return _map(grid, area.top, area.bottom - table.totals_rows, picked, table)
    header = header or _header_row(grid)
    inside = next((found for found in grid.tables if found.area.top == header and found.header_rows), None)
    if inside is not None:
        return _map(grid, header, inside.area.bottom - inside.totals_rows, picked, inside)
    return _map(grid, header, len(grid.rows), picked, None)


def _header_row(grid: Grid) -> int:
    """The row with the most known headings; a filter or a frozen pane speaks for its row. 0 when there is none."""
    favoured = {grid.frozen_rows, grid.filter.top if grid.filter else 0}
    best, best_score, widest = 0, 0.0, 0
    for number, row in grid.filled(1, HEADER_SEARCH):
        claims = [claim for cell in row if (claim := field_of(cell)) is not None]
        fields = {claim.field: claim.exact for claim in claims}
        score = sum(1.0 if exact else 0.5 for exact in fields.values())
        filled = [cell for cell in row if cell.strip()]
        if score and number in favoured:
            score += 2.0
        elif _is_data(filled) or (widest >= len(filled) > 2 * len(claims)):
            score = 0.0  # somebody's row: "VP Mobile" is no heading, nor is one below rows that are as full
        if score > best_score:
            best, best_score = number, score
        widest = max(widest, len(filled))
    return best


def _is_data(cells: Sequence[str]) -> bool:
    """Whether one of these cells is what a heading never is: a link to a profile, an address, a number, a day."""
    fields = (Field.LINKEDIN, Field.EMAIL, Field.PHONE)
    return any(_DAY.fullmatch(cell.strip()) or any(looks_right(field, cell) for field in fields) for cell in cells)


def _map(grid: Grid, header: int, last: int, picked: Picks[Field, int], table: TableArea | None) -> Mapping:
    row = grid.rows[header - 1] if 0 < header <= len(grid.rows) else ()  # a table may claim rows nobody wrote
    left, right = (table.area.left, table.area.right) if table else (1, len(row))
    claims = {
        column: claim for column, cell in enumerate(row, 1) if left <= column <= right and (claim := field_of(cell)) is not None
    }
    settle(claims)
    sample = [cells for _, cells in grid.filled(header + 1, last)][:SAMPLE_ROWS]
    columns: dict[Field, int] = {}
    notes: list[str] = []
    ties: list[str] = []
    for field in Field:
        if field in picked:
            columns |= {field: picked[field]} if picked[field] else {}
            continue
        found = [
            _Column(number, field, claim.exact, _share(sample, number, field))
            for number, claim in claims.items()
            if claim.field is field
        ]
        if best := _best(found, row, notes, ties):
            columns[field] = best.number
    return Mapping(
        header_row=header,
        columns=columns,
        headings=tuple(row),
        first_row=header + 1,
        last_row=last,
        table=table,
        last_first=_last_first(sample, columns.get(Field.FULL_NAME, 0)),
        notes=tuple(notes),
        ties=tuple(ties),
        absent=frozenset(field for field, column in picked.items() if not column),
    )


def _best(found: list[_Column], headings: Sequence[str], notes: list[str], ties: list[str]) -> _Column | None:
    """The candidate with the better data; the others are named in the notes, an equally good one is asked about."""
    good = [column for column in found if column.share is None or column.share >= ENOUGH]
    notes.extend(
        f'Column "{headings[column.number - 1]}" says {column.field.value}, '
        f"but {column.share:.0%} of its cells look like it. It is not used."
        for column in found
        if column.share is not None and column.share < ENOUGH
    )
    if not good:
        return None

    def rank(column: _Column) -> tuple[float, bool, int]:
        data = 0.0 if column.field is Field.PHONE else column.share or 0.0
        return (-data, not column.exact, column.number)

    best, *others = sorted(good, key=rank)
    if best.field in INPUTS and any(_ties(best, other) for other in others):
        named = ", ".join(f'"{headings[column.number - 1]}" ({letters(column.number)})' for column in (best, *others))
        ties.append(f"More than one column could be the {best.field.value}: {named}. Use the first?")
    notes.extend(
        f'Column {letters(other.number)} "{headings[other.number - 1]}" could be the {other.field.value} too;'
        f' {letters(best.number)} "{headings[best.number - 1]}" is used.'
        for other in others
    )
    return best


def _ties(best: _Column, other: _Column) -> bool:
    if best.share is None or other.share is None:
        return False
    return best.exact == other.exact and abs(best.share - other.share) <= NEARLY


def _share(sample: list[Sequence[str]], column: int, field: Field) -> float | None:
    filled = [cells[column - 1] for cells in sample if column <= len(cells) and cells[column - 1].strip()]
    if not filled:
        return None
    return sum(looks_right(field, cell) for cell in filled) / len(filled)


def _last_first(sample: list[Sequence[str]], column: int) -> bool:
    names = [cells[column - 1] for cells in sample if 0 < column <= len(cells) and cells[column - 1].strip()]
    return bool(names) and sum("," in name for name in names) / len(names) >= LAST_FIRST


# -- without a known heading ------------------------------------------------------------------------------------------
def _proposal(grid: Grid, mapping: Mapping) -> Doubt:
    """Ask for the column whose data look like links or e-mails. Raises FileTrouble when there is none."""
    rows = list(islice(grid.filled(mapping.first_row, mapping.last_row), SAMPLE_ROWS + 1))
    width = max((len(cells) for _, cells in rows), default=0)
    for field in (Field.LINKEDIN, Field.EMAIL):
        for column in () if field in mapping.absent else range(1, width + 1):
            with_heading = mapping if mapping.header_row else _first_as_heading(mapping, rows[0], field, column)
            sample = [cells for number, cells in rows if number >= with_heading.first_row]
            share = _share(sample, column, field)
            if share is not None and share >= PROPOSED:
                return _ask(with_heading, field, column, share)
    raise FileTrouble(f'No column of sheet "{grid.name}" says who a row is about', _what_is_needed(mapping))


def _first_as_heading(mapping: Mapping, first: tuple[int, Sequence[str]], field: Field, column: int) -> Mapping:
    """The first row as a heading nobody knows, when its cell in this column is filled and looks unlike the field."""
    number, cells = first
    text = cells[column - 1] if column <= len(cells) else ""
    if not text.strip() or looks_right(field, text):
        return mapping
    return replace(mapping, header_row=number, headings=tuple(cells), first_row=number + 1)


def _ask(mapping: Mapping, field: Field, column: int, share: float) -> Doubt:
    heading = mapping.headings[column - 1] if 0 < column <= len(mapping.headings) else ""
    said = f'Column "{heading}"' if heading.strip() else f"Column {letters(column)}"
    return Doubt(
        f"{said} looks like the {field.value} ({share:.0%} of its cells). Use it?",
        replace(mapping, columns={**mapping.columns, field: column}),
    )


def _what_is_needed(mapping: Mapping) -> str:
    seen = ", ".join(f'"{heading.strip()}"' for heading in mapping.headings if heading.strip())
    wanted = (
        "Needed is a column with LinkedIn URLs, or with e-mails, or with first and last names beside a company or its domain."
    )
    known = any(field in mapping.columns for field in INPUTS)
    found = f" Found: {seen}." if seen and (known or mapping.header_row) else ""
    return " ".join((wanted + found, *mapping.notes, "Name the column yourself, or correct the heading."))
