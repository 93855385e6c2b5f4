"""Charts by QPainter: results by day, parts of a run, a balance, seven days in a cell. All numbers are read out too."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.board import Group
from gui.theme import colours, font, is_dark, metrics, px

WORDS = {
    Group.FOUND: "Found",
    Group.STORED: "From store",
    Group.NOT_FOUND: "Not found",
    Group.FAILED: "Failed",
    Group.LEFT: "Left",
}
SERIES = (Group.FOUND, Group.STORED, Group.NOT_FOUND, Group.FAILED)
LOW = 0.2  # of an account's credits
_OUTLINED = (Group.STORED, Group.LEFT)  # the two palest fills stay under 3:1 on the light card
_STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 2500, 5000, 10_000, 20_000, 25_000, 50_000)
_LEFT, _BOTTOM, _TOP = 40, 24, 8

Day = tuple[str, Mapping[Group, int]]


class OverPlaces(QWidget):
    """A chart of places side by side, the first one beginning at ``left``: it tells of the one the mouse is over."""

    def __init__(self, name: str, left: int, high: int) -> None:
        super().__init__()
        self._left, self._hot = left, -1
        self.setAccessibleName(name)
        self.setMinimumHeight(px(high))
        self.setMouseTracking(True)

    @abstractmethod
    def places(self) -> int:
        """How many there are."""

    @abstractmethod
    def words(self, place: int) -> str:
        """The numbers of one place."""

    def cell(self) -> float:
        return (self.width() - self._left - 6) / max(1, self.places())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = int((event.position().x() - self._left) / max(1.0, self.cell()))
        hot = at if event.position().x() >= self._left and 0 <= at < self.places() else -1
        if hot != self._hot:
            self._hot = hot
            self.setToolTip(self.words(hot) if hot >= 0 else "")
            self.update()

    def leaveEvent(self, _event: QEvent) -> None:
        self._hot = -1
        self.update()


class Bars(OverPlaces):
    """Stacked bars, one a day. The accessible description is the whole table in words."""

    def __init__(self, name: str) -> None:
        super().__init__(name, _LEFT, 150)
        self._days: Sequence[Day] = ()

    def load(self, days: Sequence[Day]) -> None:
        self._days = days
        self.setAccessibleDescription("; ".join(said(day) for day in days))
        self.update()

    def places(self) -> int:
        return len(self._days)

    def words(self, place: int) -> str:
        return said(self._days[place])

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(11, tabular=True))
        step, top = scale(max((sum(counts.values()) for _, counts in self._days), default=0))
        self._grid(painter, step, top)
        for number in range(len(self._days)):
            self._bar(painter, number, top)
            self._day(painter, number)

    def _height(self) -> float:
        return float(self.height() - _BOTTOM - _TOP)

    def _grid(self, painter: QPainter, step: int, top: int) -> None:
        ink = colours()
        for value in range(0, top + 1, step):
            y = self.height() - _BOTTOM - self._height() * value / top
            painter.setPen(QPen(ink["border"], 1))
            painter.drawLine(QPointF(_LEFT, round(y) + 0.5), QPointF(self.width(), round(y) + 0.5))
            painter.setPen(ink["text3"])
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, y - 8, _LEFT - 8, 16), int(right), f"{value:,}")

    def _bar(self, painter: QPainter, number: int, top: int) -> None:
        ink, cell = colours(), self.cell()
        wide = min(34.0, cell * 0.56)
        x, y = _LEFT + cell * number + (cell - wide) / 2, float(self.height() - _BOTTOM)
        painter.setPen(Qt.PenStyle.NoPen)
        if number == self._hot:
            painter.setBrush(ink["hover"])
            painter.drawRoundedRect(QRectF(_LEFT + cell * number + 2, _TOP, cell - 4, self._height()), 6, 6)
        for group in SERIES:
            tall = self._height() * self._days[number][1].get(group, 0) / top
            if tall > 0:
                painter.setPen(QPen(ink["edge"], 1) if group in _OUTLINED and not is_dark() else Qt.PenStyle.NoPen)
                painter.setBrush(ink[group])
                painter.drawRoundedRect(QRectF(x, y - tall, wide, max(1.0, tall - 1.5)), 2, 2)
                y -= tall

    def _day(self, painter: QPainter, number: int) -> None:
        every = max(1, -(-len(self._days) // 10))  # so that thirty names do not touch
        if (len(self._days) - 1 - number) % every:
            return
        painter.setPen(colours()["text" if number == self._hot else "text3"])
        wide = self.cell() * every
        middle = _LEFT + self.cell() * (number + 0.5)
        place = QRectF(middle - wide / 2, self.height() - _BOTTOM + 4, wide, 18)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), self._days[number][0])


class Stack(QWidget):
    """One horizontal bar of parts: a run, with its numbers as description."""

    def __init__(self, name: str, height: int = 12) -> None:
        super().__init__()
        self._counts: Mapping[Group, int] = {}
        self.setAccessibleName(name)
        self.setFixedHeight(px(height))

    def load(self, counts: Mapping[Group, int]) -> None:
        self._counts = counts
        self.setAccessibleDescription(in_words(counts))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        parts(painter, QRectF(self.rect()), self._counts)


class Legend(QWidget):
    """Swatch and word, with the number when there is one; colour is never the only bearer."""

    def __init__(self, group: Group) -> None:
        super().__init__()
        self._group, self._text = group, WORDS[group]
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.say()

    def say(self, count: int | None = None) -> None:
        word = WORDS[self._group]
        self._text = word if count is None else f"{count:,} {word.lower()}"
        self.setAccessibleName(self._text)
        self.setFixedSize(metrics(12).horizontalAdvance(self._text) + px(24), px(18))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, ink = QPainter(self), colours()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(ink["edge"], 1) if self._group in _OUTLINED else Qt.PenStyle.NoPen)
        painter.setBrush(ink[self._group])
        side = px(9)
        painter.drawRoundedRect(QRectF(1, (self.height() - side) / 2, side, side), 2, 2)
        painter.setFont(font(12))
        painter.setPen(ink["text2"])
        painter.drawText(self.rect().adjusted(px(17), 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), self._text)


class Balance(QWidget):
    """What an account has left of its credits."""

    def __init__(self) -> None:
        super().__init__()
        self._share = 0.0
        self.setFixedHeight(px(8))

    def load(self, share: float, said_: str) -> None:
        self._share = share
        self.setAccessibleName(said_)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        balance(painter, QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), self._share)


def said(day: Day) -> str:
    """A day's numbers in words."""
    name, counts = day
    return f"{name}: " + ", ".join(f"{counts.get(group, 0):,} {WORDS[group].lower()}" for group in SERIES)


