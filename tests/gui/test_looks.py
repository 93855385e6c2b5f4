"""What a key looks like, which lines the list shows, what is alerted: pure tables, no window."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest

from core.board import AccountLine, DayLine, Group, KeyLine, RunLine, Snapshot
from core.model import Category, Key, KeyStatus, Kind, Reason, SecretState
from gui import looks, tokens
from gui.alerts import alerts
from gui.charts import in_words, scale
from gui.dashboard import forecast, totals
from gui.key_rows import YOURS, View, arrange
from gui.notices import news

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY = Key(
    "k1", "Backup", "a1", "Sales DE", "4400", Category.PHONE_ONLY, KeyStatus.ACTIVE, False, SecretState.HELD, None, None, 100, 1,
    None, NOW,
)  # fmt: skip
ACCOUNT = AccountLine("a1", "Sales DE", "", 100.0, 200.0, None, None, 2)


def used_up(key: Key = KEY, **more: object) -> Key:
    return replace(key, status=KeyStatus.EXHAUSTED, reason=Reason.DAY, retry_at=NOW + timedelta(hours=2), **more)


@pytest.mark.parametrize(
    ("key", "word", "note"),
    [
        (KEY, "Ready", ""),
        (replace(KEY, paused=True, status=KeyStatus.INVALID), "Paused", ""),
        (replace(KEY, secret=SecretState.MISSING, paused=True), "Missing", "enter it again"),
        (replace(KEY, secret=SecretState.PENDING), "Saving", ""),
        (replace(KEY, status=KeyStatus.INVALID, reason=Reason.REFUSED), "Invalid", "refused by Lusha"),
        (replace(KEY, status=KeyStatus.PLAN_LIMIT, reason=Reason.PLAN), "Plan limit", "needs your choice"),
        (replace(KEY, status=KeyStatus.EXHAUSTED, reason=Reason.CREDITS), "Used up", "no credits left"),
        (replace(KEY, status=KeyStatus.EXHAUSTED, reason=Reason.MINUTE, retry_at=NOW + timedelta(seconds=40)), "Resting", "minute limit, 40 s"),  # noqa: E501  # a table
        (replace(KEY, reason=Reason.SERVER, retry_at=NOW + timedelta(minutes=5)), "Resting", "trouble at Lusha, 5 min"),
        (replace(KEY, status=KeyStatus.EXHAUSTED, reason=Reason.DAY, retry_at=NOW - timedelta(1)), "Ready", "will be tried again"),  # noqa: E501  # a table
    ],
)  # fmt: skip
def test_a_key_is_shown_by_whoever_has_the_strongest_say(key: Key, word: str, note: str) -> None:
    look, said = looks.look(key, NOW)
    assert (look.word, said) == (word, note)


def test_what_the_trail_holds_is_said_in_the_same_words() -> None:
    said = [looks.status_word(status.value) for status in KeyStatus]
    assert said == ["Ready", "Out", "Invalid", "Plan limit"]
    assert not any("_" in looks.reason_word(reason.value) for reason in Reason)
    assert (looks.status_word(""), looks.reason_word("of_a_newer_version")) == ("", "of a newer version")


def test_every_state_has_its_own_word_and_the_eight_main_ones_their_own_shape() -> None:
    assert len({look.word for look in looks.LOOKS}) == len(looks.LOOKS)
    main = [look.shape for look in looks.LOOKS if look.shape is not looks.Shape.DOTS]
    assert len(set(main)) == len(main) == 8


def test_only_what_waits_for_the_person_is_solid() -> None:
    assert {look.word for look in looks.LOOKS if look.yours} == {"Invalid", "Plan limit", "Missing"}


@pytest.mark.parametrize(("text", "ground", "least"), tokens.PAIRS)
def test_every_pair_of_colours_can_be_read_in_both_themes(text: str, ground: str, least: float) -> None:
    for colours in (tokens.LIGHT, tokens.DARK):
        assert tokens.contrast(colours[text], colours[ground]) >= least


@pytest.mark.parametrize("sight", tokens.SIGHT)
def test_chart_colours_differ_for_every_kind_of_sight(sight: str) -> None:
    for colours in (tokens.LIGHT, tokens.DARK):
        assert min(tokens.apart(colours[a], colours[b], sight) for a, b in combinations(tokens.CHART, 2)) >= 25


def test_keys_stand_under_their_account_in_the_order_they_are_tried() -> None:
    other = replace(ACCOUNT, id="a2", label="Sales UK")
    lines = [KeyLine(KEY), KeyLine(replace(KEY, id="k2", account_id="a2")), KeyLine(replace(KEY, id="k3"))]
    rows = arrange(lines, [ACCOUNT, other], View(), NOW)
    assert [row.id for row in rows] == ["account:a1", "k1", "k3", "account:a2", "k2"]
    assert [row.number for row in rows if row.line] == [1, 3, 2]
    folded = arrange(lines, [ACCOUNT, other], View().fold("a1"), NOW)
    assert [row.id for row in folded] == ["account:a1", "account:a2", "k2"]


def test_filters_look_at_label_tail_account_state_and_kind() -> None:
    lines = [KeyLine(KEY), KeyLine(replace(KEY, id="k2", label="Talent", last4="0bc0", status=KeyStatus.INVALID))]
    lines.append(KeyLine(replace(KEY, id="k3", category=Category.EMAIL_ONLY)))

    def ids(**view: object) -> list[str]:
        return [row.id for row in arrange(lines, [ACCOUNT], View(grouped=False, **view), NOW)]

    assert ids(search="0bc0") == ["k2"]
    assert ids(search="sales de") == ["k1", "k2", "k3"]
    assert ids(states=YOURS) == ["k2"]
    assert ids(category=Category.EMAIL_ONLY) == ["k3"]
    assert ids(sort=0, descending=True) == ["k2", "k1", "k3"]


@pytest.mark.parametrize("column", range(7))
def test_every_column_sorts(column: int) -> None:
    lines = [KeyLine(KEY, week=(0,) * 6 + (3,)), KeyLine(used_up(id="k2", label="Zoe", last_used_at=NOW), found=1)]
    rows = arrange(lines, [ACCOUNT], View(grouped=False, sort=column), NOW)
    back = arrange(lines, [ACCOUNT], View(grouped=False, sort=column, descending=True), NOW)
    assert {row.id for row in rows} == {row.id for row in back} == {"k1", "k2"}


def test_all_out_says_the_sentence_its_users_know() -> None:
    state = Snapshot((KeyLine(used_up()), KeyLine(used_up(id="k2")), KeyLine(replace(KEY, id="k3", paused=True))), (ACCOUNT,))
    first = alerts(state, NOW)[0]
    assert first.title == "All 2 Phone Keys are exhausted. Please add more API keys."
    assert "nothing is lost" in first.text
    assert "1 more is paused or waiting for you." in first.text
    assert first.add


def test_the_last_ready_key_a_missing_one_and_a_low_account_are_told() -> None:
    low = replace(ACCOUNT, left=32.0)
    state = Snapshot((KeyLine(KEY), KeyLine(replace(KEY, id="k2", secret=SecretState.MISSING))), (low,))
    assert [alert.id for alert in alerts(state, NOW)] == ["one-phones", "missing", "low-a1"]
    empty = alerts(Snapshot((), (replace(ACCOUNT, left=0.0),)), NOW)
    assert empty[0].title == "Account “Sales DE” has no credits left"


def test_only_four_things_are_worth_a_notification() -> None:
    run = RunLine("j1", frozenset({Kind.PHONES}), "a.xlsx", "", "RUNNING", "", NOW, None, {Group.FOUND: 8}, 40.0, 1, ())
    before = Snapshot((KeyLine(KEY), KeyLine(replace(KEY, id="k2"))), (ACCOUNT,), (), (run,))
    after = Snapshot(
        (KeyLine(used_up()), KeyLine(replace(KEY, id="k2", status=KeyStatus.INVALID))),
        (replace(ACCOUNT, left=20.0),),
        (),
        (replace(run, state="DONE"),),
    )
    titles = [one.title for one in news(before, after, NOW)]
    assert titles[0].startswith("All 1 Phone Keys are exhausted")
    assert titles[1:] == [
        "Account “Sales DE” has 10% of its credits left",
        "Backup (ends in 4400) is invalid",
        "The run is finished",
    ]
    assert news(after, after, NOW) == []


def test_rows_without_an_answer_are_not_looked_up_and_in_no_rate() -> None:
    counts = {Group.FOUND: 24, Group.STORED: 2, Group.NOT_FOUND: 5, Group.FAILED: 3, Group.LEFT: 4}
    assert totals((DayLine(NOW.date(), counts, 40.0), DayLine(NOW.date(), {}, 2.0))) == (24, 29, 42.0)


@pytest.mark.parametrize(
    ("left", "spent", "said"),
    [
        (None, 0.0, "nothing used in 7 days"),
        (None, 12.0, "12 used in 7 days"),
        (0.0, 5.0, "none left"),
        (70.0, 0.0, "nothing used in 7 days"),
        (70.0, 70.0, "lasts until about 1 Dec at this pace"),
        (90_000.0, 1.0, "lasts more than a year at this pace"),
    ],
)
def test_the_forecast_goes_by_the_pace_of_seven_days(left: float | None, spent: float, said: str) -> None:
    assert forecast(replace(ACCOUNT, left=left, spent=spent), NOW) == said


@pytest.mark.parametrize(
    ("peak", "wanted"), [(0, (1, 1)), (3, (1, 3)), (57, (20, 60)), (92, (25, 100)), (400_000, (100_000, 400_000))]
)
def test_an_axis_has_at_most_five_lines(peak: int, wanted: tuple[int, int]) -> None:
    assert scale(peak) == wanted


def test_times_are_said_as_people_do() -> None:
    assert looks.ago(None, NOW) == "Never"
    assert [looks.ago(NOW - timedelta(seconds=s), NOW) for s in (3, 130, 7300, 200_000)] == [
        "Just now",
        "2 min ago",
        "2 h ago",
        "2 d ago",
    ]
    assert looks.when(NOW - timedelta(days=1), NOW).startswith("Yesterday")
    assert looks.when(NOW - timedelta(days=400), NOW).startswith("20 Oct 2025")
    assert looks.back(NOW + timedelta(days=3), NOW) == "back 27 Nov"
    assert in_words({}) == "nothing yet"
