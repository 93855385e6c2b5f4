"""The end of a soak: who does not end is a finding, and nobody is waited for without a limit."""

from __future__ import annotations

import threading

from soak.__main__ import unended


def test_who_does_not_end_is_named_and_who_does_is_not() -> None:
    free = threading.Event()
    stuck = threading.Thread(target=free.wait, name="cli-1", daemon=True)
    quick = threading.Thread(target=lambda: None, name="cli-2", daemon=True)
    for thread in (stuck, quick):
        thread.start()
    quick.join(60)
    assert unended([stuck, quick], 0.05) == ["cli-1 did not end within 0 s"]
    free.set()
    assert unended([stuck, quick], 60) == []
