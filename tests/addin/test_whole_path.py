"""Click to cells, with real processes: the command line RunPython builds, the detached worker, the progress window.

Excel is the pretend one, held by this process and served to the others; Lusha is the practice server; the keys are in a
real Secret Service. The environment is one of its own that differs from a user's by one line: it plugs that Excel in.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import venv
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cli.__main__ import main
from core.runs import Go, Phase, Runs, State
from sandbox.people import Directory
from sandbox.scenarios import PracticeKey, Scenario, key
from sandbox.server import PracticeServer
from sandbox.world import World
from tests.excel_engine import desk as excel
from tests.excel_engine.desk import Desk, Served

TOP = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(
    os.environ.get("LUSHAENRICH_REAL_STORE") != "1", reason="needs a real Secret Service: tests/secret_service.sh"
)
HOOK = """
import os
if os.environ.get("LUSHA_TEST_EXCEL"):
    from tests.excel_engine.desk import Remote
    from tests.excel_engine.engine import activate
    activate(Remote(os.environ["LUSHA_TEST_EXCEL"]).call)
"""
ROWS = 500


def link(number: int) -> str:
    return f"https://www.linkedin.com/in/row-{number}"


def truth(number: int) -> str | None:
    who = Directory().find({"linkedinUrl": link(number)})
    return who.phones[0]["number"].replace(" ", "") if not who.error and who.phones else None


@pytest.fixture(scope="session")
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment as a user has it, with the pretend Excel plugged in by its site-packages."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    site = next(folder.glob("lib/python*/site-packages"))
    mine = next(path for path in sys.path if path.endswith("site-packages"))
    (site / "pretend_excel.py").write_text(HOOK, "utf-8")
    (site / "a.pth").write_text(f"{TOP}\nimport site; site.addsitedir({mine!r})\n", "utf-8")
    (site / "b.pth").write_text("import pretend_excel\n", "utf-8")
    return folder / "bin" / "python"


class Office:
    """The person's desk: an open workbook, the buttons, the progress window's answer."""

    def __init__(self, interpreter: Path, home: Path, hand: Any, desk: Desk, world: World) -> None:
        self.interpreter, self.home, self.hand, self.desk, self.world = interpreter, home, hand, desk, world
        self.runs = Runs(home)
        self.changed = threading.Event()

    def click(self, macro: str) -> subprocess.CompletedProcess[str]:
        """Exactly what xlwings' VBA runs, without cmd.exe around it."""
        code = (
            'import xlwings.utils;xlwings.utils.prepare_sys_path("False;leads.xlsx;leads.xlsx;;;;"); '
            f"import addin.macros; addin.macros.{macro}()"
        )
        words = ["--wb=LushaEnrich.xlsm", "--from_xl=1", "--app=/opt/Microsoft Excel", "--hwnd=77"]
        return subprocess.run(
            [str(self.interpreter), "-B", "-c", code, *words], capture_output=True, text=True, check=False, timeout=400
        )

    def wait(self, good: Callable[[State], bool], run: str = "") -> State:
        """Until the latest run's state is as wanted. Every call to Excel or tick looks again; pytest's time-out ends it."""
        while True:
            found = self.runs.of_book("leads.xlsx")
            state = self.runs.state(run or found[0].id) if found else State("")
            if good(state):
                return state
            assert state.phase is not Phase.FAILED, (state.title, state.message)
            self.changed.wait(0.05)

    def agree(self, **limits: Any) -> State:
        asked = self.wait(lambda state: state.phase is Phase.ASKING)
        self.runs.answer(asked.id, Go(True, **limits))
        return asked

    def end(self) -> State:
        return self.wait(lambda state: state.phase.is_over)

    def phones(self) -> dict[str, object]:
        with self.desk.lock:
            head = [cell.value for cell in self.hand[1]]
            who, phone = head.index("LinkedIn URL"), head.index("Phone")
            return {row[who].value: row[phone].value for row in self.hand.iter_rows(min_row=2) if row[who].value}

    def sort_backwards(self) -> None:
        with self.desk.lock:
            block = [[(cell.value, cell.number_format) for cell in row] for row in self.hand.iter_rows(min_row=2)]
            for row, values in zip(self.hand.iter_rows(min_row=2), reversed(block), strict=True):
                for cell, (value, form) in zip(row, values, strict=True):
                    cell.value, cell.number_format = value, form


def one_slow_account() -> Scenario:
    """At most 100 people under way at a time and 1.5 seconds for an answer: a run that somebody can interrupt."""
    world = World()
    world.latency_s = 1.5
    world.account("Sales", [key(1)])
    return Scenario(world, (PracticeKey("Key 1", key(1), "Sales"),))


@pytest.fixture
def office(
    interpreter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Office]:
    shown = one_slow_account()
    made = openpyxl.Workbook()
    made.active.title = "Leads"
    made.active.append(["Name", "LinkedIn URL", "Phone", "Notes"])
    for number in range(1, ROWS + 1):
        made.active.append([f"N{number} P{number}", link(number), None, f"note {number}"])
    made.save(tmp_path / "leads.xlsx")
    desk = Desk()
    hand = desk.open(tmp_path / "leads.xlsx").active
    address = str(tmp_path / "excel")
    with PracticeServer(shown.world) as server, Served(desk, address):
        for name, value in {
            "LUSHA_ENRICH_HOME": str(tmp_path / "home"),
            "LUSHA_ENRICH_API_URL": server.url,
            "LUSHA_TEST_EXCEL": address,
            "QT_QPA_PLATFORM": "offscreen",
        }.items():
            monkeypatch.setenv(name, value)
        keys = "".join(f"{one.label},{one.key},{one.account}\n" for one in shown.keys)
        (tmp_path / "keys.txt").write_text(keys, "utf-8")
        assert main(["keys", "add", "--for", "any", "--from", str(tmp_path / "keys.txt")]) == 0
        capsys.readouterr()
        at = Office(interpreter, tmp_path / "home", hand, desk, shown.world)
        yield at
        for run in at.runs.of_book("leads.xlsx"):
            state = at.runs.state(run.id)
            at.runs.stop(run.id)
            at.wait(lambda now: now.phase.is_over, run.id)
            with suppress(ProcessLookupError):
                os.kill(state.window, signal.SIGTERM)


