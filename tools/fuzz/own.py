"""What a person types, and small files of our own that somebody may have edited: a sentence, or a value that holds."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import strategies as st

from core import private
from core.errors import EnrichError, FileTrouble, UsageError
from core.keys import bundle, schedule
from core.keys.lines import read_lines
from core.runs import Runs
from core.settings import HOME_VARIABLE, Settings, load, save
from tools.fuzz.target import Target

_toml = st.one_of(
    st.binary(max_size=40),
    st.lists(
        st.sampled_from(["found_days", "policy", "strict_seed", "cap_run", "home", "api_url", "x", "[a]"]).flatmap(
            lambda name: st.sampled_from(["1", "-1", "1e9", '"lru"', "true", "[1]", "9" * 40, "'''", "nan", "2026-01-01"]).map(
                lambda value: f"{name} = {value}\n"
            )
        ),
        max_size=4,
    ).map(lambda lines: "".join(lines).encode()),
)


def settings_file(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        private.write(Path(folder) / "settings.toml", data)
        try:
            found = load({HOME_VARIABLE: folder})
        except UsageError as error:
            assert error.title
            return
        assert isinstance(found, Settings)
        assert found.api_url == "https://api.lusha.com"
        save(found)
        assert load({HOME_VARIABLE: folder}) == found


def run_files(data: bytes) -> None:
    """A damaged file of a run is said or passed over, and never keeps the next run from starting."""
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(Path(folder))
        for what in ("request", "state", "answer", "rows"):
            private.write(runs.folder / f"abc.{what}.json", data)
        reads: tuple[Callable[[str], object], ...] = (runs.request, runs.state, runs.answered, runs.rows)
        for read in reads:
            try:
                read("abc")
            except EnrichError as trouble:
                assert trouble.title
        assert isinstance(runs.of_book("b"), list)


def key_file(data: bytes) -> None:
    try:
        bundle.check(data)
    except FileTrouble as trouble:
        assert trouble.title


def typed(text: str) -> None:
    """What a person types or pastes: schedules and lines of keys."""
    try:
        made = schedule.parse(text)
        assert made is None or schedule.parse(str(made)) == made
    except UsageError as error:
        assert error.title
    for origin in ("lusha", "practice"):
        list(read_lines(text.splitlines(), origin=origin))


_SCHEDULES = "mon tue fri sun - , 09:00 9 25:61 18:00 24:00 from until 2026-11-25 2026-02-30 Europe/Berlin x/y always".split()
_typed = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(_SCHEDULES), max_size=6).map(" ".join))
_key_files = st.one_of(
    st.binary(max_size=120), st.binary(max_size=120).map(lambda rest: bundle.MAGIC + bytes([bundle.VERSION]) + rest)
)
_json_bytes = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"{}", b"null", b'{"id":"abc"}', b'{"id":1}', b'{"1":"a"}', b"[" * 100_000, b'{"phase":"x","id":"abc"}']),
)
TARGETS = (
    Target("settings file", _toml, settings_file, 60),
    Target("run files", _json_bytes, run_files, 50),
    Target("key file", _key_files, key_file, 60),
    Target("typed", _typed, typed, 120),
)
