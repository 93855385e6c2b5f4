"""LinkedIn links behind the text of cells: hyperlinks, and formulas that are one HYPERLINK with its address written out."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, MutableSequence, Sequence

from core.sheets.frame import Frame, column_number
from core.sheets.ooxml import Package

# A text or a plain reference may follow the address; of anything else the address is not known without calculating.
_WRITTEN_OUT = re.compile(r'\s*HYPERLINK\(\s*"((?:[^"]|"")+)"\s*(?:,\s*(?:"(?:[^"]|"")*"|[^"()&]*)\s*)?\)\s*')


def in_formulas(xml: bytes, prefix: bytes) -> dict[tuple[int, int], str]:
    """The LinkedIn addresses that stand in formulas, by row and column; nothing is calculated."""
    if b"HYPERLINK(" not in xml:
        return {}
    p = re.escape(prefix)
    cell = re.compile(
        rb"""<%bc r="([A-Z]{1,3})([0-9]{1,7})"[^>]*(?<!/)>\s*<%bf(?:\s[^>]*)?(?<!/)>([^<]*HYPERLINK\([^<]*)<""" % (p, p)
    )
    found = {}
    for name, row, formula in cell.findall(xml):
        written = _WRITTEN_OUT.fullmatch(html.unescape(formula.decode(errors="replace")))
        if written and _is_linkedin(written[1]):
            found[int(row), column_number(name.decode())] = written[1].replace('""', '"')
    return found


def show(rows: Sequence[MutableSequence[str]], frame: Frame, package: Package, part: str) -> None:
    """Put LinkedIn links in the place of the text that shows them; an empty cell stays empty."""
    relations = package.relations_of(part) if frame.links else {}
    for area, relation in frame.links:
        target = relations.get(relation)
        if target and target.external and _is_linkedin(target.target):
            for row in rows[area.top - 1 : area.bottom]:
                for column in range(area.left - 1, min(area.right, len(row))):
                    if row[column].strip():
                        row[column] = target.target


def show_formulas(rows: Sequence[MutableSequence[str]], links: Mapping[tuple[int, int], str]) -> None:
    """The same for those of formulas, which need no stored result."""
    for (row, column), link in links.items():
        if row <= len(rows) and column <= len(rows[row - 1]):
            rows[row - 1][column - 1] = link


def show_those_of(rows: Sequence[MutableSequence[str]], shown: Sequence[Sequence[str]]) -> None:
    """Take over the links of the same sheet as ``shown`` by a reader that knows them."""
    for row, other in zip(rows, shown, strict=False):
        for at, text in enumerate(other[: len(row)]):
            if text != row[at] and _is_linkedin(text):
                row[at] = text


def _is_linkedin(address: str) -> bool:
    return "linkedin." in address.lower()