def test_five_hundred_rows_sorted_in_the_middle_busy_stopped_resumed_and_undone(office: Office) -> None:
    sorted_once, busy, mid_way, go_on = threading.Event(), [], threading.Event(), threading.Event()

    def fault(verb: str) -> int | None:
        """The person's hands: a sort after the first cells, then some calls while a cell is edited, then Stop."""
        office.changed.set()
        writes = office.desk.calls["write"]
        if verb == "read" and writes > 12 and not sorted_once.is_set():
            sorted_once.set()
            office.sort_backwards()
        if sorted_once.is_set() and verb == "formulas" and len(busy) < 2:
            busy.append(verb)
            return excel.IN_CELL
        if len(busy) == 2 and verb == "write" and not mid_way.is_set():
            mid_way.set()
            go_on.wait()
        return None

    office.desk.fault = fault
    clicked = office.click("enrich_phones")
    assert (clicked.returncode, clicked.stderr) == (0, "")
    asked = office.agree()
    assert asked.ready == ROWS  # the macro was back before anything was decided: the worker lives on without it
    assert asked.window
    os.kill(asked.window, 0)  # the progress window stands there, too
    again = office.click("enrich_phones")
    assert (again.returncode, again.stderr) == (0, "")  # its window comes to the front

    mid_way.wait()
    stopped = office.click("stop")
    go_on.set()
    assert (stopped.returncode, stopped.stderr) == (0, "")
    first = office.end()
    assert first.phase is Phase.STOPPED
    assert 0 < first.found < ROWS
    assert sorted_once.is_set()
    shown = office.phones()
    assert {who: phone for who, phone in shown.items() if phone} == {
        link(n): truth(n) for n in range(1, ROWS + 1) if shown[link(n)] is not None
    }
    assert office.click("stop").stderr == "Nothing is running on this workbook.\n"

    assert office.click("enrich_phones").returncode == 0
    rest = office.agree()
    assert 0 < rest.ready < ROWS
    second = office.end()
    assert (second.phase, second.unwritten) == (Phase.DONE, 0)
    assert office.phones() == {link(n): truth(n) for n in range(1, ROWS + 1)}
    assert [row[3].value for row in office.hand.iter_rows(min_row=2)] == [f"note {n}" for n in range(ROWS, 0, -1)]
    assert office.world.paid_twice() == []
    phones = [cell for cell in (row[2] for row in office.hand.iter_rows(min_row=2)) if cell.value]
    assert all((cell.data_type, cell.number_format) == ("s", "@") for cell in phones)

    typed = next(cell for cell in phones if cell.row % 2)
    typed.value = "typed by hand"
    for _ in range(2):  # the last run, then the one before it
        assert office.click("undo_last_run").returncode == 0
        assert office.end().phase is Phase.DONE
    left = {who: phone for who, phone in office.phones().items() if phone}
    assert list(left.values()) == ["typed by hand"]


def test_what_is_missing_is_one_sentence(office: Office) -> None:
    office.desk.close("leads.xlsx")
    clicked = office.click("enrich_both")
    assert clicked.returncode == 1
    assert clicked.stderr == "No workbook is open in Excel. Open one, select rows and try again.\n"
    office.desk.fault = lambda _verb: excel.GONE
    clicked = office.click("enrich_emails")
    assert clicked.stderr == "LushaEnrich could not start (ComError). Run: lusha-enrich doctor\n"
    assert "Traceback" not in clicked.stderr


def test_a_killed_worker_is_known_to_be_gone_and_the_next_click_pays_nothing_twice(office: Office) -> None:
    killed = threading.Event()

    def fault(verb: str) -> int | None:
        if verb == "write" and office.desk.calls["write"] > 12 and not killed.is_set():
            state = office.runs.state(office.runs.of_book("leads.xlsx")[0].id)
            os.kill(state.worker, signal.SIGKILL)
            killed.set()
        return None

    office.desk.fault = fault
    assert office.click("enrich_phones").returncode == 0
    first = office.agree()
    killed.wait()
    steps, _ = office.runs.steps(first.id)
    assert steps[:2] == ["Starting enrichment with 1 available PHONE_ONLY keys", "Trying Key 1/1 (ends in ...0001)"]
    while not office.runs.is_gone(first.id):
        office.changed.wait(0.05)
    assert office.click("enrich_phones").returncode == 0
    rest = office.agree()
    assert rest.id != first.id
    assert 0 < rest.ready < ROWS
    assert office.end().phase is Phase.DONE
    assert office.phones() == {link(n): truth(n) for n in range(1, ROWS + 1)}
    assert office.world.paid_twice() == []
    office.runs.tell(replace(office.runs.state(first.id), phase=Phase.FAILED))  # nobody else will
