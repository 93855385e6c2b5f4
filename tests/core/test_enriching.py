"""A file's way through a run without any network: what is asked for, what is written, what is taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from core.database import Database
from core.engine.screening import Screen
from core.enriching import Choices, Opened, deliver, read_rows, remember
from core.errors import FileBusy, FileTrouble, UsageError
from core.model import Answer, Email, Kind, Person, Phone, Prospect, RowStatus
from core.results import listing
from core.results.cells import CellStore
from core.results.journal import Journal, Unit
from core.results.mappings import MappingStore
from core.sheets.files import copy_name, copy_of, fillable, open_file
from core.sheets.fill import Fill, FillRule
from core.sheets.report import write_report
from core.sheets.sheet import Put
from core.undoing import EDITED, IN_USE, LATER, MOVED, undo
from tests.office import convert, needs_libreoffice

PHONES = frozenset({Kind.PHONES})
ADA, BOB = "https://www.linkedin.com/in/ada-sample", "https://www.linkedin.com/in/bob-muster"
AT = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "home" / "lusha.sqlite3") as opened:
        yield opened


@pytest.fixture
def store(db: Database) -> CellStore:
    return CellStore(db, lambda: 1.0)


def workbook(path: Path, rows: list[list[Any]], change: Any = None) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book.active)
    book.save(path)
    return path


def answer(number: str = "+44 20 7946 0001", status: RowStatus = RowStatus.FOUND, name: str = "Ada Sample") -> Answer:
    person = Person(full_name=name, company="Acme", phones=(Phone(number, "mobile", do_not_call=False),))
    return Answer(status, person, last4="a41f", account="Sales", credits=5.0, request_id="r1", at=AT, kinds=PHONES)


def opened(path: Path, choices: Choices | None = None, memory: MappingStore | None = None) -> Opened:
    return read_rows(open_file(path), PHONES, choices, memory)


def shown(path: Path) -> list[list[str]]:
    return [list(row) for row in open_file(path).read().rows]


LEADS = [["LinkedIn", "Phone"], [ADA, None], [BOB, "+44 20 7946 0999"]]


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_a_job_is_written_and_taken_back(ending: str, tmp_path: Path, store: CellStore) -> None:
    path = tmp_path / f"leads.{ending}"
    if ending == "csv":
        path.write_text(f"LinkedIn,Phone\r\n{ADA},\r\n{BOB},+44 20 7946 0999\r\n", newline="")
    else:
        workbook(path, LEADS)
    before = shown(path)
    found = opened(path)
    assert [row.wanted for row in found.rows] == [PHONES, frozenset()]
    answers = {2: answer(), 3: Answer(RowStatus.ALREADY_FILLED, kinds=PHONES)}
    done = deliver(found, answers, "j1", store, out=None, backups=tmp_path / "backups")
    assert not done.refused
    assert shown(path)[1][1] == "+442079460001"
    report = undo(store, "j1", backups=tmp_path / "backups")
    assert not report.left
    assert report.undone == done.report.written
    assert [row[:2] for row in shown(path)] == [row[:2] for row in before]
    assert all(not cell for row in shown(path) for cell in row[2:])
    with pytest.raises(UsageError, match="nothing to undo"):
        undo(store, "j1")
    with pytest.raises(UsageError, match="nothing to undo"):
        undo(store, "unknown")


@pytest.mark.parametrize("mark", ["", '"x;y"', "later"])
def test_a_list_of_records_comes_back_byte_for_byte_unless_something_stands_in_our_columns(
    mark: str, tmp_path: Path, store: CellStore
) -> None:
    path = tmp_path / "leads.csv"
    whole = f'"Notes";LinkedIn;"Phone"\r\n"a ""b"";c";{ADA};\r\n\r\n;{BOB};+44 20 7946 0999\r\n'.encode()
    path.write_bytes(whole)
    deliver(opened(path), {2: answer(), 4: Answer(RowStatus.NOT_FOUND, kinds=PHONES)}, "j1", store, out=None, backups=tmp_path)
    assert path.read_bytes() != whole
    if mark:  # somebody used the last of our columns
        path.write_bytes(path.read_bytes().removesuffix(b"\r\n") + f";{mark}\r\n".encode())
    undo(store, "j1", backups=tmp_path)
    assert (path.read_bytes() == whole) is (not mark)
    assert mark.encode() in path.read_bytes()


def test_after_another_program_saved_the_file_undo_goes_by_the_text(tmp_path: Path, store: CellStore) -> None:
    path = workbook(tmp_path / "leads.xlsx", LEADS)
    deliver(opened(path), {2: answer()}, "j1", store, out=None, backups=tmp_path)
    book = openpyxl.load_workbook(path)
    book.active["A9"] = "mine"
    book.active["C2"] = "changed by hand"
    book.save(path)
    report = undo(store, "j1")
    assert report.sentence.endswith("undone, 1 was edited since. 1 heading stays: its column holds something else.")
    assert {(one.row, one.column): one.why for one in report.left} == {(2, 3): EDITED, (1, 3): IN_USE}
    rows = shown(path)
    assert rows[1][1] == ""
    assert rows[1][2] == "changed by hand"
    assert rows[0][2] == "Phone type"
    assert rows[8][0] == "mine"


FLAGGED = (("+442079460001", True), ("+442079460002", True), ("+442079460003", False))


def filled(path: Path, store: CellStore) -> list[list[str]]:
    """A list of five: three with a number, two not found. Returns how it looked before."""
    people = [[f"https://www.linkedin.com/in/p-{n}", f"Note {n}", ""] for n in range(5)]
    workbook(path, [["LinkedIn", "Notes", "Phone"], *people])
    before = shown(path)
    given = {
        row: Answer(RowStatus.FOUND, Person(phones=(Phone(number, "mobile", barred),)), kinds=PHONES, at=AT)
        for row, (number, barred) in enumerate(FLAGGED, 2)
    }
    given |= {row: Answer(RowStatus.NOT_FOUND, reason="No match.", kinds=PHONES, at=AT) for row in (5, 6)}
    deliver(opened(path), given, "j1", store, out=None, backups=path.parent)
    return before


def reordered(path: Path, order: Callable[[list[tuple[object, ...]]], list[tuple[object, ...]]]) -> None:
    """As a person does it: the rows below the headings come in another order, and the file is saved."""
    book = openpyxl.load_workbook(path)
    sheet = book.active
    rows = order([tuple(cell.value for cell in row) for row in sheet.iter_rows(min_row=2)])
    sheet.delete_rows(2, sheet.max_row)
    for row in rows:
        sheet.append(row)
    book.save(path)


def test_a_list_that_moved_up_as_a_whole_is_undone_with_its_headings(tmp_path: Path, db: Database) -> None:
    store, journal = CellStore(db, lambda: 1.0), Journal(db, lambda: 1.0)
    rows = [
        ["My list"],
        [],
        ["LinkedIn", "Notes", "Phone"],
        *[[f"https://www.linkedin.com/in/p-{n}", f"n{n}", ""] for n in range(4)],
    ]
    path = workbook(tmp_path / "leads.xlsx", rows)
    units = [Unit(row, Prospect(linkedin=f"https://www.linkedin.com/in/p-{row - 4}"), f"fp{row}", PHONES) for row in range(4, 8)]
    job = journal.begin(PHONES, units, source=str(path))
    deliver(opened(path), dict.fromkeys(range(4, 8), answer()), job, store, out=None, backups=tmp_path)
    book = openpyxl.load_workbook(path)
    book.active.delete_rows(1, 2)
    book.save(path)
    assert undo(store, job).left == ()
    assert [row[:3] for row in shown(path)] == [["LinkedIn", "Notes", "Phone"], *[[*row[:2], ""] for row in rows[3:]]]
    assert not any(cell for row in shown(path) for cell in row[3:])
    with db.read() as con:
        assert [row for (row,) in con.execute("SELECT row FROM units ORDER BY row")] == [2, 3, 4, 5]


@pytest.mark.parametrize("order", [lambda rows: rows[::-1], lambda rows: rows[2:] + rows[:2], lambda rows: rows[1:]])
def test_a_list_that_was_sorted_or_cut_since_is_undone_row_by_row(order: Any, tmp_path: Path, store: CellStore) -> None:
    path = tmp_path / "leads.xlsx"
    before = filled(path, store)
    reordered(path, order)
    report = undo(store, "j1")
    assert all(one.row < 1 and one.why == MOVED for one in report.left)  # of the row that was deleted
    assert [row[:3] for row in shown(path)] == [before[0], *order(before[1:])]
    assert not any(cell for row in shown(path) for cell in row[3:])


def test_a_cell_edited_in_a_row_that_was_moved_stays(tmp_path: Path, store: CellStore) -> None:
    path = tmp_path / "leads.xlsx"
    filled(path, store)
    reordered(path, lambda rows: [(*row[:2], "+49 30 123", *row[3:]) if row[1] == "Note 0" else row for row in rows[::-1]])
    report = undo(store, "j1")
    assert [[cell for cell in row[1:] if cell] for row in shown(path)[1:]] == [
        *[[f"Note {n}"] for n in (4, 3, 2, 1)],
        ["Note 0", "+49 30 123"],
    ]
    assert [one.why for one in report.left] == [EDITED]


def test_undo_takes_nothing_of_another_run_whose_results_are_the_same(tmp_path: Path, store: CellStore) -> None:
    path = workbook(
        tmp_path / "leads.xlsx", [["LinkedIn", "Phone"], *[[f"https://www.linkedin.com/in/p-{n}", ""] for n in range(4)]]
    )
    found = Answer(RowStatus.FOUND, Person(phones=(Phone("+442079460001", "work", None),)), kinds=PHONES, at=AT)
    for job, rows in (("j1", (2, 3)), ("j2", (4, 5))):
        deliver(opened(path), dict.fromkeys(rows, found), job, store, out=None, backups=tmp_path)
    whole = shown(path)
    status = whole[0].index("Status")

    def called(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
        return [(*row[:status], "called", *row[status + 1 :]) if row[0] == whole[1][0] else row for row in rows]

    reordered(path, called)
    report = undo(store, "j1")
    assert [one.why for one in report.left if one.row == 2] == [EDITED]
    assert [row[:status] for row in shown(path)[3:]] == [row[:status] for row in whole[3:]]
    assert [row[1] for row in shown(path)] == ["Phone", "", "", "+442079460001", "+442079460001"]


def test_each_person_gets_his_own_old_value_back(tmp_path: Path, store: CellStore) -> None:
    rows = [[f"https://www.linkedin.com/in/p-{n}", f"+4420794601{n}{n}"] for n in range(2)]
    path = workbook(tmp_path / "leads.xlsx", [["LinkedIn", "Phone"], *rows])
    same = Answer(RowStatus.FOUND, Person(phones=(Phone("+442079460001", "work", None),)), kinds=PHONES, at=AT)
    anew = opened(path, Choices(fill={Kind.PHONES: Fill(FillRule.ALL)}))
    deliver(anew, {2: same, 3: same}, "j1", store, out=None, backups=tmp_path)
    reordered(path, lambda found: found[::-1])
    undo(store, "j1")
    assert [row[:2] for row in shown(path)[1:]] == rows[::-1]


@pytest.mark.parametrize("order", [lambda rows: rows, lambda rows: rows[::-1]])
def test_what_another_program_has_saved_between_two_parts_is_undone_by_the_text(
    order: Any, tmp_path: Path, store: CellStore
) -> None:
    def coloured(sheet: Any) -> None:
        for row in (2, 3, 4):
            sheet.cell(row, 2).fill = openpyxl.styles.PatternFill("solid", fgColor="FF00FF00")

    people = [[f"https://www.linkedin.com/in/p-{n}", None] for n in range(3)]
    path = workbook(tmp_path / "leads.xlsx", [["LinkedIn", "Phone"], *people], coloured)
    deliver(opened(path), {2: answer(), 3: answer()}, "j1", store, out=None, backups=tmp_path)
    reordered(path, order)
    last = next(row for row, cells in enumerate(shown(path), 1) if cells[0] == people[2][0])
    deliver(opened(path), {last: answer("+442079460009")}, "j1", store, out=None, backups=tmp_path)
    assert undo(store, "j1").left == ()
    assert [row[1] for row in shown(path)] == ["Phone", "", "", ""]
    deliver(opened(path), {last: answer("+442079460009")}, "j2", store, out=None, backups=tmp_path)  # still a sound file


def test_a_list_sorted_between_two_parts_of_a_run_is_undone_whole(tmp_path: Path, store: CellStore) -> None:
    path = tmp_path / "leads.xlsx"
    before = filled(path, store)
    reordered(path, lambda rows: rows[::-1])
    late = {2: Answer(RowStatus.NOT_FOUND, reason="Still nobody.", kinds=PHONES, at=AT)}
    deliver(opened(path), late, "j1", store, out=None, backups=tmp_path)
    assert undo(store, "j1").left == ()
    assert [row[:3] for row in shown(path)] == [before[0], *before[:0:-1]]
    assert not any(cell for row in shown(path) for cell in row[3:])


def test_what_a_later_run_wrote_is_said_so_and_the_last_undo_takes_the_headings_too(tmp_path: Path, db: Database) -> None:
    now = iter(range(1, 100))
    store = CellStore(db, lambda: float(next(now)))
    path = workbook(tmp_path / "leads.xlsx", [["LinkedIn"], [ADA], [BOB]])
    before = shown(path)
    deliver(opened(path), {2: answer()}, "j1", store, out=None, backups=tmp_path / "b")
    every = Choices(fill={Kind.PHONES: Fill(FillRule.ALL)})
    both = {2: answer("+44 20 7946 0005"), 3: answer("+44 20 7946 0002", name="Bob Muster")}
    deliver(opened(path, every), both, "j2", store, out=None, backups=tmp_path / "b")
    first = undo(store, "j1")
    assert [one.why for one in first.left if one.row > 1] == [LATER]
    assert {one.why for one in first.left if one.row == 1} == {IN_USE}
    assert "1 was written by a later run" in first.sentence
    assert "edited" not in first.sentence
    assert "+442079460005" in shown(path)[1]
    undo(store, "j2")
    assert "+442079460001" in shown(path)[1]
    assert undo(store, "j1").left == ()
    assert [[cell for cell in row if cell] for row in shown(path)] == before


def test_a_heading_that_waited_for_a_later_run_goes_with_that_one(tmp_path: Path, store: CellStore) -> None:
    path = workbook(tmp_path / "leads.xlsx", [["LinkedIn"], [ADA], [BOB]])
    before = shown(path)
    deliver(opened(path), {2: answer()}, "j1", store, out=None, backups=tmp_path / "b")
    deliver(opened(path), {3: answer("+44 20 7946 0002", name="Bob Muster")}, "j2", store, out=None, backups=tmp_path / "b")
    assert {one.why for one in undo(store, "j1").left} == {IN_USE}
    undo(store, "j2")
    assert [[cell for cell in row if cell] for row in shown(path)] == before
    with pytest.raises(UsageError, match="nothing to undo"):
        undo(store, "j1")


def test_replacing_writes_over_filled_cells_and_undo_brings_them_back(tmp_path: Path, store: CellStore) -> None:
    path = workbook(tmp_path / "leads.xlsx", [*LEADS, [ADA + "-2", 442079460998]])
    found = opened(path, Choices(fill={Kind.PHONES: Fill(FillRule.ALL)}))
    assert all(row.wanted == PHONES for row in found.rows)
    answers = {row.number: answer() for row in found.rows}
    deliver(found, answers, "j1", store, out=None, backups=tmp_path)
    assert [row[1] for row in shown(path)[1:]] == ["+442079460001"] * 3
    undo(store, "j1")
    book = openpyxl.load_workbook(path)
    assert [book.active.cell(row, 2).value for row in (2, 3, 4)] == [None, "+44 20 7946 0999", 442079460998]


def test_a_refresh_asks_only_for_rows_checked_long_ago(tmp_path: Path) -> None:
    rows = [["LinkedIn", "Phone", "Checked"], [ADA, "+442079460001", "2020-01-01"], [BOB, "+442079460002", "2999-01-01"]]
    found = opened(workbook(tmp_path / "l.xlsx", rows), Choices(fill={Kind.PHONES: Fill(FillRule.OLDER, 30)}))
    assert [row.wanted for row in found.rows] == [PHONES, frozenset()]
    assert found.again == {2: PHONES}


def test_hidden_rows_are_left_out_and_said_unless_asked_for(tmp_path: Path) -> None:
    path = workbook(tmp_path / "l.xlsx", LEADS, lambda sheet: setattr(sheet.row_dimensions[2], "hidden", True))
    found = opened(path)
    assert [row.number for row in found.rows] == [3]
    assert "1 hidden row is not included." in found.notes
    assert [row.number for row in opened(path, Choices(hidden=True)).rows] == [2, 3]


def test_nobody_is_asked_for_a_row_whose_cell_cannot_be_written(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet["B3"] = '=""'
        sheet.merge_cells("A4:B4")

    rows = opened(workbook(tmp_path / "l.xlsx", [["LinkedIn", "Phone"], [ADA], [BOB], [ADA + "-3"]], change)).rows
    assert [(row.prospect is not None, row.problem) for row in rows] == [
        (True, ""),
        (False, "its result cell cannot be filled (the cell holds a formula)"),
        (False, "its result cell cannot be filled (merged cells)"),
    ]


def test_a_cell_that_cannot_be_written_is_not_taken_for_filled(tmp_path: Path) -> None:
    rows = [["LinkedIn", "Phone", "Email"], [ADA]]
    path = workbook(tmp_path / "l.xlsx", rows, lambda sheet: sheet.__setitem__("B2", '=""'))
    (row,) = read_rows(open_file(path), frozenset(Kind)).rows
    assert (row.wanted, row.barred) == (frozenset({Kind.EMAILS}), PHONES)


def emailed(status: RowStatus, reason: str = "", kinds: frozenset[Kind] = frozenset({Kind.EMAILS})) -> Answer:
    return Answer(status, Person(full_name="Ada", emails=(Email("ada@acme.example"),)), reason, kinds=kinds)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda sheet: sheet.__setitem__("B2", '=""'), "the cell holds a formula"),
        (lambda sheet: sheet.merge_cells("B1:B2"), "merged cells"),
    ],
)
def test_a_row_says_why_a_kind_was_not_looked_up(tmp_path: Path, store: CellStore, change: Any, why: str) -> None:
    path = workbook(tmp_path / "l.xlsx", [["LinkedIn", "Phone", "Email"], [ADA], [BOB]], change)
    found = read_rows(open_file(path), frozenset(Kind))
    answers = {2: emailed(RowStatus.FOUND), 3: emailed(RowStatus.FOUND, kinds=frozenset(Kind))}
    done = deliver(found, answers, "j", store, out=None, backups=tmp_path)
    head, ada, bob = shown(path)
    said = [(row[head.index("Email")], row[head.index("Status")], row[head.index("Message")]) for row in (ada, bob)]
    assert said == [("ada@acme.example", "Partly found", f"Phone not looked up: {why}."), ("ada@acme.example", "Found", "")]
    assert done.answers[2].status is RowStatus.PARTLY_FOUND


@pytest.mark.parametrize("status", [RowStatus.FROM_STORE, RowStatus.CHECK_MATCH, RowStatus.WAITING, RowStatus.NOT_FOUND])
def test_what_else_is_said_of_a_row_stays_beside_the_kind_that_was_not_looked_up(
    tmp_path: Path, store: CellStore, status: RowStatus
) -> None:
    rows = [["LinkedIn", "Phone", "Email"], [ADA]]
    found = read_rows(
        open_file(workbook(tmp_path / "l.xlsx", rows, lambda sheet: sheet.__setitem__("B2", '=""'))), frozenset(Kind)
    )
    done = deliver(found, {2: emailed(status, "So it is.")}, "j", store, out=None, backups=tmp_path)
    assert done.answers[2].status is status
    assert done.answers[2].reason == "So it is. Phone not looked up: the cell holds a formula."


def test_a_row_says_why_a_number_could_not_be_written(tmp_path: Path, store: CellStore) -> None:
    rows = [["LinkedIn", "Phone", "Phone type", "Phone 2", "Phone 2 type"], [ADA, None, None, None, None]]
    path = workbook(tmp_path / "l.xlsx", rows, lambda sheet: sheet.__setitem__("D2", '=""'))
    two = Person(full_name="Ada", phones=(Phone("+442079460001", "mobile"), Phone("+442079460002", "work")))
    found = opened(path)
    done = deliver(found, {2: Answer(RowStatus.FOUND, two, kinds=PHONES)}, "j", store, out=None, backups=tmp_path)
    assert [(one.row, one.column) for one in done.refused] == [(2, 4)]
    assert "Phone 2 not written: the cell holds a formula." in shown(path)[1]


def test_a_doubtful_match_names_who_was_found_and_only_then_gets_a_column(tmp_path: Path, store: CellStore) -> None:
    path = workbook(tmp_path / "l.xlsx", [["LinkedIn"], [ADA]])
    deliver(opened(path), {2: answer()}, "j1", store, out=None, backups=tmp_path)
    assert "Found as" not in shown(path)[0]
    other = workbook(tmp_path / "m.xlsx", [["LinkedIn"], [ADA]])
    doubtful = answer(status=RowStatus.CHECK_MATCH, name="=Adam Other")
    deliver(opened(other), {2: doubtful}, "j2", store, out=None, backups=tmp_path)
    head, row = shown(other)
    assert row[head.index("Found as")] == "=Adam Other, Acme"
    assert row[head.index("Status")] == "Check match"
    assert openpyxl.load_workbook(other).active.cell(2, head.index("Found as") + 1).data_type == "s"


def test_a_failed_save_leaves_no_trace_in_the_store(tmp_path: Path, store: CellStore) -> None:
    path = workbook(tmp_path / "l.xlsx", LEADS)
    found = opened(path)
    (tmp_path / "~$l.xlsx").write_bytes(b"")
    with pytest.raises(FileBusy, match="open elsewhere"):
        deliver(found, {2: answer()}, "j1", store, out=None, backups=tmp_path)
    assert store.file("j1") is None


def test_chosen_columns_are_used_again_for_a_list_with_the_same_headings(tmp_path: Path, db: Database) -> None:
    memory = MappingStore(db, lambda: 1.0)
    rows = [["Wer", "Zweites"], [ADA, BOB]]
    first = opened(workbook(tmp_path / "a.xlsx", rows), Choices(columns={"linkedin": "Zweites"}))
    assert [row.prospect.linkedin for row in first.rows if row.prospect] == [BOB]
    remember(first, memory)
    again = opened(workbook(tmp_path / "b.xlsx", rows), None, memory)
    assert [row.prospect.linkedin for row in again.rows if row.prospect] == [BOB]
    assert any("chosen earlier" in note for note in again.notes)


def test_a_report_says_who_paid_and_never_holds_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "report.xlsx"
    write_report(path, {2: answer(name="=1+1"), 3: Answer(RowStatus.NOT_FOUND, credits=None)}, [("Job", "j1")])
    book = openpyxl.load_workbook(path)
    head, first, second = book["Rows"].iter_rows(values_only=True)
    line = dict(zip(head, first, strict=True))
    assert (line["Row"], line["Key"], line["Credits"], line["Name at Lusha"]) == (2, "...a41f", 5, "=1+1")
    assert book["Rows"]["C2"].data_type == "s"
    assert dict(zip(head, second, strict=True))["Credits"] == "unknown"
    assert ("Job", "j1") in list(book["Summary"].iter_rows(values_only=True))
    with pytest.raises(FileTrouble, match="already exists"):
        write_report(path, {}, [])
    with pytest.raises(FileTrouble, match="must end in"):
        write_report(tmp_path / "report.csv", {}, [])


@needs_libreoffice
@pytest.mark.parametrize("ending", ["xls", "ods"])
def test_another_kind_of_workbook_is_read_and_its_results_go_to_a_new_one(ending: str, tmp_path: Path, store: CellStore) -> None:
    rows = [["LinkedIn", "Phone", "Score", "Due"], [ADA, None, 2.5, datetime(2026, 11, 24)], [BOB, "+44 20 7946 0999", 3, None]]
    path = convert(workbook(tmp_path / "leads.xlsx", rows), ending, tmp_path / "other")
    before = path.read_bytes()
    sheet = open_file(path)
    found = read_rows(sheet, PHONES)
    with pytest.raises(FileTrouble, match="cannot be filled in place"):
        sheet.check()
    out = copy_of(sheet)
    assert out is not None
    assert out.name == "leads (enriched).xlsx"
    assert sheet.put([Put(3, 2, "", "x"), Put(9, 20_000, "", "x")])
    done = deliver(found, {2: answer()}, "j1", store, out=out, backups=tmp_path)
    assert path.read_bytes() == before
    made = openpyxl.load_workbook(out).active
    assert (made["B2"].value, made["B2"].number_format, made["C2"].value, made["D2"].value) == (
        "+442079460001",
        "@",
        2.5,
        "2026-11-24",
    )
    assert undo(store, "j1").undone == done.report.written
    assert copy_name(path, ".xlsx").name == "leads (enriched 2).xlsx"


@pytest.mark.parametrize("name", ["x.xls", "x.xlsb", "x.ods"])
def test_a_damaged_file_of_another_kind_is_refused_with_a_sentence(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04" + b"\0" * 500)
    with pytest.raises(FileTrouble, match="cannot be read"):
        open_file(tmp_path / name)


def test_links_behind_the_cells_of_a_protected_sheet_are_looked_up(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet["B2"].hyperlink, sheet["B2"].value = ADA, "Profil"
        sheet["B3"] = f'=HYPERLINK("{BOB}","Profil")'
        sheet.protection.sheet = True

    rows = [["Name", "LinkedIn"], ["Ada", "Profil"], ["Bob"]]
    sheet = fillable(open_file(workbook(tmp_path / "l.xlsx", rows, change)))
    found = read_rows(sheet, PHONES)
    assert [row.prospect and row.prospect.linkedin for row in found.rows] == [ADA, BOB]
    sheet.save(tmp_path / "out.xlsx")
    assert shown(tmp_path / "out.xlsx")[1][:2] == ["Ada", "Profil"]


def test_a_protected_sheet_gives_its_values_to_a_new_workbook(tmp_path: Path, store: CellStore) -> None:
    def protect(sheet: Any) -> None:
        sheet.protection.sheet = True
        sheet.row_dimensions[3].hidden = True

    path = workbook(tmp_path / "leads.xlsx", LEADS, protect)
    before = path.read_bytes()
    sheet = fillable(open_file(path))
    found = read_rows(sheet, PHONES)
    assert 'Sheet "Sheet" is protected.' in found.notes
    assert [row.number for row in found.rows] == [2]
    done = deliver(found, {2: answer()}, "j1", store, out=copy_of(sheet), backups=tmp_path)
    assert done.report.path.name == "leads (enriched).xlsx"
    assert shown(done.report.path)[1][1] == "+442079460001"
    assert path.read_bytes() == before
    other = open_file(workbook(tmp_path / "free.xlsx", LEADS))
    assert fillable(other) is other
    assert copy_of(other) is None


def test_numbers_flagged_do_not_call_are_left_out_by_choice_and_the_flag_is_not(tmp_path: Path, store: CellStore) -> None:
    book = workbook(tmp_path / "leads.xlsx", [["LinkedIn"], [ADA]])
    read = read_rows(open_file(book), PHONES, Choices(flagged=False))
    phones = (Phone("+44 7700 900123", do_not_call=True),)
    deliver(
        read, {2: Answer(RowStatus.FOUND, Person(phones=phones), kinds=PHONES)}, "j1", store, out=None, backups=tmp_path / "b"
    )
    cells = [cell.value for row in openpyxl.load_workbook(book).active.iter_rows(min_row=2) for cell in row]
    assert "+447700900123" not in cells
    assert "Yes" in cells
    assert "1 number not written: flagged do-not-call at Lusha." in cells


@pytest.mark.parametrize("text", [ADA, "+44 20 7946 0001"])
def test_answers_that_came_before_the_list_grew_are_not_written(text: str, tmp_path: Path, store: CellStore) -> None:
    path = workbook(tmp_path / "l.xlsx", [["LinkedIn"], [ADA], [BOB]])
    entry = listing.of_text(text, reason="asked us not to")
    assert entry
    answers = {2: answer(), 3: answer("+44 20 7946 0002", name="Bob Muster")}
    done = deliver(opened(path), answers, "j1", store, out=None, backups=tmp_path / "b", screen=Screen({entry.mark: entry}))
    assert (done.answers[2].status, done.answers[2].person) == (RowStatus.DO_NOT_CONTACT, None)
    assert done.answers[3] == answers[3]
    rows = shown(path)
    assert "Do not contact" in rows[1]
    assert "+442079460001" not in rows[1]
    assert "+442079460002" in rows[2]
