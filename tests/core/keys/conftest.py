"""Keys, stores and clocks for the tests of this folder."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.database import Database
from core.keys.store import KeyStore
from core.keys.vault import MemoryVault

MakeStore = Callable[..., KeyStore]


class Clock:
    """Unix seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "practice.sqlite3") as opened:
        yield opened


@pytest.fixture
def vault() -> MemoryVault:
    return MemoryVault()


@pytest.fixture
def store(db: Database, vault: MemoryVault, clock: Clock) -> KeyStore:
    return KeyStore(db, vault, clock, origin="practice")


@pytest.fixture
def new_key() -> Callable[[], str]:
    """Practice keys with random tails, so that a search for parts of them cannot hit by chance."""
    return lambda: f"00000000-0000-4000-8000-{secrets.token_hex(6)}"
