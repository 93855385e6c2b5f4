"""Charts of the insights by QPainter: stacked columns and lines over days, bars of shares. All numbers are read out too."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.charts import OverPlaces, scale
from gui.theme import colours, font, is_dark, metrics, px

_LEFT, _BOTTOM, _TOP = 44, 24, 8
_RIGHT_MIDDLE = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_OUTLINED = frozenset({"stored", "left"})  # the two palest fills stay under 3:1 on the light card


@dataclass(frozen=True, slots=True)
class Series:
    """A name and a colour token."""

    name: str
    colour: str


@dataclass(frozen=True, slots=True)
class Point:
    """One place of the axis: its name and a value for each series; None where there is none."""

    name: str
    values: tuple[float | None, ...]


class Swatch(QWidget):
    """Colour and word of a series."""

    def __init__(self, series: Series) -> None:
        super().__init__()
        self._series = series
        self.setAccessibleName(series.name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedSize(metrics(12).horizontalAdvance(series.name) + px(24), px(18))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, ink, side = QPainter(self), colours(), px(9)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _fill(painter, self._series.colour)
        painter.drawRoundedRect(QRectF(1, (self.height() - side) / 2, side, side), 2, 2)
        painter.setFont(font(12))
        painter.setPen(ink["text2"])
        painter.drawText(self.rect().adjusted(px(17), 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), self._series.name)


class Plot(OverPlaces):
    """What charts over an axis share: the grid and the names below."""

    def __init__(self, name: str, series: Sequence[Series], says: Callable[[float], str]) -> None:
        super().__init__(name, _LEFT, 170)
        self.series, self._says = tuple(series), says
        self.points: Sequence[Point] = ()

    def load(self, points: Sequence[Point]) -> None:
        self.points, self._hot = points, -1
        self.setAccessibleDescription("; ".join(self.said(point) for point in points if any(point.values)))
        self.update()

    def said(self, point: Point) -> str:
        """A point's numbers in words."""
        parts = [
            f"{self._says(value)} {one.name}" for value, one in zip(point.values, self.series, strict=True) if value is not None
        ]
        return f"{point.name}: {', '.join(parts) or 'nothing'}"

    @abstractmethod
    def peak(self) -> float:
        """The highest value there is."""

    @abstractmethod
    def draw(self, painter: QPainter, top: float) -> None:
        """Paint the series; the axis ends at ``top``."""

    def places(self) -> int:
        return len(self.points)

    def words(self, place: int) -> str:
        return self.said(self.points[place])

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(11, tabular=True))
        step, top = scale(-(-int(self.peak() * 100) // 100))
        for value in range(0, top + 1, step):
            self._line(painter, value, top)
        if self._hot >= 0:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours()["hover"])
            painter.drawRoundedRect(QRectF(_LEFT + self.cell() * self._hot, _TOP, self.cell(), self.high()), 4, 4)
        self.draw(painter, float(top))
        for place in range(len(self.points)):
            self._name(painter, place)

    def high(self) -> float:
        return float(self.height() - _BOTTOM - _TOP)

    def level(self, value: float, top: float) -> float:
        return self.height() - _BOTTOM - self.high() * value / top

    def _line(self, painter: QPainter, value: int, top: int) -> None:
        y = round(self.level(value, top)) + 0.5
        painter.setPen(QPen(colours()["border"], 1))
        painter.drawLine(QPointF(_LEFT, y), QPointF(self.width(), y))
        painter.setPen(colours()["text3"])
        painter.drawText(QRectF(0, y - 8, _LEFT - 8, 16), _RIGHT_MIDDLE, self._says(value))

    def _name(self, painter: QPainter, place: int) -> None:
        widest = max(metrics(11).horizontalAdvance(point.name) for point in self.points) + px(10)
        every = max(1, -int(-1.4 * widest // self.cell()))  # so that names do not touch
        if (len(self.points) - 1 - place) % every:
            return
        painter.setPen(colours()["text" if place == self._hot else "text3"])
        middle = min(_LEFT + self.cell() * (place + 0.5), self.width() - widest / 2)
        area = QRectF(middle - widest / 2, self.height() - _BOTTOM + 4, widest, 18)
        painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), self.points[place].name)


class Columns(Plot):
    """One column a point, its series upon each other."""

    def peak(self) -> float:
        return max((sum(value or 0.0 for value in point.values) for point in self.points), default=0.0)

    def draw(self, painter: QPainter, top: float) -> None:
        wide = min(30.0, self.cell() * 0.62)
        for place, point in enumerate(self.points):
            x, below = _LEFT + self.cell() * (place + 0.5) - wide / 2, 0.0
            for value, one in zip(point.values, self.series, strict=True):
                if value:
                    _fill(painter, one.colour)
                    upper, lower = self.level(below + value, top), self.level(below, top)
                    painter.drawRoundedRect(QRectF(x, upper, wide, max(1.0, lower - upper - 1.5)), 2, 2)
                    below += value


class Lines(Plot):
    """A line a series; a point without a value is skipped, for it is no zero. Shapes tell the lines apart too."""

    def peak(self) -> float:
        return max((value for point in self.points for value in point.values if value is not None), default=0.0)

    def draw(self, painter: QPainter, top: float) -> None:
        for number, one in enumerate(self.series):
            places = [
                QPointF(_LEFT + self.cell() * (place + 0.5), self.level(value, top))
                for place, point in enumerate(self.points)
                if (value := point.values[number]) is not None
            ]
            ink = colours()[one.colour]
            painter.setPen(QPen(ink, 2))
            painter.drawPolyline(places)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink)
            for place in places:
                self._mark(painter, place, number)

    @staticmethod
    def _mark(painter: QPainter, at: QPointF, number: int) -> None:
        if number:
            painter.drawRect(QRectF(at.x() - 3.2, at.y() - 3.2, 6.4, 6.4))
        else:
            painter.drawEllipse(at, 3.6, 3.6)


