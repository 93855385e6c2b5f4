"""Figures against what the practice server charged, and against rows written by hand."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta

import pytest

from core.errors import UsageError
from core.model import Kind, Prospect
from core.results.spared import Spared, read
from core.results.spared import written as spared_text
from core.stats.facts import Fate, Input, Said
from core.stats.figures import Tally
from core.stats.folding import folded
from core.stats.span import Span, between, last_days, midnight
from core.stats.statistics import Statistics

LINKS = [Prospect(linkedin=f"https://www.linkedin.com/in/someone-{n}") for n in range(30)]
MAILS = [Prospect(email=f"someone.{n}@northwind.example") for n in range(20)]
NAMES = [Prospect(first_name="Ada", last_name=f"Sample {n}", company="Northwind") for n in range(10)]
LINK = '{"linkedin":"https://www.linkedin.com/in/a","email":"a@b.example","first_name":"","last_name":""}'
NOON = datetime(2026, 11, 3, 12).astimezone().timestamp()


def insights(team, count=None):
    statistics = Statistics(time.time)
    with team.app.db.reader() as con:
        return statistics.read(con, last_days(count, statistics.today()))


def read_at(con, now=NOON, span=None):
    statistics = Statistics(lambda: now)
    return statistics.read(con, span or last_days(None, statistics.today()))


# -- real runs ---------------------------------------------------------------------------------------------------------
def test_found_rates_and_credits_are_those_of_the_practice_server(team) -> None:
    team.run([*LINKS, *MAILS, *NAMES], Kind.PHONES)
    found = insights(team)
    hits = sum(bool(_phones(team, who)) for who in (*LINKS, *MAILS, *NAMES))
    assert found.kinds[Kind.PHONES] == Tally(hits, 60 - hits)
    assert found.people == Tally(hits, 60 - hits)
    assert {asked: tally.answered for (asked, _), tally in found.inputs.items()} == {
        Input.LINKEDIN: 30,
        Input.EMAIL: 20,
        Input.NAME: 10,
    }
    assert found.cost.credits == team.world.charged()
    assert found.cost.phone_credits == team.world.charged()
    assert found.cost.per_phone == pytest.approx(team.world.charged() / hits)
    assert found.calls.requests == team.world.posts
    assert sum(one.requests for one in found.keys) == team.world.posts


def test_both_kinds_in_one_request_are_told_apart(team) -> None:
    team.run(LINKS, Kind.PHONES, Kind.EMAILS)
    found = insights(team)
    people = [_person(team, who) for who in LINKS]
    phones, mails = (sum(bool(one and getattr(one, kind)) for one in people) for kind in ("phones", "emails"))
    assert (found.kinds[Kind.PHONES].found, found.kinds[Kind.EMAILS].found) == (phones, mails)
    assert (found.cost.phones, found.cost.emails) == (phones, mails)
    assert found.cost.phone_credits + found.cost.email_credits == pytest.approx(team.world.charged())
    assert found.cost.phone_credits == pytest.approx(team.world.charged() * 5 * phones / (5 * phones + mails), rel=1e-3)
    assert found.cost.people == found.people.found


def test_what_the_store_and_doubles_saved_is_counted(team) -> None:
    team.run(LINKS, Kind.PHONES)
    before = insights(team).saved
    assert (before.calls.rows, before.calls.answered, before.spared) == (30, 2, Spared())
    team.run([*LINKS, LINKS[0], *MAILS, MAILS[0], MAILS[0]], Kind.PHONES)
    saved, hits = insights(team).saved, sum(bool(_phones(team, who)) for who in LINKS)
    assert saved.spared == Spared(known=30, duplicates=3, phones=hits, misses=30 - hits)
    assert saved.credits == 5.0 * hits
    assert saved.assumed
    assert saved.total == saved.calls.batched + 33


def test_a_request_that_was_refused_has_saved_nothing(written) -> None:
    rows = [(n, "phones", "found", LINK, None) for n in range(25)]
    saved = read_at(written((NOON - 90, 429, "E15", 0.0, ()), (NOON - 60, 200, "R01", 126.0, rows))).saved
    assert (saved.calls.requests, saved.calls.batched) == (2, 24)


def test_a_home_without_history_is_empty_and_divides_by_nothing(team) -> None:
    found = insights(team)
    assert found.empty
    assert (found.people.rate, found.cost.per_phone, found.cost.per_email, found.cost.per_person) == (None, None, None, None)
    assert len(found.days) == 1


def test_a_removed_key_keeps_its_name(team) -> None:
    team.run(LINKS, Kind.PHONES)
    for one in team.app.keys.list():
        team.app.keys.remove(one.id)
    assert {one.label for one in insights(team).keys} <= {"Key 1", "Key 2"}


# -- written by hand ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("http", "outcome", "said"),
    [
        (200, "R01", Said.ANSWERED),
        (200, "R09", Said.OUT),
        (402, "E06", Said.OUT),
        (429, "E20", Said.OUT),
        (429, "E15", Said.LIMITED),
        (401, "E04", Said.REFUSED),
        (400, "E03", Said.REFUSED),
        (403, "E10", Said.REFUSED),
        (403, "E11", Said.TROUBLE),
        (400, "E01", Said.ROW),
        (451, "E21", Said.ROW),
        (503, "E22", Said.TROUBLE),
        (200, "E25", Said.TROUBLE),
        (0, "E24", Said.TROUBLE),
        (0, "ORPHAN", Said.TROUBLE),
        (None, None, Said.OPEN),
    ],
)
def test_each_answer_is_one_outcome_of_a_key(written, http, outcome, said) -> None:
    found = read_at(written((NOON - 60, http, outcome, None, ())))
    assert found.said == {said: 1}
    assert found.keys[0].days == {date(2026, 11, 3): {said: 1}}


def test_what_was_never_sent_is_not_counted_and_a_lost_answer_is_named(written) -> None:
    found = read_at(written((NOON - 90, 0, "UNSENT", 0.0, ()), (NOON - 60, 0, "E23", None, ())))
    assert (found.calls.requests, found.calls.lost, found.calls.unsure) == (1, 1, 6.0)


def test_a_partly_found_row_counts_for_the_kind_that_came_only(written) -> None:
    result = '{"status":"partly_found","person":{"phones":[{"number":"1"}],"emails":[]}}'
    rows = [(2, kind, "partly_found", LINK, result) for kind in ("phones", "emails")]
    found = read_at(written((NOON - 60, 200, "R01", 6.0, rows)))
    assert (found.kinds[Kind.PHONES], found.kinds[Kind.EMAILS]) == (Tally(1, 0), Tally(0, 1))
    assert found.people == Tally(1, 0)
    assert (found.cost.phone_credits, found.cost.email_credits) == (6.0, 0.0)


def test_days_are_local_and_a_day_of_25_hours_is_one_day(written, monkeypatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        ends = midnight(date(2026, 10, 26))
        assert ends - midnight(date(2026, 10, 25)) == 25 * 3600
        found = read_at(written((ends - 1, 200, "R01", 1.0, ()), (ends, 200, "R01", 1.0, ())), now=ends + 60)
        assert {one.day: one.calls.requests for one in found.days} == {date(2026, 10, 25): 1, date(2026, 10, 26): 1}
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_span_takes_both_of_its_ends_and_earlier_days_are_empty_rows(written) -> None:
    day = 86_400
    con = written(*((NOON - n * day, 200, "R01", 1.0, ()) for n in (5, 2, 1, 0)))
    found = read_at(con, span=between("2026-11-01", "2026-11-02", date(2026, 11, 3)))
    assert [one.calls.requests for one in found.days] == [1, 1]
    early = read_at(con, span=between("2026-10-20", "", date(2026, 11, 3)))
    assert (len(early.days), early.calls.requests) == (15, 4)


def test_a_closed_day_is_counted_once_and_again_after_something_was_deleted(written, tmp_path) -> None:
    con = written((NOON - 3 * 86_400, 200, "R01", 5.0, ()), (NOON - 2 * 86_400, 200, "R01", 5.0, ()))
    statistics = Statistics(lambda: NOON)
    asked: list[str] = []
    con.set_trace_callback(asked.append)
    assert statistics.read(con, last_days(None, date(2026, 11, 3))).cost.credits == 10.0
    first = len(asked)
    assert statistics.read(con, last_days(None, date(2026, 11, 3))).cost.credits == 10.0
    assert len(asked) - first < first
    con.execute("PRAGMA query_only=OFF")
    con.execute("DELETE FROM attempts WHERE seq=1")
    assert statistics.read(con, last_days(None, date(2026, 11, 3))).cost.credits == 5.0


def test_jobs_that_did_not_note_what_they_saved_are_named(written) -> None:
    jobs = ((NOON - 1, spared_text(Spared(4, 2, 3, 0, 1))), (NOON - 2, None), (NOON - 3, "[1]"))
    saved = read_at(written(jobs=jobs)).saved
    assert (saved.spared, saved.unnoted) == (Spared(4, 2, 3, 0, 1), 2)


def test_a_deleted_prospect_is_counted_under_its_own_name(written) -> None:
    found = read_at(written((NOON - 60, 200, "R01", 5.0, [(2, "phones", "found", "{}", None)])))
    assert found.inputs == {(Input.UNKNOWN, Kind.PHONES): Tally(1, 0)}


def test_long_times_are_folded_without_losing_anything(written) -> None:
    con = written(*((NOON - n * 86_400, 200, "R01", 5.0, [(2, "phones", "found", LINK, None)]) for n in range(150)))
    found = read_at(con)
    weeks = folded(found.days)
    assert (len(found.days), len(weeks)) == (150, 22)
    assert sum(one.cost.credits for one in weeks) == found.cost.credits == 750.0
    assert sum(one.people.found for one in weeks) == 150
    assert weeks[-1].said == {Said.ANSWERED: 7}


@pytest.mark.parametrize(("since", "until"), [("yesterday", ""), ("", "2026-13-01"), ("2026-11-04", "2026-11-01")])
def test_a_time_that_is_none_is_refused_with_words(since, until) -> None:
    with pytest.raises(UsageError) as error:
        between(since, until, date(2026, 11, 3))
    assert error.value.message


def test_the_last_days_include_today() -> None:
    today = date(2026, 11, 3)
    assert last_days(7, today) == Span(today - timedelta(days=6), today)


def test_what_another_version_kept_is_no_count() -> None:
    assert read(None) is read("") is read("no json") is None


def test_fates_are_in_the_order_in_which_the_best_counts() -> None:
    assert list(Fate)[:4] == [Fate.FOUND, Fate.STORED, Fate.BARRED, Fate.NOT_FOUND]


def _person(team, who):
    found = team.world.people.find({"linkedinUrl": who.linkedin} if who.linkedin else _asked(who))
    return None if found is None or found.error else found


def _asked(who):
    if who.email:
        return {"email": who.email}
    return {"firstName": who.first_name, "lastName": who.last_name, "companyName": who.company}


def _phones(team, who):
    person = _person(team, who)
    return person.phones if person else ()
