"""The window: the side bar, the pages (built on their first visit), and what holds them together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QEvent, QSettings, QSize, QTimer
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from core.errors import EnrichError, KeyStoreTrouble
from core.secret import Redactor
from core.settings import Settings
from gui.icons import app_icon, icon
from gui.page import Page, Surroundings
from gui.theme import Mode, Theme, is_dark, px, restyle
from gui.toast import Toast
from gui.widgets import Glyph, button, label, row, tool
from gui.worker import Desk, Watcher

if TYPE_CHECKING:
    from core.board import Snapshot
    from core.keys.store import AddReport
    from core.keys.vault import Vault
    from gui.practice import PracticeServer, Started

DASHBOARD, KEYS, ENRICH, ACTIVITY, SETTINGS = "dashboard", "keys", "enrich", "activity", "settings"
_PAGES = (
    (DASHBOARD, "Dashboard", "layout-dashboard"),
    (KEYS, "API keys", "key-round"),
    (ENRICH, "Enrich a file", "file-spreadsheet"),
    (ACTIVITY, "Activity", "activity"),
    (SETTINGS, "Settings", "settings"),
)
WIDE, NARROW, NARROW_BELOW = 216, 64, 1120
LEAST, USUAL = QSize(960, 620), QSize(1240, 800)
FRAME_MS = 20
SLOW_MS = 1000  # then the person is told that the key store is being waited for
STORE_ASKED_AFTER_MS = 1500


class Window(QMainWindow):
    """``vault`` is given in tests only; the program uses the operating system's."""

    def __init__(self, settings: Settings, theme: Theme, state: QSettings, vault: Vault | None = None) -> None:
        super().__init__()
        self._home, self._settings, self._theme, self._state, self._vault = settings, settings, theme, state, vault
        self._snapshot: Snapshot | None = None
        self._loaded = False
        self._pages: dict[str, Page] = {}
        self._redactor = Redactor()
        self._store_words = "Checking…"
        self._practice: PracticeServer | None = None
        self._notices: Any = None  # made after the first paint, as everything that is not needed for it
        self.around = Surroundings(
            desk=lambda: self.desk,
            say=self._say,
            trouble=self.trouble,
            go=self.go,
            add_keys=self.add_keys,
            open_file=self.open_file,
            take_up=self.take_up,
            practise=self.practise,
        )
        self._build()
        self._keys()
        self._remember()
        self._begun = False

    def _begin(self) -> None:
        from gui.notices import Notices  # noqa: PLC0415  # after the first paint

        self._notices = Notices(self)
        self._open(self._settings, self._vault)

    # -- frame ---------------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        self.setWindowIcon(app_icon())
        self.setMinimumSize(LEAST)
        self._stack = QStackedWidget()
        self._line = QFrame()
        self._line.setObjectName("practice")
        leave = button("Leave practice", "ghost", do=self.leave_practice)
        self._line.setLayout(row(16, Glyph("flask-conical", "exhausted", "", 24, 16), label(PRACTICE_LINE), None, leave, 8))
        self._line.hide()
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self._line)
        right.addWidget(self._stack, 1)
        middle = QWidget()
        whole = QHBoxLayout(middle)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._sidebar())
        whole.addLayout(right, 1)
        self.setCentralWidget(middle)
        self.toast = Toast(middle)
        self._second = QTimer(self, interval=1000)
        self._second.timeout.connect(self._tick)
        self._second.start()
        self._slow = QTimer(self, singleShot=True, interval=SLOW_MS)
        self._slow.timeout.connect(self._say_slow)

    def _sidebar(self) -> QFrame:
        self._side = QFrame()
        self._side.setObjectName("sidebar")
        box = QVBoxLayout(self._side)
        box.setContentsMargins(12, 16, 12, 14)
        box.setSpacing(4)
        self._brand = label("LushaEnrich", "brand")
        box.addLayout(row(4, Glyph("zap", "on_accent", "accent", 32, 18), self._brand, None, spacing=8))
        box.addSpacing(14)
        self._nav: dict[str, QPushButton] = {}
        for name, text, glyph in _PAGES:
            if name == SETTINGS:
                box.addStretch()
            self._nav[name] = self._nav_button(name, text, glyph)
            box.addWidget(self._nav[name])
        self._store = QPushButton("Checking…")
        self._store.setObjectName("foot")
        self._store.setIcon(icon("lock", "text3"))
        self._store.clicked.connect(lambda: self.go(SETTINGS))
        self._turn = tool("moon", "Switch between light and dark (Ctrl+Shift+D)", self.turn)
        self._feet = QHBoxLayout()
        self._feet.setSpacing(0)
        self._feet.addWidget(self._store, 1)
        self._feet.addWidget(self._turn)
        box.addLayout(self._feet)
        return self._side

    def _nav_button(self, name: str, text: str, glyph: str) -> QPushButton:
        made = QPushButton(f"  {text}")
        made.setObjectName("nav")
        made.setCheckable(True)
        made.setAutoExclusive(True)
        made.setAccessibleName(text)
        made.setIcon(icon(glyph, "text2", "accent_text"))
        made.setIconSize(QSize(px(18), px(18)))
        made.clicked.connect(lambda: self.go(name))
        return made

    def _keys(self) -> None:
        for number, (name, _text, _glyph) in enumerate(_PAGES, 1):
            QShortcut(QKeySequence(f"Ctrl+{number}"), self, lambda name=name: self.go(name))
        for keys, do in (
            ("Ctrl+N", self.add_keys),
            ("Ctrl+O", self._choose_file),
            ("Ctrl+Shift+D", self.turn),
            ("Ctrl+Z", self.toast.take_back),
        ):
            QShortcut(QKeySequence(keys), self, do)

    # -- pages ---------------------------------------------------------------------------------------------------------
    def go(self, name: str) -> None:
        """Show a page; it is built on its first visit."""
        self._nav[name].setChecked(True)
        page = self.page(name)
        if self._snapshot is not None:
            page.load(self._snapshot)
        self._stack.setCurrentWidget(page)
        self._state.setValue("page", name)

    def page(self, name: str) -> Page:
        """A page, made when it is first asked for."""
        if name not in self._pages:
            self._pages[name] = _MAKERS[name](self)
            self._stack.addWidget(self._pages[name])
        return self._pages[name]

    @property
    def shown(self) -> str:
        return next((name for name, page in self._pages.items() if page is self._stack.currentWidget()), DASHBOARD)

    def show_snapshot(self, watcher: Watcher, snapshot: Snapshot) -> None:
        """Another state of the data has arrived; one of a home that was closed meanwhile is not looked at."""
        if watcher is not self.watcher:
            return
        before, self._snapshot = self._snapshot, snapshot
        self._notices.look(before if self._loaded and before is not None else snapshot, snapshot)
        self._loaded = True
        self._pages[self.shown].load(snapshot)

    def _tick(self) -> None:
        if self.isVisible() and not self.isMinimized() and self.shown in self._pages:
            self._pages[self.shown].tick()

    # -- the home that is open -----------------------------------------------------------------------------------------
    def _open(self, settings: Settings, vault: Vault | None) -> None:
        from core.board import Snapshot  # noqa: PLC0415  # after the first paint

        self._settings, self._loaded, self._snapshot = settings, False, Snapshot()
        self.desk, self.watcher = Desk(settings, vault), Watcher(settings)
        self.desk.refused.connect(self.trouble)
        self.desk.crashed.connect(self.crashed)
        self.desk.busy.connect(lambda busy: self._slow.start() if busy else self._slow.stop())
        self.desk.opened.connect(self._opened)
        self.watcher.snapshot.connect(self.show_snapshot)
        self.watcher.lost.connect(self.trouble)
        self.desk.start()
        self._line.setVisible(settings.origin == "practice")
        self.setWindowTitle("LushaEnrich (practice)" if settings.origin == "practice" else "LushaEnrich")
        self._pages = {}
        while (page := self._stack.currentWidget()) is not None:
            self._stack.removeWidget(page)
            page.deleteLater()
        self.go(str(self._state.value("page", DASHBOARD)))

    def _opened(self) -> None:
        self.watcher.start()
        QTimer.singleShot(0 if self._vault is not None else STORE_ASKED_AFTER_MS, self, self._ask_store)

    def _ask_store(self) -> None:
        """After the first paint, never at start: finding the store may take half a second."""
        from gui import actions  # noqa: PLC0415  # after the first paint

        self.desk.ask(actions.open_key_store, lambda _name: self.store_is("Key store ready", "lock"), self._store_trouble)

    def _store_trouble(self, error: EnrichError) -> None:
        locked = isinstance(error, KeyStoreTrouble) and error.code == "key_store_locked"
        self.store_is("Key store locked" if locked else "No key store", "shield-x")

    def store_is(self, text: str, glyph: str) -> None:
        """The line at the foot of the side bar."""
        self._store_words = text
        self._store.setAccessibleName(text)
        self._store.setToolTip(text)
        self._store.setIcon(icon(glyph, "text3"))
        self._store.setText("" if self._compact else f" {text}")

    def _say(self, text: str, good: bool, undo: Callable[[], None] | None) -> None:
        self.toast.say(text, good, undo)

    def _say_slow(self) -> None:
        self.toast.say("Waiting for your system's key store…", True)

    def reopen(self, settings: Settings) -> None:
        """Settings were changed: the same home is opened with them."""
        self._close_home()
        self._home = settings if settings.origin == self._home.origin and settings.home == self._home.home else self._home
        self._open(settings, self.desk.vault)

    def _close_home(self) -> None:
        if not hasattr(self, "desk"):  # closed before it was opened
            return
        for page in self._pages.values():
            close: Callable[[], None] | None = getattr(page, "close_runs", None)
            if close is not None:
                close()
        self.watcher.close()
        self.desk.close()

    # -- practice ------------------------------------------------------------------------------------------------------
    def practise(self) -> None:
        """Open the practice list: a pretend Lusha is started, with keys and people of its own."""
        from gui.practice import LIST, PracticeServer  # noqa: PLC0415  # only who practises needs it

        if self._line.isVisible() and self._settings.home != self._home.home:
            self.open_file(str(self._settings.home / LIST))
            return
        self._end_practice()
        self._practice = PracticeServer(self)
        self._practice.started.connect(self._practise_with)
        self._practice.ended.connect(self._no_practice)
        self._practice.start()

    def _end_practice(self) -> None:
        if self._practice is not None:
            self._practice.close()

    def _practise_with(self, started: Started) -> None:
        from core.keys.vault import MemoryVault  # noqa: PLC0415  # only who practises needs it
        from gui import practice  # noqa: PLC0415  # as above

        self._close_home()
        try:
            listed = practice.make_ready(self._home)
        except EnrichError as error:
            self._open(self._home, self._vault)
            self.trouble(error)
            return
        self._open(practice.settings_of(self._home, started.url), MemoryVault())
        self.around.ask(practice.add_practice_keys(started.keys), lambda _: self.open_file(str(listed)))

    def _no_practice(self) -> None:
        self.trouble(EnrichError("Practice has ended", "The pretend Lusha is not running. Start practice again."))

    def leave_practice(self) -> None:
        if self._settings.home == self._home.home:
            self.trouble(EnrichError("This window was started in practice", "Start it without LUSHA_ENRICH_API_URL."))
            return
        self._close_home()
        self._end_practice()
        self._open(self._home, self._vault)
        self.go(DASHBOARD)

    # -- what pages ask for --------------------------------------------------------------------------------------------
    def add_keys(self) -> None:
        from core.model import Category  # noqa: PLC0415  # after the first paint
        from gui.add_keys import AddKeys  # noqa: PLC0415  # as above

        labels = [account.label for account in self._snapshot.accounts if not account.own] if self._snapshot else []
        store = "this computer's key store" if self.desk.vault is None else self.desk.vault.describe()
        AddKeys(self, self.desk, labels, store, self._added, Category.PHONE_ONLY).open()

    def _added(self, report: AddReport) -> None:
        self.go(KEYS)
        parts = [f"Added {_keys_word(len(report.new))}"] if report.new else []
        parts += [f"{_keys_word(len(report.already_here))} already here"] if report.already_here else []
        parts += [f"{len(report.malformed)} left out"] if report.malformed else []
        self.toast.say(" · ".join(parts) or "Nothing was added", bool(report.new or report.already_here))

    def open_file(self, path: str) -> None:
        self.go(ENRICH)
        opener: Callable[[Path], None] | None = getattr(self.page(ENRICH), "open", None)
        if opener is not None:
            opener(Path(path))

    def take_up(self, job: str) -> None:
        self.go(ENRICH)
        taker: Callable[[str], None] | None = getattr(self.page(ENRICH), "take_up", None)
        if taker is not None:
            taker(job)

    def _choose_file(self) -> None:
        self.go(ENRICH)
        chooser: Callable[[], None] | None = getattr(self.page(ENRICH), "choose", None)
        if chooser is not None:
            chooser()

    def trouble(self, error: EnrichError) -> None:
        """Something was refused: what, and what to do."""
        if isinstance(error, KeyStoreTrouble):
            self._store_trouble(error)
        self.toast.say(f"{error.title}. {error.message}".strip(), False)

    def crashed(self, error: BaseException) -> None:
        from gui.dialogs import Report  # noqa: PLC0415  # rarely needed

        Report(self, error, self._redactor).open()

    # -- theme, size, end ----------------------------------------------------------------------------------------------
    def turn(self) -> None:
        self.theme_is(self._theme.flip())

    def theme_is(self, mode: Mode) -> None:
        if mode is not self._theme.mode:
            self._theme.apply(mode)
        self._state.setValue("theme", mode.value)
        self._turn.setIcon(icon("sun" if is_dark() else "moon"))

    @property
    def theme(self) -> Mode:
        return self._theme.mode

    @property
    def settings(self) -> Settings:
        return self._settings

    @property
    def store_words(self) -> str:
        return self._store_words

    @property
    def _compact(self) -> bool:
        return self.width() < px(NARROW_BELOW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        compact = self._compact
        self._side.setFixedWidth(px(NARROW if compact else WIDE))
        self._brand.setVisible(not compact)
        self._feet.setDirection(QHBoxLayout.Direction.TopToBottom if compact else QHBoxLayout.Direction.LeftToRight)
        for name, text, _glyph in _PAGES:
            made = self._nav[name]
            made.setText("" if compact else f"  {text}")
            made.setToolTip(text if compact else "")
            if bool(made.property("compact")) != compact:
                restyle(made, "compact", compact)
        self._store.setText("" if compact else f" {self._store_words}")
        self.toast.place()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._begun:
            self._begun = True
            QTimer.singleShot(FRAME_MS, self, self._begin)  # the frame is painted before anything else is loaded

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange and hasattr(self, "watcher"):
            self.watcher.rest(hidden=self.isMinimized())

    def raise_up(self) -> None:
        """Somebody started the program again."""
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._may_close():
            event.ignore()
            return
        self._state.setValue("geometry", self.saveGeometry())
        self._close_home()
        self._end_practice()
        if self._notices is not None:
            self._notices.close()
        event.accept()

    def _may_close(self) -> bool:
        running: Callable[[], str] | None = getattr(self._pages.get(ENRICH), "running_words", None)
        said = running() if running is not None else ""
        if not said:
            return True
        from gui.dialogs import Confirm  # noqa: PLC0415  # rarely needed

        text = f"{said} Stopping loses nothing; you can resume later."
        return bool(Confirm(self, "A run is going on", text, "Stop and close", no="Keep running", glyph="triangle-alert").exec())

    def _remember(self) -> None:
        self.resize(USUAL)
        geometry = self._state.value("geometry")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        self._turn.setIcon(icon("sun" if is_dark() else "moon"))


PRACTICE_LINE = "Practice mode. Nothing is sent to Lusha."


def _keys_word(count: int) -> str:
    return "1 key" if count == 1 else f"{count} keys"


def _dashboard(window: Window) -> Page:
    from gui.dashboard import Dashboard  # noqa: PLC0415  # pages are loaded when they are first shown

    return Dashboard(window.around)


def _key_list(window: Window) -> Page:
    from gui.keys_page import KeysPage  # noqa: PLC0415  # as above

    return KeysPage(window.around)


def _enrich(window: Window) -> Page:
    from gui.enrich_page import EnrichPage  # noqa: PLC0415  # as above

    return EnrichPage(window.around)


def _activity(window: Window) -> Page:
    from gui.activity_page import ActivityPage  # noqa: PLC0415  # as above

    return ActivityPage(window.around)


def _settings(window: Window) -> Page:
    from gui.settings_page import SettingsPage  # noqa: PLC0415  # as above

    return SettingsPage(window.around, window)


_MAKERS: dict[str, Callable[[Window], Page]] = {
    DASHBOARD: _dashboard,
    KEYS: _key_list,
    ENRICH: _enrich,
    ACTIVITY: _activity,
    SETTINGS: _settings,
}
