"""Looking into XML parts with a real parser that tells where each element stands, so that writing is only splicing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import escape, unescape

from core.errors import FileTrouble

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT = "purl.oclc.org/ooxml"

ATTRIBUTES = rb"""(?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*"""
_ATTRIBUTE = re.compile(rb"""(\s+)([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_START_TAG = re.compile(rb"<[^\s/>]+" + ATTRIBUTES + rb"\s*/?>")
_ESCAPED_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


@dataclass(frozen=True, slots=True)
class Element:
    """An element found in a part. ``start`` and ``end`` are byte offsets of its start tag, ``stop`` of its whole."""

    name: str  # local name; elements of foreign namespaces are "{namespace}local"
    attributes: dict[str, str]  # foreign ones as "{namespace}local"
    depth: int  # 0 for the root
    start: int
    end: int
    stop: int


def elements(xml: bytes, namespace: str = MAIN, *, part: str = "") -> list[Element]:
    """Every element of a part in document order of their starts. Raises FileTrouble when the XML is not well-formed."""
    refuse_foreign(xml, part)
    parser = expat.ParserCreate(namespace_separator=" ")
    found: list[Element | None] = []
    opened: list[tuple[int, str, dict[str, str], int]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        plain = {_local(key, ""): value for key, value in attributes.items()}
        opened.append((len(found), _local(name, namespace), plain, parser.CurrentByteIndex))
        found.append(None)

    def end(_: str) -> None:
        index, name, attributes, at = opened.pop()
        tag_end = start_tag(xml, at)
        stop = tag_end if xml[tag_end - 2 : tag_end] == b"/>" else xml.index(b">", parser.CurrentByteIndex) + 1
        found[index] = Element(name, attributes, len(opened), at, tag_end, stop)

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parse(parser, xml, part)
    return [element for element in found if element is not None]


def parse(parser: expat.XMLParserType, xml: bytes | bytearray, part: str = "", *, final: bool = True) -> None:
    """Feed a part, with FileTrouble in place of the parser's own error."""
    try:
        parser.Parse(xml, final)
    except expat.ExpatError as error:
        raise FileTrouble(
            "The workbook is damaged",
            f"Its part {part or 'XML'} cannot be read ({expat.ErrorString(error.code)}). Open it in Excel, let it be "
            "repaired, save it and try again.",
        ) from error


def refuse_unusual(xml: bytes, part: str) -> None:
    """Refuse comments, CDATA, entities and processing instructions in a part that is searched without a parser.

    Excel writes none of them; splicing bytes among them could put a cell where nobody sees it.
    """
    rest = xml.find(b"?>") + 2 if b"<?xml" in xml[:10] else 0
    if xml.find(b"<!") >= 0 or xml.find(b"<?", rest) >= 0:
        raise unusual(part, "it holds comments, CDATA or instructions")


def refuse_foreign(xml: bytes, part: str) -> None:
    """Refuse encodings other than UTF-8, whose bytes cannot be spliced, and document types."""
    head = xml[:200].removeprefix(b"\xef\xbb\xbf")
    declared = re.match(rb"""<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["']""", head)
    wide = xml.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head
    if wide or (declared and declared[1].lower() not in (b"utf-8", b"utf8", b"us-ascii")):
        raise unusual(part, "it is not stored as UTF-8")
    if b"<!DOCTYPE" in xml:
        raise unusual(part, "it has a document type")


def unusual(part: str, why: str) -> FileTrouble:
    """The refusal of a part nobody can splice safely."""
    return FileTrouble(
        "This workbook was written in an unusual way",
        f"Its part {part} cannot be changed safely: {why}. Open it in Excel, save it, and try again.",
        code="unusual",
    )


def start_tag(xml: bytes, at: int) -> int:
    """Where the start tag at ``at`` ends. A ">" inside an attribute is legal XML and does not end it."""
    tag = _START_TAG.match(xml, at)
    if tag is None:
        raise unusual("XML", "a tag has no known form")
    return tag.end()


def attributes(tag: bytes) -> dict[str, str]:
    """The attributes of one start tag (or of its middle), by their written names."""
    return {name.decode(): unquoted(double or single) for _, name, double, single in _ATTRIBUTE.findall(tag)}


def with_attributes(tag: bytes, drop: tuple[str, ...] = (), /, **values: str) -> bytes:
    """A start tag with attributes removed and others set, in their place; all the rest stays byte for byte."""
    gone = {name.encode() for name in drop}
    left = {name.encode(): quoted(value) for name, value in values.items()}

    def changed(found: re.Match[bytes]) -> bytes:
        if found[2] in gone:
            return b""
        value = left.pop(found[2], None)
        return found[0] if value is None else b"%b%b=%b" % (found[1], found[2], value)

    kept = _ATTRIBUTE.sub(changed, tag)
    if not left:
        return kept
    close = b"/>" if kept.endswith(b"/>") else b">"
    return kept[: -len(close)].rstrip() + b"".join(b" %b=%b" % item for item in left.items()) + close


def quoted(value: str) -> bytes:
    """An attribute value with its quotes; line breaks and tabs as references, or a parser would make them blanks."""
    breaks = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
    return b'"' + escape(value, breaks).encode() + b'"'


def unquoted(raw: bytes) -> str:
    """An attribute value as written between its quotes, references resolved."""
    text = raw.decode()
    return unescape(text, {"&quot;": '"', "&apos;": "'"}) if "&" in text else text


def text_content(text: str) -> bytes:
    """Text for an element of type ST_Xstring (ECMA-376 22.9.2.19): a literal ``_x0041_`` is escaped."""
    if "_x" in text:
        text = _ESCAPED_ESCAPE.sub("_x005F_", text)
    return escape(text).encode()


def prefix_of(xml: bytes, element: Element) -> bytes:
    """The written prefix of an element with its colon, ``b"x:"`` or ``b""``."""
    name = re.match(rb"<([^\s/>]+)", xml[element.start : element.end])
    head, colon, _ = (name[1] if name else b"").rpartition(b":")
    return head + colon


def _local(name: str, namespace: str) -> str:
    space, _, local = name.rpartition(" ")
    return local if space == namespace else f"{{{space}}}{local}"
