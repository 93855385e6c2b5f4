"""Keys from one computer to another: out of the key store into an encrypted file, and back. See `bundle`."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import FileTrouble, UsageError
from core.keys import bundle
from core.keys.bundle import Bundle, Entry
from core.keys.lines import Line, Malformed, wrong_shape
from core.keys.schedule import parse
from core.keys.store import AddReport, KeyStore
from core.model import Key
from core.secret import clean_secret, looks_like_key


@dataclass(frozen=True, slots=True)
class Exported:
    """Keys in the file, and keys whose secret the key store has lost."""

    keys: tuple[Key, ...]
    missing: tuple[Key, ...]


def export(keys: KeyStore, origin: str, passphrase: str, target: Path, *, force: bool = False) -> Exported:
    """Write all keys to ``target``, all or nothing, mode 0600; the secrets are never on the disk unencrypted.

    UsageError when there is nothing to export, ``target`` is there already (without ``force``) or the passphrase is
    short; FileTrouble when it cannot be written, KeyStoreTrouble when the key store does not answer.
    """
    bundle.check_passphrase(passphrase)
    if not force and target.exists():
        raise UsageError("The file is there already", f"{target} was left alone. Choose another name, or say --force.")
    own = {account.id for account in keys.accounts() if account.own}
    entries, missing, exported = [], [], []
    for key in keys.list():
        secret = keys.secret(key.id)
        if secret is None:
            missing.append(key)
            continue
        account = "" if key.account_id in own else key.account
        entries.append(Entry(secret, key.label, account, key.category, key.priority, key.schedule))
        exported.append(key)
    if not entries:
        raise UsageError("There is no key to export", "Nothing was written.")
    _write(target, bundle.seal(Bundle(origin, tuple(entries)), passphrase))
    return Exported(tuple(exported), tuple(missing))


def read(source: Path) -> bytes:
    """The bytes of a key file whose outside is in order. FileTrouble with one sentence when not."""
    try:
        with source.open("rb") as file:
            data = file.read(bundle.BIGGEST + 1)
    except OSError as error:
        raise FileTrouble("The key file cannot be read", f"{source}: {error.strerror or type(error).__name__}.") from None
    bundle.check(data)
    return data


def import_(keys: KeyStore, origin: str, data: bytes, passphrase: str) -> AddReport:
    """Add the keys of a file. Known keys stay as they are; nothing is imported into the other origin.

    The number of a malformed entry is its place in the file, counted from 1.
    """
    opened = bundle.unseal(data, passphrase)
    if opened.origin != origin:
        raise UsageError(
            "These keys are for practice" if opened.origin == "practice" else "These keys are Lusha's",
            "Practice keys and real keys never mix. Nothing was imported.",
        )
    return keys.add_lines(_lines(opened))


def _lines(opened: Bundle) -> Iterator[Line | Malformed]:
    for number, entry in enumerate(opened.entries, 1):
        problem = wrong_shape(entry.secret.reveal(), origin=opened.origin, anyway=True) or _problem(entry)
        if problem:
            yield Malformed(number, problem)
            continue
        yield Line(number, entry.secret, entry.label, entry.account, entry.category, entry.priority, entry.schedule)


def _problem(entry: Entry) -> str:
    if any(looks_like_key(clean_secret(text)) for text in (entry.label, entry.account)):
        return "A label or an account may not be a key."
    try:
        parse(entry.schedule)
    except UsageError as error:
        return f"{error.title}. {error.message}"
    return ""


def _write(target: Path, data: bytes) -> None:
    fresh = target.with_name(f".{target.name}.{secrets.token_hex(4)}.new")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
    except OSError as error:
        raise FileTrouble(
            "The key file cannot be written", f"{target}: {error.strerror or type(error).__name__}. Choose another place."
        ) from None
    finally:
        fresh.unlink(missing_ok=True)
