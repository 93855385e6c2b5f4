"""`python tools/screenshots.py OUT`: every page, light and dark, at 1x and 2x, over a home filled by the practice server."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP))

DAY_S = 86_400
PEOPLE = (14, 22, 9, 0, 31, 26, 40)  # looked up on each of seven days
SIZES = ((1240, 800), (960, 620))


def main(out: str) -> int:
    """Fill a home, then take the pictures in a process for each scale (Qt reads it once)."""
    folder = Path(out).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pictures-") as home:
        for scale in ("1", "2"):
            env = {**os.environ, "QT_SCALE_FACTOR": scale, "QT_QPA_PLATFORM": "offscreen"}
            own = Path(home, scale)  # the secrets end with the process
            own.mkdir()
            subprocess.run([sys.executable, __file__, str(folder), str(own), scale], env=env, check=True)
    return 0


def take(folder: Path, home: Path, scale: str) -> None:
    """All pictures of one scale."""
    from PySide6.QtWidgets import QApplication

    from core.keys.vault import MemoryVault
    from core.settings import Settings
    from gui.making import make
    from gui.theme import Mode, Theme
    from gui.window import Window

    vault, server, settings = MemoryVault(), _server(), None
    with server:
        for name in ("full", "empty"):
            (home / name).mkdir(exist_ok=True)
        settings = Settings(home / "full", server.url)
        _fill(settings, vault, server)
        app = QApplication([])
        for mode in (Mode.LIGHT, Mode.DARK):
            theme = Theme(app, mode)
            window = Window(settings, theme, _state(home), make, vault)
            shots = Shots(app, window, folder, f"{mode.value}-{scale}x")
            shots.wait(lambda window=window: bool(window._snapshot and window._snapshot.keys))
            shots.pages(home, server)
            window.close()
            window = Window(Settings(home / "empty", server.url), theme, _state(home), make, vault)
            shots = Shots(app, window, folder, f"{mode.value}-{scale}x")
            shots.page("dashboard", "welcome")
            shots.page("keys", "keys-empty")
            window.close()


def _state(home: Path) -> object:
    from PySide6.QtCore import QSettings

    file = home / "window.ini"
    file.unlink(missing_ok=True)
    return QSettings(str(file), QSettings.Format.IniFormat)


class Shots:
    """Takes pictures of one window."""

    def __init__(self, app: object, window: object, folder: Path, tail: str) -> None:
        self.app, self.window, self.folder, self.tail = app, window, folder, tail
        window.resize(*SIZES[0])
        window.show()
        self.settle()

    def wait(self, until: Callable[[], bool], seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while not until() and time.monotonic() < end:
            self.app.processEvents()
            time.sleep(0.01)
        self.settle()

    def settle(self, times: int = 30) -> None:
        for _ in range(times):
            self.app.processEvents()
            time.sleep(0.01)

    def shot(self, name: str, widget: object = None) -> None:
        self.window.toast.hide()
        self.settle(6)
        (widget or self.window).grab().save(str(self.folder / f"{name}-{self.tail}.png"))

    def narrow(self, name: str) -> None:
        """The same in the smallest window."""
        self.window.resize(*SIZES[1])
        self.settle(10)
        self.shot(f"{name}-narrow")
        self.window.resize(*SIZES[0])

    def page(self, page: str, name: str) -> None:
        self.window.go(page)
        self.settle()
        self.shot(name)

    def pages(self, home: Path, server: object) -> None:
        self.page("dashboard", "dashboard")
        self.page("keys", "keys")
        table = self.window.page("keys").table
        table.selectRow(2)
        self.window.resize(*SIZES[1])
        self.page("keys", "keys-narrow")
        self.page("dashboard", "dashboard-narrow")
        self.window.resize(*SIZES[0])
        self.window.go("keys")
        self.window.page("keys")._details()
        self.settle()
        self._dialog("key-details")
        self.window.add_keys()
        self.settle()
        box = self.app.activeModalWidget().box
        lines = ("00000000-0000-4000-8000-00000000a41f", "Berlin, 00000000-0000-4000-8000-0000000007be, Sales DE", "not-a-key")
        box.setPlainText("\n".join(lines))
        self.settle(60)
        self._dialog("add-keys")
        self.enrich(home, server)
        for name in ("runs", "look_ups", "trail", "left"):
            self.window.go("activity")
            self.window.page("activity").show_list(name)
            self.settle(40)
            self.window.page("activity").tables[name].selectRow(0)
            self.shot(f"activity-{name.replace('_', '-')}")
        self.page("settings", "settings")

    def _dialog(self, name: str) -> None:
        dialog = self.app.activeModalWidget()
        self.shot(name, dialog)
        dialog.reject()

    def enrich(self, home: Path, server: object) -> None:
        from gui import practice

        self.page("enrich", "enrich-drop")
        self.narrow("enrich-drop")
        page, copy = self.window.page("enrich"), home / f"prospects-{self.tail}.xlsx"
        copy.write_bytes(practice.example().read_bytes())
        page.open(copy)
        self.wait(lambda: page.stack.currentIndex() == 1)
        self.shot("enrich-check")
        self.narrow("enrich-check")
        page.check.first.setChecked(False)
        server.world.latency_s = 0.5
        page.check.start.click()
        self.wait(lambda: page.running.log.blockCount() > 3, 20)
        self.shot("enrich-run")
        self.narrow("enrich-run")
        self.wait(lambda: not page.running.going, 60)
        server.world.latency_s = 0.0
        self.shot("enrich-summary")
        self.narrow("enrich-summary")


def _server() -> object:
    from sandbox.scenarios import key
    from sandbox.server import PracticeServer
    from sandbox.world import World

    world = World()
    for label, numbers, credits, total in ACCOUNTS:
        account = world.account(label, [key(number) for number in numbers], credits=credits)
        (account or world.accounts[label]).total = total
    world.accounts["Sales UK"].limits["daily"] = 6
    world.revoked.add(key(0xBEEF))
    return PracticeServer(world)


ACCOUNTS = (
    ("Sales DE", (0x8B0E, 0x706D, 0x4400), 1480.0, 2000.0),
    ("Sales UK", (0x6C90, 0x0A29), 640.0, 1500.0),
    ("Recruiting", (0x637E, 0xBEEF), 96.0, 600.0),
)
KEYS = (
    ("London 1", 0x6C90, "Sales UK", "ANY"),
    ("Growth team 1", 0x8B0E, "Sales DE", "ANY"),
    ("Growth team 2", 0x706D, "Sales DE", "PHONE_ONLY"),
    ("Backup", 0x4400, "Sales DE", "EMAIL_ONLY"),
    ("London 2", 0x0A29, "Sales UK", "EMAIL_ONLY"),
    ("Talent", 0x637E, "Recruiting", "EMAIL_ONLY"),
    ("Talent phones", 0xBEEF, "Recruiting", "PHONE_ONLY"),
)


def _fill(settings: object, vault: object, server: object) -> None:
    """Seven days of real runs on the practice server, each at its own time."""
    from core.app import open_app
    from core.engine.preflight import Row
    from core.model import Category, Kind, Prospect
    from sandbox.scenarios import key

    known = settings.database.exists()
    first = time.time() - (len(PEOPLE) - 1) * DAY_S
    kinds = frozenset({Kind.PHONES})
    for day, people in enumerate(PEOPLE):
        at = first + day * DAY_S - (300 if day == len(PEOPLE) - 1 else 3600)
        with open_app(settings, vault=vault, clock=lambda at=at: at) as app:
            if day == 0:
                for label, number, account, category in KEYS:
                    app.keys.add_many([f"{label},{key(number)},{account}"], Category(category))
            if known or not people:
                continue
            rows = []
            for number in range(people):
                link = f"https://www.linkedin.com/in/person-{day}-{number}" if number % 4 else ""
                who = Prospect(linkedin=link, first_name="Ada", last_name=f"Sample {day} {number}", company="Northwind Traders")
                rows.append(Row(number + 2, who, wanted=kinds))
            server.world.clock.set(at)
            if day == len(PEOPLE) - 1:
                server.world.accounts["Sales UK"].limits["daily"] = 1  # a key that is used up belongs in the pictures
            run = app.run(app.plan(rows, kinds), source=f"prospects-{day + 18}-nov.xlsx", sheet="Leads")
            for _event in run:
                pass
    server.world.clock.set(time.time())
    with open_app(settings, vault=vault) as app:
        _balances(app)
        with suppress(Exception):
            app.keys.pause(app.keys.find("London 2").id)


def _balances(app: object) -> None:
    """What a check of the keys would have told."""
    with app.db.write() as con:
        for label, _numbers, credits, total in ACCOUNTS:
            con.execute(
                "UPDATE accounts SET credits_left=?, credits_total=?, usage_at=? WHERE label=?",
                (credits, total, time.time(), label),
            )


if __name__ == "__main__":
    if len(sys.argv) == 4:
        take(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
    else:
        sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "screenshots"))
