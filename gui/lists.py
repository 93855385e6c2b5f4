"""A plain list of facts: columns of text, a badge or a bar where a column asks for it, copied as text, read out by cell."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from core.board import Group
from gui.charts import in_words, parts
from gui.key_paint import badge
from gui.looks import Look
from gui.theme import colours, font, px
from gui.tips import plain_tip

Index = QModelIndex | QPersistentModelIndex
Cell = str | Look | Mapping[Group, int]
ITEM = Qt.ItemDataRole.UserRole + 2
_WHOLE_ROW = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
_TOP = QModelIndex()


@dataclass(frozen=True, slots=True)
class Column:
    """``width`` in pixels at 100 %, 0 takes the room that is left; ``hides`` below this width of the list."""

    title: str
    width: int = 0
    right: bool = False
    hides: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One line: what its cells show, and the value it stands for."""

    id: str
    cells: tuple[Cell, ...]
    value: object = None
    tip: str = ""


class ListModel(QAbstractTableModel):
    """Lines that are replaced as a whole where they differ, keeping the selection."""

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self.columns = columns
        self.items: list[Item] = []

    def rowCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self.items)

    def columnCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if self.columns[section].right else Qt.AlignmentFlag.AlignLeft
            return Qt.AlignmentFlag.AlignVCenter | side
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        if not index.isValid():
            return None
        item = self.items[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return text_of(item.cells[index.column()])
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self.columns[index.column()].title}: {text_of(item.cells[index.column()])}"
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(item.tip) or None
            case _:
                return item if role == ITEM else None

    def load(self, items: Sequence[Item]) -> None:
        """New lines at the top are put in; what has changed elsewhere is painted anew."""
        new = list(items)
        if [item.id for item in new] == [item.id for item in self.items]:
            self.items = new
            if new:
                self.dataChanged.emit(self.index(0, 0), self.index(len(new) - 1, len(self.columns) - 1))
            return
        fresh = len(new) - len(self.items)
        if fresh > 0 and [item.id for item in new[fresh:]] == [item.id for item in self.items]:
            self._put(0, new[:fresh])
        elif fresh > 0 and [item.id for item in new[: len(self.items)]] == [item.id for item in self.items]:
            self._put(len(self.items), new[len(self.items) :])
        else:
            self.beginResetModel()
            self.items = new
            self.endResetModel()

    def _put(self, at: int, items: list[Item]) -> None:
        self.beginInsertRows(QModelIndex(), at, at + len(items) - 1)
        self.items[at:at] = items
        self.endInsertRows()


class ListTable(QTableView):
    """Shows a `ListModel`; Enter or a double click opens a line, Ctrl+C copies the selected ones as text."""

    opened = Signal(object)

    def __init__(self, name: str, columns: Sequence[Column], *, row_height: int = 38) -> None:
        super().__init__()
        self.list = ListModel(columns)
        self.setModel(self.list)
        self.setItemDelegate(_Delegate(self))
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(px(row_height))
        self.doubleClicked.connect(lambda index: self._open(index.row()))
        self._columns()

    def load(self, items: Sequence[Item]) -> None:
        """What was chosen stays chosen, by its id."""
        kept = {self.list.items[place].id for place in self._chosen()}
        self.list.load(items)
        if kept and not self._chosen():  # the lines were replaced as a whole
            self._choose(kept)

    def current(self) -> Item | None:
        """The line that is highlighted; None when none is, or several are."""
        chosen = self._chosen()
        return self.list.items[chosen[0]] if len(chosen) == 1 else None

    def choose(self, id_: str) -> None:
        """Highlight the line with this id, and no other; nothing happens when there is none."""
        if any(item.id == id_ for item in self.list.items):
            self.clearSelection()
            self._choose({id_})

    def fit(self) -> None:
        """Hide what a narrow list has no room for."""
        for number, column in enumerate(self.list.columns):
            self.setColumnHidden(number, self.width() < px(column.hides))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and (item := self.current()) is not None:
            self.opened.emit(item.value)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Qt puts the keyboard on the first line without highlighting it: nobody would see what Enter opens."""
        super().focusInEvent(event)
        at = self.currentIndex()
        if event.reason() != Qt.FocusReason.MouseFocusReason and at.isValid() and not self._chosen():
            self.selectionModel().select(at, _WHOLE_ROW)

    def resizeEvent(self, event: Any) -> None:  # noqa: ANN401  # QResizeEvent
        super().resizeEvent(event)
        self.fit()

    def _open(self, place: int) -> None:
        self.opened.emit(self.list.items[place].value)

    def _chosen(self) -> list[int]:
        """The places of the highlighted lines, from the top."""
        return sorted({index.row() for index in self.selectionModel().selectedRows()})

    def _choose(self, ids: Container[str]) -> None:
        """Highlight these too; the keyboard is on the first of them."""
        found, whole = (
            [self.list.index(place, 0) for place, item in enumerate(self.list.items) if item.id in ids],
            QItemSelection(),
        )
        for at in found:
            whole.select(at, at)
        if found:
            self.selectionModel().setCurrentIndex(found[0], QItemSelectionModel.SelectionFlag.NoUpdate)
            self.selectionModel().select(whole, _WHOLE_ROW)

    def _copy(self) -> None:
        lines = ["\t".join(text_of(cell) for cell in self.list.items[place].cells) for place in self._chosen()]
        QGuiApplication.clipboard().setText("\n".join(lines))

    def _columns(self) -> None:
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setFixedHeight(px(38))
        for number, column in enumerate(self.list.columns):
            mode = QHeaderView.ResizeMode.Fixed if column.width else QHeaderView.ResizeMode.Stretch
            header.setSectionResizeMode(number, mode)
            if column.width:
                self.setColumnWidth(number, px(column.width))


class _Delegate(QStyledItemDelegate):
    def __init__(self, table: ListTable) -> None:
        super().__init__(table)
        self._table = table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        place: QRect = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        item, column = self._table.list.items[index.row()], self._table.list.columns[index.column()]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            painter.fillRect(place, colours()["selected"])
        painter.fillRect(QRect(place.x(), place.bottom(), place.width(), 1), colours()["border"])
        first = index.column() == 0
        _cell(painter, QRectF(place.adjusted(px(20 if first else 12), 0, -px(12), 0)), item.cells[index.column()], column)
        if index.row() == self._table.currentIndex().row() and self._table.property("ring"):
            painter.setPen(QPen(colours()["accent"], 2))
            y = float(place.bottom() - 1)
            painter.drawLine(place.x(), int(y), place.right(), int(y))
        painter.restore()


def _cell(painter: QPainter, area: QRectF, cell: Cell, column: Column) -> None:
    if isinstance(cell, Look):
        badge(painter, area.x(), area.center().y(), area.width(), cell)
    elif isinstance(cell, Mapping):
        high = float(px(10))
        parts(painter, QRectF(area.x(), area.center().y() - high / 2, area.width(), high), cell)
    else:
        painter.setFont(font(tabular=True))
        painter.setPen(colours()["text" if not column.right else "text2"])
        side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
        shown = painter.fontMetrics().elidedText(cell, Qt.TextElideMode.ElideRight, int(area.width()) + 1)
        painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter | side), shown)


def text_of(cell: Cell) -> str:
    """A cell as words."""
    if isinstance(cell, Look):
        return cell.word
    return cell if isinstance(cell, str) else in_words(cell)
