"""Which cells a job has written, so that undo can take back those that still hold our text."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from core.database import Database
from core.sheets.sheet import Put


class Written:
    """The table ``cells``. Rows and columns are those of the sheet when the job began."""

    def __init__(self, db: Database, clock: Callable[[], float]) -> None:
        self._db, self._clock = db, clock

    def add(self, job: str, puts: Iterable[Put]) -> None:
        """Remember what stands in each cell and what is to be written: before Excel is given it, whatever ends the program.

        The first "before" is kept.
        """
        with self._db.write() as con:
            con.executemany(
                "INSERT INTO cells(job_id, row, col, before, after) VALUES(?,?,?,?,?)"
                " ON CONFLICT(job_id, row, col) DO UPDATE SET after=excluded.after",
                [(job, put.row, put.column, put.expected, put.new) for put in puts],
            )

    def drop(self, job: str, puts: Iterable[Put]) -> None:
        """These were not written after all."""
        with self._db.write() as con:
            con.executemany("DELETE FROM cells WHERE job_id=? AND row=? AND col=?", [(job, put.row, put.column) for put in puts])

    def left(self, job: str) -> list[Put]:
        """The cells that have not been taken back, as they were written."""
        with self._db.read() as con:
            rows = con.execute(
                "SELECT row, col, before, after FROM cells WHERE job_id=? AND undone_at IS NULL ORDER BY row, col", (job,)
            ).fetchall()
        return [Put(*row) for row in rows]

    def undone(self, job: str, puts: Iterable[Put]) -> None:
        now = self._clock()
        with self._db.write() as con:
            con.executemany(
                "UPDATE cells SET undone_at=? WHERE job_id=? AND row=? AND col=?",
                [(now, job, put.row, put.column) for put in puts],
            )
