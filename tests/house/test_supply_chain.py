"""The tools that watch what we ship: each is shown a planted case, for one that finds nothing proves nothing."""

from __future__ import annotations

import json
import subprocess
import uuid
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tools import audit, sbom, secrets_scan
from tools.pins import Pin, licence, pins

TOP = Path(__file__).resolve().parents[2]
KEY = "8f14e45f-ceea-467e-9575-6d4cc1b9" + "0a1b"  # in two pieces: this file is scanned too
PRIVATE = "-----BEGIN RSA PRIVATE" + " KEY-----\nMIIEpAIBAAKCAQEA7Zx9\n"
PLANTED = {
    "a UUID, as a Lusha key is": f"key = {KEY}",
    "a private key": PRIVATE,
    "a token of a code host": "gh" + "p_" + "a1B2" * 9,
    "a token of a package registry": "pypi-AgE" + "x1Y2" * 9,
    "a token of a cloud": "AK" + "IA" + "ABCDEFGH12345678",
    "a token of a chat or payment service": "xox" + "b-" + "1234567890" * 3,
    "a signed web token": "ey" + "JhbGciOiJIUzI1NiJ9.ey" + "JzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
    "a password in an address": "post" + "gres://bob:hunter22@db.intern.example/x",
}


def git(top: Path, *words: str) -> None:
    who = ["-c", "user.name=x", "-c", "user.email=x@x.example"]
    subprocess.run(["git", "-C", str(top), *who, *words], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.txt").write_text(f"practice 00000000-0000-4000-8000-7c1e5a90b3d2\nhash {uuid.uuid4().hex}\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    return tmp_path


def test_a_clean_tree_and_history_pass(repository: Path) -> None:
    assert secrets_scan.main(["--top", str(repository)]) == 0


@pytest.mark.parametrize("what", sorted(PLANTED))
def test_each_rule_finds_what_it_is_for_and_prints_four_characters_of_it(
    repository: Path, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set(PLANTED) == set(secrets_scan.RULES)
    (repository / "config.ini").write_text(f"\n{PLANTED[what]}\n")  # not even added
    assert secrets_scan.main(["--top", str(repository)]) == 1
    said = capsys.readouterr().err
    assert f"config.ini, line 2: {what}" in said
    assert PLANTED[what].strip()[-12:] not in said


def test_what_was_committed_once_and_removed_is_found_in_the_history(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "b.txt").write_text(KEY)
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "two")
    git(repository, "rm", "-q", "b.txt")
    git(repository, "commit", "-qm", "three")
    assert not list(secrets_scan.tree(repository))
    assert secrets_scan.main(["--top", str(repository)]) == 1
    assert "b.txt (" in capsys.readouterr().err
    git(repository, "commit", "-q", "--allow-empty", "-m", f"message with {KEY}")
    assert any(found.where.startswith("commit") for found in secrets_scan.history(repository))


def test_a_key_inside_a_workbook_or_written_in_utf_16_is_found(repository: Path) -> None:
    with zipfile.ZipFile(repository / "x.xlsx", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/sharedStrings.xml", f"<t>{KEY}</t>")
    (repository / "y.txt").write_bytes(KEY.encode("utf-16-le"))
    assert {found.where for found in secrets_scan.tree(repository)} == {"x.xlsx!xl/sharedStrings.xml", "y.txt (UTF-16)"}


def test_an_ignored_file_is_not_part_of_the_tree(repository: Path) -> None:
    (repository / ".gitignore").write_text("mine\n")
    (repository / "mine").write_text(KEY)
    assert not list(secrets_scan.tree(repository))


# -- what the locks pin -----------------------------------------------------------------------------------------------
def answers(**said: str) -> Callable[[Sequence[str]], subprocess.CompletedProcess[str]]:
    """The index says ``uv`` on stderr, the vulnerability service ``service`` on stdout."""

    def run(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        asked_service = "pip-audit" in words
        return subprocess.CompletedProcess(words, 0, said.get("service", "") if asked_service else "", said.get("uv", ""))

    return run


def report(*packages: dict[str, object]) -> str:
    return json.dumps({"dependencies": list(packages), "fixes": []})


FINE = report({"name": "httpx", "version": "0.28.1", "vulns": []})


def test_every_pin_has_hashes_and_a_licence_we_accept() -> None:
    for lock in audit.LOCKS:
        found = pins(TOP / lock)
        assert len(found) > 30
        assert audit.unhashed(found) == []
        assert audit.unlicensed(found) == []


def test_a_pin_without_a_hash_or_with_an_unknown_or_closed_licence_is_a_finding() -> None:
    bare, short = Pin("x", "1", "", ()), Pin("y", "1", "", ("abc",))
    assert audit.unhashed([bare, short]) == ["x 1 has no hash", "y 1 has no hash"]
    for said in ("", "Proprietary", "GPL-3.0-only", "AGPL-3.0", "MIT AND GPL-3.0-only"):
        assert audit.unlicensed([bare], lambda _name, said=said: said), said
    assert audit.unlicensed([bare], lambda _name: "GPL-2.0-only OR LGPL-3.0-only") == []
    assert licence("no-such-package-anywhere") == ""


def test_a_lock_that_is_no_lock_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("httpx>=0.28\n")
    with pytest.raises(ValueError, match="line 1"):
        pins(tmp_path / "lock")


def test_a_known_hole_fails_the_audit_loudly(capsys: pytest.CaptureFixture[str]) -> None:
    hole = {"id": "PYSEC-2026-1", "fix_versions": ["0.28.2"]}
    service = report({"name": "httpx", "version": "0.28.1", "vulns": [hole]})
    assert audit.main([], answers(service=service)) == 1
    assert "httpx 0.28.1: PYSEC-2026-1, mended in 0.28.2" in capsys.readouterr().err


def test_a_pin_its_authors_took_back_fails_the_audit(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main([], answers(service=FINE, uv='warning: `zipp==4.1.2` is yanked (reason: "broken")\n')) == 1
    assert "zipp==4.1.2 was taken back" in capsys.readouterr().err


@pytest.mark.parametrize(
    "service",
    ["", "no JSON", "[]", report(), report({"name": "httpx", "version": "0.28.1", "skip_reason": "not found"})],
)
def test_a_service_that_says_nothing_is_called_not_audited_and_fails_when_strict(
    service: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit.main([], answers(service=service)) == 0
    assert "NOT AUDITED for known holes" in capsys.readouterr().err
    assert audit.main(["--strict"], answers(service=service)) == 1
    assert audit.main(["--strict"], answers(service=FINE)) == 0


def test_an_index_that_cannot_be_reached_is_called_not_audited(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        raise FileNotFoundError(words[0])

    assert audit.main([], broken) == 0
    assert capsys.readouterr().err.count("NOT AUDITED") == 4


def test_a_list_of_parts_that_lacks_a_pin_or_one_of_its_hashes_is_not_complete() -> None:
    found = pins(TOP / "requirements.lock")
    parts = [{"name": pin.name, "version": pin.version, "hashes": [{"content": one} for one in pin.hashes]} for pin in found]
    assert sbom.missing_from({"components": parts}) == []
    assert len(sbom.missing_from({"components": parts[1:]})) == 1
    parts[3]["hashes"] = parts[3]["hashes"][1:]
    assert len(sbom.missing_from({"components": parts})) == 1


def test_the_list_of_parts_names_licences_and_no_lines_of_the_lock() -> None:
    raw = {
        "components": [
            {
                "name": "httpx",
                "version": "0.28.1",
                "description": "line 1",
                "externalReferences": [{"hashes": [{"content": "a"}], "url": "x"}],
            }
        ]
    }
    assert sbom.finished(raw)["components"] == [
        {"name": "httpx", "version": "0.28.1", "hashes": [{"content": "a"}], "licenses": [{"license": {"name": "BSD License"}}]}
    ]
