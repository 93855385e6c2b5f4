"""Pure: a text file as records that keep their own text, and fields of ours put into them."""

from __future__ import annotations

import codecs
import collections
import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.errors import FileTrouble

MOST_IN_A_FIELD = 1 << 20
DELIMITERS = ",;\t|"
TRIGGERS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"  # what makes a spreadsheet calculate a field (CWE-1236)

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_STRICT_PHONE = re.compile(r"\+[0-9]{6,15}")  # can only become a number; +1-415-555-0101 would be calculated
_SEP_LINE = re.compile(r"sep=(.)(?:\r\n|\n|\r)", re.IGNORECASE)
_SAMPLE = 200_000  # characters
_SAMPLE_RECORDS = 50


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its fields, and its text as it stands in the file with and without its line end."""

    fields: tuple[str, ...]
    raw: str
    end: str


@dataclass(frozen=True, slots=True)
class Text:
    """A decoded file. ``head`` is what precedes the records: the BOM and a ``sep=`` line."""

    head: str
    body: str
    encoding: str
    delimiter: str
    notes: tuple[str, ...] = ()


def decoded(data: bytes, name: str) -> Text:
    """The BOM decides; else strict UTF-8; else the Western Windows code page, with a note."""
    encoding = next((found for bom, found in _BOMS if data.startswith(bom)), "utf-8")
    notes: tuple[str, ...] = ()
    try:
        whole = data.decode(encoding)
    except UnicodeDecodeError:
        encoding = "cp1252"
        notes = (f"{name} is not UTF-8; it was read as Western European (Windows-1252). Check the accents.",)
        try:
            whole = data.decode(encoding)
        except UnicodeDecodeError as error:
            raise FileTrouble(
                f"The encoding of {name} cannot be told",
                'Open it in Excel and save it as "CSV UTF-8", then use that file.',
                code="encoding",
            ) from error
    if "\0" in whole:
        raise FileTrouble(f"{name} is no text file", "It holds binary data. Use the original .csv or .xlsx file.")
    head, body = (whole[:1], whole[1:]) if whole.startswith("\ufeff") else ("", whole)
    if sep := _SEP_LINE.match(body):
        return Text(head + sep[0], body[sep.end() :], encoding, sep[1], notes)
    return Text(head, body, encoding, delimiter_of(body), notes)


def delimiter_of(body: str) -> str:
    """The one of , ; tab | that cuts most of the first records into the same number of fields; "," for one column."""
    csv.field_size_limit(MOST_IN_A_FIELD)
    best: tuple[tuple[bool, float, int], str] | None = None
    for delimiter in DELIMITERS:
        cut = csv.reader(io.StringIO(body[:_SAMPLE], newline=""), delimiter=delimiter)
        try:
            widths = [len(row) for row in cut if any(field.strip() for field in row)][:_SAMPLE_RECORDS]
        except csv.Error:
            continue
        if widths:
            width, times = collections.Counter(widths).most_common(1)[0]
            score = (width > 1, times / len(widths), width)
            if best is None or score > best[0]:
                best = (score, delimiter)
    return best[1] if best and best[0][0] else ","


def records(text: Text) -> Iterator[Record]:
    """The records in order; their texts and line ends, joined, are the body again."""
    d = re.escape(text.delimiter)
    field = rf'(?>"(?>[^"]|"")*+(?:"|\Z)[^{d}\r\n]*+|[^{d}\r\n]*+)'
    record = re.compile(rf"({field}(?:{d}{field})*+)(\r\n|\n|\r|\Z)")
    csv.field_size_limit(MOST_IN_A_FIELD)
    at = 0
    while at < len(text.body):
        found = record.match(text.body, at)
        if found is None:
            raise _unreadable(text)
        if found.end() == len(text.body) and _never_closed(found[1], text.delimiter):
            raise _unreadable(text)  # anything appended to such a record would end up inside the quotes
        yield Record(_fields(found[1], text), found[1], found[2])
        at = found.end()


def filled(text: Text, header_row: int, width: int, puts: Mapping[int, Mapping[int, str]], keep: int = 0) -> str:
    """The whole file with fields (row to column to text) in place.

    Fields right of a record are appended to its text; of a record whose own empty field is filled, only that field is
    written anew. Records from ``header_row`` on are padded to ``width`` fields (0: none are); blank lines stay. ``keep``: no
    record keeps more fields than that (0: all).
    """
    out = [text.head]
    for number, record in enumerate(records(text), 1):
        mine = puts.get(number, {})
        padded = width if header_row and number >= header_row and record.fields else 0
        raw = _with(record, mine, padded, text.delimiter) if mine or len(record.fields) < padded else record.raw
        if keep and max(len(record.fields), *mine, padded) > keep:
            raw = text.delimiter.join(_raw_fields(raw, text.delimiter)[:keep])
        out += [raw, record.end]
    return "".join(out)


def guarded(value: str) -> str:
    """A field of ours on one line, with an apostrophe in front when a spreadsheet program would calculate it."""
    value = re.sub(r"[\r\n]+", " ", value)
    if value and value[0] in TRIGGERS and not _STRICT_PHONE.fullmatch(value):
        return "'" + value
    return value


def _with(record: Record, mine: Mapping[int, str], width: int, delimiter: str) -> str:
    there = len(record.fields)
    last = max(there, width, *mine) if mine else max(there, width)
    right = delimiter.join(_quoted(mine.get(column, ""), delimiter) for column in range(there + 1, last + 1))
    raw = record.raw
    if any(column <= there for column in mine):
        fields = _raw_fields(raw, delimiter)
        for column in mine:
            if column <= there:
                fields[column - 1] = _quoted(mine[column], delimiter)
        raw = delimiter.join(fields)
    return raw + delimiter + right if last > there else raw


def _never_closed(raw: str, delimiter: str) -> bool:
    last = _raw_fields(raw, delimiter)[-1]
    return last.startswith('"') and re.match(r'"(?>[^"]|"")*+"', last) is None


def _raw_fields(raw: str, delimiter: str) -> list[str]:
    """The fields of a record as they are written, quotes included."""
    d = re.escape(delimiter)
    field = re.compile(rf'(?>"(?>[^"]|"")*+(?:"|\Z)[^{d}\r\n]*+|[^{d}\r\n]*+)')
    fields, at = [], 0
    while (found := field.match(raw, at)) is not None:
        fields.append(found[0])
        at = found.end() + 1
        if at > len(raw):
            break
    return fields


def _fields(raw: str, text: Text) -> tuple[str, ...]:
    try:
        return tuple(next(csv.reader(io.StringIO(raw, newline=""), delimiter=text.delimiter), ()))
    except csv.Error as error:
        raise _unreadable(text) from error


def _quoted(value: str, delimiter: str) -> str:
    if any(char in value for char in (delimiter, '"', "\r", "\n")) or value != value.strip():
        return '"' + value.replace('"', '""') + '"'
    return value


def encoded(text: str, encoding: str) -> tuple[bytes, tuple[str, ...]]:
    """The bytes of the file, its encoding kept; UTF-8 with a BOM, and a note, when it cannot hold the text."""
    try:
        return text.encode(encoding), ()
    except UnicodeEncodeError:
        return codecs.BOM_UTF8 + text.encode(), (
            "A result holds letters the file's encoding does not have; the file is UTF-8 now.",
        )


def _unreadable(text: Text) -> FileTrouble:
    return FileTrouble(
        "The text file cannot be read as records",
        f"A field is longer than {MOST_IN_A_FIELD:,} characters, or its quotes do not match (delimiter {text.delimiter!r}).",
    )
