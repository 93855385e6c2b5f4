"""One contract for every vault, how the system's is chosen, and what its errors become."""

from __future__ import annotations

import os
import secrets
import sys
import types
import uuid
from collections.abc import Iterator

import pytest

from core.errors import KeyStoreTrouble
from core.keys.vault import BACKENDS, MemoryVault, SystemVault, Vault, choose, choose_backend, probe, translate
from core.secret import Secret

REAL = os.environ.get("LUSHAENRICH_REAL_STORE") == "1"
WINDOWS_MOST = 1280  # characters of a credential


class Named(Exception):  # stands for errors of other packages
    winerror: int | None = None


def named(name: str, text: str = "", winerror: int | None = None) -> Exception:
    """An error of a class called ``name``, as keyring's backends raise them."""
    error = type(name, (Named,), {})(text)
    error.winerror = winerror
    return error


class Backend:
    """What keyring's backends do, in memory; ``error`` is raised by every call when it is set."""

    priority = 5

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.error: Exception | None = None

    def get_password(self, service: str, username: str) -> str | None:
        self._gate()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._gate()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._gate()
        if self.kept.pop((service, username), None) is None:
            raise named("PasswordDeleteError")

    def _gate(self) -> None:
        if self.error is not None:
            raise self.error


class TestContract:
    """What the rest of the program relies on, whichever store it is."""

    @pytest.fixture(params=["memory", "adapter", "real"])
    def vault(self, request: pytest.FixtureRequest) -> Vault:
        match request.param:
            case "memory":
                return MemoryVault()
            case "adapter":
                return SystemVault(Backend())
            case _:
                if not REAL:
                    pytest.skip("set LUSHAENRICH_REAL_STORE=1 beside a real, unlocked key store")
                return choose()

    @pytest.fixture
    def entry(self, vault: Vault) -> Iterator[str]:
        key_id = uuid.uuid4().hex
        yield key_id
        vault.delete(key_id)

    @pytest.mark.parametrize("value", ["one", "zwei ü 漢", "x" * WINDOWS_MOST])
    def test_what_is_set_is_read_back(self, vault: Vault, entry: str, value: str) -> None:
        vault.set(entry, Secret(value))
        assert vault.get(entry) == Secret(value)

    def test_a_second_secret_replaces_the_first(self, vault: Vault, entry: str) -> None:
        vault.set(entry, Secret("first-one"))
        vault.set(entry, Secret("second-one"))
        assert vault.get(entry) == Secret("second-one")
        assert vault.delete(entry)
        assert vault.get(entry) is None

    def test_a_missing_entry_reads_as_none_and_deletes_as_false(self, vault: Vault, entry: str) -> None:
        assert vault.get(entry) is None
        assert not vault.delete(entry)

    def test_two_keys_do_not_touch_each_other(self, vault: Vault, entry: str) -> None:
        other = uuid.uuid4().hex
        vault.set(entry, Secret("mine-1234"))
        vault.set(other, Secret("other-1234"))
        vault.delete(other)
        assert vault.get(entry) == Secret("mine-1234")

    def test_its_entries_can_be_listed_or_it_says_that_it_cannot(self, vault: Vault, entry: str) -> None:
        vault.set(entry, Secret("mine-1234"))
        ids = vault.ids()
        assert ids is None or entry in ids

    def test_the_probe_is_content_and_leaves_nothing(self, vault: Vault) -> None:
        before = vault.ids()
        probe(vault)
        assert vault.ids() == before

    def test_it_has_a_name(self, vault: Vault) -> None:
        assert vault.describe()


@pytest.mark.parametrize("change", ["forget", "alter"])
def test_a_store_that_does_not_keep_what_it_is_given_is_refused(change: str) -> None:
    backend = Backend()
    backend.get_password = lambda *_: None if change == "forget" else "another"  # type: ignore[method-assign]
    with pytest.raises(KeyStoreTrouble) as caught:
        probe(SystemVault(backend))
    assert caught.value.title == "The key store does not keep what it is given"
    assert caught.value.message == "Keys cannot be saved safely here."


