"""`lusha-enrich doctor`: checks this computer; each line says what to do."""

from __future__ import annotations

import argparse
import platform
import shutil
import socket
import sqlite3
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

from cli.findings import Finding, tell
from cli.opening import settings
from core.errors import EnrichError, KeyStoreTrouble
from core.settings import Settings

NETWORK_S = 5.0
LEAST_FREE = 200 * 1024 * 1024  # bytes


def doctor(args: argparse.Namespace) -> int:
    """All checks; exit 3 when the key store cannot be used, 1 when anything else is bad."""
    found = list(checks(settings()))
    tell(found, as_json=args.json)
    bad = [finding for finding in found if finding.state == "bad"]
    if any(finding.what == "Key store" for finding in bad):
        return KeyStoreTrouble.exit_code
    return 1 if bad else 0


def checks(home: Settings) -> Iterator[Finding]:
    """Every check, one after the other; a check that fails does not keep the others from running."""
    yield Finding("Python", "ok", f"{platform.python_version()} ({sys.executable})")
    yield Finding("System", "ok", platform.platform())
    yield from _data(home)
    yield _database(home)
    yield _key_store()
    yield _network(home)
    yield from _excel()


def _data(home: Settings) -> Iterator[Finding]:
    yield Finding("Data folder", "ok", str(home.home))
    free = shutil.disk_usage(home.home).free
    if free < LEAST_FREE:
        yield Finding("Disk", "bad", f"{free // 2**20} MB free", "Make room: answers are stored before cells are written.")


def _database(home: Settings) -> Finding:
    from core.database import Database

    try:
        with Database(home.database) as db, db.read() as con:
            intact = con.execute("PRAGMA quick_check").fetchone()[0]
            mode = con.execute("PRAGMA journal_mode").fetchone()[0]
    except EnrichError as error:
        return Finding("Database", "bad", error.title, error.message)
    if intact != "ok":
        return Finding("Database", "bad", "damaged", f"Move {home.database} away and restore a copy of it.")
    return Finding("Database", "ok", f"SQLite {sqlite3.sqlite_version}, journal mode {mode}")


def _key_store() -> Finding:
    from core.keys.vault import choose, probe

    try:
        vault = choose()
        probe(vault)
    except KeyStoreTrouble as error:
        return Finding("Key store", "bad", error.title, error.message)
    return Finding("Key store", "ok", vault.describe())


def _network(home: Settings) -> Finding:
    address = urlsplit(home.api_url)
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        socket.create_connection((address.hostname or "", port), NETWORK_S).close()
    except OSError as error:
        why = error.strerror or type(error).__name__
        return Finding(
            "Network",
            "warn",
            f"{home.api_url} cannot be reached ({why})",
            "Check the connection; behind a proxy this may be normal.",
        )
    return Finding("Network", "ok", f"{home.api_url} can be reached")


def _excel() -> Iterator[Finding]:
    from cli.excel import findings

    yield from findings()
