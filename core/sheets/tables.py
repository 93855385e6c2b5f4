"""Excel tables: what they cover, and how they grow to the right when columns are added."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from core.errors import FileTrouble
from core.sheets import markup
from core.sheets.frame import area_of, reference_of, splice
from core.sheets.ooxml import Package
from core.sheets.sheet import Area, TableArea


@dataclass(frozen=True, slots=True)
class Table:
    """A table part as read. ``names`` are its column names from left to right."""

    part: str
    shape: TableArea
    names: tuple[str, ...]


def tables_of(package: Package, sheet_part: str, ids: list[str]) -> list[Table]:
    """The tables a sheet part names. Raises FileTrouble when one of them is damaged."""
    relations = package.relations_of(sheet_part) if ids else {}
    return [
        read_table(package.read(relation.target), relation.target)
        for found in ids
        if (relation := relations.get(found)) and package.has(relation.target)
    ]


def read_table(xml: bytes, part: str) -> Table:
    """A table from its part."""
    elements = markup.elements(xml, part=part)
    root = elements[0]
    area = area_of(root.attributes.get("ref", ""))
    if root.name != "table" or area is None:
        raise markup.unusual(part, "it is no table of cells")
    shape = TableArea(
        root.attributes.get("displayName") or root.attributes.get("name", ""),
        area,
        int(root.attributes.get("headerRowCount", 1)),
        int(root.attributes.get("totalsRowCount", 0)),
        # a query's table also lists its columns in a part of the query, which we do not write (ECMA-376 18.5.1.2)
        linked=root.attributes.get("tableType", "worksheet") != "worksheet",
    )
    names = tuple(found.attributes.get("name", "") for found in elements if found.name == "tableColumn")
    return Table(part, shape, names)


def growing(table: Table, headings: Mapping[tuple[int, int], str]) -> list[str]:
    """The headings, by (row, column), that stand right of the table's header row without a gap: it has to take them."""
    area = table.shape.area
    names: list[str] = []
    while table.shape.grows and (text := headings.get((area.top, area.right + 1 + len(names)))) is not None:
        names.append(text)
    return names


def room_for(table: Table, count: int) -> Area:
    """The cells a table takes when it grows by ``count`` columns."""
    area = table.shape.area
    return Area(area.top, area.right + 1, area.bottom, area.right + count)


def grown(xml: bytes, table: Table, added: list[str]) -> bytes:
    """The table part with columns added at its right.

    ``ref`` of the table and of its filter, the count, ids and names are kept in agreement: Excel repairs a table that
    disagrees with its sheet by dropping it. Raises FileTrouble when a name is not unique or has blanks around it.
    """
    elements = markup.elements(xml, part=table.part)
    area = table.shape.area
    wide = Area(area.top, area.left, area.bottom, area.right + len(added))
    columns = [found for found in elements if found.name == "tableColumn" and found.depth == 2]
    holder = next(found for found in elements if found.name == "tableColumns")
    free = max(int(found.attributes.get("id", 0)) for found in columns) + 1
    prefix = markup.prefix_of(xml, holder)
    made = b"".join(
        b'<%btableColumn id="%d" name=%b/>' % (prefix, number, _name(text)) for number, text in enumerate(added, free)
    )
    splices = [
        (holder.start, holder.end, _with(xml, holder, "count", str(len(columns) + len(added)))),
        (columns[-1].stop, columns[-1].stop, made),
        (elements[0].start, elements[0].end, _with(xml, elements[0], "ref", reference_of(wide))),
        *(
            (found.start, found.end, _with(xml, found, "ref", reference_of(_wider(found, area, len(added)))))
            for found in elements
            if found.name == "autoFilter" and found.depth == 1
        ),
    ]
    new = splice(xml, splices)
    assert_agrees(new, table.part)
    return new


def leaving_columns(table: Table, going: Collection[tuple[int, int]]) -> list[tuple[int, int]]:
    """The header cells (row, column) at the right end of a table that are emptied without a gap: their columns leave it.

    A table keeps its first column.
    """
    area, found = table.shape.area, list[tuple[int, int]]()
    column = area.right
    while table.shape.grows and column > area.left and (area.top, column) in going:
        found.append((area.top, column))
        column -= 1
    return found


def shrunk(xml: bytes, table: Table, count: int) -> bytes:
    """The table part without its last ``count`` columns; the other way round of `grown`."""
    elements = markup.elements(xml, part=table.part)
    area = table.shape.area
    narrow = Area(area.top, area.left, area.bottom, area.right - count)
    columns = [found for found in elements if found.name == "tableColumn" and found.depth == 2]
    holder = next(found for found in elements if found.name == "tableColumns")
    splices = [
        (holder.start, holder.end, _with(xml, holder, "count", str(len(columns) - count))),
        *((found.start, found.stop, b"") for found in columns[-count:]),
        *((found.start, found.stop, b"") for found in _beyond(elements, narrow)),
        (elements[0].start, elements[0].end, _with(xml, elements[0], "ref", reference_of(narrow))),
        *(
            (found.start, found.end, _with(xml, found, "ref", reference_of(_wider(found, area, -count))))
            for found in elements
            if found.name == "autoFilter" and found.depth == 1
        ),
    ]
    new = splice(xml, splices)
    assert_agrees(new, table.part)
    return new


def _beyond(elements: Sequence[markup.Element], area: Area) -> list[markup.Element]:
    """What filters or sorts by a column that has left: Excel would repair the table by dropping it."""
    width = area.right - area.left + 1
    filters = [found for found in elements if found.name == "filterColumn" and int(found.attributes.get("colId", 0)) >= width]
    ends = [area_of(found.attributes.get("ref", "")) for found in elements if found.name in {"sortState", "sortCondition"}]
    gone = any(end is None or end.right > area.right for end in ends)
    return [*filters, *(found for found in elements if found.name == "sortState" and gone)]


def assert_agrees(xml: bytes, part: str) -> None:
    """Check what Excel checks: count, number of columns and width agree, ids and names are unique.

    Raises FileTrouble when they do not.
    """
    elements = markup.elements(xml, part=part)
    table = read_table(xml, part)
    columns = [found for found in elements if found.name == "tableColumn"]
    holder = next((found for found in elements if found.name == "tableColumns"), None)
    width = table.shape.area.right - table.shape.area.left + 1
    ids = {found.attributes.get("id") for found in columns}
    names = {name.casefold() for name in table.names}
    if not (
        holder
        and holder.attributes.get("count", str(width)) == str(width)
        and len(columns) == len(ids) == len(names) == width
        and all(name == name.strip() for name in table.names[-1:])
    ):
        raise FileTrouble(
            f'The table "{table.shape.name}" cannot take new columns',
            "Its columns and its range do not agree. Repair the table in Excel, or turn it into a plain range.",
        )


def _wider(found: markup.Element, table: Area, count: int) -> Area:
    area = area_of(found.attributes.get("ref", "")) or table
    return Area(area.top, area.left, area.bottom, area.right + count)


def _with(xml: bytes, element: markup.Element, name: str, value: str) -> bytes:
    return markup.with_attributes(xml[element.start : element.end], **{name: value})


def _name(text: str) -> bytes:
    """A column name is an ST_Xstring: line breaks are written ``_x000a_`` (ECMA-376 18.5.1.3)."""
    return markup.quoted(text.replace("_x", "_x005F_x").replace("\n", "_x000a_"))
