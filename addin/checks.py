"""What can be said about Excel, its workbook and its macros from outside, without starting Excel or a workbook's program."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from addin.conf import NOT_SET_UP
from addin.stamping import WORKBOOK, interpreter_of, shipped
from core.doctor.finding import Finding, fine, found
from core.doctor.place import kind_of_place
from core.errors import EnrichError
from core.ourselves import command

XLWINGS = "0.37.8"
ASR_RULE = "D4F940AB-401B-4EFC-AADC-AD5F3C50688A"
MACROS_OFF = "4"  # VBAWarnings: disable all without notification
BLOCKS = "1"
ANSWER_S = 5.0  # Excel is asked by a process of its own: behind a dialog it may never answer
_MACROS = "vbaProject.bin"
_MAC_SCRIPT = f"Library/Application Scripts/com.microsoft.Excel/xlwings-{XLWINGS}.applescript"


@dataclass(frozen=True, slots=True)
class Policies:
    """What administrators have set on Windows, as text; "" for nothing. Elsewhere all are empty."""

    vba_warnings: str = ""
    block_internet: str = ""
    child_processes: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """The system as the checks see it; tests name another one."""

    platform: str
    interpreter: str
    xlwings: str
    user: Path
    env: Mapping[str, str]
    policies: Policies


def this_machine(env: Mapping[str, str]) -> Machine:
    return Machine(sys.platform, sys.executable, metadata.version("xlwings"), Path.home(), env, _policies())


def excel(machine: Machine, folder: Path) -> Iterator[Finding]:
    """Versions, the workbook in ``folder``, and whether its macros may run."""
    if machine.platform not in {"win32", "darwin"}:
        yield found("excel.absent", "not on this system")
    if machine.xlwings == XLWINGS:
        yield fine("xlwings", machine.xlwings)
    else:
        yield found("excel.xlwings", f"{machine.xlwings}, wanted is {XLWINGS}")
    if machine.platform == "darwin" and not (machine.user / _MAC_SCRIPT).exists():
        yield found("excel.mac_script", f"no {Path(_MAC_SCRIPT).name}")
    target = folder / WORKBOOK
    if not target.is_file():
        yield found("excel.not_set_up", str(target))
        return
    yield from _workbook(target, machine)
    yield from _macros(target, machine.policies)


def answering(ask: Callable[[], tuple[int, str]]) -> Iterator[Finding]:
    """Whether Excel answers. ``ask`` gives exit code and output of `excel list --json`; TimeoutError when it says nothing."""
    try:
        code, said = ask()
    except TimeoutError:
        yield found("excel.silent", f"no answer within {ANSWER_S:.0f} s")
        return
    try:
        document = json.loads(said)
    except json.JSONDecodeError:
        document = {}
    if isinstance(document, list):
        yield fine("Excel", f"{len(document)} open workbooks")
    elif code and document.get("error", {}).get("code") == "excel_busy":
        yield found("excel.busy", "it takes no calls now")


def list_books() -> tuple[int, str]:
    """Ask in a process of its own. Raises TimeoutError."""
    words = command("cli", "excel", "list", "--json")
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=ANSWER_S, check=False)  # noqa: S603  our own
    except subprocess.TimeoutExpired as late:
        raise TimeoutError from late
    return done.returncode, done.stdout


def _workbook(target: Path, machine: Machine) -> Iterator[Finding]:
    try:
        package = target.read_bytes()
        named = interpreter_of(package, machine.platform)
        same_code = _macros_of(package) == _macros_of(shipped().read_bytes())
    except (OSError, KeyError, zipfile.BadZipFile, EnrichError) as error:
        yield found("excel.unreadable", f"{target} ({type(error).__name__})")
        return
    if not named or named == NOT_SET_UP:
        yield found("excel.not_stamped", str(target))
    elif not Path(named).exists():
        yield found("excel.interpreter_missing", named)
    elif named != machine.interpreter:
        yield found("excel.other_interpreter", f"{named}; this is {machine.interpreter}")
    else:
        yield fine("Workbook", str(target))
    if not same_code:
        yield found("excel.other_code", str(target))
    if kind_of_place(target.parent, machine.env):
        yield found("excel.synced", str(target.parent))


def _macros(target: Path, policies: Policies) -> Iterator[Finding]:
    if Path(f"{target}:Zone.Identifier").exists():  # an alternate stream of NTFS
        seen = "; macros of such files are blocked by a policy" if policies.block_internet == BLOCKS else ""
        yield found("excel.marked", f"{target.name} counts as downloaded{seen}")
    if policies.vba_warnings == MACROS_OFF:
        yield found("excel.macros_off", "VBAWarnings is 4")
    if policies.child_processes == BLOCKS:
        yield found("excel.child_processes", f"the rule {ASR_RULE} is on")
    if policies == Policies():
        yield found("excel.macros_unknown", "cannot be checked from outside")


def _macros_of(package: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(package)) as read:
        return next((read.read(name) for name in read.namelist() if name.endswith(_MACROS)), b"")


def _policies() -> Policies:
    if sys.platform == "win32":
        from addin.policy_win import policies  # noqa: PLC0415

        return Policies(*policies(ASR_RULE))
    return Policies()
