"""What every page is: a title, buttons at its right, a body; and how a page reaches the desk, the toast and its neighbours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from core.errors import EnrichError
from gui.basics import Elided, column, label
from gui.worker import Desk

if TYPE_CHECKING:
    from core.app import App
    from core.board import Snapshot

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What pages are given by the window: ``say`` shows a toast (text, good, undo), ``go`` another page by name."""

    desk: Callable[[], Desk]
    say: Callable[[str, bool, Callable[[], None] | None], None]
    trouble: Callable[[EnrichError], None]
    go: Callable[[str], None]
    add_keys: Callable[[], None]
    open_file: Callable[[str], None]
    take_up: Callable[[str], None]  # a stopped job, by its id
    show_run: Callable[[str], None]  # in the list of runs, by its id
    practise: Callable[[], None]

    def ask(self, work: Callable[[App], T], then: Callable[[T], None]) -> None:
        """Do something on the desk's thread; what refuses it is shown."""
        self.desk().ask(work, then, self.trouble)


class Page(QWidget):
    """``box`` takes the body, ``head`` the buttons. ``scrolls``: short windows get a scroll bar."""

    def __init__(self, around: Surroundings, title: str, sub: str, *, scrolls: bool = True) -> None:
        super().__init__()
        self.around = around
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        inner = QWidget()
        self.box = QVBoxLayout(inner)
        self.box.setContentsMargins(28, 22, 28, 22)
        self.box.setSpacing(14)
        self.head = QHBoxLayout()
        self.head.setSpacing(8)
        self.title, self.sub = label(title, "h1"), Elided(sub, "sub")
        self.head.addLayout(column(self.title, self.sub, spacing=3), 1)
        self.box.addLayout(self.head)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        if scrolls:
            outer.addWidget(scrolling(inner))
        else:
            outer.addWidget(inner)

    def load(self, snapshot: Snapshot) -> None:
        """Show another state of the data."""

    def tick(self) -> None:
        """A second has passed while the page is shown."""


def scrolling(inner: QWidget) -> QScrollArea:
    """Scrolls up and down when there is too little room; Tab goes to what is in it."""
    area = QScrollArea()
    area.setWidget(inner)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)  # asks for its least height only
    return area


class Steps(QWidget):
    """Shows one of several. A QStackedWidget asks for the room of the tallest, whichever is shown."""

    def __init__(self) -> None:
        super().__init__()
        self._box, self._parts, self._shown = column(spacing=0), list[QWidget](), 0
        self.setLayout(self._box)

    def addWidget(self, part: QWidget) -> None:
        self._parts.append(part)
        self._box.addWidget(part)
        part.setVisible(len(self._parts) == 1)

    def currentIndex(self) -> int:
        return self._shown

    def setCurrentIndex(self, number: int) -> None:
        self._shown = number
        for place, part in enumerate(self._parts):
            part.setVisible(place == number)