def in_words(counts: Mapping[Group, int]) -> str:
    """``8 found, 2 failed``: what is not zero, in the order of the bar."""
    return ", ".join(f"{counts[group]:,} {WORDS[group].lower()}" for group in Group if counts.get(group)) or "nothing yet"


def scale(peak: int) -> tuple[int, int]:
    """The step between grid lines, at most five of them, and the top of the axis."""
    step = next((one for one in _STEPS if peak / one <= 4), -(-peak // 4))
    return step, step * max(1, -(-peak // step))


def parts(painter: QPainter, area: QRectF, counts: Mapping[Group, int]) -> None:
    """A rounded bar whose parts are as long as their shares, with gaps so that neighbours never touch."""
    ink, track = colours(), area.adjusted(0.5, 0.5, -0.5, -0.5)
    clip = QPainterPath()
    clip.addRoundedRect(track, track.height() / 2, track.height() / 2)
    painter.save()
    painter.setClipPath(clip, Qt.ClipOperation.IntersectClip)
    painter.fillRect(area, ink["sunken"])
    whole, x = sum(counts.values()) or 1, area.x()
    for group in Group:
        wide = area.width() * counts.get(group, 0) / whole
        if wide > 0:
            painter.fillRect(QRectF(x, area.y(), max(1.0, wide - 1.5), area.height()), ink[group])
        x += wide
    painter.restore()
    painter.setPen(QPen(ink["border" if is_dark() else "edge"], 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(track, track.height() / 2, track.height() / 2)


def balance(painter: QPainter, area: QRectF, share: float) -> None:
    """Credits left; that they are low is said by the colour and by the figure beside it."""
    ink = colours()
    painter.setPen(QPen(ink["edge"], 1))
    painter.setBrush(ink["sunken"])
    painter.drawRoundedRect(area, area.height() / 2, area.height() / 2)
    if share > 0:
        wide = max(area.height() - 2, (area.width() - 2) * share)
        fill = QRectF(area.x() + 1, area.y() + 1, wide, area.height() - 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink["exhausted" if share <= LOW else Group.FOUND])
        painter.drawRoundedRect(fill, fill.height() / 2, fill.height() / 2)


def spark(painter: QPainter, area: QRectF, values: Sequence[int]) -> None:
    """Seven days; today is solid, earlier days fainter, an empty day is a base line."""
    ink, peak, wide, gap = colours(), max([*values, 1]), 6.0, 3.0
    painter.setPen(Qt.PenStyle.NoPen)
    for number, value in enumerate(values):
        tall = max(2.0, area.height() * value / peak)
        painter.setOpacity(1.0 if number == len(values) - 1 or not value else 0.55)
        painter.setBrush(ink[Group.FOUND if value else "scroll"])
        painter.drawRoundedRect(QRectF(area.x() + number * (wide + gap), area.bottom() - tall, wide, tall), 1.5, 1.5)
    painter.setOpacity(1)
