"""How a line of the key list is painted: badges by shape and word, balances, seven days, a tint where something changed."""

from __future__ import annotations

import time
from functools import lru_cache

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from gui.charts import LOW, balance, spark
from gui.icons import pixmap
from gui.key_model import KeysModel
from gui.key_rows import Row, cap_words
from gui.looks import WORD_OF_CATEGORY, Look, Shape
from gui.theme import colours, font, metrics, mono, px, tokens

MENU_COLUMN = 7
FLASH_S = 1.6  # how long a changed row stays tinted
_MIDDLE = Qt.AlignmentFlag.AlignVCenter
_SIDES = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignHCenter)
_FLAGS = {side: int(_MIDDLE | side) for side in _SIDES}  # Qt's flags are slow to add up in Python
_QUIET = frozenset({"Paused", "Off hours", "Invalid", "Missing", "Removing"})


class Painted(QTableView):
    """A table as it is painted: its rows, the row under the mouse (-1: none), and whether the keyboard moves in it."""

    def __init__(self, keys: KeysModel) -> None:
        super().__init__()
        self.keys, self.hover, self.keyboard = keys, -1, False


class KeyDelegate(QStyledItemDelegate):
    """Paints for one table; everything it needs is in the row."""

    def __init__(self, table: Painted) -> None:
        super().__init__(table)
        self._table = table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        row, column, place = self._table.keys.rows[index.row()], index.column(), option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, place, row, index.row(), chosen=chosen)
        if chosen and column == 0:
            painter.fillRect(QRect(place.x(), place.y(), 3, place.height()), colours()["accent"])
        cell = QRectF(place.adjusted(px(20) if column == 0 else px(12), 0, -px(12), 0))
        if row.line is None:
            self._account(painter, row, column, cell)
        else:
            self._key(painter, row, column, cell, index.row(), chosen=chosen)
        if index.row() == self._table.currentIndex().row() and self._table.keyboard and self._table.hasFocus():
            self._ring(painter, place, column)
        painter.restore()

    def _ground(self, painter: QPainter, place: QRect, row: Row, number: int, *, chosen: bool) -> None:
        ink, hover = colours(), self._table.hover == number
        if chosen or hover or row.line is None:
            painter.fillRect(place, ink["selected" if chosen else "hover" if hover else "sunken"])
        age = time.monotonic() - self._table.keys.flash.get(row.id, -9.0)
        if age < FLASH_S and row.look is not None:
            tint = QColor(ink[f"{row.look.tone}_bg"])
            tint.setAlphaF((1 - age / FLASH_S) * (0.35 if row.look.yours else 1.0))
            painter.fillRect(place, tint)
        painter.fillRect(QRect(place.x(), place.bottom(), place.width(), 1), ink["border"])

    def _ring(self, painter: QPainter, place: QRect, column: int) -> None:
        """Around the whole row: the first and the last visible cell bring its ends."""
        painter.setClipRect(place)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colours()["accent"], 2))
        left = 2 if column == 0 else -12
        right = -2 if column == MENU_COLUMN else 12
        painter.drawRoundedRect(QRectF(place).adjusted(left, 2, right, -3), 6, 6)

    def _account(self, painter: QPainter, row: Row, column: int, cell: QRectF) -> None:
        share = row.account.share
        match column:
            case 0:
                self._account_name(painter, row, cell)
            case 2:
                words = self._table.keys.text(row, 2)
                role = "text3" if row.account.left is None else "text2"
                _write(painter, cell.adjusted(0, 0, px(80), 0), words, font(13, tabular=True), role)
            case 3:
                _write(painter, cell.adjusted(0, 0, px(12), 0), cap_words(row.account.cap), font(12), "text3")
            case 4 if share is not None:
                balance(painter, QRectF(cell.x(), cell.center().y() - 4, px(60), 8), share)
                low = share <= LOW
                weight, role = (600, "text") if low else (400, "text2")
                _write(painter, cell.adjusted(px(71), 0, px(8), 0), f"{share:.0%}", font(13, weight, tabular=True), role)
            case 6:
                _write(painter, cell.adjusted(0, 0, px(12), 0), self._table.keys.text(row, 6), font(12), "text3")

    def _account_name(self, painter: QPainter, row: Row, cell: QRectF) -> None:
        mark = pixmap("chevron-down" if row.open else "chevron-right", tokens()["text2"], px(16), self._ratio())
        painter.drawPixmap(QPointF(cell.x() - 6, cell.center().y() - px(8)), mark)
        name = row.account.label
        wide = metrics(13, 600).horizontalAdvance(name)
        long, short = ("1 key", "1 key") if row.number == 1 else (f"{row.number} keys, one balance", f"{row.number} keys")
        start = px(16) + wide + px(8)
        room = cell.width() + px(12) - start
        words = long if metrics(12).horizontalAdvance(long) <= room else short
        _write(painter, cell.adjusted(px(16), 0, px(12), 0), name, font(13, 600), "text")
        if metrics(12).horizontalAdvance(words) <= room:
            _write(painter, QRectF(cell.x() + start, cell.y(), room, cell.height()), words, font(12), "text3")

    def _key(self, painter: QPainter, row: Row, column: int, cell: QRectF, number: int, *, chosen: bool) -> None:
        line = row.line
        if line is None:
            return
        match column:
            case 0:
                self._name(painter, row, cell, chosen=chosen)
            case 1:
                word, name = WORD_OF_CATEGORY[line.key.category]
                mark = pixmap(name, tokens()["text3"], px(15), self._ratio())
                painter.drawPixmap(QPointF(cell.x(), cell.center().y() - px(7)), mark)
                _write(painter, cell.adjusted(px(23), 0, px(12), 0), word, font(), "text2")
            case 2:
                self._state(painter, row, cell)
            case 3:
                self._today(painter, row, cell)
            case 4:
                spark(painter, QRectF(cell.x(), cell.center().y() - px(12), px(60), px(24)), line.week)
                _write(painter, cell.adjusted(px(71), 0, px(8), 0), f"{sum(line.week):,}", font(tabular=True), "text2")
            case 7:
                self._dots(painter, cell, number, chosen=chosen)
            case _:
                self._plain(painter, row, column, cell)

    def _name(self, painter: QPainter, row: Row, cell: QRectF, *, chosen: bool) -> None:
        if row.line is None:
            return
        ink, number = colours(), str(row.number)
        wide = max(float(px(24)), metrics(11, 600, tabular=True).horizontalAdvance(number) + 10.0)
        box = QRectF(cell.x(), cell.center().y() - px(12), wide, px(24))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink["surface" if chosen else "sunken"])
        painter.drawRoundedRect(box, 7, 7)
        _write(painter, box, number, font(11, 600, tabular=True), "text3", Qt.AlignmentFlag.AlignHCenter)
        quiet = row.look is not None and row.look.word in _QUIET
        half = cell.height() / 2
        text = cell.adjusted(wide + px(10), px(6), 0, -half + px(1))
        _write(painter, text, row.line.key.label, font(13, 500), "text2" if quiet else "text")
        tail = f"•••• {row.line.key.last4}"
        _write(painter, cell.adjusted(wide + px(10), half, 0, -px(8)), tail, mono(12), "text3")

    def _state(self, painter: QPainter, row: Row, cell: QRectF) -> None:
        if row.look is None:
            return
        middle = cell.center().y() - (px(10) if row.note else 0)
        badge(painter, cell.x(), middle, cell.width(), row.look)
        if row.note:
            _write(painter, cell.adjusted(2, px(31), px(12), -px(6)), row.note, font(12), "text3")

    def _today(self, painter: QPainter, row: Row, cell: QRectF) -> None:
        """Requests today, and under them what the person lets the key cost a day."""
        line = row.line
        if line is None:
            return
        text = f"{line.today:,} / {line.day_limit:,}" if line.day_limit else f"{line.today:,}"
        role = "text3" if text == "0" else "text2"
        if line.cap is None:
            _write(painter, cell, text, font(tabular=True), role)
            return
        half = cell.height() / 2
        _write(painter, cell.adjusted(0, px(6), 0, -half + px(1)), text, font(tabular=True), role)
        _write(painter, cell.adjusted(0, half, px(12), -px(8)), cap_words(line.cap), font(12), "text3")

    def _dots(self, painter: QPainter, cell: QRectF, number: int, *, chosen: bool) -> None:
        table = self._table
        if table.hover == number or chosen or (table.currentIndex().row() == number and table.hasFocus()):
            mark = pixmap("ellipsis", tokens()["text2"], px(18), self._ratio())
            painter.drawPixmap(cell.center() - QPointF(px(9), px(8)), mark)

    def _plain(self, painter: QPainter, row: Row, column: int, cell: QRectF) -> None:
        text = self._table.keys.text(row, column)
        role = "text3" if text in {"Never", "–", "0"} else "text2"
        side = Qt.AlignmentFlag.AlignRight if column == 5 else Qt.AlignmentFlag.AlignLeft
        _write(painter, cell, text, font(tabular=True), role, side)

    def _ratio(self) -> float:
        return self._table.devicePixelRatioF()


