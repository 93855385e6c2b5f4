"""A pretend desktop Excel for tests: open books (openpyxl) with Excel's habits, for this process and, over a socket, others.

Habits imitated: numbers come back as float, one cell is a scalar, text that looks like a number becomes one unless the
cell is "@", a table's new columns get names of their own, writing outside a table does not make it grow, a block has a height
only when all its rows have the same, and a hidden row's is 0. They were written from knowledge of Excel, not checked against it.
"""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any, Self

import openpyxl
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.worksheet.table import Table, TableColumn

PID, HEIGHT = 4242, 15.0
BUSY, IN_CELL, PROTECTED, GONE = -2147418111, -2146777998, -2146827284, -2147023174
_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d*)?([eE][+-]?\d+)?|[+-]?\.\d+([eE][+-]?\d+)?")


class ComError(Exception):
    """Shaped like pywintypes.com_error: an error inside Excel has its number in excepinfo."""

    def __init__(self, number: int) -> None:
        inside = number in {IN_CELL, PROTECTED}
        info = (0, None, None, None, 0, number) if inside else None
        self.hresult, self.excepinfo = (-2147352567 if inside else number), info
        super().__init__(self.hresult, "", info, None)


class Desk:
    """The application. ``fault`` is asked before each call: a number it returns is the error of that call."""

    def __init__(self) -> None:
        self.books: list[tuple[str, openpyxl.Workbook]] = []
        self.selection = "A1"
        self.status: list[object] = []
        self.calls: Counter[str] = Counter()
        self.fault: Callable[[str], int | None] = lambda _verb: None
        self.lock = threading.RLock()

    def open(self, path: Path) -> openpyxl.Workbook:
        made = openpyxl.load_workbook(path, keep_vba=path.suffix == ".xlsm")
        for sheet in made:
            for table in sheet.tables.values():
                table.tableColumns or table._initialise_columns()
        self.books.insert(0, (path.name, made))
        return made

    def close(self, name: str) -> None:
        self.books = [book for book in self.books if book[0] != name]

    def call(self, verb: str, *args: Any) -> Any:
        self.calls[verb] += 1
        if number := self.fault(verb):
            raise ComError(number)
        with self.lock:
            return getattr(self, f"do_{verb}")(*args)

    # -- what the engine asks
    def do_names(self) -> list[str]:
        return [name for name, _ in self.books]

    def do_sheets(self, book: str) -> list[str]:
        return self._book(book).sheetnames

    def do_active_sheet(self, book: str) -> str:
        return self._book(book).active.title

    def do_selection(self) -> tuple[str, str, str]:
        name, book = self.books[0]
        return name, book.active.title, self.selection

    def do_used(self, book: str, sheet: str) -> tuple[int, int, int, int]:
        left, top, right, bottom = range_boundaries(self._sheet(book, sheet).calculate_dimension())
        return top, left, bottom, right

    def do_read(self, book: str, sheet: str, top: int, left: int, bottom: int, right: int) -> Any:
        return self._grid(book, sheet, top, left, bottom, right, _value)

    def do_formulas(self, book: str, sheet: str, top: int, left: int, bottom: int, right: int) -> Any:
        return self._grid(book, sheet, top, left, bottom, right, _formula)

    def do_write(self, book: str, sheet: str, top: int, left: int, data: Any) -> None:
        found = self._sheet(book, sheet)
        for row, cells in enumerate(data if isinstance(data, (list, tuple)) else [[data]], top):
            for column, value in enumerate(cells if isinstance(cells, (list, tuple)) else [cells], left):
                _put(found.cell(row, column), value)
        for table in found.tables.values():  # a heading is the name of its column
            first, head, last, _ = range_boundaries(table.ref)
            for number, column in enumerate(range(first, last + 1)):
                table.tableColumns[number].name = str(found.cell(head, column).value)

    def do_format(self, book: str, sheet: str, top: int, left: int, bottom: int, right: int) -> str | None:
        found = {cell.number_format for row in self._sheet(book, sheet)[self._ref(top, left, bottom, right)] for cell in row}
        return found.pop() if len(found) == 1 else None

    def do_set_format(self, book: str, sheet: str, top: int, left: int, bottom: int, right: int, form: str) -> None:
        for row in self._sheet(book, sheet)[self._ref(top, left, bottom, right)]:
            for cell in row:
                cell.number_format = form

    def do_width(self, book: str, sheet: str, column: int, width: float) -> None:
        self._sheet(book, sheet).column_dimensions[get_column_letter(column)].width = width

    def do_height(self, book: str, sheet: str, top: int, bottom: int) -> float | None:
        """Of every row when all have the same, else nothing; a hidden row has 0."""
        known = self._sheet(book, sheet).row_dimensions
        found = {_height(known[row]) if row in known else HEIGHT for row in range(top, bottom + 1)}
        return found.pop() if len(found) == 1 else None

    def do_tables(self, book: str, sheet: str) -> list[tuple[str, tuple[int, int, int, int], bool, bool]]:
        made = []
        for table in self._sheet(book, sheet).tables.values():
            left, top, right, bottom = range_boundaries(table.ref)
            made.append((table.displayName, (top, left, bottom, right), table.headerRowCount != 0, bool(table.totalsRowCount)))
        return made

    def do_resize(self, book: str, sheet: str, name: str, top: int, left: int, bottom: int, right: int) -> None:
        found = self._sheet(book, sheet)
        table: Table = found.tables[name]
        table.ref = self._ref(top, left, bottom, right)
        if table.autoFilter:
            table.autoFilter.ref = table.ref
        known = {column.name: column for column in table.tableColumns}
        table.tableColumns = []
        for number, column in enumerate(range(left, right + 1), 1):
            cell = found.cell(top, column)
            cell.value = str(cell.value or f"Column{number}")
            kept = known.get(cell.value) or TableColumn(id=0, name=cell.value)
            kept.id = number
            table.tableColumns.append(kept)

    def do_status(self, text: object) -> None:
        self.status.append(text)

    # -- cells
    def _book(self, name: str) -> openpyxl.Workbook:
        for found, book in self.books:
            if found.lower() == name.lower():
                return book
        raise ComError(GONE)

    def _sheet(self, book: str, sheet: str) -> Any:
        return self._book(book)[sheet]

    @staticmethod
    def _ref(top: int, left: int, bottom: int, right: int) -> str:
        return f"{get_column_letter(left)}{top}:{get_column_letter(right)}{bottom}"

    def _grid(self, book: str, sheet: str, top: int, left: int, bottom: int, right: int, pick: Callable[[Any], Any]) -> Any:
        cells = self._sheet(book, sheet)._cells  # looking must not make cells
        rows = [[pick(cells.get((row, column))) for column in range(left, right + 1)] for row in range(top, bottom + 1)]
        return rows[0][0] if (top, left) == (bottom, right) else rows


