"""What jobs wrote, and the columns people chose: kept in a real database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.database import Database
from core.results.cells import CellStore, WrittenCell
from core.results.mappings import MappingStore, shape_of

FILE = Path("/lists/leads.xlsx")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "lusha.sqlite3") as opened:
        yield opened


def test_cells_are_kept_before_the_save_and_those_left_alone_go_after_it(db: Database) -> None:
    store = CellStore(db, lambda: 1.0)
    phone, status = WrittenCell(2, 5, "", "+44"), WrittenCell(2, 6, "", "Found")
    store.begin("j", FILE, "Leads", [status, phone])
    file = store.file("j")
    assert file is not None
    assert (file.path, file.sheet, file.sha256) == (FILE, "Leads", "")
    assert store.cells("j") == [phone, status]
    store.saved("j", "abc", [(2, 5, '<c r="E2" s="3"/>')], [(2, 6)])
    assert store.cells("j") == [WrittenCell(2, 5, "", "+44", was='<c r="E2" s="3"/>')]
    saved = store.file("j")
    assert saved is not None
    assert saved.sha256 == "abc"


def test_a_second_delivery_of_a_job_keeps_what_was_there_before_the_first(db: Database) -> None:
    store = CellStore(db, lambda: 1.0)
    store.begin("j", FILE, "Leads", [WrittenCell(2, 6, "", "Waiting")])
    store.saved("j", "abc", [], [])
    store.begin("j", FILE, "Leads", [WrittenCell(2, 6, "Waiting", "Found")])
    assert store.cells("j") == [WrittenCell(2, 6, "", "Found")]


def test_a_second_delivery_that_fails_leaves_the_first_as_it_was(db: Database) -> None:
    store = CellStore(db, lambda: 1.0)
    store.begin("j", FILE, "Leads", [WrittenCell(2, 6, "", "Waiting"), WrittenCell(3, 6, "", "Found")])
    store.saved("j", "abc", [(2, 6, '<c r="F2" s="3"/>')], [])
    first = (store.file("j"), store.cells("j"))
    second = [WrittenCell(2, 6, "Waiting", "Found"), WrittenCell(2, 5, "", "+44")]
    store.drop(store.begin("j", FILE.with_name("copy.xlsx"), "Leads", second))
    assert (store.file("j"), store.cells("j")) == first


def test_undone_cells_are_not_undone_again_and_a_failed_save_leaves_nothing(db: Database) -> None:
    store = CellStore(db, lambda: 1.0)
    replaced = store.begin("j", FILE, "Leads", [WrittenCell(2, 5, "", "x"), WrittenCell(3, 5, "", "y", heading=True)])
    store.undone("j", [(2, 5)])
    assert [cell.row for cell in store.cells("j")] == [3]
    store.drop(replaced)
    assert store.file("j") is None
    assert store.cells("j") == []


def test_a_list_without_headings_of_its_own_has_nothing_to_be_known_by(db: Database) -> None:
    memory = MappingStore(db, lambda: 1.0)
    memory.remember(["", "---", "Phone", "Email"], {"linkedin": "A"})
    assert memory.recall(["Email", "Phone"]) == memory.recall([]) == {}


def test_a_choice_of_columns_is_remembered_for_the_same_headings_in_any_order(db: Database) -> None:
    memory = MappingStore(db, lambda: 1.0)
    memory.remember(["Profil", "Firma", ""], {"linkedin": "Profil"})
    assert memory.recall(["firma", "PROFIL"]) == {"linkedin": "Profil"}
    assert memory.recall(["Firma", "Profil", "Phone 2 type", "Lusha Status"]) == {"linkedin": "Profil"}
    assert memory.recall(["Firma"]) == {}
    memory.remember(["Firma", "Profil"], {"linkedin": "B"})
    assert memory.recall(["Profil", "Firma"]) == {"linkedin": "B"}
    memory.forget(["Profil", "Firma"])
    assert memory.recall(["Profil", "Firma"]) == {}


def test_the_shape_of_a_list_holds_no_heading_in_clear() -> None:
    assert len(shape_of(["Private list of Ada"])) == 64
