"""On a real X server with a real key store: the keyboard alone, a real drag, and the tree a screen reader gets.

Each test starts what it needs (Xvfb, a window manager, a private bus with an unlocked Secret Service) and ends it again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
NEEDED = ("Xvfb", "xdotool", "openbox", "dbus-run-session", "gnome-keyring-daemon")
missing = [name for name in NEEDED if shutil.which(name) is None]
pytestmark = [
    pytest.mark.secret_service,
    pytest.mark.skipif(bool(missing) and os.environ.get("CI") != "true", reason=f"missing: {', '.join(missing)}"),
]


def desktop(script: str, tmp_path: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run a script of this folder on a desktop of its own."""
    env = {**os.environ, "PYTHON": sys.executable, "TOP": str(TOP), "WORK": str(tmp_path), "QT_QPA_PLATFORM": "xcb"}
    env.pop("LUSHA_ENRICH_HOME", None)
    command = ["bash", str(HERE / "desktop.sh"), "bash", str(HERE / script), *args]
    return subprocess.run(command, cwd=TOP, env=env, capture_output=True, text=True, check=False, timeout=500)


def test_keys_are_typed_seen_live_and_used_in_a_run_that_is_stopped_gone_on_with_and_undone(tmp_path: Path) -> None:
    done = desktop("journey.sh", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("journey done")


def test_a_newcomer_gets_from_an_empty_home_to_an_undone_run_with_the_keyboard_alone(tmp_path: Path) -> None:
    done = desktop("newcomer.sh", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "newcomer done"


def test_a_file_is_dropped_by_another_program_and_read(tmp_path: Path) -> None:
    done = desktop("drop.sh", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "drag result: DropAction.CopyAction" in done.stdout


def test_no_node_that_takes_the_focus_is_nameless_for_a_screen_reader(tmp_path: Path) -> None:
    done = desktop("screen_reader.sh", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "focusable without a name: []" in done.stdout
