"""`python -m soak --seconds 600 --seed 1`: eight programs at once, everything going wrong; then the books are compared."""

from __future__ import annotations

import argparse
import json
import platform
import random
import shutil
import sqlite3
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from soak.shifted import install, set_ahead

if TYPE_CHECKING:
    from soak.proof import Check
    from soak.stage import Stage

RESULTS = Path(__file__).resolve().parent / "results"
ROWS = (15, 70)  # people in a list
SAY_EACH_S = 15.0
ENDING_S = 2000.0  # for everybody together: a client is in the midst of two programs at most, see LONGEST_S


def main() -> int:
    """0 when every check holds; else 1, and the folder is kept."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0, help="how long everything goes wrong (default 600)")
    parser.add_argument("--seed", type=int, default=None, help="fixes what is chosen; how it meets is up to the machine")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--keep", action="store_true", help="keep the figures in soak/results")
    args = parser.parse_args()
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(10_000)
    folder = Path(tempfile.mkdtemp(prefix="lusha-soak-"))
    set_ahead(folder / "clock", 0.0)
    install(folder / "clock")  # before anything of the product is imported
    print(f"Soak of {args.seconds:.0f} seconds, seed {seed}, in {folder}", file=sys.stderr)
    checks, figures = soak(folder, args.seconds, seed)
    said = figures | {"checks": [{"name": one.name, "holds": one.holds, "said": one.said, "wrong": one.wrong} for one in checks]}
    if args.keep:
        RESULTS.mkdir(exist_ok=True)
        name = f"{figures['seconds']:.0f}s-seed{seed}.json"
        (RESULTS / name).write_text(json.dumps(said, indent=1) + "\n", "utf-8")
    print(json.dumps(said) if args.json else table(checks, figures))
    if all(check.holds for check in checks):
        shutil.rmtree(folder)
        return 0
    print(f"Seed {seed}; everything is kept in {folder}", file=sys.stderr)
    return 1


def soak(folder: Path, seconds: float, seed: int) -> tuple[list[Check], dict[str, object]]:
    """Start everybody, let it rage, end it, compare the books."""
    from soak.clients import CommandLine, Window
    from soak.ending import end
    from soak.excel import Excel
    from soak.proof import prove
    from soak.roster import roster_of
    from soak.stage import staged
    from soak.weather import rage

    roster = roster_of(seed)
    with staged(folder, roster, ROWS) as stage, ExitStack() as stack:
        try:
            add_keys(stage)
            excels = [Excel(stage, seed, f"excel-{n}") for n in (1, 2)]
            for excel in excels:
                stack.enter_context(excel.opened())
            clients = [
                *(CommandLine(stage, seed, f"cli-{n}") for n in (1, 2, 3)),
                *(Window(stage, seed, f"window-{n}") for n in (1, 2, 3)),
                *excels,
            ]
            stage.began = time.monotonic()
            lives = [(one.name, one.live) for one in clients] + [("weather", lambda: rage(stage, seed))]
            threads = [threading.Thread(target=guarded, args=(stage, live), name=name, daemon=True) for name, live in lives]
            for thread in threads:
                thread.start()
            watch(stage, seconds)
            stage.over.set()
            stage.control("calm", {})
            stage.broken += unended(threads, ENDING_S)
            print("All is calm again; going on with what was left open.", file=sys.stderr)
            end(stage, excels)
            checks = prove(stage, excels)
        finally:
            stage.over.set()
            remove_keys(stage)
        figures: dict[str, object] = {
            "seconds": seconds,
            "seed": seed,
            "system": platform.system(),
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            "requests": len(stage.control("journal")),
            "done": dict(sorted(stage.tally.items())),
        }
    return checks, figures


def unended(threads: list[threading.Thread], seconds: float) -> list[str]:
    """Wait for all of them together; who has not ended by then is a finding, not a soak without an end."""
    until = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    return [f"{thread.name} did not end within {seconds:.0f} s" for thread in threads if thread.is_alive()]


def guarded(stage: Stage, live: object) -> None:
    """A client whose own code breaks is a finding, too, and must not pass for a quiet one."""
    try:
        live()  # type: ignore[operator]
    except BaseException as error:  # noqa: BLE001
        sys.excepthook(type(error), error, error.__traceback__)
        stage.broken.append(f"{threading.current_thread().name} broke: {type(error).__name__}: {error}")


def watch(stage: Stage, seconds: float) -> None:
    """Say now and then that it goes on."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, SAY_EACH_S))
        faults = sum(count for what, count in stage.tally.items() if what.startswith("fault"))
        print(f"{max(0.0, until - time.monotonic()):4.0f} s left, {len(stage.lists)} lists, {faults} faults", file=sys.stderr)


def add_keys(stage: Stage) -> None:
    """As a person does: with the command, by standard input."""
    for category in ("any", "phones", "emails"):
        lines = "".join(f"{one.line}\n" for one in stage.roster.keys if one.category == category)
        program = stage.start("cli", "keys", "add", "--for", category)
        _, err = program.communicate(lines)
        if program.returncode:
            raise SystemExit(err)


def remove_keys(stage: Stage) -> None:
    """Leave nothing in the system's key store."""
    import os

    from core.app import open_app
    from core.settings import load

    os.environ |= {name: value for name, value in stage.env.items() if name.startswith("LUSHA_ENRICH")}
    with open_app(load(os.environ)) as app:
        for key in app.keys.list():
            app.vault.delete(key.id)


def table(checks: list[Check], figures: dict[str, object]) -> str:
    lines = [f"{count:6,}  {what}" for what, count in dict(figures["done"]).items()]  # type: ignore[call-overload]
    lines += ["", f"{figures['requests']:,} requests"]
    for check in checks:
        lines.append(f"{'holds' if check.holds else 'WRONG':6}  {check.name}: {check.said}")
        lines += [f"        - {text[:400]}" for text in check.wrong[:20]]
    lines.append("The proof holds." if all(check.holds for check in checks) else "The proof does not hold.")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
