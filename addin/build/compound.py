"""Writes a compound file ([MS-CFB], version 3): the container of vbaProject.bin. Same tree in, same bytes out."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final

Tree = dict[str, "bytes | Tree"]

SECTOR, MINI, CUTOFF = 512, 64, 4096
MOST_FAT = 109  # sectors the header itself can list; 7 MB, a VBA project has 100 kB
_FREE, _END, _FAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_ENTRY: Final = struct.Struct("<64sHBBIII16sIQQIQ")


@dataclass(slots=True)
class _Entry:
    name: str
    kind: int
    data: bytes = b""
    left: int = _NONE
    right: int = _NONE
    child: int = _NONE
    start: int = 0
    size: int = 0

    def packed(self) -> bytes:
        name = self.name.encode("utf-16-le")
        start = 0 if self.kind == _STORAGE else self.start
        return _ENTRY.pack(
            name, len(name) + 2, self.kind, 1, self.left, self.right, self.child, bytes(16), 0, 0, 0, start, self.size
        )


@dataclass(slots=True)
class _Sectors:
    """The file's body and its allocation table."""

    body: list[bytes] = field(default_factory=list)
    table: list[int] = field(default_factory=list)

    def store(self, data: bytes) -> int:
        """Append data; returns its first sector, or the end mark for nothing."""
        count = -(-len(data) // SECTOR)
        first = len(self.table)
        for number in range(count):
            self.body.append(data[number * SECTOR : (number + 1) * SECTOR].ljust(SECTOR, b"\0"))
            self.table.append(first + number + 1 if number + 1 < count else _END)
        return first if count else _END


def write_compound(tree: Tree) -> bytes:
    """``tree`` maps names to streams (bytes) and storages (dicts). Raises ValueError above 7 MB."""
    entries = [_Entry("Root Entry", _ROOT)]
    _fill(entries, entries[0], tree)
    sectors = _Sectors()
    mini_start, mini_sectors = _store_streams(entries, sectors)
    listing = b"".join(entry.packed() for entry in entries)
    while len(listing) % SECTOR:
        listing += _ENTRY.pack(b"", 0, 0, 0, _NONE, _NONE, _NONE, bytes(16), 0, 0, 0, 0, 0)
    listing_start = sectors.store(listing)
    fat = _store_fat(sectors)
    head = struct.pack(
        "<8s16sHHHHH6sIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6, bytes(6),
        0, len(fat), listing_start, 0, CUTOFF, mini_start, mini_sectors, _END, 0,
    )  # fmt: skip
    head += _numbers(fat + [_FREE] * (MOST_FAT - len(fat)))
    return head + b"".join(sectors.body)


def _numbers(values: list[int]) -> bytes:
    return struct.pack(f"<{len(values)}I", *values)


def _fill(entries: list[_Entry], parent: _Entry, items: Tree) -> None:
    ids = []
    for name, value in items.items():
        entry = _Entry(name, _STREAM if isinstance(value, bytes) else _STORAGE)
        ids.append(len(entries))
        entries.append(entry)
        if isinstance(value, bytes):
            entry.data = value
        else:
            _fill(entries, entry, value)
    ids.sort(key=lambda at: (len(entries[at].name.encode("utf-16-le")), entries[at].name.upper()))  # MS-CFB 2.6.4
    parent.child = _balanced(entries, ids)


def _balanced(entries: list[_Entry], ids: list[int]) -> int:
    """Siblings as a balanced search tree, every node black."""
    if not ids:
        return _NONE
    middle = len(ids) // 2
    top = entries[ids[middle]]
    top.left, top.right = _balanced(entries, ids[:middle]), _balanced(entries, ids[middle + 1 :])
    return ids[middle]


def _store_streams(entries: list[_Entry], sectors: _Sectors) -> tuple[int, int]:
    """Streams under 4096 bytes go into the mini stream; returns where its table starts and how long that is."""
    mini, table = bytearray(), list[int]()
    for entry in entries:
        if entry.kind != _STREAM:
            continue
        entry.size = len(entry.data)
        if entry.size >= CUTOFF or not entry.size:
            entry.start = sectors.store(entry.data)
            continue
        count = -(-entry.size // MINI)
        entry.start = len(table)
        table += [len(table) + number + 1 for number in range(count - 1)] + [_END]
        mini += entry.data.ljust(count * MINI, b"\0")
    entries[0].size, entries[0].start = len(mini), sectors.store(bytes(mini))
    packed = _numbers(table)
    count = -(-len(packed) // SECTOR)
    return sectors.store(packed.ljust(count * SECTOR, b"\xff")), count


def _store_fat(sectors: _Sectors) -> list[int]:
    """The allocation table describes its own sectors too; returns where they stand."""
    per, count = SECTOR // 4, 0
    while count * per < len(sectors.table) + count:
        count += 1
    if count > MOST_FAT:
        raise ValueError("the project is too large for a header without further tables")
    first = len(sectors.body)
    sectors.table += [_FAT] * count
    sectors.table += [_FREE] * (count * per - len(sectors.table))
    packed = _numbers(sectors.table)
    sectors.body += [packed[at : at + SECTOR] for at in range(0, len(packed), SECTOR)]
    return list(range(first, first + count))
