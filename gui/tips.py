"""Tool tips without markup: a key's label or a cell must not become a link or a picture."""

from __future__ import annotations

import html


def plain_tip(text: str) -> str:
    """A tool tip cannot be told to show plain text, so what Qt could take for markup is escaped."""
    return f"<span>{html.escape(text)}</span>".replace("\n", "<br>") if "<" in text else text
