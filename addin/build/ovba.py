"""Writes vbaProject.bin from text ([MS-OVBA]): source only, no compiled cache, no clock, no randomness."""

from __future__ import annotations

import struct
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from addin.build.compound import write_compound
from addin.build.sources import Module, Sort, check

CODE_PAGE, LANGUAGE = 1252, 0x0409
CHUNK = 4096
NO_CACHE = bytes.fromhex("cc61ffff000100")  # MS-OVBA 2.3.4.1 and example 3.1.1: version FFFF, Excel compiles from source


@dataclass(frozen=True, slots=True)
class Reference:
    name: str
    library: str


REFERENCES = (
    Reference("stdole", r"*\G{00020430-0000-0000-C000-000000000046}#2.0#0#C:\Windows\System32\stdole2.tlb#OLE Automation"),
    Reference(  # IRibbonControl comes from here
        "Office",
        r"*\G{2DF8D04C-5BFA-101B-BDE5-00AA0044DE52}#2.0#0"
        r"#C:\Program Files\Common Files\Microsoft Shared\OFFICE16\MSO.DLL#Microsoft Office 16.0 Object Library",
    ),
)


def vba_project(modules: Sequence[Module], name: str) -> bytes:
    """The whole project. Raises ValueError for sources the VBA editor would refuse."""
    check(name, modules)
    identity = "{" + str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:vba:{name}")).upper() + "}"
    streams = {"_VBA_PROJECT": NO_CACHE, "dir": compress(_dir(name, modules))}
    streams |= {module.name: compress(module.stream.encode("cp1252")) for module in modules}
    return write_compound({"VBA": dict(streams), "PROJECT": _project(name, identity, modules), "PROJECTwm": _names(modules)})


# -- compression: MS-OVBA 2.4.1 ---------------------------------------------------------------------------------------
def compress(data: bytes) -> bytes:
    """A compressed container. Raises ValueError for a short last chunk that does not compress: it would grow NULs."""
    out = bytearray(b"\x01")
    for start in range(0, len(data), CHUNK):
        chunk = data[start : start + CHUNK]
        body = _tokens(chunk)
        if len(body) <= CHUNK:
            out += struct.pack("<H", 0xB000 | (len(body) - 1)) + body
        elif len(chunk) == CHUNK:
            out += struct.pack("<H", 0x3000 | (CHUNK - 1)) + chunk
        else:
            raise ValueError("the last chunk does not compress")
    return bytes(out)


def _tokens(chunk: bytes) -> bytes:
    """The chunk as groups of eight: a byte of flags, then literal bytes and copies of what came before."""
    out, at = bytearray(), 0
    seen: dict[bytes, list[int]] = {}
    indexed = 0
    while at < len(chunk):
        flags_at = len(out)
        out.append(0)
        for bit in range(8):
            if at >= len(chunk):
                break
            while indexed < at:
                seen.setdefault(chunk[indexed : indexed + 3], []).append(indexed)
                indexed += 1
            length, back = _longest(chunk, at, seen)
            if length:
                out[flags_at] |= 1 << bit
                out += struct.pack("<H", ((back - 1) << (16 - _offset_bits(at))) | (length - 3))
                at += length
            else:
                out.append(chunk[at])
                at += 1
    return bytes(out)


def _offset_bits(at: int) -> int:
    return max((at - 1).bit_length(), 4)


def _longest(chunk: bytes, at: int, seen: dict[bytes, list[int]]) -> tuple[int, int]:
    """The longest earlier match of at least three bytes: its length and how far back; (0, 0) for none."""
    most = min((0xFFFF >> _offset_bits(at)) + 3, len(chunk) - at) if at else 0
    best, back = 0, 0
    for candidate in reversed(seen.get(chunk[at : at + 3], ()) if most >= 3 else ()):
        length = 3
        while length < most and chunk[candidate + length] == chunk[at + length]:
            length += 1
        if length > best:
            best, back = length, at - candidate
        if best == most:
            break
    return best, back


