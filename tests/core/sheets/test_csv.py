"""Text files: what is there stays as it is written, and ours is put in without breaking a record."""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import FileBusy, FileTrouble
from core.sheets.csv import CsvSheet, open_csv
from core.sheets.csv_text import Text, decoded, delimiter_of, filled, guarded, records
from core.sheets.sheet import HEADLESS, OCCUPIED, OUTSIDE, Put, Refused, SaveReport


def written(tmp_path: Path, text: str | bytes, *puts: Put) -> tuple[SaveReport, bytes]:
    path = tmp_path / "leads.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    sheet = open_csv(path)
    sheet.put(puts)
    return sheet.save(), path.read_bytes()


HEADING = Put(1, 3, "", "Phone", 18.0)


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b,c\n1,2,3\n", ","),
        ("a;b;c\n1;2;3\n", ";"),
        ("a\tb\n1\t2\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";"),
        ('a;b\n"x, y";z\n"p, q, r";s\n', ";"),
        ("name;note\nAda;hi, there\nBob;well, well, well\n", ";"),
        ('a,b\n"two\nlines",x\n"q;r",y\n', ","),
        ("a,b,c\n1,2\n1,2,3\n1,2,3\n", ","),
        ("linkedin.com/in/kkk\nlinkedin.com/in/kak\nlinkedin.com/in/akk\n", ","),
        ("one\ntwo\nthree\n", ","),
        ("", ","),
        ("\n\na;b\n\n1;2\n", ";"),
        ("a\tb,c\n1\t2,3\n4\t5\n", "\t"),
    ],
)
def test_the_delimiter_is_the_one_that_cuts_records_alike(text: str, delimiter: str) -> None:
    assert delimiter_of(text) == delimiter


def test_fields_are_appended_and_every_byte_that_was_there_stays(tmp_path: Path) -> None:
    text = 'LinkedIn, Note \r\n"linkedin.com/in/a","say ""hi"""\r\nlinkedin.com/in/b,5" pipe\r\n'
    report, data = written(tmp_path, text, HEADING, Put(2, 3, "", "+442079460001"))
    assert data.decode() == (
        'LinkedIn, Note ,Phone\r\n"linkedin.com/in/a","say ""hi""",+442079460001\r\nlinkedin.com/in/b,5" pipe,\r\n'
    )
    assert report.written == 2


def test_short_records_are_padded_and_blank_lines_and_titles_stay(tmp_path: Path) -> None:
    text = "My list\n\na,b\n1\n\n2,3\n"
    _, data = written(tmp_path, text, Put(3, 3, "", "Phone", 18.0), Put(4, 3, "", "x"))
    assert data.decode() == "My list\n\na,b,Phone\n1,,x\n\n2,3,\n"


def test_filling_an_own_empty_field_rewrites_that_field_only(tmp_path: Path) -> None:
    _, data = written(tmp_path, 'a,Phone,c\n"x",,"y y"\n"z",,w\n', Put(2, 2, "", "+442079460001"))
    assert data.decode() == 'a,Phone,c\n"x",+442079460001,"y y"\n"z",,w\n'


def test_a_file_without_a_last_line_end_stays_without(tmp_path: Path) -> None:
    _, data = written(tmp_path, "a,b\n1,2", HEADING, Put(2, 3, "", "x"))
    assert data == b"a,b,Phone\n1,2,x"


