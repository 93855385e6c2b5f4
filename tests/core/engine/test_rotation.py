"""Rotation over a real socket against the practice server: who is asked, who is blamed, what is paid."""

from __future__ import annotations

import socket

import pytest

from core.app import open_app
from core.engine.batch import Limits
from core.engine.events import Waiting
from core.engine.policy import Pauses
from core.engine.steps import lines
from core.errors import KeyStoreTrouble
from core.keys.vault import MemoryVault
from core.model import Category, KeyStatus, Kind, Prospect, Reason, RowStatus, SecretState
from core.settings import Settings
from sandbox.people import CAST
from sandbox.scenarios import SCENARIOS, PracticeKey, Scenario, key
from sandbox.world import World

PHONES, EMAILS = frozenset({Kind.PHONES}), frozenset({Kind.EMAILS})


def who(slug: str) -> Prospect:
    return Prospect(linkedin=f"https://www.linkedin.com/in/{slug}")


DAN, XENA, ZACK = who("sb-dan-mobile"), who("sb-xena-new"), who("sb-zack-last")
STRANGERS = [who(f"stranger-{number}") for number in range(60)]


def said(bench) -> list[str]:
    return [line for event in bench.events for line in lines(event)]


def world_of(accounts: dict[str, int], category: str = "PHONE_ONLY", **more) -> Scenario:
    """So many keys in each account, numbered through."""
    world, keys, number = World(), [], 0
    for label, count in accounts.items():
        mine = [key(number := number + 1) for _ in range(count)]
        world.account(label, mine, **more)
        keys += [PracticeKey(f"Key {one[-4:]}", one, label, category) for one in mine]
    return Scenario(world, tuple(keys))


# -- the five scenarios every release must hold --------------------------------------------------------------------
def test_1_the_first_key_works(practice) -> None:
    bench = practice(SCENARIOS["seed1"]())
    result = bench.run([DAN])
    assert (result.calls, bench.world.posts) == (1, 1)
    assert result.answers[2].status is RowStatus.FOUND
    assert bench.key("0001").last_used_at is not None
    assert said(bench)[:3] == [
        "Starting enrichment with 3 available PHONE_ONLY keys",
        "Trying Key 1/3 (ends in ...0001)",
        "Success with Key (...0001)",
    ]
    assert result.message == "Phone Enrichment Complete: 1 found, 0 failed"


def test_2_the_first_key_is_out_and_the_second_works(practice) -> None:
    bench = practice(SCENARIOS["seed2"]())
    result = bench.run([DAN])
    assert bench.world.posts == result.calls == 2
    assert result.answers[2].status is RowStatus.FOUND
    first = bench.key("0001")
    assert (first.status, first.reason, first.is_active) == (KeyStatus.EXHAUSTED, Reason.DAY, False)
    assert first.retry_at is not None
    assert said(bench)[1:4] == [
        "Trying Key 1/2 (ends in ...0001)",
        "Key (...0001) is OUT OF CREDITS (429)",
        "Marked as EXHAUSTED. Switching to next key...",
    ]


def test_3_four_keys_leave_and_the_fifth_works(practice) -> None:
    bench = practice(SCENARIOS["seed3"]())
    result = bench.run([DAN])
    assert bench.world.posts == result.calls == 5
    assert result.answers[2].status is RowStatus.FOUND
    statuses = [one.status.value for one in bench.app.keys.list()]
    assert statuses == ["EXHAUSTED", "INVALID", "EXHAUSTED", "INVALID", "ACTIVE"]
    assert "Key (...0002) is INVALID (401)" in said(bench)
    assert "Marked as INVALID. Switching to next key..." in said(bench)


def test_4_every_key_is_out(practice) -> None:
    bench = practice(SCENARIOS["seed4"]())
    result = bench.run([DAN])
    assert bench.world.posts == result.calls == 3
    assert result.message == "All 3 Phone Keys are exhausted. Please add more API keys."
    assert result.exhausted
    assert result.answers[2].status is RowStatus.WAITING
    again = bench.run([DAN])
    assert (again.calls, again.message) == (0, "All 2 Phone Keys are exhausted. Please add more API keys.")


