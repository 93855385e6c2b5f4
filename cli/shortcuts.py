"""Shortcuts to the window: entries of the menu and on the desktop that need no terminal. Each system has its own kind."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path

import platformdirs

from core.errors import FileTrouble
from core.settings import HOME_VARIABLE

NAME, ID = "LushaEnrich", "lusha-enrich"
COMMENT = "Phones and e-mails for your lists, from Lusha"
_RESERVED = set(" \t\n\"'\\><~|&;$*?#()`")  # must be quoted: Desktop Entry Specification, The Exec key


def install(command: Sequence[str], env: Mapping[str, str], platform: str = sys.platform) -> list[str]:
    """Make the shortcuts that start ``command``; what was made, to be told. Raises FileTrouble."""
    try:
        match platform:
            case "win32":
                from cli import shortcut_win

                made = shortcut_win.install(command, icon("ico"))
            case "darwin":
                from cli import shortcut_mac

                made = [shortcut_mac.install(command, Path.home() / "Applications", icon("icns"))]
            case _:
                made = Menu.of(env).install(command)
    except OSError as error:
        raise FileTrouble("The shortcut cannot be made", f"{error.filename or NAME}: {error.strerror}.") from error
    return [str(path) for path in made]


def remove(env: Mapping[str, str], platform: str = sys.platform) -> list[str]:
    """Remove what ``install`` made; what was removed. Raises FileTrouble."""
    try:
        match platform:
            case "win32":
                from cli import shortcut_win

                gone = shortcut_win.remove()
            case "darwin":
                from cli import shortcut_mac

                gone = shortcut_mac.remove(Path.home() / "Applications")
            case _:
                gone = Menu.of(env).remove()
    except OSError as error:
        raise FileTrouble("The shortcut cannot be removed", f"{error.filename or NAME}: {error.strerror}.") from error
    return [str(path) for path in gone]


def moved_home(env: Mapping[str, str]) -> str:
    """A word of warning when this terminal works in another data folder than the shortcut will."""
    home = env.get(HOME_VARIABLE, "")
    return f"The shortcut opens the usual data folder, not {home} ({HOME_VARIABLE} counts in this terminal only)." if home else ""


def icon(kind: str) -> Path:
    """The picture, as a file beside the window's code."""
    return Path(str(resources.files("gui"))) / "icon" / f"{ID}.{kind}"


class Menu:
    """Linux and its like: an entry of the applications' menu with its icon, and a copy where there is a desktop folder."""

    def __init__(self, data: Path, desktop: Path) -> None:
        self.entry = data / "applications" / f"{ID}.desktop"
        self.picture = data / "icons" / "hicolor" / "256x256" / "apps" / f"{ID}.png"
        self.on_desktop = desktop / f"{ID}.desktop"

    @classmethod
    def of(cls, env: Mapping[str, str]) -> Menu:
        """This user's folders: XDG Base Directory Specification, user-dirs.dirs."""
        data = Path(env.get("XDG_DATA_HOME", ""))
        return cls(data if data.is_absolute() else Path.home() / ".local" / "share", platformdirs.user_desktop_path())

    def install(self, command: Sequence[str]) -> list[Path]:
        text = desktop_entry(command)
        for path in (self.entry, self.picture):
            path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(icon("png"), self.picture)
        self.entry.write_text(text, encoding="utf-8")
        if not self.on_desktop.parent.is_dir():
            return [self.entry, self.picture]
        self.on_desktop.write_text(text, encoding="utf-8")
        self.on_desktop.chmod(0o755)  # desktops start only those that may be executed
        return [self.entry, self.picture, self.on_desktop]

    def remove(self) -> list[Path]:
        gone = [path for path in (self.entry, self.picture, self.on_desktop) if path.is_file()]
        for path in gone:
            path.unlink()
        return gone


def desktop_entry(command: Sequence[str]) -> str:
    """The text of the entry, version 1.4 of the specification."""
    lines = {
        "Type": "Application",
        "Version": "1.4",
        "Name": NAME,
        "Comment": COMMENT,
        "Exec": " ".join(map(_quoted, command)),
        "Icon": ID,
        "Terminal": "false",
        "Categories": "Office;",
        "StartupWMClass": NAME,
    }
    return "[Desktop Entry]\n" + "".join(f"{key}={value}\n" for key, value in lines.items())


def _quoted(word: str) -> str:
    r"""One argument of Exec: quoted where it must be, then escaped once more as every text of the file is (\ to \\)."""
    word = word.replace("%", "%%")
    if not _RESERVED & set(word):
        return word
    for letter in '\\"`$':
        word = word.replace(letter, f"\\{letter}")
    return f'"{word}"'.replace("\\", "\\\\")
