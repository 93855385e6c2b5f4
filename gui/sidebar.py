"""The side bar: one button a page, the line of the key store, the theme. Icons only where the window is narrow."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from gui.icons import icon
from gui.pages import PAGES, SETTINGS
from gui.theme import is_dark, px, restyle
from gui.widgets import Glyph, label, row, tool

WIDE, NARROW = 216, 64
CHECKING = "Checking…"


class Sidebar(QFrame):
    """``go`` is told the name of a page; ``turn`` switches light and dark."""

    def __init__(self, go: Callable[[str], None], turn: Callable[[], None]) -> None:
        super().__init__()
        self.setObjectName("sidebar")
        self._go, self._narrow, self.store_words = go, False, CHECKING
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 16, 12, 14)
        box.setSpacing(4)
        self._brand = label("LushaEnrich", "brand")
        box.addLayout(row(4, Glyph("zap", "on_accent", "accent", 32, 18), self._brand, None, spacing=8))
        box.addSpacing(14)
        self._nav: dict[str, QPushButton] = {}
        for name, text, glyph in PAGES:
            if name == SETTINGS:
                box.addStretch()
            self._nav[name] = self._button(name, text, glyph)
            box.addWidget(self._nav[name])
        self._store = self._store_line()
        self._turn = tool("moon", "Switch between light and dark (Ctrl+Shift+D)", turn)
        self._feet = QHBoxLayout()
        self._feet.setSpacing(0)
        self._feet.addWidget(self._store, 1)
        self._feet.addWidget(self._turn)
        box.addLayout(self._feet)
        self.theme_changed()

    def choose(self, name: str) -> None:
        """Show which page is open."""
        self._nav[name].setChecked(True)

    def store_is(self, text: str, glyph: str) -> None:
        """The line of the key store."""
        self.store_words = text
        self._store.setAccessibleName(text)
        self._store.setToolTip(text)
        self._store.setIcon(icon(glyph, "text3"))
        self._store.setText("" if self._narrow else f" {text}")

    def theme_changed(self) -> None:
        """The button shows what it would turn to."""
        self._turn.setIcon(icon("sun" if is_dark() else "moon"))

    def fit(self, *, narrow: bool) -> None:
        """Icons only, or with words; names stay for screen readers and as tool tips."""
        self._narrow = narrow
        self.setFixedWidth(px(NARROW if narrow else WIDE))
        self._brand.setVisible(not narrow)
        self._feet.setDirection(QHBoxLayout.Direction.TopToBottom if narrow else QHBoxLayout.Direction.LeftToRight)
        for name, text, _glyph in PAGES:
            made = self._nav[name]
            made.setText("" if narrow else f"  {text}")
            made.setToolTip(text if narrow else "")
            if bool(made.property("compact")) != narrow:
                restyle(made, "compact", narrow)
        self._store.setText("" if narrow else f" {self.store_words}")

    def _button(self, name: str, text: str, glyph: str) -> QPushButton:
        made = QPushButton(f"  {text}")
        made.setObjectName("nav")
        made.setCheckable(True)
        made.setAutoExclusive(True)
        made.setAccessibleName(text)
        made.setIcon(icon(glyph, "text2", "accent_text"))
        made.setIconSize(QSize(px(18), px(18)))
        made.clicked.connect(lambda: self._go(name))
        return made

    def _store_line(self) -> QPushButton:
        made = QPushButton(CHECKING)
        made.setObjectName("foot")
        made.setIcon(icon("lock", "text3"))
        made.clicked.connect(lambda: self._go(SETTINGS))
        return made
