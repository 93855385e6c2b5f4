"""Nothing is done twice on the screen's thread, and nobody is interrupted for little."""

from __future__ import annotations

import gc
import sys
from dataclasses import replace
from datetime import timedelta

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.app import open_app
from core.board import Group, KeyLine, RunLine, Snapshot
from core.keys.vault import MemoryVault
from core.model import KeyStatus, Kind, Reason
from gui.__main__ import SWITCH_S, make
from gui.key_model import KeysModel
from gui.key_rows import View, arrange
from gui.notices import in_one, news
from gui.toast import Toast
from gui.window import ACTIVITY, DASHBOARD, KEYS
from tests.gui.conftest import Home
from tests.gui.test_looks import ACCOUNT, KEY, NOW, used_up

WAIT = 20_000
RUN = RunLine("j1", frozenset({Kind.PHONES}), "a.xlsx", "", "RUNNING", "", NOW, None, {Group.FOUND: 8}, 40.0, 1, ())


def by_id(rows: list) -> dict:
    return {row.id: row for row in rows}


def test_lines_that_say_the_same_are_the_same_objects() -> None:
    lines = [KeyLine(KEY), KeyLine(replace(KEY, id="k2"))]
    first = arrange(lines, [ACCOUNT], View(), NOW)
    again = arrange(lines, [ACCOUNT], View(), NOW + timedelta(hours=1), by_id(first))
    assert all(old is new for old, new in zip(first, again, strict=True))
    lines[1] = KeyLine(replace(KEY, id="k2", paused=True))
    third = arrange(lines, [ACCOUNT], View(), NOW, by_id(first))
    assert [old is new for old, new in zip(first, third, strict=True)] == [True, True, False]


def test_a_key_that_waits_for_the_clock_is_looked_at_again() -> None:
    lines = [KeyLine(replace(KEY, status=KeyStatus.EXHAUSTED, reason=Reason.MINUTE, retry_at=NOW + timedelta(seconds=40)))]
    first = arrange(lines, [ACCOUNT], View(grouped=False), NOW)
    later = arrange(lines, [ACCOUNT], View(grouped=False), NOW + timedelta(seconds=41), by_id(first))
    assert (first[0].look.word, later[0].look.word) == ("Resting", "Ready")


def test_the_model_tells_the_view_of_changed_lines_only(qapp: QApplication) -> None:
    lines = [KeyLine(replace(KEY, id=f"k{n}")) for n in range(50)]
    model, told = KeysModel(), []
    model.load(arrange(lines, [ACCOUNT], View(), NOW), NOW)
    model.dataChanged.connect(lambda top, bottom, *_: told.append((top.row(), bottom.row())))
    lines[7] = KeyLine(replace(KEY, id="k7", paused=True))
    model.load(arrange(lines, [ACCOUNT], View(), NOW, model.by_id), NOW)
    assert told == [(8, 8)]
    assert list(model.flash) == ["k7"]


def test_banners_and_balances_stay_when_nothing_has_changed(full: Home, qtbot: QtBot) -> None:
    with open_app(full.settings, vault=full.vault) as app, app.db.write() as con:
        con.execute("UPDATE keys SET status='EXHAUSTED', reason='credits'")
    window = full.window()
    for name, attribute in ((KEYS, "banners"), (DASHBOARD, "banners"), (DASHBOARD, "_accounts")):
        window.go(name)
        box = getattr(window.page(name), attribute)
        before = [box.itemAt(n).widget() for n in range(box.count())]
        assert before
        window.go(ACTIVITY)
        window.go(name)
        assert [box.itemAt(n).widget() for n in range(box.count())] == before


def test_the_screens_thread_gets_its_turn_from_threads_that_compute(full: Home, qapp: QApplication) -> None:
    before = sys.getswitchinterval()
    try:
        make(qapp, full.settings, MemoryVault()).close()
        assert sys.getswitchinterval() == SWITCH_S
    finally:
        sys.setswitchinterval(before)


def test_a_page_switch_writes_no_file(full: Home, qtbot: QtBot) -> None:
    window = full.window()
    kept = window._state.value("page")
    window.go(ACTIVITY)
    assert window._state.value("page") == kept
    window.close()
    assert window._state.value("page") == ACTIVITY