@pytest.mark.parametrize(
    ("bom", "encoding"), [(codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")]
)
def test_a_byte_order_mark_decides_and_is_kept(bom: bytes, encoding: str, tmp_path: Path) -> None:
    report, data = written(tmp_path, bom + "Zoé;b\n1;2\n".encode(encoding), HEADING, Put(2, 3, "", "Ødegård"))
    assert data == bom + "Zoé;b;Phone\n1;2;Ødegård\n".encode(encoding)
    assert not report.notes


def test_an_old_code_page_is_kept_with_a_note(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_bytes("Zoé;b\n1;2\n".encode("cp1252"))
    sheet = open_csv(path)
    assert "Windows-1252" in sheet.read().notes[0]
    sheet.put([HEADING])
    sheet.save()
    assert path.read_bytes() == "Zoé;b;Phone\n1;2;\n".encode("cp1252")


def test_a_text_the_code_page_does_not_have_makes_the_file_utf8_and_says_so(tmp_path: Path) -> None:
    report, data = written(tmp_path, "Zoé;b\n1;2\n".encode("cp1252"), HEADING, Put(2, 3, "", "李"))
    assert data == codecs.BOM_UTF8 + "Zoé;b;Phone\n1;2;李\n".encode()
    assert "UTF-8 now" in report.notes[0]


def test_a_sep_line_is_obeyed_kept_and_not_counted(tmp_path: Path) -> None:
    _, data = written(tmp_path, "sep=;\r\na,1;b\r\n1;2\r\n", HEADING, Put(2, 3, "", "x"))
    assert data.decode() == "sep=;\r\na,1;b;Phone\r\n1;2;x\r\n"


def test_everything_is_text(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("00123,+44 20 7946 0001,1e5,TRUE,\n")
    assert open_csv(path).read().rows == [["00123", "+44 20 7946 0001", "1e5", "TRUE", ""]]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1-415-555-0101", "-1", "@x", "\tx", "＝1", "＋1", "－1", "＠x", "+12", "+1234567890123456"]
)
def test_a_field_a_spreadsheet_would_calculate_is_guarded(text: str) -> None:
    assert guarded(text) == "'" + text


@pytest.mark.parametrize("text", ["+442079460001", "+123456", "020 7946 0001", "ada@acme.example", "Found", "", "'x"])
def test_plain_texts_and_strict_phones_are_not_guarded(text: str) -> None:
    assert guarded(text) == text


@pytest.mark.parametrize("text", ['say "hi"', "a,b", " blank ", 'a "b", c', "one\ntwo", "one\r\ntwo"])
def test_our_fields_are_quoted_where_needed_and_stand_on_one_line(text: str, tmp_path: Path) -> None:
    _, data = written(tmp_path, "a,b\n1,2\n", HEADING, Put(2, 3, "", text))
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
    assert rows[1] == ["1", "2", " ".join(text.splitlines())]
    assert data.count(b"\n") == 2


def test_refusals_come_at_once_and_in_the_report(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("a,b\n\n1,2\n")
    sheet = open_csv(path)
    refused = sheet.put(
        [Put(3, 2, "", "x"), Put(9, 1, "", "x"), Put(2, 1, "", "x"), Put(1, 2, "", "H", 9.0), Put(3, 2, "2", "y")]
    )
    assert refused == (
        Refused(3, 2, OCCUPIED),
        Refused(9, 1, OUTSIDE),
        Refused(2, 1, OUTSIDE),
        Refused(1, 2, OCCUPIED),
        Refused(3, 2, HEADLESS),
    )
    report = sheet.save()
    assert (report.written, report.refused) == (0, refused)


def test_a_second_save_goes_on_from_the_first(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("a,b\n1,\n")
    sheet = open_csv(path)
    sheet.put([Put(2, 2, "", "one")])
    sheet.save()
    sheet.put([Put(2, 2, "one", "two")])
    assert sheet.save().written == 1
    assert path.read_text() == "a,b\n1,two\n"


def test_saving_elsewhere_keeps_the_first_file_and_never_overwrites_by_surprise(tmp_path: Path) -> None:
    path, out = tmp_path / "leads.csv", tmp_path / "out.csv"
    path.write_text("a,b\n1,\n")
    sheet = open_csv(path)
    sheet.put([Put(2, 2, "", "x")])
    assert sheet.save(out).path == out
    assert (path.read_text(), out.read_text()) == ("a,b\n1,\n", "a,b\n1,x\n")
    with pytest.raises(FileTrouble, match="already exists"):
        sheet.check(out)


def test_a_change_meanwhile_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("a,b\n1,\n")
    sheet = open_csv(path)
    sheet.put([Put(2, 2, "", "x")])
    path.write_text("a,b\n2,\n")
    with pytest.raises(FileBusy, match="changed meanwhile"):
        sheet.save()
    assert path.read_text() == "a,b\n2,\n"


@pytest.mark.parametrize(
    ("data", "title"),
    [
        (b"a,b\n\x81\x8d\n", "encoding"),
        (b"a,b\n\0\0\n", "no text file"),
        (b'a,b\n1,"never closed\n', "cannot be read as records"),
        (b'a,b\n1,"' + b"x" * (1 << 20) + b'xx"\n', "cannot be read as records"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(data: bytes, title: str, tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_bytes(data)
    with pytest.raises(FileTrouble, match=title):
        open_csv(path)


def test_the_check_after_writing_notices_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("a,b\n1,\n")
    sheet = CsvSheet(path, path.read_bytes())
    sheet.put([Put(2, 2, "", "x")])
    damaged = tmp_path / "damaged.csv"
    for text in ("a,b\n9,x\n", "a,b\n1,y\n", "a,b\n", "a,b\n1,x\n2,\n", "a,b\n1,x,z\n"):
        damaged.write_text(text)
        with pytest.raises(FileTrouble, match="did not pass its check"):
            sheet._verify(damaged)
    damaged.write_text("a,b\n1,x\n")
    sheet._verify(damaged)


PIECES = ["a", "é", '"', '""', " ", "\n", "\r\n", "\r", ",", ";", "|", "\t", "x y", '5" pipe', "+44 20", "=1+1"]
FIELDS = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
RECORDS = st.lists(st.lists(FIELDS, min_size=1, max_size=4), min_size=1, max_size=8)


@given(RECORDS, st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_file_rejoins_to_itself_and_takes_columns_as_the_csv_module_reads_them(
    rows: list[list[str]], delimiter: str, end: str, quote_all: bool, last_end: bool
) -> None:
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    body = out.getvalue() if last_end else out.getvalue().removesuffix(end)
    text = Text("", body, "utf-8", delimiter)
    wanted = list(csv.reader(io.StringIO(body, newline=""), delimiter=delimiter))
    found = list(records(text))
    assert "".join(record.raw + record.end for record in found) == body
    assert [list(record.fields) for record in found] == wanted
    width = max(map(len, wanted), default=0) + 1
    new = filled(text, 1, width, {number: {width: f"n{number}"} for number, row in enumerate(wanted, 1) if row})
    assert list(csv.reader(io.StringIO(new, newline=""), delimiter=delimiter)) == [
        [*row, *[""] * (width - 1 - len(row)), f"n{number}"] if row else [] for number, row in enumerate(wanted, 1)
    ]


def test_decoding_keeps_the_head_apart() -> None:
    found = decoded(codecs.BOM_UTF8 + b"sep=|\na|b\n", "x.csv")
    assert (found.head, found.body, found.delimiter) == ("\ufeffsep=|\n", "a|b\n", "|")


def test_a_csv_is_a_sheet_with_a_header_like_any_other(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "list.csv"
    path.write_text("a\n1\n")
    grid = open_csv(path).read()
    assert (grid.name, grid.tables, grid.protected) == ("list", (), False)
