"""A closed .csv: our fields are put into the records as text; every byte that was there stays."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import BinaryIO

from core.errors import FileTrouble
from core.sheets import csv_text
from core.sheets.safe_save import Swap, check_free, real_path, safe_save
from core.sheets.sheet import CHANGED, HEADLESS, KEPT_BACKUPS, OCCUPIED, OUTSIDE, Grid, Put, Refused, SaveReport
from core.texts import read_bytes


class CsvSheet:
    """A text file as a sheet; implements the port. Row numbers count records, blank lines included."""

    def __init__(self, path: Path, data: bytes, swap: Swap | None = None) -> None:
        self._path, self._swap = path, swap
        self._load(data)

    @property
    def path(self) -> Path:
        return self._path

    def read(self) -> Grid:
        """All records; everything is text, as it stands in the file."""
        return Grid(self._path.stem, self._rows, notes=self._text.notes)

    def check(self, out: Path | None = None) -> None:
        """Raise FileTrouble or FileBusy for everything known beforehand that would make `save` fail."""
        self._check(out, replace=False)

    def put(self, puts: Iterable[Put]) -> tuple[Refused, ...]:
        """Collect fields to write; those that do not hold what was expected come back at once."""
        grid, refused = self.read(), []
        for put in puts:
            if why := self._why_not(grid, put):
                refused.append(Refused(put.row, put.column, why))
                if put.is_heading:
                    self._closed_columns.add(put.column)
            else:
                self._puts.setdefault(put.row, {})[put.column] = put
        self._refused += refused
        return tuple(refused)

    def save(
        self, out: Path | None = None, backups: Path | None = None, *, kept: int = KEPT_BACKUPS, replace: bool = False
    ) -> SaveReport:
        """Write what was put, in place or to ``out``; see the port for what is raised.

        A text the file's encoding cannot hold makes the whole file UTF-8 with a BOM, which the notes say.
        """
        target = real_path(out) if out is not None else self._path
        in_place = target == self._path
        self._check(None if in_place else out, replace=replace)
        written = sum(len(found) for found in self._puts.values())
        if in_place and not written:
            return SaveReport(target, 0, tuple(self._refused))
        text = csv_text.filled(self._text, self._header_row, self._new_width, self._texts(), self._keep)
        data, notes = csv_text.encoded(text, self._text.encoding)

        def write(file: BinaryIO) -> None:
            file.write(data)

        backup = safe_save(
            target,
            write,
            verify=self._verify,
            expected_sha256=self._sha256 if in_place else None,
            backups=backups,
            kept=kept,
            swap=self._swap,
        )
        was = {(row, column): "" for row, found in self._puts.items() for column in found}
        sha256 = hashlib.sha256(data).hexdigest()
        report = SaveReport(target, written, tuple(self._refused), backup, notes, was, sha256)
        if in_place:
            self._load(data, self._text.delimiter)
        return report

    def _load(self, data: bytes, delimiter: str = "") -> None:
        """``delimiter`` is that of the file as it was opened: fields we added must not make another one more likely."""
        self._sha256 = hashlib.sha256(data).hexdigest()
        found = csv_text.decoded(data, self._path.name)
        self._text = replace(found, delimiter=delimiter) if delimiter else found
        self._rows = [list(record.fields) for record in csv_text.records(self._text)]
        self._puts: dict[int, dict[int, Put]] = {}
        self._refused: list[Refused] = []
        self._closed_columns: set[int] = set()

    def _check(self, out: Path | None, *, replace: bool) -> None:
        if out is not None and real_path(out).exists() and not replace:
            raise FileTrouble(f"{out.name} already exists", "Choose another name, or remove that file first.")
        check_free(real_path(out) if out is not None else self._path)

    def _why_not(self, grid: Grid, put: Put) -> str:
        if not 1 <= put.row <= len(self._rows) or put.column < 1 or not self._rows[put.row - 1]:
            return OUTSIDE
        if put.column in self._closed_columns:
            return HEADLESS
        if grid.cell(put.row, put.column) != put.expected:
            return CHANGED if put.expected else OCCUPIED
        return ""

    def _texts(self) -> dict[int, dict[int, str]]:
        return {row: {column: csv_text.guarded(put.new) for column, put in found.items()} for row, found in self._puts.items()}

    @property
    def _header_row(self) -> int:
        return min((put.row for put in self._headings if put.new), default=0)

    @property
    def _new_width(self) -> int:
        return max((put.column for put in self._headings if put.new), default=0)

    @property
    def _keep(self) -> int:
        """How many fields stay when the last ones, with their headings, are taken away again; 0: all."""
        gone, width = {put.column for put in self._headings if not put.new}, max(map(len, self._rows), default=0)
        keep, texts = min(gone, default=1) - 1, self._texts()
        if not keep or gone != set(range(keep + 1, width + 1)):
            return 0
        left = (_filled(row, texts.get(number, {}), width)[keep:] for number, row in enumerate(self._rows, 1))
        return 0 if any(map(any, left)) else keep

    @property
    def _headings(self) -> list[Put]:
        return [put for found in self._puts.values() for put in found.values() if put.is_heading]

    def _verify(self, temporary: Path) -> None:
        """Read the new file with the csv module: exactly our fields differ. Raises FileTrouble otherwise."""
        new = csv_text.decoded(temporary.read_bytes(), self._path.name)
        reader = csv.reader(io.StringIO(new.body, newline=""), delimiter=self._text.delimiter)
        texts, keep = self._texts(), self._keep or None
        for number, (old, now) in enumerate(zip_longest(self._rows, reader, fillvalue=None), 1):
            if old is None or now is None or _filled(old, texts.get(number, {}), len(now))[:keep] != now:
                raise FileTrouble(
                    "The new file did not pass its check",
                    f"It was thrown away, your file was left as it was: record {number} differs. Please report this.",
                    code="not_verified",
                )


def _filled(row: list[str], texts: dict[int, str], width: int) -> list[str]:
    """What a record must read as: old fields, ours, and nothing else up to the width."""
    wanted = row + [""] * (max((width, *texts)) - len(row))
    for column, text in texts.items():
        wanted[column - 1] = text
    return wanted


def open_csv(path: Path, swap: Swap | None = None) -> CsvSheet:
    """Open a text file of records. Raises FileTrouble when it is missing or its encoding cannot be told."""
    real = real_path(path)
    return CsvSheet(real, read_bytes(real), swap)
