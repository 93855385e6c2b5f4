"""Opens a file of rows by its ending."""

from __future__ import annotations

from pathlib import Path

from core.errors import FileTrouble
from core.sheets.csv import open_csv
from core.sheets.foreign import ForeignSheet, open_foreign
from core.sheets.safe_save import real_path
from core.sheets.sheet import Sheet
from core.sheets.workbook import open_workbook

WORKBOOKS = frozenset({".xlsx", ".xlsm"})
TEXTS = frozenset({".csv", ".tsv", ".txt"})
READ_ONLY = frozenset({".xls", ".xlsb", ".ods"})
LATER = frozenset({".xltx", ".xltm", ".numbers"})


def open_file(path: Path | str, sheet: str | None = None) -> Sheet:
    """The sheet called ``sheet`` of a workbook (the first visible one without a name), or a text file as one sheet.

    Raises FileTrouble when the file is missing, of another kind, encrypted or damaged, or has no such sheet.
    """
    real = real_path(Path(path))
    ending = real.suffix.lower()
    if ending in WORKBOOKS:
        return open_workbook(real).sheet(sheet)
    if ending in TEXTS:
        if sheet is not None:
            raise FileTrouble(f"{real.name} has no sheets", "A text file is one sheet. Leave the name out.")
        return open_csv(real)
    if ending in READ_ONLY:
        return open_foreign(real, sheet)
    if ending in LATER:
        raise FileTrouble(
            f"{ending} files cannot be filled",
            f"Open {real.name} in Excel or LibreOffice and save it as .xlsx, then use that file.",
            code="file_kind",
        )
    raise FileTrouble(
        f"{real.name} is no file with rows",
        "Use an Excel workbook (.xlsx, .xlsm) or a text file (.csv, .tsv).",
        code="file_kind",
    )


def fillable(sheet: Sheet) -> Sheet:
    """The sheet itself; of a protected one a copy of its values, whose results go to a new workbook."""
    grid = sheet.read()
    if not grid.protected:
        return sheet
    note = f'Sheet "{grid.name}" is protected.'
    return open_foreign(sheet.path, grid.name, notes=(note,), hidden=grid.hidden_rows, shown=grid.rows)


def copy_of(sheet: Sheet) -> Path | None:
    """Where results go when the file itself cannot take them; None when it can."""
    return copy_name(sheet.path, ".xlsx") if isinstance(sheet, ForeignSheet) else None


def copy_name(path: Path, ending: str = "") -> Path:
    """A free name beside a file: ``leads (enriched).xlsx``, with the file's own ending or another."""
    ending = ending or path.suffix
    copy, number = path.with_name(f"{path.stem} (enriched){ending}"), 1
    while copy.exists():
        number += 1
        copy = path.with_name(f"{path.stem} (enriched {number}){ending}")
    return copy