@pytest.mark.parametrize(
    ("error", "title", "message"),
    [
        *[
            (
                named(name),
                "The key store is locked",
                "Unlock it (sign in to your keyring) and press Try again. No key was lost.",
            )
            for name in ("KeyringLocked", "InitError", "LockedException", "PromptDismissedException")
        ],
        *[
            (error, "The key store refused the key", "It may be full. Remove keys you no longer use, then try again.")
            for error in (named("PasswordSetError"), named("error", winerror=8), named("error", winerror=1783))
        ],
        (named("error", winerror=1312), "The key store cannot be reached", "error. Nothing was changed."),
        (OSError("bus"), "The key store cannot be reached", "OSError. Nothing was changed."),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_what_backends_raise_becomes_words(error: Exception, title: str, message: str) -> None:
    said = translate(error)
    assert (said.title, said.message) == (title, message)


def test_what_is_in_words_already_stays() -> None:
    said = KeyStoreTrouble("a", "b")
    assert translate(said) is said


@pytest.mark.parametrize("call", ["get", "set", "delete"])
def test_every_call_speaks_in_words_and_never_of_the_secret(call: str) -> None:
    plain, backend = secrets.token_hex(12), Backend()
    backend.error = named("KeyringError", text=plain)
    vault = SystemVault(backend)
    calls = {
        "get": lambda: vault.get("a"),
        "set": lambda: vault.set("a", Secret(plain)),
        "delete": lambda: vault.delete("a"),
    }
    with pytest.raises(KeyStoreTrouble) as caught:
        calls[call]()
    assert plain not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_refused_deletion_is_not_taken_for_a_missing_entry() -> None:
    """The macOS backend raises the same error for both."""
    backend = Backend()
    vault = SystemVault(backend)
    vault.set("a", Secret("still-here"))

    def refuse(*_: str) -> None:
        raise named("PasswordDeleteError")

    backend.delete_password = refuse  # type: ignore[method-assign]
    with pytest.raises(KeyStoreTrouble):
        vault.delete("a")


def test_each_key_has_a_service_of_its_own() -> None:
    """Under one service the Windows backend moves credentials about and two programs lose some."""
    backend = Backend()
    SystemVault(backend).set("3f0c", Secret("value-1234"))
    assert list(backend.kept) == [("LushaEnrich/3f0c", "api-key")]


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A module of backends: one that is not there, one that answers, one that must never be asked."""
    module = types.ModuleType("pretend_backends")

    class Meta(type):
        @property
        def priority(cls) -> float:
            raise RuntimeError("no such service")

    class Absent(metaclass=Meta):
        pass

    class Here(Backend):
        appid = "Python keyring library"
        persist = "enterprise"

    module.Absent, module.Here = Absent, Here  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pretend_backends", module)
    return module


def test_the_first_store_that_answers_is_taken(platform: types.ModuleType) -> None:
    names = ("pretend_backends:Nowhere", "no_such_module:X", "pretend_backends:Absent", "pretend_backends:Here")
    assert type(choose_backend("linux", {"linux": names})) is platform.Here


@pytest.mark.parametrize(
    ("system", "appid", "persist"),
    [
        ("linux", "LushaEnrich", "enterprise"),
        ("freebsd14", "LushaEnrich", "enterprise"),
        ("win32", "Python keyring library", "local machine"),
    ],
)
def test_it_is_set_up_for_its_platform(platform: types.ModuleType, system: str, appid: str, persist: str) -> None:
    family = "win32" if system == "win32" else "linux"
    backend = choose_backend(system, {family: ("pretend_backends:Here",)})
    assert isinstance(backend, platform.Here)
    assert (backend.appid, backend.persist) == (appid, persist)


@pytest.mark.parametrize("system", ["linux", "plan9"])
def test_a_computer_without_a_store_is_told_so(platform: types.ModuleType, system: str) -> None:
    with pytest.raises(KeyStoreTrouble) as caught:
        choose_backend(system, {"linux": (f"{platform.__name__}:Absent",)})
    assert caught.value.title == "No key store found"
    assert caught.value.message == "This computer offers no key store we trust. Keys cannot be saved here."


def test_only_named_stores_of_keyring_itself_are_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    assert {path.split(":")[0] for paths in BACKENDS.values() for path in paths} == {
        f"keyring.backends.{name}" for name in ("Windows", "macOS", "SecretService", "kwallet", "libsecret")
    }
    with pytest.raises(KeyStoreTrouble, match="No key store found"):
        choose_backend("linux", {"linux": ()})


def test_the_store_is_not_looked_for_before_it_is_used() -> None:
    """The window opens without it."""
    vault = SystemVault()
    assert vault.__dict__["_known"] is None


@pytest.mark.skipif(not REAL, reason="set LUSHAENRICH_REAL_STORE=1 beside a real, unlocked key store")
def test_the_real_store_is_one_of_ours_and_lists_its_entries() -> None:
    vault, entry = SystemVault(), uuid.uuid4().hex
    vault.set(entry, Secret("value-1234"))
    ids = vault.ids()
    assert vault.delete(entry)
    assert ids is not None
    assert entry in ids
    assert entry not in (vault.ids() or ())
    assert vault.describe() == "SecretService (Keyring)"


def test_memory_can_play_a_locked_store() -> None:
    vault = MemoryVault()
    vault.locked = {"get"}
    with pytest.raises(KeyStoreTrouble, match="locked"):
        vault.get("a")