def _height(row: Any) -> float:
    return 0.0 if row.hidden else row.height or HEIGHT


def _value(cell: Any) -> Any:
    value = None if cell is None else cell.value
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return float(value)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day)
    return None if cell.data_type in {"f", "e"} else value  # nothing calculates here; an error is read as nothing


def _formula(cell: Any) -> str:
    return "" if cell is None or cell.value is None else str(cell.value)


def _put(cell: Any, value: Any) -> None:
    if not isinstance(value, str) or value == "":
        cell.value = None if value == "" else value
    elif cell.number_format == "@":
        cell.value = value
        cell.data_type = "s"  # "=1+1" in a text cell stays text
    elif value.startswith("'"):
        cell.value = value[1:]
    elif _NUMBER.fullmatch(value.strip()):
        cell.value = float(value.replace(",", ""))
    else:
        cell.value = value


# -- for other processes ----------------------------------------------------------------------------------------------
class Served:
    """Lets other processes reach a desk: LUSHA_TEST_EXCEL names the socket."""

    def __init__(self, desk: Desk, address: str) -> None:
        self.desk, self.address = desk, address
        self._listener = Listener(address, "AF_UNIX")
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        with suppress(OSError):
            Client(self.address, "AF_UNIX").close()

    def _accept(self) -> None:
        while True:
            try:
                connection = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: Connection) -> None:
        with suppress(EOFError, OSError), connection:
            while True:
                verb, args = connection.recv()
                try:
                    connection.send(("ok", self.desk.call(verb, *args)))
                except ComError as error:
                    info = error.excepinfo
                    connection.send(("com", info[5] if info else error.hresult))


class Remote:
    """The other end: what `Desk.call` is to another process. Excel's end is an error like Excel's."""

    def __init__(self, address: str) -> None:
        self._connection = Client(address, "AF_UNIX")
        self._lock = threading.Lock()

    def call(self, verb: str, *args: Any) -> Any:
        with self._lock:
            try:
                self._connection.send((verb, args))
                kind, value = self._connection.recv()
            except (EOFError, OSError):
                raise ComError(GONE) from None
        if kind == "com":
            raise ComError(value)
        return value
