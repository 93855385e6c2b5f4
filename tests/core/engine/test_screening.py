"""The do-not-contact list in a run: over a real socket, nobody on it is sent, and nothing of them is kept or told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.engine.policy import policy_of
from core.engine.preflight import Row
from core.model import Kind, Prospect, RowStatus
from core.results import listing
from core.results.store import Outcome
from core.settings import Settings
from sandbox.people import CAST
from sandbox.scenarios import PracticeKey, Scenario, key
from sandbox.world import Entry, World
from tests.core.engine.conftest import AT_ONCE

PHONES = frozenset({Kind.PHONES})
DAN = Prospect(linkedin="https://www.linkedin.com/in/sb-dan-mobile", email="dan@list.example")
XENA = Prospect(linkedin="https://www.linkedin.com/in/sb-xena-new")
ONE = next(one for one in CAST if one.slug == "sb-dan-mobile")
NUMBER = ONE.phones[0]["number"]


def scenario() -> Scenario:
    world = World()
    world.account("A", [key(1)])
    return Scenario(world, (PracticeKey("Key 1", key(1), "A", "ANY"),))


def put(bench, *texts: str) -> None:
    entries = [listing.of_text(text, reason="asked us not to", at=bench.app.clock()) for text in texts]
    assert None not in entries
    bench.app.suppressions.add(entries)


def posts(bench) -> int:
    return sum(entry.method == "POST" for entry in bench.world.journal)


def test_whoever_is_on_the_list_is_not_sent_and_the_row_says_why(practice) -> None:
    bench = practice(scenario())
    put(bench, "list.example")
    result = bench.run([DAN])
    assert posts(bench) == 0
    assert result.answers[2].status is RowStatus.DO_NOT_CONTACT
    assert "(asked us not to). Not sent." in result.answers[2].reason
    put(bench, "+44 1 000000")
    assert bench.run([XENA]).answers[2].status is not RowStatus.DO_NOT_CONTACT


def test_a_number_on_the_list_that_arrives_is_neither_told_nor_kept(practice) -> None:
    bench = practice(scenario())
    put(bench, NUMBER)
    result = bench.run([DAN])
    assert posts(bench) == 1
    assert (result.answers[2].status, result.answers[2].person) == (RowStatus.DO_NOT_CONTACT, None)
    assert result.credits > 0
    with bench.app.db.read() as con:
        kept = [tuple(row) for row in con.execute("SELECT outcome, payload FROM results WHERE kind='phones'")]
        assert kept == [(Outcome.WITHHELD.value, None)]
        assert con.execute("SELECT count(*) FROM ledger WHERE credits>0").fetchone()[0] == 1
        assert not [row for row in con.execute("SELECT result FROM units") if NUMBER.replace(" ", "")[-9:] in str(row[0])]


def test_a_double_of_whom_may_not_be_told_is_no_more_told(practice) -> None:
    bench = practice(scenario())
    put(bench, NUMBER)
    first, double = (bench.run([DAN, DAN]).answers[row] for row in (2, 3))
    assert (double.status, double.reason, double.person) == (RowStatus.DO_NOT_CONTACT, first.reason, None)


def test_a_person_who_turns_out_to_be_on_the_list_is_neither_told_nor_kept(practice) -> None:
    bench = practice(scenario())
    put(bench, ONE.email)
    result = bench.run([Prospect(linkedin=DAN.linkedin)], kinds=frozenset(Kind))
    assert (result.answers[2].status, result.answers[2].person) == (RowStatus.DO_NOT_CONTACT, None)
    with bench.app.db.read() as con:
        assert not con.execute("SELECT 1 FROM results WHERE payload IS NOT NULL").fetchone()


def test_an_answer_that_is_kept_already_is_not_told_once_its_person_is_on_the_list(practice) -> None:
    bench = practice(scenario())
    assert bench.run([DAN]).answers[2].status is RowStatus.FOUND
    put(bench, NUMBER)
    again = bench.run([DAN]).answers[2]
    assert (again.status, again.person) == (RowStatus.DO_NOT_CONTACT, None)
    put(bench, "dan@list.example")
    planned = bench.app.plan([Row(2, DAN, wanted=PHONES)], PHONES)
    assert planned.answers[2].reason.endswith("Not sent.")
    assert posts(bench) == 1


def test_an_answer_that_was_withheld_is_paid_for_once_and_not_on_every_run(practice) -> None:
    bench = practice(scenario())
    put(bench, NUMBER)
    first, again = bench.run([DAN]), bench.run([DAN])
    assert (posts(bench), again.credits) == (1, 0)
    assert first.credits > 0
    assert (again.answers[2].status, again.answers[2].person) == (RowStatus.DO_NOT_CONTACT, None)


def test_whoever_is_taken_off_the_list_is_asked_for_again_and_told(practice) -> None:
    bench = practice(scenario())
    put(bench, NUMBER)
    bench.run([DAN])
    bench.app.suppressions.remove(["not on the list"])
    assert bench.run([DAN]).answers[2].person is None
    bench.app.suppressions.remove([entry.mark for entry in bench.app.suppressions.list()])
    answer = bench.run([DAN]).answers[2]
    assert answer.status is RowStatus.FOUND
    assert answer.person
    assert posts(bench) == 2


def test_off_the_list_the_account_that_has_paid_is_asked_first(practice) -> None:
    bench = practice(scenario())
    put(bench, NUMBER)
    bench.run([DAN])
    bench.app.suppressions.remove([entry.mark for entry in bench.app.suppressions.list()])
    planned = bench.app.plan([Row(2, DAN, wanted=PHONES)], PHONES)
    (ask,) = planned.ready[PHONES]
    assert ask.payer
    assert ask.payer.account == "A"


def test_a_list_that_grew_after_the_plan_was_made_counts_before_anything_is_sent(practice) -> None:
    bench = practice(scenario())
    rows = [Row(2, DAN, wanted=PHONES), Row(3, XENA, wanted=PHONES)]
    planned = bench.app.plan(rows, PHONES)
    put(bench, "list.example")
    result = bench.follow(bench.app.run(planned, source="test"))
    assert result.answers[2].status is RowStatus.DO_NOT_CONTACT
    assert result.answers[2].reason.endswith("Not sent.")
    assert result.answers[3].person
    with bench.app.db.read() as con:
        assert con.execute("SELECT count(*) FROM units").fetchone()[0] == 1
        assert con.execute("SELECT n FROM attempts").fetchall()[0][0] == 1


def test_what_a_plan_knew_of_somebody_who_got_onto_the_list_is_not_told_and_not_completed(practice) -> None:
    bench = practice(scenario())
    who = Prospect(linkedin=DAN.linkedin)
    bench.run([who])
    whole = bench.app.plan([Row(2, who, wanted=PHONES)], PHONES)
    more = bench.app.plan([Row(2, who, wanted=frozenset(Kind))], frozenset(Kind))
    assert whole.answers[2].person
    assert more.parts[2]
    put(bench, NUMBER)
    sent = posts(bench)
    for planned in (whole, more):
        answer = bench.follow(bench.app.run(planned, source="test")).answers[2]
        assert (answer.status, answer.person) == (RowStatus.DO_NOT_CONTACT, None)
    assert posts(bench) == sent


def test_a_list_that_grows_during_a_run_counts_for_answers_still_on_their_way(practice) -> None:
    bench = practice(scenario())
    result = bench.run([DAN], on=lambda _event: put(bench, "dan@list.example") if not posts(bench) else None)
    assert posts(bench) <= 1
    assert (result.answers[2].status, result.answers[2].person) == (RowStatus.DO_NOT_CONTACT, None)


class Meddling(list[Entry]):
    """A request journal that does something with the first look-up, before it is answered."""

    def __init__(self, deed: Callable[[], None]) -> None:
        super().__init__()
        self._deed, self._done = deed, False

    def append(self, entry: Entry) -> None:
        super().append(entry)
        if entry.method == "POST" and not self._done:
            self._done = True
            self._deed()


def test_rows_that_were_not_sent_yet_when_the_list_grew_are_not_sent(practice, tmp_path) -> None:
    policy = replace(policy_of(Settings(tmp_path), AT_ONCE), batch=1, most_batch=1, senders=1)
    bench = practice(scenario(), policy)
    bench.world.journal = Meddling(lambda: put(bench, "dan@list.example"))
    result = bench.run([XENA, DAN])
    assert posts(bench) == 1
    assert result.answers[2].person
    assert result.answers[3].status is RowStatus.DO_NOT_CONTACT
    assert result.answers[3].reason.endswith("Not sent.")


def test_a_job_that_goes_on_leaves_out_whoever_got_onto_the_list(practice) -> None:
    bench = practice(scenario())
    bench.run([DAN, XENA])
    job = bench.app.journal.jobs(1)[0]
    put(bench, "dan@list.example", NUMBER)
    rows = [Row(number, who, wanted=PHONES) for number, who in enumerate((DAN, XENA), 2)]
    again = bench.follow(bench.app.resume(job, rows))
    assert again.answers[2].person is None
    assert again.answers[3].person


def test_what_is_kept_already_goes_when_somebody_gets_onto_the_list(practice) -> None:
    bench = practice(scenario())
    bench.run([Prospect(linkedin=DAN.linkedin), XENA])
    entry = listing.of_text(NUMBER, at=bench.app.clock())
    assert entry
    added, withheld = bench.app.suppress([entry])
    assert (len(added.new), withheld) == (1, 1)
    with bench.app.db.read() as con:
        kept = [str(tuple(row)) for row in con.execute("SELECT * FROM results")]
    assert not [row for row in kept if NUMBER in row]
    assert bench.app.suppress([entry])[1] == 0
    assert bench.run([XENA]).answers[2].status is RowStatus.FROM_STORE
