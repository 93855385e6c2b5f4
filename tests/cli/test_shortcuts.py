"""Shortcuts: the real files on Linux, what Windows' script host is asked, the application on a Mac."""

from __future__ import annotations

import plistlib
import shutil
import stat
import struct
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from cli import shortcut_mac, shortcut_win
from cli.__main__ import main
from cli.shortcuts import Menu, desktop_entry, icon, install, moved_home, remove
from core.errors import FileTrouble

HARD = ["/opt/with blank/100%/py$thon", "-m", "gui", 'a"b', "back\\slash"]


def read(path: Path) -> dict[str, str]:
    lines = path.read_text("utf-8").splitlines()
    assert lines[0] == "[Desktop Entry]"
    return dict(line.split("=", 1) for line in lines[1:])


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user with a desktop folder and no data yet."""
    (tmp_path / "Desktop").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.delenv("XDG_DESKTOP_DIR", raising=False)
    monkeypatch.delenv("LUSHA_ENRICH_HOME", raising=False)
    return tmp_path


@pytest.mark.skipif(sys.platform != "linux", reason="the menu of Linux")
def test_the_menu_and_the_desktop_get_an_entry_that_starts_this_installation(
    user: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["gui", "--install-shortcut"]) == 0
    entry = user / ".local/share/applications/lusha-enrich.desktop"
    said = capsys.readouterr().out
    assert f"Made: {entry}" in said
    assert read(entry)["Exec"] == f"{sys.executable} -E -P -m gui"
    assert Path(read(entry)["Exec"].split()[0]).is_file()
    assert (user / f".local/share/icons/hicolor/256x256/apps/{read(entry)['Icon']}.png").read_bytes() == icon("png").read_bytes()
    copy = user / "Desktop/lusha-enrich.desktop"
    assert copy.stat().st_mode & stat.S_IXUSR
    assert copy.read_text("utf-8") == entry.read_text("utf-8")
    assert "LUSHA_ENRICH_HOME" not in said

    assert main(["gui", "--install-shortcut"]) == 0
    assert main(["gui", "--remove-shortcut"]) == 0
    assert [path for path in user.rglob("lusha-enrich*") if path.is_file()] == []
    capsys.readouterr()
    assert main(["gui", "--remove-shortcut"]) == 0
    assert capsys.readouterr().out == "There was no shortcut.\n"


@pytest.mark.skipif(sys.platform != "linux", reason="the menu of Linux")
def test_the_xdg_folder_is_used_where_it_is_set_and_no_desktop_folder_is_made(tmp_path: Path) -> None:
    menu = Menu(tmp_path / "data", tmp_path / "Desktop")
    assert menu.install(["x"]) == [menu.entry, menu.picture]
    assert not (tmp_path / "Desktop").exists()
    assert Menu.of({"XDG_DATA_HOME": str(tmp_path / "other")}).entry.is_relative_to(tmp_path / "other")
    assert Menu.of({"XDG_DATA_HOME": "relative"}).entry.is_relative_to(Path.home())


@pytest.mark.parametrize("command", [["/usr/bin/python3", "-m", "gui"], HARD])
def test_the_entry_follows_the_specification(tmp_path: Path, command: list[str]) -> None:
    path = tmp_path / "lusha-enrich.desktop"
    path.write_text(desktop_entry(command), encoding="utf-8")
    tool = shutil.which("desktop-file-validate")
    if tool is None:
        pytest.skip("desktop-file-utils is not installed")
    done = subprocess.run([tool, str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_what_needs_quoting_is_quoted_twice_over_as_the_specification_says() -> None:
    line = desktop_entry(HARD).split("Exec=")[1].splitlines()[0]
    assert line == r'"/opt/with blank/100%%/py\\$thon" -m gui "a\\"b" "back\\\\slash"'


def test_a_folder_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "applications").write_text("a file where the folder should be")
    with pytest.raises(FileTrouble, match="The shortcut cannot be made"):
        install(["x"], {"XDG_DATA_HOME": str(tmp_path)}, platform="linux")


def test_a_terminal_with_a_data_folder_of_its_own_is_told_that_the_shortcut_has_another() -> None:
    assert "/elsewhere" in moved_home({"LUSHA_ENRICH_HOME": "/elsewhere"})
    assert moved_home({}) == ""


# -- Windows: the questions, not the answers ----------------------------------------------------------------------------
def test_windows_is_asked_for_links_whose_words_come_by_variables() -> None:
    asked: list[tuple[str, Mapping[str, str]]] = []

    def ask(script: str, variables: Mapping[str, str]) -> str:
        asked.append((script, variables))
        return "C:\\Menu\\LushaEnrich.lnk\r\nC:\\Desktop\\LushaEnrich.lnk\r\n"

    made = shortcut_win.install(["C:\\My Apps\\pythonw.exe", "-m", "gui", "a b"], Path("C:\\i.ico"), ask)
    assert [str(path) for path in made] == ["C:\\Menu\\LushaEnrich.lnk", "C:\\Desktop\\LushaEnrich.lnk"]
    (script, variables) = asked[0]
    assert variables == {
        "LUSHA_LINK_TARGET": "C:\\My Apps\\pythonw.exe",
        "LUSHA_LINK_WORDS": '-m gui "a b"',
        "LUSHA_LINK_FOLDER": "C:\\My Apps",
        "LUSHA_LINK_ICON": "C:\\i.ico,0",
    }
    assert all(f"$env:{name}" in script for name in variables)
    assert '"' not in script + shortcut_win.REMOVE
    assert shortcut_win.remove(lambda *_: "") == []


@pytest.mark.skipif(sys.platform == "win32", reason="there is a PowerShell")
def test_without_powershell_the_trouble_is_said_in_words() -> None:
    for work in (lambda: install(["x"], {}, platform="win32"), lambda: remove({}, platform="win32")):
        with pytest.raises(FileTrouble, match="shortcut cannot be"):
            work()


def test_the_icon_for_windows_is_a_directory_of_pictures() -> None:
    data = icon("ico").read_bytes()
    count = struct.unpack("<HHH", data[:6])[2]
    for at in range(count):
        size, place = struct.unpack("<II", data[6 + 16 * at + 8 : 6 + 16 * at + 16])
        assert data[place : place + 8] == b"\x89PNG\r\n\x1a\n"
        assert place + size <= len(data)
    assert count == 4


# -- macOS: the files -----------------------------------------------------------------------------------------------------
def test_on_a_mac_it_is_an_application_that_starts_the_command(tmp_path: Path) -> None:
    for _ in range(2):
        app = shortcut_mac.install(["/v/my python", "-m", "gui"], tmp_path, icon("icns"))
    info = plistlib.loads((app / "Contents/Info.plist").read_bytes())
    start = app / "Contents/MacOS" / info["CFBundleExecutable"]
    assert start.read_text("utf-8") == "#!/bin/sh\nexec '/v/my python' -m gui\n"
    assert start.stat().st_mode & stat.S_IXUSR
    assert (app / f"Contents/Resources/{info['CFBundleIconFile']}.icns").is_file()
    assert shortcut_mac.remove(tmp_path) == [app]
    assert list(tmp_path.iterdir()) == []
    assert shortcut_mac.remove(tmp_path) == []


def test_on_a_mac_another_program_of_this_name_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "LushaEnrich.app" / "Contents").mkdir(parents=True)
    with pytest.raises(FileExistsError):
        shortcut_mac.install(["x"], tmp_path, icon("icns"))
    assert shortcut_mac.remove(tmp_path) == []
    assert (tmp_path / "LushaEnrich.app").is_dir()


def test_on_a_mac_the_users_applications_folder_is_used(user: Path) -> None:
    assert install(["x"], {}, platform="darwin") == [str(user / "Applications/LushaEnrich.app")]
    assert remove({}, platform="darwin") == [str(user / "Applications/LushaEnrich.app")]
