"""Makes examples/prospects.xlsx from the practice server's cast: the same bytes of content every time."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.table import Table, TableStyleInfo

from sandbox.people import CAST

HEAD = ("First name", "Last name", "Company", "LinkedIn URL", "Email", "Phone", "Owner")
WIDTHS = (14, 18, 28, 46, 34, 18, 10)
STAMP = datetime(2026, 11, 24, tzinfo=UTC).replace(tzinfo=None)


def rows() -> list[tuple[str, ...]]:
    """The cast by LinkedIn link, by e-mail or by name, some strangers, and rows that cannot or need not be looked up."""
    made = []
    for number, one in enumerate(CAST):
        link = f"https://www.linkedin.com/in/{one.slug}" if number % 3 != 2 else ""
        mail = one.email if number % 5 == 2 else ""
        made.append((one.first, one.last, one.company[:60].strip(), link, mail, "", "Sales"))
    made += [
        ("Rae", "Stranger", "Stranger Things Ltd", "https://www.linkedin.com/in/rae-stranger", "", "", "Recruiting"),
        ("Ned", "Newcomer", "Newcomer & Sons", "http://de.linkedin.com/in/Ned-Newcomer/?trk=list", "", "", "Recruiting"),
        ("Dan", "Mobile", "Northwind Traders", "linkedin.com/in/sb-dan-mobile", "", "", "Recruiting"),
        ("Ola", "Filled", "Filled Already Ltd", "https://www.linkedin.com/in/ola-filled", "", "+44 20 7946 0999", "Sales"),
        ("Prim", "Navigator", "", "https://www.linkedin.com/sales/lead/ACwAAB123,NAME", "", "", "Sales"),
        ("Solo", "", "", "", "", "", "Sales"),
    ]
    return made


def build(target: Path) -> None:
    """Write the workbook: one sheet with an Excel table, frozen headings, text cells."""
    book = Workbook()
    book.properties.created = book.properties.modified = STAMP
    sheet = book.active
    sheet.title = "Prospects"
    for column, (heading, width) in enumerate(zip(HEAD, WIDTHS, strict=True), 1):
        cell = sheet.cell(1, column, heading)
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="2F4B7C")
        cell.alignment = Alignment(vertical="center")
        sheet.column_dimensions[get_column_letter(column)].width = width
    for number, row in enumerate(rows(), 2):
        for column, text in enumerate(row, 1):
            cell = sheet.cell(number, column, text or None)
            cell.number_format = "@"
            if text:
                cell.data_type = "s"  # a name that starts with "=" stays a name
    table = Table(displayName="Prospects", ref=f"A1:{get_column_letter(len(HEAD))}{len(rows()) + 1}")
    table.tableStyleInfo = TableStyleInfo(name="TableStyleLight9", showRowStripes=True)
    sheet.add_table(table)
    sheet.freeze_panes = "A2"
    book.save(target)


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("prospects.xlsx"))
