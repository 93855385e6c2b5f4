"""What somebody does first with an installed program, from another folder, with an empty data folder and nothing else:

    bash tests/install/desk.sh python tests/install/program.py [--bundle] PATH/TO/lusha-enrich

Needs a screen and an unlocked key store; desk.sh starts both. Every step is the program's own command or window.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
WAIT_S = 60.0


def main(argv: list[str]) -> int:
    frozen = argv[:1] == ["--bundle"]
    program = Path(argv[-1]).absolute()
    with tempfile.TemporaryDirectory(prefix="installed-") as folder:
        work = Path(folder)
        one = Installed(program, work, frozen=frozen)
        for step in one.steps():
            begun = time.monotonic()
            step()
            print(f"  {step.__name__.replace('_', ' '):<44} {time.monotonic() - begun:5.1f} s", flush=True)
    return 0


class Installed:
    """One installed program and a user who has never had it before."""

    def __init__(self, program: Path, work: Path, *, frozen: bool) -> None:
        self.program, self.work, self.frozen = program, work, frozen
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(("LUSHA_", "PYTHON", "QT_QPA"))}
        self.env |= {"LUSHA_ENRICH_HOME": str(work / "home"), "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1"}

    def steps(self) -> list[Callable[[], None]]:
        return [
            self.it_tells_its_version,
            self.it_runs_from_its_own_files,
            self.the_demo_makes_a_workbook,
            self.doctor_finds_nothing_bad,
            self.the_workbook_is_inside,
            self.keys_are_added_and_a_list_is_enriched,
            self.the_window_opens_and_practises,
            self.the_worker_is_started,
            self.shortcuts_come_and_go,
        ]

    # -- steps ---------------------------------------------------------------------------------------------------------
    def it_tells_its_version(self) -> None:
        wanted = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]["version"]
        assert self.run("--version") == f"lusha-enrich {wanted}\n"

    def it_runs_from_its_own_files(self) -> None:
        """Nothing of the source tree is used, or this would prove nothing."""
        named = next(one["seen"] for one in self.json("doctor", "--offline", code=None) if one["check"] == "Python")
        assert self.frozen == named.endswith("/lusha-enrich)"), named
        if not self.frozen:
            ours = "addin, cli, core, gui, sandbox"
            code = f"import {ours}; print(*(one.__file__ for one in ({ours})))"
            words = [str(self.program.resolve().parent / "python"), "-P", "-c", code]
            files = subprocess.run(words, cwd=self.work, env=self.env, capture_output=True, text=True, check=True).stdout.split()
            assert all("site-packages" in file for file in files), files

    def the_demo_makes_a_workbook(self) -> None:
        said = self.json("demo", "--out", "demo result")
        assert said["found"] > 5, said
        assert (self.work / "demo result" / "prospects (practice).xlsx").is_file()

    def doctor_finds_nothing_bad(self) -> None:
        found = self.json("doctor", "--offline")
        assert not [one for one in found if one["state"] == "problem"], found
        assert {"Key store", "Database", "Window", "Workbook"} <= {one["check"] for one in found}

    def the_workbook_is_inside(self) -> None:
        if self.frozen:  # it has no Python for the workbook's buttons, and says so
            said = self.json("excel", "install", "--to", "books", code=2)
            assert "uv tool install" in said["error"]["message"], said
            assert "uv tool install" in str(self.json("excel", "check", "--to", "books"))
            return
        said = self.json("excel", "install", "--to", "books")
        assert Path(said["file"]).read_bytes()[:2] == b"PK"
        assert Path(said["interpreter"]).is_relative_to(self.program.resolve().parent), said
        assert all(one["state"] != "problem" for one in self.json("excel", "check", "--to", "books"))

    def keys_are_added_and_a_list_is_enriched(self) -> None:
        with self.practice() as (url, keys):
            at = {"LUSHA_ENRICH_API_URL": url}
            assert len(self.json("keys", "add", "--for", "any", typed=keys, env=at)["new"]) == 5
            (self.work / "list.csv").write_text("Name,LinkedIn URL\nAda Sample,https://www.linkedin.com/in/sb-ada-sample\n")
            copy = self.work / "list.xlsx"
            copy.write_bytes((TOP / "examples" / "prospects.xlsx").read_bytes())
            for file, least in (("list.csv", 1), ("list.xlsx", 10)):
                said = self.json("enrich", file, "--phones", "--yes", env=at)
                assert said["found"] >= least, said
            for key in self.json("keys", "list", env=at):
                self.run("keys", "remove", key["id"], env=at)

    def the_window_opens_and_practises(self) -> None:
        """The practice server is a process the window starts: its title says when it has answered."""
        with self.started("gui") as window:
            shown("^LushaEnrich$")
            assert self.run("gui") == ""  # a second start raises the first and ends
            subprocess.run(["/usr/bin/python3", str(HERE / "press.py"), "Open practice list"], check=True, timeout=WAIT_S)
            seen = shown("^LushaEnrich .practice.$")
            colours = picture_of(seen)
            assert colours > 50, f"{colours} colours"

            def closed() -> bool:
                """Asked to again and again: a single key press may get lost between window manager and window."""
                subprocess.run(["xdotool", "windowactivate", seen, "key", "alt+F4"], check=False, stderr=subprocess.DEVNULL)
                with suppress(subprocess.TimeoutExpired):
                    window.wait(1)
                return window.returncode is not None

            until(closed, "the window's end")
            assert window.returncode == 0  # and the practice server with it

    def the_worker_is_started(self) -> None:
        """As a button of the workbook starts it. There is no Excel here, which it tells in the run's record."""
        sys.path.insert(0, str(TOP))
        from core.model import Kind
        from core.ourselves import command
        from core.runs import Action, Runs

        runs = Runs(self.work / "home")
        request = runs.start(Action.ENRICH, frozenset({Kind.PHONES}), book="b.xlsx", sheet="s")
        python = self.program if self.frozen else self.program.resolve().parent / "python"
        words = command("addin.worker", "--run", request.id, interpreter=str(python), frozen=self.frozen)
        worker = subprocess.Popen(words, env=self.env, cwd=self.work)
        try:
            shown("^LushaEnrich$")  # the progress window, a process of the worker's
            until(lambda: runs.state(request.id).phase.is_over, "the worker's word")
            state = runs.state(request.id)
            assert state.title == "Excel is not on this system", state  # it has come as far as looking for Excel
        finally:
            worker.wait(WAIT_S)
            if window := runs.state(request.id).window:
                os.kill(window, 15)
                until(lambda: not Path(f"/proc/{window}").exists(), "the end of the progress window")

    def shortcuts_come_and_go(self) -> None:
        at = {"XDG_DATA_HOME": str(self.work / "data")}
        entry = self.work / "data" / "applications" / "lusha-enrich.desktop"
        self.run("gui", "--install-shortcut", env=at)
        subprocess.run(["desktop-file-validate", str(entry)], check=True)
        begin = next(line for line in entry.read_text().splitlines() if line.startswith("Exec=")).removeprefix("Exec=").split()
        assert Path(begin[0]).is_file(), begin
        assert Path(begin[0]).parent == self.program.resolve().parent, begin
        self.run("gui", "--remove-shortcut", env=at)
        assert not entry.exists()

    # -- ways ----------------------------------------------------------------------------------------------------------
    def run(self, *words: str, code: int | None = 0, typed: str = "", env: Mapping[str, str] | None = None) -> str:
        done = subprocess.run(
            [str(self.program), *words],
            cwd=self.work,
            env={**self.env, **(env or {})},
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert code is None or done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout

    def json(self, *words: str, **more: Any) -> Any:
        return json.loads(self.run(*words, "--json", **more))

    @contextmanager
    def started(self, *words: str, **more: Any) -> Iterator[subprocess.Popen[str]]:
        with subprocess.Popen([str(self.program), *words], cwd=self.work, env=self.env, text=True, **more) as one:
            try:
                yield one
            finally:
                one.terminate()
                one.wait(WAIT_S)

    @contextmanager
    def practice(self) -> Iterator[tuple[str, str]]:
        """The practice server's address and its keys, a line each."""
        with self.started("practice", stdout=subprocess.PIPE) as server:
            lines = [server.stdout.readline() for _ in range(7)]
            yield lines[1].partition("=")[2].strip(), "".join(lines[2:])


def shown(title: str) -> str:
    """The id of the visible window with this title, once it is there."""
    found: list[str] = []

    def look() -> bool:
        words = ["xdotool", "search", "--onlyvisible", "--name", title]
        found[:] = subprocess.run(words, capture_output=True, text=True, check=False).stdout.split()
        return bool(found)

    until(look, f"a window {title}")
    return found[-1]


def picture_of(window: str) -> int:
    """How many colours the window shows: a blank one has a handful."""
    made = subprocess.run(["import", "-window", window, "-format", "%k", "info:"], capture_output=True, text=True, check=True)
    return int(made.stdout)


def until(true: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
