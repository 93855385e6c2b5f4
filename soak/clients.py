"""Whoever uses the product: each client drives one program at a time, kills it now and then, and starts another."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from soak.roster import link, people
from soak.stage import Listed, Stage

LONGEST_S = 300.0  # no program of a soak takes longer by itself: the longest silence and all its repeats
KILLED = -signal.SIGKILL


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str


class Client:
    """One of the eight. What it does follows from the seed and its name; how far it gets depends on the machine."""

    def __init__(self, stage: Stage, seed: int, name: str) -> None:
        self.stage, self.name, self.rng = stage, name, random.Random(f"{seed}/{name}")

    def live(self) -> None:
        """Act until the soak is over."""
        while not self.stage.over.is_set():
            self.act()

    def act(self) -> None:
        """One thing a person would do."""
        raise AssertionError(self.name)  # each kind of client has its own

    def run(self, *argv: str, typed: str = "", killed: float = 0.0, interrupted: float = 0.0, **env: str) -> Ended:
        """Run a program to its end. ``killed`` and ``interrupted`` say how likely that happens on the way (0 to 1)."""
        program = self.stage.start(*argv, **env)
        dice, after = self.rng.random(), self.rng.uniform(0.3, 6.0)
        if dice < killed:
            self._soon(program, after, program.kill, "kill -9")
        elif dice < killed + interrupted:
            self._soon(program, after, lambda: program.send_signal(signal.SIGINT), "Ctrl-C")
            if self.rng.random() < 0.3:
                self._soon(
                    program, after + self.rng.uniform(0.1, 2.0), lambda: program.send_signal(signal.SIGINT), "second Ctrl-C"
                )
        return self.end(program, typed, " ".join(argv))

    def _soon(self, program: subprocess.Popen[str], after: float, do: Callable[[], None], what: str) -> None:
        """Do it after so many seconds, unless the program has ended by itself."""

        def later() -> None:
            if not self.stage.over.wait(after) and program.poll() is None:
                do()
                self.stage.count(what)

        threading.Thread(target=later, daemon=True).start()

    def end(self, program: subprocess.Popen[str], typed: str, what: str) -> Ended:
        """Wait for the end, and note what no program may do: print a traceback, or never end."""
        try:
            out, err = program.communicate(typed, timeout=LONGEST_S)
        except subprocess.TimeoutExpired:
            program.kill()
            out, err = program.communicate()
            self.stage.broken.append(f"{what} did not end within {LONGEST_S:.0f} seconds")
        if "Traceback" in err and "KeyboardInterrupt" not in err:
            self.stage.broken.append(f"{what}: {err.strip()[-2000:]}")
        return Ended(program.returncode, out, err)


class CommandLine(Client):
    """Somebody at a terminal: files, look-ups, jobs and keys."""

    def act(self) -> None:
        deeds = ((self.fill, 10), (self.fill_again, 3), (self.look_up, 4), (self.go_on, 6), (self.stop, 2), (self.undo, 1),
                 (self.check, 1), (self.wake, 4), (self.look, 1))  # fmt: skip
        deed = self.rng.choices([do for do, _ in deeds], [weight for _, weight in deeds])[0]
        self.stage.count(f"{deed.__name__.replace('_', ' ')}")
        deed()

    def cli(self, *argv: str, **more: float) -> Ended:
        return self.run("cli", *argv, **more)  # type: ignore[arg-type]

    def fill(self) -> None:
        made = self.stage.new_list(self.rng, self.rng.choice((".xlsx", ".csv")))
        caps = ("--max-credits", "60") if self.rng.random() < 0.2 else ()
        self.cli("enrich", str(made.path), *made.flags, *caps, "--yes", killed=0.3, interrupted=0.2)

    def fill_again(self) -> None:
        if made := self._some_list():
            self.cli("enrich", str(made.path), *made.flags, "--yes", killed=0.2, interrupted=0.1)

    def look_up(self) -> None:
        slug = people(self.rng, time.monotonic() - self.stage.began, 1)[0]
        self.cli(
            "lookup", "--linkedin", link(slug), self.rng.choice(("--phones", "--emails")), "--json", killed=0.2, interrupted=0.1
        )

    def go_on(self) -> None:
        self.cli("jobs", "resume", self._some_job("PAUSED"), "--json", killed=0.2, interrupted=0.1)

    def stop(self) -> None:
        self.cli("jobs", "stop", self._some_job("RUNNING"))

    def undo(self) -> None:
        self.cli("jobs", "undo", self._some_job("DONE"))

    def check(self) -> None:
        self.cli("keys", "check", "--json", killed=0.1)

    def wake(self) -> None:
        """Keys that were taken out by what went wrong are tried again, as a person would who knows better."""
        ended = self.cli("keys", "list", "--json")
        if ended.code:
            return
        out = [key for key in json.loads(ended.out) if key["status"] != "ACTIVE" or key["paused"]]
        for key in self.rng.sample(out, min(3, len(out))):
            self.cli("keys", "resume" if key["paused"] else "reactivate", key["id"], killed=0.05)

    def look(self) -> None:
        self.cli("jobs", "show", "last")

    def _some_list(self) -> Listed | None:
        with self.stage.lock:
            mine = list(self.stage.lists)
        return self.rng.choice(mine) if mine else None

    def _some_job(self, state: str) -> str:
        """The latest but a few in this state, else the last of all."""
        ended = self.cli("jobs", "list", "--json")
        jobs = [job["job"] for job in json.loads(ended.out) if job["state"] == state] if not ended.code else []
        return self.rng.choice(jobs[:4]) if jobs else "last"


class Window(Client):
    """Somebody at the window: files one after the other, keys paused and added meanwhile, the window killed or closed."""

    def act(self) -> None:
        lists = [self.stage.new_list(self.rng, self.rng.choice((".xlsx", ".csv"))) for _ in range(3)]
        with self.stage.lock:
            spare = [self.stage.spare.pop()] if self.stage.spare and self.rng.random() < 0.6 else []
        told = {
            "seed": self.rng.randrange(1 << 30),
            "lists": [{"path": str(one.path), "kinds": one.kinds} for one in lists],
            "keys": spare,
        }
        self.stage.count("windows opened")
        ended = self.run("soak.window", typed=json.dumps(told), killed=0.4)
        for line in ended.out.splitlines():
            self.stage.count(f"window: {line}")
