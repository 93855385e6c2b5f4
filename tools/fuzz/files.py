"""Files of strangers: workbooks and text files. A clear refusal, or all that was not ours unchanged."""

from __future__ import annotations

import csv
import io
import re
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
from hypothesis import strategies as st
from openpyxl.styles import Font

from core.errors import FileTrouble
from core.sheets import csv_text
from core.sheets.csv import open_csv
from core.sheets.sheet import Put, SaveReport
from core.sheets.workbook import open_workbook
from tools.fuzz.target import Target

SHEET = "xl/worksheets/sheet1.xml"
MAY_CHANGE = re.compile(r"xl/(worksheets/[^/]+|workbook|styles|tables/[^/]+)\.xml")
_texts = st.one_of(st.text(max_size=12), st.sampled_from(["+44 20 7946 0001", "=1+1", "_x000D_", "<&>\"'", "]]>", "😀", " a "]))


# -- workbooks --------------------------------------------------------------------------------------------------------
@lru_cache(maxsize=1)
def seeds() -> tuple[bytes, ...]:
    """Three workbooks: openpyxl's with a style, a second sheet and a merge; XlsxWriter's with a table; one nearly empty."""
    return _by_openpyxl(), _by_xlsxwriter(), _nearly_empty()


def _by_openpyxl() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet: Any = book.active
    for row in (["LinkedIn URL", "Name", "Phone"], ["in/ada", "Ada & Sample", None], [None, 7, "=A1"], ["in/bo", None, None]):
        sheet.append(row)
    sheet["B2"].font = Font(bold=True)
    sheet.column_dimensions["C"].width = 30
    sheet.merge_cells("A6:B6")
    book.create_sheet("Two & 'x'")["C3"] = "keep"
    book.save(out)
    return out.getvalue()


def _by_xlsxwriter() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Leads")
        sheet.add_table(0, 0, 4, 2, {"name": "T", "columns": [{"header": name} for name in ("LinkedIn", "Name", "Phone")]})
        sheet.write_row(1, 0, ["in/ada", "Ada"])
        sheet.set_column(2, 5, 12, book.add_format({"bold": 1}))
        sheet.write_formula(6, 0, "=1+1", None, 2)
    return out.getvalue()


def _nearly_empty() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active["C5"] = "LinkedIn URL"  # type: ignore[index]  # a new workbook has an active worksheet
    book.save(out)
    return out.getvalue()


@st.composite
def _mutated(draw: st.DrawFn) -> bytes:
    """A workbook with one part cut, doubled or moved about, or with some bytes of the whole file changed."""
    data = draw(st.sampled_from(seeds()))
    kind = draw(st.integers(0, 5))
    if kind == 0:
        return data
    if kind == 1:
        return _spoilt(draw, data)
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        parts = {info.filename: old.read(info) for info in old.infolist()}
    name = draw(st.sampled_from([SHEET, SHEET, SHEET, *parts]))
    parts[name] = draw(st.sampled_from([_cut, _doubled, _worded, _spoilt]))(draw, parts[name])
    return _zipped(parts)


