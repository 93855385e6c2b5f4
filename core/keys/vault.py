"""Secrets in the operating system's key store: one entry a key, the backend chosen by us. Nothing else imports keyring.

Never call it on the window's or Excel's thread or inside a database transaction: reading blocks while the system asks.
"""

from __future__ import annotations

import importlib
import secrets
import sys
import threading
import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from core.errors import KeyStoreTrouble
from core.secret import Secret

PREFIX, USER, APP = "LushaEnrich/", "api-key", "LushaEnrich"
MOST_KEYS = 250  # the Windows store is finite and shared with every other program
BACKENDS: Mapping[str, tuple[str, ...]] = {
    "win32": ("keyring.backends.Windows:WinVaultKeyring",),
    "darwin": ("keyring.backends.macOS:Keyring",),
    "linux": (
        "keyring.backends.SecretService:Keyring",
        "keyring.backends.kwallet:DBusKeyring",
        "keyring.backends.libsecret:Keyring",
    ),
}

_LOCKED = {"KeyringLocked", "InitError", "LockedException", "PromptDismissedException"}
_FULL_WINERRORS = {8, 1783}  # not enough memory; longer than a credential may be


class Vault(Protocol):
    """Keeps secrets by key id. Every method raises KeyStoreTrouble when the store does not do as asked."""

    def get(self, key_id: str) -> Secret | None:
        """The secret, or None when the store has no such entry."""

    def set(self, key_id: str, secret: Secret) -> None:
        """Keep ``secret``; an older one of the same id is replaced."""

    def delete(self, key_id: str) -> bool:
        """Forget the entry; False when it was not there."""

    def ids(self) -> frozenset[str] | None:
        """The ids of all our entries, of every home on this computer; None where the store cannot list them."""

    def describe(self) -> str:
        """The store's name, for `doctor` and the Settings page."""


class Backend(Protocol):
    """What is used of keyring's backend classes."""

    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...
    def delete_password(self, service: str, username: str) -> None: ...


class SystemVault:
    """The operating system's own store, through one of keyring's backends.

    A service for each key, because on Windows keyring moves credentials of one service about and two writers lose some.
    """

    def __init__(self, backend: Backend | None = None) -> None:
        """Without ``backend`` the platform's own is looked for when the store is first used, not before."""
        self._known, self._looking = backend, threading.Lock()

    @property
    def backend(self) -> Backend:
        with self._looking:
            if self._known is None:
                self._known = choose_backend()
            return self._known

    def get(self, key_id: str) -> Secret | None:
        try:
            value = self.backend.get_password(service(key_id), USER)
        except Exception as error:  # noqa: BLE001  # backends raise whatever their platform raises
            raise translate(error) from None
        return None if value is None else Secret(value)

    def set(self, key_id: str, secret: Secret) -> None:
        try:
            self.backend.set_password(service(key_id), USER, secret.reveal())
        except Exception as error:  # noqa: BLE001  # as in get(); the text may hold the secret, so it is dropped
            raise translate(error) from None

    def delete(self, key_id: str) -> bool:
        try:
            self.backend.delete_password(service(key_id), USER)
        except Exception as error:  # noqa: BLE001  # as in get()
            if type(error).__name__ == "PasswordDeleteError" and self.get(key_id) is None:
                return False  # macOS raises this one for other reasons too, so look
            raise translate(error) from None
        return True

    def ids(self) -> frozenset[str] | None:
        if type(self.backend).__module__ != "keyring.backends.SecretService":
            return None
        try:
            return _secret_service_ids()
        except Exception as error:  # noqa: BLE001  # as in get()
            raise translate(error) from None

    def describe(self) -> str:
        backend = type(self.backend)
        return f"{backend.__module__.rpartition('.')[2]} ({backend.__qualname__})"


