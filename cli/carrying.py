"""`lusha-enrich keys export` and `import`: all keys in one encrypted file."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path

from cli.keys import added, public
from cli.opening import opened
from cli.show import document
from core.errors import UsageError


def export(args: argparse.Namespace) -> int:
    """Write every key to an encrypted file; exit 1 when the secret of one is missing."""
    from core.keys.bundle import check_passphrase
    from core.keys.carrying import export as write

    passphrase = _passphrase(twice=True)
    check_passphrase(passphrase)
    with opened() as app:
        done = write(app.keys, app.settings.origin, passphrase, Path(args.to), force=args.force)
    if args.json:
        document({"file": args.to, "keys": [public(key) for key in done.keys], "missing": [public(key) for key in done.missing]})
    else:
        print(f"{len(done.keys)} key{'s' if len(done.keys) != 1 else ''} written to {args.to}, encrypted.")
        print("Keep the passphrase elsewhere: without it the file is of no use to anybody.")
        for key in done.missing:
            print(f"Left out: {key.label} (ends in ...{key.last4}) is missing from the key store.", file=sys.stderr)
    return 1 if done.missing else 0


def import_(args: argparse.Namespace) -> int:
    """Add the keys of an encrypted file; what can be said without the passphrase is said before it is asked for."""
    from core.keys import carrying

    data = carrying.read(Path(args.file))
    passphrase = _passphrase()
    with opened() as app:
        report = carrying.import_(app.keys, app.settings.origin, data, passphrase)
    return added(report, as_json=args.json, what="Key")


def _passphrase(*, twice: bool = False) -> str:
    """From a hidden prompt, or the first line of standard input."""
    if not sys.stdin.isatty():
        passphrase = sys.stdin.readline().rstrip("\r\n")
        if not passphrase:
            raise UsageError("No passphrase was given", "Write it to standard input as one line.")
        return passphrase
    passphrase = getpass.getpass("Passphrase (nothing is shown): ")
    if twice and getpass.getpass("The same once more: ") != passphrase:
        raise UsageError("The two passphrases differ", "Nothing was written. Try again.")
    return passphrase
