"""What is said about Excel from outside: the copy, its interpreter, its macros, policies, and an Excel that is busy."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from addin.checks import XLWINGS, Machine, Policies, answering, excel, list_books, this_machine
from addin.stamping import interpreter_settings, shipped, stamp
from cli.__main__ import main
from core.doctor.finding import Verdict
from tests.excel_engine.desk import BUSY, Desk

SET = Policies(vba_warnings="2")


def machine(tmp_path: Path, **more: object) -> Machine:
    given = {"platform": "win32", "interpreter": sys.executable, "xlwings": XLWINGS, "user": tmp_path, "env": {}, "policies": SET}
    return Machine(**(given | more))  # type: ignore[arg-type]


def ids(tmp_path: Path, **more: object) -> set[str]:
    return {one.id for one in excel(machine(tmp_path, **more), tmp_path) if one.state is not Verdict.OK}


def copy(tmp_path: Path, interpreter: str = sys.executable, platform: str = "win32") -> Path:
    made = tmp_path / "LushaEnrich.xlsm"
    made.write_bytes(stamp(shipped().read_bytes(), interpreter_settings(interpreter, platform)))
    return made


def test_a_stamped_copy_of_this_python_is_fine(tmp_path: Path) -> None:
    assert ids(tmp_path) == {"excel.not_set_up"}
    copy(tmp_path)
    assert ids(tmp_path) == set()


def test_an_interpreter_that_is_gone_or_another_one_is_told_apart(tmp_path: Path) -> None:
    copy(tmp_path, str(tmp_path / "gone" / "python.exe"))
    assert ids(tmp_path) == {"excel.interpreter_missing"}
    (tmp_path / "python.exe").touch()
    copy(tmp_path, str(tmp_path / "python.exe"))
    assert ids(tmp_path) == {"excel.other_interpreter"}
    (tmp_path / "LushaEnrich.xlsm").write_bytes(shipped().read_bytes())
    assert ids(tmp_path) == {"excel.not_stamped"}
    (tmp_path / "LushaEnrich.xlsm").write_bytes(b"PK torn")
    assert ids(tmp_path) == {"excel.unreadable"}


def test_macros_of_another_version_are_seen(tmp_path: Path) -> None:
    made = copy(tmp_path)
    with zipfile.ZipFile(made) as read:
        parts = {name: read.read(name) for name in read.namelist()}
    parts["xl/vbaProject.bin"] += b"\0"
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as write:
        for name, data in parts.items():
            write.writestr(name, data)
    made.write_bytes(other.getvalue())
    assert ids(tmp_path) == {"excel.other_code"}


@pytest.mark.parametrize(
    ("policies", "faults"),
    [
        (Policies(), {"excel.macros_unknown"}),
        (Policies(vba_warnings="4"), {"excel.macros_off"}),
        (Policies(child_processes="1"), {"excel.child_processes"}),
        (Policies(child_processes="2", vba_warnings="3"), set()),
    ],
)
def test_what_administrators_forbid_is_named(tmp_path: Path, policies: Policies, faults: set[str]) -> None:
    copy(tmp_path)
    assert ids(tmp_path, policies=policies) == faults


def test_a_downloaded_file_and_a_synchronised_folder_are_named(tmp_path: Path) -> None:
    made = copy(tmp_path)
    Path(f"{made}:Zone.Identifier").write_text("[ZoneTransfer]\nZoneId=3", "utf-8")
    assert ids(tmp_path, env={"OneDrive": str(tmp_path)}) == {"excel.marked", "excel.synced"}
    seen = [one.seen for one in excel(machine(tmp_path, policies=Policies(block_internet="1")), tmp_path)]
    assert "LushaEnrich.xlsm counts as downloaded; macros of such files are blocked by a policy" in seen


def test_versions_and_the_mac_script_are_checked(tmp_path: Path) -> None:
    copy(tmp_path, platform="darwin")
    assert ids(tmp_path, xlwings="0.36.0", platform="darwin") == {"excel.xlwings", "excel.mac_script"}
    script = tmp_path / "Library/Application Scripts/com.microsoft.Excel" / f"xlwings-{XLWINGS}.applescript"
    script.parent.mkdir(parents=True)
    script.touch()
    assert ids(tmp_path, platform="darwin") == set()
    assert this_machine({}).xlwings == XLWINGS
    assert "excel.absent" in ids(tmp_path, platform="linux")


def test_a_busy_excel_is_a_hint(desk: Desk, book: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    desk.open(book([["LinkedIn URL"]]))

    def ask() -> tuple[int, str]:
        code = main(["excel", "list", "--json"])
        return code, capsys.readouterr().out

    assert [one.id for one in answering(ask)] == ["excel.ok"]
    desk.fault = lambda _verb: BUSY
    (found,) = answering(ask)
    assert (found.id, found.state) == ("excel.busy", Verdict.HINT)


def test_a_silent_excel_is_a_hint_and_other_answers_say_nothing() -> None:
    def never() -> tuple[int, str]:
        raise TimeoutError

    assert [one.id for one in answering(never)] == ["excel.silent"]
    assert list(answering(lambda: (2, json.dumps({"error": {"code": "usage"}})))) == []
    assert list(answering(lambda: (1, "Traceback"))) == []


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="without Excel only")
def test_the_listing_is_a_process_of_its_own() -> None:
    code, said = list_books()
    assert (code, json.loads(said)["error"]["title"]) == (2, "Excel is not on this system")
