"""Pasted and imported lines of keys."""

from __future__ import annotations

import pytest

from core.keys.lines import Line, Malformed, read_lines

PRACTICE = "00000000-0000-4000-8000-1234567890ab"
REAL = "5f0a1c2e-90d4-4c11-9b53-77e0d1c2b3a4"


def read(text: str, origin: str = "practice", *, anyway: bool = False) -> list[Line | Malformed]:
    return list(read_lines(text.splitlines(), origin=origin, anyway=anyway))


@pytest.mark.parametrize(
    ("text", "label", "account"),
    [
        (PRACTICE, "", ""),
        (f"  {PRACTICE}  ", "", ""),
        (f"Sales,{PRACTICE}", "Sales", ""),
        (f"Sales,{PRACTICE},Team", "Sales", "Team"),
        (f"Sales, {PRACTICE} ,  Team ", "Sales", "Team"),
        (f"Sales;{PRACTICE};Team, North", "Sales", "Team, North"),
        (f"Sales\t{PRACTICE}\tTeam", "Sales", "Team"),
        (f'"Sales, DE",{PRACTICE},Team', "Sales, DE", "Team"),
        (f",{PRACTICE},", "", ""),
        (f"{PRACTICE},", "", ""),
    ],
)
def test_a_line_is_a_key_a_label_and_an_account(text: str, label: str, account: str) -> None:
    (line,) = read(text)
    assert isinstance(line, Line)
    assert (line.label, line.account, line.secret.reveal()) == (label, account, PRACTICE)


def test_lines_are_counted_with_the_blank_ones_and_a_header_is_no_key() -> None:
    got = read(f"label,key,account\n\n  \nA,{PRACTICE}\n")
    assert [one.number for one in got] == [4]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("hello", "look like"),
        (PRACTICE[:-1], "not a practice key"),
        (f"a,{PRACTICE},b,c", "three values"),
        (f"{PRACTICE},{PRACTICE}", "may not be a key"),
        (f"{PRACTICE},label", "not a practice key"),
        (REAL, "not a practice key"),
    ],
)
def test_what_cannot_be_used_is_said_without_a_character_of_it(text: str, word: str) -> None:
    (line,) = read(text) if word != "look like" else read(text, "lusha")
    assert isinstance(line, Malformed)
    assert word in line.reason
    assert not any(part in line.reason for part in (PRACTICE[-12:], REAL[-12:]))


def test_practice_keys_are_not_for_lusha_and_real_ones_not_for_practice() -> None:
    assert isinstance(read(REAL, "lusha")[0], Line)
    for anyway in (False, True):
        assert isinstance(read(PRACTICE, "lusha", anyway=anyway)[0], Malformed)
        assert isinstance(read(REAL, "practice", anyway=anyway)[0], Malformed)
        assert isinstance(read("old-style-key", "practice", anyway=anyway)[0], Malformed)


def test_a_key_of_another_shape_is_kept_only_when_wanted() -> None:
    assert isinstance(read("old-style-key", "lusha")[0], Malformed)
    assert isinstance(read("old-style-key", "lusha", anyway=True)[0], Line)
    assert isinstance(read("schlüssel", "lusha", anyway=True)[0], Malformed)


def test_a_line_does_not_show_its_key() -> None:
    assert PRACTICE not in repr(read(PRACTICE))