# -- interruptions -----------------------------------------------------------------------------------------------------
def told(before: Snapshot, after: Snapshot) -> list[str]:
    return [one.title for one in news(before, after, NOW)]


def test_one_key_of_two_that_is_used_up_or_paused_interrupts_nobody() -> None:
    before = Snapshot((KeyLine(KEY), KeyLine(replace(KEY, id="k2"))), (ACCOUNT,))
    assert told(before, replace(before, keys=(KeyLine(used_up()), before.keys[1]))) == []
    assert told(before, replace(before, keys=(KeyLine(replace(KEY, paused=True)), before.keys[1]))) == []


def test_only_the_first_account_that_is_low_is_told() -> None:
    other = replace(ACCOUNT, id="a2", label="Talent")
    fine, low, both = (
        (ACCOUNT, other),
        (ACCOUNT, replace(other, left=20.0)),
        (replace(ACCOUNT, left=20.0), replace(other, left=20.0)),
    )
    assert told(Snapshot((), fine), Snapshot((), low)) == ["Account “Talent” has 10% of its credits left"]
    assert told(Snapshot((), low), Snapshot((), both)) == []
    assert len(told(Snapshot((), fine), Snapshot((), both))) == 1


def test_a_run_that_ends_a_refused_key_and_an_empty_list_are_told_in_one_word() -> None:
    before = Snapshot((KeyLine(KEY),), (ACCOUNT,), (), (RUN,))
    after = Snapshot((KeyLine(replace(KEY, status=KeyStatus.INVALID)),), (ACCOUNT,), (), (replace(RUN, state="DONE"),))
    found = news(before, after, NOW)
    assert in_one(found) == f"{KEY.label} (ends in {KEY.last4}) is invalid · The run is finished"
    assert in_one(found[1:]).startswith("The run is finished. ")
    assert told(replace(before, runs=()), Snapshot((KeyLine(used_up()),), (ACCOUNT,))) == [
        "All 1 Phone Keys are exhausted. Please add more API keys."
    ]


def test_the_window_says_it_while_it_is_looked_at(full: Home, qtbot: QtBot) -> None:
    window = full.window()
    window.go(ACTIVITY)
    with open_app(full.settings, vault=full.vault) as app, app.db.write() as con:
        con.execute("UPDATE keys SET status='INVALID', reason='refused' WHERE label='Key 3'")
    qtbot.waitUntil(lambda: "Key 3" in window.toast.text.text() and "is invalid" in window.toast.text.text(), timeout=WAIT)


def test_an_undo_on_offer_is_not_taken_away_by_a_word_nobody_asked_for(full: Home, qtbot: QtBot) -> None:
    window, undone = full.window(), []
    toast: Toast = window.toast
    toast.say("Key paused", True, lambda: undone.append(True))
    toast.tell("The run is finished", True)
    assert toast.text.text() == "Key paused"
    toast.take_back()
    assert undone == [True]
    toast._timer.timeout.emit()
    assert toast.text.text() == "The run is finished"
    assert not toast.undo.isVisible()
    assert toast._mark.name == "circle-check"


def test_only_a_run_that_stopped_or_left_somebody_unanswered_carries_a_warning() -> None:
    def good(run: RunLine) -> list[bool]:
        return [one.good for one in news(Snapshot((), (), (), (RUN,)), Snapshot((), (), (), (run,)), NOW)]

    assert good(replace(RUN, state="DONE")) == [True]
    assert good(replace(RUN, state="DONE", counts={Group.FOUND: 8, Group.FAILED: 1})) == [False]
    assert good(replace(RUN, state="PAUSED")) == [False]


def test_the_word_about_a_run_that_went_well_carries_no_warning_sign(full: Home, qtbot: QtBot) -> None:
    window = full.window()
    line = replace(RUN, state="DONE")
    window._notices.look(Snapshot((), (), (), (RUN,)), Snapshot((), (), (), (line,)))
    assert (window.toast.text.text(), window.toast._mark.name) == ("The run is finished. 8 found", "circle-check")


def test_what_stays_is_not_looked_through_for_garbage_again(full: Home, qtbot: QtBot) -> None:
    window = full.window()
    first = gc.get_freeze_count()
    assert first > 50_000
    window.go(KEYS)
    assert gc.get_freeze_count() > first
