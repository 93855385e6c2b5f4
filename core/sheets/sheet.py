"""The port: what a sheet of rows must be able to do, and the plain values that pass through it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

CELL_LIMIT = 500  # characters in a cell of ours; Excel itself stops at 32,767
MAX_ROWS = 1_048_576  # Excel specifications and limits
MAX_COLUMNS = 16_384
KEPT_BACKUPS = 5

# why a cell was left alone
CHANGED = "the cell was changed meanwhile"
OCCUPIED = "the cell is not empty"
HEADLESS = "its column got no heading"
OUTSIDE = "there is no such cell"
FORMULA = "the cell holds a formula"
ERROR = "the cell holds an error value"
MERGED = "merged cells"

# XML 1.0 allows neither most control characters nor lone surrogates; bidi overrides could disguise a text.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells, 1-based, both ends included."""

    top: int
    left: int
    bottom: int
    right: int

    def holds(self, row: int, column: int) -> bool:
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    def meets(self, other: Area) -> bool:
        """Whether the two share a cell."""
        rows_meet = self.top <= other.bottom and other.top <= self.bottom
        return rows_meet and self.left <= other.right and other.left <= self.right


@dataclass(frozen=True, slots=True)
class TableArea:
    """An Excel table: its name, its whole rectangle and how many rows of it are headings and totals.

    ``linked``: its columns come from a query or an XML map, so it takes no columns of ours.
    """

    name: str
    area: Area
    header_rows: int = 1
    totals_rows: int = 0
    linked: bool = False

    @property
    def grows(self) -> bool:
        """Whether columns can be added to it."""
        return self.header_rows > 0 and not self.linked


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet as it was read. ``rows[0]`` is row 1 of the sheet and ``rows[n][0]`` its column A, whatever is empty.

    Every cell is text; a whole number is shown without a decimal point, an empty or an error cell is "". A cell whose
    LinkedIn link differs from what it shows holds the link.
    """

    name: str
    rows: Sequence[Sequence[str]]
    tables: tuple[TableArea, ...] = ()
    filter: Area | None = None
    frozen_rows: int = 0
    merged: tuple[Area, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    protected: bool = False
    visible: bool = True
    notes: tuple[str, ...] = ()
    barred: Mapping[tuple[int, int], str] = field(default_factory=dict)

    def why_barred(self, row: int, column: int) -> str:
        """Why nothing can be written to a cell whatever it shows (a formula, merged cells), or ""."""
        if why := self.barred.get((row, column)):
            return why
        inside = any(area.holds(row, column) and (row, column) != (area.top, area.left) for area in self.merged)
        return MERGED if inside else ""

    def cell(self, row: int, column: int) -> str:
        """The text at a 1-based position; "" outside of what was read."""
        if 1 <= row <= len(self.rows) and 1 <= column <= len(self.rows[row - 1]):
            return self.rows[row - 1][column - 1]
        return ""

    def filled(self, first: int, last: int) -> Iterator[tuple[int, Sequence[str]]]:
        """Number and cells of the rows ``first`` to ``last`` (included) that are not blank."""
        for number in range(first, min(last, len(self.rows)) + 1):
            row = self.rows[number - 1]
            if any(cell.strip() for cell in row):
                yield number, row

    @property
    def width(self) -> int:
        """Number of the last column that holds anything."""
        widest = 0
        for row in self.rows:
            column = len(row)
            while column > widest and not row[column - 1]:
                column -= 1
            widest = max(widest, column)
        return widest


@dataclass(frozen=True, slots=True)
class Put:
    """Text for one cell, written only if the cell still shows ``expected`` ("" means empty).

    ``width`` is set for the heading of a new column and nowhere else: the width of that column in characters. A heading
    of ours that is emptied again takes its column out of a table. ``was`` puts a cell back as it stood in the file,
    form and all ("" when there was no cell): only for a file that has not been saved by anybody else since.
    """

    row: int
    column: int
    expected: str
    new: str
    width: float | None = None
    was: str | None = None

    @property
    def is_heading(self) -> bool:
        return self.width is not None

    @property
    def removes_heading(self) -> bool:
        return self.is_heading and not self.new


@dataclass(frozen=True, slots=True)
class Refused:
    """A cell that was left alone, and why, as half a sentence ("the cell holds a formula")."""

    row: int
    column: int
    why: str


@dataclass(frozen=True, slots=True)
class SaveReport:
    """What a save did: the file written, how many cells, the cells left alone, the copy of the old file if any.

    ``was`` holds the cells that were written, by (row, column), as they stood in the file before ("" for none).
    ``sha256`` is that of the file as it is now; empty when nothing was written.
    """

    path: Path
    written: int
    refused: tuple[Refused, ...] = ()
    backup: Path | None = None
    notes: tuple[str, ...] = field(default=())
    was: Mapping[tuple[int, int], str] = field(default_factory=dict)
    sha256: str = ""

    @property
    def changed(self) -> bool:
        """Whether a file was written at all; otherwise it is byte for byte what it was, without a backup."""
        return bool(self.sha256)


class Sheet(Protocol):
    """One sheet of rows. Reading costs nothing; nothing reaches the file before `save`."""

    @property
    def path(self) -> Path:
        """The real path of the file, links resolved."""
        ...

    def read(self) -> Grid:
        """The sheet as it is on disk. Raises FileTrouble when it cannot be read."""
        ...

    def check(self, out: Path | None = None) -> None:
        """Raise FileTrouble or FileBusy for everything that would make `save` fail and can be known beforehand."""
        ...

    def put(self, puts: Iterable[Put]) -> tuple[Refused, ...]:
        """Collect cells to write; those that can be seen not to be as expected come back at once."""
        ...

    def save(
        self, out: Path | None = None, backups: Path | None = None, *, kept: int = KEPT_BACKUPS, replace: bool = False
    ) -> SaveReport:
        """Write what was put: in place, or to ``out`` (which must not exist yet unless ``replace``).

        ``backups`` is the folder that gets a dated copy of the file that is replaced; the last ``kept`` of it stay.
        Raises FileBusy when the file is open elsewhere, read-only or was changed since it was read.
        """
        ...


def cell_text(text: str, limit: int = CELL_LIMIT) -> str:
    """Text that is safe in any cell: no control characters, line ends as LF, at most ``limit`` characters."""
    clean = _UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def letters(column: int) -> str:
    """1 as A, 27 as AA."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def on_the_sheet(row: int, column: int) -> bool:
    """Whether a position exists on an Excel sheet."""
    return 1 <= row <= MAX_ROWS and 1 <= column <= MAX_COLUMNS
