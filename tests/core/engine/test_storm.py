"""Everybody is refused at once: whether it is the keys or Lusha, and what is left of it afterwards."""

from __future__ import annotations

import pytest

from core.engine.events import Alert, KeyBack, PoolResting, RowDone
from core.engine.steps import lines
from core.model import EvidenceKind, KeyStatus, Kind, Prospect, RowStatus
from sandbox.scenarios import PracticeKey, Scenario, key
from sandbox.world import World

PHONES = frozenset({Kind.PHONES})
FINAL = frozenset(RowStatus) - {RowStatus.WAITING, RowStatus.STOPPED}
TOO_MANY = {"statusCode": 429, "message": "Too many requests. Please wait before making another request."}
BAD_KEY = {"statusCode": 401, "message": "Invalid API key"}


def people(count: int, name: str) -> list[Prospect]:
    return [Prospect(linkedin=f"https://www.linkedin.com/in/{name}-{number}") for number in range(count)]


def accounts(count: int, **more) -> Scenario:
    world = World()
    for number in range(1, count + 1):
        world.account(f"Account {number}", [key(number)], **({"limits": {}} | more))
    keys = (PracticeKey(f"Key {n}", key(n), f"Account {n}") for n in range(1, count + 1))
    return Scenario(world, tuple(keys))


def proven(practice, count: int, **more):
    """A pool in which every account has worked today."""
    bench = practice(accounts(count, **more))
    for one in bench.app.keys.list():
        assert bench.run(people(1, f"proof-{one.last4}")).calls == 1
        bench.app.keys.pause(one.id)  # so that the next one has its turn
    for one in bench.app.keys.list():
        bench.app.keys.resume(one.id)
    bench.world.journal.clear()
    return bench


def evidence(bench, kind: EvidenceKind) -> list[tuple[int, int | None]]:
    with bench.app.db.read() as con:
        return con.execute("SELECT id, void_of FROM evidence WHERE kind=? ORDER BY id", (kind.value,)).fetchall()


@pytest.mark.parametrize(("status", "body", "kind"), [(429, TOO_MANY, EvidenceKind.BLOCK), (401, BAD_KEY, EvidenceKind.AUTH)])
def test_a_storm_over_accounts_that_worked_before_retires_nobody(practice, status: int, body: dict, kind: EvidenceKind) -> None:
    bench = proven(practice, 6)
    storm = bench.world.fault("status", times=-1, status=status, body=body)

    def on(event: object) -> None:
        if isinstance(event, PoolResting):
            storm.times = 0
            bench.world.clock.forward(10)

    result = bench.run(people(200, "row"), on=on)
    assert result.count(*FINAL) == 200
    refused = [entry for entry in bench.world.journal if entry.status == status]
    assert 3 <= len(refused) <= 20
    assert all(one.is_active and one.reason is None for one in bench.app.keys.list())
    marks, voids = evidence(bench, kind), evidence(bench, EvidenceKind.VOID)
    assert marks
    assert {of for _id, of in voids} == {id_ for id_, _of in marks}
    assert [event for event in bench.events if isinstance(event, KeyBack)]
    assert [event.code for event in bench.events if isinstance(event, Alert)] == ["storm_over"]
    assert "Every account got the same refusal at once" in "\n".join(line for e in bench.events for line in lines(e))


def test_a_storm_of_ten_seconds_wastes_few_calls_and_every_row_is_served(practice) -> None:
    """Ten seconds of the shared clock: each rest that is announced passes at once, as 1, 2, 4 and 8 seconds would."""
    bench = proven(practice, 6)
    storm = bench.world.fault("status", times=-1, status=429, body=TOO_MANY)
    began = bench.world.clock()

    def on(event: object) -> None:
        if isinstance(event, PoolResting):
            bench.world.clock.forward(max(0.0, event.until.timestamp() - bench.world.clock()))
        if bench.world.clock() - began >= 10:
            storm.times = 0

    result = bench.run(people(200, "row"), on=on)
    assert result.count(*FINAL) == 200
    assert sum(entry.status == 429 for entry in bench.world.journal) <= 20
    assert all(one.is_active for one in bench.app.keys.list())
    assert {of for _id, of in evidence(bench, EvidenceKind.VOID)} == {id_ for id_, _of in evidence(bench, EvidenceKind.BLOCK)}
    assert bench.world.paid_twice() == []


