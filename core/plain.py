"""Text of strangers (an answer, a cell, a file name) for a terminal or a log: nothing in it can steer what shows it."""

from __future__ import annotations

import json
import re

# C0 but for tab and line end, DEL, C1 (0x9b alone starts a terminal command), the line separators, and the marks that
# turn the direction of writing or hide what stands there. Joiners stay: Persian and Indian names need them.
_STEERING = "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f"
_NOT_SHOWN = re.compile(f"[{_STEERING}]")
_NOT_IN_A_LINE = re.compile(f"[{_STEERING}\n]")
_JSON_LEAVES = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]")


def shown(text: str) -> str:
    r"""``text`` with every steering character spelt out (``\x1b``, ``\u202e``); tabs and line ends stay."""
    return _NOT_SHOWN.sub(_spelt, text)


def one_line(text: str) -> str:
    """As `shown`, line ends spelt out too: nobody can forge a line of a log."""
    return _NOT_IN_A_LINE.sub(_spelt, text)


def json_text(document: str) -> str:
    """A JSON document with what `json.dumps` leaves as it is escaped as JSON does: its values stay the same."""
    return _JSON_LEAVES.sub(lambda found: json.dumps(found[0])[1:-1], document)


def _spelt(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
