"""Files nobody means well with: refused with a sentence or handled, in little time and memory."""

from __future__ import annotations

import re
import struct
import subprocess
import sys
import warnings
import zipfile
import zlib
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from core.errors import FileTrouble
from core.sheets.sheet import Put
from core.sheets.workbook import open_workbook

SHEET, STRINGS, TABLE = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/tables/table1.xml"
BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%b">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]>"
)


def added(path: Path, name: str, data: bytes = b"x") -> None:
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as out:
        warnings.simplefilter("ignore")
        out.writestr(name, data)


@pytest.mark.parametrize("name", ["../../evil.xml", "/etc/evil.xml", "xl\\evil.xml", "C:/evil.xml", "xl/../../evil.xml"])
def test_a_part_whose_name_points_outside_is_refused(name: str, make: Any) -> None:
    path = make()
    added(path, name)
    with pytest.raises(FileTrouble, match="points outside"):
        open_workbook(path)


@pytest.mark.parametrize("name", [SHEET, SHEET.replace("sheet1", "SHEET1")])
def test_two_parts_of_one_name_are_refused_whatever_their_case(name: str, make: Any) -> None:
    path = make()
    added(path, name)
    with pytest.raises(FileTrouble, match="two parts of the same name"):
        open_workbook(path)


def test_a_part_that_unpacks_to_hundreds_of_times_its_size_is_refused(make: Any) -> None:
    path = make()
    added(path, "xl/media/image1.bin", b"\0" * 40_000_000)
    with pytest.raises(FileTrouble, match="zip bomb"):
        open_workbook(path)


def test_entries_that_share_bytes_are_refused(make: Any) -> None:
    path = make()
    added(path, "xl/media/a.bin", bytes(range(256)) * 400)
    data = path.read_bytes()
    directory = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    last = data.rindex(b"PK\x01\x02")
    length = end - last
    entries = b"".join(data[last:end].replace(b"a.bin", b"%c.bin" % (98 + n)) for n in range(20))
    count = struct.unpack_from("<H", data, end + 8)[0] + 20
    tail = bytearray(data[end:])
    struct.pack_into("<HHI", tail, 8, count, count, end - directory + 20 * length)
    path.write_bytes(data[:end] + entries + bytes(tail))
    with pytest.raises(FileTrouble, match=r"zip bomb|cannot be unpacked|damaged"):
        open_workbook(path)


def test_entities_are_refused_in_the_parts_we_change(make: Any, edit: Any) -> None:
    path = make()
    edit(path, SHEET, lambda xml: BOMB + xml)
    with pytest.raises(FileTrouble, match="unusual way"):
        open_workbook(path).sheet().read()


def test_an_entity_bomb_among_the_strings_costs_neither_time_nor_memory(tmp_path: Path, edit: Any) -> None:
    import xlsxwriter

    path = tmp_path / "bomb.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Leads").write_row(0, 0, ["a", "b"])
    edit(path, STRINGS, lambda xml: xml.replace(b"<sst", BOMB + b"<sst", 1).replace(b"<t>a</t>", b"<t>&j;</t>"))
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))\n"
        "from core.errors import FileTrouble\nfrom core.sheets.workbook import open_workbook\nfrom pathlib import Path\n"
        "try:\n    print(len(open_workbook(Path(sys.argv[1])).sheet().read().cell(1, 1)) < 1000)\n"
        "except FileTrouble:\n    print(True)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=False, timeout=200)
    assert done.stdout.strip() == "True", done.stderr


def test_a_sheet_of_seventeen_thousand_columns_keeps_them_and_gets_no_new_ones(make: Any, edit: Any, parts: Any) -> None:
    from core.model import Kind
    from core.sheets.columns import targets
    from core.sheets.headers import Mapping, detect

    path, far = make([["LinkedIn"]]), b'<c r="YDV2"><v>1</v></c>'
    edit(path, SHEET, lambda xml: xml.replace(b"</sheetData>", b'<row r="2">' + far + b"</row></sheetData>"))
    sheet = open_workbook(path).sheet()
    grid = sheet.read()
    found = detect(grid)
    assert isinstance(found, Mapping)
    with pytest.raises(FileTrouble, match="no room for new columns"):
        targets(grid, found, frozenset({Kind.PHONES}))
    sheet.put([Put(2, 2, "", "x")])
    assert sheet.save().written == 1
    assert far in parts(path)[SHEET]


def test_rows_and_cells_without_references_are_read_but_not_guessed_at(make: Any, edit: Any) -> None:
    path = make()
    edit(path, SHEET, lambda xml: re.sub(rb' r="[A-Z]*[0-9]+"', b"", xml))
    before = path.read_bytes()
    sheet = open_workbook(path).sheet()
    with pytest.raises(FileTrouble, match="unusual way"):
        sheet.put([Put(2, 5, "", "x")])
        sheet.save()
    assert path.read_bytes() == before


def test_a_part_cut_off_inside_its_packed_bytes_is_refused(make: Any) -> None:
    path = make()
    with zipfile.ZipFile(path) as book:
        info = book.getinfo(SHEET)
    data = bytearray(path.read_bytes())
    start = info.header_offset + 30 + len(SHEET)
    data[start : start + info.compress_size] = zlib.compress(b"<", 9)[2:-4].ljust(info.compress_size, b"\0")
    path.write_bytes(data)
    with pytest.raises(FileTrouble, match="damaged"):
        open_workbook(path).sheet().read()


def test_a_query_table_is_not_grown_but_gets_its_results_beside_it(make: Any, edit: Any, parts: Any) -> None:
    from openpyxl.worksheet.table import Table

    from core.model import Kind
    from core.sheets.columns import targets
    from core.sheets.headers import Mapping, detect

    path = make(change=lambda sheet: sheet.add_table(Table(displayName="T", ref="A1:E3")))
    edit(path, TABLE, lambda xml: xml.replace(b"<table ", b'<table tableType="queryTable" ', 1))
    before = parts(path)[TABLE]
    sheet = open_workbook(path).sheet()
    grid = sheet.read()
    found = detect(grid)
    assert isinstance(found, Mapping)
    layout = targets(grid, found, frozenset({Kind.PHONES}))
    assert layout.headings[0].column == 7
    sheet.put(layout.headings)
    sheet.save()
    assert parts(path)[TABLE] == before


def test_unchanged_parts_keep_their_packed_bytes_even_with_sizes_behind_them(tmp_path: Path) -> None:
    """A writer that cannot seek puts sizes behind the data (flag bit 3)."""
    import io

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, piece: Any) -> int:
            self.data += piece
            return len(piece)

    plain, pipe = tmp_path / "plain.xlsx", Pipe()
    book = openpyxl.Workbook()
    book.active.append(["a", None])
    book.save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as out:
        for name in old.namelist():
            out.writestr(name, old.read(name))
    path = tmp_path / "streamed.xlsx"
    path.write_bytes(bytes(pipe.data))
    sheet = open_workbook(path).sheet()
    sheet.put([Put(1, 2, "", "x")])
    sheet.save()
    with zipfile.ZipFile(path) as made:
        assert made.testzip() is None
        assert all(not info.flag_bits & 8 for info in made.infolist())
    assert openpyxl.load_workbook(path).active["B1"].value == "x"