def _zipped(parts: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in parts.items():
            made.writestr(name, text)
    return out.getvalue()


def _edges(draw: st.DrawFn, text: bytes) -> tuple[int, int]:
    """A piece between two places where markup begins or ends."""
    places = sorted({0, len(text), *(found.start() for found in re.finditer(rb"[<>\" ]", text))})
    at, to = sorted(draw(st.tuples(*[st.integers(0, len(places) - 1)] * 2)))
    return places[at], places[to]


def _cut(draw: st.DrawFn, text: bytes) -> bytes:
    start, end = _edges(draw, text)
    return text[:start] + text[end:]


def _doubled(draw: st.DrawFn, text: bytes) -> bytes:
    start, end = _edges(draw, text)
    return text[:end] + text[start:end] + text[end:]


_WORDS = [
    *(b'r="A1"', b'r="XFD1048576"', b'r="A0"', b'r="ZZZ9"', b't="s"', b's="999"', b'ref="A1:ZZ9"', b'hidden="1"', b'count="-1"'),
    *(b'<c r="B2"><v>1</v></c>', b'<row r="2"/>', b'<y:row r="3"/>', b"<v>99999</v>", b"<f>1</f>", b"<is><t>x</t></is>"),
    *(b"<!-- <row> -->", b"<![CDATA[<c]]>", b"<!DOCTYPE x>", b"&#0;", b"&amp;", b'xmlns:y="y"', b"\xff", b'min="9" max="1"'),
    b'<mergeCells count="1"><mergeCell ref="A1:C9"/></mergeCells>',
]


def _worded(draw: st.DrawFn, text: bytes) -> bytes:
    start, end = _edges(draw, text)
    return text[:start] + draw(st.sampled_from(_WORDS)) + text[draw(st.sampled_from([start, end])) :]


def _spoilt(draw: st.DrawFn, data: bytes) -> bytes:
    made = bytearray(data)
    for at in draw(st.lists(st.integers(0, max(0, len(made) - 1)), min_size=1, max_size=4)):
        made[at : at + 1] = draw(st.binary(max_size=2))
    return bytes(made)


_puts = st.lists(st.tuples(st.integers(-1, 12), st.integers(-1, 9), _texts), min_size=1, max_size=6)
_heading = st.booleans()


def workbook(given: tuple[bytes, list[tuple[int, int, str]], bool]) -> None:
    data, wanted, heading = given
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.xlsx"
        path.write_bytes(data)
        try:
            report = _filled(path, wanted, heading=heading)
        except FileTrouble as trouble:
            assert trouble.title
            assert path.read_bytes() == data
            assert [found.name for found in Path(folder).iterdir()] == ["x.xlsx"]
            return
        if report.written:
            _others_unchanged(data, path.read_bytes())
            assert open_workbook(path).sheet().read().rows
        else:
            assert path.read_bytes() == data


def _filled(path: Path, wanted: list[tuple[int, int, str]], *, heading: bool) -> SaveReport:
    sheet = open_workbook(path).sheet()
    grid = sheet.read()
    if heading:
        sheet.put([Put(1, grid.width + 1, "", "Lusha Phone", 14.0)])
    sheet.put(Put(row, column, "", text) for row, column, text in wanted)
    return sheet.save()


def _others_unchanged(before: bytes, after: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(before)) as old, zipfile.ZipFile(io.BytesIO(after)) as new:
        assert new.namelist() == old.namelist()
        for name in old.namelist():
            was = _read(old, name)  # a damaged part nobody has to read goes on being as it is
            assert MAY_CHANGE.fullmatch(name) or was is None or new.read(name) == was, name


def _read(book: zipfile.ZipFile, name: str) -> bytes | None:
    try:
        return book.read(name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
        return None


# -- text files -------------------------------------------------------------------------------------------------------
_fields = st.one_of(st.text(max_size=6), st.sampled_from(['"a"', '"a;b"', '"a\n"', "", "x y", '"', '""', "+1", "sep=;", "é"]))
_lines = st.lists(st.lists(_fields, max_size=5), max_size=6)


@st.composite
def _csv_data(draw: st.DrawFn) -> bytes:
    if not draw(st.integers(0, 4)):
        return draw(st.binary(max_size=60))
    mark, end = draw(st.sampled_from([",", ";", "\t", "|"])), draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text = end.join(mark.join(row) for row in draw(_lines)) + draw(st.sampled_from(["", end, end * 2]))
    head = draw(st.sampled_from(["", "\ufeff", f"sep={mark}{end}", f"\ufeffsep={mark}{end}"]))
    return (head + text).encode(draw(st.sampled_from(["utf-8", "utf-16-le", "cp1252"])), "replace")


def text_file(given: tuple[bytes, list[tuple[int, int, str]]]) -> None:
    data, wanted = given
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(data)
        try:
            sheet = open_csv(path)
            before = csv_text.decoded(data, "x.csv")
            cut = list(csv_text.records(before))
            assert before.head + "".join(record.raw + record.end for record in cut) == before.head + before.body
            refused = sheet.put(Put(row, column, "", text) for row, column, text in wanted)
            report = sheet.save()
        except FileTrouble as trouble:
            assert trouble.code != "not_verified", trouble
            assert path.read_bytes() == data
            return
        if not report.written:
            assert path.read_bytes() == data
            return
        assert report.written + len({(one.row, one.column) for one in refused}) >= 1
        _kept(before, cut, path.read_bytes(), {row for row, _, _ in wanted})


def _kept(before: csv_text.Text, cut: list[csv_text.Record], data: bytes, touched: set[int]) -> None:
    """Records nobody wrote to have their very text; in the others every field that held something holds it still."""
    after = csv_text.decoded(data, "x.csv")
    made = list(csv_text.records(csv_text.Text(after.head, after.body, after.encoding, before.delimiter)))
    assert len(made) == len(cut)
    for number, (old, new) in enumerate(zip(cut, made, strict=True), 1):
        assert old.end == new.end
        if number not in touched:
            assert old.raw == new.raw
        assert all(new.fields[at] == field for at, field in enumerate(old.fields) if field)


def guard(text: str) -> None:
    """A field of ours is never calculated, and reads back as it was written."""
    made = csv_text.guarded(text)
    assert not made or made[0] not in csv_text.TRIGGERS or re.fullmatch(r"\+[0-9]{6,15}", made)
    out = io.StringIO()
    csv.writer(out).writerow([made])
    assert "\n" not in made


TARGETS = (
    Target("workbook", st.tuples(_mutated(), _puts, _heading), workbook, 100),
    Target("text file", st.tuples(_csv_data(), _puts), text_file, 120),
    Target("formula guard", st.text(max_size=20), guard, 100),
)
