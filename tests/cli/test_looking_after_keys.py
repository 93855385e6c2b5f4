"""Checks, caps, schedules and the key file from the command line, beside a real Secret Service."""

from __future__ import annotations

import getpass
import io
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from cli.__main__ import main
from sandbox.scenarios import PracticeKey, Scenario
from sandbox.server import PracticeServer
from sandbox.world import World

pytestmark = [
    pytest.mark.secret_service,
    pytest.mark.skipif(
        os.environ.get("LUSHAENRICH_REAL_STORE") != "1", reason="needs a real Secret Service: tests/secret_service.sh"
    ),
]
TOP = Path(__file__).resolve().parents[2]
DAN = "https://www.linkedin.com/in/sb-dan-mobile"
PASSPHRASE = "correct horse battery"  # four words are better; tests do not keep secrets


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Desk:
    """Runs commands as a person would, in a home that can be changed, and keeps everything they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch, folder: Path, world: World) -> None:
        self.capsys, self.patch, self.folder, self.world = capsys, patch, folder, world
        self.printed = ""

    def home(self, name: str) -> None:
        self.patch.setenv("LUSHA_ENRICH_HOME", str(self.folder / name))

    def __call__(self, *argv: str, typed: str = "", terminal: tuple[str, ...] | None = None) -> tuple[int, str, str]:
        """``typed`` is standard input; ``terminal`` are answers to hidden prompts instead."""
        self.patch.setattr(sys, "stdin", io.StringIO(typed) if terminal is None else Terminal())
        answers = iter(terminal or ())
        self.patch.setattr(getpass, "getpass", lambda _prompt: next(answers))
        code = main(list(argv))
        seen = self.capsys.readouterr()
        self.printed += seen.out + seen.err
        assert "Traceback" not in seen.err
        return code, seen.out, seen.err

    def json(self, *argv: str, typed: str = "") -> tuple[int, Any]:
        code, out, _ = self(*argv, "--json", typed=typed)
        return code, json.loads(out)


Start = Callable[..., Desk]


@pytest.fixture
def desk(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as stack:

        def start(*accounts: tuple[str, int], **more: object) -> Desk:
            world, keys = World(), []
            for label, count in accounts:
                mine = [f"00000000-0000-4000-8000-{secrets.token_hex(4)}{len(keys) + n:04}" for n in range(1, count + 1)]
                world.account(label, mine, **more)
                keys += [PracticeKey(f"Key {len(keys) + n}", one, label) for n, one in enumerate(mine, 1)]
            scenario = Scenario(world, tuple(keys))
            server = stack.enter_context(PracticeServer(world))
            monkeypatch.setenv("LUSHA_ENRICH_API_URL", server.url)
            made = Desk(capsys, monkeypatch, tmp_path, world)
            made.home("home")
            for one in scenario.keys:
                assert made("keys", "add", "--for", "any", typed=f"{one.label},{one.key},{one.account}\n")[0] == 0
            return made

        yield start


def test_a_check_shows_keys_accounts_and_what_lusha_said(desk: Start) -> None:
    at = desk(("Sales", 2), ("Other", 1), credits=1234.0, total=2000.0, plan="professional")
    at.world.accounts["Other"].active = False
    assert "  ?  " in at("keys", "list")[1].splitlines()[1]  # nobody has asked for a balance yet
    code, out, steps = at("keys", "check")
    assert code == 0
    assert "  1,234  " in at("keys", "list")[1].splitlines()[1]
    assert at.json("keys", "list")[1][0]["credits_left"] == 1234
    head, first, second, third = out.splitlines()
    assert head.split("  ")[0] == "Key"
    for word in ("...0001", "Sales", "professional", "1,234 / 2,000", "18,000", "Ready", "Accepted."):
        assert word in first
    assert "...0002" in second
    for word in ("...0003", "Unknown", "Invalid", 'Account "Other" is switched off at Lusha.'):
        assert word in third
    assert "Checking key 3/3 (ends in ...0003)" in steps
    code, said = at.json("keys", "check", "0001", "0001")
    (one,) = said["keys"]
    assert (code, one["outcome"], one["reused"], one["day_left"]) == (0, "fine", True, 18_000)
    assert (one["balance"]["credits_left"], one["balance"]["plan"]) == (1234, "professional")
    assert one["balance"]["prices"] == {"search": 1, "search_covers": 25, "phone": 5, "email": 1, "assumed": False}
    assert said["suggestions"] == []
    assert "s ago)" in at("keys", "check", "0001")[1]
    assert at("keys", "check", "nobody")[0] == 2
    assert at.world.posts == 0


def test_a_check_without_keys_or_without_a_network_says_so(desk: Start) -> None:
    at = desk()
    assert at("keys", "check")[:2] == (0, "No keys yet. Add one: lusha-enrich keys add --for phones\n")
    at = desk(("Sales", 2))
    at.patch.setenv("LUSHA_ENRICH_API_URL", "http://127.0.0.1:9")
    code, out, _ = at("keys", "check")
    assert (code, out.count("No network. The key is unchanged.")) == (1, 2)


def test_two_labels_of_one_account_are_suggested_and_put_together_by_hand(desk: Start) -> None:
    at = desk(("Shared", 2), credits=1234.0, total=2000.0)
    at("keys", "edit", "0002", "--account", "")
    out = at("keys", "check")[1]
    assert "Keys ...0001 and ...0002 look like one Lusha account: same balance (1,234 of 2,000) and plan." in out
    assert 'lusha-enrich keys edit 0002 --account "Shared"' in out
    assert at("keys", "edit", "0002", "--account", "Shared")[0] == 0
    assert {one["account"] for one in at.json("keys", "list")[1]} == {"Shared"}


def test_a_schedule_is_set_shown_and_taken_away(desk: Start) -> None:
    at = desk(("Sales", 1))
    assert at.json("keys", "edit", "0001", "--schedule", "from 2099-12-01")[1]["schedule"] == "from 2099-12-01"
    assert "Off hours, from 1 Dec 2099 00:00" in at("keys", "list")[1]
    assert at("keys", "edit", "0001", "--schedule", "until 2020-01-01")[0] == 0
    assert "Off hours, its time is over" in at("keys", "list")[1]
    assert at("keys", "edit", "0001", "--schedule", "mon-fry")[0] == 2
    assert at.json("keys", "edit", "0001", "--schedule", "")[1]["schedule"] == ""
    assert "Ready" in at("keys", "list")[1]
    assert "schedule: until 2020-01-01 to always" in at("audit")[1]


def test_the_day_credits_lapse_is_kept_with_the_account(desk: Start) -> None:
    at = desk(("Sales", 2))
    assert at("keys", "edit", "0001", "--renews", "2099-12-31")[0] == 0
    assert "This day is past" in at("keys", "edit", "0001", "--renews", "2020-02-29")[2]
    said = at.json("keys", "check", "0002")[1]["keys"][0]["balance"]["renews_at"]
    assert said[:10] in {"2099-12-30", "2099-12-31"}  # local midnight, told in UTC
    assert at("keys", "edit", "0001", "--renews", "none")[0] == 0
    assert at.json("keys", "check", "0002")[1]["keys"][0]["balance"]["renews_at"] is None
    assert at("keys", "edit", "0001", "--renews", "soon")[0] == 2


def test_caps_are_set_listed_and_taken_away(desk: Start) -> None:
    at = desk(("Sales", 2))
    assert at("keys", "caps")[1].startswith("No caps.")
    assert at("keys", "cap", "--all", "--per-day", "200")[0] == 0
    assert at("keys", "cap", "--account", "sales", "--per-day", "50")[0] == 0
    assert at("lookup", "--linkedin", DAN, "--phones")[0] == 0
    code, out, _ = at("keys", "cap", "0001", "--per-day", "12.5")
    assert code == 0
    assert [line.split()[-3:] for line in out.splitlines()[1:]] == [
        ["200", "6", "194"],
        ["50", "6", "44"],
        ["12.50", "6", "6.50"],
    ]
    assert at("keys", "cap", "--all", "--per-day", "none")[0] == 0
    found = at.json("keys", "caps")[1]
    assert [(one["scope"], one["name"], one["left_today"]) for one in found] == [("account", "Sales", 44), ("key", "Key 1", 6.5)]
    for argv in (["--all"], ["0001", "--all"], ["--account", "Nobody"], []):
        assert at("keys", "cap", *argv, "--per-day", "5" if argv != ["--all"] else "much")[0] == 2
    assert at("keys", "cap", "--all", "--per-day", "-1")[0] == 2


def test_keys_move_to_another_home_in_an_encrypted_file(desk: Start) -> None:
    at = desk(("Sales", 2))
    at("keys", "edit", "0001", "--schedule", "mon-fri 09:00-18:00", "--priority", "5")
    file = at.folder / "keys.bundle"
    code, out, _ = at("keys", "export", "--to", str(file), terminal=(PASSPHRASE, PASSPHRASE))
    assert (code, "2 keys written to" in out) == (0, True)
    assert at("keys", "export", "--to", str(file), typed=PASSPHRASE)[0] == 2
    assert at.json("keys", "export", "--to", str(file), "--force", typed=f"{PASSPHRASE}\r\n")[0] == 0
    at.home("laptop")
    assert at.json("keys", "list")[1] == []
    code, said = at.json("keys", "import", str(file), typed=PASSPHRASE)
    assert (code, [one["last4"] for one in said["new"]]) == (0, ["0001", "0002"])
    assert at.json("keys", "list")[1][0]["schedule"] == "mon-fri 09:00-18:00"
    code, out, _ = at("keys", "import", str(file), terminal=(PASSPHRASE,))
    assert (code, out.count("Already here")) == (0, 2)
    code, said = at.json("keys", "check")
    assert (code, [one["outcome"] for one in said["keys"]]) == (0, ["fine", "fine"])


def test_what_is_wrong_with_a_file_or_a_passphrase_is_said_and_nothing_is_imported(desk: Start) -> None:
    at = desk(("Sales", 1))
    file = at.folder / "keys.bundle"
    assert at("keys", "export", "--to", str(file), terminal=(PASSPHRASE, PASSPHRASE + "!"))[0] == 2
    assert at("keys", "export", "--to", str(file), typed="short")[0] == 2
    assert at("keys", "export", "--to", str(file), typed="")[0] == 2
    assert not file.exists()
    assert at("keys", "export", "--to", str(file), typed=PASSPHRASE)[0] == 0
    at.home("laptop")
    code, said = at.json("keys", "import", str(file), typed="wrong horse battery")
    assert (code, said["error"]["code"]) == (2, "bundle_passphrase")
    file.write_bytes(file.read_bytes()[:-5])
    code, said = at.json("keys", "import", str(file))
    assert (code, said["error"]["code"]) == (2, "bundle_cut")
    assert at("keys", "import", str(at.folder / "none"))[0] == 2
    assert at.json("keys", "list")[1] == []


def test_a_lost_secret_is_named_by_export_and_check(desk: Start) -> None:
    import secretstorage

    at = desk(("Sales", 2))
    first = at.json("keys", "list")[1][0]
    bus = secretstorage.dbus_init()
    for item in secretstorage.get_default_collection(bus).get_all_items():
        if first["id"] in item.get_attributes().get("service", ""):
            item.delete()
    bus.close()
    code, _, err = at("keys", "export", "--to", str(at.folder / "keys.bundle"), typed=PASSPHRASE)
    assert (code, "Left out: Key 1 (ends in ...0001)" in err) == (1, True)
    code, out, _ = at("keys", "check")
    assert (code, "missing from the key store" in out) == (1, True)


def test_no_key_and_no_passphrase_is_ever_written_or_printed(desk: Start) -> None:
    at = desk(("Sales", 2))
    mine = list(at.world.keys)
    at.world.revoked.add(mine[1])
    at("keys", "check")
    at("keys", "export", "--to", str(at.folder / "keys.bundle"), typed=PASSPHRASE)
    at("keys", "import", str(at.folder / "keys.bundle"), typed=PASSPHRASE)
    at("audit")
    texts = {path.name: path.read_bytes() for path in at.folder.rglob("*") if path.is_file()}
    assert {"practice.sqlite3", "keys.bundle"} <= set(texts)
    texts["what was printed"] = at.printed.encode()
    for part in (*(one[-12:-3] for one in mine), *(one[-10:-1] for one in mine), PASSPHRASE):
        assert [name for name, text in texts.items() if part.encode() in text] == []


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT as Ctrl-C does on POSIX")
def test_ctrl_c_ends_the_wait_of_a_check_and_shows_what_was_heard(desk: Start) -> None:
    at = desk(("Sales", 5))
    command = [sys.executable, "-m", "cli", "keys", "check", "--json"]
    with subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if line.startswith("Waiting"):
                running.send_signal(signal.SIGINT)
                break
        out, err = running.communicate(timeout=200)
    assert (running.returncode, err) == (130, "")
    assert [one["outcome"] for one in json.loads(out)["keys"]] == ["fine"] * 4 + ["not_asked"]
    assert at.world.posts == 0
