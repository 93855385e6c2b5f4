"""VBA modules as text: what the editor exports is read, what a project stream holds is made."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

LONGEST_LINE, MOST_CONTINUED = 1023, 24  # limits of the VBA editor
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}")
_ATTRIBUTE = re.compile(r"Attribute (VB_\w+) = (.*)")


class Sort(Enum):
    """What a module is."""

    MODULE = "Module"
    CLASS = "Class"
    WORKBOOK = "Workbook"
    SHEET = "Sheet"

    @property
    def is_document(self) -> bool:
        return self in {Sort.WORKBOOK, Sort.SHEET}


# MS-OVBA 2.3.4.3; the classes of Workbook and Worksheet
_BASE = {
    Sort.CLASS: "0{FCFB3D2A-A0FA-1068-A738-08002B3371B5}",
    Sort.WORKBOOK: "0{00020819-0000-0000-C000-000000000046}",
    Sort.SHEET: "0{00020820-0000-0000-C000-000000000046}",
}


@dataclass(frozen=True, slots=True)
class Module:
    """``code`` is the text without the VERSION block and the VB_ lines of the head; ``own`` are a class's own values."""

    name: str
    sort: Sort
    code: str = ""
    own: Mapping[str, str] = field(default_factory=dict)

    @property
    def declaration(self) -> str:
        """Its line in the PROJECT stream."""
        return f"Document={self.name}/&H00000000" if self.sort.is_document else f"{self.sort.value}={self.name}"

    @property
    def stream(self) -> str:
        """The text as it stands in the project, with CRLF line ends."""
        head = [f'Attribute VB_Name = "{self.name}"']
        if self.sort is not Sort.MODULE:
            head.append(f'Attribute VB_Base = "{_BASE[self.sort]}"')
            head += [f"Attribute {name} = {value}" for name, value in self._flags().items()]
        return crlf("\n".join(head) + "\n" + self.code)

    def _flags(self) -> dict[str, str]:
        document = str(self.sort.is_document)
        flags = {
            "VB_GlobalNameSpace": "False",
            "VB_Creatable": "False",
            "VB_PredeclaredId": document,
            "VB_Exposed": document,
            "VB_TemplateDerived": "False",
            "VB_Customizable": document,
        }
        return flags if self.sort.is_document else flags | dict(self.own)


def crlf(text: str) -> str:
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return (plain if plain.endswith("\n") else plain + "\n").replace("\n", "\r\n")


def parse(text: str, sort: Sort) -> Module:
    """A .bas or .cls file as the VBA editor exports it. Raises ValueError when it has no name."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff").split("\n")
    if lines[0].startswith("VERSION "):
        lines = lines[next(at for at, line in enumerate(lines) if line.strip() == "END") + 1 :]
    head: dict[str, str] = {}
    while lines and (found := _ATTRIBUTE.fullmatch(lines[0])):
        head[found[1]] = found[2].strip()
        lines.pop(0)
    if "VB_Name" not in head:
        raise ValueError("the source has no Attribute VB_Name line")
    own: dict[str, str] = {name: head[name] for name in ("VB_PredeclaredId", "VB_Exposed") if name in head}
    return Module(head["VB_Name"].strip('"'), sort, "\n".join(lines), own if sort is Sort.CLASS else {})


def check(project: str, modules: Sequence[Module]) -> None:
    """Raise ValueError for what the VBA editor would refuse or damage."""
    names = [module.name.lower() for module in modules]
    if len(set(names)) != len(names) or project.lower() in names:
        raise ValueError("two modules, or a module and the project, share a name")
    if sum(module.sort is Sort.WORKBOOK for module in modules) != 1:
        raise ValueError("a project has exactly one workbook module")
    for module in modules:
        _check(module)


def _check(module: Module) -> None:
    if not _NAME.fullmatch(module.name):
        raise ValueError(f"module name {module.name!r}: a letter, then letters, digits or _, at most 31 in all")
    module.stream.encode("cp1252")
    continued = 0
    for number, line in enumerate(module.stream.split("\r\n"), 1):
        continued = continued + 1 if line.endswith(" _") else 0
        if len(line) > LONGEST_LINE or continued > MOST_CONTINUED:
            raise ValueError(f"{module.name}, line {number}: too long or continued too often")
