"""Parts packed piece by piece, and a container that only differs where it should."""

from __future__ import annotations

import io
import zipfile
import zlib

import pytest

from core.errors import FileTrouble
from core.sheets.zipping import Packer, packed, write_zip


def test_a_part_fed_in_pieces_is_the_part_fed_at_once() -> None:
    xml = b"<a>" + b"".join(b"<b>%d</b>" % number for number in range(300_000)) + b"</a>"
    packer = Packer("a.xml")
    for at in range(0, len(xml), 70_001):
        packer.feed(xml[at : at + 70_001])
    for part in (packer.packed(), packed(xml, "a.xml")):
        assert zlib.decompress(b"".join(part.pieces), -15) == xml
        assert (part.size, part.crc) == (len(xml), zlib.crc32(xml))


@pytest.mark.parametrize("xml", [b"<a>", b"<a></b>", b"", b"<a/><a/>", b"<a>&nbsp;</a>", b"<a>\x01</a>"])
def test_what_is_no_xml_is_never_packed(xml: bytes) -> None:
    with pytest.raises(FileTrouble, match="damaged"):
        packed(xml, "a.xml")


def test_names_dates_comment_and_packing_of_the_others_stay() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made:
        made.comment = b"made by hand"
        made.writestr(zipfile.ZipInfo("stored.bin", (1999, 12, 31, 23, 59, 58)), b"as it is")
        made.writestr("größe.xml", b"<x>1</x>" * 1)
        made.writestr("a.xml", b"<a/>" + b" " * 999)
    old, out = zipfile.ZipFile(data), io.BytesIO()
    write_zip(old, data.getvalue(), {"a.xml": packed(b"<a>new</a>", "a.xml")}, out)
    new = zipfile.ZipFile(out)
    assert new.testzip() is None
    assert new.comment == b"made by hand"
    assert [(info.filename, info.date_time, info.compress_type, info.external_attr) for info in new.infolist()] == [
        (info.filename, info.date_time, info.compress_type if info.filename != "a.xml" else 8, info.external_attr)
        for info in old.infolist()
    ]
    assert (new.read("stored.bin"), new.read("größe.xml"), new.read("a.xml")) == (b"as it is", b"<x>1</x>", b"<a>new</a>")
