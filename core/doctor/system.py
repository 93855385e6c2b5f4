"""Python, its packages, and what the window needs of the system."""

from __future__ import annotations

import platform
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata, util
from pathlib import Path

from core.database import OLDEST
from core.doctor.finding import Finding, fine, found
from core.ourselves import command
from core.settings import version

NEEDED_PYTHON = (3, 11)
PACKAGES = ("httpx", "keyring", "msgspec", "openpyxl", "python-calamine", "platformdirs", "filelock", "cryptography", "xlwings")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
FONTS = {".ttf", ".otf", ".ttc", ".pfb"}
LOAD_S = 20.0


def python(
    have: tuple[int, ...] = sys.version_info[:3], sqlite: tuple[int, ...] = sqlite3.sqlite_version_info[:3]
) -> Iterator[Finding]:
    """The interpreter, with where it is: window, Excel and command line should show the same one."""
    yield fine("LushaEnrich", version())
    shown = ".".join(map(str, have))
    if have < NEEDED_PYTHON:
        yield found("python.old", f"{shown} ({sys.executable})")
    else:
        yield fine("Python", f"{shown} ({sys.executable})")
    if sqlite < OLDEST:
        yield found("python.sqlite", ".".join(map(str, sqlite)))
    yield fine("System", platform.platform())


def packages(names: Sequence[str] = PACKAGES) -> Iterator[Finding]:
    """Versions of what we stand on; a package that is not there."""
    have = versions(names)
    missing = [name for name in names if not have[name]]
    if missing:
        yield found("python.package", ", ".join(missing))
    else:
        yield fine("Packages", ", ".join(f"{name} {number}" for name, number in have.items()))


def versions(names: Sequence[str]) -> dict[str, str]:
    """Installed versions by name, "" for none."""
    return {name: _version(name) for name in names}


def window(env: Mapping[str, str], platform: str = sys.platform, package: str = "PySide6") -> Iterator[Finding]:
    """Whether the window can open: its package, a screen, the libraries of its platform plug-in, fonts."""
    spec = util.find_spec(package)
    if spec is None or spec.origin is None:
        yield found("window.package", f"{package} is not installed")
        return
    if not platform.startswith("linux"):
        yield fine("Window", f"{package} {_version('PySide6-Essentials')}")
        return
    yield from _linux_window(env, Path(spec.origin).parent / "Qt" / "plugins" / "platforms" / "libqxcb.so")
    yield from fonts()


def _linux_window(env: Mapping[str, str], plugin: Path) -> Iterator[Finding]:
    if env.get("QT_QPA_PLATFORM", "").startswith("offscreen"):
        yield fine("Window", "offscreen, as QT_QPA_PLATFORM says")
        return
    if not (env.get("DISPLAY") or env.get("WAYLAND_DISPLAY")):
        yield found("window.screen", "no screen")
    if missing := missing_library([plugin]):
        yield found("window.library", missing)
    else:
        yield fine("Window", f"PySide6 {_version('PySide6-Essentials')}, its libraries are there")


def missing_library(libraries: Sequence[Path]) -> str:
    """What the system's loader says when it loads these, in a process of its own; "" when all is there."""
    try:
        done = subprocess.run(  # noqa: S603  our own interpreter, our own files
            command("core.doctor.loads", *map(str, libraries)),
            capture_output=True,
            text=True,
            timeout=LOAD_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return type(error).__name__
    last = done.stderr.strip().splitlines()[-1:] or ["ended without a word"]
    return last[0].removeprefix("OSError: ") if done.returncode else ""


def fonts(folders: Sequence[str] = FONT_FOLDERS) -> Iterator[Finding]:
    """A hint when not a single font is there."""
    for folder in folders:
        if any(path.suffix.lower() in FONTS for path in Path(folder).expanduser().rglob("*")):
            return
    yield found("window.fonts", f"none in {', '.join(folders)}")


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