def test_a_storm_that_does_not_end_pauses_the_run_and_retires_nobody(practice) -> None:
    bench = proven(practice, 6)
    storm = bench.world.fault("status", times=-1, status=429, body=TOO_MANY)

    def on(event: object) -> None:
        if isinstance(event, PoolResting):
            bench.world.clock.forward(61)

    result = bench.run(people(200, "row"), on=on)
    assert result.halt is not None
    assert (result.halt.code, result.halt.title) == ("STORM", "Lusha refuses every account at the moment")
    assert bench.world.posts <= 48
    assert all(one.is_active for one in bench.app.keys.list())
    storm.times = 0
    assert bench.follow(bench.app.resume(bench.app.journal.job(result.job))).count(*FINAL) == 200


def test_keys_that_never_worked_are_marked_invalid_one_by_one(practice) -> None:
    bench = practice(accounts(6))
    bench.world.fault("status", times=-1, status=401, body=BAD_KEY)
    result = bench.run(people(1, "row"))
    assert [entry.key for entry in bench.world.journal] == [f"{number:04d}" for number in range(1, 7)]
    assert [one.status for one in bench.app.keys.list()] == [KeyStatus.INVALID] * 6
    assert evidence(bench, EvidenceKind.VOID) == []
    assert result.message == "No phone key is ready: 6 invalid. Add or repair a key."
    assert "Key (...0006) is INVALID (401)" in [line for event in bench.events for line in lines(event)]


def test_keys_that_never_worked_and_are_all_limited_end_with_the_known_sentence(practice) -> None:
    bench = practice(accounts(4))
    day = {"statusCode": 429, "message": "Daily API rate limit exceeded. Limit: 9 calls per day. Reset in 40000 seconds."}
    bench.world.fault("status", times=-1, status=429, body=day)
    result = bench.run(people(1, "row"))
    assert bench.world.posts == 4
    assert result.message == "All 4 Phone Keys are exhausted. Please add more API keys."


def test_with_two_accounts_there_is_no_storm(practice) -> None:
    bench = proven(practice, 2)
    bench.world.fault("status", times=-1, status=401, body=BAD_KEY)
    result = bench.run(people(60, "row"))
    assert [one.status for one in bench.app.keys.list()] == [KeyStatus.INVALID] * 2
    assert result.exhausted
    assert not [event for event in bench.events if isinstance(event, PoolResting)]


def test_keys_that_are_truly_revoked_are_found_out_after_the_storm_one_probe_each(practice) -> None:
    """A 401 to a probe is final: the guard delays the truth, it does not hide it."""
    bench = proven(practice, 4)
    bench.world.revoked |= {key(1), key(2), key(3), key(4)}

    def on(event: object) -> None:
        if isinstance(event, PoolResting):
            bench.world.clock.forward(61)

    result = bench.run(people(100, "row"), on=on)
    assert [one.status for one in bench.app.keys.list()] == [KeyStatus.INVALID] * 4
    assert result.exhausted
    assert not [event for event in bench.events if isinstance(event, RowDone) and event.answer.status in FINAL]


def test_a_look_up_goes_from_key_to_key_and_starts_no_storm(practice) -> None:
    bench = proven(practice, 4)
    bench.world.fault("status", times=3, status=429, body=TOO_MANY)
    result = bench.follow(bench.app.lookup(people(1, "row")[0], PHONES))
    assert result.calls == 4
    assert result.count(*FINAL) == 1
    assert evidence(bench, EvidenceKind.VOID) == []
