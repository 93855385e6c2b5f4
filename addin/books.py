"""Open books: the one the person looks at, any of them by name, and what is selected there."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import xlwings as xw

from addin.live import LiveSheet
from addin.trouble import ExcelGone, Trouble, meaning, said
from core.errors import FileTrouble

_AREA = re.compile(r"\$?[A-Z]*\$?(\d+)(?::\$?[A-Z]*\$?(\d+))?")
ALL = 1_048_576


@dataclass(frozen=True, slots=True)
class Target:
    """Where to work: the Excel process, a book and sheet by name, the selected areas as an address."""

    pid: int
    book: str
    sheet: str
    selection: str


def is_there() -> bool:
    """Whether this system has an Excel xlwings can speak with."""
    return len(xw.engines) > 0


def caller(argv: Sequence[str] | None = None) -> Target:
    """What the person looks at in the Excel that started this macro (``--hwnd`` of RunPython's command line).

    The workbook with the macros is not meant: the active one is. Raises FileTrouble without an open workbook.
    """
    words = sys.argv if argv is None else argv
    window = next((word.partition("=")[2].strip('"') for word in words if word.startswith("--hwnd=")), "")
    apps = list(xw.apps)
    mine = [app for app in apps if window and str(app.hwnd) == window]
    if not apps:
        raise FileTrouble("No workbook is open in Excel", "Open one, select rows and try again.")
    return _target((mine or apps)[0])


def open_books() -> list[Target]:
    """Every open book of every Excel with its active sheet. A file in Protected View is not among them.

    Raises ExcelBusy while Excel takes no calls.
    """
    try:
        return _open_books()
    except Exception as error:
        trouble = meaning(error)
        if trouble is None:
            raise
        raise said(trouble, "Excel", "") from error


def _open_books() -> list[Target]:
    found = []
    for app in xw.apps:
        active = _target(app) if len(app.books) else None
        for book in app.books:
            here = active is not None and book.name == active.book
            found.append(active if active and here else Target(app.pid, book.name, book.sheets.active.name, ""))
    return found


def attach(target: Target) -> LiveSheet:
    """The sheet a run works on. Raises ExcelGone when the book is not open any more, ExcelBusy while Excel takes no calls."""
    try:
        app = next((app for app in xw.apps if target.pid in (0, app.pid)), None)
        book = next((book for book in app.books if book.name.casefold() == target.book.casefold()), None) if app else None
        sheet = next((sheet for sheet in book.sheets if sheet.name == target.sheet), None) if book else None
    except Exception as error:
        trouble = meaning(error)
        if trouble is None:
            raise
        raise said(trouble, target.book, target.sheet) from error
    if book is None:
        raise said(Trouble.GONE, target.book, target.sheet)
    if sheet is None:
        raise ExcelGone(f'There is no sheet "{target.sheet}" in "{target.book}" any more', "Choose the sheet and click again.")
    return LiveSheet(sheet, book.name)


def selected_rows(address: str) -> list[tuple[int, int]] | None:
    """First and last rows of the selected areas; None for a single cell, which means the whole table or sheet."""
    areas = [area.rpartition("!")[2] for area in address.split(",") if area.strip()]
    if not areas or (len(areas) == 1 and ":" not in areas[0]) or _is_one_cell(areas):
        return None
    found = [_AREA.fullmatch(area.strip()) for area in areas]
    return [(int(one[1]), int(one[2] or one[1])) if one else (1, ALL) for one in found]  # "A:C" is every row


def _is_one_cell(areas: list[str]) -> bool:
    first, _, last = areas[0].partition(":")
    return len(areas) == 1 and first == last and any(letter.isalpha() for letter in first)


def _target(app: xw.App) -> Target:
    if not len(app.books):
        raise FileTrouble("No workbook is open in Excel", "Open one, select rows and try again.")
    book = app.books.active
    chosen = app.selection  # None when a chart is selected
    return Target(app.pid, book.name, book.sheets.active.name, chosen.address if chosen is not None else "")