class Shares(QWidget):
    """A horizontal bar for each share, 0 to 1, with what it is of in words. None: nothing was answered."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._bars: Sequence[tuple[str, float | None, str, str]] = ()
        self.setAccessibleName(name)
        self.setMinimumHeight(px(170))

    def load(self, bars: Sequence[tuple[str, float | None, str, str]]) -> None:
        """(name, share, what it is of, colour token), from top to bottom."""
        self._bars = bars
        self.setAccessibleDescription("; ".join(f"{name}: {_share(share)}, {of}" for name, share, of, _ in bars))
        self.setMinimumHeight(max(px(170), px(26) * len(bars)))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        high = min(float(px(34)), self.height() / max(1, len(self._bars)))
        for place, bar in enumerate(self._bars):
            self._bar(painter, QRectF(0, place * high, self.width(), high), bar)

    def _bar(self, painter: QPainter, area: QRectF, bar: tuple[str, float | None, str, str]) -> None:
        name, share, of, colour = bar
        ink, left, right = colours(), px(150), px(130)
        painter.setFont(font(12, tabular=True))
        painter.setPen(ink["text2"])
        painter.drawText(QRectF(0, area.y(), left - 8, area.height()), int(Qt.AlignmentFlag.AlignVCenter), name)
        track = QRectF(left, area.center().y() - 5, max(20.0, area.width() - left - right), 10)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink["sunken"])
        painter.drawRoundedRect(track, 5, 5)
        if share:
            _fill(painter, colour)
            painter.drawRoundedRect(QRectF(track.x(), track.y(), max(10.0, track.width() * share), 10), 5, 5)
        painter.setPen(ink["text"])
        painter.drawText(
            QRectF(track.right() + 10, area.y(), right - 10, area.height()),
            int(Qt.AlignmentFlag.AlignVCenter),
            f"{_share(share)} {of}",
        )


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _fill(painter: QPainter, colour: str) -> None:
    ink = colours()
    painter.setPen(QPen(ink["edge"], 1) if colour in _OUTLINED and not is_dark() else Qt.PenStyle.NoPen)
    painter.setBrush(ink[colour])
