"""The style sheet of a workbook: clones of cell formats whose number format is text ("@")."""

from __future__ import annotations

from core.errors import FileTrouble
from core.sheets import markup
from core.sheets.frame import splice

TEXT = "49"  # numFmtId of "@" (ECMA-376 18.8.30)
MOST_FORMATS = 65_490  # Excel specifications and limits: unique cell formats in a workbook


class Styles:
    """Hands out the number of a format equal to another one but stored as text; appends the clones once, at the end."""

    def __init__(self, xml: bytes, part: str) -> None:
        self._xml = xml
        self._part = part
        self._list: markup.Element | None = None
        self._formats: list[markup.Element] = []
        self._clones: list[bytes] = []
        self._known: dict[int, int] = {}
        if xml:
            self._read()

    @property
    def changed(self) -> bool:
        return bool(self._clones)

    def as_text(self, base: int) -> int:
        """The format ``base`` as text. A workbook without formats, or a number it does not have, stays as it is.

        Raises FileTrouble when Excel's limit of formats is reached.
        """
        if base not in self._known:
            self._known[base] = self._clone(base)
        return self._known[base]

    def xml(self) -> bytes:
        """The part with the clones in it; byte for byte the old one when there are none."""
        if self._list is None or not self._clones:
            return self._xml
        count = str(len(self._formats) + len(self._clones))
        tag = markup.with_attributes(self._xml[self._list.start : self._list.end], count=count)
        at = self._formats[-1].stop
        return splice(self._xml, [(self._list.start, self._list.end, tag), (at, at, b"".join(self._clones))])

    def _read(self) -> None:
        for element in markup.elements(self._xml, part=self._part):
            if element.name == "cellXfs" and element.depth == 1:
                self._list = element
            elif self._list and element.name == "xf" and element.depth == 2 and element.stop <= self._list.stop:
                self._formats.append(element)

    def _clone(self, base: int) -> int:
        if not 0 <= base < len(self._formats):
            return base
        found = self._formats[base]
        if found.attributes.get("numFmtId") == TEXT and found.attributes.get("quotePrefix") not in ("1", "true"):
            return base
        number = len(self._formats) + len(self._clones)
        if number >= MOST_FORMATS:
            raise FileTrouble(
                "The workbook has too many cell formats",
                "Excel's limit is reached, so no text format can be added. Remove formats nobody uses.",
            )
        tag = markup.with_attributes(
            self._xml[found.start : found.end],
            ("quotePrefix",),
            numFmtId=TEXT,
            applyNumberFormat="1",
        )
        self._clones.append(tag + self._xml[found.end : found.stop])
        return number
