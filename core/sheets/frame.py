"""What stands around the rows of a sheet part: columns, tables, merges, filter, protection; where the rows are."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from core.sheets import markup
from core.sheets.sheet import MAX_COLUMNS, Area, letters

_DATA = re.compile(rb"<((?:[\w.-]+:)?)sheetData" + markup.ATTRIBUTES + rb"\s*(/?)>")
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")
_TRUE = ("1", "true", "on")


@dataclass(frozen=True, slots=True)
class Col:
    """A ``<col>`` element: columns ``first`` to ``last`` and where its tag stands in the part."""

    first: int
    last: int
    style: int
    start: int
    end: int


@dataclass(slots=True)
class Frame:
    """A sheet part without its rows. Offsets are bytes in the part; ``body`` is empty for ``<sheetData/>``."""

    part: str
    prefix: bytes = b""
    data: tuple[int, int] = (0, 0)  # the whole sheetData element
    body: tuple[int, int] = (0, 0)  # what stands between its tags
    dimension: tuple[int, int, Area] | None = None
    cols: list[Col] = field(default_factory=list)
    cols_end: int = 0  # where </cols> begins, 0 without <cols>
    merged: list[Area] = field(default_factory=list)
    filter: Area | None = None
    filter_at: tuple[int, int] | None = None  # its start tag
    filter_used: int = 0  # the last column that it hides or sorts by
    frozen_rows: int = 0
    protected: bool = False
    links: list[tuple[Area, str]] = field(default_factory=list)  # area, relation id
    table_ids: list[str] = field(default_factory=list)

    def style_of(self, column: int) -> int:
        """The style a column gives to cells that have none of their own."""
        return next((col.style for col in self.cols if col.first <= column <= col.last), 0)


def read_frame(xml: bytes, part: str) -> Frame:
    """Parse everything before and after the rows. Raises FileTrouble for XML that cannot be spliced safely."""
    markup.refuse_foreign(xml, part)
    markup.refuse_unusual(xml, part)
    if markup.STRICT.encode() in xml[:4096]:
        raise markup.unusual(part, "it is written in the Strict form")
    found = _DATA.search(xml)
    if found is None:
        raise markup.unusual(part, "it has no rows element")
    frame = Frame(part, found[1])
    close = b"</" + found[1] + b"sheetData"
    stop = found.end() if found[2] else xml.find(close, found.end())
    if stop < 0:
        raise markup.unusual(part, "its rows have no end")
    frame.body = (found.end(), stop)
    frame.data = (found.start(), found.end() if found[2] else xml.index(b">", stop) + 1)
    try:
        _after(xml, frame, _before(xml, frame))
    except ValueError as error:
        raise markup.unusual(part, "a number in it is none") from error
    return frame


def area_of(reference: str) -> Area | None:
    """``B2:D9`` (or ``B2``) as numbers; None when it is no reference to a rectangle of cells."""
    ends = [_REFERENCE.fullmatch(end) for end in reference.split(":")]
    first, last = ends[0], ends[-1]
    if first is None or last is None:
        return None
    rows, columns = (int(first[2]), int(last[2])), (column_number(first[1]), column_number(last[1]))
    return Area(min(rows), min(columns), max(rows), max(columns))


def reference_of(area: Area) -> str:
    """The other way round; a single cell as ``B2``."""
    first, last = f"{letters(area.left)}{area.top}", f"{letters(area.right)}{area.bottom}"
    return first if first == last else f"{first}:{last}"


def column_number(name: str) -> int:
    """``A`` as 1, ``AA`` as 27."""
    number = 0
    for char in name.upper():
        number = number * 26 + ord(char) - 64
    return number


def _before(xml: bytes, frame: Frame) -> bytes:
    """Read what precedes the rows; returns the root's start tag."""
    parser = expat.ParserCreate(namespace_separator=" ")
    root: list[bytes] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        at = parser.CurrentByteIndex
        if not root:
            if name != f"{markup.MAIN} worksheet":
                raise markup.unusual(frame.part, "it is no plain worksheet")
            root.append(xml[at : markup.start_tag(xml, at)])
        _note_before(xml, frame, name.rpartition(" ")[2], attributes, at)

    def end(name: str) -> None:
        if name == f"{markup.MAIN} cols":
            frame.cols_end = parser.CurrentByteIndex

    parser.StartElementHandler, parser.EndElementHandler = start, end
    markup.parse(parser, xml[: frame.data[0]], frame.part, final=False)
    if not root:
        raise markup.unusual(frame.part, "it has no root before its rows")
    return root[0]


