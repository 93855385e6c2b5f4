"""Keys in one encrypted file, to carry them to another computer: pure, bytes in and out.

    8 bytes   the name of the format
    1 byte    version
    3 bytes   scrypt's cost: log2 of n, r, p
    16 bytes  salt
    12 bytes  nonce
    4 bytes   length of what follows, without the checksum (big-endian)
    n bytes   AES-256-GCM of a JSON document; everything before it is authenticated with it
    32 bytes  SHA-256 of everything before: tells a damaged copy from a wrong passphrase

The passphrase becomes the key by scrypt (RFC 7914) with n = 2**17, r = 8, p = 1: 128 MiB of memory and about half a
second. A file that asks for more than 2**18 is refused before any work is done.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import unicodedata
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from core.errors import FileTrouble, UsageError
from core.model import Category
from core.secret import Secret

Cost = tuple[int, int, int]
MAGIC, VERSION = b"LushaKey", 1
LEAST_PASSPHRASE = 10  # characters
BIGGEST = 1024 * 1024  # bytes; 250 keys are about 75 kB
COST: Cost = (17, 8, 1)
_LEAST_LOG_N, _MOST_LOG_N = 15, 18
_HEADER = struct.Struct(">8sBBBB16s12sI")
_TAG, _SUM = 16, 32


@dataclass(frozen=True, slots=True)
class Entry:
    """One key with all that makes it. An empty ``account`` is one of its own."""

    secret: Secret
    label: str
    account: str
    category: Category
    priority: int
    schedule: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """``origin`` is ``lusha`` or ``practice``: keys of the one never meet the other."""

    origin: str
    entries: tuple[Entry, ...]


def seal(bundle: Bundle, passphrase: str, *, cost: Cost = COST) -> bytes:
    """The file's bytes. UsageError for a passphrase that is too short."""
    check_passphrase(passphrase)
    salt, nonce, plain = os.urandom(16), os.urandom(12), _document(bundle)
    header = _HEADER.pack(MAGIC, VERSION, *cost, salt, nonce, len(plain) + _TAG)
    sealed = header + AESGCM(_key(passphrase, salt, cost)).encrypt(nonce, plain, header)
    return sealed + hashlib.sha256(sealed).digest()


def unseal(data: bytes, passphrase: str) -> Bundle:
    """What `seal` was given. FileTrouble with one clear sentence for anything else."""
    cost, salt, nonce = check(data)
    header, sealed = data[: _HEADER.size], data[_HEADER.size : -_SUM]
    try:
        plain = AESGCM(_key(passphrase, salt, cost)).decrypt(nonce, sealed, header)
    except InvalidTag:
        raise FileTrouble(
            "The passphrase is not right",
            "Nothing was imported. Type it as it was when the file was made (or somebody has changed the file).",
            code="bundle_passphrase",
        ) from None
    return _read(plain)


def check(data: bytes) -> tuple[Cost, bytes, bytes]:
    """Everything that can be said about a file without the passphrase: raises FileTrouble, else cost, salt and nonce."""
    if len(data) > BIGGEST:
        raise _trouble("This file is too big to hold keys", "A key file is a few kilobytes. Choose another file.", "too_big")
    if not data.startswith(MAGIC):
        raise _trouble("This is not a key file", "Choose a file made by: lusha-enrich keys export.", "not")
    if len(data) > len(MAGIC) and data[len(MAGIC)] > VERSION:
        raise _trouble("The key file is of a newer LushaEnrich", "Update this one, then import it.", "newer")
    if len(data) < _HEADER.size + _TAG + _SUM:
        raise _cut()
    _, _, log_n, r, p, salt, nonce, length = _HEADER.unpack_from(data)
    if len(data) < _HEADER.size + length + _SUM:
        raise _cut()
    whole = len(data) == _HEADER.size + length + _SUM and hashlib.sha256(data[:-_SUM]).digest() == data[-_SUM:]
    if not whole or not _LEAST_LOG_N <= log_n <= _MOST_LOG_N or (r, p) != COST[1:]:
        raise _trouble("The key file is damaged", "Copy it again from where it was made. Nothing was imported.", "damaged")
    return (log_n, r, p), salt, nonce


def check_passphrase(passphrase: str) -> None:
    """UsageError when it is too short to protect keys."""
    if len(passphrase) < LEAST_PASSPHRASE:
        raise UsageError(
            "The passphrase is too short",
            f"Whoever guesses it has your keys: use at least {LEAST_PASSPHRASE} characters, such as four words.",
        )


def _key(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    log_n, r, p = cost
    typed = unicodedata.normalize("NFC", passphrase)  # keyboards differ in how they compose an ü
    return Scrypt(salt=salt, length=32, n=1 << log_n, r=r, p=p).derive(typed.encode("utf-8", "surrogatepass"))


def _document(bundle: Bundle) -> bytes:
    keys = [
        {
            "key": entry.secret.reveal(),
            "label": entry.label,
            "account": entry.account,
            "for": entry.category.value,
            "priority": entry.priority,
            "schedule": entry.schedule,
        }
        for entry in bundle.entries
    ]
    return json.dumps({"origin": bundle.origin, "keys": keys}).encode()


def _read(plain: bytes) -> Bundle:
    """The document was authenticated, so only another program of ours can have made it odd."""
    try:
        document = json.loads(plain)
        return Bundle(str(document["origin"]), tuple(_entry(key) for key in document["keys"]))
    except (ValueError, KeyError, TypeError):
        raise _trouble("The key file holds something unknown", "Update LushaEnrich, then import it.", "unknown") from None


def _entry(key: dict[str, Any]) -> Entry:
    return Entry(
        Secret(str(key["key"])),
        str(key["label"]),
        str(key["account"]),
        Category(key["for"]),
        int(key["priority"]),
        str(key["schedule"]),
    )


def _cut() -> FileTrouble:
    return _trouble("The key file is cut off", "Its end is missing: copy it again. Nothing was imported.", "cut")


def _trouble(title: str, message: str, code: str) -> FileTrouble:
    return FileTrouble(title, message, code=f"bundle_{code}")
