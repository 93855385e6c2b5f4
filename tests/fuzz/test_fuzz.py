"""A bounded round of every target with the same inputs each time, and all that longer rounds by hand have found."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from core.errors import FileTrouble
from core.lusha.reply import Answered, Garbled, Limits
from core.lusha.wire import decode_reply
from core.model import Kind, Prospect
from core.results.person import clean_email, fingerprint, identity
from core.runs import Action, Runs
from core.sheets.csv import open_csv
from core.sheets.headers import detect
from core.sheets.sheet import Area, Grid, Put, TableArea
from core.sheets.workbook import open_workbook
from tools.fuzz import TARGETS
from tools.fuzz.files import seeds
from tools.fuzz.target import Target

PHONES = frozenset({Kind.PHONES})


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_nothing_breaks_what_reads_strangers_bytes(target: Target) -> None:
    target.run()


def test_every_kind_of_stranger_is_fuzzed() -> None:
    names = {target.name for target in TARGETS}
    assert names >= {
        "answer",
        "headers",
        "headings",
        "cleaning",
        "equal links",
        "workbook",
        "text file",
        "settings file",
        "run files",
    }


def test_a_target_finds_what_is_there_to_be_found() -> None:
    """Broken once on purpose: without this a target that feeds nothing would look like one that finds nothing."""
    from hypothesis import strategies as st

    def check(number: int) -> None:
        assert number < 100

    with pytest.raises(AssertionError):
        Target("broken", st.integers(), check, 200).run()


# -- found by fuzzing -------------------------------------------------------------------------------------------------
def test_a_stray_byte_in_a_text_of_an_answer_costs_a_letter_not_the_run() -> None:
    body = b'{"results":[{"id":"1","fullName":"Ada \x80 Sample","phones":[{"number":"+44 20 7946 0001"}]}]}'
    reply = decode_reply(body, ["1"], PHONES, tag="id", limits=Limits())
    assert isinstance(reply, Answered)
    assert "7946 0001" in repr(reply.items[0])
    assert isinstance(decode_reply(b'"\x80"', ["1"], PHONES, tag="id", limits=Limits()), Garbled)


def test_an_address_whose_small_letter_is_two_characters_is_no_address() -> None:
    assert clean_email("0@0.İ") == ""
    assert clean_email("Ada@Acme.Example") == "ada@acme.example"


def test_a_lone_surrogate_of_an_odd_argument_is_left_out() -> None:
    who = identity(Prospect(email="\udcffada@acme.example"))
    assert who == identity(Prospect(email="ada@acme.example"))
    assert fingerprint(who or "")


def test_a_table_that_claims_rows_nobody_wrote_is_not_read_beyond_the_sheet() -> None:
    grid = Grid("Leads", [[], ["0"]], (TableArea("T", Area(3, 1, 2, 2), 1, 0),))
    with pytest.raises(FileTrouble):
        detect(grid)


@pytest.mark.parametrize("data", [b"", b"0", b"{", b"\xff", b"[" * 100_000])
def test_a_damaged_record_of_a_run_is_said_and_keeps_no_other_run_from_being_found(tmp_path: Path, data: bytes) -> None:
    runs = Runs(tmp_path)
    good = runs.start(Action.ENRICH, PHONES, book="b", sheet="s")
    (runs.folder / "bad.request.json").write_bytes(data)
    (runs.folder / "bad.request.json").chmod(0o600)
    with pytest.raises(FileTrouble, match="damaged"):
        runs.request("bad")
    assert runs.of_book("b") == [good]


def test_a_zip_directory_that_points_before_the_file_is_damage(tmp_path: Path) -> None:
    data = bytearray(seeds()[0])
    end = data.rindex(b"PK\x05\x06")
    where = struct.unpack_from("<I", data, end + 16)[0]
    struct.pack_into("<I", data, end + 16, where + 70_000)  # every part now begins 70,000 bytes earlier
    path = tmp_path / "x.xlsx"
    path.write_bytes(data)
    with pytest.raises(FileTrouble):
        open_workbook(path).sheet().read()


def test_a_part_without_its_own_header_is_not_copied_on(tmp_path: Path) -> None:
    data = bytearray(seeds()[0])
    assert zipfile.ZipFile(io.BytesIO(bytes(data))).infolist()[0].filename.startswith("docProps/")
    data[0] = 0
    path = tmp_path / "x.xlsx"
    path.write_bytes(data)
    sheet = open_workbook(path).sheet()
    sheet.put([Put(3, 1, "", "x")])
    with pytest.raises(FileTrouble, match="damaged"):
        sheet.save()
    assert path.read_bytes() == bytes(data)


def test_a_text_file_keeps_its_delimiter_after_a_save_that_makes_another_one_more_likely(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b'0\n;0\n;0\n;"\n"')
    sheet = open_csv(path)
    sheet.put([Put(2, 3, "", "x")])
    assert sheet.save().written == 1
    assert [len(row) for row in sheet.read().rows] == [1, 3, 2, 2]
    sheet.put([Put(3, 3, "", "y")])
    assert sheet.save().written == 1
    assert path.read_bytes() == b'0\n;0;x\n;0;y\n;"\n"'
