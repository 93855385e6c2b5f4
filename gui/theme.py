"""Light, dark or as the system says: Fusion, a palette and one style sheet made from tokens. The focus ring of the keyboard.

The palette of the QApplication is the only place where the theme in force is kept; whoever paints asks here.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QFontMetrics, QGuiApplication, QPalette, QWindow
from PySide6.QtWidgets import QApplication, QWidget

from gui.style import SHEET, SIZES
from gui.tokens import DARK, LIGHT

BODY = 13  # pixels of body text where the system's own font has its usual size
_USUAL = 13 if sys.platform == "darwin" else 12
_MOST = 22
_FAMILIES = ("Segoe UI Variable Text", "Segoe UI", "Inter", "Noto Sans", "DejaVu Sans")
_MONO = ["Cascadia Mono", "Consolas", "SF Mono", "Menlo", "JetBrains Mono", "DejaVu Sans Mono"]

_ROLES = {
    QPalette.ColorRole.Window: "bg",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "surface",
    QPalette.ColorRole.AlternateBase: "sunken",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.Button: "raised",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "on_accent",
    QPalette.ColorRole.ToolTipBase: "text",
    QPalette.ColorRole.ToolTipText: "bg",
    QPalette.ColorRole.PlaceholderText: "text3",
    QPalette.ColorRole.Link: "accent_text",
    QPalette.ColorRole.Mid: "border",
    QPalette.ColorRole.Midlight: "border",
    QPalette.ColorRole.Light: "surface",
    QPalette.ColorRole.Dark: "edge",
    QPalette.ColorRole.BrightText: "bad",
}


class Mode(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Theme(QObject):
    """Puts a theme on the application. ``changed`` comes after every switch."""

    changed = Signal()

    def __init__(self, app: QApplication, mode: Mode = Mode.SYSTEM) -> None:
        super().__init__(app)
        self._app, self.mode = app, mode
        app.setStyle("Fusion")
        app.setFont(_body_font(app))
        px.cache_clear()
        app.styleHints().colorSchemeChanged.connect(self._system_changed)
        self.ring = FocusRing(app, self)
        self.apply(mode)

    def apply(self, mode: Mode) -> None:
        self.mode, hints = mode, self._app.styleHints()
        if mode is Mode.SYSTEM:
            hints.unsetColorScheme()  # without it the scheme forced last is read back as the system's
            dark = hints.colorScheme() == Qt.ColorScheme.Dark
        else:
            dark = mode is Mode.DARK
            hints.setColorScheme(Qt.ColorScheme.Dark if dark else Qt.ColorScheme.Light)  # native title bars
        colours = DARK if dark else LIGHT
        self._app.setPalette(_palette(colours))
        is_dark.cache_clear()
        sizes = {name: f"{px(size)}px" for name, size in SIZES.items()}
        self._app.setStyleSheet(SHEET.format(**colours, **sizes))
        self.changed.emit()

    def flip(self) -> Mode:
        """The other one of light and dark."""
        self.apply(Mode.LIGHT if is_dark() else Mode.DARK)
        return self.mode

    def _system_changed(self) -> None:
        if self.mode is Mode.SYSTEM:
            self.apply(Mode.SYSTEM)


class FocusRing(QObject):
    """A ring only while the keyboard is in use; Qt's own :focus shows it after every click too.

    Key and mouse presses reach the QWindow first, so the filter sits on windows; on the QApplication every event of
    every widget would pass through Python and a theme switch would take twice as long.
    """

    def __init__(self, app: QApplication, parent: QObject) -> None:
        super().__init__(parent)
        self.keyboard = False
        app.focusWindowChanged.connect(self._watch)
        app.focusChanged.connect(self._moved)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in {QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress}:
            self.keyboard = event.type() == QEvent.Type.KeyPress
        return False

    def _watch(self, window: QWindow | None) -> None:
        if window is not None:
            window.installEventFilter(self)  # a second time only moves it to the front

    def _moved(self, old: QWidget | None, now: QWidget | None) -> None:
        for widget, ringed in ((old, False), (now, self.keyboard)):
            if widget is not None and bool(widget.property("ring")) != ringed:
                restyle(widget, "ring", ringed)


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Set a property the style sheet looks at; it is seen only after unpolish and polish."""
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


@cache  # a line of a list asks some ten times; only `Theme` changes the palette and the font
def is_dark() -> bool:
    return QGuiApplication.palette().color(QPalette.ColorRole.Window).lightness() < 128


def tokens() -> Mapping[str, str]:
    """The colours in force, by token, as #RRGGBB."""
    return DARK if is_dark() else LIGHT


def colours() -> Mapping[str, QColor]:
    """The same as QColor; ask once for each painting."""
    return _colours(dark=is_dark())


@cache
def px(size: float) -> int:
    """A length of the design (at 13 px body text) on this computer."""
    return round(size * QApplication.font().pixelSize() / BODY)


def font(size: int = BODY, weight: int = 400, *, tabular: bool = False) -> QFont:
    """The program's font; ``tabular`` digits stand under each other, for columns."""
    return _font(px(size), weight, tabular)


def metrics(size: int = BODY, weight: int = 400, *, tabular: bool = False) -> QFontMetrics:
    return _metrics(px(size), weight, tabular)


def mono(size: int = 12) -> QFont:
    return _mono_font(px(size))


@cache
def _colours(*, dark: bool) -> Mapping[str, QColor]:
    return {name: QColor(value) for name, value in (DARK if dark else LIGHT).items()}


@cache  # making fonts and metrics would be most of a delegate's time
def _font(pixels: int, weight: int, tabular: bool) -> QFont:
    made = QFont(QApplication.font())
    made.setPixelSize(pixels)
    made.setWeight(QFont.Weight(weight))
    if tabular:
        made.setFeature(QFont.Tag("tnum"), 1)
    return made


@cache
def _metrics(pixels: int, weight: int, tabular: bool) -> QFontMetrics:
    return QFontMetrics(_font(pixels, weight, tabular))


@cache
def _mono_font(pixels: int) -> QFont:
    made = QFont(_MONO)
    made.setPixelSize(pixels)
    return made


def _body_font(app: QApplication) -> QFont:
    system = app.font()
    have = set(QFontDatabase.families())
    family = system.family()
    if sys.platform != "darwin":
        family = next((name for name in _FAMILIES if name in have), family)
    made = QFont(family)
    usual = max(_USUAL, QFontInfo(system).pixelSize()) if app.platformName() not in {"offscreen", "minimal"} else _USUAL
    made.setPixelSize(min(_MOST, round(BODY * usual / _USUAL)))
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


def _palette(values: Mapping[str, str]) -> QPalette:
    made = QPalette()
    for role, token in _ROLES.items():
        made.setColor(role, QColor(values[token]))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(values["text3"]))
    return made
