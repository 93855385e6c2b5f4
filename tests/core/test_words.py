"""Sentences with odd values: none, one, many, long names, times near and far."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core import words
from core.model import Category, Kind, Reason, RowStatus

PHONES, EMAILS = frozenset({Kind.PHONES}), frozenset({Kind.EMAILS})
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_the_sentences_everybody_knows_are_word_for_word() -> None:
    assert words.complete(PHONES, 8, 2) == "Phone Enrichment Complete: 8 found, 2 failed"
    assert words.complete(PHONES | EMAILS, 0, 1) == "Phone and Email Enrichment Complete: 0 found, 1 failed"
    assert words.all_exhausted(3, PHONES) == "All 3 Phone Keys are exhausted. Please add more API keys."
    assert words.all_exhausted(3, EMAILS) == "All 3 Email Keys are exhausted. Please add more API keys."
    assert words.starting(5, PHONES) == "Starting enrichment with 5 available PHONE_ONLY keys"
    assert words.enriching(5, 10) == "Enriching 5/10 rows..."
    assert words.switching("ABCD", 429, "EXHAUSTED") == (
        "Key (...ABCD) is OUT OF CREDITS (429)",
        "Marked as EXHAUSTED. Switching to next key...",
    )


def test_the_second_line_tells_apart_what_the_first_counts_as_failed() -> None:
    some = {RowStatus.FAILED: 2, RowStatus.WAITING: 1, RowStatus.STOPPED: 22, RowStatus.NOT_FOUND: 3}
    assert words.rest_of_summary(some, 24) == "0 from store, 3 not found, 2 failed, 1 waiting, 22 not reached, 24 credits used."
    assert words.rest_of_summary({RowStatus.STOPPED: 4}, 0) == "0 from store, 0 not found, 4 not reached, 0 credits used."
    assert words.rest_of_summary({RowStatus.FAILED: 2, RowStatus.FROM_STORE: 1}, 1) == "1 from store, 0 not found, 1 credit used."
    known = {RowStatus.NOT_FOUND: 6, RowStatus.FROM_STORE: 1}
    assert words.rest_of_summary(known, 0, 4) == "5 from store (4 of them not found), 2 others not found, 0 credits used."


def test_the_question_says_how_many_and_for_how_much() -> None:
    assert words.question(1200, None, None) == "Look up 1,200 people?"
    assert words.question(32, 5, 40) == "Look up 5 of 32 people, for 40 credits at most?"
    assert words.question(5, 32, None) == "Look up 5 people?"
    assert words.question(1, None, None) == "Look up 1 person?"
    assert words.question(9, 1, None) == "Look up 1 of 9 people?"


def test_a_miss_that_is_known_is_one_of_its_kind_only() -> None:
    assert words.missed_earlier(Kind.PHONES, NOW).startswith("From store: no phone found at Lusha on ")


def test_the_linkedin_tip_is_for_rows_without_one() -> None:
    assert words.not_found(PHONES, known=False, linkedin=True) == "No match at Lusha. No credit used."
    assert words.not_found(PHONES, known=False, linkedin=False).endswith("Tip: add the LinkedIn URL.")
    assert words.cannot_look_up("bad") == "This row cannot be looked up: bad."


@pytest.mark.parametrize(
    ("credits", "said"),
    [
        (0, "0 credits used."),
        (1, "1 credit used."),
        (1234, "1,234 credits used."),
        (0.5, "0.50 credits used."),
        (None, "an unknown number of credits used."),
    ],
)
def test_amounts_are_said_as_people_say_them(credits: float | None, said: str) -> None:
    assert words.spent(credits) == said


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_sentence_that_names_key_or_account_and_nothing_is_left_open(reason: Reason) -> None:
    said = words.why(reason, "ABCD", 'The "Sales" & Recruiting team', NOW + timedelta(seconds=40), NOW)
    assert "ABCD" in said or "Recruiting" in said
    assert "{" not in said
    assert said.endswith(".")


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (None, "until you wake it"),
        (timedelta(seconds=40), "for 40 s"),
        (timedelta(seconds=-5), "for 1 s"),
        (timedelta(minutes=22), "for 22 min"),
    ],
)
def test_soon_is_said_in_seconds_and_minutes(after: timedelta | None, said: str) -> None:
    assert words.back(None if after is None else NOW + after, NOW) == said


def test_later_is_said_with_the_day() -> None:
    noon = datetime.now().astimezone().replace(hour=12, minute=0, second=0, microsecond=0)
    assert words.back(noon + timedelta(hours=2), noon) == "until 14:00"
    assert words.back(noon + timedelta(hours=24), noon) == "until tomorrow 12:00"
    assert words.back(noon + timedelta(days=9), noon).startswith(f"until {(noon + timedelta(days=9)).day} ")


def test_one_row_waits_and_many_rows_wait() -> None:
    assert words.first_back(None, 1) == "1 row waits; nothing is lost."
    assert words.first_back(NOW, 188).endswith("188 rows wait; nothing is lost.")
    assert words.first_back(None, 0) == "Nothing is lost."


def test_rows_are_counted_in_words_of_a_sentence() -> None:
    assert words.counted(1200, RowStatus.PARTLY_FOUND) == "1,200 partly found"
    assert words.counted(2, RowStatus.CANNOT_LOOK_UP) == "2 cannot be looked up"


def test_one_cell_was_and_many_cells_were_left_alone() -> None:
    assert words.left_alone(1).startswith("1 cell was left alone because it holds ")
    assert words.left_alone(1200).startswith("1,200 cells were left alone because they hold ")


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (None, "Off hours, its time is over"),
        (timedelta(hours=2), "Off hours, from 14:00"),
        (timedelta(days=2), "Off hours, from Thu 12:00"),
        (timedelta(days=30), "Off hours, from 24 Dec 2026 12:00"),
    ],
)
def test_off_hours_say_when_they_end(after: timedelta | None, said: str) -> None:
    noon = datetime(2026, 11, 24, 12).astimezone()
    assert words.off_hours(after and noon + after, noon) == said


def test_a_hint_names_the_keys_and_what_to_type() -> None:
    said = words.same_account(["0001", "0002"], ["0002"], 7, None, "A & B")
    assert "...0001 and ...0002" in said
    assert "(7)" in said
    assert said.endswith('lusha-enrich keys edit 0002 --account "A & B"')


@pytest.mark.parametrize(
    ("case", "http", "said"),
    [
        ("E24", 0, "No network. The key is unchanged."),
        ("E22", 503, "Lusha has a problem right now (503). The key is unchanged."),
        ("E23", 0, "No complete answer came (cut). The key is unchanged."),
        ("E06", 402, 'Lusha said: "cut" (402). The key is unchanged.'),
    ],
)
def test_an_unclear_check_says_why_and_that_nothing_changed(case: str, http: int, said: str) -> None:
    assert words.unclear_check(case, "cut", http) == said


def test_every_status_and_category_has_a_word() -> None:
    assert set(words.STATUS) == set(RowStatus)
    assert {words.category_word(one) for one in Category} == {"Phones", "Emails", "Phones and emails"}
    assert words.moment(None) == "Never"
    assert words.check_match("", "") == "Lusha knows this contact as an unnamed person. Check it."