def badge(painter: QPainter, x: float, middle: float, room: float, look: Look) -> None:
    """A pill with shape and word, 22 pixels high, at most ``room`` wide."""
    measure, high, ink = metrics(12, 600), px(22), colours()
    area = QRectF(x, middle - high / 2, min(measure.horizontalAdvance(look.word) + px(33), room), high)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink[f"{look.tone}_bg"])
    painter.drawRoundedRect(area, high / 2, high / 2)
    painter.setBrush(ink[look.tone])
    painter.drawPath(shape(QPointF(area.x() + px(13), area.center().y()), look.shape, px(36) / 10))
    painter.setFont(font(12, 600))
    painter.setPen(ink[look.tone])
    text = measure.elidedText(look.word, Qt.TextElideMode.ElideRight, int(area.width() - px(28)))
    painter.drawText(area.adjusted(px(22), 0, -px(6), 0), int(_MIDDLE), text)


def shape(at: QPointF, form: Shape, radius: float) -> QPainterPath:
    """Nine forms that differ without colour, about two ``radius`` wide."""
    path, x, y, r = QPainterPath(), at.x(), at.y(), radius
    match form:
        case Shape.DISC:
            path.addEllipse(at, r, r)
        case Shape.PIE | Shape.RING:
            path = _open_disc(at, form, r)
        case Shape.TRIANGLE:
            _polygon(path, [(x, y - r - 0.4), (x + r + 0.8, y + r), (x - r - 0.8, y + r)])
        case Shape.DIAMOND:
            _polygon(path, [(x, y - r - 1), (x + r + 1, y), (x, y + r + 1), (x - r - 1, y)])
        case Shape.BARS:
            path.addRect(QRectF(x - r * 0.9, y - r, r * 0.66, 2 * r))
            path.addRect(QRectF(x + r * 0.24, y - r, r * 0.66, 2 * r))
        case Shape.SQUARE:
            path.addRect(QRectF(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8))
        case Shape.MOON:
            path.addEllipse(at, r + 0.4, r + 0.4)
            bite = QPainterPath()
            bite.addEllipse(QPointF(x + r * 0.7, y - r * 0.5), r, r)
            path = path.subtracted(bite)
        case Shape.DOTS:
            for shift in (-r, 0.0, r):
                path.addEllipse(QPointF(x + shift, y), r * 0.3, r * 0.3)
    return path


