"""A key's row and its secret, never one without the other: two phases, so that being killed at any step loses nothing.

The vault is never called inside a transaction, for it may ask the user and wait.

add      row PENDING, secret, HELD
replace  row with the new fingerprint PENDING, secret, HELD
remove   row DELETING, secret deleted, row deleted
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from core.database import Database
from core.errors import KeyStoreTrouble
from core.keys import accounts, attempts
from core.keys.trail import Note, Trail
from core.keys.vault import Vault
from core.model import Key, SecretState
from core.secret import Secret

UNDER_WAY_S = 60.0  # a younger PENDING row may belong to another program at work


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a crash had left half done: keys ``finished``, ``dropped`` (never saved), ``deleted``, now ``missing``."""

    finished: int = 0
    dropped: int = 0
    deleted: int = 0
    missing: int = 0


class Custody:
    """Writes the ``secret`` column of keys and nothing else of them. Raises KeyStoreTrouble when the vault does."""

    def __init__(self, db: Database, vault: Vault, clock: Callable[[], float]) -> None:
        self._db, self._vault, self._clock = db, vault, clock
        self._trail = Trail(db, clock)
        self._salt = self._salted()

    def fingerprint(self, secret: Secret) -> str:
        """Equal for equal keys of this installation, whichever case their letters have; nobody can guess back from it."""
        return Secret(secret.reveal().lower()).fingerprint(self._salt)

    def keep(self, key_id: str, secret: Secret) -> None:
        """Save the secret of a PENDING row. Refused: no secret, no row."""
        try:
            self._vault.set(key_id, secret)
        except KeyStoreTrouble:
            with suppress(KeyStoreTrouble):  # no answer at all: the row stays PENDING and reconcile looks again
                if self._vault.get(key_id) is None:
                    self._drop(key_id, SecretState.PENDING)
            raise
        if not self._held(key_id):  # another program gave the row up while the system was asking its user
            self._vault.delete(key_id)
            raise KeyStoreTrouble("The key was not saved", "The key store took too long to answer. Add the key again.")

    def put_back(self, key: Key, secret: Secret) -> None:
        """The user has entered the secret of a key again that had lost it."""
        self._vault.set(key.id, secret)
        self._now(key, SecretState.HELD)

    def read(self, key: Key) -> Secret | None:
        """The secret; None when the vault has lost it or holds another one: then the key is MISSING."""
        found = self._vault.get(key.id)
        right = found is not None and self._is_of(key, found)
        if key.secret is not SecretState.PENDING:
            self._now(key, SecretState.HELD if right else SecretState.MISSING)
        return found if right else None

    def replace(self, before: Key, fresh: Secret) -> None:
        """Another secret for the same key, in a new epoch. Refused: the old one stays in use."""
        with self._db.write() as con:
            old_print = con.execute("SELECT fp FROM keys WHERE id=?", (before.id,)).fetchone()[0]
            con.execute(
                "UPDATE keys SET secret='PENDING', fp=?, last4=?, epoch=epoch+1, ver=ver+1 WHERE id=?",
                (self.fingerprint(fresh), fresh.last4, before.id),
            )
        try:
            self._vault.set(before.id, fresh)
        except KeyStoreTrouble:
            with suppress(KeyStoreTrouble):  # no answer at all: stays PENDING and reconcile looks again
                self._take_back(before, old_print)
            raise
        self._held(before.id)

    def forget(self, key_id: str) -> None:
        """Delete the secret, then the row, of a key that is DELETING."""
        self._vault.delete(key_id)
        self._drop(key_id, SecretState.DELETING)

    def reconcile(self) -> Reconciled:
        """End what a crash left half done."""
        done = dict.fromkeys(("finished", "dropped", "deleted", "missing"), 0)
        with self._db.read() as con:
            rows = con.execute(attempts.KEYS + " WHERE k.secret IN ('PENDING', 'DELETING')").fetchall()
        for key in map(attempts.key_of, rows):
            if key.secret is SecretState.DELETING:
                self.forget(key.id)
                done["deleted"] += 1
            elif self._clock() - key.added_at.timestamp() >= UNDER_WAY_S:
                done[self._finish(key)] += 1
        return Reconciled(**done)

    def _finish(self, key: Key) -> str:
        """What a PENDING key has become; one that never had a secret is dropped."""
        found = self._vault.get(key.id)
        if found is None and key.epoch == 0:
            self._drop(key.id, SecretState.PENDING)
            return "dropped"
        right = found is not None and self._is_of(key, found)
        self._now(key, SecretState.HELD if right else SecretState.MISSING)
        return "finished" if right else "missing"

    def _take_back(self, before: Key, old_print: str) -> None:
        """A replacement was refused: the row says again what the vault still holds."""
        found = self._vault.get(before.id)
        if found is None or not hmac.compare_digest(self.fingerprint(found), old_print):
            self._finish(replace(before, secret=SecretState.PENDING, epoch=before.epoch + 1))
            return
        with self._db.write() as con:
            con.execute(
                "UPDATE keys SET secret='HELD', fp=?, last4=?, ver=ver+1 WHERE id=?",
                (old_print, before.last4, before.id),
            )

    def _is_of(self, key: Key, secret: Secret) -> bool:
        with self._db.read() as con:
            kept = con.execute("SELECT fp FROM keys WHERE id=?", (key.id,)).fetchone()
        return kept is not None and hmac.compare_digest(self.fingerprint(secret), str(kept[0]))

    def _held(self, key_id: str) -> bool:
        with self._db.write() as con:
            sql = "UPDATE keys SET secret='HELD', ver=ver+1 WHERE id=? AND secret<>'DELETING'"
            return con.execute(sql, (key_id,)).rowcount == 1

    def _now(self, key: Key, state: SecretState) -> None:
        if key.secret is state:
            return
        with self._db.write() as con:
            changed = con.execute(
                "UPDATE keys SET secret=?, ver=ver+1 WHERE id=? AND secret NOT IN ('DELETING', ?)",
                (state.value, key.id, state.value),
            ).rowcount
            if changed:
                message = f"{key.secret.value} to {state.value}"
                self._trail.note(con, Note("secret", key, "key store", message=message))

    def _drop(self, key_id: str, state: SecretState) -> None:
        with self._db.write() as con:
            con.execute("DELETE FROM keys WHERE id=? AND secret=?", (key_id, state.value))
            accounts.tidy(con)

    def _salted(self) -> bytes:
        with self._db.write() as con:
            con.execute("INSERT INTO meta(key, value) VALUES('salt', ?) ON CONFLICT(key) DO NOTHING", (secrets.token_hex(32),))
            return bytes.fromhex(con.execute("SELECT value FROM meta WHERE key='salt'").fetchone()[0])
