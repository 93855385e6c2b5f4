"""The sheets of LushaEnrich.xlsm, by XlsxWriter: Prospects with its table and buttons, Start, the hidden settings."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from addin.conf import CONF, SHEET
from core import words
from core.model import RowStatus
from core.sheets import columns

Xlsx = Any  # XlsxWriter carries no types
CREATED = datetime(2026, 11, 24)  # noqa: DTZ001  the format has no time zones; a clock would make every build another
TABLE, FIRST_ROW, ROWS = "Prospects", 3, 200  # the heading's row counted from 0, and how many rows the table has
INK, ACCENT, PAPER = "#1F2933", "#2F4B7C", "#F4F6FA"


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet: its name for people and its name in VBA."""

    name: str
    code: str


PAGES = (Page("Prospects", "wsProspects"), Page("Start", "wsStart"), Page(SHEET, "wsConf"))
BUTTONS = (
    ("Enrich Phones", "EnrichPhones"),
    ("Enrich Emails", "EnrichEmails"),
    ("Enrich Both", "EnrichBoth"),
    ("Stop", "StopRun"),
    ("Undo last run", "UndoLastRun"),
    ("Manage Keys", "ManageKeys"),
)
COLUMNS = (
    ("LinkedIn URL", 44),
    ("First name", 17),
    ("Last name", 17),
    ("Company", 26),
    (columns.EMAIL, 32),
    (columns.PHONE, 18),
    (columns.PHONE_TYPE, 12),
    ("Phone 2", 18),
    ("Phone 2 type", 13),
    (columns.DO_NOT_CALL, 12),
    (columns.EMAIL_TYPE, 11),
    (columns.STATUS, 15),
    (columns.MESSAGE, 46),
    (columns.CHECKED, 12),
)
COLOURS = {  # black text on each has a contrast of 16.8 : 1 or more
    RowStatus.FOUND: "#E2F0FB",
    RowStatus.NOT_FOUND: "#F2F2F2",
    RowStatus.CHECK_MATCH: "#FFF2CC",
    RowStatus.FAILED: "#FBE0DC",
    RowStatus.DO_NOT_CONTACT: "#FFE699",
}
STEPS = (
    (
        "1",
        "Set up once",
        (
            "Run  lusha-enrich excel install  in a terminal. It writes a copy of this workbook into Documents that knows"
            " where Python is. Open that copy, press Enable Content, then Manage Keys, and paste your Lusha API keys."
        ),
    ),
    (
        "2",
        "Fill the table",
        (
            "On the sheet Prospects put one person into each row: a LinkedIn URL, or an e-mail, or first and last name"
            " with a company. Replace the sample rows; they are people of the practice server, nobody real."
        ),
    ),
    (
        "3",
        "Select rows and click Enrich Phones, Enrich Emails or Enrich Both",
        (
            "You see how many rows are ready and what they can cost before anything is spent. Results arrive while you"
            " go on working. Stop keeps what was found; Undo last run takes it out again."
        ),
    ),
)
NOTES = (
    "With one cell selected the whole table is meant; with several cells, their rows.",
    (
        "The buttons work on the sheet you are looking at. The Lusha tab shows while this workbook is the active one;"
        " any other open workbook can be enriched with:  lusha-enrich excel enrich"
    ),
    "Cells that hold something are never overwritten. Sorting, inserting and deleting rows during a run is safe.",
    (
        "Formulas: =LUSHA_PHONE(A5), =LUSHA_EMAIL(A5), =LUSHA_STATUS(A5) show what is known already. They never ask"
        " Lusha and never cost anything (Windows only)."
    ),
)


