"""Writing a workbook's zip anew: parts that did not change keep their packed bytes, so nothing about them can change."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO
from xml.parsers import expat

from core.errors import FileTrouble
from core.sheets import markup

_LOCAL, _CENTRAL, _END = "<4s5H3I2H", "<4s6H3I5H2I", "<4s4H2IH"  # APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16
_DEFLATED = 8
_SIZE_FOLLOWS = 0x8  # flag: sizes stand behind the data; ours stand before it
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Packed:
    """A part as it goes into a zip: its checksum and size unpacked, and its packed bytes in pieces."""

    crc: int
    size: int
    method: int
    pieces: tuple[bytes, ...]

    @property
    def packed_size(self) -> int:
        return sum(map(len, self.pieces))


class Packer:
    """Packs a part piece by piece, so that a large one never stands in memory; checks on the way that it is XML."""

    def __init__(self, part: str) -> None:
        self._part = part
        self._parser = expat.ParserCreate()
        self._deflate = zlib.compressobj(wbits=-15)
        self._buffer, self._pieces = bytearray(), list[bytes]()
        self._crc, self._size = 0, 0

    def feed(self, piece: bytes | memoryview) -> None:
        """Take the next bytes. Raises FileTrouble when they are no well-formed XML."""
        if len(piece) > _CHUNK:
            self._flush()
            for at in range(0, len(piece), _CHUNK):
                self._take(bytes(piece[at : at + _CHUNK]))
            return
        self._buffer += piece
        if len(self._buffer) > _CHUNK:
            self._flush()

    def packed(self) -> Packed:
        """The whole part; nothing can be fed any more."""
        self._flush()
        markup.parse(self._parser, b"", self._part)
        self._pieces.append(self._deflate.flush())
        return Packed(self._crc, self._size, _DEFLATED, tuple(self._pieces))

    def _flush(self) -> None:
        if self._buffer:
            self._take(bytes(self._buffer))
            self._buffer.clear()

    def _take(self, piece: bytes) -> None:
        markup.parse(self._parser, piece, self._part, final=False)
        self._crc = zlib.crc32(piece, self._crc)
        self._size += len(piece)
        self._pieces.append(self._deflate.compress(piece))


def packed(xml: bytes, part: str) -> Packed:
    """A part of XML in one go."""
    packer = Packer(part)
    packer.feed(xml)
    return packer.packed()


def write_zip(old: zipfile.ZipFile, data: bytes, changed: Mapping[str, Packed], file: BinaryIO) -> None:
    """The entries of ``old`` (whose bytes are ``data``) in their order, with their dates; ``changed`` ones substituted."""
    central, at = bytearray(), 0
    for info in old.infolist():
        part = changed.get(info.filename) or _as_it_is(info, data)
        name, flags = info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437"), info.flag_bits & ~_SIZE_FOLLOWS
        common = (flags, part.method, *_date(info), part.crc, part.packed_size, part.size, len(name))
        file.write(struct.pack(_LOCAL, b"PK\x03\x04", 20, *common, 0) + name)
        file.writelines(part.pieces)
        made_by = info.create_system << 8 | 20
        tail = (0, 0, 0, info.internal_attr, info.external_attr, at)  # no extra field, no comment, first disk
        central += struct.pack(_CENTRAL, b"PK\x01\x02", made_by, 20, *common, *tail) + name
        at += struct.calcsize(_LOCAL) + len(name) + part.packed_size
    count = len(old.infolist())
    end = struct.pack(_END, b"PK\x05\x06", 0, 0, count, count, len(central), at, len(old.comment))
    file.write(central + end + old.comment)


def _as_it_is(info: zipfile.ZipInfo, data: bytes) -> Packed:
    header = info.header_offset
    if data[header : header + 4] != b"PK\x03\x04":
        raise FileTrouble(
            "The workbook is damaged", f"Its part {info.filename} does not begin where it should.", code="unreadable"
        )
    name, extra = struct.unpack_from("<HH", data, header + 26)
    start = header + struct.calcsize(_LOCAL) + name + extra
    return Packed(info.CRC, info.file_size, info.compress_type, (data[start : start + info.compress_size],))


def _date(info: zipfile.ZipInfo) -> tuple[int, int]:
    year, month, day, hour, minute, second = info.date_time
    return hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day