def test_5_not_found_is_an_answer_and_marks_no_key(practice) -> None:
    bench = practice(SCENARIOS["seed5"]())
    result = bench.run([who("sb-notfound")])
    assert bench.world.posts == result.calls == 1
    assert result.answers[2].status is RowStatus.NOT_FOUND
    assert result.credits == 0
    assert all(one.is_active for one in bench.app.keys.list())
    assert result.message == "Phone Enrichment Complete: 0 found, 0 failed"


@pytest.mark.parametrize(
    ("person", "tip"), [(who("sb-notfound"), False), (Prospect(first_name="Iris", last_name="Nowhere", company="Nowhere"), True)]
)
def test_the_tip_to_add_a_linkedin_url_is_for_a_row_that_had_none(practice, person: Prospect, tip: bool) -> None:
    answer = practice(SCENARIOS["seed5"]()).run([person]).answers[2]
    assert (answer.status, "Tip:" in answer.reason) == (RowStatus.NOT_FOUND, tip)


# -- money ---------------------------------------------------------------------------------------------------------------
def test_what_was_paid_is_not_paid_again(practice) -> None:
    bench = practice(SCENARIOS["seed1"]())
    first = bench.run([DAN, who("sb-notfound"), DAN])
    assert [first.answers[row].status.value for row in (2, 3, 4)] == ["found", "not_found", "duplicate"]
    second = bench.run([DAN, who("sb-notfound")])
    assert (second.calls, bench.world.posts) == (0, 1)
    assert [second.answers[row].status.value for row in (2, 3)] == ["from_store", "not_found"]
    assert bench.world.charged() == first.credits == 6


def test_a_person_who_was_paid_for_by_name_is_known_by_profile_and_address(practice) -> None:
    bench, both = practice(SCENARIOS["plenty"]()), frozenset(Kind)
    named = Prospect(first_name="Dan", last_name="Mobile", company="Anywhere")
    first = bench.run([named], both)
    person = first.answers[2].person
    assert person is not None
    assert person.phones
    assert person.emails
    again = [DAN, Prospect(email=person.emails[0].address), named]
    second = bench.run(again, both)
    assert (second.calls, second.credits) == (0, 0)
    assert {second.answers[row].status for row in (2, 3)} == {RowStatus.FROM_STORE}
    assert second.answers[4].status is first.answers[2].status is RowStatus.CHECK_MATCH  # known or not: another company
    assert bench.world.paid_twice() == []
    with bench.app.db.read() as con:
        assert con.execute("SELECT sum(credits), count(DISTINCT person_fp) FROM ledger").fetchone() == (first.credits * 2, 3)
    assert bench.run([Prospect(first_name="Dan", last_name="Mobile", company="Elsewhere")]).calls == 1  # may be another Dan


def test_sixty_rows_are_three_requests_and_every_charge_is_booked(practice) -> None:
    bench = practice(SCENARIOS["plenty"]())
    result = bench.run(STRANGERS)
    assert (bench.world.posts, result.calls) == (3, 3)
    assert sorted(entry.rows for entry in bench.world.journal) == [10, 25, 25]  # they travel side by side
    assert result.credits == bench.world.charged()
    assert len(result.answers) == 60


def test_a_lost_answer_is_asked_for_again_at_its_own_account_only(practice) -> None:
    bench = practice(world_of({"Sales": 1, "Other": 1}))
    bench.world.fault("close", charged=True)
    result = bench.run([DAN])
    assert result.answers[2].status is RowStatus.FOUND
    assert {line.account for line in bench.world.ledger} == {"Sales"}
    assert bench.world.paid_twice() == []


