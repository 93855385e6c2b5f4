"""From macro to worker: what is written down, what is started, and the one sentence when something is missing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import xlwings as xw

from addin import macros, worker
from addin.books import Target, caller
from addin.lock import owned
from addin.spawn import BREAKAWAY, DETACHED, NEW_GROUP, detached
from addin.trouble import Trouble, meaning
from core.errors import UsageError
from core.keys.vault import MemoryVault
from core.model import Kind
from core.ourselves import command
from core.runs import KEPT, Action, Go, Phase, Runs, State
from core.settings import load
from sandbox.scenarios import SCENARIOS
from sandbox.server import PracticeServer
from tests.excel_engine import desk as excel
from tests.excel_engine.desk import PID, Desk

PHONES = frozenset({Kind.PHONES})


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with PracticeServer(SCENARIOS["plenty"]().world) as server:
        monkeypatch.setenv("LUSHA_ENRICH_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("LUSHA_ENRICH_API_URL", server.url)
        yield tmp_path / "home"


@pytest.fixture
def leads(desk: Desk, book: Callable[..., Path]) -> Desk:
    desk.open(book([["Name", "LinkedIn URL", "Phone"], ["Ada Sample", "https://www.linkedin.com/in/sb-ada-sample", None]]))
    return desk


# -- the record -------------------------------------------------------------------------------------------------------
def test_a_run_is_written_down_and_read_back_by_another_process(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    made = runs.start(Action.ENRICH, PHONES, book="leads.xlsx", sheet="Leads", selection="$A$1:$B$2", pid=7)
    again = Runs(tmp_path)
    assert again.request(made.id) == made
    assert again.state(made.id) == State(made.id)
    assert again.answered(made.id) is None
    assert again.rows(made.id) == {}
    runs.tell(State(made.id, Phase.RUNNING, headings={3: "Phone"}, lines=((1, "ready"),)))
    runs.answer(made.id, Go(True, 10, 50.0))
    runs.keep_rows(made.id, {2: "ab"})
    assert again.state(made.id).headings == {3: "Phone"}
    assert again.answered(made.id) == Go(True, 10, 50.0)
    assert again.rows(made.id) == {2: "ab"}
    assert not runs.flag(made.id).exists()
    again.stop(made.id)
    assert runs.flag(made.id).exists()


def test_only_the_latest_runs_are_kept(tmp_path: Path) -> None:
    runs = Runs(tmp_path)
    made = [runs.start(Action.ENRICH, PHONES, book="b", sheet="s") for _ in range(KEPT + 3)]
    kept = {run.id for run in runs.of_book("b")}
    assert len(kept) == KEPT
    assert made[-1].id in kept
    assert runs.of_book("b", "other") == []


def test_the_record_holds_nothing_of_a_person(leads: Desk, home: Path) -> None:
    request = Runs(home).start(Action.ENRICH, PHONES, book="leads.xlsx", sheet="Leads", pid=PID, window=False)
    Runs(home).answer(request.id, Go(go=True))
    worker.main(["--run", request.id], vault=MemoryVault())
    texts = "".join(path.read_text("utf-8") for path in (home / "runs").iterdir())
    assert "sb-ada" not in texts
    assert "Sample" not in texts


# -- the lock ---------------------------------------------------------------------------------------------------------
def test_one_owner_at_a_time_and_free_again_when_the_owner_dies(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    code = (
        "import sys; from pathlib import Path; from addin.lock import owned\n"
        "with owned(Path(sys.argv[1])) as mine:\n    print(mine, flush=True)\n    sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "True\n"
        with owned(path) as mine:
            assert not mine
        other.kill()
    with owned(path) as mine:
        assert mine


def test_windows_own_way_of_locking_is_used_there(tmp_path: Path) -> None:
    def refuse(_file: object) -> None:
        raise OSError

    with owned(tmp_path / "x", refuse) as mine:
        assert not mine


# -- starting processes -----------------------------------------------------------------------------------------------
def test_the_worker_is_started_apart_from_python_variables_and_the_current_folder() -> None:
    assert command("addin.worker", "--run", "x", interpreter="/v/bin/python", platform="linux") == [
        "/v/bin/python", "-E", "-P", "-m", "addin.worker", "--run", "x",
    ]  # fmt: skip


def test_on_windows_no_console_window_is_opened(tmp_path: Path) -> None:
    (tmp_path / "pythonw.exe").touch()
    assert command("gui", interpreter=str(tmp_path / "python.exe"), platform="win32")[0] == str(tmp_path / "pythonw.exe")
    assert command("gui", interpreter="/nowhere/python.exe", platform="win32")[0] == "/nowhere/python.exe"


def test_the_flags_for_windows_are_the_documented_numbers_and_breakaway_is_given_up_when_forbidden(tmp_path: Path) -> None:
    tried: list[int] = []

    def popen(words: list[str], creationflags: int, **how: Any) -> Any:
        tried.append(creationflags)
        assert how["cwd"] == tmp_path
        if creationflags & 0x01000000:
            raise PermissionError
        return "started"

    assert detached(["x"], tmp_path, platform="win32", popen=popen) == "started"
    assert tried == [0x00000008 | 0x00000200 | 0x01000000, 0x00000008 | 0x00000200]
    assert (DETACHED, NEW_GROUP, BREAKAWAY) == (8, 0x200, 0x1000000)


# -- the macros -------------------------------------------------------------------------------------------------------
def test_the_active_book_of_the_calling_excel_is_meant_not_the_one_with_the_macros(leads: Desk) -> None:
    leads.selection = "$A$2:$B$2"
    argv = ["-c", "--wb=LushaEnrich.xlsm", '--hwnd="77"']
    assert caller(argv) == Target(PID, "leads.xlsx", "Leads", "$A$2:$B$2")
    assert caller([]) == Target(PID, "leads.xlsx", "Leads", "$A$2:$B$2")


def said(capsys: pytest.CaptureFixture[str], do: Callable[[], None]) -> str:
    with pytest.raises(SystemExit) as end:
        do()
    assert end.value.code == 1
    text = capsys.readouterr().err
    assert "Traceback" not in text
    assert text.count("\n") == 1
    return text


def test_whatever_is_missing_is_one_sentence(desk: Desk, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for macro in (macros.enrich_phones, macros.enrich_emails, macros.enrich_both, macros.undo_last_run, macros.stop):
        assert said(capsys, macro).startswith("No workbook is open in Excel.")
    desk.fault = lambda _verb: excel.BUSY
    assert said(capsys, macros.enrich_both) == "LushaEnrich could not start (ComError). Run: lusha-enrich doctor\n"


def test_stop_without_a_run_is_said_and_with_one_raises_its_flag(
    leads: Desk, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, macros.stop).startswith("Nothing is running on this workbook")
    runs = Runs(load({"LUSHA_ENRICH_HOME": str(home)}).home)
    made = runs.start(Action.ENRICH, PHONES, book="leads.xlsx", sheet="Leads", pid=PID)
    macros.stop()
    assert runs.flag(made.id).exists()


def test_a_second_click_shows_the_window_of_the_run_and_starts_no_other(leads: Desk, home: Path) -> None:
    runs = Runs(load({"LUSHA_ENRICH_HOME": str(home)}).home)
    begun: list[Any] = []
    with owned(runs.lock(PID, "leads.xlsx")):
        with pytest.raises(UsageError, match="at work"):  # no run is known, so there is no window to show
            macros.start(Action.ENRICH, PHONES, begin=lambda *words: begun.append(words))
        made = runs.start(Action.ENRICH, PHONES, book="leads.xlsx", sheet="Leads", pid=PID)
        macros.start(Action.ENRICH, PHONES, begin=lambda *words: begun.append(words))
        with pytest.raises(UsageError, match="at work"):
            macros.start(Action.UNDO, PHONES, begin=lambda *words: begun.append(words))
        with pytest.raises(UsageError, match="at work"):
            macros.start(Action.ENRICH, PHONES, begin=lambda *words: begun.append(words), installed=lambda _name: None)
    assert [words[0][-4:] for words in begun] == [["-m", "gui.progress", "--run", made.id]] * 2
    assert [run.id for run in runs.of_book("leads.xlsx")] == [made.id]


def test_manage_keys_opens_the_window_or_says_how_else_keys_are_added(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begun: list[Any] = []
    macros.open_window(lambda _name: True, lambda *words: begun.append(words))
    assert begun[0][0][-2:] == ["-m", "gui"]
    with pytest.raises(UsageError, match="not part of this installation"):
        macros.open_window(lambda _name: None, lambda *words: begun.append(words))
    assert len(begun) == 1


# -- the worker -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("change", "title"),
    [
        (lambda desk: desk.close("leads.xlsx"), '"leads.xlsx" is not open any more'),
        (
            lambda desk: desk.books[0][1].active.__setattr__("title", "Other"),
            'There is no sheet "Leads" in "leads.xlsx" any more',
        ),
        (lambda desk: setattr(desk, "fault", lambda _verb: excel.BUSY), "Excel is busy"),
        (lambda desk: desk.books[0][1].active.delete_rows(1, 5), 'Sheet "Leads" is empty'),
        (lambda desk: setattr(desk, "fault", lambda _verb: 12345), "Something unexpected stopped the run"),
    ],
)
def test_what_the_worker_cannot_do_is_said_in_its_state(
    leads: Desk, home: Path, change: Callable[[Desk], None], title: str
) -> None:
    runs = Runs(load({"LUSHA_ENRICH_HOME": str(home)}).home)
    request = runs.start(Action.ENRICH, PHONES, book="leads.xlsx", sheet="Leads", pid=PID, window=False)
    change(leads)
    assert worker.main(["--run", request.id], vault=MemoryVault()) == 1
    state = runs.state(request.id)
    assert (state.phase, state.title) == (Phase.FAILED, title)
    assert "Traceback" not in state.message


def test_a_run_that_cannot_be_claimed_has_failed_and_says_why(leads: Desk, home: Path) -> None:
    runs = Runs(load({"LUSHA_ENRICH_HOME": str(home)}).home)
    request = runs.start(Action.ENRICH, PHONES, book="leads.xlsx", sheet="Leads", pid=PID, window=False)
    (home / "running").write_text("not a folder", "utf-8")
    assert worker.main(["--run", request.id], vault=MemoryVault()) == 1
    state = runs.state(request.id)
    assert state.phase is Phase.FAILED
    assert state.title


def test_a_worker_without_an_excel_says_so_in_a_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xw.engines, "engines", [])  # other tests have left theirs
    runs = Runs(load({"LUSHA_ENRICH_HOME": str(home)}).home)
    request = runs.start(Action.ENRICH, PHONES, book="leads.xlsx", sheet="Leads", pid=PID, window=False)
    assert worker.main(["--run", request.id], vault=MemoryVault()) == 1
    state = runs.state(request.id)
    assert (state.phase, state.title) == (Phase.FAILED, "Excel is not on this system")
    assert "lusha-enrich enrich" in state.message


def test_a_worker_does_not_start_beside_another(leads: Desk, home: Path) -> None:
    runs = Runs(load({"LUSHA_ENRICH_HOME": str(home)}).home)
    request = runs.start(Action.ENRICH, PHONES, book="leads.xlsx", sheet="Leads", pid=PID, window=False)
    with owned(runs.lock(PID, "leads.xlsx")):
        assert worker.main(["--run", request.id]) == 1
    assert "at work" in runs.state(request.id).title


def test_without_a_key_the_rows_wait_and_the_sentence_says_why(leads: Desk, home: Path) -> None:
    runs = Runs(load({"LUSHA_ENRICH_HOME": str(home)}).home)
    request = runs.start(Action.ENRICH, PHONES, book="leads.xlsx", sheet="Leads", pid=PID, window=False)
    runs.answer(request.id, Go(go=True))
    assert worker.main(["--run", request.id], vault=MemoryVault()) == 1
    assert runs.state(request.id).title == "No phone keys yet. Add one to start."


# -- Excel's numbers --------------------------------------------------------------------------------------------------
def test_an_error_is_known_by_its_number_wherever_it_stands() -> None:
    assert meaning(excel.ComError(excel.BUSY)) is Trouble.BUSY
    assert meaning(excel.ComError(excel.IN_CELL)) is Trouble.BUSY
    assert meaning(excel.ComError(excel.PROTECTED)) is Trouble.REFUSED
    assert meaning(excel.ComError(excel.GONE)) is Trouble.GONE
    assert meaning(type("ExcelBusyError", (Exception,), {})()) is Trouble.BUSY
    assert meaning(ValueError("x")) is None
    assert meaning(RuntimeError(1, "x", (0, None, None, None, 0, -2146777998), None)) is Trouble.BUSY