class MemoryVault:
    """Keeps secrets for the life of the process: for tests, the demo and practice. ``locked`` names calls to refuse."""

    def __init__(self) -> None:
        self.kept: dict[str, Secret] = {}
        self.locked: set[str] = set()

    def get(self, key_id: str) -> Secret | None:
        self._gate("get")
        return self.kept.get(key_id)

    def set(self, key_id: str, secret: Secret) -> None:
        self._gate("set")
        self.kept[key_id] = secret

    def delete(self, key_id: str) -> bool:
        self._gate("delete")
        return self.kept.pop(key_id, None) is not None

    def ids(self) -> frozenset[str] | None:
        self._gate("ids")
        return frozenset(self.kept)

    def describe(self) -> str:
        return "Memory (nothing is kept)"

    def _gate(self, call: str) -> None:
        if call in self.locked:
            raise locked()


def choose() -> SystemVault:
    """The key store of this computer, found now: raises KeyStoreTrouble when there is none. Up to half a second."""
    return SystemVault(choose_backend())


def choose_backend(platform: str = sys.platform, backends: Mapping[str, tuple[str, ...]] = BACKENDS) -> Backend:
    """The first trusted backend of this platform that answers.

    By class, never ``keyring.get_keyring()``: an environment variable, a file or an installed package can turn that
    into a store that forgets, writes plain text or asks on stdin.
    """
    family = "linux" if platform.startswith(("linux", "freebsd", "openbsd", "netbsd")) else platform
    for path in backends.get(family, ()):
        module, _, name = path.partition(":")
        try:
            kind = getattr(importlib.import_module(module), name)
            kind.priority  # noqa: B018  # reading it raises when the store is not there
            backend: Backend = kind()
        except Exception:  # noqa: BLE001, S112  # whatever is wrong with it, the next one is asked
            continue
        _set_up(backend, family)
        return backend
    raise KeyStoreTrouble(
        "No key store found",
        "This computer offers no key store we trust. Keys cannot be saved here.",
        code="no_key_store",
    )


def probe(vault: Vault) -> None:
    """Set, read back, delete: about 70 ms. Before the first key is added, by `doctor` and on request; not at each start.

    Raises KeyStoreTrouble when the store is locked or does not keep what it is given.
    """
    entry, value = f"probe-{uuid.uuid4().hex}", Secret(secrets.token_hex(16))
    try:
        vault.set(entry, value)
        kept = vault.get(entry) == value
    finally:
        with suppress(KeyStoreTrouble):
            vault.delete(entry)
    if not kept:
        raise KeyStoreTrouble("The key store does not keep what it is given", "Keys cannot be saved safely here.")


def translate(error: Exception) -> KeyStoreTrouble:
    """Words for what a backend raised, by class name and ``winerror``; its text may hold the secret and is never used."""
    name, code = type(error).__name__, getattr(error, "winerror", None)
    if isinstance(error, KeyStoreTrouble):
        return error
    if name in _LOCKED:
        return locked()
    if code in _FULL_WINERRORS or name == "PasswordSetError":
        return KeyStoreTrouble("The key store refused the key", "It may be full. Remove keys you no longer use, then try again.")
    return KeyStoreTrouble("The key store cannot be reached", f"{name}. Nothing was changed.")


def locked() -> KeyStoreTrouble:
    """The whole store waits for its owner: a run pauses instead of skipping key after key."""
    return KeyStoreTrouble(
        "The key store is locked",
        "Unlock it (sign in to your keyring) and press Try again. No key was lost.",
        code="key_store_locked",
    )


def service(key_id: str) -> str:
    return f"{PREFIX}{key_id}"


def _set_up(backend: Backend, family: str) -> None:
    if family == "win32":
        backend.persist = "local machine"  # type: ignore[attr-defined]  # keyring's default roams with the profile
    elif hasattr(backend, "appid"):
        backend.appid = APP  # an attribute entries can be searched by


def _secret_service_ids() -> frozenset[str]:
    import secretstorage  # noqa: PLC0415  # there on Linux only

    bus = secretstorage.dbus_init()
    try:
        items = secretstorage.get_default_collection(bus).search_items({"application": APP})
        names = [item.get_attributes().get("service", "") for item in items]
    finally:
        bus.close()
    return frozenset(name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX))
