"""All checks of a home in their order; one that fails does not keep the others from running."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from core import settings as kept
from core.doctor import data, network, place, store, system
from core.doctor.finding import Finding, found
from core.errors import EnrichError, FileTrouble
from core.keys.vault import Vault, choose
from core.settings import URL_VARIABLE, Settings, load

Check = Callable[[], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Home:
    """The settings that could be read, and the finding when they could not (then they are the defaults)."""

    settings: Settings
    findings: tuple[Finding, ...] = ()


def home_of(env: Mapping[str, str]) -> Home:
    """Unusable settings, or a data folder that cannot be made or trusted, are a finding and no reason to look no further."""
    try:
        return Home(load(env))
    except EnrichError as error:
        wrong = _said("settings.wrong", error)
        plain = {name: value for name, value in env.items() if name != URL_VARIABLE}
        return Home(_plain(plain), (wrong,))


def examine(
    home: Home, env: Mapping[str, str], *, offline: bool = False, vault: Callable[[], Vault] = choose
) -> Iterator[Finding]:
    """Everything about this computer but Excel. ``offline``: nobody is asked over the network."""
    settings, inside = home.settings, data.Inside()
    folder = settings.home
    for other in _other_databases(folder, settings.database):
        inside.known |= data.key_ids(other)
    checks: tuple[Check, ...] = (
        system.python,
        system.packages,
        lambda: iter(home.findings),
        lambda: place.data_folder(folder, env),
        lambda: data.database(settings.database, inside),
        lambda: data.open_workbook_runs(folder),
        lambda: store.key_store(inside, vault),
        lambda: network.network(settings, env, offline=offline),
        lambda: system.window(env, sys.platform),
    )
    for check in checks:
        yield from _ended(check)


def _ended(check: Check) -> Iterator[Finding]:
    """What a check finds; a file it may not look into is a finding, too, and the other checks go on."""
    try:
        yield from check()
    except EnrichError as error:
        yield _said("data.rights", error)
    except OSError as error:
        yield found("data.rights", f"{error.filename or ''}: {error.strerror or type(error).__name__}")


def _said(fault: str, error: EnrichError) -> Finding:
    """A link, an open folder or another user's file has a finding of its own, whichever check came upon it."""
    return found("data.refused" if isinstance(error, FileTrouble) else fault, f"{error.title}. {error.message}")


def _other_databases(home: Path, mine: Path) -> Iterator[Path]:
    """Practice and real keys have databases of their own, and the window's practice a folder of its own."""
    for folder in (home, home / "practice"):
        yield from (path for path in folder.glob("*.sqlite3") if path != mine)


def _plain(env: Mapping[str, str]) -> Settings:
    try:
        return load(env)
    except EnrichError:
        return Settings(kept.home_of(env))
