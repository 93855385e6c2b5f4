"""A shortcut on macOS: a small application in ~/Applications that starts the window. Not tried on a Mac."""

from __future__ import annotations

import plistlib
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

_ID = "lusha-enrich.shortcut"


def install(command: Sequence[str], applications: Path, icon: Path) -> Path:
    """Write LushaEnrich.app anew. Raises OSError, also when an application of this name is not ours."""
    app = applications / "LushaEnrich.app"
    if app.exists() and not _is_ours(app):
        raise FileExistsError(17, "is there already and is another program", str(app))
    shutil.rmtree(app, ignore_errors=True)
    contents = app / "Contents"
    for name in ("MacOS", "Resources"):
        (contents / name).mkdir(parents=True)
    shutil.copyfile(icon, contents / "Resources" / "lusha-enrich.icns")
    (contents / "Info.plist").write_bytes(plistlib.dumps(_INFO))
    start = contents / "MacOS" / "start"
    start.write_text(f"#!/bin/sh\nexec {shlex.join(command)}\n", encoding="utf-8")
    start.chmod(0o755)
    return app


def remove(applications: Path) -> list[Path]:
    """The application, when it was there and ours."""
    app = applications / "LushaEnrich.app"
    if not _is_ours(app):
        return []
    shutil.rmtree(app)
    return [app]


def _is_ours(app: Path) -> bool:
    try:
        info = plistlib.loads((app / "Contents" / "Info.plist").read_bytes())
    except (OSError, plistlib.InvalidFileException, ValueError):
        return False
    return bool(info.get("CFBundleIdentifier") == _ID)


_INFO = {
    "CFBundleIdentifier": _ID,
    "CFBundleName": "LushaEnrich",
    "CFBundleExecutable": "start",
    "CFBundleIconFile": "lusha-enrich",
    "CFBundlePackageType": "APPL",
    "CFBundleShortVersionString": "1",
    "NSHighResolutionCapable": True,
}
