"""Stop and resume in the window: the same job goes on, over the file as it is then, and is undone as one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from core import words
from core.engine.batch import Limits
from core.model import Kind, Prospect, RowStatus
from core.results import listing
from core.results.journal import Options
from gui import files, practice
from gui.enrich_page import EnrichPage
from gui.window import ACTIVITY, ENRICH, KEYS, Window
from sandbox.people import CAST
from sandbox.scenarios import Scenario, plenty
from tests.gui.conftest import Home
from tests.gui.test_enrich_page import Opener
from tests.gui.test_window import WAIT, cells_of

KNOWN = next(one.slug for one in CAST if one.phones and not one.error and not one.behave and one.slug != "sb-dan-mobile")
PEOPLE = 150  # more than the 100 that one account has under way


def ended(steps: Generator[Any, None, Any]) -> Any:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


@pytest.fixture
def one_key(make_home: Callable[[Scenario], Home]) -> Home:
    scenario = plenty()
    made = make_home(Scenario(scenario.world, scenario.keys[:1]))
    made.add_all()
    return made


@pytest.fixture
def people(tmp_path: Path) -> Path:
    book = Workbook()
    book.active.append(["Name", "LinkedIn URL"])
    for number in range(PEOPLE):
        book.active.append(["Ada Sample", f"https://www.linkedin.com/in/person-{number}"])
    book.save(tmp_path / "people.xlsx")
    return tmp_path / "people.xlsx"


def opened(window: Window, path: Path, qtbot: QtBot) -> EnrichPage:
    window.open_file(str(path))
    page = window.page(ENRICH)
    qtbot.waitUntil(lambda: page.stack.currentIndex() == 1 and page.check.start.isEnabled(), timeout=WAIT)
    page.check.first.setChecked(False)
    return page


def stopped(home: Home, window: Window, path: Path, qtbot: QtBot) -> EnrichPage:
    """A run that was stopped while requests were under way: their answers came after the stop."""
    page, world = opened(window, path, qtbot), home.server.world
    world.gate.clear()
    page.check.start.click()
    qtbot.waitUntil(lambda: world.held == 4, timeout=WAIT)
    page.running.stop.click()
    assert page.running.stop.text().strip() == "Stopping…"
    world.gate.set()
    qtbot.waitUntil(lambda: not page.running.going, timeout=WAIT)
    return page


def test_a_stopped_run_goes_on_as_the_same_job_and_is_undone_as_one(one_key: Home, people: Path, qtbot: QtBot) -> None:
    window, before = one_key.window(), cells_of(people)
    page = stopped(one_key, window, people, qtbot)
    assert page._outcome.left == PEOPLE - 100
    first, job = page._outcome.result, page._outcome.result.job
    assert page.running.next is page.running.resume
    page.running.resume.click()
    qtbot.waitUntil(lambda: page._outcome.left == 0 and not page.running.going, timeout=WAIT)
    whole = page._outcome.result
    assert whole.job == job
    qtbot.waitUntil(lambda: [run.state for run in window._snapshot.runs] == ["DONE"], timeout=WAIT)
    assert len(whole.answers) == PEOPLE
    assert whole.count(RowStatus.ALREADY_FILLED) == 0
    assert whole.credits == one_key.server.world.charged() > first.credits
    assert one_key.server.world.paid_twice() == []
    found = sum(bool({"Found", "Check match"} & set(row)) for row in cells_of(people))
    assert whole.message.startswith(f"Phone Enrichment Complete: {found} found")
    page.running.undo.click()
    qtbot.waitUntil(lambda: "undone" in page.running.hint.text(), timeout=WAIT)
    assert cells_of(people) == before


def test_a_second_part_that_could_not_be_written_does_not_stand_in_the_way_of_undo(
    one_key: Home, people: Path, qtbot: QtBot
) -> None:
    window, before = one_key.window(), cells_of(people)
    page, world = stopped(one_key, window, people, qtbot), one_key.server.world
    lock = people.with_name(f"~${people.name}")
    world.gate.clear()
    page.running.resume.click()
    qtbot.waitUntil(lambda: world.held > 0, timeout=WAIT)
    lock.write_text("", "utf-8")  # opened in Excel while the run goes on
    world.gate.set()
    qtbot.waitUntil(lambda: not page.running.going, timeout=WAIT)
    assert page.running.write.isVisible()
    page.running.undo.click()
    qtbot.waitUntil(page.running.undo.isEnabled, timeout=WAIT)
    assert "undone" not in page.running.hint.text()
    assert cells_of(people) != before
    lock.unlink()
    page.running.undo.click()  # refused once, and tried again
    qtbot.waitUntil(lambda: "undone" in page.running.hint.text(), timeout=WAIT)
    assert cells_of(people) == before


def test_the_cap_of_a_job_counts_on_and_what_is_typed_stays(one_key: Home, people: Path, qtbot: QtBot) -> None:
    with one_key.app() as app:
        job = app.journal.begin(frozenset({Kind.PHONES}), [], source=str(people), sheet="Sheet", options=Options(credits=500.0))
        app.journal.finish(job, "PAUSED", "stopped")
        for key in app.keys.list():
            app.keys.pause(key.id)
    window = one_key.window()
    window.take_up(job)
    page = window.page(ENRICH)
    qtbot.waitUntil(lambda: page.stack.currentIndex() == 1 and page.check.start.isEnabled(), timeout=WAIT)
    assert page.check.cap.value() == 500
    page.check.cap.setValue(50)
    window.go(KEYS)
    with one_key.app() as app:
        for key in app.keys.list():
            app.keys.resume(key.id)
    window.go(ENRICH)
    qtbot.waitUntil(lambda: page.check.start.isEnabled() and page.check.keys.isHidden(), timeout=WAIT)
    assert (page.check.cap.value(), page._job) == (50, job)


def test_open_file_opens_the_file_that_is_shown(one_key: Home, people: Path, tmp_path: Path, qtbot: QtBot) -> None:
    window, opener, other = one_key.window(), Opener(), tmp_path / "other.csv"
    other.write_text("Name,LinkedIn URL\nAda Sample,https://www.linkedin.com/in/person-9999\n", "utf-8")
    page = opened(window, people, qtbot)
    page.check.start.click()
    qtbot.waitUntil(lambda: page._outcome is not None, timeout=WAIT)
    one_key.vault.locked.add("get")
    opened(window, other, qtbot)
    page.check.start.click()
    qtbot.waitUntil(lambda: not page.running.going and "locked" in page.running.title.text(), timeout=WAIT)
    QDesktopServices.setUrlHandler("file", opener, "open")
    page.running.open_file.click()
    QDesktopServices.unsetUrlHandler("file")
    assert opener.opened == [str(other)]


def test_what_was_edited_after_the_stop_counts_when_it_goes_on(one_key: Home, people: Path, qtbot: QtBot) -> None:
    from openpyxl import load_workbook

    window = one_key.window()
    page = stopped(one_key, window, people, qtbot)
    book = load_workbook(people)
    book.active.delete_rows(PEOPLE - 9, 11)  # the last people were not asked for, and are not wanted any more
    book.save(people)
    page.running.resume.click()
    qtbot.waitUntil(lambda: not page.running.going and page._outcome.left == 0, timeout=WAIT)
    assert len(page._outcome.result.answers) == PEOPLE - 11
    assert len(cells_of(people)) == PEOPLE - 11 + 1


def test_a_job_of_the_window_remembers_its_columns_for_whoever_goes_on(one_key: Home, people: Path, qtbot: QtBot) -> None:
    from core.sheets.synonyms import Field

    window = one_key.window()
    page = opened(window, people, qtbot)
    combo = page.check.fields[Field.FULL_NAME]
    combo.setCurrentIndex(0)
    combo.activated.emit(0)
    qtbot.waitUntil(lambda: page._prepared.wish.picked == {Field.FULL_NAME: 0}, timeout=WAIT)
    assert Field.FULL_NAME not in page._prepared.opened.mapping.columns
    assert combo.currentText() == "Not in this file"
    page.check.start.click()
    qtbot.waitUntil(lambda: page._outcome is not None and not page.running.going, timeout=WAIT)
    with one_key.app() as app:
        job = app.journal.job(page._outcome.result.job)
    assert json.loads(job.options.more["map"]) == ["name=-"]


def test_at_the_cap_resume_waits_for_a_higher_one(one_key: Home, people: Path, qtbot: QtBot) -> None:
    window = one_key.window()
    page = opened(window, people, qtbot)
    page.check.cap.setValue(300)
    page.check.start.click()
    qtbot.waitUntil(lambda: page._outcome is not None and not page.running.going, timeout=WAIT)
    assert page._outcome.result.credits <= 300
    assert page.running.cap.isVisible()
    assert not page.running.resume.isEnabled()
    assert page.running.next is page.running.cap
    page.running.cap.setValue(5000)
    page.running.resume.click()
    qtbot.waitUntil(lambda: page._outcome.left == 0 and not page.running.going, timeout=WAIT)
    assert not page.running.cap.isVisible()


def test_a_run_that_could_not_go_on_is_found_again_without_its_number(one_key: Home, people: Path, qtbot: QtBot) -> None:
    one_key.vault.locked.add("get")
    window = one_key.window()
    page = opened(window, people, qtbot)
    page.check.start.click()
    qtbot.waitUntil(lambda: not page.running.going, timeout=WAIT)
    assert "locked" in page.running.title.text()
    one_key.vault.locked.clear()
    page.running.resume.click()
    qtbot.waitUntil(lambda: page._outcome is not None and not page.running.going, timeout=WAIT)
    assert page._outcome.left == 0
    with one_key.app() as app:
        assert len(app.journal.jobs()) == 1


def test_columns_without_anybody_in_them_cannot_be_started(one_key: Home, people: Path, qtbot: QtBot) -> None:
    from core.sheets.synonyms import Field

    window = one_key.window()
    page = opened(window, people, qtbot)
    combo = page.check.fields[Field.LINKEDIN]
    combo.setCurrentIndex(0)
    combo.activated.emit(0)
    qtbot.waitUntil(lambda: page._trouble.count() == 1, timeout=WAIT)
    assert "says who a row is about" in page._trouble.itemAt(0).widget().said[0]
    assert not page.check.start.isEnabled()
    combo.setCurrentIndex(2)
    combo.activated.emit(2)
    qtbot.waitUntil(lambda: page._trouble.count() == 0 and page.check.start.isEnabled(), timeout=WAIT)


def test_a_file_that_cannot_be_read_leaves_the_one_before_ready(
    one_key: Home, people: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    window = one_key.window()
    page = opened(window, people, qtbot)
    wrong = tmp_path / "notes.csv"
    wrong.write_text("a\nb\n", "utf-8")
    page.open(wrong)
    qtbot.waitUntil(lambda: page._trouble.count() == 1, timeout=WAIT)
    assert page.stack.currentIndex() == 0
    copy = Path(shutil.copyfile(practice.example(), tmp_path / "prospects.xlsx"))
    page.open(copy)
    qtbot.waitUntil(lambda: page.stack.currentIndex() == 1, timeout=WAIT)
    assert page.check.file.name.text() == "prospects.xlsx"


def test_a_run_that_was_stopped_before_the_window_closed_is_taken_up_from_the_list_of_runs(
    one_key: Home, people: Path, qtbot: QtBot
) -> None:
    first = one_key.window()
    job = stopped(one_key, first, people, qtbot)._outcome.result.job
    first.close()
    window = one_key.window()
    window.go(ACTIVITY)
    runs = window.page(ACTIVITY)
    qtbot.waitUntil(lambda: bool(runs.tables["runs"].list.items), timeout=WAIT)
    assert runs.resume.isVisible()
    runs.resume.click()
    page = window.page(ENRICH)
    qtbot.waitUntil(lambda: page.stack.currentIndex() == 1 and page.check.start.isEnabled(), timeout=WAIT)
    assert window.shown == ENRICH
    page.check.first.setChecked(False)
    assert page.check.start.text().strip() == f"Look up {PEOPLE - 100} people"
    page.check.start.click()
    qtbot.waitUntil(lambda: page._outcome is not None and not page.running.going, timeout=WAIT)
    assert (page._outcome.result.job, page._outcome.left) == (job, 0)
    assert one_key.server.world.paid_twice() == []
    qtbot.waitUntil(lambda: [run.state for run in window._snapshot.runs] == ["DONE"], timeout=WAIT)


def test_a_file_with_a_stopped_run_offers_to_go_on_with_it(one_key: Home, people: Path, qtbot: QtBot) -> None:
    first = one_key.window()
    job = stopped(one_key, first, people, qtbot)._outcome.result.job
    first.close()
    window = one_key.window()
    page = opened(window, people, qtbot)
    banner = page._trouble.itemAt(0).widget()
    assert banner.said[0] == f"A run over this file stopped with {PEOPLE - 100} rows left"
    banner.findChild(QPushButton).click()
    qtbot.waitUntil(lambda: page._job == job and page.check.start.isEnabled(), timeout=WAIT)
    assert page._trouble.count() == 0
    page.check.first.setChecked(False)
    page.check.start.click()
    qtbot.waitUntil(lambda: page._outcome is not None and not page.running.going, timeout=WAIT)
    assert (page._outcome.result.job, page._outcome.left) == (job, 0)
    opened(window, people, qtbot)  # it came to its end
    assert page._trouble.count() == 0


def test_a_run_that_was_undone_is_not_offered_again(one_key: Home, people: Path, qtbot: QtBot) -> None:
    window = one_key.window()
    page = stopped(one_key, window, people, qtbot)
    page.running.undo.click()
    qtbot.waitUntil(lambda: "undone" in page.running.hint.text(), timeout=WAIT)
    assert page.running.resume.isHidden()
    opened(window, people, qtbot)
    assert page._prepared.stopped is None
    assert page._trouble.count() == 0


def test_columns_that_were_picked_are_offered_for_every_list_with_these_headings(
    one_key: Home, tmp_path: Path, qtbot: QtBot
) -> None:
    from core.sheets.synonyms import Field

    lists = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for listed in lists:
        listed.write_text("LinkedIn URL,Ours,Theirs\nhttps://www.linkedin.com/in/person-1,Acme,Sample Ltd\n", "utf-8")
    window = one_key.window()
    page = opened(window, lists[0], qtbot)
    combo = page.check.fields[Field.COMPANY]
    combo.setCurrentIndex(3)
    combo.activated.emit(3)
    qtbot.waitUntil(lambda: page._prepared.wish.picked == {Field.COMPANY: 3}, timeout=WAIT)
    page.check.start.click()
    qtbot.waitUntil(lambda: page._outcome is not None and not page.running.going, timeout=WAIT)
    page = opened(window, lists[1], qtbot)
    assert page._prepared.opened.mapping.columns[Field.COMPANY] == 3
    assert page.check.fields[Field.COMPANY].currentText() == "C · Theirs"
    page.check.fields[Field.COMPANY].setCurrentIndex(2)  # what is picked now goes before, the rest stays as it was
    page.check.fields[Field.COMPANY].activated.emit(2)
    qtbot.waitUntil(lambda: page._prepared.wish.picked.get(Field.COMPANY) == 2, timeout=WAIT)
    assert page._prepared.opened.mapping.columns[Field.LINKEDIN] == 1


def test_a_run_with_rules_of_the_command_line_is_sent_there(one_key: Home, people: Path, qtbot: QtBot) -> None:
    with one_key.app() as app:
        options = Options(more={"map": "[]", "replace": '["all"]', "include_hidden": "false"})
        ruled = app.journal.begin(frozenset({Kind.PHONES}), [], source=str(people), options=options)
        gone = app.journal.begin(frozenset({Kind.PHONES}), [], source=str(people.with_name("gone.xlsx")))
    window = one_key.window()
    window.take_up(ruled)
    qtbot.waitUntil(lambda: f"lusha-enrich jobs resume {ruled}" in window.toast.text.text(), timeout=WAIT)
    window.take_up(gone)
    qtbot.waitUntil(lambda: "is not there any more" in window.toast.text.text(), timeout=WAIT)
    assert window.page(ENRICH).stack.currentIndex() == 0


def test_rows_an_earlier_part_filled_without_asking_stay_duplicates_and_known_ones(one_key: Home, tmp_path: Path) -> None:
    slugs = ("sb-eve-both", "sb-dan-mobile", "sb-dan-mobile", KNOWN, "person-1", "person-2")
    book, path = Workbook(), tmp_path / "parts.xlsx"
    book.active.append(["LinkedIn URL", "Phone"])
    for slug in slugs:
        book.active.append([f"https://www.linkedin.com/in/{slug}", None])
    book.active["B2"] = "+44 20 7946 0000"
    book.save(path)
    wish = files.Wish(path, frozenset({Kind.PHONES}))
    with one_key.app() as app:
        ended(app.lookup(Prospect(linkedin=f"https://www.linkedin.com/in/{KNOWN}"), wish.kinds))
        first = ended(files.carry_out(files.prepare(wish)(app), Limits(rows=1))(app))
        whole = ended(files.go_on(files.prepare(wish)(app), first.result.job, Limits())(app)).result.answers
    for answers in (first.result.answers, whole):
        assert [answers[row].status for row in (2, 3, 4, 5)] == [
            RowStatus.ALREADY_FILLED,
            RowStatus.FOUND,
            RowStatus.DUPLICATE,
            RowStatus.FROM_STORE,
        ]
    assert whole[4].reason == first.result.answers[4].reason == words.duplicate_of(3)


def test_writing_again_leaves_out_whoever_got_onto_the_list_meanwhile(one_key: Home, people: Path) -> None:
    with one_key.app() as app:
        prepared = files.prepare(files.Wish(people, frozenset({Kind.PHONES})))(app)
        result = ended(app.run(prepared.plan, source=str(people), sheet=prepared.opened.grid.name))
        row = next(number for number, answer in result.answers.items() if answer.person and answer.person.phones)
        entry = listing.of_text(str(prepared.opened.grid.rows[row - 1][1]))
        assert entry
        app.suppress([entry])
        outcome = files.write(prepared, result)(app)
        assert (outcome.result.answers[row].status, outcome.result.answers[row].person) == (RowStatus.DO_NOT_CONTACT, None)
        assert result.answers[row].person
        written = [str(cell.value) for cell in load_workbook(people).active[row]]
        assert "Do not contact" in written
        assert not [text for text in written if text.startswith("+")]
        again = files.prepare(files.Wish(people, frozenset({Kind.PHONES})))(app)
        told = ended(files.go_on(again, result.job, Limits())(app)).result.answers
        assert (told[row].status, told[row].person) == (RowStatus.DO_NOT_CONTACT, None)
