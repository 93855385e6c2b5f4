"""An .xlsx or .xlsm as a zip of parts: guarded on the way in, copied part for part on the way out."""

from __future__ import annotations

import hashlib
import io
import lzma
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from core.errors import FileTrouble
from core.sheets import markup
from core.sheets.zipping import Packed, write_zip
from core.texts import read_bytes

MOST_DECLARED = 2 * 1024**3
MOST_IN_A_PART = 1024**3
MOST_IN_A_PATCHED_SHEET = 512 * 1024**2  # about a million rows of 8 columns; takes some 2 GB
MOST_PARTS = 20_000
BOMB_SIZE, BOMB_RATIO = 32 * 1024**2, 300  # a part this large that was packed this tightly is no work of a spreadsheet
_OLE_MAGIC = bytes.fromhex("D0CF11E0A1B11AE1")
_PACKAGE_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
# what zipfile and its unpackers raise on damaged files; ValueError is a seek to before the start
_UNPACKABLE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, RuntimeError, ValueError)


@dataclass(frozen=True, slots=True)
class Relation:
    kind: str  # last word of the relation's type, as in "worksheet"
    target: str  # part name, or the address of an external target
    external: bool


@dataclass(frozen=True, slots=True)
class SheetPart:
    name: str
    part: str
    visible: bool


@dataclass(slots=True)
class Package:
    """The bytes of a workbook, held in memory: Windows would not replace a file while a handle on it is open."""

    path: Path
    data: bytes
    sha256: str
    zip: zipfile.ZipFile
    workbook: str = ""
    sheets: tuple[SheetPart, ...] = ()
    relations: dict[str, Relation] = field(default_factory=dict)  # of the workbook part

    def read(self, part: str) -> bytes:
        """A part's bytes, its checksum verified. Raises FileTrouble when it is missing or damaged."""
        try:
            return self.zip.read(part)
        except KeyError:
            raise _damaged(self.path, f"its part {part} is missing") from None
        except _UNPACKABLE as error:
            raise _damaged(self.path, f"its part {part} cannot be unpacked") from error

    def has(self, part: str) -> bool:
        return part in self.zip.NameToInfo

    def size(self, part: str) -> int:
        """Bytes of a part when unpacked, as the zip declares them."""
        return self.zip.NameToInfo[part].file_size if self.has(part) else 0

    def relations_of(self, part: str) -> dict[str, Relation]:
        """The relations of a part by their id; empty when it has none."""
        folder, _, name = part.rpartition("/")
        path = f"{folder}/_rels/{name}.rels".lstrip("/")
        if not self.has(path):
            return {}
        return {
            found.attributes["Id"]: _relation(folder, found.attributes)
            for found in markup.elements(self.read(path), _PACKAGE_RELATIONS, part=path)
            if found.name == "Relationship" and "Id" in found.attributes and "Target" in found.attributes
        }

    def related(self, kind: str) -> str:
        """The part the workbook relates to as ``kind`` ("styles"); empty when there is none."""
        return next((found.target for found in self.relations.values() if found.kind == kind), "")

    @property
    def signed(self) -> bool:
        return any(name.startswith("_xmlsignatures/") for name in self.zip.namelist())

    def write(self, changed: Mapping[str, Packed], file: BinaryIO) -> None:
        """The same parts in the same order with the same dates; ``changed`` ones substituted."""
        write_zip(self.zip, self.data, changed, file)


def open_package(path: Path) -> Package:
    """Read and check a workbook before anything else looks at it.

    Raises FileTrouble when it is missing, encrypted, no workbook, damaged or suspiciously large.
    """
    data = read_bytes(path)
    _refuse_ole(path, data)
    try:
        package = Package(path, data, hashlib.sha256(data).hexdigest(), zipfile.ZipFile(io.BytesIO(data)))
    except _UNPACKABLE as error:
        raise FileTrouble(
            f"{path.name} is not an Excel workbook",
            "Its content is not that of an .xlsx or .xlsm file. Open it in Excel and save it as .xlsx.",
        ) from error
    _guard(package)
    _find_parts(package)
    return package


