"""Practice: a pretend Lusha on this computer, started as a process of its own, with a home and keys of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QProcess, Signal

from core.errors import FileTrouble
from core.model import Category
from core.ourselves import command
from core.settings import Settings

if TYPE_CHECKING:
    from core.app import App

ENDING_MS = 2000
LIST = "prospects (practice).xlsx"


@dataclass(frozen=True, slots=True)
class Started:
    """Where the pretend Lusha listens, and the lines of its keys (label,key,account)."""

    url: str
    keys: tuple[str, ...]


class PracticeServer(QObject):
    """Starts `python -m sandbox` and reads from it where it listens. ``ended`` also when it could not be started."""

    started = Signal(object)
    ended = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._process = QProcess(self)
        self._said = ""
        self._known = False
        self._process.setProcessChannelMode(QProcess.ProcessChannelMode.SeparateChannels)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.finished.connect(lambda *_: self.ended.emit())
        self._process.errorOccurred.connect(lambda _: self.ended.emit())

    def start(self) -> None:
        program, *words = command("sandbox", "--scenario", "demo", "--until-eof")  # also when this program is killed
        self._process.start(program, words)

    def close(self) -> None:
        self._process.blockSignals(True)
        self._process.terminate()
        if not self._process.waitForFinished(ENDING_MS):
            self._process.kill()
            self._process.waitForFinished(ENDING_MS)

    def _read(self) -> None:
        self._said += bytes(self._process.readAllStandardOutput().data()).decode("utf-8", "replace")
        found = heard(self._said)
        if found is not None and not self._known:
            self._known = True
            self.started.emit(found)


def heard(said: str) -> Started | None:
    """What the server has printed so far, once it is complete: five keys after the address."""
    lines = said.splitlines()
    url = next((line.partition("=")[2].strip() for line in lines if "LUSHA_ENRICH_API_URL=" in line), "")
    keys = tuple(line for line in lines if line.count(",") == 2)
    return Started(url, keys) if url and len(keys) == 5 and said.endswith("\n") else None


def settings_of(home: Settings, url: str) -> Settings:
    """Practice lives in a folder of its own: its answers and states never meet the real ones."""
    return replace(home, home=home.home / "practice", api_url=url)


def make_ready(settings: Settings) -> Path:
    """An empty practice home with a fresh copy of the example list. Raises FileTrouble."""
    folder = settings.home / "practice"
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Path(shutil.copyfile(example(), folder / LIST))
    except OSError as error:
        raise FileTrouble("The practice list cannot be made", f"{folder}: {error.strerror}.") from error


def example() -> Path:
    """The example workbook: beside the command line when installed, else in the source tree. Nothing is imported."""
    spec = find_spec("cli")
    beside = Path(spec.origin).parent / "prospects.xlsx" if spec is not None and spec.origin else Path()
    if beside.is_file():
        return beside
    return Path(__file__).resolve().parent.parent / "examples" / "prospects.xlsx"


def add_practice_keys(lines: tuple[str, ...]) -> Callable[[App], int]:
    """For the desk: put the practice keys in."""

    def work(app: App) -> int:
        return len(app.keys.add_many(lines, Category.ANY).new)

    return work
