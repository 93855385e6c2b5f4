"""Draws the program's icon for menus, folders and the bundle: `python tools/draw_app_icon.py`. The files are committed."""

from __future__ import annotations

import os
import struct
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtWidgets import QApplication

from gui.icons import app_icon

SIZES = (16, 32, 48, 256)


def main() -> None:
    """Write PNG (Linux), ICO (Windows) and ICNS (macOS) into gui/icon."""
    app = QApplication([])
    folder = Path(__file__).resolve().parents[1] / "gui" / "icon"
    folder.mkdir(exist_ok=True)
    drawn = {size: _png(size) for size in SIZES}
    (folder / "lusha-enrich.png").write_bytes(drawn[256])
    (folder / "lusha-enrich.ico").write_bytes(_ico(drawn))
    (folder / "lusha-enrich.icns").write_bytes(_icns(drawn[256]))
    app.quit()


def _png(size: int) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    app_icon().pixmap(size, size).toImage().save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def _ico(drawn: dict[int, bytes]) -> bytes:
    """PNGs in a directory of them, as Windows has read them since Vista; 0 stands for 256."""
    head, place = struct.pack("<HHH", 0, 1, len(drawn)), 6 + 16 * len(drawn)
    for size, png in drawn.items():
        head += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(png), place)
        place += len(png)
    return head + b"".join(drawn.values())


def _icns(png: bytes) -> bytes:
    """One element, ic08: a PNG of 256 x 256."""
    return b"icns" + struct.pack(">I", 16 + len(png)) + b"ic08" + struct.pack(">I", 8 + len(png)) + png


if __name__ == "__main__":
    main()
