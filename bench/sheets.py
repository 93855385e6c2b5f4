"""`python -m bench.sheets`: filling two columns of large workbooks, ours against openpyxl; keeps the figures as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results")
HEAD = ("First name", "Last name", "Company", "LinkedIn URL", "City", "Score", "Phone", "Status")
PHONE, STATUS = "+442079460001", "Found"


def main() -> int:
    """Every size in a process of its own, so that peaks do not mix."""
    parser = argparse.ArgumentParser(prog="python -m bench.sheets")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 10_000, 100_000, 400_000, 1_000_000])
    parser.add_argument("--openpyxl-to", type=int, default=100_000, help="largest size openpyxl is measured with")
    parser.add_argument("--one", nargs=2, metavar=("TOOL", "FILE"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps({"ours": ours, "openpyxl": by_openpyxl}[args.one[0]](Path(args.one[1]))))
        return 0
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        for rows in args.rows:
            figures += [
                measured(tool, rows, Path(folder)) for tool in ("ours", "openpyxl") if tool == "ours" or rows <= args.openpyxl_to
            ]
    keep(figures)
    return 0


def measured(tool: str, rows: int, folder: Path) -> dict[str, Any]:
    """One tool with one size, in a fresh process with a fresh file."""
    path = folder / "leads.xlsx"
    make(path, rows)
    done = subprocess.run([sys.executable, "-m", "bench.sheets", "--one", tool, str(path)], capture_output=True, check=True)
    figure = {"tool": tool, "rows": rows, "file_mib": round(path.stat().st_size / 2**20, 1), **json.loads(done.stdout)}
    print(" ".join(f"{name}={value}" for name, value in figure.items()), flush=True)
    path.unlink()
    return figure


def make(path: Path, rows: int) -> None:
    """``rows`` people; the columns for phone and status are empty. Shared strings, as Excel writes them."""
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"constant_memory": rows > 200_000, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Leads")
        sheet.write_row(0, 0, HEAD)
        for row in range(1, min(rows, 1_048_575) + 1):
            link = f"https://www.linkedin.com/in/ada-sample-{row}"
            sheet.write_row(row, 0, [f"Ada{row}", f"Sample{row}", f"Acme {row % 5000} GmbH", link, "London", row * 1.5])


def ours(path: Path) -> dict[str, Any]:
    """Read, put two cells in each row, patch and save. ``cpu_s`` is this process's, without the one that checks."""
    from core.errors import FileTrouble
    from core.sheets.sheet import Put
    from core.sheets.workbook import WorkbookSheet, open_workbook

    laps, at, begun = dict[str, float](), time.perf_counter(), time.process_time()

    def lap(name: str) -> None:
        nonlocal at
        laps[name], at = round(time.perf_counter() - at, 2), time.perf_counter()

    sheet = open_workbook(path).sheet()
    grid = sheet.read()
    lap("read_s")
    try:
        sheet.check()
    except FileTrouble as trouble:
        return {**laps, "refused": trouble.title, "peak_mb": peak()}
    sheet.put(Put(row, column, "", text) for row in range(2, len(grid.rows) + 1) for column, text in ((7, PHONE), (8, STATUS)))
    lap("put_s")
    checked, verify = 0.0, WorkbookSheet._verify_cells

    def timed(self: WorkbookSheet, *args: Any) -> None:
        nonlocal checked
        started = time.perf_counter()
        verify(self, *args)
        checked = time.perf_counter() - started

    WorkbookSheet._verify_cells = timed  # type: ignore[method-assign]  # the clock around it is the point
    written = sheet.save().written
    lap("save_s")
    patching = laps["put_s"] + laps["save_s"] - checked
    return {
        **laps,
        "verify_s": round(checked, 2),
        "patch_s": round(patching, 2),
        "whole_s": round(sum(laps.values()), 2),
        "cpu_s": round(time.process_time() - begun, 2),
        "peak_mb": peak(),
        "cells": written,
    }


def by_openpyxl(path: Path) -> dict[str, Any]:
    """Load, set two cells in each row, save."""
    from openpyxl import load_workbook

    started, begun = time.perf_counter(), time.process_time()
    book = load_workbook(path)
    sheet: Any = book.active
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, 7, PHONE)
        sheet.cell(row, 8, STATUS)
    book.save(path)
    whole, cpu = time.perf_counter() - started, time.process_time() - begun
    return {"whole_s": round(whole, 2), "cpu_s": round(cpu, 2), "peak_mb": peak()}


def peak() -> int:
    """The most memory this process has had, in MB."""
    import resource

    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def keep(figures: list[dict[str, Any]]) -> None:
    machine = {"python": platform.python_version(), "system": platform.system(), "cores": os.cpu_count()}
    target = RESULTS / f"{datetime.now(UTC):%Y-%m-%d}-sheets.json"
    target.write_text(json.dumps({"machine": machine, "figures": figures}, indent=2) + "\n", "utf-8")
    print(f"Kept: {target.relative_to(Path.cwd()) if target.is_relative_to(Path.cwd()) else target}")


if __name__ == "__main__":
    sys.exit(main())
