"""What will happen with every row, as lines: they add up, and no row stands under another row's reason."""

from __future__ import annotations

from core.engine.preflight import Plan
from core.model import Answer, Kind, RowStatus
from gui.enrich_lines import lines_of


def refused(*reasons: str) -> Plan:
    made = Plan(frozenset({Kind.PHONES}), len(reasons), 0.0)
    for number, reason in enumerate(reasons, 2):
        made.answers[number] = Answer(RowStatus.CANNOT_LOOK_UP, reason=reason)
    return made


def test_each_reason_has_a_line_and_rows_of_its_own() -> None:
    lines = lines_of(refused("a company page", "no company", "a company page"))
    assert [(line.count, line.more, line.numbers) for line in lines] == [(2, "a company page", (2, 4)), (1, "no company", (3,))]


def test_rare_reasons_share_a_line_and_all_lines_add_up() -> None:
    lines = lines_of(refused(*"aaabbcde"))
    assert [(line.count, line.more) for line in lines] == [(3, "a"), (2, "b"), (1, "c"), (2, "for other reasons")]
    assert lines[-1].numbers == (8, 9)


def test_one_duplicate_is_not_several() -> None:
    plan = refused("a")
    plan.duplicates[9] = 2
    assert "duplicate of a row above" in [line.what for line in lines_of(plan)]
