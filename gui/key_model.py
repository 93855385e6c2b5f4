"""The key list as a model: rows as `arrange` made them, every cell as words, refreshed by difference."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import SequenceMatcher
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QMimeData, QModelIndex, QPersistentModelIndex, Qt, Signal

from core.words import amount
from gui.key_rows import Row, cap_words
from gui.looks import WORD_OF_CATEGORY, ago

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole + 1
COLUMNS = ("Key", "For", "State", "Today", "Last 7 days", "Found", "Last used", "")
MIME = "application/x-lusha-enrich-key"
_TOP = QModelIndex()


class KeysModel(QAbstractTableModel):
    """Rows as `arrange` made them. ``changed`` tells of a key whose badge is another one."""

    changed = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.by_id: dict[str, Row] = {}
        self.flash: dict[str, float] = {}
        self.now = datetime.now(UTC)

    def rowCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section == 5 else Qt.AlignmentFlag.AlignLeft
            return Qt.AlignmentFlag.AlignVCenter | side
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.text(row, column)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{COLUMNS[column] or 'Actions'}: {self.text(row, column)}"
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(row, column)
            case _:
                return row if role == ROW else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        plain = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        drags = self.rows[index.row()].line is not None
        return plain | Qt.ItemFlag.ItemIsDropEnabled | (Qt.ItemFlag.ItemIsDragEnabled if drags else plain)

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        made = QMimeData()
        made.setData(MIME, self.rows[indexes[0].row()].id.encode())
        return made

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def text(self, row: Row, column: int) -> str:
        """A cell as words."""
        return self._account_text(row, column) if row.line is None else self._key_text(row, column)

    def _account_text(self, row: Row, column: int) -> str:
        account = row.account
        match column:
            case 0:
                keys = "1 key" if row.number == 1 else f"{row.number} keys, one balance"
                return f"Account {account.label}, {keys}"
            case 2:
                return balance_words(row)
            case 3:
                return f"{cap_words(account.cap)} a day" if account.cap is not None else ""
            case 4:
                return "" if account.share is None else f"{account.share:.0%} left"
            case 6:
                return renews(row)
            case _:
                return ""

    def _key_text(self, row: Row, column: int) -> str:
        line = row.line
        if line is None:
            return ""
        match column:
            case 0:
                return f"{row.number}. {line.key.label}, ends in {line.key.last4}"
            case 1:
                return WORD_OF_CATEGORY[line.key.category][0]
            case 2:
                return f"{row.look.word if row.look else ''}. {row.note}".rstrip(". ")
            case 3:
                today = f"{line.today:,} of {line.day_limit:,}" if line.day_limit else f"{line.today:,}"
                return f"{today}, {cap_words(line.cap)} a day" if line.cap is not None else today
            case 4:
                return f"{sum(line.week):,} requests"
            case 5:
                return "–" if line.rate is None else f"{line.rate:.0%}"
            case _:
                return ago(line.key.last_used_at, self.now) if column == 6 else ""

    def _tip(self, row: Row, column: int) -> str | None:
        if row.line is None:
            return None
        key = row.line.key
        if column == 2 and key.schedule:
            return f"To be used {key.schedule}"
        if column == 6 and key.last_used_at is not None:
            return f"{key.last_used_at.astimezone():%d %b %Y, %H:%M:%S}"
        if column == 2 and key.retry_at is not None:
            return f"Back {key.retry_at.astimezone():%d %b %Y, %H:%M:%S}"
        return None

    def load(self, rows: list[Row], now: datetime) -> None:
        """Never a reset: rows that stay keep their selection, scroll position and focus."""
        self.now = now
        before = self.by_id
        self._move(rows)
        self.by_id = {row.id: row for row in rows}
        for place, row in enumerate(rows):
            old = before.get(row.id)
            if old is row and self.rows[place] is row:
                continue
            if self.rows[place] != row:
                self.rows[place] = row
                self.dataChanged.emit(self.index(place, 0), self.index(place, len(COLUMNS) - 1))
            if old is not None and row.look is not None and old.look is not None and old.look.word != row.look.word:
                self.flash[row.id] = time.monotonic()
                self.changed.emit(old, row)

    def _move(self, rows: list[Row]) -> None:
        """Take out and put in what is not in both, from the end."""
        have, want = [row.id for row in self.rows], [row.id for row in rows]
        if have == want:
            return
        changes = SequenceMatcher(None, have, want, autojunk=False).get_opcodes()
        for tag, from_, to, first, last in reversed(changes):
            if tag in {"delete", "replace"}:
                self.beginRemoveRows(QModelIndex(), from_, to - 1)
                del self.rows[from_:to]
                self.endRemoveRows()
            if tag in {"insert", "replace"}:
                self.beginInsertRows(QModelIndex(), from_, from_ + last - first - 1)
                self.rows[from_:from_] = rows[first:last]
                self.endInsertRows()


def balance_words(row: Row) -> str:
    """What an account has left, as far as Lusha has told it."""
    left, total = row.account.left, row.account.total
    if left is None:
        return "balance not read yet"
    return f"{amount(left)} of {amount(total)} credits" if total else f"{amount(left)} credits"


def renews(row: Row) -> str:
    """Only when the person has entered the day."""
    at = row.account.renews_at
    return f"renews {at.astimezone().day} {at.astimezone():%b}" if at else ""
