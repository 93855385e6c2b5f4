"""The receipts of a run as a workbook of our own: who was found, who paid, when and for how much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils.indexed_list import IndexedList

from core import words
from core.errors import FileTrouble
from core.model import Answer, RowStatus
from core.sheets.reading import text_of
from core.sheets.safe_save import check_free, real_path, safe_save
from core.sheets.sheet import cell_text, letters

Stream = Any  # a sheet or cell of openpyxl's streaming kind; the types it ships do not fit its own use of them

HEADINGS = (
    ("Row", 7),
    ("Status", 15),
    ("Name at Lusha", 26),
    ("Company at Lusha", 26),
    ("Phones", 32),
    ("Do not call", 12),
    ("Emails", 34),
    ("Confidence", 12),
    ("When", 18),
    ("Source", 12),
    ("Account", 18),
    ("Key", 9),
    ("Credits", 9),
    ("Request", 24),
    ("Message", 60),
)


def write_report(path: Path, answers: Mapping[int, Answer], facts: Sequence[tuple[str, str]]) -> Path:
    """A new .xlsx with one line for each row and a sheet of ``facts``; everything but row and credits is text.

    Raises FileTrouble when the name is taken or no .xlsx.
    """
    target = check_new(path)
    book = Workbook(write_only=True)
    rows = [line(number, answer) for number, answer in sorted(answers.items())]
    fill_sheet(book.create_sheet("Rows"), HEADINGS, rows)
    counts = Counter(answer.status for answer in answers.values())
    about = [*facts, *((words.STATUS[status], f"{counts[status]:,}") for status in RowStatus if counts[status])]
    fill_sheet(book.create_sheet("Summary"), (("What", 24), ("Value", 60)), about)
    return write_book(book, target)


def check_new(path: Path) -> Path:
    """The real path of a workbook to be made. Raises FileTrouble when the name is taken or no .xlsx."""
    target = real_path(path)
    if target.suffix.lower() != ".xlsx":
        raise FileTrouble(f"{path.name} must end in .xlsx", "It is written as a plain workbook. Choose such a name.")
    if target.exists():
        raise FileTrouble(f"{path.name} already exists", "Choose another name, or remove that file first.")
    check_free(target)
    return target


def write_book(book: Workbook, target: Path) -> Path:
    """Save a book of our own beside its target first; a half-written file never carries the name."""
    fonts: Any = book._fonts  # type: ignore[attr-defined]  # noqa: SLF001  openpyxl has no public name for them
    book._fonts = IndexedList(map(_whole, fonts))  # type: ignore[attr-defined]  # noqa: SLF001

    def write(file: BinaryIO) -> None:
        book.save(file)

    safe_save(target, write, verify=lambda _: None)
    return target


_FONT = (
    "b",
    "i",
    "strike",
    "condense",
    "extend",
    "outline",
    "shadow",
    "u",
    "vertAlign",
    "sz",
    "color",
    "name",
    "family",
    "charset",
    "scheme",
)


class _OrderedFont(Font):
    """openpyxl writes a font's parts in an order that Microsoft's validator refuses."""

    __elements__, __attrs__, __nested__ = _FONT, Font.__attrs__, Font.__nested__


def _whole(font: Any) -> _OrderedFont:  # noqa: ANN401  as above
    """A font with a name and a size: programs show one without them each in its own way."""
    parts = {name: getattr(font, name) for name in _FONT}
    return _OrderedFont(**parts | {"name": font.name or "Calibri", "sz": font.sz or 11, "family": font.family or 2})


def fill_sheet(sheet: Stream, headings: Sequence[tuple[str, float]], rows: Iterable[Sequence[object]]) -> None:
    """Bold headings with widths (characters), frozen, then the rows; text can never become a formula."""
    sheet.freeze_panes = "A2"
    for column, (_, width) in enumerate(headings, 1):
        sheet.column_dimensions[letters(column)].width = width
    sheet.append([_cell(sheet, name, bold=True) for name, _ in headings])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])


def sheet_rows(sheet: Stream, rows: Iterable[Sequence[object]], widths: Mapping[int, float]) -> None:
    """Rows as they are: numbers and truth values stay such, all else is text."""
    for column, width in widths.items():
        sheet.column_dimensions[letters(column)].width = width
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])


def line(number: int, answer: Answer) -> tuple[object, ...]:
    """One row of the report. The key is its last four characters."""
    person = answer.person
    phones, emails = (person.phones, person.emails) if person else ((), ())
    flags = {phone.do_not_call for phone in phones}
    return (
        number,
        words.STATUS[answer.status],
        person.full_name if person else "",
        person.company if person else "",
        ", ".join(f"{phone.number} ({phone.type})" if phone.type else phone.number for phone in phones),
        ("Yes" if True in flags else "Unknown" if None in flags else "No") if phones else "",
        ", ".join(email.address for email in emails),
        ", ".join(email.confidence for email in emails if email.confidence),
        words.moment(answer.at) if answer.at else "",
        ("Store" if answer.from_store else "Lusha") if person or answer.request_id else "",
        answer.account,
        f"...{answer.last4}" if answer.last4 else "",
        "unknown" if answer.credits is None else answer.credits,
        answer.request_id,
        answer.reason,
    )


def _cell(sheet: Stream, value: object, *, bold: bool = False) -> Stream:
    if value is None or isinstance(value, int | float):
        return WriteOnlyCell(sheet, value)
    if value == "":
        return None
    cell = WriteOnlyCell(sheet, cell_text(text_of(value[0] if isinstance(value, list) else value), 32_000))
    cell.data_type, cell.number_format = "s", "@"  # openpyxl would make a formula of "=1+1" even in a text cell
    if bold:
        cell.font = Font(bold=True)
    return cell
