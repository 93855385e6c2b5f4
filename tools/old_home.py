"""Makes tests/fixtures/home-schema-N.sqlite3: a practice home as the program of schema N left it. python tools/old_home.py N

The last commit with N schema steps is taken out of the history, and its own command line is used on its own practice server
beside a key store of its own (tests/secret_service.sh). Without a history, or before the first commit of N, it is this tree.
Keys and people are the practice server's; the secrets go with the key store.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parent.parent
FIXTURES = TOP / "tests" / "fixtures"


def main(argv: list[str]) -> int:
    steps = int(argv[0])
    if not os.environ.get("LUSHAENRICH_REAL_STORE"):  # once more, beside a key store
        words = ["bash", str(TOP / "tests" / "secret_service.sh"), sys.executable, __file__, str(steps)]
        return subprocess.run(words, check=False).returncode
    with tempfile.TemporaryDirectory(prefix="home-") as folder:
        work = Path(folder)
        source = _source(steps, work / "source")
        _live(source, work)
        target = FIXTURES / f"home-schema-{steps}.sqlite3"
        _pack(work / "home" / "practice.sqlite3", target, steps)
    print(f"{target}: {target.stat().st_size / 1024:.0f} KB")
    return 0


# -- the program of that time ------------------------------------------------------------------------------------------
def _source(steps: int, folder: Path) -> Path:
    """The tree of the last commit whose schema had so many steps, or this one."""
    if _count((TOP / "core" / "schema.py").read_text("utf-8")) == steps:
        return TOP
    for commit in _git("log", "--format=%H", "--", "core/schema.py").decode().split():
        if _count(_git("show", f"{commit}:core/schema.py").decode()) == steps:
            print(f"The program of commit {commit[:7]}")
            with tarfile.open(fileobj=io.BytesIO(_git("archive", commit))) as archive:
                archive.extractall(folder, filter="data")
            return folder
    sys.exit(f"No commit has {steps} schema steps.")


def _count(schema: str) -> int:
    names: dict[str, Any] = {}
    exec(compile(schema, "schema.py", "exec"), names)  # our own file, which holds nothing but texts
    return len(names["STEPS"])


def _git(*words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=TOP, check=True, capture_output=True).stdout


# -- what somebody did with it -----------------------------------------------------------------------------------------
def _live(source: Path, work: Path) -> None:
    """Keys of both kinds, one paused, one used up; a list enriched, a look-up, a key removed again."""
    env = {**os.environ, "PYTHONPATH": str(source), "LUSHA_ENRICH_HOME": str(work / "home")}
    python = [sys.executable, "-P"]

    def say(*words: str, typed: str = "") -> None:
        done = subprocess.run(
            [*python, "-m", "cli", *words], cwd=work, env=env, input=typed, text=True, check=False, capture_output=True
        )
        if done.returncode not in {0, 1}:
            sys.exit(f"{words}: {done.stderr}")

    shutil.copyfile(TOP / "examples" / "prospects.xlsx", work / "list.xlsx")
    with _practice([*python, "-m", "sandbox"], work, env) as (url, keys):
        env["LUSHA_ENRICH_API_URL"] = url
        say("keys", "add", "--for", "phones", typed="".join(keys[:2]))
        say("keys", "add", "--for", "any", typed="".join(keys[2:4]))
        say("keys", "add", "--for", "emails", typed="Gone,00000000-0000-4000-8000-0000000000aa,Practice 9\n")
        say("keys", "remove", "Gone")
        say("keys", "add", "--for", "emails", typed=keys[4])
        say("enrich", "list.xlsx", "--phones", "--limit", "20")
        say("lookup", "--linkedin", "https://www.linkedin.com/in/sb-ada-sample", "--phones")
        say("keys", "pause", keys[4].split(",")[0])


@contextmanager
def _practice(words: list[str], work: Path, env: dict[str, str]) -> Iterator[tuple[str, list[str]]]:
    with subprocess.Popen(words, cwd=work, env=env, text=True, stdout=subprocess.PIPE) as server:
        try:
            assert server.stdout is not None
            lines = [server.stdout.readline() for _ in range(7)]
            yield lines[1].partition("=")[2].strip(), lines[2:]
        finally:
            server.terminate()


# -- small and whole ---------------------------------------------------------------------------------------------------
def _pack(source: Path, target: Path, steps: int) -> None:
    """One file without journal, in small pages. What the tests rely on is there, or this is no fixture."""
    target.parent.mkdir(exist_ok=True)
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(source, isolation_level=None)) as con:
        counts = {
            name: con.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("keys", "results", "jobs", "audit")
        }
        statuses = {row[0] for row in con.execute("SELECT status FROM keys")}
        if con.execute("PRAGMA user_version").fetchone()[0] != steps or not all(counts.values()) or len(statuses) < 2:
            sys.exit(f"This home says too little: {json.dumps(counts)}, {statuses}")
        con.execute("PRAGMA journal_mode=DELETE")
        con.execute("PRAGMA page_size=1024")
        con.execute("VACUUM INTO ?", (str(target),))
    print(counts, sorted(statuses))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
