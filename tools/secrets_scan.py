"""Looks for secrets in every file of the tree and of the whole history: `python -m tools.secrets_scan`. Prints last fours only.

Few and precise rules instead of guesses by entropy: a Lusha key is a UUID, so every UUID that is neither the practice
server's nor on the list below is a finding; so are private keys and the tokens of well-known services.
"""

from __future__ import annotations

import argparse
import io
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
MOST = 50_000_000  # bytes of a file or an unpacked part
_UUID = rb"(?<![0-9A-Fa-f-])[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}(?![0-9A-Fa-f])"
RULES: dict[str, re.Pattern[bytes]] = {
    "a UUID, as a Lusha key is": re.compile(_UUID),
    "a private key": re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{16}"),
    "a token of a code host": re.compile(rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{40,}|glpat-[\w-]{20})"),
    "a token of a package registry": re.compile(rb"\b(?:pypi-AgE[\w-]{30,}|npm_[A-Za-z0-9]{36})"),
    "a token of a cloud": re.compile(rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[\w-]{35}\b"),
    "a token of a chat or payment service": re.compile(rb"\bxox[abprs]-[\w-]{20,}|\bsk_live_[A-Za-z0-9]{20,}"),
    "a signed web token": re.compile(rb"\beyJ[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{15,}"),
    "a password in an address": re.compile(rb"\b[a-z][a-z+]{1,9}://[^\s/:@\"'<>{}]+:[^\s/:@\"'<>{}]{3,}@[\w.-]+\.\w"),
}
# The practice server's keys, and example ids: none of them opens anything.
_HARMLESS = re.compile(
    rb"00000000-0000-4000-8000-[0-9a-f]{12}|00000000-0000-0000-0000-[0-9]{12}|3f6f0f4e-6f3b-4c54-9d53-1d1d5b3a00[0-9]{2}",
    re.IGNORECASE,
)
_KNOWN = frozenset(
    {
        b"00020430-0000-0000-c000-000000000046",  # OLE automation, in every VBA project
        b"2df8d04c-5bfa-101b-bde5-00aa0044de52",  # the Office type library
        b"3832d640-cf90-11cf-8e43-00a0c911005a",  # the VBA project's own class
        b"fcfb3d2a-a0fa-1068-a738-08002b3371b5",  # VBA's form class
        b"00020819-0000-0000-c000-000000000046",  # Excel's Workbook
        b"00020820-0000-0000-c000-000000000046",  # Excel's Worksheet
        b"d4f940ab-401b-4efc-aadc-ad5f3c50688a",  # Microsoft's rule against child processes of Office
        b"506e67c3-55b5-48c3-a035-eed5deea7d6d",  # xlwings' debug server
        b"37e998c4-c9e5-d4b9-71c8-eb1ff731991c",  # the code name XlsxWriter gives a workbook with macros
        b"f44d9c87-1352-557b-be6f-436ecf184477",  # the VBA project's id, derived from its name
        b"3f0c9a1e-7b2d-4c5e-9f10-a1b2c3d4e5f6",  # made up for tests
        b"https://user:pass@api.lusha.c",  # an address that is refused
        b"1b4e28ba-2fa1-41d2-883f-0016d3cca427",  # how a key looks, in a message
        b"5f0a1c2e-90d4-4c11-9b53-77e0d1c2b3a4",  # made up for tests
        b"12345678-1234-4123-8123-123456789012",  # as above
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Where something lies and what it looks like; never the thing itself."""

    where: str
    line: int
    what: str
    last4: str


def scan(where: str, data: bytes) -> Iterator[Finding]:
    """Everything suspicious in some bytes; the parts of a zip are opened."""
    for place, text in _texts(where, data):
        for what, rule in RULES.items():
            for found in rule.finditer(text):
                if not _harmless(found[0]):
                    line = text.count(b"\n", 0, found.start()) + 1
                    yield Finding(place, line, what, found[0][-4:].decode("ascii", "replace"))


def tree(top: Path) -> Iterator[Finding]:
    """The files as they are now: those under version control and new ones that are not ignored."""
    names = _git(top, "ls-files", "-z", "--cached", "--others", "--exclude-standard").decode().split("\0")
    for name in sorted(filter(None, names)):
        path = top / name
        if path.is_file() and path.stat().st_size <= MOST:
            yield from scan(name, path.read_bytes())


def history(top: Path) -> Iterator[Finding]:
    """Every version of every file, and every message, that led to what is checked out."""
    listed = _git(top, "rev-list", "--objects", "HEAD").decode("utf-8", "replace").splitlines()
    names = {line[:40]: line[41:] for line in listed}
    feed = "".join(f"{name}\n" for name in names).encode()
    out = io.BytesIO(_git(top, "cat-file", "--batch", feed=feed))
    while head := out.readline():
        name, kind, size = head.decode().split()
        data = out.read(int(size))
        out.read(1)
        if kind != "tree":
            yield from scan(f"{names[name] or kind} ({name[:10]})", data)


def _texts(where: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    yield where, data
    if b"\0" in data[:2000]:
        yield f"{where} (UTF-16)", data.replace(b"\0", b"")
    if data.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                parts = [(info.filename, packed.read(info)) for info in packed.infolist() if info.file_size <= MOST]
        except (zipfile.BadZipFile, OSError, EOFError, RuntimeError):
            return
        for name, text in parts:
            yield f"{where}!{name}", text


def _harmless(found: bytes) -> bool:
    return found.lower() in _KNOWN or _HARMLESS.fullmatch(found) is not None


def _git(top: Path, *words: str, feed: bytes | None = None) -> bytes:
    return subprocess.run(["git", "-C", str(top), *words], input=feed, capture_output=True, check=True).stdout


def main(argv: list[str] | None = None) -> int:
    """0 when nothing was found; 1 after naming what was."""
    parser = argparse.ArgumentParser(prog="python -m tools.secrets_scan", description=__doc__)
    parser.add_argument("--top", type=Path, default=TOP, help="the working tree (default: this one)")
    args = parser.parse_args(argv)
    now = list(dict.fromkeys(tree(args.top)))
    ever = list(dict.fromkeys(history(args.top)))
    for finding in [*now, *ever]:
        print(f"{finding.where}, line {finding.line}: {finding.what} (ends in {finding.last4})", file=sys.stderr)
    if now or ever:
        print("A secret that was ever committed is known: make it invalid first, then remove it.", file=sys.stderr)
        return 1
    versions = len(_git(args.top, "rev-list", "HEAD").splitlines())
    print(f"No secret in the tree and in {versions:,} versions of it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
