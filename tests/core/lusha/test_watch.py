"""Deadlines of many exchanges on one thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from core.lusha.watch import Watch

LONG_S = 3600.0


@pytest.fixture
def watch() -> Iterator[Watch]:
    made = Watch()
    yield made
    made.rest()


def watchers() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "lusha-deadlines"}


def test_what_takes_too_long_is_ended(watch: Watch) -> None:
    ended = threading.Event()
    with watch.within(0.01, ended.set):
        assert ended.wait(60)


def test_a_nearer_deadline_is_kept_while_a_far_one_is_waited_for(watch: Watch) -> None:
    near, far = threading.Event(), threading.Event()
    with watch.within(LONG_S, far.set), watch.within(0.01, near.set):
        assert near.wait(60)
    assert not far.is_set()


def test_what_ended_in_time_is_left_alone(watch: Watch) -> None:
    early, late = threading.Event(), threading.Event()
    with watch.within(0.02, early.set):
        pass
    with watch.within(0.05, late.set):
        assert late.wait(60)  # by then the first one's time is over, too
    assert not early.is_set()


def test_an_end_that_fails_keeps_nobody_from_being_ended(watch: Watch) -> None:
    failed, done = threading.Event(), threading.Event()

    def fail() -> None:
        failed.set()
        raise ZeroDivisionError

    with watch.within(0.0, fail):
        assert failed.wait(60)
        with watch.within(0.01, done.set):
            assert done.wait(60)


def test_one_thread_watches_all_and_goes_when_it_may_rest(watch: Watch) -> None:
    before, done = watchers(), threading.Event()
    with watch.within(LONG_S, done.set), watch.within(LONG_S, done.set):
        (thread,) = watchers() - before
        watch.rest()
        assert watchers() - before == {thread}  # something is under way
    thread.join(60)
    assert not thread.is_alive()
    with watch.within(0.01, done.set):
        assert done.wait(60)  # it comes back


def test_who_goes_to_rest_while_something_is_under_way_is_there_to_end_it(watch: Watch) -> None:
    done = threading.Event()
    with watch.within(0.05, done.set):
        watch.rest()
        assert done.wait(60)
