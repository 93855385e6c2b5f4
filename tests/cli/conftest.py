"""A desk with a real Secret Service, the practice server and a home of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from cli.__main__ import main
from sandbox.scenarios import Scenario
from sandbox.server import PracticeServer
from sandbox.world import Entry, World


class Desk:
    """Runs commands as a person would and keeps everything they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch, home: Path, world: World) -> None:
        self.capsys, self.patch, self.home, self.world = capsys, patch, home, world
        self.printed = ""

    def __call__(self, *argv: str, typed: str = "") -> tuple[int, str, str]:
        self.patch.setattr(sys, "stdin", io.StringIO(typed))
        code = main(list(argv))
        seen = self.capsys.readouterr()
        self.printed += seen.out + seen.err
        assert "Traceback" not in seen.err
        return code, seen.out, seen.err

    def json(self, *argv: str, typed: str = "") -> tuple[int, Any]:
        code, out, _ = self(*argv, "--json", typed=typed)
        return code, json.loads(out)


@pytest.fixture
def desk(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[[Scenario], Desk]]:
    with ExitStack() as stack:

        def start(scenario: Scenario, *, add: bool = True) -> Desk:
            server = stack.enter_context(PracticeServer(scenario.world))
            monkeypatch.setenv("LUSHA_ENRICH_HOME", str(tmp_path / "home"))
            monkeypatch.setenv("LUSHA_ENRICH_API_URL", server.url)
            made = Desk(capsys, monkeypatch, tmp_path / "home", scenario.world)
            words = {"PHONE_ONLY": "phones", "EMAIL_ONLY": "emails", "ANY": "any"}
            for one in scenario.keys if add else ():
                code, _, _ = made("keys", "add", "--for", words[one.category], typed=f"{one.label},{one.key},{one.account}\n")
                assert code == 0
            return made

        yield start


class Bell(list[Entry]):
    """A request journal that rings when the n-th look-up has been written into it."""

    def __init__(self, ring_at: int) -> None:
        super().__init__()
        self._ring_at, self.rung = ring_at, threading.Event()

    def append(self, entry: Entry) -> None:
        super().append(entry)
        if sum(one.method == "POST" for one in self) >= self._ring_at:
            self.rung.set()


class Program:
    """The command line as a process of its own, on the same home and key store."""

    def __init__(self, *argv: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cli", *argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ.copy(),
            cwd=Path(__file__).resolve().parents[2],
        )

    def end(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=400)
        return self.process.returncode, out, err


@pytest.fixture
def program() -> Iterator[Callable[..., Program]]:
    """Starts a command as a process; what still runs at the end is killed."""
    started: list[Program] = []

    def start(*argv: str) -> Program:
        started.append(Program(*argv))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()


@pytest.fixture
def bell() -> type[Bell]:
    return Bell
