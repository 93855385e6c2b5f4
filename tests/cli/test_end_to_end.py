"""The command line beside a real Secret Service: keys go in, a workbook comes back, and no key is ever seen again."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cli.__main__ import main
from sandbox.scenarios import SCENARIOS, PracticeKey, Scenario, key
from sandbox.world import World

TOP = Path(__file__).resolve().parents[2]
EXAMPLE = TOP / "examples" / "prospects.xlsx"
pytestmark = pytest.mark.skipif(
    os.environ.get("LUSHAENRICH_REAL_STORE") != "1", reason="needs a real Secret Service: tests/secret_service.sh"
)
DAN = "https://www.linkedin.com/in/sb-dan-mobile"


def book(path: Path, rows: list[list[str]]) -> Path:
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    made.save(path)
    return path


def test_added_keys_are_in_the_secret_service_and_nowhere_else(desk: Any) -> None:
    import secretstorage

    mine = [f"00000000-0000-4000-8000-{secrets.token_hex(6)}" for _ in range(3)]
    world = World()
    world.account("Sales", mine)
    at = desk(Scenario(world, tuple(PracticeKey(f"K{n}", one, "Sales", "ANY") for n, one in enumerate(mine))))
    sheet = book(at.home.parent / "list.xlsx", [["LinkedIn URL"], [DAN], ["https://www.linkedin.com/in/sb-notfound"]])
    assert at("enrich", str(sheet), "--phones", "--emails")[0] == 0
    world.revoked |= set(mine)
    at("lookup", "--linkedin", "https://www.linkedin.com/in/sb-xena-new", "--phones")
    at("keys", "list")
    at("audit")
    bus = secretstorage.dbus_init()
    kept = {item.get_secret().decode() for item in secretstorage.get_default_collection(bus).get_all_items()}
    bus.close()
    assert set(mine) <= kept
    texts = {path.name: path.read_bytes() for path in at.home.parent.rglob("*") if path.is_file()}
    assert "practice.sqlite3" in texts
    assert "lusha-enrich.log" in texts
    texts["what was printed"] = at.printed.encode()
    for one in mine:
        tail = one.replace("-", "")[-12:]
        parts = {one.encode(), *(tail[n : n + 9].encode() for n in range(4))}
        found = [name for name, text in texts.items() if any(part in text for part in parts)]
        assert found == [], one[-4:]


def test_add_says_what_is_new_known_and_malformed(desk: Any, tmp_path: Path) -> None:
    at = desk(Scenario(World(), ()))
    code, said = at.json("keys", "add", "--for", "phones", typed=f"Main,{key(1)},Sales\nnonsense\n{key(1)}\n")
    assert code == 0
    assert [one["label"] for one in said["new"]] == ["Main"]
    assert said["malformed"][0]["line"] == 2
    code, said = at.json("keys", "add", "--for", "emails", typed=key(1))
    assert (code, said["already_here"][0]["category"]) == (0, "ANY")
    assert at("keys", "add", "--for", "phones", typed="nonsense")[0] == 2
    assert at("keys", "add", "--for", "phones", typed="")[0] == 2
    assert at("keys", "add", "--for", "phones", "--from", str(tmp_path / "none.txt"))[0] == 2
    file = tmp_path / "keys.txt"
    file.write_text(f"\ufeffOther,{key(2)},Sales\r\n", "utf-8")
    assert at("keys", "add", "--for", "any", "--from", str(file))[0] == 0
    real = "12345678-1234-4123-8123-123456789012"
    assert at("keys", "add", "--for", "any", typed=real)[0] == 2


def test_keys_are_listed_paused_moved_edited_and_removed(desk: Any) -> None:
    at = desk(SCENARIOS["seed1"]())
    code, keys = at.json("keys", "list")
    assert code == 0
    assert [one["last4"] for one in keys] == ["0001", "0002", "0003"]
    assert set(keys[0]) == {
        "id", "label", "account", "last4", "category", "status", "paused", "secret", "is_active", "reason", "retry_at",
        "priority", "last_used_at", "added_at", "schedule", "server", "credits_left",
    }  # fmt: skip
    assert at.json("keys", "pause", "0001")[1]["paused"] is True
    assert "Paused" in at("keys", "list")[1]
    assert at.json("keys", "resume", "Key 1")[1]["is_active"] is True
    assert at("keys", "move", "0003", "--top")[0] == 0
    assert at("keys", "move", "0001", "--to", "3")[0] == 0
    assert [one["last4"] for one in at.json("keys", "list")[1]] == ["0003", "0002", "0001"]
    assert at.json("keys", "edit", "0002", "--label", "Spare", "--for", "any")[1]["label"] == "Spare"
    assert at("keys", "edit", "0002")[0] == 2
    assert at("keys", "reactivate", "0002")[0] == 0
    assert at("keys", "remove", "Spare")[0] == 0
    assert at("keys", "remove", "Spare")[0] == 2
    assert len(at.json("keys", "list")[1]) == 2
    actions = {entry["action"] for entry in at.json("audit")[1]}
    assert {"paused", "resumed", "removed"} <= actions
    assert at("audit", "--key", "0001")[0] == 0
    assert at("audit", "--since", "2026-01-01")[0] == 0
    assert at("audit", "--since", "yesterday")[0] == 2


def test_lookup_answers_in_words_and_in_one_document(desk: Any) -> None:
    at = desk(SCENARIOS["seed2"]())
    code, said = at.json("lookup", "--linkedin", DAN, "--phones")
    assert code == 0
    assert (said["status"], said["calls"], said["credits"], said["key"], said["from_store"]) == ("found", 2, 6, "0002", False)
    assert said["phones"] == [{"number": "+447700900091", "type": "mobile", "do_not_call": False}]
    assert at.json("lookup", "--linkedin", DAN, "--phones")[1]["from_store"] is True
    code, out, err = at("lookup", "--name", "Iris Nowhere", "--company", "Nowhere Consulting", "--phones")
    assert (code, "Not found" in out, "Trying Key" in err) == (0, True, True)
    code, out, _ = at("lookup", "--email", "nobody", "--phones")
    assert (code, "Cannot look up" in out) == (0, True)
    assert at("lookup", "--linkedin", DAN)[0] == 2
    assert at("lookup", "--phones")[0] == 2
    code, said = at.json("lookup", "--linkedin", DAN, "--emails")
    assert (code, said["status"], said["message"]) == (1, "waiting", "No email keys yet. Add one to start.")


def test_a_workbook_is_filled_in_place_with_a_backup_and_the_second_run_costs_nothing(desk: Any, tmp_path: Path) -> None:
    at = desk(SCENARIOS["demo"]())
    file = tmp_path / "leads.xlsx"
    shutil.copyfile(EXAMPLE, file)
    code, plan = at.json("enrich", str(file), "--phones", "--dry-run")
    assert (code, at.world.posts) == (0, 0)
    assert plan["ready"] + plan["already_filled"] + plan["cannot_look_up"] + plan["duplicate"] == plan["rows"]
    code, said = at.json("enrich", str(file), "--phones")
    assert code == 0
    apart = {"rows", "calls", "credits", "changed"}
    counts = {name: said[name] for name in said if isinstance(said[name], int) and name not in apart}
    assert sum(counts.values()) == said["rows"] == plan["rows"]
    assert re.fullmatch(r"Phone Enrichment Complete: \d+ found, \d+ failed", said["message"])
    assert list((at.home / "backups").iterdir())
    sheet = openpyxl.load_workbook(file).active
    head = [cell.value for cell in sheet[1]]
    phone = sheet.cell(2, head.index("Phone") + 1)
    assert (phone.value, phone.data_type, phone.number_format) == ("+447700900123", "s", "@")
    asked = at.world.posts
    again = at.json("enrich", str(file), "--phones")[1]
    assert at.world.posts - asked <= 2  # only the rows that Lusha failed or left out are asked for again
    assert again["credits"] <= 2
    assert at.world.paid_twice() == []


def test_limits_out_and_csv(desk: Any, tmp_path: Path) -> None:
    at = desk(SCENARIOS["plenty"]())
    file = tmp_path / "list.csv"
    file.write_text("LinkedIn URL;Owner\r\n" + "".join(f"{DAN}{n};Zoë\r\n" for n in range(40)), "utf-8")
    out = tmp_path / "out.csv"
    code, said = at.json("enrich", str(file), "--phones", "--limit", "10", "--out", str(out))
    assert (code, said["stopped"], said["rows"]) == (0, 30, 40)
    assert "Zoë" in out.read_text("utf-8-sig")
    code, said = at.json("enrich", str(file), "--phones", "--max-credits", "20", "--out", str(tmp_path / "two.csv"))
    assert (code, said["error"]["code"]) == (1, "CAP")
    code, text, steps = at("enrich", str(file), "--emails", "--yes")
    assert (code, "Email Enrichment Complete:" in text, "Enriching 40/40 rows..." in steps) == (0, True, True)
    assert at("enrich", str(file), "--phones", "--out", str(out))[0] == 2


def test_what_cannot_be_used_is_said_before_anything_is_spent(desk: Any, tmp_path: Path) -> None:
    at = desk(SCENARIOS["seed1"]())
    garbage = tmp_path / "garbage.xlsx"
    garbage.write_bytes(b"not a workbook")
    locked = tmp_path / "locked.xlsx"
    locked.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600))
    odd = tmp_path / "odd.docx"
    odd.write_bytes(b"x")
    nobody = book(tmp_path / "nobody.xlsx", [["Colour", "Size"], ["red", "XL"]])
    empty = book(tmp_path / "empty.xlsx", [])
    fine = book(tmp_path / "fine.xlsx", [["LinkedIn URL"], [DAN]])
    for argv in ([garbage], [locked], [odd], [nobody], [empty], [tmp_path / "none.xlsx"], [tmp_path], [fine, "--sheet", "Nope"]):
        code, said = at.json("enrich", *map(str, argv), "--phones")
        assert (code, bool(said["error"]["title"])) == (2, True), argv
    assert at("enrich", str(fine))[0] == 2
    assert at.world.posts == 0


def test_every_key_out_leaves_the_rows_waiting_and_ends_with_1(desk: Any, tmp_path: Path) -> None:
    at = desk(SCENARIOS["seed4"]())
    file = book(tmp_path / "list.xlsx", [["LinkedIn URL"], [DAN]])
    code, out, err = at("enrich", str(file), "--phones", "--no-wait")
    assert code == 1
    assert "All 3 Phone Keys are exhausted. Please add more API keys." in out
    assert "Marked as EXHAUSTED. Switching to next key..." in err
    assert "1 row waits; nothing is lost." in out
    assert "Invalid" in at("keys", "list")[1]


def test_a_proxy_page_stops_the_run_and_marks_nobody(desk: Any, tmp_path: Path) -> None:
    at = desk(SCENARIOS["seed1"]())
    at.world.fault("status", times=-1, status=403, body="<html>Sign in</html>")
    file = book(tmp_path / "list.xlsx", [["LinkedIn URL"], [DAN]])
    code, said = at.json("enrich", str(file), "--phones")
    assert (code, said["error"]["code"], said["waiting"]) == (1, "E11", 1)
    assert all(one["is_active"] for one in at.json("keys", "list")[1])


def test_the_doctor_finds_the_key_store_and_the_practice_server(desk: Any) -> None:
    at = desk(SCENARIOS["seed1"]())
    code, found = at.json("doctor")
    states = {one["check"]: one["state"] for one in found}
    assert (code, states["Key store"], states["Database"], states["Network"]) == (0, "ok", "ok", "ok")
    assert "[ok]" in at("doctor")[1]


def test_the_demo_prints_one_document_when_asked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["demo", "--out", str(tmp_path), "--json"]) == 0
    seen = capsys.readouterr()
    assert json.loads(seen.out)["found"] >= 20
    assert "Trying Key 1/5 (ends in ...0001)" in seen.err
    assert "Marked as EXHAUSTED. Switching to next key..." in seen.err
    (tmp_path / "file").write_text("x")
    assert main(["demo", "--out", str(tmp_path / "file")]) == 2
