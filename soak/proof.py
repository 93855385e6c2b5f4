"""The two sets of books side by side: what the practice server did, and what the product remembers and wrote."""

from __future__ import annotations

import csv
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import openpyxl

from core.model import RowStatus
from core.owner import still_there
from core.words import STATUS
from soak.excel import Excel
from soak.roster import Roster, truth
from soak.stage import Listed, Stage

PATHS = {"search-and-enrich": "/v3/contacts/search-and-enrich", "enrich": "/v3/contacts/enrich"}
TELLS = 10  # so many characters in a row of a key's last twelve give it away
NO_FINAL = {STATUS[RowStatus.STOPPED]}
MARKS = {
    ("AUTH", "refused"): {401},
    ("AUTH", "format"): {400},
    ("AUTH", "account_off"): {403},
    ("BLOCK", "credits"): {402, 200},
    ("BLOCK", "minute"): {429, 200},
    ("BLOCK", "hour"): {429, 200},
    ("BLOCK", "day"): {429, 200},
    ("BLOCK", "unknown"): {429},
    ("COOL", "server"): set(range(500, 600)),
    ("PLAN", "plan"): {403},
    ("PLAN", "v3_off"): {403},
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold. ``said`` are the figures; ``wrong`` what does not fit, a sentence each."""

    name: str
    said: str
    wrong: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.wrong


def prove(stage: Stage, excels: list[Excel]) -> list[Check]:
    """All checks, each by itself: one that fails hides no other."""
    server = Server(stage.control("ledger"), stage.control("journal"))
    store = sqlite3.connect(f"file:{stage.database}?mode=ro", uri=True)
    try:
        return [
            charged_is_recorded(server, store),
            nobody_twice(server, store),
            no_row_lost(stage, excels),
            everything_ended(store),
            no_key_wrongly_retired(server, store, stage.roster),
            database_whole(store),
            no_secret(stage),
            no_lock(stage),
            Check("no program failed", f"{sum(stage.tally.values()):,} things done", tuple(stage.broken)),
        ]
    finally:
        store.close()


@dataclass(frozen=True, slots=True)
class Server:
    """The practice server's books. Lines of ``ledger`` are charges, lines of ``journal`` requests."""

    ledger: list[dict[str, Any]]
    journal: list[dict[str, Any]]

    @property
    def posts(self) -> list[dict[str, Any]]:
        return [entry for entry in self.journal if entry["method"] == "POST"]


def charged_is_recorded(server: Server, store: sqlite3.Connection) -> Check:
    """Request by request: what arrived is booked with exactly its price; what did not is booked as in doubt, not as free."""
    rows = store.execute(
        "SELECT t.request_id, t.credits_charged, k.last4, t.n, t.endpoint, t.credits_reserved FROM attempts t"
        " JOIN keys k ON k.id=t.key_id WHERE coalesce(t.outcome,'')<>'UNSENT'"
    ).fetchall()
    heard = {row[0]: row[1] for row in rows if row[0]}
    doubt = Counter((row[2], row[3], PATHS[row[4]]) for row in rows if row[1] is None)
    wrong, lost = list[str](), Counter[tuple[str, int, str]]()
    for entry in server.posts:
        if not entry["request_id"]:
            continue
        if entry["request_id"] not in heard:
            lost[entry["key"], entry["rows"], entry["path"]] += 1
        elif abs(heard[entry["request_id"]] - entry["charged"]) > 1e-6:
            wrong.append(f"{entry['request_id']}: charged {entry['charged']}, recorded {heard[entry['request_id']]}")
    wrong += [
        f"{count - doubt[which]} answers for {which} got lost and are not in doubt"
        for which, count in lost.items()
        if count > doubt[which]
    ]
    all_, got = sum(entry["charged"] for entry in server.posts), sum(value or 0.0 for value in heard.values())
    gone = sum(entry["charged"] for entry in server.posts if entry["request_id"] and entry["request_id"] not in heard)
    if abs(all_ - got - gone) > 1e-6:
        wrong.append(f"{all_} charged, {got} recorded and {gone} lost do not add up")
    kept = sum(line["credits"] for line in server.ledger)
    if abs(kept - all_) > 1e-6:
        wrong.append(f"the server's own books differ: {kept} and {all_}")
    said = f"{all_:,.0f} charged = {got:,.0f} recorded + {gone:,.0f} in {sum(lost.values())} lost answers, all booked as in doubt"
    return Check("charged = recorded", said, tuple(wrong))


def nobody_twice(server: Server, store: sqlite3.Connection) -> Check:
    """One account for each person; and nobody whose answer had arrived is revealed again for the same kind."""
    heard = {row[0] for row in store.execute("SELECT request_id FROM attempts WHERE coalesce(request_id,'')<>''")}
    accounts, arrived, again = defaultdict[Any, set[str]](set), Counter[Any](), 0
    for line in server.ledger:
        if line["kind"] == "search":
            continue
        who = line["person"], line["kind"]
        if line["credits"]:
            accounts[who].add(line["account"])
        if truth(line["person"]).behave != "absent":  # left out of every answer: asked for again at its account
            arrived[who] += line["request_id"] in heard
        again += not line["credits"]
    wrong = [f"{who} is paid for at {sorted(places)}" for who, places in accounts.items() if len(places) > 1]
    wrong += [f"{who} was revealed {times} times although the answer had arrived" for who, times in arrived.items() if times > 1]
    said = f"{len(accounts):,} people and kinds paid for once; {again} repeats of lost answers, free at their account"
    return Check("nobody paid twice", said, tuple(wrong))


# -- rows -------------------------------------------------------------------------------------------------------------
def no_row_lost(stage: Stage, excels: list[Excel]) -> Check:
    """Every row of every list stands where it stood, has a status, and holds exactly what is true of its person."""
    wrong, rows, counts = list[str](), 0, Counter[str]()
    for listed, cells in _all_lists(stage, excels):
        rows += len(listed.slugs)
        wrong += [f"{listed.path.name}: {text}" for text in _wrong_in(listed, cells, counts)]
    found = ", ".join(f"{count:,} {status.lower()}" for status, count in counts.most_common(4))
    return Check(
        "no row lost", f"{rows:,} rows of {len(stage.lists) + sum(len(one.books) for one in excels)} lists: {found}", tuple(wrong)
    )


def _all_lists(stage: Stage, excels: list[Excel]) -> Iterator[tuple[Listed, list[tuple[str, ...]]]]:
    for listed in stage.lists:
        yield listed, _csv(listed) if listed.path.suffix == ".csv" else _book(listed)
    for excel in excels:
        for book in excel.books:
            yield book.listed, excel.rows(book)


def _csv(listed: Listed) -> list[tuple[str, ...]]:
    with listed.path.open(newline="", encoding="utf-8-sig") as file:
        return [tuple(row) for row in csv.reader(file)]


def _book(listed: Listed) -> list[tuple[str, ...]]:
    sheet = openpyxl.load_workbook(listed.path, read_only=True).worksheets[0]
    return [tuple("" if cell is None else str(cell) for cell in row) for row in sheet.iter_rows(values_only=True)]


def _wrong_in(listed: Listed, cells: list[tuple[str, ...]], counts: Counter[str]) -> Iterator[str]:
    head = {name: at for at, name in enumerate(cells[0]) if name}
    status = next((head[name] for name in ("Lusha Status", "Status") if name in head), None)
    if status is None:
        yield f"no column for the status among {sorted(head)}"
        return
    if [row[head["LinkedIn URL"]].rpartition("/")[2] for row in cells[1:]] != list(listed.slugs):
        yield "other people in other rows than before"
        return
    for at, (slug, row) in enumerate(zip(listed.slugs, cells[1:], strict=True), 2):
        said = row[status] if status < len(row) else ""
        counts[said or "nothing"] += 1
        if said not in STATUS.values() or said in NO_FINAL:
            yield f"row {at} ({slug}) has the status {said!r}"
        for kind, column in (("phones", "Phone"), ("emails", "Email")):
            if kind in listed.kinds and not _true(kind, slug, row[head[column]]):
                yield f"row {at} ({slug}) has {row[head[column]]!r} as its {column.lower()}; status {said!r}"


def _true(kind: str, slug: str, cell: str) -> bool:
    """Whether the cell holds what is true: one of his numbers or addresses, or nothing when there is none to be had."""
    who = truth(slug)
    if who.shown[0] or who.trait == "every phone trap":  # which of several, or whether at all, is tested elsewhere
        return True
    data = () if who.error or who.behave == "absent" else getattr(who, kind) or ()
    texts = {re.sub(r"[ ().-]", "", one["number"]) if kind == "phones" else one["email"].lower() for one in data}
    return cell.lower() in texts if texts else not cell


def everything_ended(store: sqlite3.Connection) -> Check:
    """Every job at its end or taken back, every row of every job with its answer.

    Nobody goes on with a job that was taken back, so rows it had no answer for yet stay without one. A person whom Lusha may have
    charged for and then refused, or leaves out of every answer, stays in doubt at the account, as the row says.
    """
    back = "(SELECT job_id FROM cells WHERE heading=0 AND undone_at IS NOT NULL)"
    ended = f"iif(state='PAUSED' AND id IN {back}, 'DONE', state)"
    jobs = Counter(dict(store.execute(f"SELECT {ended}, count(*) FROM jobs GROUP BY 1").fetchall()))
    units = store.execute(
        "SELECT state, coalesce(status,''), prospect LIKE '%/sb-absent\"%'"
        " OR (state='UNKNOWN' AND status IN ('cannot_look_up','failed','not_found')), count(*)"
        f" FROM units WHERE job_id NOT IN {back} GROUP BY 1, 2, 3"
    ).fetchall()
    wrong = [f"{count} jobs are {state}" for state, count in jobs.items() if state != "DONE"]
    left = [(state, status, count) for state, status, may_stay, count in units if state != "DONE" and not may_stay]
    wrong += [f"{count} rows of jobs are {state} {status}" for state, status, count in left]
    said = f"{jobs['DONE']:,} jobs done, {sum(count for *_, count in units):,} rows of jobs answered"
    return Check("every job ended", said, tuple(wrong))


# -- keys, data, traces -----------------------------------------------------------------------------------------------
def no_key_wrongly_retired(server: Server, store: sqlite3.Connection, roster: Roster) -> Check:
    """Each mark stands on an answer of its kind that the server gave to this key; at the end only the bad ones are out."""
    marks = store.execute(
        "SELECT e.kind, e.reason, k.last4, t.http FROM evidence e JOIN keys k ON k.id=e.key_id"
        " LEFT JOIN attempts t ON t.seq=e.attempt WHERE e.kind IN ('AUTH','BLOCK','COOL','PLAN')"
    ).fetchall()
    gave = Counter((entry["key"], entry["status"]) for entry in server.journal)
    needs, wrong = Counter[tuple[str, int]](), list[str]()
    for kind, reason, last4, http in marks:
        fits = MARKS.get((kind, reason), set())
        if http is None and not any(gave[last4, code] for code in fits):  # by a free usage call
            wrong.append(f"...{last4} was marked {kind} {reason}, and the server never said so")
        elif http is not None:
            needs[last4, http] += 1
            wrong += [] if http in fits else [f"...{last4} was marked {kind} {reason} for HTTP {http}"]
    wrong += [
        f"...{which[0]}: {count} marks for HTTP {which[1]}, {gave[which]} given"
        for which, count in needs.items()
        if count > gave[which]
    ]
    out = store.execute(
        "SELECT k.last4, k.status, a.label FROM keys k JOIN accounts a ON a.id=k.account_id WHERE k.status<>'ACTIVE'"
    )
    wrong += [
        f"...{last4} is {status} at the end"
        for last4, status, label in out
        if last4 not in roster.bad and label not in roster.broke
    ]
    bad = f"{len(roster.bad)} revoked and {len(roster.broke)} empty ones known as such"
    said = f"{len(marks):,} marks, each for an answer of its kind; {bad}"
    return Check("no key wrongly retired", said, tuple(wrong))


def database_whole(store: sqlite3.Connection) -> Check:
    found = [row[0] for row in store.execute("PRAGMA integrity_check")]
    open_ = store.execute("SELECT count(*) FROM attempts WHERE done_at IS NULL").fetchone()[0]
    wrong = [*(text for text in found if text != "ok"), *([f"{open_} requests are still under way"] if open_ else [])]
    wrong += [f"foreign key: {row}" for row in store.execute("PRAGMA foreign_key_check")]
    return Check("database intact", f"integrity ok, {store.execute('PRAGMA page_count').fetchone()[0]:,} pages", tuple(wrong))


def no_secret(stage: Stage) -> Check:
    """No key, nor a telling part of one, in any file of the folder: home, logs, lists, backups."""
    parts = {part for one in stage.roster.all_keys for part in _telling(one.key[-12:])}
    pattern = re.compile("|".join(sorted(parts)).encode(), re.IGNORECASE)
    files = [path for path in stage.folder.rglob("*") if path.is_file()]
    wrong = [f"{path.relative_to(stage.folder)} holds a key" for path in files if pattern.search(path.read_bytes())]
    return Check("no secret anywhere", f"{len(files):,} files searched for {len(stage.roster.all_keys)} keys", tuple(wrong))


def _telling(tail: str) -> Iterable[str]:
    return (tail[at : at + TELLS] for at in range(len(tail) - TELLS + 1))


def no_lock(stage: Stage) -> Check:
    """Nobody holds a run or a file any more."""
    held = still_there(stage.home / "running")  # files of killed programs are swept by whoever looks
    odd = [path for path in (stage.folder / "lists").iterdir() if path.suffix not in {".csv", ".xlsx"}]
    wrong = [*(f"{name} is held" for name in held), *(f"{path.name} is left" for path in odd)]
    return Check("no lock left", "no run is held, no half-written file lies about", tuple(wrong))
