"""`lusha-enrich wipe`: everything of this home goes, keys and data, and what is left is looked for again."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from cli.show import document
from core import wiping, words
from core.errors import UsageError
from core.keys.vault import SystemVault, Vault
from core.settings import URL_VARIABLE, home_of, origin_of
from core.wiping import Inventory, Wiped

WORD = "WIPE"
MOST = 20  # files that are named


def wipe(args: argparse.Namespace, vault: Callable[[], Vault] = SystemVault) -> int:
    """Ask for a word on a terminal, remove, say what was found on looking again. Exit 1 when something is left."""
    home = home_of(os.environ)
    if origin_of(os.environ) == "practice" and wiping.has_real_data(home):
        raise UsageError("This is practice", f"Unset {URL_VARIABLE} to wipe your own data. Nothing was removed.")
    if not args.yes:
        _agreed(wiping.inventory(home))
    done = wiping.wipe(home, vault())
    if args.json:
        document(_public(done))
    else:
        _tell(done)
    return 0 if done.is_clean else 1


def _agreed(found: Inventory) -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("Nothing was removed", "Say --yes: there is no terminal to ask on.")
    practice = len(found.keys.held) - found.real
    print(
        f"This removes {found.real} real and {practice} practice keys from the key store and {len(found.files)} files:\n"
        "answers that were paid for, history, backups of your workbooks, settings and your do-not-contact list.\n"
        "It cannot be taken back (keys export and suppress export make copies).",
        file=sys.stderr,
    )
    for name, age in found.ages:
        if said := words.looked_at(name, age):
            print(said, file=sys.stderr)
    print(f"Type {WORD} to go on: ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip() != WORD:
        raise UsageError("Nothing was removed", f"The word was not {WORD}.")


def _tell(done: Wiped) -> None:
    print(f"Removed from the key store: {words.keys(done.secrets)}.")
    print(f"Removed: {len(done.removed)} files of {done.home}.")
    for path in done.removed[:MOST]:
        print(f"  {path}")
    if len(done.removed) > MOST:
        print(f"  and {len(done.removed) - MOST} more")
    if done.kept:
        print("Not ours, so they stay: " + ", ".join(str(path) for path in done.kept))
    if done.workbooks:
        print("Your own workbooks keep what was written into them:")
        for name in done.workbooks:
            print(f"  {name}")
    if done.others:
        print(f"{done.others} key store entries belong to other LushaEnrich folders and were left alone.")
    print(words.wiped(clean=done.is_clean, gone=done.home_is_gone))
    for one in done.left:
        print(f"Still there: {one.what} ({one.why})", file=sys.stderr)


def _public(done: Wiped) -> dict[str, object]:
    return {
        "home": str(done.home),
        "secrets_removed": done.secrets,
        "removed": [str(path) for path in done.removed],
        "kept": [str(path) for path in done.kept],
        "workbooks": list(done.workbooks),
        "entries_of_other_folders": done.others,
        "left": [{"what": one.what, "why": one.why} for one in done.left],
        "clean": done.is_clean,
        "message": words.wiped(clean=done.is_clean, gone=done.home_is_gone),
    }
