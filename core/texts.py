"""Files of the person's own, read whole; and small text files in whichever encoding their program saved them."""

from __future__ import annotations

import codecs
from pathlib import Path

from core.errors import FileBusy, FileTrouble


def read_bytes(path: Path) -> bytes:
    """A whole file. Raises FileTrouble when there is none, FileBusy when it may not be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise FileTrouble(f"There is no file {path.name}", f"Nothing was found at {path}. Check the name.") from None
    except IsADirectoryError:
        raise FileTrouble(f"{path.name} is a folder", "Name the file itself.") from None
    except OSError as error:
        raise FileBusy(f"{path.name} cannot be read", f"{error.strerror}. Close programs that use it.") from error


def read_text(path: Path) -> str:
    """The text of a file in UTF-16 with its mark, UTF-8, or else Windows' Western European. Raises what `read_bytes` does."""
    data = read_bytes(path)
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
        break
    raise FileTrouble(f"{path.name} is no text file", 'Save the list as text ("CSV UTF-8" in Excel), then use that file.')
