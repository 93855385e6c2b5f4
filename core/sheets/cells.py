"""The rows of a sheet part, rewritten only where they receive a value; every other byte is copied."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from operator import lt
from typing import NamedTuple

from core.sheets import markup
from core.sheets.frame import Frame, column_number
from core.sheets.sheet import ERROR, FORMULA, OCCUPIED, OUTSIDE, Put, Refused, letters, on_the_sheet
from core.sheets.styles import Styles

CELL_CAPACITY = 32_767  # characters in a cell (Excel specifications and limits)

COMPUTED = "the cell may show the result of a formula"
HEADINGS = "the heading of a table column"
TOO_LONG = "the text is too long for a cell"

_SPANS = re.compile(rb"""\s+spans\s*=\s*(?:"[^"]*"|'[^']*')""")
_column_number: Callable[[bytes], int] = cache(lambda name: column_number(name.decode()))
_letters: Callable[[int], bytes] = cache(lambda column: letters(column).encode())


@dataclass(slots=True)
class Outcome:
    """What rewriting came to: how many cells were written, those that stood there before, and those left alone."""

    written: int = 0
    was: dict[tuple[int, int], bytes] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)


class _Row(NamedTuple):
    number: int
    tag: bytes  # the start tag, without the slash of an empty row
    cells: tuple[int, int]  # where its cells stand in the part
    stop: int
    empty: bool  # written as <row/>


class _Cell(NamedTuple):
    column: int
    start: int
    tag_end: int
    stop: int


