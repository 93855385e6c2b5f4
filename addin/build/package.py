"""From sources to the bytes of LushaEnrich.xlsm: the project, the sheets, the ribbon; the same bytes every time."""

from __future__ import annotations

import io
import re
import zipfile
from importlib import resources
from pathlib import Path

from addin.build.ovba import vba_project
from addin.build.pages import PAGES, sheets
from addin.build.sources import Module, Sort, parse

TOP = Path(__file__).resolve().parents[2]
ADDIN = TOP / "addin"
PROJECT = "LushaEnrichVBA"
OURS = ("LushaMacros", "LushaRibbon", "xlwings_udfs")
FIRST = ("[Content_Types].xml", "_rels/.rels")
_IMAGE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"

RIBBON = (  # part, relation and namespace of Office 2007 and of Office 2010 and later: an openpyxl save keeps the first only
    (
        "customUI/customUI.xml",
        "http://schemas.microsoft.com/office/2006/relationships/ui/extensibility",
        "http://schemas.microsoft.com/office/2006/01/customui",
    ),
    (
        "customUI/customUI14.xml",
        "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility",
        "http://schemas.microsoft.com/office/2009/07/customui",
    ),
)


def build() -> bytes:
    """LushaEnrich.xlsm. Reads the sources and the installed xlwings, nothing else."""
    return pack(with_ribbon(unpack(sheets(vba_project(modules(), PROJECT)))))


def modules() -> list[Module]:
    """The project's modules in the order they are declared: documents first, one for the book and each sheet."""
    made = [parse(_source(ADDIN / "vba" / "ThisWorkbook.cls"), Sort.WORKBOOK)]
    made += [Module(page.code, Sort.SHEET) for page in PAGES]
    made += [parse(_source(ADDIN / "vba" / f"{name}.bas"), Sort.MODULE) for name in OURS]
    theirs = Path(str(resources.files("xlwings")))  # BSD-3; Dictionary.cls is MIT
    made.append(parse(_source(theirs / "xlwings.bas"), Sort.MODULE))
    made.append(parse(_source(theirs / "addin" / "Dictionary.cls"), Sort.CLASS))
    return made


def _source(path: Path) -> str:
    return path.read_text(encoding="cp1252")


def unpack(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as read:
        return {part.filename: read.read(part) for part in read.infolist()}


def with_ribbon(parts: dict[str, bytes]) -> dict[str, bytes]:
    """The parts with the Lusha tab and its icons."""
    made = dict(parts)
    source = (ADDIN / "ribbon" / "customUI.xml").read_text(encoding="utf-8")
    icons = sorted(set(re.findall(r'image="(\w+)"', source)))
    for icon in icons:
        made[f"customUI/images/{icon}.png"] = (ADDIN / "ribbon" / f"{icon}.png").read_bytes()
    images = "".join(f'<Relationship Id="{icon}" Type="{_IMAGE}" Target="images/{icon}.png"/>' for icon in icons)
    related = ""
    for number, (part, relation, namespace) in enumerate(RIBBON, 1):
        made[part] = source.replace(RIBBON[0][2], namespace).encode("utf-8")
        folder, _, name = part.partition("/")
        made[f"{folder}/_rels/{name}.rels"] = _rels(images)
        related += f'<Relationship Id="rIdRibbon{number}" Type="{relation}" Target="{part}"/>'
    made["_rels/.rels"] = _before(made["_rels/.rels"], b"</Relationships>", related)
    types = '<Default Extension="png" ContentType="image/png"/>'
    made["[Content_Types].xml"] = _before(made["[Content_Types].xml"], b"<Override", types)
    return made


def _rels(body: str) -> bytes:
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return f'{head}<Relationships xmlns="{_RELATIONS}">{body}</Relationships>'.encode()


def _before(xml: bytes, mark: bytes, new: str) -> bytes:
    head, found, rest = xml.partition(mark)
    if not found:
        raise ValueError(f"{mark!r} is not there any more: XlsxWriter writes another file")
    return head + new.encode() + found + rest


def pack(parts: dict[str, bytes]) -> bytes:
    """A zip without clock or machine in it: the parts Excel reads first stand first."""
    made = io.BytesIO()
    order = sorted(parts, key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name))
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as write:
        for name in order:
            info = zipfile.ZipInfo(name)  # dated 1980
            info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 0
            write.writestr(info, parts[name])
    return made.getvalue()
