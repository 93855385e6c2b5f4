"""The copy of LushaEnrich.xlsm that knows this computer's Python: one sheet part changes, every other byte stays."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from xml.sax.saxutils import escape, unescape

from addin.conf import INTERPRETER_MAC, INTERPRETER_WIN, NOT_SET_UP, SHEET
from core.errors import FileTrouble

WORKBOOK = "LushaEnrich.xlsm"
_ODD = "%^"  # cmd.exe changes folder names that hold these


def shipped() -> Path:
    """The workbook: beside this package when installed, else at the top of the source tree."""
    inside = Path(str(resources.files("addin"))) / WORKBOOK
    return inside if inside.is_file() else Path(__file__).resolve().parents[1] / WORKBOOK


def stamp(package: bytes, settings: Mapping[str, str]) -> bytes:
    """The package with these values on its settings sheet. Raises KeyError for a key that is not there."""
    with zipfile.ZipFile(io.BytesIO(package)) as read:
        infos = read.infolist()
        parts = {info.filename: read.read(info) for info in infos}
    part = _conf_part(parts)
    parts[part] = _stamped(parts[part].decode(), _strings(parts), settings).encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as write:
        for info in infos:
            write.writestr(info, parts[info.filename], zipfile.ZIP_DEFLATED)
    return made.getvalue()


def settings_of(package: bytes) -> dict[str, str]:
    """What the settings sheet of a workbook says, by key."""
    with zipfile.ZipFile(io.BytesIO(package)) as read:
        parts = {info.filename: read.read(info) for info in read.infolist()}
    strings = _strings(parts)
    found: dict[str, str] = {}
    for row in re.findall(r"<row .*?</row>", parts[_conf_part(parts)].decode(), re.DOTALL):
        cells = re.findall(r'<c r="([AB])\d+"[^>]*?(?:/>|>(.*?)</c>)', row, re.DOTALL)
        values = {column: _value(body, strings) for column, body in cells}
        found[values.get("A", "")] = values.get("B", "")
    return found


def interpreter_settings(interpreter: str, platform: str) -> dict[str, str]:
    """The key for this system. Raises FileTrouble for a path cmd.exe cannot carry."""
    if platform == "win32" and any(letter in interpreter for letter in _ODD):
        raise FileTrouble(
            f'Excel cannot start Python from "{interpreter}"',
            'A folder name must not hold "%" or "^". Install LushaEnrich into another folder.',
            code="interpreter",
        )
    return {INTERPRETER_MAC if platform == "darwin" else INTERPRETER_WIN: interpreter}


def interpreter_of(package: bytes, platform: str) -> str:
    """The interpreter a copy names for this system; "" when it was never set up."""
    value = settings_of(package).get(INTERPRETER_MAC if platform == "darwin" else INTERPRETER_WIN, "")
    return "" if value == NOT_SET_UP else value


def _stamped(xml: str, strings: list[str], settings: Mapping[str, str]) -> str:
    rows = {strings[int(at)]: row for row, at in re.findall(r'<c r="A(\d+)" t="s"><v>(\d+)</v>', xml)}
    for key, value in settings.items():
        row = rows[key]

        def cell(found: re.Match[str], row: str = row, value: str = value) -> str:
            style = found[1] or ""
            return f'<c r="B{row}"{style} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'

        xml, changed = re.subn(rf'<c r="B{row}"( s="\d+")?[^>]*?(?:/>|>.*?</c>)', cell, xml)
        if changed != 1:
            raise KeyError(key)
    return xml


def _conf_part(parts: Mapping[str, bytes]) -> str:
    book, related = parts["xl/workbook.xml"].decode(), parts["xl/_rels/workbook.xml.rels"].decode()
    sheet = re.search(rf'<sheet name="{re.escape(SHEET)}"[^>]*r:id="(\w+)"', book)
    target = re.search(rf'<Relationship Id="{sheet[1]}"[^>]*Target="([^"]+)"', related) if sheet else None
    if target is None:
        raise FileTrouble("This workbook is not LushaEnrich.xlsm", f'It has no sheet "{SHEET}".')
    return "xl/" + target[1].removeprefix("/xl/")


def _strings(parts: Mapping[str, bytes]) -> list[str]:
    return [
        unescape(text) for text in re.findall(r"<si><t[^>]*>(.*?)</t></si>", parts["xl/sharedStrings.xml"].decode(), re.DOTALL)
    ]


def _value(body: str, strings: list[str]) -> str:
    if inline := re.search(r"<t[^>]*>(.*?)</t>", body, re.DOTALL):
        return unescape(inline[1])
    number = re.search(r"<v>(\d+)</v>", body)
    return strings[int(number[1])] if number else ""
