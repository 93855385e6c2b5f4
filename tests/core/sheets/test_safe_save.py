"""A file is replaced whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from core.errors import FileBusy, FileTrouble
from core.private import Patience
from core.sheets.safe_save import KEPT_BACKUPS, check_free, real_path, safe_save
from core.sheets.sheet import Put
from core.sheets.workbook import open_workbook

ROOT = Path(__file__).parents[3]
OLD, NEW = b"old content", b"new content"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    path = folder / "leads.xlsx"
    path.write_bytes(OLD)
    return path


def write_new(file: BinaryIO) -> None:
    file.write(NEW)


def accept(_: Path) -> None:
    """A check that finds nothing."""


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest()


def test_the_new_content_is_there_and_no_temporary_file(target: Path) -> None:
    assert safe_save(target, write_new, verify=accept, expected_sha256=sha(OLD)) is None
    assert target.read_bytes() == NEW
    assert [path.name for path in target.parent.iterdir()] == ["leads.xlsx"]


def test_the_check_sees_the_whole_new_file_before_the_old_one_goes(target: Path) -> None:
    seen: list[tuple[bytes, bytes]] = []
    safe_save(target, write_new, verify=lambda new: seen.append((new.read_bytes(), target.read_bytes())))
    assert seen == [(NEW, OLD)]


def test_access_rights_are_kept(target: Path) -> None:
    target.chmod(0o640)
    safe_save(target, write_new, verify=accept)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


@pytest.mark.parametrize("saved", [False, True])
def test_a_file_held_for_a_moment_is_replaced_unless_it_was_saved_meanwhile(target: Path, *, saved: bool) -> None:
    """Windows refuses while a virus scanner or a reader has it; who had it may have been saving it."""
    refusals = [1, 1]

    def swap(new: Path, old: Path) -> None:
        if refusals:
            refusals.pop()
            raise PermissionError(errno.EACCES, "Access is denied")
        new.replace(old)

    patience = Patience((0.1, 0.2), lambda _: target.write_bytes(b"saved") if saved else 0)
    if saved:
        with pytest.raises(FileBusy, match="changed meanwhile"):
            safe_save(target, write_new, verify=accept, expected_sha256=sha(OLD), swap=swap, patience=patience)
    else:
        safe_save(target, write_new, verify=accept, expected_sha256=sha(OLD), swap=swap, patience=patience)
    assert target.read_bytes() == (b"saved" if saved else NEW)
    assert [path.name for path in target.parent.iterdir()] == ["leads.xlsx"]


def _full(_: BinaryIO) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def _denied(_new: Path, _target: Path) -> None:
    raise PermissionError(errno.EACCES, "Access is denied")


def _reject(_: Path) -> None:
    raise FileTrouble("The new file did not pass its check")


@pytest.mark.parametrize(
    ("step", "title"),
    [
        ({"write": _full}, "disk is full"),
        ({"verify": _reject}, "did not pass"),
        ({"swap": _denied}, "cannot be replaced"),
        ({"expected_sha256": sha(b"older")}, "changed meanwhile"),
    ],
)
def test_when_a_step_fails_the_old_file_stays_and_nothing_is_left_behind(step: dict[str, Any], title: str, target: Path) -> None:
    how: dict[str, Any] = {"write": write_new, "verify": accept, **step}
    with pytest.raises(FileTrouble, match=title):
        safe_save(target, how.pop("write"), **how)
    assert target.read_bytes() == OLD
    assert [path.name for path in target.parent.iterdir()] == ["leads.xlsx"]


def test_an_interrupt_leaves_nothing_behind_either(target: Path) -> None:
    def interrupted(_: Path) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        safe_save(target, write_new, verify=interrupted)
    assert target.read_bytes() == OLD
    assert [path.name for path in target.parent.iterdir()] == ["leads.xlsx"]


@pytest.mark.parametrize("lock", ["~$leads.xlsx", ".~lock.leads.xlsx#"])
def test_a_file_open_in_a_spreadsheet_program_is_busy(lock: str, target: Path) -> None:
    (target.parent / lock).touch()
    with pytest.raises(FileBusy, match="open elsewhere"):
        check_free(target)


KILLED = """
import os, signal, sys
from pathlib import Path
from core.sheets.safe_save import safe_save