def sheets(vba: bytes) -> bytes:
    """The package without its ribbon; ``vba`` is the vbaProject.bin that goes into it."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False})
    book.set_properties({"title": "LushaEnrich", "author": "LushaEnrich", "created": CREATED})
    book.add_vba_project(io.BytesIO(vba), is_stream=True)
    book.set_vba_name("ThisWorkbook")
    prospects, start, conf = (_page(book, page) for page in PAGES)
    _prospects(book, prospects)
    _start(book, start)
    _conf(book, conf)
    prospects.activate()
    book.close()
    return made.getvalue()


def samples() -> list[list[str]]:
    """The rows the table starts with: people of the practice server."""
    with Path(__file__).with_name("samples.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def _page(book: Xlsx, page: Page) -> Xlsx:
    sheet = book.add_worksheet(page.name)
    sheet.set_vba_name(page.code)
    return sheet


def _prospects(book: Xlsx, sheet: Xlsx) -> None:
    text = book.add_format({"num_format": "@"})
    # LibreOffice draws no table styles: the headings have a format of their own
    head = book.add_format({"bold": True, "font_color": "#FFFFFF", "bg_color": ACCENT, "valign": "vcenter"})
    for at, (_, width) in enumerate(COLUMNS):
        sheet.set_column(at, at, width, text)
    _head_rows(book, sheet)
    last = FIRST_ROW + ROWS
    made = [{"header": name, "format": text, "header_format": head} for name, _ in COLUMNS]
    sheet.add_table(FIRST_ROW, 0, last, len(COLUMNS) - 1, {"name": TABLE, "style": "Table Style Light 9", "columns": made})
    sheet.set_row(FIRST_ROW, 20)
    for row, cells in enumerate(samples(), FIRST_ROW + 1):
        for column, cell in enumerate(cells):
            if cell:
                sheet.write_string(row, column, cell, text)
    sheet.freeze_panes(FIRST_ROW + 1, 0)
    _validate(sheet, last)
    _colour(book, sheet, last)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(FIRST_ROW)
    sheet.set_selection(FIRST_ROW + 1, 0, FIRST_ROW + 1, 0)


def _head_rows(book: Xlsx, sheet: Xlsx) -> None:
    title = book.add_format({"bold": True, "font_size": 16, "font_color": "#FFFFFF", "bg_color": INK, "valign": "vcenter"})
    band = book.add_format({"bg_color": PAPER})
    hint = book.add_format({"font_color": "#52606D", "italic": True, "bg_color": PAPER, "valign": "vcenter"})
    sheet.set_row(0, 32, title)
    sheet.write_string(0, 0, "  LushaEnrich", title)
    sheet.set_row(1, 34, band)
    sheet.set_row(2, 20, hint)
    sheet.write_string(
        2, 0, "One person a row. Select rows, then press a button: the cost is shown before anything is spent.", hint
    )
    for at, (caption, macro) in enumerate(BUTTONS):
        # one button a column: an anchor over several columns is stretched where fonts differ
        place = {"caption": caption, "macro": macro, "width": 112, "height": 30, "x_offset": 6, "y_offset": 7}
        sheet.insert_button(1, at, {**place, "description": caption})


def _validate(sheet: Xlsx, last: int) -> None:
    first, status = FIRST_ROW + 1, [name for name, _ in COLUMNS].index(columns.STATUS)
    sheet.data_validation(first, status, last, status, {
        "validate": "list", "source": list(words.STATUS.values()), "error_title": "Status",
        "error_message": "This column is filled by LushaEnrich. Pick a word from the list, or leave it empty.",
    })  # fmt: skip
    sheet.data_validation(first, 0, last, 0, {
        "validate": "custom", "value": f'=ISNUMBER(SEARCH("linkedin.com/",A{first + 1}))', "error_type": "warning",
        "error_title": "LinkedIn URL", "error_message": "This does not look like a LinkedIn URL. Keep it anyway?",
    })  # fmt: skip


def _colour(book: Xlsx, sheet: Xlsx, last: int) -> None:
    status = [name for name, _ in COLUMNS].index(columns.STATUS)
    for word, colour in COLOURS.items():
        rule = {
            "type": "cell",
            "criteria": "==",
            "value": f'"{words.STATUS[word]}"',
            "format": book.add_format({"bg_color": colour}),
        }
        sheet.conditional_format(FIRST_ROW + 1, status, last, status, rule)


def _start(book: Xlsx, sheet: Xlsx) -> None:
    title = book.add_format({"bold": True, "font_size": 20, "font_color": INK, "valign": "vcenter"})
    number = book.add_format(
        {"bold": True, "font_size": 22, "font_color": "#FFFFFF", "bg_color": ACCENT, "align": "center", "valign": "vcenter"}
    )
    head = book.add_format({"bold": True, "font_size": 13, "font_color": INK, "valign": "vcenter", "align": "left", "indent": 1})
    body = book.add_format({"font_size": 11, "font_color": INK, "text_wrap": True, "valign": "top", "align": "left", "indent": 1})
    small = book.add_format(
        {"font_size": 10, "font_color": "#52606D", "text_wrap": True, "valign": "top", "align": "left", "indent": 1}
    )
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 2)
    sheet.set_column(1, 1, 6)
    sheet.set_column(2, 2, 104)
    sheet.set_row(1, 36)
    sheet.write_string(1, 1, "Phones and e-mails in three steps", title)
    row = 3
    for step, name, what in STEPS:
        sheet.merge_range(row, 1, row + 1, 1, step, number)
        sheet.set_row(row, 22)
        sheet.write_string(row, 2, name, head)
        sheet.set_row(row + 1, 36)
        sheet.write_string(row + 1, 2, what, body)
        row += 3
    _write_notes(sheet, row, (*NOTES, words.ENTITLEMENT), small)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _write_notes(sheet: Xlsx, row: int, notes: Sequence[str], form: Xlsx) -> None:
    for at, note in enumerate(notes, row):
        sheet.set_row(at, 32 if len(note) > 120 else 18)
        sheet.write_string(at, 2, note, form)


def _conf(book: Xlsx, sheet: Xlsx) -> None:
    text = book.add_format({"num_format": "@"})
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 60, text)
    for row, (key, value) in enumerate(CONF.items()):
        sheet.write_string(row, 0, key)
        if value:
            sheet.write_string(row, 1, value, text)
        else:
            sheet.write_blank(row, 1, None, text)
    sheet.hide()
