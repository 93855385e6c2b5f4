"""A window over a real home: real database, memory vault, practice server on a real socket."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.app import App, open_app
from core.keys.vault import MemoryVault
from core.model import Category
from core.settings import Settings
from gui.making import make as make_page
from gui.theme import Mode, Theme
from gui.window import LEAST, USUAL, Window
from sandbox.scenarios import Scenario, demo
from sandbox.server import PracticeServer

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # the tests on a real screen start one of their own


@dataclass
class Home:
    """One home with its server; ``window()`` opens a window on it that is closed again at the end."""

    settings: Settings
    vault: MemoryVault
    server: PracticeServer
    scenario: Scenario
    open_window: Callable[[Settings, MemoryVault], Window]

    def window(self) -> Window:
        return self.open_window(self.settings, self.vault)

    def app(self) -> ExitStack:
        return open_app(self.settings, vault=self.vault)

    def add_all(self) -> None:
        with open_app(self.settings, vault=self.vault) as app:
            add(app, self.scenario)


def add(app: App, scenario: Scenario) -> None:
    for one in scenario.keys:
        app.keys.add_many([f"{one.label},{one.key},{one.account}"], Category(one.category))


@pytest.fixture(scope="session")
def theme(qapp: QApplication) -> Theme:
    return Theme(qapp, Mode.LIGHT)


@pytest.fixture
def make_home(tmp_path: Path, theme: Theme, qtbot: QtBot) -> Iterator[Callable[[Scenario], Home]]:
    theme.apply(Mode.LIGHT)
    with ExitStack() as stack:
        windows: list[Window] = []

        def open_window(settings: Settings, vault: MemoryVault) -> Window:
            state = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
            window = Window(settings, theme, state, make_page, vault)
            qtbot.addWidget(window)
            room = window.screen().availableGeometry().size()
            assert window.size() == window.size().boundedTo(room)
            if not state.contains("geometry"):  # the screen here is smaller than anybody's
                window.setMinimumSize(LEAST)
                window.resize(USUAL)
            windows.append(window)
            window.show()
            qtbot.waitUntil(lambda: window._loaded, timeout=60_000)
            return window

        def make(scenario: Scenario) -> Home:
            server = stack.enter_context(PracticeServer(scenario.world))
            (tmp_path / "home").mkdir()
            return Home(Settings(tmp_path / "home", server.url), MemoryVault(), server, scenario, open_window)

        yield make
        for window in windows:
            window.close()


@pytest.fixture
def home(make_home: Callable[[Scenario], Home]) -> Home:
    """Empty: nobody has added a key yet."""
    return make_home(demo())


@pytest.fixture
def full(home: Home) -> Home:
    """The five keys of the demo are in."""
    home.add_all()
    return home
