"""Nothing is kept longer than the settings say: answers, who was asked for, undo, what happened to keys.

Money records stay as numbers: who paid what, and when, outlives the answer, so that a repeat goes to the account that has
paid. A request whose answer got lost stays as long as it is in doubt: without it somebody could be paid for twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.database import Connection, Database
from core.results import sent
from core.results.erasing import strip_rows
from core.results.store import DAY_S, REFUSED_DAYS
from core.settings import Settings

EVERY_S = DAY_S  # how often a purge runs by itself
_LAST = "purged_at"
_OVER = (  # without their people nobody can ask for these rows any more, nor write their answers: nothing offers them
    "UPDATE units SET status=CASE WHEN state='PENDING' THEN 'stopped' ELSE status END, state='DONE',"
    " delivered_at=coalesce(delivered_at, ?) WHERE job_id=? AND state NOT IN ('SENT','UNKNOWN')"
)


@dataclass(frozen=True, slots=True)
class Purged:
    """How much was too old."""

    answers: int = 0
    rows: int = 0
    cells: int = 0
    activity: int = 0
    files: int = 0

    @property
    def anything(self) -> bool:
        return any((self.answers, self.rows, self.cells, self.activity, self.files))


class Retention:
    """Removes by age. Not for the screen's thread: a large history takes a second."""

    def __init__(self, db: Database, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._db, self._settings, self._clock = db, settings, clock

    def purge_if_due(self) -> Purged:
        """Once a day; else nothing but one look into the database."""
        with self._db.read() as con:
            row = con.execute("SELECT value FROM meta WHERE key=?", (_LAST,)).fetchone()
        last, now = float(row[0]) if row else 0.0, self._clock()
        return self.purge() if not last <= now < last + EVERY_S else Purged()

    def purge(self) -> Purged:
        """Remove whatever is older than the settings say."""
        now = self._clock()
        with self._db.erasing() as con:
            answers = self._answers(con, now)
            rows, cells = self._journal(con, now - self._settings.journal_days * DAY_S)
            activity = self._activity(con, now - self._settings.activity_days * DAY_S)
            con.execute(
                "INSERT INTO meta(key, value) VALUES(?,?) ON CONFLICT(key) DO UPDATE SET value=excluded.value", (_LAST, str(now))
            )
        files = self._files(now - self._settings.journal_days * DAY_S)
        return Purged(answers, rows, cells, activity, files)

    def _answers(self, con: Connection, now: float) -> int:
        """Answers that are not used any more; an objection at Lusha is remembered: it holds no contact data."""
        missed_days = self._settings.not_found_days
        found, missed, refused = (
            now - days * DAY_S for days in (self._settings.found_days, missed_days, min(missed_days, REFUSED_DAYS))
        )
        old = "DELETE FROM results WHERE outcome IN ({}) AND fetched_at<=?"
        count = con.execute(old.format("'FOUND','WITHHELD'"), (found,)).rowcount
        count += con.execute(old.format("'NOT_FOUND'"), (missed,)).rowcount
        return count + con.execute(old.format("'REFUSED'"), (refused,)).rowcount

    def _journal(self, con: Connection, before: float) -> tuple[int, int]:
        """Who was asked for in jobs that ended before then, and their undo; the numbers of the jobs stay."""
        jobs = [
            str(row[0])
            for row in con.execute(
                "SELECT id FROM jobs WHERE finished_at<? AND (aged_at IS NULL OR state='PAUSED')"
                " AND state NOT IN ('RUNNING','STOPPING')",
                (before,),
            )
        ]
        rows = cells = 0
        for job in jobs:
            sent.keep_fields(con, job)
            units = con.execute(
                "SELECT job_id, row, kind FROM units WHERE job_id=? AND state NOT IN ('SENT','UNKNOWN')", (job,)
            ).fetchall()
            strip_rows(con, units)
            con.execute(_OVER, (self._clock(), job))
            rows += len(units)
            cells += con.execute("DELETE FROM cells WHERE job_id=?", (job,)).rowcount
            con.execute("DELETE FROM written WHERE job_id=?", (job,))
            in_doubt = con.execute(
                "SELECT 1 FROM units WHERE job_id=? AND state IN ('SENT','UNKNOWN') LIMIT 1", (job,)
            ).fetchone()
            if not in_doubt:
                con.execute("UPDATE jobs SET aged_at=?, state='DONE' WHERE id=?", (self._clock(), job))
        return rows, cells

    def _activity(self, con: Connection, before: float) -> int:
        """What Lusha and the keys said; the requests themselves, with their credits, stay as numbers."""
        count = con.execute("DELETE FROM audit WHERE at<?", (before,)).rowcount
        return count + con.execute("UPDATE attempts SET message=NULL WHERE sent_at<? AND message<>''", (before,)).rowcount

    def _files(self, before: float) -> int:
        """Files of old runs on open workbooks."""
        gone = 0
        for path in _run_files(self._settings.home):
            with suppress(FileNotFoundError):  # a run of another program tidies up, too
                if path.stat().st_mtime < before:
                    path.unlink()
                    gone += 1
        return gone


def _run_files(home: Path) -> list[Path]:
    """Those of practice, too: its own retention runs only while somebody practises."""
    found = [path for folder in (home, home / "practice") for path in (folder / "runs").glob("*")]
    return [path for path in found if path.is_file() and path.suffix != ".lock"]
