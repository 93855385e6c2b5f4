"""How this program starts itself again, as worker, window, practice server or reader of a file: in one place.

An installed one is a Python that is given a module. A frozen one (tools/bundle.py) has no Python to give modules to: its
two programs, ``LushaEnrich`` with a window and ``lusha-enrich`` with a console, take the module as ``--module NAME``.
"""

from __future__ import annotations

import sys
from pathlib import Path

WINDOW, CONSOLE = "LushaEnrich", "lusha-enrich"  # the two programs of the bundle
FLAG = "--module"
ENTRIES = {
    "addin.worker": "addin.worker:main",
    "cli": "cli.__main__:main",
    "core.doctor.loads": "core.doctor.loads:main",
    "core.sheets.apart": "core.sheets.apart:main",
    "gui": "gui.__main__:main",
    "gui.progress": "gui.progress:main",
    "sandbox": "sandbox.__main__:main",
}
_PIPED = frozenset({"cli", "core.doctor.loads", "core.sheets.apart", "sandbox"})  # speak through standard input or output
_ISOLATED = ("-E", "-P")  # neither PYTHON variables nor the current folder decide what is imported


def is_frozen() -> bool:
    """Whether this is the bundle: then ``sys.executable`` is no Python."""
    return bool(getattr(sys, "frozen", False))


def command(
    module: str,
    *words: str,
    interpreter: str | None = None,
    platform: str = sys.platform,
    frozen: bool | None = None,
) -> list[str]:
    """What to start, as a list of words. Raises KeyError for a module that is not an entry of ours."""
    ENTRIES[module]
    program = Path(interpreter or sys.executable)
    if is_frozen() if frozen is None else frozen:
        name = CONSOLE if module in _PIPED else WINDOW
        return [str(program.with_name(name + program.suffix)), FLAG, module, *words]
    if platform == "win32" and module not in _PIPED:  # no console window; python.exe beside it is what RunPython needs
        quiet = program.with_name("pythonw.exe")
        program = quiet if quiet.exists() else program
    return [str(program), *_ISOLATED, "-m", module, *words]
