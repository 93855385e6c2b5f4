"""`python -m soak.shifted MODULE ARGUMENT...`: runs a program of the product under a clock that the soak can set.

The program itself knows nothing of it: it sees a computer whose clock is wrong. Seconds to add stand in the file that
SOAK_CLOCK names. Where SOAK_EXCEL names a socket, the pretend Excel behind it is plugged in.
"""

from __future__ import annotations

import os
import runpy
import sys
import time
from pathlib import Path

LOOK_S = 0.05  # how often the file is read at most


def install(file: Path) -> None:
    """From here on ``time.time`` is off by what stands in ``file``. Before anything of the product is imported."""
    real, read_at, ahead = time.time, float("-inf"), 0.0

    def shifted() -> float:
        nonlocal read_at, ahead
        if time.monotonic() - read_at >= LOOK_S:
            read_at, ahead = time.monotonic(), float(file.read_text("utf-8"))
        return real() + ahead

    time.time = shifted


def set_ahead(file: Path, seconds: float) -> None:
    """Set the clock of everybody who looks at ``file``."""
    fresh = file.with_suffix(".new")
    fresh.write_text(str(seconds), "utf-8")
    fresh.replace(file)


def main() -> None:
    """Run the module as if it had been started with ``-m``."""
    install(Path(os.environ["SOAK_CLOCK"]))
    if address := os.environ.get("SOAK_EXCEL"):
        from tests.excel_engine.desk import Remote
        from tests.excel_engine.engine import activate

        activate(Remote(address).call)
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