@pytest.mark.parametrize("how", ["close", "cut", "cut_headers", "reset"])
def test_an_answer_that_stays_lost_leaves_the_row_waiting_and_asks_nobody_else(practice, how: str) -> None:
    bench = practice(world_of({"Sales": 2, "Other": 1}))
    bench.world.fault(how, times=-1, account="Sales", charged=True)
    result = bench.run([DAN, XENA])
    assert [result.answers[row].status for row in (2, 3)] == [RowStatus.WAITING] * 2
    job = bench.app.journal.jobs()[0]
    assert (job.state, job.reason, job.open_rows) == ("PAUSED", "2 waiting", 2)  # it can be gone on with
    assert "may be charged at Sales" in result.answers[2].reason
    assert {entry.key for entry in bench.world.journal} == {"0001"}
    assert len(bench.world.journal) == 3
    assert bench.world.paid_twice() == []
    assert all(one.is_active for one in bench.app.keys.list())


def test_a_pinned_row_may_be_asked_with_another_key_of_its_account(practice) -> None:
    bench = practice(world_of({"Sales": 2, "Other": 1}))
    bench.world.fault("close", key=key(1), charged=True)
    bench.world.fault("status", key=key(1), status=401, body={"statusCode": 401, "message": "Invalid API key"})
    result = bench.run([DAN])
    assert result.answers[2].status is RowStatus.FOUND
    assert [entry.key for entry in bench.world.journal] == ["0001", "0001", "0002"]


def test_the_next_run_asks_the_account_that_may_have_charged_and_nobody_else(practice) -> None:
    bench = practice(world_of({"First": 1, "Sales": 1}))
    bench.app.keys.pause(bench.key("0001").id)
    trouble = bench.world.fault("close", times=-1, charged=True)
    assert bench.run([DAN]).answers[2].status is RowStatus.WAITING
    bench.app.keys.resume(bench.key("0001").id)
    trouble.times = 0
    bench.world.journal.clear()
    assert bench.run([DAN]).answers[2].status is RowStatus.FOUND
    assert [entry.key for entry in bench.world.journal] == ["0002"]
    assert bench.world.paid_twice() == []
    assert bench.app.journal.pins([], PHONES) == {}


def test_a_row_left_out_of_an_answer_may_be_charged_and_is_asked_for_at_that_account_only(practice) -> None:
    scenario = world_of({"First": 1, "Second": 1})
    scenario.world.accounts["First"].limits = {"daily": 1}
    bench = practice(scenario)
    result = bench.run([DAN, who("sb-absent"), who("sb-failed")])
    assert [result.answers[row].status.value for row in (2, 3, 4)] == ["found", "waiting", "failed"]
    assert "may be charged at First" in result.answers[3].reason
    assert bench.run([who("sb-absent")]).answers[2].status is RowStatus.WAITING
    assert bench.world.paid_twice() == []


def test_an_account_emptied_half_way_keeps_what_came_and_only_the_rest_goes_on(practice) -> None:
    scenario = world_of({"Small": 1, "Big": 1})
    scenario.world.accounts["Small"].partial = True
    scenario.world.accounts["Small"].credits = 7
    bench = practice(scenario)
    result = bench.run([DAN, XENA])
    assert [result.answers[row].status for row in (2, 3)] == [RowStatus.FOUND] * 2
    assert [entry.rows for entry in bench.world.journal] == [2, 1]
    assert (bench.key("0001").status, bench.key("0001").reason) == (KeyStatus.EXHAUSTED, Reason.CREDITS)
    assert bench.world.paid_twice() == []


def test_the_credit_limit_stops_before_the_request_that_could_pass_it(practice) -> None:
    bench = practice(SCENARIOS["plenty"]())
    result = bench.run(STRANGERS, limits=Limits(credits=40))
    assert bench.world.charged() <= 40
    assert result.halt is not None
    assert result.halt.code == "CAP"
    assert result.count(RowStatus.STOPPED) > 0
    assert len(result.answers) == 60


def test_a_row_limit_sends_no_more_than_that(practice) -> None:
    bench = practice(SCENARIOS["plenty"]())
    result = bench.run(STRANGERS, limits=Limits(rows=30))
    assert sum(entry.rows for entry in bench.world.journal) == 30
    assert result.count(RowStatus.STOPPED) == 30


