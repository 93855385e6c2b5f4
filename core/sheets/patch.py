"""Lossless patching: which parts of a workbook change, and how, when cells receive text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from core.errors import FileTrouble
from core.sheets import cells, filters, markup
from core.sheets.frame import Frame, read_frame, splice, spliced_columns, spliced_dimension
from core.sheets.ooxml import MOST_IN_A_PATCHED_SHEET, Package, SheetPart
from core.sheets.sheet import MERGED, Area, Put, Refused
from core.sheets.styles import Styles
from core.sheets.tables import Table, growing, grown, leaving_columns, room_for, shrunk, tables_of
from core.sheets.zipping import Packed, Packer, packed

_BEFORE_CALCULATION = frozenset(
    "fileVersion fileSharing workbookPr workbookProtection bookViews sheets functionGroups externalReferences "
    "definedNames".split(),
)  # what precedes calcPr in CT_Workbook (ECMA-376 18.2.27)


@dataclass(slots=True)
class Patch:
    """The parts that change with their new content, and what became of the cells."""

    changed: dict[str, Packed] = field(default_factory=dict)
    written: int = 0
    was: dict[tuple[int, int], bytes] = field(default_factory=dict)  # cells that stood there before, as XML
    refused: list[Refused] = field(default_factory=list)


def patched(package: Package, sheet: SheetPart, puts: Mapping[int, list[Put]]) -> Patch:
    """Work out the change of one sheet; nothing is written anywhere.

    ``puts`` are by row. The caller has compared each `Put.expected` with what a reader shows; no cell is put twice.
    Raises FileTrouble when the sheet is protected, too large, or written in a way that cannot be spliced safely.
    """
    if package.size(sheet.part) > MOST_IN_A_PATCHED_SHEET:
        raise too_large(sheet)
    xml = package.read(sheet.part)
    frame = read_frame(xml, sheet.part)
    if frame.protected:
        raise protected(sheet)
    tables = tables_of(package, sheet.part, frame.table_ids)
    patch = Patch()
    rows = _by_row(puts, frame, tables, patch)
    if not rows:
        return patch
    small: dict[str, bytes] = _grown_tables(package, frame, tables, rows)
    styles = Styles(package.read(styles_part) if (styles_part := package.related("styles")) else b"", styles_part)
    formulas = _has_formula(xml)
    filtered = filters.changed(frame, *_headings_of(rows))
    _rewrite_sheet(xml, frame, styles, rows, patch, filtered)
    del xml
    if not patch.written:
        return Patch(refused=patch.refused)
    if styles.changed:
        small[styles_part] = styles.xml()
    others = (found.part for found in package.sheets if found.part != sheet.part)
    if filtered is not None and frame.filter is not None:
        book = package.read(package.workbook)
        named = filters.renamed(book, package.workbook, sheet.name, frame.filter, filtered)
        small |= {package.workbook: named} if named is not book else {}
    if formulas or any(_has_formula(package.read(part)) for part in others):
        book = small.get(package.workbook) or package.read(package.workbook)
        small[package.workbook] = recalculated(book, package.workbook)
    patch.changed |= {part: packed(content, part) for part, content in small.items()}
    return patch


def recalculated(book: bytes, part: str) -> bytes:
    """The workbook part with the request to calculate once on opening: results over our cells are stale."""
    top = [found for found in markup.elements(book, part=part) if found.depth == 1]
    for found in top:
        if found.name == "calcPr":
            tag = markup.with_attributes(book[found.start : found.end], fullCalcOnLoad="1")
            return splice(book, [(found.start, found.end, tag)])
    after = [found for found in top if found.name in _BEFORE_CALCULATION]
    made = b'<%bcalcPr fullCalcOnLoad="1"/>' % markup.prefix_of(book, after[-1])
    return splice(book, [(after[-1].stop, after[-1].stop, made)])


def protected(sheet: SheetPart) -> FileTrouble:
    """The refusal of a protected sheet."""
    return FileTrouble(
        f'Sheet "{sheet.name}" is protected',
        "Nothing can be written into it. Take the protection off in Excel (Review, Unprotect Sheet) and try again.",
        code="protected",
    )


def too_large(sheet: SheetPart) -> FileTrouble:
    """The refusal of a sheet too large to be patched in memory."""
    return FileTrouble(
        f'Sheet "{sheet.name}" is too large to be filled in place',
        "It holds more than about a million rows of 8 columns. Split the list, or save it as CSV.",
        code="too_large",
    )


# -- what may be written ----------------------------------------------------------------------------------------------
def _by_row(puts: Mapping[int, list[Put]], frame: Frame, tables: Sequence[Table], patch: Patch) -> dict[int, list[Put]]:
    """The puts of each row in the order of their columns, without those that merged cells or table headings forbid."""
    rows = dict(puts)
    going = {(put.row, put.column) for found in rows.values() for put in found if put.width is not None and not put.new}
    leaving = {at for table in tables for at in leaving_columns(table, going)}
    heads = [_head(table) for table in tables if table.shape.header_rows]
    for number in [number for area in (*frame.merged, *heads) for number in rows.keys() & set(range(area.top, area.bottom + 1))]:
        if number in rows:
            _allowed(rows, number, frame, heads, leaving, patch)
    for found in rows.values():
        found.sort(key=_by_column)
    return rows


def _allowed(
    rows: dict[int, list[Put]],
    number: int,
    frame: Frame,
    heads: Sequence[Area],
    leaving: set[tuple[int, int]],
    patch: Patch,
) -> None:
    """Take out of a row what merged cells or headings of tables forbid."""
    kept = []
    for put in rows.pop(number):
        at = (put.row, put.column)
        if any(area.holds(*at) and at != (area.top, area.left) for area in frame.merged):
            patch.refused.append(Refused(*at, MERGED))
        elif at not in leaving and any(area.holds(*at) for area in heads):
            patch.refused.append(Refused(*at, cells.HEADINGS))
        else:
            kept.append(put)
    if kept:
        rows[number] = kept


_by_column: Callable[[Put], int] = attrgetter("column")


def _head(table: Table) -> Area:
    area = table.shape.area
    return Area(area.top, area.left, area.top + table.shape.header_rows - 1, area.right)


def _headings_of(rows: Mapping[int, Sequence[Put]]) -> tuple[dict[tuple[int, int], str], set[tuple[int, int]]]:
    """By row and column the headings that are added, and those that are taken away."""
    added = {(put.row, put.column): put.new for found in rows.values() for put in found if put.is_heading and put.new}
    return added, {(put.row, put.column) for found in rows.values() for put in found if put.removes_heading}


def _grown_tables(package: Package, frame: Frame, tables: Sequence[Table], rows: Mapping[int, Sequence[Put]]) -> dict[str, bytes]:
    headings, going = _headings_of(rows)
    changed: dict[str, bytes] = {}
    for table in tables:
        if leaving := leaving_columns(table, going):
            changed[table.part] = shrunk(package.read(table.part), table, len(leaving))
        added = growing(table, headings)
        if not added:
            continue
        room = room_for(table, len(added))
        others = [other.shape.area for other in tables if other is not table]
        if any(area.meets(room) for area in (*others, *frame.merged)):
            raise FileTrouble(
                f'The table "{table.shape.name}" cannot grow',
                "Another table or merged cells stand at its right. Make room there, then try again.",
            )
        changed[table.part] = grown(package.read(table.part), table, added)
    return changed


# -- the sheet part ---------------------------------------------------------------------------------------------------
def _rewrite_sheet(
    xml: bytes, frame: Frame, styles: Styles, rows: Mapping[int, Sequence[Put]], patch: Patch, filtered: Area | None
) -> None:
    left, right = min(found[0].column for found in rows.values()), max(found[-1].column for found in rows.values())
    area = Area(max(1, min(rows)), left, max(rows), right)
    headings = [put for found in rows.values() for put in found if put.width is not None and put.new]
    widths = {put.column: put.width for put in headings if put.width is not None}
    head = splice(
        xml[: frame.data[0]],
        [*spliced_dimension(xml, frame, area), *(spliced_columns(xml, frame, widths) if widths else [])],
    )
    p, packer = frame.prefix, Packer(frame.part)
    packer.feed(head)
    # an empty <sheetData/> is opened; its own attributes, which nobody writes, would be lost
    packer.feed(xml[frame.data[0] : frame.body[0]] if frame.body[0] < frame.data[1] else b"<" + p + b"sheetData>")
    outcome = cells.RowWriter(xml, frame, styles).rewrite(rows, packer.feed)
    packer.feed(b"</" + p + b"sheetData>")
    packer.feed(memoryview(xml)[frame.data[1] :] if filtered is None else filters.refitted(xml, frame, filtered))
    patch.written, patch.was = outcome.written, outcome.was
    patch.refused += outcome.refused
    refused = {(found.row, found.column) for found in patch.refused}
    if any((put.row, put.column) in refused for put in headings):
        raise FileTrouble(
            "The place for the new columns is not empty",
            "A heading cannot be written over what is there. Make room at the right of the list and try again.",
        )
    patch.changed[frame.part] = packer.packed()


def _has_formula(xml: bytes) -> bool:
    return re.search(rb"<(?:[\w.-]+:)?f[\s>/]", xml) is not None