def _note_before(xml: bytes, frame: Frame, name: str, attributes: dict[str, str], at: int) -> None:
    match name:
        case "dimension":
            if area := area_of(attributes.get("ref", "")):
                frame.dimension = (at, markup.start_tag(xml, at), area)
        case "col":
            first, last = int(attributes.get("min", 1)), int(attributes.get("max", MAX_COLUMNS))
            frame.cols.append(Col(first, last, int(attributes.get("style", 0)), at, markup.start_tag(xml, at)))
        case "pane" if attributes.get("state") in ("frozen", "frozenSplit"):
            frame.frozen_rows = int(float(attributes.get("ySplit", 0)))


def _after(xml: bytes, frame: Frame, root: bytes) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    relation = f"{markup.RELATIONS} id"
    within: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        area = area_of(attributes.get("ref", ""))
        within.append(name)
        match name.removeprefix(markup.MAIN + " "):
            case "sheetProtection":
                frame.protected = attributes.get("sheet") in _TRUE
            case "autoFilter" if len(within) == 2:  # others are those of views a person has saved
                at = frame.data[1] + parser.CurrentByteIndex - len(root)
                frame.filter, frame.filter_at = area, (at, markup.start_tag(xml, at))
            case "filterColumn" if frame.filter and len(within) == 3:
                frame.filter_used = max(frame.filter_used, frame.filter.left + int(attributes.get("colId", 0)))
            case "sortState" | "sortCondition" if area:
                frame.filter_used = max(frame.filter_used, area.right)
            case "mergeCell" if area:
                frame.merged.append(area)
            case "hyperlink" if area and relation in attributes:
                frame.links.append((area, attributes[relation]))
            case "tablePart" if relation in attributes:
                frame.table_ids.append(attributes[relation])

    parser.StartElementHandler, parser.EndElementHandler = start, lambda _: within.pop()
    markup.parse(parser, root, frame.part, final=False)
    markup.parse(parser, xml[frame.data[1] :], frame.part)


def spliced_columns(xml: bytes, frame: Frame, widths: dict[int, float]) -> list[tuple[int, int, bytes]]:
    """Splices (start, end, bytes) that give columns their widths.

    A ``<col>`` that covers one is split and keeps its style on all parts; ranges never overlap (ECMA-376 18.3.1.13).
    """
    splices = [_split(xml, frame, col, widths) for col in frame.cols if any(col.first <= c <= col.last for c in widths)]
    loose = sorted(c for c in widths if not any(col.first <= c <= col.last for col in frame.cols))
    if loose and not frame.cols_end:
        p = frame.prefix
        made = b"".join(_new_col(frame, column, widths[column]) for column in loose)
        return [(frame.data[0], frame.data[0], b"<" + p + b"cols>" + made + b"</" + p + b"cols>")]
    for column in loose:
        at = next((col.start for col in frame.cols if col.first > column), frame.cols_end)
        splices.append((at, at, _new_col(frame, column, widths[column])))
    return splices


def spliced_dimension(xml: bytes, frame: Frame, written: Area) -> list[tuple[int, int, bytes]]:
    """The splice that grows ``<dimension>`` over what was written; none when it already holds it, or is absent."""
    if frame.dimension is None:
        return []
    start, end, area = frame.dimension
    grown = Area(
        min(area.top, written.top),
        min(area.left, written.left),
        max(area.bottom, written.bottom),
        max(area.right, written.right),
    )
    return [(start, end, markup.with_attributes(xml[start:end], ref=reference_of(grown)))] if grown != area else []


def splice(xml: bytes, splices: list[tuple[int, int, bytes]]) -> bytes:
    """Put all pieces in; they must not overlap. Pieces at one place keep their order."""
    out: list[bytes] = []
    at = 0
    for start, end, piece in sorted(splices, key=lambda one: one[:2]):
        out += [xml[at:start], piece]
        at = end
    return b"".join((*out, xml[at:]))


def _split(xml: bytes, frame: Frame, col: Col, widths: dict[int, float]) -> tuple[int, int, bytes]:
    tag = xml[col.start : col.end]
    if not tag.endswith(b"/>"):
        raise markup.unusual(frame.part, "its columns hold something")
    pieces, at = [], col.first
    for column in sorted(c for c in widths if col.first <= c <= col.last):
        if at < column:
            pieces.append(markup.with_attributes(tag, min=str(at), max=str(column - 1)))
        pieces.append(
            markup.with_attributes(
                tag,
                ("hidden", "collapsed", "bestFit"),
                min=str(column),
                max=str(column),
                width=f"{widths[column]:g}",
                customWidth="1",
            ),
        )
        at = column + 1
    if at <= col.last:
        pieces.append(markup.with_attributes(tag, min=str(at), max=str(col.last)))
    return col.start, col.end, b"".join(pieces)


def _new_col(frame: Frame, column: int, width: float) -> bytes:
    return b'<%bcol min="%d" max="%d" width="%b" customWidth="1"/>' % (
        frame.prefix,
        column,
        column,
        f"{width:g}".encode(),
    )
