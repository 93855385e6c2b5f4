"""Pure: which columns take the results, existing or new at the right, and what an answer looks like in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from core import words
from core.errors import FileTrouble
from core.model import Answer, Kind, Person, RowStatus
from core.sheets import headers, phone_form, provenance
from core.sheets.provenance import FLAG, SOURCE
from core.sheets.sheet import MAX_COLUMNS, Area, Grid, Put, cell_text, letters
from core.sheets.synonyms import Field, looks_right

PHONE, PHONE_TYPE, DO_NOT_CALL = "Phone", "Phone type", "Do not call"
EMAIL, EMAIL_TYPE = "Email", "Email type"
STATUS, MESSAGE, CHECKED = "Status", "Message", "Checked"
FOUND_AS = "Found as"
PREFIX = "Lusha "  # for a column of ours whose short name is taken by something else
MOST = 5  # numbers or addresses a row can show

_WIDTHS = {PHONE: 18.0, EMAIL: 30.0, STATUS: 15.0, MESSAGE: 48.0, FOUND_AS: 30.0, SOURCE: 44.0}
_TYPE_WIDTH = 12.0
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?")
_TYPES = frozenset("mobile direct work phone private personal landline other unknown office".split())


def _numbered(name: str) -> tuple[str, ...]:
    return (name, *(f"{name} {number}" for number in range(2, MOST + 1)))


VALUES = frozenset({*_numbered(PHONE), *_numbered(EMAIL), DO_NOT_CALL})


@dataclass(frozen=True, slots=True)
class Target:
    """A column that takes results. ``name`` is its role ("Phone 2"), ``heading`` what stands or will stand above it.

    ``ours`` columns (status, message, date, types) are rewritten on every run; of numbers, addresses and do-not-call
    flags only empty cells are filled, whoever added the column.
    """

    name: str
    column: int
    heading: str
    new: bool
    ours: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """Where results go on one sheet."""

    targets: tuple[Target, ...]
    headings: tuple[Put, ...]  # to be put once, before the rows

    def filled(self, row: Sequence[str], kind: Kind) -> bool:
        """Whether the first result cell of this kind holds something in this row (as read)."""
        return bool(self._shown(row, _ROLE[kind]))

    def checked(self, row: Sequence[str]) -> str:
        """What the date column says about this row."""
        return self._shown(row, CHECKED)

    def column_of(self, kind: Kind) -> int:
        """The column of the first result of this kind."""
        return next((target.column for target in self.targets if target.name == _ROLE[kind]), 0)

    def headings_for(self, used: Collection[str]) -> list[Put]:
        """The headings to put, without that of an optional column nobody uses in this run."""
        spared = {target.column for target in self.targets if target.name in _OPTIONAL - set(used)}
        return [put for put in self.headings if put.column not in spared]

    def is_news(self, row: Sequence[str], answer: Answer, kinds: frozenset[Kind]) -> bool:
        """Whether a run for ``kinds`` has something to say of this row that an earlier one has not said.

        A miss that was known says nothing new of a row that was not found, nor one of the kind that was lacking of a row
        whose other kind is there: what is to be checked of it stays to be checked.
        """
        shown = self._shown(row, STATUS)
        if answer.status is RowStatus.ALREADY_FILLED:
            return not shown
        if answer.status is not RowStatus.NOT_FOUND:
            return True
        known = answer.from_store and shown == words.STATUS[RowStatus.NOT_FOUND]
        return not known and not (answer.kinds < kinds and shown in _HALF)

    def puts(
        self, number: int, row: Sequence[str], cells: Mapping[str, str], *, replace: frozenset[Kind] = frozenset()
    ) -> list[Put]:
        """The changes that bring ``cells`` (by role) into row ``number``, whose cells were read as ``row``.

        Values that are there are replaced only for the kinds of ``replace``. A cell that already shows the text is not
        written again; a filled phone or e-mail keeps its own type. Only a message of ours that no longer holds is
        emptied.
        """
        values = VALUES - {DO_NOT_CALL}
        new_kinds = {name for name in values if _kind_of(name) in replace}
        kept = {name for name in values - new_kinds if self._shown(row, name) not in ("", cells.get(name))}
        if PHONE in kept and cells.get(DO_NOT_CALL) != "Yes":  # "No" would be read as said of the number that stays
            kept.add(DO_NOT_CALL)
        made = []
        for target in self.targets:
            old, new = _text(row, target.column), cell_text(cells.get(target.name, ""))
            stale = target.name in {MESSAGE, FOUND_AS} and STATUS in cells
            if new == old or not (new or stale) or target.name.removesuffix(" type").removesuffix(FLAG) in kept:
                continue
            warns = target.name == DO_NOT_CALL and new == "Yes"  # a flag is raised, never taken down
            if not old or target.ours or warns or target.name in new_kinds:
                made.append(Put(number, target.column, old, new))
        return made

    def _shown(self, row: Sequence[str], name: str) -> str:
        return next((_text(row, target.column).strip() for target in self.targets if target.name == name), "")


def _kind_of(name: str) -> Kind:
    return Kind.EMAILS if name.startswith(EMAIL) else Kind.PHONES


_ROLE = {Kind.PHONES: PHONE, Kind.EMAILS: EMAIL}
_OPTIONAL = {FOUND_AS, SOURCE, *(f"{name}{FLAG}" for name in _numbered(PHONE))}
_HALF = {words.STATUS[RowStatus.PARTLY_FOUND], words.STATUS[RowStatus.CHECK_MATCH]}


def targets(
    grid: Grid, mapping: headers.Mapping, kinds: frozenset[Kind], *, phones: int = 2, emails: int = 1, source: bool = False
) -> Layout:
    """Choose the columns for these kinds: what is there is used, the rest is added at the right, in one block.

    A phone or e-mail column of the person's own that was detected takes the first number or address. A column of ours
    is known by its exact heading and by what it holds; a short name that something else has taken gets "Lusha " in
    front, and so does the column of a field that the person says is not in this file. ``phones`` and ``emails`` (1 to 5)
    say how many of each a row shows; ``source``: also where from, and the do-not-call flag of each number.
    """
    own = {PHONE: mapping.columns.get(Field.PHONE, 0), EMAIL: mapping.columns.get(Field.EMAIL, 0)}
    flags = [f"{name}{FLAG}" for name in _numbered(PHONE)[:phones] if Kind.PHONES in kinds]
    names = [*_names(kinds, phones, emails), *([*flags, SOURCE] if source else [])]
    taken = {heading.strip().casefold() for heading in mapping.headings if heading.strip()}
    found: dict[str, Target] = {}
    for name in names:
        if column := own.get(name, 0):
            found[name] = Target(name, column, _heading(mapping, column), new=False, ours=False)
        elif column := _existing(grid, mapping, name):
            found[name] = Target(name, column, _heading(mapping, column), new=False, ours=name not in VALUES)
    missing = [name for name in names if name not in found]
    column = _first_free(grid, mapping, len(missing)) if missing else 0
    for at, name in enumerate(missing, column):
        free = name.casefold() not in taken and not _is_denied(mapping, name)
        heading = name if free else _free_name(name, taken)
        found[name] = Target(name, at, heading, new=True, ours=name not in VALUES)
    ordered = tuple(found[name] for name in names)
    added = [target for target in ordered if target.new and mapping.header_row]
    return Layout(ordered, tuple(_put_heading(mapping, target) for target in added))


def stand_apart(grid: Grid, mapping: headers.Mapping, layout: Layout) -> str:
    """What to say when new columns belong neither to the table nor to the filter of the list; "" else.

    Excel sorts a table or the columns of a filter by themselves: what is beside them keeps its order. A table and a filter
    grow over columns right beside them.
    """
    first = min((target.column for target in layout.targets if target.new), default=0)
    if not first:
        return ""
    if not mapping.header_row:
        return words.NO_HEADINGS
    table, found = mapping.table, grid.filter
    if table is not None:
        return "" if table.grows and first == table.area.right + 1 else words.stand_apart(f'the table "{table.name}"')
    in_reach = found is None or found.top != mapping.header_row or first <= found.right + 1
    return "" if in_reach else words.stand_apart("the filter")


def cells_for(answer: Answer, form: str = "as_received", *, source: bool = False) -> dict[str, str]:
    """An answer as text by role. Roles the answer says nothing about are absent.

    Numbers lose blanks, dots, dashes and brackets and nothing else (``form`` is another way to show them): a "+" is
    never invented. A number without a do-not-call flag is Unknown, never No. Who Lusha found is named on a doubtful
    match. Of whoever must not be contacted nothing is written, whatever the answer holds.
    """
    cells = {STATUS: words.STATUS[answer.status], MESSAGE: answer.reason}
    if answer.at is not None:
        cells[CHECKED] = f"{answer.at.astimezone():%Y-%m-%d}"
    if answer.person is not None and answer.status is not RowStatus.DO_NOT_CONTACT:
        cells |= _phone_cells(answer.person, form) if Kind.PHONES in answer.kinds or not answer.kinds else {}
        cells |= _email_cells(answer.person) if Kind.EMAILS in answer.kinds or not answer.kinds else {}
        cells |= provenance.cells(answer, _numbered(PHONE)) if source else {}
        if answer.status is RowStatus.CHECK_MATCH:
            cells[FOUND_AS] = ", ".join(part for part in (answer.person.full_name, answer.person.company) if part)
    return {name: " ".join(cell_text(text).split()) for name, text in cells.items() if text}


def phone_text(number: str) -> str:
    """A number as written into JSON, and into cells unless another form was chosen: without blanks, dots, brackets."""
    return phone_form.bare(number)


# -- cells ------------------------------------------------------------------------------------------------------------
def _phone_cells(person: Person, form: str) -> dict[str, str]:
    shown = person.phones[:MOST]
    cells: dict[str, str] = {}
    for name, phone in zip(_numbered(PHONE), shown, strict=False):
        cells[name] = phone_form.shown(phone.number, form)
        cells[f"{name} type"] = phone.type.capitalize()
    if shown:
        flags = {phone.do_not_call for phone in shown}
        cells[DO_NOT_CALL] = "Yes" if True in flags else "Unknown" if None in flags else "No"
    return cells


def _email_cells(person: Person) -> dict[str, str]:
    cells: dict[str, str] = {}
    for name, email in zip(_numbered(EMAIL), person.emails[:MOST], strict=False):
        cells[name] = email.address
        cells[f"{name} type"] = email.type.capitalize()
    return cells


def _names(kinds: frozenset[Kind], phones: int, emails: int) -> list[str]:
    names = []
    if Kind.PHONES in kinds:
        names += [part for name in _numbered(PHONE)[:phones] for part in (name, f"{name} type")] + [DO_NOT_CALL]
    if Kind.EMAILS in kinds:
        names += [part for name in _numbered(EMAIL)[:emails] for part in (name, f"{name} type")]
    return [*names, STATUS, MESSAGE, CHECKED, FOUND_AS]


# -- columns that are there -------------------------------------------------------------------------------------------
def _existing(grid: Grid, mapping: headers.Mapping, name: str) -> int:
    """The column with exactly this heading (or "Lusha ..." in front) that holds only what we write; 0 if none."""
    for heading in (PREFIX + name,) if _is_denied(mapping, name) else (name, PREFIX + name):
        for column, text in enumerate(mapping.headings, 1):
            if text.strip() == heading and _could_be_ours(grid, mapping, column, name):
                return column
    return 0


def _is_denied(mapping: headers.Mapping, name: str) -> bool:
    """A column of that name is not what it says: the person told that no column holds this."""
    return {PHONE: Field.PHONE, EMAIL: Field.EMAIL}.get(name) in mapping.absent


def _could_be_ours(grid: Grid, mapping: headers.Mapping, column: int, name: str) -> bool:
    looks_ours = _check_of(name)
    filled = (_text(row, column) for _, row in grid.filled(mapping.first_row, mapping.last_row))
    if name in {MESSAGE, FOUND_AS}:  # any text could be one; it is ours beside a status column of ours
        return not any(text.strip() for text in filled) or bool(_existing(grid, mapping, STATUS))
    return all(looks_ours(text.strip()) for text in filled if text.strip())


def _check_of(name: str) -> Callable[[str], bool]:
    if name == STATUS:
        return frozenset(words.STATUS.values()).__contains__
    if name == DO_NOT_CALL:
        return frozenset({"Yes", "No", "Unknown"}).__contains__
    if name == CHECKED:
        return lambda text: _DATE.fullmatch(text) is not None
    if name.endswith(" type"):
        return lambda text: text.casefold() in _TYPES
    if name == SOURCE or name.endswith(FLAG):
        return provenance.looks_ours(name)
    field = Field.PHONE if name.startswith(PHONE) else Field.EMAIL
    return lambda text: looks_right(field, text)


# -- columns to add ---------------------------------------------------------------------------------------------------
def _first_free(grid: Grid, mapping: headers.Mapping, count: int) -> int:
    """Where ``count`` empty columns begin: right of the table if there is room, else right of everything.

    Beside a table that is not the list's own, or takes no columns, one column is left free: Excel and this program
    would count what touches it as its part.
    """
    table = mapping.table
    if table is not None and table.grows:
        room = Area(table.area.top, table.area.right + 1, table.area.bottom, table.area.right + count)
        if _is_free(grid, room) and room.right <= MAX_COLUMNS:
            return room.left
    edges = [grid.width, len(mapping.headings), *(found.area.right for found in grid.tables)]
    edges += [area.right for area in grid.merged if area.right - area.left < MAX_COLUMNS // 2]
    first = max(edges) + 1
    beside = any(found.area.right == first - 1 and not (found == table and found.grows) for found in grid.tables)
    first += beside
    if first + count - 1 > MAX_COLUMNS:
        raise FileTrouble(
            f'Sheet "{grid.name}" has no room for new columns',
            f"Something stands in column {letters(first - 1 - beside)}; Excel ends at {letters(MAX_COLUMNS)}. "
            "Clear what stands far right, then try again.",
        )
    return first


def _is_free(grid: Grid, room: Area) -> bool:
    blocked = [*(table.area for table in grid.tables), *grid.merged]
    if any(area.meets(room) for area in blocked):
        return False
    rows = grid.rows[room.top - 1 : room.bottom]
    return not any(any(row[room.left - 1 : room.right]) for row in rows)


def _free_name(name: str, taken: set[str]) -> str:
    wanted, number = PREFIX + name, 1
    while wanted.casefold() in taken:
        number += 1
        wanted = f"{PREFIX}{name} ({number})"
    return wanted


def _put_heading(mapping: headers.Mapping, target: Target) -> Put:
    base = target.name.split(" type", maxsplit=1)[0].split(FLAG, maxsplit=1)[0].rstrip(" 2345")
    width = _TYPE_WIDTH if target.name.endswith(" type") else _WIDTHS.get(base, _TYPE_WIDTH)
    return Put(mapping.header_row, target.column, "", target.heading, max(width, len(target.heading) + 4.0))


def _heading(mapping: headers.Mapping, column: int) -> str:
    text = mapping.headings[column - 1] if column <= len(mapping.headings) else ""
    return text.strip() or letters(column)


def _text(row: Sequence[str], column: int) -> str:
    return row[column - 1] if 0 < column <= len(row) else ""
