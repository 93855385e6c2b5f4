"""The window: the side bar, the pages (built on their first visit), and what holds them together."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QEvent, QSettings, QSize, QTimer
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QWidget

from core.errors import EnrichError
from core.settings import Settings
from gui.basics import column, row
from gui.home import Home
from gui.icons import app_icon
from gui.page import Page, Surroundings
from gui.pages import ACTIVITY, DASHBOARD, ENRICH, KEYS, PAGES, SETTINGS
from gui.practising import Practising, practice_line
from gui.sidebar import Sidebar
from gui.theme import Mode, Theme, px
from gui.toast import Toast

if TYPE_CHECKING:
    from core.board import Snapshot
    from core.keys.store import AddReport
    from core.keys.vault import Vault

__all__ = ["ACTIVITY", "DASHBOARD", "ENRICH", "KEYS", "SETTINGS", "Window"]
NARROW_BELOW = 1120
LEAST, USUAL = QSize(960, 620), QSize(1240, 800)
FRAME_MS, SLOW_MS = 20, 1000  # the frame is there; the person is told that something takes its time
SLOW = "Still working… Your system may be asking you to unlock its key store."

Make = Callable[[str, "Window"], Page]


class Window(QMainWindow):
    """``make`` builds a page by name. ``vault`` is given in tests only; the program uses the operating system's."""

    def __init__(self, settings: Settings, theme: Theme, state: QSettings, make: Make, vault: Vault | None = None) -> None:
        super().__init__()
        self._settings, self._theme, self._state, self._make, self._vault = settings, theme, state, make, vault
        self._snapshot: Snapshot | None = None
        self._home: Home | None = None
        self._first = str(state.value("page", DASHBOARD))
        self._loaded = self._begun = False
        self._pages: dict[str, Page] = {}
        self._notices: Any = None  # made after the first paint, as everything that is not needed for it
        self._build()
        self.around = Surroundings(
            desk=lambda: self.home.desk,
            say=self.toast.say,
            trouble=self.trouble,
            go=self.go,
            add_keys=self.add_keys,
            open_file=self.open_file,
            take_up=self.take_up,
            show_run=self.show_run,
            practise=self.practise,
        )
        self._practice = Practising(self, self.around, settings, vault, self.close_home, self._open)
        self._keys()
        self._remember()

    # -- frame ---------------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        self._side = Sidebar(self.go, self.turn)
        self._stack = QStackedWidget()
        self._line = practice_line(self.leave_practice)
        right, middle = column(self._line, self._stack, spacing=0), QWidget()
        right.setStretch(1, 1)
        whole = row(self._side, right, spacing=0)
        whole.setStretch(1, 1)
        middle.setLayout(whole)
        self.setCentralWidget(middle)
        self.toast = Toast(middle)
        self._second = QTimer(self, interval=1000)
        self._second.timeout.connect(self._tick)
        self._second.start()
        self._slow = QTimer(self, singleShot=True, interval=SLOW_MS)
        self._slow.timeout.connect(lambda: self.toast.say(SLOW, True))

    def _keys(self) -> None:
        for number, (name, _text, _glyph) in enumerate(PAGES, 1):
            QShortcut(QKeySequence(f"Ctrl+{number}"), self, lambda name=name: self.go(name))
        for keys, do in (
            ("Ctrl+N", self.add_keys),
            ("Ctrl+O", self._choose_file),
            ("Ctrl+Shift+D", self.turn),
            ("Ctrl+Z", self.toast.take_back),
        ):
            QShortcut(QKeySequence(keys), self, do)

    def _remember(self) -> None:
        """As it was left, and never larger than the screen: what is beside it cannot be reached."""
        room = self.screen().availableGeometry().size()
        self.setMinimumSize(LEAST.boundedTo(room))
        self.resize(USUAL.boundedTo(room))
        geometry = self._state.value("geometry")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
            self.resize(self.size().boundedTo(self.screen().availableGeometry().size()))

    # -- pages ---------------------------------------------------------------------------------------------------------
    def go(self, name: str) -> None:
        """Show a page; it is built on its first visit."""
        self._side.choose(name)
        page = self.page(name)
        if self._snapshot is not None:
            page.load(self._snapshot)
        self._stack.setCurrentWidget(page)

    def page(self, name: str) -> Page:
        """A page, made when it is first asked for."""
        if name not in self._pages:
            self._pages[name] = self._make(name, self)
            self._stack.addWidget(self._pages[name])
            gc.freeze()  # a page stays: looking through all of it for garbage would hold up the screen for 30 ms and more
        return self._pages[name]

    @property
    def shown(self) -> str:
        return next((name for name, page in self._pages.items() if page is self._stack.currentWidget()), DASHBOARD)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Another state of the data has arrived."""
        before, self._snapshot = self._snapshot, snapshot
        self._notices.look(before if self._loaded and before is not None else snapshot, snapshot)
        if not self._loaded:
            self._loaded = True
            gc.freeze()  # as in page()
        self._pages[self.shown].load(snapshot)

    def _tick(self) -> None:
        if self.isVisible() and not self.isMinimized() and self.shown in self._pages:
            self._pages[self.shown].tick()

    # -- the home that is open -----------------------------------------------------------------------------------------
    @property
    def home(self) -> Home:
        """The one that is open; there is none before the first paint."""
        if self._home is None:
            raise RuntimeError("no home is open yet")
        return self._home

    def _begin(self) -> None:
        from gui.notices import Notices  # noqa: PLC0415  # after the first paint

        self.setWindowIcon(app_icon())
        self._notices = Notices(self, self.toast.tell)
        self._open(self._settings, self._vault)

    def _open(self, settings: Settings, vault: Vault | None) -> None:
        from core.board import Snapshot  # noqa: PLC0415  # after the first paint

        gc.unfreeze()
        self._settings, self._loaded, self._snapshot = settings, False, Snapshot()
        self._home = Home(settings, vault)
        self._home.snapshot.connect(self.show_snapshot)
        self._home.trouble.connect(lambda error: self.toast.say(f"{error.title}. {error.message}".strip(), False))
        self._home.crashed.connect(self.crashed)
        self._home.store.connect(self.store_is)
        self._home.desk.busy.connect(lambda busy: self._slow.start() if busy else self._slow.stop())
        self._home.start()
        practice = settings.origin == "practice"
        self._line.setVisible(practice)
        self.setWindowTitle("LushaEnrich (practice)" if practice else "LushaEnrich")
        self._first = self.shown if self._pages else self._first
        self._drop_pages()
        self.go(self._first)

    def _drop_pages(self) -> None:
        for page in self._pages.values():
            self._stack.removeWidget(page)
            page.deleteLater()
        self._pages = {}

    def close_home(self) -> None:
        """The run that goes on is stopped (see ``may_stop``), its answers are kept, and nothing is read or written any more."""
        if self._home is None:  # closed before it was opened
            return
        for page in self._pages.values():
            close: Callable[[], None] | None = getattr(page, "close_runs", None)
            if close is not None:
                close()
        self._home.close()

    def reopen(self, settings: Settings) -> None:
        """Settings were changed: the same home is opened with them."""
        self.close_home()
        self._practice.keep(settings)
        self._open(settings, self.home.vault)

    def practise(self) -> None:
        """Open the practice list: a pretend Lusha is started, with keys and people of its own."""
        if self._practice.is_on or self.may_stop("Stop and practise"):
            self._practice.begin()

    def leave_practice(self) -> None:
        if self.may_stop("Stop and leave") and self._practice.leave():
            self.go(DASHBOARD)

    @property
    def settings(self) -> Settings:
        return self._settings

    def store_is(self, text: str, glyph: str) -> None:
        """The line at the foot of the side bar."""
        self._side.store_is(text, glyph)

    @property
    def store_words(self) -> str:
        return self._side.store_words

    # -- what pages ask for --------------------------------------------------------------------------------------------
    def add_keys(self) -> None:
        from gui.add_keys import open_add_keys  # noqa: PLC0415  # after the first paint

        accounts = self._snapshot.accounts if self._snapshot else ()
        open_add_keys(self, self.home.desk, accounts, self.home.vault, self._added)

    def _added(self, report: AddReport) -> None:
        from gui.add_keys import report_words  # noqa: PLC0415  # loaded by the dialog

        self.go(KEYS)
        self.toast.say(report_words(report), bool(report.new or report.already_here))

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

    def show_run(self, job: str) -> None:
        self.go(ACTIVITY)
        shower: Callable[[str], None] | None = getattr(self.page(ACTIVITY), "show_run", None)
        if shower is not None:
            shower(job)

    def _choose_file(self) -> None:
        self.go(ENRICH)
        chooser: Callable[[], None] | None = getattr(self.page(ENRICH), "choose", None)
        if chooser is not None:
            chooser()

    def trouble(self, error: EnrichError) -> None:
        """Something was refused: what, and what to do."""
        self.home.told(error)

    def crashed(self, error: BaseException) -> None:
        from core.doctor.crashes import keep  # noqa: PLC0415  # rarely needed
        from core.secret import Redactor  # noqa: PLC0415  # as above
        from gui.dialogs import Report  # noqa: PLC0415  # as above

        shown = Report(self, error, Redactor())
        keep(self.settings.home, shown.text.toPlainText())
        shown.open()

    # -- theme, size, end ----------------------------------------------------------------------------------------------
    def turn(self) -> None:
        self.theme_is(self._theme.flip())

    def theme_is(self, mode: Mode) -> None:
        if mode is not self._theme.mode:
            self._theme.apply(mode)
        self._state.setValue("theme", mode.value)
        self._side.theme_changed()
        changed: Callable[[], None] | None = getattr(self._pages.get(SETTINGS), "theme_changed", None)
        if changed is not None:
            changed()

    @property
    def theme(self) -> Mode:
        return self._theme.mode

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._side.fit(narrow=self.width() < px(NARROW_BELOW))
        self.toast.place()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._begun:
            self._begun = True
            QTimer.singleShot(FRAME_MS, self, self._begin)  # the frame is painted before anything else is loaded

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange and self._home is not None:
            self._home.watcher.rest(hidden=self.isMinimized())

    def raise_up(self) -> None:
        """Somebody started the program again."""
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.may_stop("Stop and close"):
            event.ignore()
            return
        self._state.setValue("geometry", self.saveGeometry())  # written now: a file is no business of every page switch
        self._state.setValue("page", self.shown)
        self.close_home()
        self._practice.end()
        if self._notices is not None:
            self._notices.close()
        event.accept()

    def may_stop(self, verb: str) -> bool:
        """Whether what ends a run may be done: nothing is running, or the person chose ``verb``, such as "Stop and close"."""
        running: Callable[[], str] | None = getattr(self._pages.get(ENRICH), "running_words", None)
        said = running() if running is not None else ""
        from gui.dialogs import may_stop  # noqa: PLC0415  # not at start

        return not said or may_stop(self, said, verb)
