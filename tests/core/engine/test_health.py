"""The fold: evidence in any order comes to one state."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.engine.health import fold
from core.model import Category, Evidence, EvidenceKind, Health, Key, KeyStatus, Reason, Scope, SecretState

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY = Key(
    id="k1",
    label="One",
    account_id="a1",
    account="Sales",
    last4="0001",
    category=Category.PHONE_ONLY,
    status=KeyStatus.ACTIVE,
    paused=False,
    secret=SecretState.HELD,
    reason=None,
    retry_at=None,
    priority=100,
    position=1,
    last_used_at=None,
    added_at=NOON,
)


def said(seq: int, kind: EvidenceKind, reason: Reason | None = None, scope: Scope = Scope.KEY, **more: object) -> Evidence:
    row = Evidence(
        seq=seq,
        key_id="k1",
        account_id="a1",
        key_epoch=0,
        account_epoch=0,
        scope=scope,
        kind=kind,
        at=NOON,
        id=seq,
        reason=reason,
    )
    return replace(row, **more)


def blocked(seq: int, reason: Reason = Reason.MINUTE, minutes: int | None = 1, scope: Scope = Scope.ACCOUNT) -> Evidence:
    until = None if minutes is None else NOON + timedelta(minutes=minutes)
    return said(seq, EvidenceKind.BLOCK, reason, scope, until=until)


def test_a_key_nobody_said_anything_about_is_active() -> None:
    assert fold(KEY, []) == Health(KeyStatus.ACTIVE)


def test_a_block_exhausts_until_its_end() -> None:
    assert fold(KEY, [blocked(1)]) == Health(KeyStatus.EXHAUSTED, Reason.MINUTE, NOON + timedelta(minutes=1))


def test_the_latest_end_wins_and_one_without_end_beats_all() -> None:
    rows = [blocked(1, Reason.DAY, 600), blocked(2), blocked(3, Reason.CREDITS, None)]
    assert fold(KEY, rows[:2]).reason is Reason.DAY
    assert fold(KEY, rows) == Health(KeyStatus.EXHAUSTED, Reason.CREDITS, None)


def test_a_success_that_was_sent_later_lifts_a_block_and_one_sent_earlier_does_not() -> None:
    assert fold(KEY, [blocked(2), said(3, EvidenceKind.OK)]).status is KeyStatus.ACTIVE
    assert fold(KEY, [blocked(2), said(1, EvidenceKind.OK)]).status is KeyStatus.EXHAUSTED


def test_only_a_charge_proves_that_an_empty_account_has_credits_again() -> None:
    empty = blocked(1, Reason.CREDITS, None)
    assert fold(KEY, [empty, said(2, EvidenceKind.OK)]).status is KeyStatus.EXHAUSTED
    assert fold(KEY, [empty, said(2, EvidenceKind.PAID)]).status is KeyStatus.ACTIVE


def test_a_sibling_that_worked_lifts_what_was_said_of_the_account_but_not_of_the_key() -> None:
    sibling = said(5, EvidenceKind.PAID, key_id="k2")
    assert fold(KEY, [blocked(1), sibling]).status is KeyStatus.ACTIVE
    assert fold(KEY, [blocked(1, scope=Scope.KEY), sibling]).status is KeyStatus.EXHAUSTED


def test_what_was_said_of_another_key_or_account_is_nothing_to_this_one() -> None:
    rows = [blocked(1, scope=Scope.KEY), blocked(2)]
    assert fold(KEY, [replace(rows[0], key_id="k2")]).status is KeyStatus.ACTIVE
    assert fold(KEY, [replace(rows[1], account_id="a2")]).status is KeyStatus.ACTIVE


def test_a_refusal_stays_until_the_secret_or_the_user_opens_a_new_epoch() -> None:
    rows = [said(1, EvidenceKind.AUTH, Reason.REFUSED), said(2, EvidenceKind.PAID)]
    assert fold(KEY, rows) == Health(KeyStatus.INVALID, Reason.REFUSED)
    assert fold(replace(KEY, epoch=1), rows) == Health(KeyStatus.ACTIVE)


def test_an_account_that_was_switched_off_makes_every_key_invalid() -> None:
    off = said(1, EvidenceKind.AUTH, Reason.ACCOUNT_OFF, Scope.ACCOUNT, key_id="k2")
    assert fold(KEY, [off]) == Health(KeyStatus.INVALID, Reason.ACCOUNT_OFF)
    assert fold(KEY, [off], account_epoch=1).status is KeyStatus.ACTIVE


def test_a_plan_limit_is_for_its_kind_of_data_only_and_is_not_lifted_by_success() -> None:
    row = said(1, EvidenceKind.PLAN, Reason.PLAN, Scope.ACCOUNT, category=Category.PHONE_ONLY)
    assert fold(KEY, [row, said(2, EvidenceKind.PAID)]).status is KeyStatus.PLAN_LIMIT
    assert fold(replace(KEY, category=Category.EMAIL_ONLY), [row]).status is KeyStatus.ACTIVE
    assert fold(replace(KEY, category=Category.ANY), [row]).status is KeyStatus.PLAN_LIMIT
    assert fold(KEY, [row, said(3, EvidenceKind.WAKE, scope=Scope.ACCOUNT)]).status is KeyStatus.ACTIVE


def test_a_wake_gives_a_block_its_own_time_so_that_one_probe_may_go() -> None:
    rows = [blocked(1, Reason.CREDITS, None), said(2, EvidenceKind.WAKE, scope=Scope.ACCOUNT, until=NOON)]
    health = fold(KEY, rows)
    assert (health.status, health.retry_at) == (KeyStatus.EXHAUSTED, NOON)


def test_what_is_taken_back_does_not_count() -> None:
    rows = [blocked(7), said(8, EvidenceKind.VOID, scope=Scope.ACCOUNT, void_of=7)]
    assert fold(KEY, rows) == Health(KeyStatus.ACTIVE)


def test_a_success_cannot_be_taken_back() -> None:
    rows = [blocked(1), said(2, EvidenceKind.OK), said(3, EvidenceKind.VOID, void_of=2)]
    assert fold(KEY, rows).status is KeyStatus.ACTIVE


def test_trouble_at_lusha_lets_a_key_rest_without_marking_it() -> None:
    row = said(1, EvidenceKind.COOL, Reason.SERVER, until=NOON)
    assert fold(KEY, [row]) == Health(KeyStatus.ACTIVE, Reason.SERVER, NOON)


kinds = st.sampled_from([kind for kind in EvidenceKind if kind is not EvidenceKind.VOID])
evidence = st.builds(
    lambda kind, reason, scope, minutes, key, epoch, category: said(
        0,
        kind,
        reason,
        scope,
        until=None if minutes is None else NOON + timedelta(minutes=minutes),
        key_id=key,
        key_epoch=epoch,
        category=category,
    ),
    kinds,
    st.sampled_from([Reason.MINUTE, Reason.CREDITS, Reason.TRIAL, Reason.DAY]),
    st.sampled_from(Scope),
    st.none() | st.integers(0, 500),
    st.sampled_from(["k1", "k2"]),
    st.integers(0, 1),
    st.none() | st.sampled_from(Category),
)


@given(st.lists(evidence, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(rows: list[Evidence], random: object) -> None:
    numbered = [replace(row, seq=n, id=n) for n, row in enumerate(rows, 1)]
    shuffled = list(numbered)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fold(KEY, shuffled) == fold(KEY, numbered)


def test_a_wake_with_a_reason_is_about_that_reason_only() -> None:
    rows = [blocked(1, Reason.CREDITS, None), said(2, EvidenceKind.WAKE, Reason.CREDITS, Scope.ACCOUNT, until=NOON)]
    assert fold(KEY, rows) == Health(KeyStatus.EXHAUSTED, Reason.CREDITS, NOON)
    day = blocked(1, Reason.DAY, 60)
    assert fold(KEY, [day, rows[1]]) == Health(KeyStatus.EXHAUSTED, Reason.DAY, day.until)
    limit = said(1, EvidenceKind.PLAN, Reason.PLAN, Scope.ACCOUNT)
    assert fold(KEY, [limit, rows[1]]).status is KeyStatus.PLAN_LIMIT
    assert fold(KEY, [limit, said(2, EvidenceKind.WAKE, Reason.PLAN, Scope.ACCOUNT, until=NOON)]).status is KeyStatus.ACTIVE
