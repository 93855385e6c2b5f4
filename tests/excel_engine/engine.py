"""An xlwings engine over the pretend Excel: `xw.apps`, books, sheets and ranges work on any system. For tests only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import xlwings as xw
from openpyxl.utils import get_column_letter, range_boundaries
from xlwings import base_classes as base

from tests.excel_engine.desk import PID

Call = Callable[..., Any]


class Engine:
    name, type = "pretend", "desktop"

    def __init__(self, call: Call) -> None:
        self.call = call
        self.apps = Apps(self)

    @staticmethod
    def prepare_xl_data_element(x: Any, _options: Any) -> Any:
        return "" if x is None else x

    @staticmethod
    def clean_value_data(data: Any, _datetime: Any, empty_as: Any, _number: Any, _errors: Any) -> Any:
        return [[empty_as if value in (None, "") else value for value in row] for row in data]


class Apps(base.Apps):
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def keys(self):
        return [PID]

    def __iter__(self):
        return iter([App(self.engine)])

    def __len__(self):
        return 1

    def __getitem__(self, pid):
        if pid != PID:
            raise KeyError(pid)
        return App(self.engine)


class App(base.App):
    engine = books = api = None
    pid, hwnd, version = PID, 77, "16.0"

    def __init__(self, engine: Engine) -> None:
        self.engine, self.call = engine, engine.call
        self.books = Books(self)

    @property
    def selection(self):
        book, sheet, address = self.call("selection")
        return Range(Sheet(Book(self, book), sheet), *_bounds(address.split(",")[0]), text=address)

    status_bar = property(lambda self: False, lambda self, text: self.call("status", text))


class Books(base.Books):
    app = api = None

    def __init__(self, app: App) -> None:
        self.app = app

    @property
    def active(self):
        return Book(self.app, self.app.call("names")[0])

    def __call__(self, key):
        names = self.app.call("names")
        if isinstance(key, int):
            return Book(self.app, names[key - 1])
        found = [name for name in names if name.lower() == key.lower()]
        if not found:
            raise KeyError(key)
        return Book(self.app, found[0])

    def __len__(self):
        return len(self.app.call("names"))

    def __iter__(self):
        return iter([Book(self.app, name) for name in self.app.call("names")])


class Book(base.Book):
    app = name = api = None

    def __init__(self, app: App, name: str) -> None:
        self.app, self.name = app, name

    @property
    def sheets(self):
        return Sheets(self)


class Sheets(base.Sheets):
    api = None

    def __init__(self, book: Book) -> None:
        self.book = book

    @property
    def active(self):
        return Sheet(self.book, self.book.app.call("active_sheet", self.book.name))

    def __call__(self, key):
        names = self.book.app.call("sheets", self.book.name)
        name = names[key - 1] if isinstance(key, int) else next((name for name in names if name.lower() == key.lower()), None)
        if name is None:
            raise KeyError(key)
        return Sheet(self.book, name)

    def __len__(self):
        return len(self.book.app.call("sheets", self.book.name))

    def __iter__(self):
        return iter([Sheet(self.book, name) for name in self.book.app.call("sheets", self.book.name)])


class Sheet(base.Sheet):
    book = name = api = None

    def __init__(self, book: Book, name: str) -> None:
        self.book, self.name = book, name

    def call(self, verb: str, *args: Any) -> Any:
        return self.book.app.call(verb, self.book.name, self.name, *args)

    @property
    def tables(self):
        return Tables(self)

    used_range = property(lambda self: Range(self, *self.call("used")))

    def range(self, first, second=None):
        ends = [_corner(one) for one in (first, second) if one is not None]
        return Range(self, ends[0][0], ends[0][1], ends[-1][2], ends[-1][3])


def _bounds(address: str) -> tuple[int, int, int, int]:
    left, top, right, bottom = range_boundaries(address.replace("$", ""))
    return top or 1, left or 1, bottom or 1_048_576, right or 16_384


def _corner(one: Any) -> tuple[int, int, int, int]:
    if isinstance(one, Range):
        return one.area
    return (*one, *one) if isinstance(one, tuple) else _bounds(one)


class Range(base.Range):
    sheet = None
    max_cells_per_read = max_cells_per_write = None

    def __init__(self, sheet: Sheet, top: int, left: int, bottom: int, right: int, text: str = "") -> None:
        self.sheet, self.area, self.text = sheet, (top, left, bottom, right), text

    row = property(lambda self: self.area[0])
    column = property(lambda self: self.area[1])
    shape = property(lambda self: (self.area[2] - self.area[0] + 1, self.area[3] - self.area[1] + 1))
    api = property(lambda self: self)
    coords = property(lambda self: (self.sheet, *self.area[:2], *self.shape))

    @property
    def address(self):
        top, left, bottom, right = self.area
        return self.text or f"${get_column_letter(left)}${top}:${get_column_letter(right)}${bottom}"

    def __len__(self):
        return self.shape[0] * self.shape[1]

    def __bool__(self):
        return True

    def __call__(self, *at):
        row, column = (at[0] - 1, at[1] - 1) if len(at) == 2 else divmod(at[0] - 1, self.shape[1])
        top, left = self.area[0] + row, self.area[1] + column
        return Range(self.sheet, top, left, top, left)

    raw_value = property(
        lambda self: self.sheet.call("read", *self.area), lambda self, data: self.sheet.call("write", *self.area[:2], data)
    )
    formula = property(lambda self: self.sheet.call("formulas", *self.area))
    number_format = property(
        lambda self: self.sheet.call("format", *self.area), lambda self, form: self.sheet.call("set_format", *self.area, form)
    )
    row_height = property(lambda self: self.sheet.call("height", self.area[0], self.area[2]))
    column_width = property(lambda self: None, lambda self, width: self.sheet.call("width", self.area[1], width))


class Tables(base.Tables):
    api = None

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet

    def _all(self):
        return [Table(self.sheet, *found) for found in self.sheet.call("tables")]

    def __call__(self, key):
        return self._all()[key - 1] if isinstance(key, int) else next(table for table in self._all() if table.name == key)

    def __len__(self):
        return len(self._all())

    def __iter__(self):
        return iter(self._all())


class Table(base.Table):
    name = api = parent = show_headers = show_totals = None

    def __init__(self, sheet: Sheet, name: str, area: tuple[int, int, int, int], headers: bool, totals: bool) -> None:
        self.parent, self.name, self.area, self.show_headers, self.show_totals = sheet, name, area, headers, totals

    range = property(lambda self: Range(self.parent, *self.area))

    def resize(self, area):
        self.parent.call("resize", self.name, *area.impl.area if hasattr(area, "impl") else area.area)


def activate(call: Call) -> Engine:
    """Make this the engine behind `xw.apps` for the rest of the process, over another desk each time."""
    made = Engine(call)
    xw.engines.engines_by_name.pop(made.name, None)
    xw.engines.add(xw.Engine(impl=made))
    xw.engines[made.name].activate()
    return made