# -- blame ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 200, "body": "<html>Sign in to the hotel network</html>"}, "E25"),
        ({"status": 403, "body": "<html>Just a moment...</html>"}, "E11"),
        ({"status": 407, "body": "<html>Proxy</html>"}, "E11"),
        ({"status": 404, "body": {"message": "no Route matched with those values"}}, "E12"),
        ({"status": 302, "body": "", "headers": {"Location": "https://login.example/"}}, "E13"),
        ({"status": 401, "body": {"statusCode": 401, "message": "No API key found in request"}}, "E05"),
        ({"status": 400, "body": {"message": "contacts.0.property contactId should not exist"}}, "E02"),
        ({"status": 200, "body": {"hello": "world"}}, "E25"),
    ],
)
def test_what_is_nobodys_fault_stops_the_run_and_marks_no_key(practice, fault: dict, code: str) -> None:
    bench = practice(world_of({"Sales": 1, "Other": 1}))
    bench.world.fault("status", times=-1, **fault)
    result = bench.run([DAN, XENA])
    assert result.halt is not None
    assert result.halt.code == code
    assert {entry.key for entry in bench.world.journal} == {"0001"}
    assert all(one.is_active for one in bench.app.keys.list())
    assert {answer.status for answer in result.answers.values()} == {RowStatus.WAITING}


