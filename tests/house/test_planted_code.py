"""No code is loaded from the folder a workbook lies in, though it is the current one and full of likely names."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
MODULES = "addin core cli gui sandbox sqlite3 httpx keyring msgspec xlwings openpyxl python_calamine json encodings"
EVIL = 'import os\nwith open(os.environ["MARK"], "a") as mark:\n    mark.write(__name__ + "\\n")\nraise SystemExit(66)\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Downloads: a workbook, and beside it everything Python or xlwings might look for."""
    made = tmp_path / "Downloads"
    made.mkdir()
    for name in [*MODULES.split(), "sitecustomize", "usercustomize", "pretend"]:
        (made / f"{name}.py").write_text(EVIL)
        (made / name).mkdir()
        for inside in ("__init__", "__main__", "macros", "worker"):
            (made / name / f"{inside}.py").write_text(EVIL)
    (made / "xlwings.conf").write_text(f'"PYTHONPATH","{made}"\n"INTERPRETER_WIN","{made}/evil.exe"\n"CONDA PATH","{made}"\n')
    (made / ".env").write_text("LUSHA_ENRICH_API_URL=https://evil.example\nPYTHONPATH=.\n")
    (made / "settings.toml").write_text('evil = "yes"\n')
    (made / "pyvenv.cfg").write_text(f"home = {made}\n")
    (made / "evil.pth").write_text("import pretend\n")
    (made / "leads.csv").write_text("LinkedIn URL,Phone\nhttps://www.linkedin.com/in/ada-sample,\n")
    shutil.copyfile(TOP / "examples/prospects.xlsx", made / "leads.xlsx")
    return made


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    home = folder.parent / "home"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))},
        "LUSHA_ENRICH_HOME": str(home),
        "LUSHA_ENRICH_API_URL": "http://127.0.0.1:1",
        "MARK": str(folder.parent / "mark"),
    }
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120)


def loaded(folder: Path) -> list[str]:
    mark = folder.parent / "mark"
    return mark.read_text().split() if mark.exists() else []


def test_the_plant_itself_works(folder: Path) -> None:
    done = run(folder, sys.executable, "-c", "import core")
    assert (done.returncode, loaded(folder)) == (66, ["core"])


@pytest.mark.parametrize("file", ["leads.csv", "leads.xlsx"])
def test_the_command_line_started_there_loads_nothing_of_it(folder: Path, file: str) -> None:
    done = run(folder, str(BIN / "lusha-enrich"), "enrich", file, "--phones", "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    assert loaded(folder) == []


def test_a_file_read_and_a_workbook_verified_in_a_process_apart_load_nothing_of_it(folder: Path) -> None:
    """The other process begins with the current folder of this one, and this one may have it on its path as well."""
    code = (
        "import sys\nsys.path[:0] = ['']\nsys.path.remove('')\n"
        "from pathlib import Path\nfrom core.sheets.apart import ReadTask, apart\n"
        "sys.path[:0] = ['']\n"
        "print(len(apart(ReadTask(str(Path('leads.xlsx').absolute())), 'leads.xlsx').rows) > 1)\n"
    )
    done = run(folder, sys.executable, "-P", "-c", code)
    assert (done.stdout.strip(), loaded(folder)) == ("True", []), done.stderr


@pytest.mark.parametrize("words", [("addin.worker", "--run", "nobody"), ("gui.progress",)])  # both end at once
def test_worker_and_progress_window_load_nothing_of_it(folder: Path, words: tuple[str, ...]) -> None:
    from core.ourselves import command

    assert run(folder, *command(*words)).returncode in {1, 2}
    assert loaded(folder) == []
    assert command("gui")[1:3] == ["-E", "-P"]


def test_run_pythons_line_with_the_interpreters_folder_current_loads_nothing_of_the_workbooks(folder: Path) -> None:
    """xlwings changes into the interpreter's folder; the sheet of settings says no to the rest."""
    code = (
        "import xlwings.utils;xlwings.utils.prepare_sys_path("
        f'"False;{folder}/leads.xlsx;{folder}/LushaEnrich.xlsm;;;;"); import addin.macros; addin.macros.stop()'
    )
    words = [sys.executable, "-B", "-c", code, "--wb=LushaEnrich.xlsm", "--from_xl=1", "--hwnd=77"]
    mark = {**os.environ, "MARK": str(folder.parent / "mark"), "LUSHA_ENRICH_HOME": str(folder.parent / "home")}
    done = subprocess.run(words, cwd=BIN, env=mark, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1  # there is no Excel here: one sentence
    assert "Traceback" not in done.stderr
    assert loaded(folder) == []


def test_the_workbooks_own_settings_leave_nothing_to_a_file_beside_it() -> None:
    from addin.stamping import settings_of

    sheet = settings_of((TOP / "LushaEnrich.xlsm").read_bytes())
    bas = next(Path(sys.prefix).rglob("xlwings/xlwings.bas")).read_text("utf-8", "replace")
    asked = {name.upper() for name in re.findall(r'GetConfig\("([^"]+)"', bas)}
    assert asked
    assert asked - set(sheet) == set()
    assert sheet["ADD_WORKBOOK_TO_PYTHONPATH"] == "False"
    assert sheet["PYTHONPATH"] == sheet["CONDA PATH"] == sheet["CONDA ENV"] == sheet["LICENSE_KEY"] == ""


def test_every_python_we_start_is_told_to_leave_the_current_folder_out() -> None:
    """Each place that names the interpreter of a new process says -P in the same breath."""
    for folder in ("addin", "cli", "core", "gui"):
        for path in (TOP / folder).rglob("*.py"):
            for started in re.findall(r'sys\.executable,\s*\[?\s*("-[^\]]*)', path.read_text("utf-8")):
                assert '"-P"' in started, (path, started)


def test_no_env_file_and_no_file_beside_the_workbook_is_read_as_settings(folder: Path) -> None:
    done = run(folder, str(BIN / "lusha-enrich"), "doctor", "--json")
    assert "evil" not in done.stdout.replace("/evil", "")
    assert not (folder / "lusha.sqlite3").exists()
    assert loaded(folder) == []
