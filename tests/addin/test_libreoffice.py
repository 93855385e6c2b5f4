"""Another program's eye: LibreOffice shows the sheets, and a real click on each button runs its Sub.

xlwings' module needs what LibreOffice's Basic has not; one of three lines stands in its place and writes down what the
Sub would have run.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from addin.build.ovba import vba_project
from addin.build.package import PROJECT, TOP, modules, pack, unpack, with_ribbon
from addin.build.pages import BUTTONS, sheets
from addin.build.sources import Module, Sort

MISSING = [program for program in ("soffice", "Xvfb", "xdotool", "import", "pdftotext") if shutil.which(program) is None]
pytestmark = pytest.mark.skipif(bool(MISSING) and os.environ.get("CI") != "true", reason=f"not installed: {MISSING}")

STAND_IN = """Public Function GetConfig(ByVal key As String, Optional usual As String, Optional source As String) As String
    GetConfig = "/usr/bin/python3"
End Function
Public Sub RunPython(ByVal pyCommand As String)
    Dim file As Integer
    file = FreeFile
    Open "{log}" For Append As #file
    Print #file, pyCommand
    Close #file
End Sub
"""
MACROS_ALLOWED = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="MacroSecurityLevel"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Misc"><prop oor:name="ShowTipOfTheDay"><value>false</value></prop></item>
<item oor:path="/org.openoffice.Setup/Product"><prop oor:name="ooSetupLastVersion"><value>99</value></prop></item>
</oor:items>
"""
BAND = bytes.fromhex("1f2933")  # the title's row: its left end and lower edge say where the buttons are


def profile(folder: Path) -> str:
    user = folder / "profile" / "user"
    user.mkdir(parents=True)
    (user / "registrymodifications.xcu").write_text(MACROS_ALLOWED, "utf-8")
    return f"-env:UserInstallation=file://{folder}/profile"


def test_libreoffice_shows_both_sheets_and_hides_the_settings(tmp_path: Path) -> None:
    command = ["soffice", profile(tmp_path), "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*command, str(TOP / "LushaEnrich.xlsm")], check=True, capture_output=True, timeout=450)
    text = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "LushaEnrich.pdf"), "-"], check=True, capture_output=True, text=True
    )
    flat = " ".join(text.stdout.split())
    assert "Phones and e-mails in three steps" in flat
    assert "sb-ada-sample" in flat
    assert "INTERPRETER_WIN" not in flat


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A display of its own; the server says which number it took."""
    read, write = os.pipe()
    words = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1700x900x24", "-nolisten", "tcp", "-noreset"]  # see desktop.sh
    with subprocess.Popen(words, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as said:
            display = f":{said.readline().strip()}"
        monkeypatch.setenv("DISPLAY", display)
        yield display
        server.terminate()


def picture() -> list[bytes]:
    """The screen as rows of pixels, three bytes each."""
    raw = subprocess.run(["import", "-window", "root", "-depth", "8", "ppm:-"], check=True, capture_output=True).stdout
    head, size, _, body = raw.split(b"\n", 3)
    assert head == b"P6"
    width = 3 * int(size.split()[0])
    return [body[at : at + width] for at in range(0, len(body), width)]


def band(rows: list[bytes]) -> tuple[int, int] | None:
    """Left end and lower edge of the title's band, in pixels; None while it is not on the screen."""
    full = [number for number, row in enumerate(rows) if row.count(BAND) > 800]
    return (rows[full[0]].index(BAND * 100) // 3, full[-1]) if full else None


def test_a_click_on_each_button_runs_its_sub(tmp_path: Path, screen: str) -> None:
    log, book = tmp_path / "ran.txt", tmp_path / "clicks.xlsm"
    kept = [module for module in modules() if module.name not in {"xlwings", "xlwings_udfs", "Dictionary", "LushaRibbon"}]
    kept.append(Module("xlwings", Sort.MODULE, STAND_IN.replace("{log}", str(log))))
    book.write_bytes(pack(with_ribbon(unpack(sheets(vba_project(kept, PROJECT))))))
    words = ["soffice", profile(tmp_path), "--norestore", "--nologo", "--nolockcheck", str(book)]
    with subprocess.Popen(words, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as office:
        try:
            places, edge = appear()
            for at, (caption, macro) in enumerate(BUTTONS):
                pressed = wanted_line(macro)
                while pressed not in lines(log):  # a click while the window still settles is lost
                    subprocess.run(["xdotool", "mousemove", str(places[at]), str(edge + 23), "click", "1"], check=True)
                    time.sleep(0.3)
                assert set(lines(log)) <= {wanted_line(name) for _, name in BUTTONS[: at + 1]}, caption
        finally:
            os.killpg(office.pid, signal.SIGKILL)


def appear() -> tuple[list[int], int]:
    """Until all buttons stand on the screen and stay where they are: their middles, and the band's lower edge."""
    before: object = None
    while True:
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", "clicks.xlsm"], capture_output=True, text=True, check=False
        )
        for window in found.stdout.split():
            subprocess.run(["xdotool", "windowmove", window, "0", "0", "windowsize", window, "1700", "900"], check=False)
        rows = picture()
        title = band(rows)
        now = (buttons(rows[title[1] + 13], title[0]), title[1]) if title else None
        if now is not None and len(now[0]) == len(BUTTONS) and now == before:
            return now
        before = now
        time.sleep(0.3)


def buttons(row: bytes, left: int) -> list[int]:
    """The middles of the buttons in a row of pixels above their captions: stretches of the first button's colour."""
    pixels = [row[at : at + 3] for at in range(0, len(row), 3)]
    face, found, start = pixels[left + 20], list[int](), 0
    for at, pixel in enumerate([*pixels, b""]):
        if pixel == face:
            continue
        if at - start > 60:
            found.append((start + at) // 2)
        start = at + 1
    return found


def wanted_line(macro: str) -> str:
    names = {"EnrichPhones": "enrich_phones", "EnrichEmails": "enrich_emails", "EnrichBoth": "enrich_both"}
    names |= {"StopRun": "stop", "UndoLastRun": "undo_last_run", "ManageKeys": "manage_keys"}
    return f"import addin.macros; addin.macros.{names[macro]}()"


def lines(log: Path) -> list[str]:
    return [line.strip().strip('"') for line in log.read_text("utf-8").splitlines()] if log.exists() else []