def write(file):
    file.write(b"half of it")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)

safe_save(Path(sys.argv[1]), write, verify=lambda _: None)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="nobody can be killed so there; files of an hour ago are taken away")
def test_what_a_killed_program_left_half_written_is_taken_away_by_the_next_look(target: Path) -> None:
    folder = target.parent
    (folder / ".leads.xlsx.tmp").touch()  # not one of ours
    subprocess.run([sys.executable, "-c", KILLED, str(target)], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert min(path.name for path in folder.iterdir()).startswith(".leads.xlsx.")
    assert len(list(folder.iterdir())) == 3
    check_free(target)
    assert {path.name for path in folder.iterdir()} == {".leads.xlsx.tmp", "leads.xlsx"}
    assert target.read_bytes() == OLD


def test_what_a_living_program_is_writing_stays(target: Path) -> None:
    safe_save(target, write_new, verify=lambda _: check_free(target))
    assert target.read_bytes() == NEW
    assert [path.name for path in target.parent.iterdir()] == ["leads.xlsx"]


def test_a_read_only_file_is_busy(target: Path) -> None:
    target.chmod(0o444)
    with pytest.raises(FileBusy, match="read-only"):
        check_free(target)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileTrouble, match="no folder"):
        check_free(tmp_path / "nowhere" / "x.xlsx")


def test_a_link_stays_a_link(target: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.xlsx"
    link.symlink_to(target)
    safe_save(real_path(link), write_new, verify=accept)
    assert link.is_symlink()
    assert target.read_bytes() == NEW


def test_the_old_file_is_backed_up_with_its_date_for_its_owner_only(target: Path, tmp_path: Path) -> None:
    copy = safe_save(
        target, write_new, verify=accept, backups=tmp_path / "b", now=lambda: datetime(2026, 11, 24, 9, 5, 7, tzinfo=UTC)
    )
    assert copy == tmp_path / "b" / "leads.backup-20261124-090507.xlsx"
    assert copy.read_bytes() == OLD
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_the_last_five_backups_are_kept(target: Path, tmp_path: Path) -> None:
    other = tmp_path / "b" / "other.backup-20200101-000000.xlsx"
    other.parent.mkdir()
    other.touch()
    for minute in range(8):
        safe_save(
            target,
            write_new,
            verify=accept,
            backups=other.parent,
            now=lambda at=minute: datetime(2026, 11, 24, 9, at, tzinfo=UTC),
        )
    kept = sorted(path.name for path in other.parent.iterdir() if path != other)
    assert kept == [f"leads.backup-20261124-09{minute:02d}00.xlsx" for minute in range(3, 8)]
    assert len(kept) == KEPT_BACKUPS
    assert other.exists()


def test_two_backups_in_one_second_are_two_files(target: Path, tmp_path: Path) -> None:
    moment = datetime(2026, 11, 24, tzinfo=UTC)
    copies = {safe_save(target, write_new, verify=accept, backups=tmp_path / "b", now=lambda: moment) for _ in range(3)}
    assert len(copies) == 3
    assert all(copy is not None and copy.exists() for copy in copies)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_no_handle_on_the_workbook_is_open_when_it_is_replaced(make: Any) -> None:
    path = make()
    opened: list[str] = []

    def swap(new: Path, target: Path) -> None:
        for handle in Path("/proc/self/fd").iterdir():
            try:
                opened.append(str(handle.readlink()))
            except FileNotFoundError:
                continue
        new.replace(target)

    sheet = open_workbook(path, swap).sheet()
    sheet.read()
    sheet.put([Put(2, 5, "", "x")])
    assert sheet.save().written == 1
    assert opened
    assert str(path) not in opened  # the lock on the new file is another one, and none is taken on Windows
