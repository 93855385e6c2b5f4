"""A closed .xlsx or .xlsm: read by calamine, written by patching, replaced safely."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from core.errors import FileBusy, FileTrouble
from core.sheets import links, markup, patch, reading, tables
from core.sheets.apart import Failed, VerifyDone, VerifyTask, apart, carried_out
from core.sheets.frame import Frame, read_frame
from core.sheets.ooxml import MOST_IN_A_PATCHED_SHEET, Package, SheetPart, open_package
from core.sheets.safe_save import Swap, check_free, file_hash, real_path, safe_save
from core.sheets.sheet import (
    CHANGED,
    HEADLESS,
    KEPT_BACKUPS,
    OCCUPIED,
    OUTSIDE,
    Grid,
    Put,
    Refused,
    SaveReport,
    on_the_sheet,
)

VERIFIED_CELLS = 1_000_000  # above this, only the rows that were written are compared
COMPARED_HERE = 100_000  # cells

_FINAL = "docProps/custom.xml"
_HIDDEN = re.compile(rb"<(?:[\w.-]+:)?row\s[^>]*?hidden=[^>]*>")


class Workbook:
    """An .xlsx or .xlsm as it was when it was opened. No handle on the file stays open."""

    def __init__(self, package: Package, swap: Swap | None = None) -> None:
        self._package = package
        self._swap = swap

    @property
    def path(self) -> Path:
        return self._package.path

    @property
    def sheets(self) -> tuple[str, ...]:
        """Names of the worksheets in their order, hidden ones included."""
        return tuple(found.name for found in self._package.sheets)

    def sheet(self, name: str | None = None) -> WorkbookSheet:
        """A worksheet by name (case-blind), or the first visible one. Raises FileTrouble when there is none."""
        found = self._find(name)
        return WorkbookSheet(self._package, found, self._swap)

    def _find(self, name: str | None) -> SheetPart:
        sheets = self._package.sheets
        if name is None:
            visible = [found for found in sheets if found.visible] or list(sheets)
            if not visible:
                raise FileTrouble(f"{self.path.name} has no worksheet", "There are no rows to look up in it.")
            return visible[0]
        for found in sheets:
            if name.casefold() == found.name.casefold():
                return found
        there = ", ".join(f'"{found.name}"' for found in sheets)
        raise FileTrouble(f'There is no sheet "{name}" in {self.path.name}', f"Its sheets are: {there}.")


class WorkbookSheet:
    """One worksheet of a closed workbook; implements the port."""

    def __init__(self, package: Package, sheet: SheetPart, swap: Swap | None = None) -> None:
        self._package, self._sheet, self._swap = package, sheet, swap
        self._grid: Grid | None = None
        self._extent = reading.Extent(0, 0, 0)
        self._puts: dict[int, list[Put]] = {}  # by row; the last one for a cell only
        self._refused: list[Refused] = []
        self._closed_columns: set[int] = set()

    @property
    def path(self) -> Path:
        return self._package.path

    def read(self) -> Grid:
        """The sheet as it was when the workbook was opened. Raises FileTrouble when it cannot be read."""
        if self._grid is None:
            xml = self._package.read(self._sheet.part)
            frame = read_frame(xml, self._sheet.part)
            self._extent = reading.extent_of(xml)
            hidden = hidden_rows(xml, frame)
            barred = reading.barred_cells(xml, frame.prefix)
            formulas = links.in_formulas(xml, frame.prefix)
            del xml
            rows = reading.read_rows(self._package, self._sheet, self._extent)
            links.show(rows, frame, self._package, self._sheet.part)
            links.show_formulas(rows, formulas)
            self._grid = self._described(rows, frame, hidden, barred)
        return self._grid

    def check(self, out: Path | None = None) -> None:
        """Raise FileTrouble or FileBusy for everything known beforehand that would make `save` fail."""
        self._check(out, replace=False)

    def _check(self, out: Path | None, *, replace: bool) -> None:
        if self._package.signed:
            raise FileTrouble(
                f"{self.path.name} is digitally signed",
                "Any change would break the signature. Save an unsigned copy in Excel and use that.",
                code="signed",
            )
        if self._package.size(self._sheet.part) > MOST_IN_A_PATCHED_SHEET:
            raise patch.too_large(self._sheet)
        if self.read().protected:
            raise patch.protected(self._sheet)
        if out is None:
            check_free(self.path)
            self._ask_before_changing()
        else:
            self._check_out(out, replace=replace)

    def put(self, puts: Iterable[Put]) -> tuple[Refused, ...]:
        """Collect cells to write; those that do not show what was expected come back at once."""
        grid, refused = self.read(), []
        for put in puts:
            if why := self._why_not(grid, put):
                refused.append(Refused(put.row, put.column, why))
                if put.is_heading:
                    self._closed_columns.add(put.column)
            else:
                _add(self._puts.setdefault(put.row, []), put)
        self._refused += refused
        return tuple(refused)

    def save(
        self, out: Path | None = None, backups: Path | None = None, *, kept: int = KEPT_BACKUPS, replace: bool = False
    ) -> SaveReport:
        """Write what was put, in place or to ``out``; see the port for what is raised."""
        target = real_path(out) if out is not None else self.path
        in_place = target == self.path
        self._check(None if in_place else out, replace=replace)
        made = patch.patched(self._package, self._sheet, self._puts)
        if not made.changed and in_place:
            return SaveReport(target, 0, (*self._refused, *made.refused))

        def write(file: BinaryIO) -> None:
            self._package.write(made.changed, file)

        def verify(temporary: Path) -> None:
            self._verify(open_package(temporary), made)

        backup = safe_save(
            target,
            write,
            verify=verify,
            expected_sha256=self._package.sha256 if in_place else None,
            backups=backups,
            kept=kept,
            swap=self._swap,
        )
        refused = (*self._refused, *made.refused)
        if in_place:
            self._start_over()
        was = {at: xml.decode() for at, xml in made.was.items()}
        return SaveReport(target, made.written, refused, backup, was=was, sha256=file_hash(target))

    # -- reading
    def _described(self, rows: list[list[str]], frame: Frame, hidden: frozenset[int], barred: dict[tuple[int, int], str]) -> Grid:
        found = tables.tables_of(self._package, self._sheet.part, frame.table_ids)
        return Grid(
            name=self._sheet.name,
            rows=rows,
            tables=tuple(table.shape for table in found),
            filter=frame.filter,
            frozen_rows=frame.frozen_rows,
            merged=tuple(frame.merged),
            hidden_rows=hidden,
            protected=frame.protected,
            visible=self._sheet.visible,
            barred=barred,
        )

    def _start_over(self) -> None:
        """After a save the file has new bytes: what is read or put next refers to those."""
        self._package = open_package(self.path)
        self._puts.clear()
        self._refused.clear()
        self._closed_columns.clear()
        self._grid = None

    # -- writing
    def _why_not(self, grid: Grid, put: Put) -> str:
        if not on_the_sheet(put.row, put.column):
            return OUTSIDE
        if put.column in self._closed_columns:
            return HEADLESS
        if why := grid.why_barred(put.row, put.column):
            return why
        if grid.cell(put.row, put.column) != put.expected:
            return CHANGED if put.expected else OCCUPIED
        return ""

    def _check_out(self, out: Path, *, replace: bool) -> None:
        target = real_path(out)
        if target.suffix.lower() != self.path.suffix.lower():
            raise FileTrouble(
                f"{out.name} must end in {self.path.suffix}",
                "The kind of workbook cannot change on the way. Choose a name with the same ending.",
            )
        if target.exists() and not replace:
            raise FileTrouble(f"{out.name} already exists", "Choose another name, or remove that file first.")
        check_free(target)

    def _ask_before_changing(self) -> None:
        book = markup.elements(self._package.read(self._package.workbook), part=self._package.workbook)
        advised = any(
            found.name == "fileSharing" and found.attributes.get("readOnlyRecommended") in ("1", "true") for found in book
        )
        final = self._package.has(_FINAL) and b"_MarkAsFinal" in self._package.read(_FINAL)
        if advised or final:
            raise FileBusy(
                f"{self.path.name} is marked as {'final' if final else 'read-only recommended'}",
                "Its author asks not to change it. Write the results to another file.",
                code="marked_final",
            )

    # -- verifying
    def _verify(self, after: Package, made: patch.Patch) -> None:
        """Compare old and new with readers that share nothing with the patcher. Raises FileTrouble on any surprise."""
        before = self._package
        old = {info.filename: info.CRC for info in before.zip.infolist()}
        new = {info.filename: info.CRC for info in after.zip.infolist()}
        if list(old) != list(new) or any(old[name] != new[name] for name in old if name not in made.changed):
            raise _not_verified("a part changed that should not have")
        self._verify_cells(after.path, made)
        for part in made.changed:
            if part.rpartition("/")[0].endswith("tables"):
                tables.assert_agrees(after.read(part), part)

    def _verify_cells(self, after: Path, made: patch.Patch) -> None:
        """Large sheets are compared in a process of its own, which keeps this one small."""
        if file_hash(self.path) != self._package.sha256:
            return  # nothing to compare with; saving in place will say that it was changed
        unchanged, size = self.read(), self._extent.rows * self._extent.columns
        refused = {(found.row, found.column) for found in made.refused}
        new = [
            (put.row, put.column, put.new)
            for puts in self._puts.values()
            for put in puts
            if (put.row, put.column) not in refused and unchanged.cell(put.row, put.column) != put.new
        ]
        task = VerifyTask(
            str(self.path), str(after), self._sheet.name, new, sparse=self._extent.sparse, whole=size <= VERIFIED_CELLS
        )
        found = apart(task, after.name) if size > COMPARED_HERE else carried_out(task)
        if isinstance(found, Failed):
            raise FileTrouble(found.title, found.message)
        if isinstance(found, VerifyDone) and found.surprise and file_hash(self.path) == self._package.sha256:
            row, column = found.surprise
            raise _not_verified(f"row {row}, column {column} would not show what it should")


def _add(puts: list[Put], put: Put) -> None:
    for index, other in enumerate(puts):
        if other.column == put.column:
            puts[index] = put
            return
    puts.append(put)


def open_workbook(path: Path, swap: Swap | None = None) -> Workbook:
    """Open an .xlsx or .xlsm for reading and filling. ``swap`` puts the new file in the old one's place.

    Raises FileTrouble when it is missing, encrypted, damaged, or no workbook.
    """
    return Workbook(open_package(real_path(path)), swap)


def hidden_rows(xml: bytes, frame: Frame) -> frozenset[int]:
    """Numbers of the rows that are hidden, by hand or by a filter."""
    if xml.find(b"hidden=", *frame.body) < 0:
        return frozenset()
    body = memoryview(xml)[frame.body[0] : frame.body[1]]
    found = (markup.attributes(tag[0]) for tag in _HIDDEN.finditer(body))
    return frozenset(int(row["r"]) for row in found if row.get("hidden") in ("1", "true") and "r" in row)


def _not_verified(why: str) -> FileTrouble:
    return FileTrouble(
        "The new file did not pass its check",
        f"It was thrown away and your file was left as it was: {why}. Please report this.",
        code="not_verified",
    )