def _refuse_ole(path: Path, data: bytes) -> None:
    if not data.startswith(_OLE_MAGIC):
        return
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise FileTrouble(
            f"{path.name} is encrypted",
            "A password is needed to open it. Save a copy without a password in Excel and use that.",
            code="encrypted",
        )
    raise FileTrouble(
        f"{path.name} is an old Excel file under a new name",
        "Its content is that of an .xls file. Open it in Excel and save it as .xlsx.",
    )


def _guard(package: Package) -> None:
    infos = package.zip.infolist()
    # part names are compared without regard to case (ECMA-376 part 2, 6.2.2)
    if len({info.filename.casefold() for info in infos}) < len(infos):
        raise _damaged(package.path, "it holds two parts of the same name")
    if odd := next((info.filename for info in infos if _is_trick(info.orig_filename)), ""):
        raise _damaged(package.path, f"the name of its part {odd[:60]!r} points outside of it")
    if any(info.flag_bits & 1 for info in infos):
        raise FileTrouble(
            f"{package.path.name} is encrypted",
            "Its zip container has a password. Save a copy without one.",
            code="encrypted",
        )
    sizes = [info.file_size for info in infos]
    if sum(sizes) > MOST_DECLARED or max(sizes, default=0) > MOST_IN_A_PART:
        raise FileTrouble(
            f"{package.path.name} is too large",
            "Unpacked it would need more than 2 GB. Split the list into several files.",
        )
    # entries that share bytes, and bytes that unpack to hundreds of times their size, are how zip bombs are made
    shared = sum(info.compress_size for info in infos) > len(package.data)
    if shared or len(infos) > MOST_PARTS or any(map(_is_bomb, infos)):
        raise _damaged(package.path, "it is packed like a zip bomb")


def _is_bomb(info: zipfile.ZipInfo) -> bool:
    return info.file_size > BOMB_SIZE and info.file_size > BOMB_RATIO * max(1, info.compress_size)


def _is_trick(name: str) -> bool:
    """No part is ever unpacked to a path, but a copy would carry such a name on to whoever unpacks it."""
    return name.startswith("/") or "\\" in name or "\0" in name or ":" in name.partition("/")[0] or ".." in name.split("/")


def _find_parts(package: Package) -> None:
    """By relations, never by guessed names."""
    start = (found.target for found in package.relations_of("").values() if found.kind == "officeDocument")
    package.workbook = next(start, "")
    if not package.workbook or not package.has(package.workbook):
        raise FileTrouble(
            f"{package.path.name} is not an Excel workbook",
            "It is a zip file without a workbook inside. Open it in Excel and save it as .xlsx.",
        )
    book = package.read(package.workbook)
    if markup.STRICT.encode() in book[:4096]:
        raise FileTrouble(
            f"{package.path.name} is a Strict Open XML workbook",
            "This rare form is not supported. In Excel, save it as a plain Excel workbook (.xlsx).",
            code="strict",
        )
    package.relations = package.relations_of(package.workbook)
    package.sheets = tuple(
        SheetPart(found.attributes.get("name", ""), relation.target, found.attributes.get("state") in (None, "visible"))
        for found in markup.elements(book, part=package.workbook)
        if found.name == "sheet"
        and (relation := package.relations.get(found.attributes.get(f"{{{markup.RELATIONS}}}id", "")))
        and relation.kind == "worksheet"
    )


def _relation(folder: str, found: Mapping[str, str]) -> Relation:
    external = found.get("TargetMode") == "External"
    target = found["Target"]
    if not external:
        target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
    return Relation(found.get("Type", "").rpartition("/")[2], target, external)


def _damaged(path: Path, why: str) -> FileTrouble:
    return FileTrouble(f"{path.name} is damaged", f"It cannot be read: {why}. Open it in Excel and save it again.")
