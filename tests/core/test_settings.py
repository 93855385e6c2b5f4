"""Settings from the environment and the file; what is wrong is said with its line."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import UsageError
from core.settings import Settings, is_loopback, load, save


def env(home: Path, url: str = "") -> dict[str, str]:
    return {"LUSHA_ENRICH_HOME": str(home), "LUSHA_ENRICH_API_URL": url}


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    got = load(env(tmp_path))
    assert got == Settings(tmp_path)
    assert (got.found_days, got.not_found_days, got.strict_seed, got.policy) == (90, 30, False, "priority")
    assert (got.backups_kept, got.phone_form, got.cap_run, got.cap_day) == (5, "as_received", None, None)
    assert got.api_url == "https://api.lusha.com"


def test_all_data_lies_below_the_home(tmp_path: Path) -> None:
    got = load(env(tmp_path))
    assert {got.file.parent, got.database.parent, got.log.parent, got.backups.parent} == {tmp_path}


def test_practice_and_real_data_have_databases_of_their_own(tmp_path: Path) -> None:
    real, practice = load(env(tmp_path)), load(env(tmp_path, "http://127.0.0.1:8123"))
    assert (real.origin, real.database.name) == ("lusha", "lusha.sqlite3")
    assert (practice.origin, practice.database.name) == ("practice", "practice.sqlite3")


def test_the_home_is_made_and_is_private(tmp_path: Path) -> None:
    home = load(env(tmp_path / "new" / "home")).home
    assert home.is_dir()
    if os.name == "posix":
        assert home.stat().st_mode & 0o777 == 0o700


def test_without_a_home_variable_the_system_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "LOCALAPPDATA", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    assert "LushaEnrich" in load({}).home.parts


def test_a_home_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="cannot be made"):
        load(env(tmp_path / "file" / "home"))


def test_the_file_changes_the_settings(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(
        'found_days = 10\nstrict_seed = true\npolicy = "lru"\ncap_run = 500\nphone_form = "e164"\n', encoding="utf-8"
    )
    got = load(env(tmp_path))
    assert got == Settings(tmp_path, found_days=10, strict_seed=True, policy="lru", cap_run=500, phone_form="e164")


def test_what_is_saved_is_loaded_again(tmp_path: Path) -> None:
    chosen = replace(load(env(tmp_path)), found_days=7, strict_seed=True, policy="expiry", cap_day=100)
    save(chosen)
    assert load(env(tmp_path)) == chosen
    save(replace(chosen, cap_day=None))
    assert load(env(tmp_path)).cap_day is None
    assert [file.name for file in tmp_path.iterdir()] == ["settings.toml"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n# a remark\nfound_day = 3\n", "line 3: found_day is not a setting"),
        ("found_days = -1\n", "line 1: found_days must be a whole number from 0"),
        ("cap_run = 0\n", "line 1: cap_run must be a whole number from 1"),
        ("found_days = true\n", "line 1: found_days must be a whole number"),
        ("found_days = 1.5\n", "line 1: found_days must be a whole number"),
        ('strict_seed = "yes"\n', "line 1: strict_seed must be true or false"),
        ("strict_seed = 1\n", "line 1: strict_seed must be true or false"),
        ('policy = "best"\n', "line 1: policy must be one of priority, lru, expiry"),
        ("policy = []\n", "line 1: policy must be one of"),
        ("backups_kept = 3\n[colours]\nred = 1\n", "line 2: colours is not a setting"),
        ('api_url = "https://api.lusha.com"\n', "line 1: api_url is not a setting"),
        ("found_days = \n", "line 1"),
        ("found_days = 1\nfound_days = 2\n", "line 2"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "settings.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        load(env(tmp_path))
    assert said in caught.value.message
    assert "settings.toml" in caught.value.message


@pytest.mark.parametrize("price", ["", "0.12 EUR", "3 USD"])
def test_what_a_credit_costs_is_kept(tmp_path: Path, price: str) -> None:
    save(replace(Settings(tmp_path), credit_price=price))
    assert load(env(tmp_path)).credit_price == price


@pytest.mark.parametrize("price", ['"0,12 EUR"', '"EUR 1"', '"1 euro"', '"1 EUR\\u0022"', "0.12"])
def test_a_price_that_is_none_is_refused(tmp_path: Path, price: str) -> None:
    (tmp_path / "settings.toml").write_text(f"credit_price = {price}\n", "utf-8")
    with pytest.raises(UsageError, match="written as"):
        load(env(tmp_path))


def test_a_file_that_is_no_text_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_bytes(b"found_days = \xff\n")
    with pytest.raises(UsageError, match="cannot be read"):
        load(env(tmp_path))


@pytest.mark.parametrize(
    ("url", "kept", "origin"),
    [
        ("", "https://api.lusha.com", "lusha"),
        ("https://api.lusha.com/", "https://api.lusha.com", "lusha"),
        ("https://API.LUSHA.COM:443", "https://api.lusha.com", "lusha"),
        ("http://127.0.0.1:8123/", "http://127.0.0.1:8123", "practice"),
        ("http://localhost:8123", "http://localhost:8123", "practice"),
        ("http://[::1]:8123", "http://[::1]:8123", "practice"),
        ("https://127.0.0.1:8123", "https://127.0.0.1:8123", "practice"),
    ],
)
def test_addresses_keys_may_go_to(tmp_path: Path, url: str, kept: str, origin: str) -> None:
    got = load(env(tmp_path, url))
    assert (got.api_url, got.origin) == (kept, origin)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.lusha.com",
        "https://api.lusha.com.example",
        "https://lusha.example",
        "https://api.lusha.com:8443",
        "https://api.lusha.com@lusha.example",
        "https://user@api.lusha.com",
        "http://127.0.0.1.example:80",
        "http://10.0.0.1",
        "http://0.0.0.0:80",
        "ftp://127.0.0.1",
        "https://api.lusha.com/v2?x=1",
        "http://127.0.0.1:99999",
        "http://[::1",
        "api.lusha.com",
    ],
)
def test_real_keys_go_to_lusha_only_and_practice_ones_stay_here(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError, match="LUSHA_ENRICH_API_URL"):
        load(env(tmp_path, url))


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("localhost.example", False),
        ("", False),
    ],
)
def test_loopback_is_this_computer_itself(host: str, *, here: bool) -> None:
    assert is_loopback(host) is here