class RowWriter:
    """Rewrites the rows of one sheet part.

    The caller has compared each `Put.expected` with what a reader shows; here formulas, error values and everything a
    reader may not show are refused whatever was expected.
    """

    def __init__(self, xml: bytes, frame: Frame, styles: Styles) -> None:
        self._xml, self._frame, self._styles = xml, frame, styles
        p = re.escape(frame.prefix)
        self._row = re.compile(rb'\s*(<%brow(?: r="([0-9]+)")?(%b)\s*(/?)>)' % (p, markup.ATTRIBUTES))
        self._cell = re.compile(
            rb'\s*(<%bc(?: r="([A-Z]{1,3})([0-9]+)")?(%b)\s*)(?:/>|>.*?</%bc>)' % (p, markup.ATTRIBUTES, p),
            re.DOTALL,
        )
        # a row whose cells all begin with their reference, as Excel and most writers have it, is checked in one go
        self._plain_cells = re.compile(
            rb'(?>\s*<%bc r="[A-Z]{1,3}[0-9]+"%b\s*(?>/>|>.*?</%bc>))*+\s*' % (p, markup.ATTRIBUTES, p), re.DOTALL
        )
        self._references = re.compile(rb'<%bc r="([A-Z]{1,3})([0-9]+)"' % p)
        self._made_styles: dict[int, bytes] = {}
        self._column_style: Callable[[int], int] = cache(frame.style_of)
        self._tail: Callable[[str], bytes] = lru_cache(4096)(partial(_tail, frame.prefix))
        self._row_close = b"</" + frame.prefix + b"row>"
        self._formula = b"<" + frame.prefix + b"f"
        self._filled = re.compile(rb"<%b[vt](?:\s[^>]*)?>[^<]" % p)

    def rewrite(self, puts: Mapping[int, Sequence[Put]], out: Callable[[bytes | memoryview], None]) -> Outcome:
        """Hand all rows to ``out``, those of ``puts`` (row number to its cells by column, each once) changed.

        Raises FileTrouble when rows or cells carry no references or are out of order.
        """
        outcome, copied, last = Outcome(), self._frame.body[0], 0
        at, end = self._frame.body
        todo = iter(sorted(puts))
        wanted = next(todo, 0)
        view = memoryview(self._xml)
        while (row := self._next_row(at, end, last)) is not None:
            while wanted and wanted < row.number:  # rows the sheet did not have yet
                out(view[copied:at])
                copied = at
                out(self._new_row(wanted, puts[wanted], outcome))
                wanted = next(todo, 0)
            if wanted == row.number:
                out(view[copied:at])
                copied = row.stop
                out(self._changed_row(row, view[at : row.stop], puts[wanted], outcome))
                wanted = next(todo, 0)
            at, last = row.stop, row.number
        out(view[copied:end])
        while wanted:
            out(self._new_row(wanted, puts[wanted], outcome))
            wanted = next(todo, 0)
        return outcome

    # -- finding
    def _next_row(self, at: int, end: int, last: int) -> _Row | None:
        found = self._row.match(self._xml, at, end)
        if found is None:
            if self._xml[at:end].strip():
                raise markup.unusual(self._frame.part, "something else stands between its rows")
            return None
        number = int(found[2] or markup.attributes(found[1]).get("r", 0))
        if number <= last:
            raise markup.unusual(self._frame.part, "its rows have no numbers or are out of order")
        if found[4]:
            return _Row(number, found[1][:-2].rstrip() + b">", (found.end(), found.end()), found.end(), empty=True)
        close = self._xml.find(self._row_close, found.end(), end)
        if close < 0:
            raise markup.unusual(self._frame.part, "a row has no end")
        return _Row(number, found[1], (found.end(), close), close + len(self._row_close), empty=False)

    def _ends_before(self, row: _Row, column: int) -> bool:
        """Whether all cells of a row stand in order and left of ``column``; False also when it is not plain to see."""
        start, end = row.cells
        if self._plain_cells.fullmatch(self._xml, start, end) is None:
            return False
        found = self._references.findall(self._xml, start, end)
        if not found:
            return True
        names, numbers = zip(*found, strict=True)
        columns = list(map(_column_number, names))
        return set(numbers) == {b"%d" % row.number} and columns[-1] < column and all(map(lt, columns, columns[1:]))

    def _cells_of(self, row: _Row) -> list[_Cell]:
        found, last = [], 0
        at, end = row.cells
        match = self._cell.match
        while cell := match(self._xml, at, end):
            column = _column_number(cell[2]) if cell[2] else self._column_by_attribute(cell[1], row.number)
            if column <= last or (cell[3] and int(cell[3]) != row.number):
                raise markup.unusual(self._frame.part, "its cells have no references or are out of order")
            tag_end = cell.end(1) + (2 if self._xml.startswith(b"/>", cell.end(1)) else 1)
            found.append(_Cell(column, cell.start(1), tag_end, cell.end()))
            at, last = cell.end(), column
        if self._xml[at:end].strip():
            raise markup.unusual(self._frame.part, "something else stands between its cells")
        return found

    def _column_by_attribute(self, tag: bytes, number: int) -> int:
        reference = re.fullmatch(r"([A-Z]{1,3})([0-9]+)", markup.attributes(tag).get("r", ""))
        return column_number(reference[1]) if reference and int(reference[2]) == number else 0

    # -- writing
    def _changed_row(self, row: _Row, whole: memoryview, puts: Sequence[Put], outcome: Outcome) -> bytes | memoryview:
        special = any(put.width is not None or put.was is not None for put in puts)
        if not special and self._ends_before(row, puts[0].column):
            return self._lengthened(row, puts, outcome)
        cells = self._cells_of(row)
        have = {cell.column: cell for cell in cells}
        accepted = [put for put in puts if self._accept(put, have.get(put.column), outcome)]
        if not accepted:
            return whole
        styles = self._base_styles(row, cells)
        pieces = [_SPANS.sub(b"", row.tag)]
        at, index = row.cells[0], 0
        for put in accepted:
            while index < len(cells) and cells[index].column < put.column:
                index += 1
            old = cells[index] if index < len(cells) and cells[index].column == put.column else None
            start = old.start if old else cells[index].start if index < len(cells) else row.cells[1]
            pieces += (self._xml[at:start], self._made(put, styles))
            at = old.stop if old else start
            if old:
                outcome.was[row.number, put.column] = self._xml[start:at]
        return b"".join((*pieces, self._xml[at : row.cells[1]], self._row_close))

    def _lengthened(self, row: _Row, puts: Sequence[Put], outcome: Outcome) -> bytes:
        """The usual case, and the quick one: all cells go behind those that are there."""
        styles = self._base_styles(row, ())
        made = [self._made(put, styles) for put in puts if self._accept(put, None, outcome)]
        tag = _SPANS.sub(b"", row.tag) if b"spans" in row.tag else row.tag
        return b"".join((tag, self._xml[row.cells[0] : row.cells[1]], *made, self._row_close))

    def _new_row(self, number: int, puts: Sequence[Put], outcome: Outcome) -> bytes:
        accepted = [put for put in puts if self._accept(put, None, outcome)]
        if not accepted:
            return b""
        styles: dict[int, int] = {}
        made = b"".join(self._made(put, styles) for put in accepted)
        return b'<%brow r="%d">%b%b' % (self._frame.prefix, number, made, self._row_close)

    def _base_styles(self, row: _Row, cells: Sequence[_Cell]) -> dict[int, int]:
        """Style by column of the cells that are there; 0 holds the row's own."""
        styles: dict[int, int] = {}
        if b"customFormat" in row.tag:
            found = markup.attributes(row.tag)
            if found.get("customFormat") in ("1", "true"):
                styles[0] = int(found.get("s", 0))
        for cell in cells:
            tag = self._xml[cell.start : cell.tag_end]
            styles[cell.column] = int(markup.attributes(tag).get("s", 0)) if b"s=" in tag else 0
        return styles

    def _made(self, put: Put, styles: dict[int, int]) -> bytes:
        if put.was is not None:
            return put.was.encode()
        base = styles.get(put.column)
        heading = put.width is not None
        if base is None or heading:
            near = styles.get(put.column - 1) if heading else None
            base = near if near is not None else styles[0] if 0 in styles else self._column_style(put.column)
        styles[put.column] = base
        style = _style(base) if heading else self._text_style(base)
        head = b'<%bc r="%b%d"%b' % (self._frame.prefix, _letters(put.column), put.row, style)
        return head + (self._tail(put.new) if put.new else b"/>")

    def _text_style(self, base: int) -> bytes:
        if base not in self._made_styles:
            self._made_styles[base] = _style(self._styles.as_text(base))
        return self._made_styles[base]

    # -- refusing
    def _accept(self, put: Put, cell: _Cell | None, outcome: Outcome) -> bool:
        if why := self._why_not(put, cell):
            outcome.refused.append(Refused(put.row, put.column, why))
            return False
        outcome.written += 1
        return True

    def _why_not(self, put: Put, cell: _Cell | None) -> str:
        if not on_the_sheet(put.row, put.column):
            return OUTSIDE
        if len(put.new) > CELL_CAPACITY:
            return TOO_LONG
        return self._why_occupied(put, cell) if cell else ""

    def _why_occupied(self, put: Put, cell: _Cell) -> str:
        content = self._xml[cell.tag_end : cell.stop]
        if self._formula in content:
            return FORMULA
        kind = markup.attributes(self._xml[cell.start : cell.tag_end]).get("t", "n")
        if kind == "e":
            return ERROR
        if kind == "str" and content:
            return COMPUTED
        if put.expected or kind == "s":  # an empty shared string: the reader has shown that it is
            return ""
        return OCCUPIED if self._filled.search(content) else ""


def _tail(p: bytes, text: str) -> bytes:
    """A text cell from behind its style on; words that come again and again are made once."""
    space = b' xml:space="preserve"' if text != text.strip() or "\n" in text else b""
    return b' t="inlineStr"><%bis><%bt%b>%b</%bt></%bis></%bc>' % (p, p, space, markup.text_content(text), p, p, p)


def _style(number: int) -> bytes:
    return b' s="%d"' % number if number else b""