def test_without_a_network_nothing_is_sent_nobody_is_marked_and_the_rows_wait(tmp_path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"  # bound, so nobody else gets it, and not listening
        settings = Settings(tmp_path, url)
        with open_app(settings, vault=MemoryVault(), pauses=Pauses((0.0,), (0.0,), (0.0, 0.0))) as app:
            app.keys.add_many([key(1), key(2)], Category.PHONE_ONLY)
            events = app.lookup(DAN, PHONES)
            with pytest.raises(StopIteration) as end:
                while True:
                    next(events)
            result = end.value.value
            assert result.halt is not None
            assert (result.halt.code, result.halt.title) == ("E24", "No network")
            assert result.answers[1].status is RowStatus.WAITING
            assert all(one.is_active for one in app.keys.list())
            assert app.journal.pins([], PHONES) == {}


def test_lushas_own_trouble_is_tried_twice_more_then_the_next_account(practice) -> None:
    bench = practice(world_of({"Sales": 1, "Other": 1}))
    bench.world.fault("status", times=3, status=503, body="<html>Service Unavailable</html>")
    result = bench.run([DAN])
    assert result.answers[2].status is RowStatus.FOUND
    assert [entry.key for entry in bench.world.journal] == ["0001"] * 3 + ["0002"]
    resting = bench.key("0001")
    assert (resting.status, resting.is_active, resting.reason) == (KeyStatus.ACTIVE, True, Reason.SERVER)


def test_three_accounts_failing_in_a_row_stop_the_run(practice) -> None:
    bench = practice(world_of({"A": 1, "B": 1, "C": 1, "D": 1}))
    bench.world.fault("status", times=-1, status=500, body={"statusCode": 500, "message": "Internal server error."})
    result = bench.run([DAN])
    assert result.halt is not None
    assert (result.halt.code, len(bench.world.journal)) == ("E22", 9)


def test_one_bad_row_is_found_by_halving_and_the_others_are_served(practice) -> None:
    bench = practice(SCENARIOS["seed1"]())
    bench.world.fault("status", times=-1, slug="sb-gdpr", status=451, body={"statusCode": 451, "message": "GDPR regulations"})
    result = bench.run([*STRANGERS[:10], who("sb-gdpr"), *STRANGERS[10:24]])
    assert result.answers[12].status is RowStatus.DO_NOT_CONTACT
    assert result.count(RowStatus.DO_NOT_CONTACT) == 1
    assert result.count(RowStatus.FOUND, RowStatus.NOT_FOUND) == 24
    assert bench.world.posts <= 11
    assert bench.run([who("sb-gdpr")], EMAILS).answers[2].status is RowStatus.DO_NOT_CONTACT


def test_a_row_that_the_answer_names_is_taken_out_and_the_rest_asked_again(practice) -> None:
    bench = practice(SCENARIOS["seed1"]())
    body = {"statusCode": 400, "message": ["contacts.1.email must be an email"], "error": "Bad Request"}
    bench.world.fault("status", status=400, body=body)
    result = bench.run([DAN, XENA, ZACK])
    assert [result.answers[row].status.value for row in (2, 3, 4)] == ["found", "cannot_look_up", "found"]
    assert [entry.rows for entry in bench.world.journal] == [3, 2]


def test_every_trait_of_the_cast_gets_a_status_and_no_key_is_marked(practice) -> None:
    bench = practice(SCENARIOS["plenty"]())
    result = bench.run([who(one.slug) for one in CAST])
    by_slug = {one.slug: result.answers[number] for number, one in enumerate(CAST, 2)}
    assert by_slug["sb-ben-example"].status is RowStatus.NOT_FOUND
    assert by_slug["sb-ben-example"].reason == "No phone at Lusha for this person. Only the search was charged."
    assert result.credits == pytest.approx(sum(answer.credits or 0 for answer in result.answers.values()), abs=0.5)
    assert by_slug["sb-gdpr"].status is RowStatus.DO_NOT_CONTACT
    assert by_slug["sb-failed"].status is RowStatus.FAILED
    assert by_slug["sb-absent"].status is RowStatus.FAILED
    trap = by_slug["sb-zoe-mueller"].person
    assert trap is not None
    assert (len(trap.phones), trap.phones[0].do_not_call) == (3, True)
    assert all(one.is_active for one in bench.app.keys.list())


def test_another_person_than_asked_for_is_written_as_check_match(practice) -> None:
    bench = practice(SCENARIOS["seed1"]())
    asked = Prospect(first_name="Mia", last_name="Rightful", company="Rightful Group")
    answer = bench.run([asked]).answers[2]
    assert answer.status is RowStatus.CHECK_MATCH
    assert "Mila Wrongman at Elsewhere Corp" in answer.reason


# -- keys that come and go -----------------------------------------------------------------------------------------------
def test_out_of_credits_rests_every_key_of_the_account(practice) -> None:
    bench = practice(world_of({"Empty": 3, "Full": 1}))
    bench.world.accounts["Empty"].credits = 0
    result = bench.run([DAN])
    assert [entry.key for entry in bench.world.journal] == ["0001", "0004"]
    assert result.answers[2].status is RowStatus.FOUND
    assert [one.status.value for one in bench.app.keys.list()] == ["EXHAUSTED"] * 3 + ["ACTIVE"]


def test_a_limited_key_wakes_by_itself_with_one_probe(practice) -> None:
    scenario = world_of({"Sales": 1}, limits={"hourly": 2})
    scenario.world.clock.start(1_800_000_000.0)
    bench = practice(scenario)
    bench.run([DAN])
    bench.run([ZACK])
    assert bench.run([XENA]).exhausted
    back = bench.key("0001").retry_at
    assert back is not None
    assert back.timestamp() == pytest.approx(1_800_003_600, abs=60)
    bench.world.clock.forward(3601)
    result = bench.run([XENA])
    assert result.answers[2].status is RowStatus.FOUND
    assert bench.key("0001").is_active


def test_a_key_that_is_back_within_ninety_seconds_is_waited_for(practice) -> None:
    scenario = world_of({"Sales": 1})
    bench = practice(scenario)
    text = "Hourly API rate limit exceeded. Limit: 9 calls per hour. Reset in 60 seconds."
    bench.world.fault("status", times=2, status=429, body={"statusCode": 429, "message": text})
    result = bench.run(STRANGERS[:26], on=lambda event: isinstance(event, Waiting) and bench.world.clock.forward(61))
    assert not result.exhausted
    assert [event for event in bench.events if isinstance(event, Waiting)]
    bench.world.fault("status", status=429, body={"statusCode": 429, "message": text})
    assert bench.run(STRANGERS[30:31], limits=Limits(wait=False)).exhausted


def test_a_removed_secret_skips_the_key_and_a_locked_store_stops_the_run(practice) -> None:
    bench = practice(world_of({"Sales": 1, "Other": 1}))
    first = bench.key("0001")
    bench.app.vault.delete(first.id)
    assert bench.run([DAN]).answers[2].status is RowStatus.FOUND
    assert bench.app.keys.get(first.id).secret is SecretState.MISSING
    bench.app.vault.locked.add("get")
    with pytest.raises(KeyStoreTrouble):
        bench.run([XENA])
    assert bench.app.journal.jobs()[0].state == "PAUSED"


def test_a_secret_is_read_once_in_a_run_and_again_in_the_next(practice) -> None:
    bench = practice(world_of({"Sales": 1}))
    asked: list[str] = []
    read = bench.app.vault.get
    bench.app.vault.get = lambda key_id: (asked.append(key_id), read(key_id))[1]
    bench.run(STRANGERS)
    assert (bench.world.posts, len(asked)) == (3, 1)
    bench.run([DAN])
    assert len(asked) == 2


def test_a_plan_limit_is_marked_and_the_next_account_goes_on(practice) -> None:
    scenario = world_of({"Free": 1, "Paid": 1})
    scenario.world.accounts["Free"].forbids = "phones"
    bench = practice(scenario)
    assert bench.run([DAN]).answers[2].status is RowStatus.FOUND
    assert bench.key("0001").status is KeyStatus.PLAN_LIMIT


def test_keys_of_the_other_kind_are_never_asked(practice) -> None:
    bench = practice(world_of({"Mail": 1}, category="EMAIL_ONLY"))
    result = bench.run([DAN])
    assert (bench.world.posts, result.message) == (0, "No phone keys yet. Add one to start.")
    assert bench.run([DAN], EMAILS).answers[2].status is RowStatus.FOUND


def test_one_request_asks_for_both_kinds_when_a_key_may_do_both(practice) -> None:
    bench = practice(world_of({"Any": 1}, category="ANY"))
    answer = bench.run([DAN], PHONES | EMAILS).answers[2]
    assert (bench.world.posts, answer.status) == (1, RowStatus.FOUND)
    assert answer.person is not None
    assert answer.person.phones
    assert answer.person.emails


def test_both_kinds_with_keys_of_one_kind_each_are_two_requests_and_one_answer(practice) -> None:
    world = World()
    world.account("P", [key(1)])
    world.account("E", [key(2)])
    keys = (PracticeKey("P", key(1), "P"), PracticeKey("E", key(2), "E", "EMAIL_ONLY"))
    bench = practice(Scenario(world, keys))
    result = bench.run([DAN, who("sb-mail-only")], PHONES | EMAILS)
    assert bench.world.posts == 2
    assert [result.answers[row].status.value for row in (2, 3)] == ["found", "partly_found"]
    assert result.message == "Phone and Email Enrichment Complete: 2 found, 0 failed"


def test_the_true_mix_is_said_when_no_key_is_exhausted(practice) -> None:
    bench = practice(world_of({"A": 1, "B": 1}))
    bench.world.revoked |= {key(1), key(2)}
    result = bench.run([DAN])
    assert result.message == "No phone key is ready: 2 invalid. Add or repair a key."
    assert result.exhausted


def test_stop_keeps_what_came_and_says_what_was_not_reached(practice) -> None:
    bench = practice(SCENARIOS["plenty"]())
    planned = bench.app.plan([], PHONES)
    assert planned.to_send == 0
    bench.app.stop.set()
    result = bench.run([DAN])
    assert (bench.world.posts, result.answers[2].status) == (0, RowStatus.STOPPED)


def test_every_change_of_a_key_is_in_the_trail_with_lushas_words(practice) -> None:
    bench = practice(SCENARIOS["seed3"]())
    bench.run([DAN])
    changes = [entry for entry in bench.app.trail.entries() if entry.action == "status"]
    assert {(entry.last4, entry.from_status, entry.to_status) for entry in changes} == {
        ("0001", "ACTIVE", "EXHAUSTED"),
        ("0002", "ACTIVE", "INVALID"),
        ("0003", "ACTIVE", "EXHAUSTED"),
        ("0004", "ACTIVE", "INVALID"),
    }
    log = (bench.app.settings.log).read_text(encoding="utf-8")
    assert "Key (...0002) is INVALID (401)" in log
    assert key(2)[-9:] not in log
    assert any("Invalid API key" in entry.message for entry in changes)
