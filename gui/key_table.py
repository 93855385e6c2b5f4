"""The key list on the screen: what the person does with mouse and keys becomes signals; `KeyDelegate` paints."""

from __future__ import annotations

import time
from datetime import datetime

from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QDragMoveEvent, QDropEvent, QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView

from gui.key_model import MIME, KeysModel
from gui.key_paint import FLASH_S, MENU_COLUMN, KeyDelegate, Painted
from gui.key_rows import Row
from gui.theme import px

_WIDTHS = {1: 96, 2: 176, 3: 112, 4: 132, 5: 74, 6: 112, 7: 48}
_GIVE_WAY = ((6, 900), (4, 800), (5, 700), (3, 640))  # column, and the width below which it is hidden


class KeysTable(Painted):
    """Shows the model; says what the person wants done with which rows."""

    menu = Signal(QPoint)
    folded = Signal(str)  # account id
    remove = Signal()
    details = Signal()
    moved = Signal(str, int)  # key id, place from 1
    nudged = Signal(int)  # -1 up, 1 down

    def __init__(self, model: KeysModel) -> None:
        super().__init__(model)
        self.setModel(model)
        self.setItemDelegate(KeyDelegate(self))
        self.setAccessibleName("API keys")
        self.setAccessibleDescription("One row a key, under its account. Menu key for actions, Enter for details.")
        self._behave()
        self._columns()
        self.entered.connect(lambda index: self._hover(index.row()))
        self.customContextMenuRequested.connect(lambda at: self.menu.emit(self.viewport().mapToGlobal(at)))
        self.horizontalHeader().setSectionsClickable(True)
        self._fading = QTimer(self, interval=33)
        self._fading.timeout.connect(self._fade)
        model.changed.connect(lambda *_: self._fading.start())

    def load(self, rows: list[Row], now: datetime) -> None:
        before = [row.id for row in self.keys.rows]
        self.keys.load(rows, now)
        if before == [row.id for row in rows]:  # nothing has come, gone or moved
            return
        for place, row in enumerate(rows):
            high = px(40) if row.line is None else px(56)
            if self.rowHeight(place) != high:
                self.setRowHeight(place, high)

    def chosen(self) -> list[Row]:
        """The key rows that are selected, top to bottom."""
        rows = sorted(self.selectionModel().selectedRows(), key=lambda index: index.row())
        return [row for index in rows if (row := self.keys.rows[index.row()]).line is not None]

    def current(self) -> Row | None:
        """The line the keyboard is on."""
        index = self.currentIndex()
        return self.keys.rows[index.row()] if index.isValid() else None

    def choose(self, key_id: str) -> None:
        """Select and show a key, when it is in the list."""
        for place, row in enumerate(self.keys.rows):
            if row.id == key_id:
                how = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
                self.selectionModel().setCurrentIndex(self.keys.index(place, 0), how)  # whatever keys are held
                return

    def fit(self, width: int) -> None:
        """Narrow windows drop columns in order of worth; the key itself never vanishes."""
        for column, below in _GIVE_WAY:
            self.setColumnHidden(column, width < px(below))

    def where(self) -> QPoint:
        """Where a menu opened by a key belongs: under the current row."""
        place = self.visualRect(self.currentIndex())
        return self.viewport().mapToGlobal(QPoint(px(120), place.bottom()))

    def _behave(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDropIndicatorShown(True)
        self.setShowGrid(False)
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)  # Tab leaves the table

    def _columns(self) -> None:
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(px(56))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(px(40))
        header.setFixedHeight(px(40))
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column, width in _WIDTHS.items():
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            self.setColumnWidth(column, px(width))

    def _fade(self) -> None:
        """Paint what is tinted, and nothing else, a little paler."""
        now, flash = time.monotonic(), self.keys.flash
        for place, row in enumerate(self.keys.rows):
            if row.id in flash:
                self._paint(place)
        if all(now - began > FLASH_S for began in flash.values()):
            self._fading.stop()
            flash.clear()

    def _hover(self, place: int) -> None:
        if place != self.hover:
            before, self.hover = self.hover, place
            self._paint(before)
            self._paint(place)

    def _paint(self, place: int) -> None:
        """One line anew; the others stay as they are."""
        if 0 <= place < len(self.keys.rows):
            self.viewport().update(0, self.rowViewportPosition(place), self.viewport().width(), self.rowHeight(place))

    # -- what the person does ------------------------------------------------------------------------------------------
    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)
        super().leaveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.keyboard = False
        at = event.position().toPoint()
        index = self.indexAt(at)
        super().mousePressEvent(event)
        if not index.isValid():
            self.clearSelection()
        elif self.keys.rows[index.row()].line is None and event.button() == Qt.MouseButton.LeftButton:
            self.folded.emit(self.keys.rows[index.row()].account.id)
        elif index.column() == MENU_COLUMN and event.button() == Qt.MouseButton.LeftButton:
            self.menu.emit(self.viewport().mapToGlobal(at))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and self.keys.rows[index.row()].line is not None:
            self.details.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.keyboard = True
        if not self._own_key(event):
            super().keyPressEvent(event)

    def _own_key(self, event: QKeyEvent) -> bool:
        """Whether the key means something of ours here."""
        index, alt = self.currentIndex(), bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        on_account = index.isValid() and self.keys.rows[index.row()].line is None
        match event.key():
            case Qt.Key.Key_Up | Qt.Key.Key_Down if alt:
                self.nudged.emit(-1 if event.key() == Qt.Key.Key_Up else 1)
            case Qt.Key.Key_Left | Qt.Key.Key_Right | Qt.Key.Key_Space if on_account:
                self.folded.emit(self.keys.rows[index.row()].account.id)
            case Qt.Key.Key_Home | Qt.Key.Key_End if self.keys.rows:
                last = len(self.keys.rows) - 1
                self.setCurrentIndex(self.keys.index(0 if event.key() == Qt.Key.Key_Home else last, 0))
            case Qt.Key.Key_Delete:
                self.remove.emit()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if not on_account:
                self.details.emit()
            case Qt.Key.Key_Menu:
                self.menu.emit(self.where())
            case _:
                return False
        return True

    def focusInEvent(self, event: QFocusEvent) -> None:
        by_key = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
        self.keyboard = event.reason() in by_key
        super().focusInEvent(event)
        if self.keyboard and not self.currentIndex().isValid() and self.keys.rows:
            self.setCurrentIndex(self.keys.index(0, 0))

    # -- dragging a key to another place -------------------------------------------------------------------------------
    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        super().dragMoveEvent(event)
        if event.mimeData().hasFormat(MIME):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """The key goes before the row it is dropped on, behind the last one below the list."""
        key_id = bytes(event.mimeData().data(MIME).data()).decode()
        event.setDropAction(Qt.DropAction.IgnoreAction)  # the model moves nothing by itself; the store does
        event.accept()
        if key_id:
            self.moved.emit(key_id, self._place_at(event.position().toPoint(), key_id))

    def _place_at(self, at: QPoint, key_id: str) -> int:
        """The place in the order of all keys, counted without the dragged one."""
        index = self.indexAt(at)
        numbers = {row.id: row.number for row in self.keys.rows if row.line is not None}
        own = numbers.get(key_id, 0)
        if not index.isValid():
            return max(numbers.values(), default=1)
        below = self.visualRect(index).center().y() < at.y()
        rows = self.keys.rows[index.row() + (1 if below else 0) :]
        target = next((row.number for row in rows if row.line is not None), max(numbers.values(), default=1) + 1)
        return target - 1 if 0 < own < target else target