# -- the three lines that say "not protected": MS-OVBA 2.4.3 ----------------------------------------------------------
def encrypt(data: bytes, identity: str, seed: int) -> str:
    """The hex text of CMG, DPB or GC; the key is the byte sum of the project's id."""
    key = sum(identity.encode("ascii")) & 0xFF
    out = [seed, seed ^ 2, seed ^ key]
    plain, one_back, two_back = key, out[2], out[1]
    for byte in bytes((seed & 6) // 2) + struct.pack("<I", len(data)) + data:
        coded = byte ^ ((two_back + plain) & 0xFF)
        out.append(coded)
        two_back, one_back, plain = one_back, coded, byte
    return bytes(out).hex().upper()


# -- the streams ------------------------------------------------------------------------------------------------------
def _record(number: int, body: bytes = b"") -> bytes:
    return struct.pack("<HI", number, len(body)) + body


def _wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def _narrow(text: str) -> bytes:
    return text.encode("cp1252")


def _dir(project: str, modules: Sequence[Module]) -> bytes:
    """MS-OVBA 2.3.4.2, its records in their order."""
    u4 = struct.Struct("<I").pack
    out = _record(0x0001, u4(3))  # written on 64-bit Windows
    out += _record(0x0002, u4(LANGUAGE)) + _record(0x0014, u4(LANGUAGE)) + _record(0x0003, struct.pack("<H", CODE_PAGE))
    out += _record(0x0004, _narrow(project)) + _record(0x0005) + _record(0x0040) + _record(0x0006) + _record(0x003D)
    out += _record(0x0007, u4(0)) + _record(0x0008, u4(0))
    out += struct.pack("<HIIH", 0x0009, 4, 1, 0)  # the version: its size says 4, its body has 6
    out += _record(0x000C) + _record(0x003C)
    for reference in REFERENCES:
        library = _narrow(reference.library)
        out += _record(0x0016, _narrow(reference.name)) + _record(0x003E, _wide(reference.name))
        out += _record(0x000D, u4(len(library)) + library + struct.pack("<IH", 0, 0))
    out += _record(0x000F, struct.pack("<H", len(modules))) + _record(0x0013, struct.pack("<H", 0xFFFF))
    return out + b"".join(map(_dir_of, modules)) + _record(0x0010)


def _dir_of(module: Module) -> bytes:
    out = b""
    for narrow, wide in ((0x0019, 0x0047), (0x001A, 0x0032)):  # the module's name, then its stream's
        out += _record(narrow, _narrow(module.name)) + _record(wide, _wide(module.name))
    out += _record(0x001C) + _record(0x0048)
    out += _record(0x0031, bytes(4))  # where the source begins: at 0, for there is no cache before it
    out += _record(0x001E, bytes(4)) + _record(0x002C, b"\xff\xff")
    return out + _record(0x0021 if module.sort is Sort.MODULE else 0x0022) + _record(0x002B)


def _project(name: str, identity: str, modules: Sequence[Module]) -> bytes:
    """MS-OVBA 2.3.1: text, its lines in their order."""
    lines = [f'ID="{identity}"', *(module.declaration for module in modules)]
    lines += [f'Name="{name}"', 'HelpContextID="0"', 'VersionCompatible32="393222000"']
    lines.append(f'CMG="{encrypt(bytes(4), identity, 0x8D)}"')  # not protected
    lines.append(f'DPB="{encrypt(bytes(1), identity, 0x8F)}"')  # no password
    lines.append(f'GC="{encrypt(bytes([0xFF]), identity, 0x91)}"')  # shown
    lines += ["", "[Host Extender Info]", "&H00000001={3832D640-CF90-11CF-8E43-00A0C911005A};VBE;&H00000000"]
    lines += ["", "[Workspace]", *(f"{module.name}=0, 0, 0, 0, C" for module in modules)]
    return _narrow("\r\n".join(lines) + "\r\n")


def _names(modules: Sequence[Module]) -> bytes:
    """PROJECTwm, MS-OVBA 2.3.3."""
    return b"".join(_narrow(module.name) + b"\0" + _wide(module.name) + b"\0\0" for module in modules) + b"\0\0"