def _open_disc(at: QPointF, form: Shape, r: float) -> QPainterPath:
    whole, hole, wide = QPainterPath(), QPainterPath(), r + 0.6
    whole.addEllipse(at, wide, wide)
    if form is Shape.PIE:  # a clock's hand: comes back by itself
        hole.moveTo(at)
        hole.arcTo(QRectF(at.x() - wide, at.y() - wide, 2 * wide, 2 * wide), 0, 90)
    else:
        hole.addEllipse(at, r - 1.4, r - 1.4)
    return whole.subtracted(hole)


def _polygon(path: QPainterPath, corners: list[tuple[float, float]]) -> None:
    path.moveTo(*corners[0])
    for corner in corners[1:]:
        path.lineTo(*corner)
    path.closeSubpath()


def _write(
    painter: QPainter,
    area: QRectF,
    text: str,
    face: QFont,
    role: str,
    side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    painter.setFont(face)
    painter.setPen(colours()[role])
    painter.drawText(area, _FLAGS[side], _cut(text, face, int(area.width()) + 1))


@lru_cache(maxsize=4096)  # measuring the same words again at each painting would be a third of it
def _cut(text: str, face: QFont, room: int) -> str:
    return QFontMetrics(face).elidedText(text, Qt.TextElideMode.ElideRight, room)
