"""A run on an open sheet against the practice server: asked once, journal first, cells later, and back again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from addin.books import Target, attach
from addin.trouble import ExcelBusy
from addin.work import Work, in_scope
from core.app import App, open_app
from core.engine.policy import Pauses, policy_of
from core.engine.preflight import Row
from core.errors import FileTrouble, UsageError
from core.keys.vault import MemoryVault
from core.model import Category, Kind
from core.results import listing
from core.runs import Action, Go, Phase, Runs, State
from core.settings import Settings
from sandbox.people import Directory
from sandbox.scenarios import SCENARIOS
from sandbox.server import PracticeServer
from sandbox.world import World
from tests.excel_engine import desk as excel
from tests.excel_engine.desk import PID, Desk

PHONES = frozenset({Kind.PHONES})
YES = Go(go=True)
BOTH = frozenset(Kind)


def link(number: int) -> str:
    return f"https://www.linkedin.com/in/row-{number}"


def truth(number: int) -> str | None:
    """The number the practice server knows for this person."""
    who = Directory().find({"linkedinUrl": link(number)})
    return who.phones[0]["number"].replace(" ", "") if not who.error and who.phones else None


@dataclass
class Bench:
    """One open sheet, one home, one practice world. Every sleep of the work calls ``meanwhile``."""

    app: App
    runs: Runs
    world: World
    desk: Desk
    hand: Any
    meanwhile: Callable[[], object] = lambda: None
    now: float = 0.0

    def work(self, action: Action = Action.ENRICH, kinds: frozenset[Kind] = PHONES, *, go: Go | None = YES, **more: Any) -> Work:
        request = self.runs.start(action, kinds, book="leads.xlsx", sheet="Leads", pid=PID, **more)
        if go is not None:
            self.runs.answer(request.id, go)

        def sleep(seconds: float) -> None:
            self.now += seconds
            self.meanwhile()

        def clock() -> float:
            self.now += 0.01
            return self.now

        sheet = attach(Target(PID, "leads.xlsx", "Leads", ""))
        return Work(self.app, self.runs, request, sheet, clock=clock, sleep=sleep)

    def phones(self) -> dict[str, object]:
        head = [cell.value for cell in self.hand[1]]
        return {
            row[head.index("LinkedIn URL")].value: row[head.index("Phone")].value
            for row in self.hand.iter_rows(min_row=2)
            if row[head.index("LinkedIn URL")].value
        }

    def column(self, name: str) -> list[object]:
        head = [cell.value for cell in self.hand[1]]
        return [row[head.index(name)].value for row in self.hand.iter_rows(min_row=2)]


@pytest.fixture
def bench(desk: Desk, book: Callable[..., Path], tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    with ExitStack() as stack:

        def made(count: int, scenario: str = "plenty", *, slowly: bool = False, **more: Any) -> Bench:
            """``slowly``: one request after the other, long enough for somebody to press Stop."""
            shown = SCENARIOS[scenario]()
            shown.world.latency_s = 0.3 if slowly else 0.0
            server = stack.enter_context(PracticeServer(shown.world))
            settings = Settings(tmp_path / "home", server.url)
            settings.home.mkdir()
            pauses = Pauses(lost=(0.0, 0.0), server=(0.0, 0.0), offline=(0.0, 0.0))
            policy = replace(policy_of(settings, pauses), senders=1 if slowly else 64)
            app = stack.enter_context(open_app(settings, vault=MemoryVault(), policy=policy))
            for one in shown.keys:
                app.keys.add_many([f"{one.label},{one.key},{one.account}"], Category(one.category))
            rows: list[list[object]] = [
                ["Name", "LinkedIn URL", "Phone"],
                *([f"N{n} P{n}", link(n), None] for n in range(1, count + 1)),
            ]
            hand = desk.open(book(rows, **more)).active
            return Bench(app, Runs(settings.home), shown.world, desk, hand)

        yield made


def test_every_answer_comes_into_its_row_and_the_run_says_so(bench: Callable[..., Bench]) -> None:
    at = bench(60)
    state = at.work().do()
    assert at.phones() == {link(n): truth(n) for n in range(1, 61)}
    assert (state.phase, state.unwritten, state.ready) == (Phase.DONE, 0, 60)
    assert state.title == f"Phone Enrichment Complete: {state.found} found, 0 failed"
    assert at.desk.status[-1] is False
    assert any("Enriching" in str(text) for text in at.desk.status)
    assert at.runs.state(state.id) == state


def test_nothing_is_sent_before_the_yes_and_nothing_after_a_no(bench: Callable[..., Bench]) -> None:
    at = bench(30)
    seen: list[State] = []

    def meanwhile() -> None:
        run = at.runs.of_book("leads.xlsx")[0]
        seen.append(at.runs.state(run.id))
        assert at.world.posts == 0
        at.runs.answer(run.id, Go(go=False))

    at.meanwhile = meanwhile
    state = at.work(go=None).do()
    assert (state.phase, state.title, at.world.posts) == (Phase.STOPPED, "Nothing was sent", 0)
    assert seen[0].phase is Phase.ASKING
    assert seen[0].lines == ((30, "ready to look up"),)
    assert seen[0].most == 2 + 30 * 5
    assert at.phones() == dict.fromkeys(map(link, range(1, 31)))


def test_a_stop_before_the_answer_is_a_no(bench: Callable[..., Bench]) -> None:
    at = bench(3)
    at.app.stop.set()
    assert at.work(go=None).do().title == "Nothing was sent"


def test_the_selection_decides_which_rows_are_meant(bench: Callable[..., Bench]) -> None:
    at = bench(20)
    state = at.work(selection="$A$3:$B$5,$A$9:$A$9").do()
    assert state.rows == 4
    filled = [row for row, text in enumerate(at.column("Status"), 2) if text]
    assert filled == [3, 4, 5, 9]


def test_a_selection_without_anybody_is_said() -> None:
    with pytest.raises(UsageError, match="hold nobody"):
        in_scope([Row(2, None)], "$A$7:$B$9")


def test_limits_of_the_answer_hold_and_a_second_click_goes_on_for_the_rest(bench: Callable[..., Bench]) -> None:
    at = bench(40)
    first = at.work(go=Go(go=True, rows=10)).do()
    assert first.phase is Phase.DONE
    assert at.column("Status").count("Stopped") == 30
    second = at.work().do()
    assert second.ready == 30
    assert at.phones() == {link(n): truth(n) for n in range(1, 41)}
    assert at.world.paid_twice() == []


def test_a_stop_keeps_what_was_paid(bench: Callable[..., Bench]) -> None:
    at = bench(100, slowly=True)
    work = at.work()
    at.desk.fault = lambda verb: at.app.stop.set() if verb == "write" else None  # the first cells: the person presses Stop
    state = work.do()
    assert state.phase is Phase.STOPPED
    answered = sum(bool(truth(n)) for n in range(1, 101) if at.phones()[link(n)])
    assert answered == state.found > 0
    assert "Stopped" in at.column("Status")


def test_a_busy_excel_is_waited_for_and_gets_everything_in_the_end(bench: Callable[..., Bench]) -> None:
    at = bench(50)
    at.desk.fault = lambda verb: (
        excel.IN_CELL if verb in {"write", "set_format", "formulas", "read"} and at.runs_started() else None
    )
    naps = []

    def meanwhile() -> None:
        naps.append(at.now)
        if len(naps) == 4:
            at.desk.fault = lambda _verb: None

    at.meanwhile = meanwhile
    at.runs_started = lambda: at.runs.state(at.runs.of_book("leads.xlsx")[0].id).phase is Phase.RUNNING  # type: ignore[attr-defined]
    state = at.work().do()
    assert (state.phase, state.unwritten) == (Phase.DONE, 0)
    assert at.phones() == {link(n): truth(n) for n in range(1, 51)}
    assert len(naps) == 4


def test_whoever_gets_onto_the_list_while_excel_is_busy_is_not_written(bench: Callable[..., Bench]) -> None:
    at = bench(50)
    listed = next(n for n in range(1, 51) if truth(n))
    at.desk.fault = lambda verb: excel.BUSY if verb in {"write", "formulas"} else None

    def meanwhile() -> None:
        entry = listing.of_text(link(listed), reason="asked us not to")
        assert entry
        at.app.suppress([entry])
        at.desk.fault = lambda _verb: None

    at.meanwhile = meanwhile
    state = at.work().do()
    assert (state.phase, state.unwritten) == (Phase.DONE, 0)
    assert at.phones() == {link(n): truth(n) if n != listed else None for n in range(1, 51)}
    assert at.column("Status")[listed - 1] == "Do not contact"


@pytest.mark.parametrize("lasts", [1, 2, 9, 16, 23, 28])
def test_an_excel_that_gets_busy_in_the_midst_of_writing_loses_nothing_and_all_can_be_undone(
    bench: Callable[..., Bench], lasts: int
) -> None:
    at = bench(40)
    before = [[cell.value for cell in row] for row in at.hand.iter_rows()]
    writes = [0]

    def fault(verb: str) -> object:
        writes[0] += verb == "write"
        return excel.IN_CELL if writes[0] > lasts and verb in {"write", "read", "formulas"} else None

    at.desk.fault = fault
    first = at.work().do()
    assert first.phase is Phase.WAITING
    at.desk.fault = lambda _verb: None
    assert at.work().do().phase is Phase.DONE
    assert at.phones() == {link(n): truth(n) for n in range(1, 41)}
    found = [bool(phone) for phone in at.phones().values()]
    for name in ("Phone type", "Do not call", "Checked"):
        lacking = [row for row, (told, text) in enumerate(zip(found, at.column(name), strict=True)) if told and not text]
        assert lacking == [], name
    at.work(Action.UNDO).do()
    with suppress(UsageError):  # the first run may have written nothing that the second has not written over
        at.work(Action.UNDO).do()
    after = [[cell.value for cell in row] for row in at.hand.iter_rows()]
    assert [row[:3] for row in after] == [[*row[:2], row[2]] for row in before]
    assert not any(value for row in after[1:] for value in row[3:])


def test_patience_ends_and_the_results_wait_until_the_next_click_which_costs_nothing(bench: Callable[..., Bench]) -> None:
    at = bench(30)
    busy = [True]
    at.desk.fault = lambda verb: excel.BUSY if busy[0] and verb in {"write", "formulas"} else None
    state = at.work().do()
    assert (state.phase, state.unwritten) == (Phase.WAITING, 30)
    assert state.title == "30 results are waiting to be written"
    paid = at.world.charged()
    busy[0] = False
    again = at.work().do()
    assert (again.phase, again.ready, again.credits) == (Phase.DONE, 0, 0)
    assert at.phones() == {link(n): truth(n) for n in range(1, 31)}
    assert at.world.charged() == paid
    assert at.runs.state(state.id).phase is Phase.DONE


@pytest.mark.parametrize("number", [excel.GONE, excel.PROTECTED])
def test_a_closed_or_protected_sheet_ends_the_spending_and_loses_nothing(bench: Callable[..., Bench], number: int) -> None:
    at = bench(200, slowly=True)
    at.desk.fault = lambda verb: number if verb in {"write", "set_format"} else None
    state = at.work().do()
    assert state.phase is Phase.WAITING
    assert 0 < state.unwritten <= 200
    assert at.world.posts < 8
    at.desk.fault = lambda _verb: None
    at.app.stop.clear()
    assert at.work().do().phase is Phase.DONE
    assert at.phones() == {link(n): truth(n) for n in range(1, 201)}
    assert at.world.paid_twice() == []


def test_undo_takes_back_what_still_holds_our_text_wherever_it_is_now(bench: Callable[..., Bench]) -> None:
    at = bench(20)
    done = at.work(kinds=BOTH).do()
    head = [cell.value for cell in at.hand[1]]
    edited = next(n for n in range(1, 21) if truth(n))
    at.hand.cell(edited + 1, head.index("Phone") + 1).value = "typed by hand"
    block = [[cell.value for cell in row] for row in at.hand.iter_rows(min_row=2)]
    for row, values in zip(at.hand.iter_rows(min_row=2), reversed(block), strict=True):
        for cell, value in zip(row, values, strict=True):
            cell.value = value
    undone = at.work(Action.UNDO).do()
    assert undone.phase is Phase.DONE
    assert undone.title == f"{done.written - 1} of {done.written} cells undone"
    assert "1 were edited since" in undone.message
    assert at.phones() == dict.fromkeys(map(link, range(1, 21))) | {link(edited): "typed by hand"}
    assert {text for name in ("Email", "Status", "Message", "Do not call") for text in at.column(name)} == {None}
    assert at.hand.cell(2, head.index("Phone") + 1).number_format in {"General", "@"}
    with pytest.raises(UsageError, match="nothing to undo"):
        at.work(Action.UNDO).do()


def test_what_fails_after_the_cells_are_taken_back_does_not_reach_the_run_before(bench: Callable[..., Bench]) -> None:
    at = bench(6)
    at.work().do()
    at.work(kinds=frozenset({Kind.EMAILS})).do()
    at.desk.fault = lambda verb: excel.PROTECTED if verb == "set_format" else None
    assert at.work(Action.UNDO).do().phase is Phase.DONE
    at.desk.fault = lambda _verb: None
    assert set(at.column("Email")) == {None}
    assert at.phones() == {link(n): truth(n) for n in range(1, 7)}


def test_an_undo_leaves_a_copy_of_the_columns_alone(bench: Callable[..., Bench]) -> None:
    at = bench(6)
    at.work().do()
    whole = [[cell.value for cell in row] for row in at.hand.iter_rows()]
    width = len(whole[0])
    for number, row in enumerate(whole, 1):
        for column, value in enumerate(row, width + 2):
            at.hand.cell(number, column).value = value
    at.work(Action.UNDO).do()
    assert at.phones() == dict.fromkeys(map(link, range(1, 7)))
    assert [[cell.value for cell in row[width + 1 :]] for row in at.hand.iter_rows()] == whole


def test_an_undo_in_another_workbook_of_that_name_takes_nothing_away_from_the_right_one(bench: Callable[..., Bench]) -> None:
    at = bench(4)
    at.work().do()
    right = [[cell.value for cell in row] for row in at.hand.iter_rows()]
    for row in at.hand.iter_rows(min_row=2):
        row[1].value = f"{row[1].value}-of-others"
    with pytest.raises(UsageError, match="nothing to undo"):
        at.work(Action.UNDO).do()
    for row, was in zip(at.hand.iter_rows(), right, strict=True):
        for cell, value in zip(row, was, strict=True):
            cell.value = value
    assert at.work(Action.UNDO).do().phase is Phase.DONE
    assert at.phones() == dict.fromkeys(map(link, range(1, 5)))


def test_an_undo_finds_its_column_beside_one_with_the_same_heading(bench: Callable[..., Bench]) -> None:
    at = bench(4)
    at.hand.cell(1, 4).value = "Phone"
    for row in range(2, 6):
        at.hand.cell(row, 3).value = "n/a see crm"
    done = at.work().do()
    assert [at.hand.cell(row, 4).value for row in range(2, 6)] == [truth(n) for n in range(1, 5)]
    assert at.work(Action.UNDO).do().title == f"{done.written} of {done.written} cells undone"
    assert [(at.hand.cell(row, 3).value, at.hand.cell(row, 4).value) for row in range(2, 6)] == [("n/a see crm", None)] * 4


def test_rows_deleted_since_do_not_keep_an_undo_from_the_run_before(bench: Callable[..., Bench]) -> None:
    at = bench(6)
    first = at.work().do()
    at.hand.append(["N50 P50", link(50), None])
    at.work().do()
    at.hand.delete_rows(8, 1)  # all that the second run wrote
    at.hand.delete_rows(7, 1)
    undone = at.work(Action.UNDO).do()
    assert undone.title == f"{undone.written} of {first.written} cells undone"
    assert at.phones() == dict.fromkeys(map(link, range(1, 6)))
    with pytest.raises(UsageError, match="Nothing of what was written is on this sheet"):
        at.work(Action.UNDO).do()
    at.hand.append(["N50 P50", link(50), truth(50)])  # the deletion is taken back in Excel
    assert at.work(Action.UNDO).do().phase is Phase.DONE
    assert at.phones()[link(50)] is None


def test_cells_are_remembered_before_excel_has_them(bench: Callable[..., Bench]) -> None:
    at = bench(4)
    seen: list[int] = []

    def fault(verb: str) -> None:
        if verb == "write":
            with at.app.db.read() as con:
                seen.append(con.execute("SELECT count(*) FROM cells").fetchone()[0])

    at.desk.fault = fault
    done = at.work().do()
    assert len(seen) > 2  # the headings and the columns
    assert set(seen) == {done.written}


def test_what_a_sheet_took_before_it_was_protected_can_be_undone(bench: Callable[..., Bench]) -> None:
    at = bench(4)
    writes: list[str] = []

    def fault(verb: str) -> int | None:
        writes.extend([verb] if verb == "write" else [])
        return excel.PROTECTED if len(writes) == 3 else None  # headings, a column, and no more

    at.desk.fault = fault
    state = at.work().do()
    there = sum(text is not None for row in at.hand.iter_rows(min_row=2, min_col=3) for text in (cell.value for cell in row))
    assert (state.phase, state.written) == (Phase.WAITING, there)
    assert there == sum(truth(n) is not None for n in range(1, 5))
    at.desk.fault = lambda _verb: None
    at.app.stop.clear()
    assert at.work(Action.UNDO).do().title == f"{there} of {there} cells undone"
    assert at.phones() == dict.fromkeys(map(link, range(1, 5)))


def test_an_undo_gives_the_number_format_back(bench: Callable[..., Bench]) -> None:
    at = bench(6)
    at.work().do()
    assert {at.hand.cell(row, 3).number_format for row in range(2, 8)} >= {"@"}
    at.work(Action.UNDO).do()
    assert {at.hand.cell(row, 3).number_format for row in range(2, 8)} == {"General"}


def test_a_sheet_that_names_nobody_is_refused_before_anything_is_sent(bench: Callable[..., Bench]) -> None:
    at = bench(2)
    for row in at.hand.iter_rows():
        for cell in row:
            cell.value = "x"
    with pytest.raises(FileTrouble):
        at.work().do()
    assert at.world.posts == 0


def test_what_came_from_the_store_can_be_undone_too_and_a_busy_excel_is_waited_for(bench: Callable[..., Bench]) -> None:
    at = bench(10)
    at.work().do()
    at.work(Action.UNDO).do()
    again = at.work().do()
    assert (again.ready, again.credits) == (0, 0)
    tries: list[str] = []

    def fault(verb: str) -> int | None:
        tries.append(verb)
        return excel.IN_CELL if verb == "formulas" and tries.count("formulas") < 3 else None

    at.desk.fault = fault
    undone = at.work(Action.UNDO).do()
    assert undone.title == f"{again.written} of {again.written} cells undone"
    assert at.phones() == dict.fromkeys(map(link, range(1, 11)))


def test_an_undo_gives_up_on_an_excel_that_stays_busy_and_can_be_tried_again(bench: Callable[..., Bench]) -> None:
    at = bench(4)
    at.work().do()
    at.desk.fault = lambda verb: excel.IN_CELL if verb == "formulas" else None
    with pytest.raises(ExcelBusy, match="busy"):
        at.work(Action.UNDO).do()
    at.desk.fault = lambda _verb: None
    assert at.work(Action.UNDO).do().phase is Phase.DONE
    assert at.phones() == dict.fromkeys(map(link, range(1, 5)))


def test_a_wait_for_a_key_is_shown(bench: Callable[..., Bench]) -> None:
    at = bench(3, "seed4")
    state = at.work().do()
    assert state.phase is Phase.STOPPED
    assert state.title == "All 3 Phone Keys are exhausted. Please add more API keys."
    assert set(at.column("Status")) == {"Waiting"}


def test_rows_hidden_by_a_filter_are_counted_and_neither_sent_nor_written(bench: Callable[..., Bench]) -> None:
    at = bench(30)
    for row in range(2, 12):
        at.hand.row_dimensions[row].hidden = True
    state = at.work(selection="$A$7:$C$31").do()
    assert (state.phase, state.ready, state.rows) == (Phase.DONE, 20, 20)
    assert (5, "hidden by a filter or by hand, not included") in state.lines
    assert at.phones() == {link(n): truth(n) if n > 10 else None for n in range(1, 31)}
    with pytest.raises(UsageError, match="Every selected row is hidden"):
        at.work(selection="$A$3:$C$9").do()
