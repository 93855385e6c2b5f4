"""What jobs wrote into cells: enough to take it back where a cell still holds our text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from core.database import Connection, Database

_FILE = "job_id, path, sheet, sha256, at, named"
_CELL = "job_id, row, col, before, after, heading, was, undone_at, who"
_NONE = "-"  # there was no cell before the job's first save; a later save finds our own there
_STALE = "?"  # how it stood is of a file that somebody else has saved since
_AS_TOLD = {_NONE: "", _STALE: None}


@dataclass(frozen=True, slots=True)
class WrittenCell:
    """One cell of ours.

    ``was`` is the cell as it stood in the file before, form and all; "" when there was none, None when that is not known
    any more. ``who`` is a fingerprint of the person of the row, "" for a heading.
    """

    row: int
    column: int
    before: str
    after: str
    heading: bool = False
    was: str | None = ""
    who: str = ""


def _as_stored(
    con: Connection, job: str, places: AbstractSet[tuple[int, int]]
) -> tuple[tuple[object, ...] | None, tuple[tuple[object, ...], ...]]:
    """The file of a job, and of its cells those at ``places``."""
    file = con.execute(f"SELECT {_FILE} FROM written WHERE job_id=?", (job,)).fetchone()  # noqa: S608  a constant
    rows = con.execute(f"SELECT {_CELL} FROM cells WHERE job_id=?", (job,))  # noqa: S608  as above
    return file, tuple(row for row in rows if row[1:3] in places)


def taken_back(con: Connection) -> dict[str, bool]:
    """The jobs of which cells were undone: True when all were, headings aside."""
    jobs = con.execute("SELECT DISTINCT job_id FROM cells WHERE undone_at IS NOT NULL AND heading=0").fetchall()
    left = "SELECT EXISTS(SELECT 1 FROM cells WHERE job_id=? AND undone_at IS NULL AND heading=0)"
    return {job: not con.execute(left, (job,)).fetchone()[0] for (job,) in jobs}


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """The file a job wrote to. ``sha256`` is that of the file after the save, "" when the save never ended.

    ``named`` are the columns whose texts say who a row is about.
    """

    job: str
    path: Path
    sheet: str
    sha256: str
    named: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Replaced:
    """What `CellStore.begin` put its own in place of, as stored, for a save that fails; ``file`` None: nothing before."""

    job: str
    file: tuple[object, ...] | None
    cells: tuple[tuple[object, ...], ...]
    places: frozenset[tuple[int, int]]  # of all cells that were to be written


class CellStore:
    """One file for each job; the cells are kept before the file is touched, so that a crash cannot lose them."""

    def __init__(self, db: Database, clock: Callable[[], float]) -> None:
        self._db, self._clock = db, clock

    def begin(self, job: str, path: Path, sheet: str, cells: Sequence[WrittenCell], named: Sequence[int] = ()) -> Replaced:
        """These cells are about to be written. A job that writes again replaces what it kept before, cell by cell.

        The oldest ``before`` of a cell stays: undo goes back to what was there before the job. Returns what `drop` needs.
        """
        places = frozenset((cell.row, cell.column) for cell in cells)
        with self._db.write() as con:
            replaced = Replaced(job, *_as_stored(con, job, places), places)
            con.execute(
                "INSERT INTO written(job_id, path, sheet, at, named) VALUES(?,?,?,?,?) ON CONFLICT(job_id) DO UPDATE SET"
                " path=excluded.path, sheet=excluded.sheet, sha256='', at=excluded.at, named=excluded.named",
                (job, str(path), sheet, self._clock(), ",".join(map(str, named))),
            )
            con.executemany(
                "INSERT INTO cells(job_id, row, col, before, after, heading, who) VALUES(?,?,?,?,?,?,?)"
                " ON CONFLICT(job_id, row, col) DO UPDATE SET after=excluded.after, undone_at=NULL, who=excluded.who,"
                " was = CASE WHEN cells.was='' THEN ? ELSE cells.was END",
                ((job, cell.row, cell.column, cell.before, cell.after, int(cell.heading), cell.who, _NONE) for cell in cells),
            )
        return replaced

    def saved(self, job: str, sha256: str, was: Iterable[tuple[int, int, str]], left: Iterable[tuple[int, int]]) -> None:
        """The save has ended: the cells (row, column) of ``left`` were left alone, those of ``was`` stood so before."""
        with self._db.write() as con:
            con.execute("UPDATE written SET sha256=? WHERE job_id=?", (sha256, job))
            con.executemany(
                "UPDATE cells SET was=? WHERE job_id=? AND row=? AND col=? AND was=''",
                ((text, job, row, column) for row, column, text in was if text),
            )
            con.executemany("DELETE FROM cells WHERE job_id=? AND row=? AND col=?", ((job, *at) for at in left))

    def drop(self, replaced: Replaced) -> None:
        """The save failed: nothing was written, and what the job had written before it still stands in the file."""
        job = replaced.job
        with self._db.write() as con:
            con.executemany("DELETE FROM cells WHERE job_id=? AND row=? AND col=?", ((job, *at) for at in replaced.places))
            con.executemany(f"INSERT INTO cells({_CELL}) VALUES(?,?,?,?,?,?,?,?,?)", replaced.cells)
            con.execute("DELETE FROM written WHERE job_id=?", (job,))
            if replaced.file is not None:
                con.execute(f"INSERT INTO written({_FILE}) VALUES(?,?,?,?,?,?)", replaced.file)

    def outdate(self, job: str) -> None:
        """Somebody else has saved the file: how cells stood in it before, as XML of that file, is of no use any more."""
        with self._db.write() as con:
            con.execute("UPDATE cells SET was=? WHERE job_id=?", (_STALE, job))

    def move(self, job: str, rows: Mapping[int, int], *, receipts: bool) -> None:
        """The sheet was sorted meanwhile: ``rows`` says where each row of the job stands now.

        One that is not there any more is kept under a number below 0, where no cell is, so that nobody else's is taken.
        ``receipts``: who was asked for moves along; not when the job goes on, which has done so (`Journal.rebind`).
        """
        with self._db.write() as con:
            stored = con.execute(f"SELECT {_CELL} FROM cells WHERE job_id=? ORDER BY row", (job,)).fetchall()  # noqa: S608  a constant
            asked = [row for (row,) in con.execute("SELECT DISTINCT row FROM units WHERE job_id=?", (job,))] if receipts else []
            known = sorted({row[1] for row in stored} | set(asked))
            away = {row: min(known[0], 0) - place for place, row in enumerate(known, 1)} if known else {}
            con.execute("DELETE FROM cells WHERE job_id=?", (job,))
            con.executemany(
                f"INSERT INTO cells({_CELL}) VALUES(?,?,?,?,?,?,?,?,?)",
                ((job, rows.get(row, 0) or away[row], *rest) for _, row, *rest in stored),
            )
            shift = "UPDATE units SET row=? WHERE job_id=? AND row=?"
            con.executemany(shift, [(away[row], job, row) for row in asked])
            con.executemany(shift, [(rows[row], job, away[row]) for row in asked if row in rows])

    def file(self, job: str) -> WrittenFile | None:
        """The file of a job; None when it has written none."""
        with self._db.read() as con:
            row = con.execute("SELECT path, sheet, sha256, named FROM written WHERE job_id=?", (job,)).fetchone()
        return WrittenFile(job, Path(row[0]), row[1], row[2], tuple(map(int, filter(None, row[3].split(","))))) if row else None

    def cells(self, job: str) -> list[WrittenCell]:
        """The cells of a job that have not been undone, by row and column."""
        with self._db.read() as con:
            rows = con.execute(
                "SELECT row, col, before, after, heading, was, who FROM cells WHERE job_id=? AND undone_at IS NULL"
                " ORDER BY row, col",
                (job,),
            ).fetchall()
        return [
            WrittenCell(row, column, before, after, bool(head), _AS_TOLD.get(was, was), who)
            for row, column, before, after, head, was, who in rows
        ]

    def later(self, file: WrittenFile) -> dict[tuple[int, int], set[str]]:
        """By row and column what other jobs have written into the same sheet since, and what was not undone."""
        with self._db.read() as con:
            rows = con.execute(
                "SELECT c.row, c.col, c.after FROM cells c JOIN written w USING(job_id), written mine WHERE mine.job_id=?1"
                " AND w.job_id<>?1 AND w.path=?2 AND w.sheet=?3 AND w.at>=mine.at AND c.undone_at IS NULL",
                (file.job, str(file.path), file.sheet),
            ).fetchall()
        found: dict[tuple[int, int], set[str]] = {}
        for row, column, text in rows:
            found.setdefault((row, column), set()).add(text)
        return found

    def orphans(self, file: WrittenFile) -> list[tuple[str, WrittenCell]]:
        """Headings in the same sheet of jobs that were taken back while another one still used their columns."""
        with self._db.read() as con:
            rows = con.execute(
                "SELECT c.job_id, c.row, c.col, c.before, c.after FROM cells c JOIN written w USING(job_id)"
                " WHERE w.job_id<>? AND w.path=? AND w.sheet=? AND c.heading=1 AND c.undone_at IS NULL"
                " AND EXISTS(SELECT 1 FROM cells o WHERE o.job_id=c.job_id AND o.heading=0 AND o.undone_at IS NOT NULL)",
                (file.job, str(file.path), file.sheet),
            ).fetchall()
        return [(job, WrittenCell(row, column, before, after, heading=True)) for job, row, column, before, after in rows]

    def taken_back(self) -> dict[str, bool]:
        """See the function of this name."""
        with self._db.read() as con:
            return taken_back(con)

    def was_undone(self, job: str) -> bool:
        """Whether cells of this job were undone, headings aside."""
        sql = "SELECT EXISTS(SELECT 1 FROM cells WHERE job_id=? AND heading=0 AND undone_at IS NOT NULL)"
        with self._db.read() as con:
            return bool(con.execute(sql, (job,)).fetchone()[0])

    def undone(self, job: str, cells: Iterable[tuple[int, int]]) -> None:
        """These cells (row, column) hold again what they held before."""
        now = self._clock()
        with self._db.write() as con:
            con.executemany("UPDATE cells SET undone_at=? WHERE job_id=? AND row=? AND col=?", ((now, job, *at) for at in cells))
