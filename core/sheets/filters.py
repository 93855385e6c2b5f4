"""The filter of a sheet: it grows over columns we add beside it, as a table does, and shrinks when they are taken away.

Excel sorts the columns of a filter only. Results beside it would stay where they are while their people move.
"""

from __future__ import annotations

import html
from collections.abc import Collection

from core.sheets import markup
from core.sheets.frame import Frame, area_of, reference_of, splice
from core.sheets.sheet import Area, letters

_NAME = "_xlnm._FilterDatabase"  # Excel's hidden name for the range of a filter
_Cell = tuple[int, int]


def changed(frame: Frame, added: Collection[_Cell], going: Collection[_Cell]) -> Area | None:
    """The range of the filter after headings (row, column) were added or taken away; None when it stays as it is."""
    old = frame.filter
    if old is None or frame.filter_at is None:
        return None
    right = old.right
    while (old.top, right + 1) in added:
        right += 1
    if all(row != old.top or column <= old.right for row, column in going):  # what stood beyond it was not ours to cover
        while right > old.left and (old.top, right) in going:
            right -= 1
        if right < frame.filter_used <= old.right:  # somebody filters or sorts by our column: rows would stay hidden
            return None
    return Area(old.top, old.left, old.bottom, right) if right != old.right else None


def refitted(xml: bytes, frame: Frame, area: Area) -> bytes:
    """What follows the rows of a sheet part, with the filter's new range."""
    start, end = frame.filter_at or (0, 0)
    tag = markup.with_attributes(xml[start:end], ref=reference_of(area))
    return xml[frame.data[1] : start] + tag + xml[end:]


def renamed(book: bytes, part: str, sheet: str, old: Area, new: Area) -> bytes:
    """The workbook part with the hidden name of this sheet's filter moved along; a name of another range is left alone."""
    splices = []
    for found in markup.elements(book, part=part):
        if found.name != "definedName" or found.attributes.get("name") != _NAME:
            continue
        close = max(found.end, book.rfind(b"</", found.end, found.stop))
        where, bang, reference = html.unescape(book[found.end : close].decode(errors="replace")).rpartition("!")
        if bang and _unquoted(where) == sheet and area_of(reference.replace("$", "")) == old:
            splices.append((book.rindex(b"!", found.end, close) + 1, close, _absolute(new).encode()))
    return splice(book, splices) if splices else book


def _unquoted(name: str) -> str:
    return name[1:-1].replace("''", "'") if name.startswith("'") and name.endswith("'") else name


def _absolute(area: Area) -> str:
    return f"${letters(area.left)}${area.top}:${letters(area.right)}${area.bottom}"
