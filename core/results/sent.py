"""Which fields of people a job has sent: of each person exactly one kind of identity, the strongest (core/lusha/message.py)."""

from __future__ import annotations

from core.database import Connection

_EMPTY = 'prospect LIKE \'%"{0}":""%\''
_GIVEN = '(prospect LIKE \'%"{0}":"_%\' AND prospect NOT LIKE \'%"{0}":""%\')'
_NAMED = f"{_EMPTY.format('linkedin')} AND {_EMPTY.format('email')} AND "
_FIELDS = (
    ("LinkedIn URL", _GIVEN.format("linkedin")),
    ("e-mail", f"{_EMPTY.format('linkedin')} AND {_GIVEN.format('email')}"),
    ("name", _NAMED + _GIVEN.format("first_name")),
    ("company", _NAMED + _GIVEN.format("company")),
    ("domain", _NAMED + _GIVEN.format("domain")),
)


def fields(con: Connection, job: str) -> tuple[str, ...]:
    """In words; those that were noted when people were removed, and those of the people who are still there."""
    noted = con.execute("SELECT coalesce(sent_fields,'') FROM jobs WHERE id=?", (job,)).fetchone()
    found = set(noted[0].split(", ")) if noted else set()
    for word, rule in _FIELDS:
        sql = f"SELECT 1 FROM units WHERE job_id=? AND attempt IS NOT NULL AND {rule} LIMIT 1"  # noqa: S608  our own words
        if word not in found and con.execute(sql, (job,)).fetchone():
            found.add(word)
    return tuple(word for word, _ in _FIELDS if word in found)


def keep_fields(con: Connection, job: str) -> None:
    """Note them with the job before its people are removed."""
    con.execute("UPDATE jobs SET sent_fields=? WHERE id=?", (", ".join(fields(con, job)), job))
