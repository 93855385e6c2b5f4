"""The key store: set, read back, delete one value of no meaning; then what is in it that should not be, and the reverse."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from core.doctor.data import Inside
from core.doctor.finding import Finding, fine, found
from core.errors import KeyStoreTrouble
from core.keys.vault import Vault, choose, probe

PROBE = "probe-"
_FAULT_OF = {
    "No key store found": "store.none",
    "The key store is locked": "store.locked",
    "The key store refused the key": "store.refused",
    "The key store does not keep what it is given": "store.forgets",
}


def key_store(inside: Inside, find: Callable[[], Vault] = choose) -> Iterator[Finding]:
    """``inside`` names the keys of this home. Nothing of ours is read, so no system asks for each key."""
    try:
        vault = find()
        probe(vault)
        there = vault.ids()
    except KeyStoreTrouble as trouble:
        fault = _FAULT_OF.get(trouble.title)
        yield found(fault, trouble.title) if fault else found("store.unreachable", f"{trouble.title}. {trouble.message}")
        return
    yield fine("Key store", vault.describe())
    if there is not None:
        yield from _compared(inside, there)


def _compared(inside: Inside, there: frozenset[str]) -> Iterator[Finding]:
    missing = inside.held - there
    if missing:
        yield found("keys.missing", f"{len(missing):,} of {len(inside.held):,}")
    orphans = {entry for entry in there - inside.known if not entry.startswith(PROBE)}
    if orphans:
        yield found("keys.orphans", f"{len(orphans):,} entries")
