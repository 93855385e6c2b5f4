"""Another program's eye: LibreOffice opens what the demo made, with the phones as text."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from cli.__main__ import main

UTF8_CSV = "csv:Text - txt - csv (StarCalc):44,34,76"  # comma, double quote, UTF-8
SOFFICE = shutil.which("soffice")


@pytest.mark.skipif(SOFFICE is None and os.environ.get("CI") != "true", reason="LibreOffice is not installed")
def test_libreoffice_opens_the_demos_workbook_and_shows_every_phone_with_its_plus(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--out", str(tmp_path)]) == 0
    capsys.readouterr()
    made = tmp_path / "prospects (practice).xlsx"
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", UTF8_CSV, "--outdir", str(tmp_path), str(made)]
    subprocess.run(command, check=True, capture_output=True, timeout=450)
    rows = list(csv.DictReader((tmp_path / "prospects (practice).csv").read_text("utf-8").splitlines()))
    phones = [row["Phone"] for row in rows if row["Status"] == "Found"]
    assert len(phones) >= 20
    assert all(phone.startswith("+") and phone[1:].isdigit() for phone in phones)
    assert rows[0]["Phone"] == "+447700900123"
