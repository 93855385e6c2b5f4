"""The second step: which columns are used, what will happen with every row, what it costs at least and at most."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from core.model import Kind
from core.sheets.synonyms import Field
from core.words import amount
from gui.files import Prepared, Wish
from gui.page import scrolling
from gui.theme import px
from gui.widgets import Card, Check, Combo, Elided, Glyph, Segmented, button, clear, column, label, number, rename, row

ABSENT = "Not in this file"
_FIELDS = (
    (Field.LINKEDIN, "LinkedIn URL"),
    (Field.FIRST_NAME, "First name"),
    (Field.LAST_NAME, "Last name"),
    (Field.FULL_NAME, "Full name"),
    (Field.COMPANY, "Company"),
    (Field.DOMAIN, "Domain"),
    (Field.EMAIL, "E-mail"),
)
_KINDS = ((frozenset({Kind.PHONES}), "Phones"), (frozenset({Kind.EMAILS}), "Emails"), (frozenset(Kind), "Both"))
_MANY = 25  # people from which on the first ten are offered
MOST_CAP = 10_000_000


class FileCard(Card):
    """Which file, which sheet, how many rows."""

    def __init__(self) -> None:
        super().__init__(14, 0)
        self.name, self.about = label("", "h2"), Elided("", "small")
        self.change = button("Another file…")
        words = column(self.name, self.about, spacing=1)
        whole = row(Glyph("file-spreadsheet", "ready", "ready_bg", 40, 20), words, self.change, spacing=14)
        whole.setStretch(1, 1)
        self.box.addLayout(whole)

    def load(self, prepared: Prepared) -> None:
        grid, rows = prepared.opened.grid, len(prepared.opened.rows)
        table = prepared.opened.mapping.table
        parts = [f"Sheet “{grid.name}”", f"table “{table.name}”" if table else "", f"{rows:,} rows"]
        self.name.setText(prepared.wish.path.name)
        self.about.setText(" · ".join([*filter(None, parts), "a dated copy is kept before writing"]))


class CheckStep(QWidget):
    """``wished``: read it again, differently. ``started``: go."""

    wished = Signal(object)
    started = Signal()
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._prepared: Prepared | None = None
        self.file = FileCard()
        self.what: Segmented[frozenset[Kind]] = Segmented(_KINDS, "What to find")
        self.sheet = Combo("Sheet")
        self.fields = {field: Combo(name) for field, name in _FIELDS}
        self._fits = {field: label("", "small") for field, _name in _FIELDS}
        self._goes = label("", "small", wrap=True)
        self._rows, self._table, self._preview = label("", "h2"), QGridLayout(), QGridLayout()
        self._notes = label("", "small", wrap=True)
        self.least, self.likely, self.most = label("0", "figure"), label("0", "figure"), label("0", "figure")
        self._price, self._available = label(_PRICES, "small", wrap=True), label("", "small", wrap=True)
        self.keys = button("Add keys", "", "plus")
        self.cap = number("Stop after this many credits", 0, MOST_CAP, zero="no cap")
        self.first = Check("First 10 rows, then ask", on=True)
        self.start = button("Look up", "primary", "zap", do=self.started.emit)
        self._close = button("Close", do=self.closed.emit)
        middle = row(self._columns_card(), self._rows_card(), spacing=12)
        middle.setStretch(0, 4)
        middle.setStretch(1, 6)
        inner = QWidget()
        inner.setLayout(middle)
        parts = scrolling(inner)  # what it costs and the button stay in sight in the smallest window
        parts.setMinimumHeight(px(150))
        whole = column(self.file, parts, self._cost_card(), spacing=12)
        whole.setStretch(1, 1)
        self.setLayout(whole)
        self._connect()

    @property
    def kinds(self) -> frozenset[Kind]:
        return self.what.value

    def wait(self, name: str) -> None:
        self.start.setEnabled(False)
        self.file.name.setText(f"Reading {name}…")

    def idle(self, *, usable: bool) -> None:
        """What was to be read could not be; ``usable``: what is shown can be started all the same."""
        self.start.setEnabled(usable and self._prepared is not None and self._prepared.plan.rows > 0)
        if self._prepared is not None:
            self.file.load(self._prepared)

    def load(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self.what.choose(prepared.wish.kinds)
        self.file.load(prepared)
        self._load_columns(prepared)
        self._load_rows(prepared)
        self._load_cost(prepared)

    # -- parts ---------------------------------------------------------------------------------------------------------
    def _columns_card(self) -> Card:
        card, grid = Card(20, 10), QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(7)
        self._sheet_name = label("Sheet", "soft")
        grid.addWidget(self._sheet_name, 0, 0)
        grid.addWidget(self.sheet, 0, 1)
        for place, (field, name) in enumerate(_FIELDS, 1):
            title = label(name, "soft")
            title.setBuddy(self.fields[field])
            grid.addWidget(title, place, 0)
            grid.addWidget(self.fields[field], place, 1)
            grid.addWidget(self._fits[field], place, 2)
        grid.setColumnStretch(1, 1)
        card.box.addLayout(row(label("Columns", "h2"), None, label("look right", "small")))
        card.box.addLayout(grid)
        card.box.addWidget(self._goes)
        card.box.addStretch()
        return card

    def _rows_card(self) -> Card:
        card = Card(20, 10)
        card.box.addLayout(row(self._rows, None, self.what))
        self._table.setHorizontalSpacing(12)
        self._table.setVerticalSpacing(8)
        self._table.setColumnStretch(2, 1)
        card.box.addLayout(self._table)
        card.box.addSpacing(6)
        card.box.addWidget(label("First rows, as they will be asked", "soft"))
        self._preview.setHorizontalSpacing(14)
        self._preview.setVerticalSpacing(5)
        for place, stretch in enumerate((0, 3, 6)):
            self._preview.setColumnStretch(place, stretch)
        card.box.addLayout(self._preview)
        card.box.addWidget(self._notes)
        card.box.addStretch()
        return card

    def _cost_card(self) -> Card:
        card = Card(20, 12)
        figures = [
            column(label(title, "small"), value, spacing=0)
            for title, value in (("At least", self.least), ("Likely", self.likely), ("At most", self.most))
        ]
        words = column(None, self._price, self._available, None, spacing=2)
        top = row(*figures, words, self.keys, spacing=28)
        top.setStretch(3, 1)
        below = row(label("Stop after"), self.cap, label("credits"), 14, self.first, None, self._close, self.start)
        card.box.addLayout(top)
        card.box.addLayout(below)
        card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        return card

    def _connect(self) -> None:
        self.file.change.clicked.connect(self.closed.emit)
        self.what.picked.connect(lambda _: self._wish())
        self.sheet.activated.connect(lambda _: self._wish(sheet=True))
        self.first.toggled.connect(lambda _: self._say_start())
        for combo in self.fields.values():
            combo.activated.connect(lambda _: self._wish())

    # -- what was found ------------------------------------------------------------------------------------------------
    def _load_columns(self, prepared: Prepared) -> None:
        several = len(prepared.sheets) > 1
        for part in (self.sheet, self._sheet_name):
            part.setVisible(several)
        self.sheet.clear()
        self.sheet.addItems(list(prepared.sheets))
        self.sheet.setCurrentText(prepared.opened.grid.name)
        for field, combo in self.fields.items():
            column_ = prepared.opened.mapping.columns.get(field, 0)
            fits = prepared.fits.get(field) if column_ else None
            combo.clear()
            combo.addItems([ABSENT, *prepared.columns])
            combo.setCurrentIndex(column_)
            self._fits[field].setText("" if fits is None else f"{fits:.0%}")
            said = "" if fits is None else f"{fits:.0%} of its filled cells look right"
            self._fits[field].setToolTip(said)
            combo.setAccessibleDescription(said)
        new = [target.heading for target in prepared.opened.layout.targets if target.new]
        goes = [target.heading for target in prepared.opened.layout.targets if not target.new]
        self._goes.setText(
            " ".join(
                filter(None, (f"Fills: {', '.join(goes)}." if goes else "", f"New columns: {', '.join(new)}." if new else ""))
            )
        )

    def _load_rows(self, prepared: Prepared) -> None:
        self._rows.setText(f"{prepared.plan.rows:,} rows: what will happen")
        clear(self._table)
        clear(self._preview)
        top, right = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignRight
        for at, line in enumerate(prepared.lines):
            self._table.addWidget(label(f"{line.count:,}", "strong"), at, 0, top | right)
            self._table.addWidget(label(line.what), at, 1, top)
            more = f"{line.more.rstrip('.')}. {_numbers(line.numbers)}." if line.numbers else line.more
            self._table.addWidget(label(more, "small", wrap=True), at, 2)
        for at, texts in enumerate(prepared.preview):
            for place, text in enumerate(texts):
                made = label(text, "small") if place == 0 else Elided(text, "small" if place == 2 else "")
                self._preview.addWidget(made, at, place)
        notes = [prepared.opened.doubt, *prepared.opened.mapping.notes, *prepared.opened.grid.notes]
        self._notes.setText("\n".join(filter(None, notes)))
        self._notes.setVisible(any(notes))

    def _load_cost(self, prepared: Prepared) -> None:
        self.least.setText(amount(prepared.cost.least))
        self.likely.setText(f"about {amount(round(prepared.cost.likely))}" if prepared.to_send else "0")
        self.most.setText(amount(prepared.cost.most))
        credits, accounts = prepared.cost.available, prepared.cost.accounts
        where = "1 account" if accounts == 1 else f"{accounts} accounts"
        known = f"{amount(round(credits))} credits available in {where} with a ready key" if credits is not None else ""
        self._price.setText(_PRICES if prepared.cost.assumed else "credits, at the prices Lusha has told")
        self._available.setText(
            known or (f"{where} with a ready key; no balance read yet" if accounts else "No key is ready for this.")
        )
        self.keys.setVisible(prepared.to_send > 0 and not accounts)
        self.first.setVisible(prepared.to_send > _MANY)
        self.start.setEnabled(prepared.plan.rows > 0)
        self._say_start()

    def _say_start(self) -> None:
        if self._prepared is None:
            return
        count = self._prepared.to_send
        if not count:
            rename(self.start, "Fill in what is known")
        elif count > _MANY and self.first.isChecked():
            rename(self.start, "Look up the first 10")
        else:
            rename(self.start, "Look up 1 person" if count == 1 else f"Look up {count:,} people")

    def _wish(self, *, sheet: bool = False) -> None:
        """Read the file again with what is chosen now; another sheet has other columns."""
        if self._prepared is None:
            return
        wish = self._prepared.wish
        chosen = self.sheet.currentText() if self._prepared.sheets else None
        found = self._prepared.opened.mapping.columns
        picked = {
            field: combo.currentIndex() for field, combo in self.fields.items() if combo.currentIndex() != found.get(field, 0)
        }
        kept = {} if sheet else {**wish.picked, **picked}
        self.wished.emit(Wish(wish.path, self.kinds, chosen, kept))


_PRICES = "credits, at 5 for a phone, 1 for an e-mail and 1 for each 25 people asked (prices assumed)"


def _numbers(rows: tuple[int, ...]) -> str:
    shown = ", ".join(str(number) for number in rows[:8])
    named = "Row" if len(rows) == 1 else "Rows"
    return f"{named} {shown} and {len(rows) - 8} more" if len(rows) > 8 else f"{named} {shown}"
