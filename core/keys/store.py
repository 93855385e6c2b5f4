"""The keys a team owns: adding, finding, ordering, changing and removing them, each written into the trail.

What is known about a key is in the database, its secret in the vault; `custody` keeps the two together.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from itertools import count
from sqlite3 import Connection

from core import words
from core.database import Database
from core.errors import UsageError
from core.keys import accounts, attempts
from core.keys.accounts import Account
from core.keys.custody import Custody, Reconciled
from core.keys.lines import Line, Malformed, read_lines, wrong_shape
from core.keys.order import Move, moved
from core.keys.schedule import parse
from core.keys.trail import Note, Trail
from core.keys.vault import MOST_KEYS, Vault, probe
from core.model import Category, Evidence, EvidenceKind, Key, KeyStatus, Reason, Scope, SecretState
from core.secret import Secret, clean_secret, looks_like_key

_ORDER = " ORDER BY k.priority, k.position, k.id"
_NOT_GOING = " WHERE k.secret <> 'DELETING'"


@dataclass(frozen=True, slots=True)
class AddReport:
    """What became of the lines: keys that are new, keys that were known, and (line, reason) for the rest."""

    new: tuple[Key, ...]
    already_here: tuple[Key, ...]
    malformed: tuple[tuple[int, str], ...]


class KeyStore:
    """``origin`` is ``practice`` or ``lusha``: which keys are accepted. ``learn`` is told every secret that passes."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        clock: Callable[[], float],
        *,
        origin: str,
        actor: str = "user",
        learn: Callable[[Secret], None] = lambda _secret: None,
    ) -> None:
        self._db, self._vault, self._clock = db, vault, clock
        self._origin, self._actor, self._learn = origin, actor, learn
        self._trail = Trail(db, clock)
        self._custody = Custody(db, vault, clock)

    def list(self) -> tuple[Key, ...]:
        """All keys in the order they are tried: priority (lower first), then position (oldest first until moved)."""
        with self._db.read() as con:
            return _keys(con)

    def accounts(self) -> tuple[Account, ...]:
        """The accounts that have keys, by label."""
        with self._db.read() as con:
            return accounts.all_with_keys(con)

    def get(self, key_id: str) -> Key:
        """The key as it stands now; UsageError when it is gone."""
        found = next((key for key in self.list() if key.id == key_id), None)
        if found is None:
            raise UsageError("This key is not here any more", "It was removed. Look at the list of keys again.")
        return found

    def find(self, text: str) -> Key:
        """The key with this id, label or last four. UsageError when there is none or more than one."""
        wanted = text.strip().lstrip(".\N{HORIZONTAL ELLIPSIS}").casefold()
        keys = self.list()
        found = [key for key in keys if key.id == wanted] or [
            key for key in keys if wanted in {key.label.casefold(), key.last4.casefold()}
        ]
        if not found:
            raise UsageError("No such key", "No key has this id, label or last four characters.")
        if len(found) > 1:
            names = ", ".join(f"“{key.label}” (...{key.last4}, id {key.id})" for key in found)
            raise UsageError("More than one key is meant", f"Say which by its label or id: {names}.")
        return found[0]

    def add_many(
        self, lines: Iterable[str], category: Category, *, label: str = "", account: str = "", anyway: bool = False
    ) -> AddReport:
        """Save every key in ``lines`` (see `lines`); ``label`` and ``account`` are for lines that do not say.

        A known key is not added twice: for another kind of data it becomes ANY, without its secret it gets it back.
        KeyStoreTrouble when the vault refuses; what was saved before stays saved.
        """
        _no_key_in(label)
        _no_key_in(account)
        read = read_lines(lines, origin=self._origin, anyway=anyway)
        return self.add_lines(
            line
            if isinstance(line, Malformed)
            else replace(line, label=line.label or label, account=line.account or account, category=category)
            for line in read
        )

    def add_lines(self, lines: Iterable[Line | Malformed]) -> AddReport:
        """Save the keys of lines already read; see `add_many`. Priority and schedule of known keys stay as they are."""
        new, here, malformed = list[str](), list[str](), list[tuple[int, str]]()
        for line in lines:
            if isinstance(line, Malformed):
                malformed.append((line.number, line.reason))
                continue
            self._learn(line.secret)
            if self._known(line.secret) is None and len(self.list()) >= MOST_KEYS:
                malformed.append((line.number, f"{MOST_KEYS} keys is the most this program keeps."))
                continue
            key, is_new = self._taken_up(line)
            (new if is_new else here).append(key.id)
        kept = {key.id: key for key in self.list()}
        known_ids = dict.fromkeys(key_id for key_id in here if key_id in kept)
        return AddReport(
            tuple(kept[key_id] for key_id in new if key_id in kept),
            tuple(kept[key_id] for key_id in known_ids),
            tuple(malformed),
        )

    def secret(self, key_id: str) -> Secret | None:
        """The secret, read now; None when the store has lost it (the key becomes MISSING) or holds another one."""
        found = self._custody.read(self.get(key_id))
        if found is not None:
            self._learn(found)
        return found

    def replace_secret(self, key_id: str, secret: Secret) -> Key:
        """Give the key another secret, after it was tried. A new epoch: late answers to the old one do not count."""
        plain = clean_secret(secret.reveal())
        problem = wrong_shape(plain, origin=self._origin)
        if problem:
            raise UsageError("This key cannot be used", problem)
        fresh, before = Secret(plain), self.get(key_id)
        self._learn(fresh)
        other = self._known(fresh)
        if other is not None and other.id != key_id:
            raise UsageError("This key is already here", f"It is “{other.label}” (...{other.last4}).")
        self._custody.replace(before, fresh)
        with self._db.write() as con:
            self._activate(con, before, "replaced")
        return self.get(key_id)

    def pause(self, key_id: str) -> Key:
        """The key is skipped until it is resumed; its status stays as it is."""
        return self._paused(key_id, paused=True)

    def resume(self, key_id: str) -> Key:
        return self._paused(key_id, paused=False)

    def reactivate(self, key_id: str) -> Key:
        """The user says: try it again. A new epoch forgets refusals; limits of its account are probed at once."""
        key = self.get(key_id)
        with self._db.write() as con:
            con.execute("UPDATE keys SET epoch=epoch+1 WHERE id=?", (key_id,))
            if key.reason is Reason.ACCOUNT_OFF:
                accounts.forget_refusals(con, key.account_id)
            self._activate(con, key, "reactivated")
            self._wake(con, key)
        return self.get(key_id)

    def remove(self, key_id: str) -> None:
        """Forget the key and its secret; the trail keeps label and last four."""
        key = self.get(key_id)
        with self._db.write() as con:
            con.execute("UPDATE keys SET secret='DELETING', ver=ver+1 WHERE id=?", (key_id,))
            self._note(con, key, "removed")
        self._custody.forget(key_id)

    def move(self, key_id: str, move: Move, to: int = 0) -> tuple[Key, ...]:
        """Change the order keys are tried in; ``to`` counts from 1. Returns all keys in the new order."""
        key = self.get(key_id)
        with self._db.write() as con:
            for place, one in enumerate(moved(_keys(con), key_id, move, to), 1):
                con.execute("UPDATE keys SET position=?, priority=?, ver=ver+1 WHERE id=?", (place, one.priority, one.id))
            self._note(con, key, "moved", message=f"{move.value} {to}" if move is Move.TO else move.value)
        return self.list()

    def edit(
        self,
        key_id: str,
        *,
        label: str | None = None,
        account: str | None = None,
        category: Category | None = None,
        priority: int | None = None,
        schedule: str | None = None,
    ) -> Key:
        """Change what is given. An empty ``account`` gives the key an account of its own again.

        ``schedule`` is a text as `core.keys.schedule` reads it, empty for always; it raises UsageError for others.
        The secret is not touched. UsageError for a label another key has, and for a label that is a key.
        """
        before = self.get(key_id)
        hours = None if schedule is None else str(parse(schedule) or "")
        with self._db.write() as con:
            if label is not None:
                name = _own_label(con, label, key_id)
                con.execute("UPDATE keys SET label=? WHERE id=?", (name, key_id))
                accounts.follow(con, before.account_id, before.label, name)
            if account is not None:
                _no_key_in(account)
                account_id = accounts.named(con, account, fallback=label or before.label, last4=before.last4)
                con.execute("UPDATE keys SET account_id=? WHERE id=?", (account_id, key_id))
                accounts.tidy(con)
            if category is not None:
                con.execute("UPDATE keys SET category=? WHERE id=?", (category.value, key_id))
            if priority is not None:
                con.execute("UPDATE keys SET priority=? WHERE id=?", (priority, key_id))
            if hours is not None:
                con.execute("UPDATE keys SET schedule=? WHERE id=?", (hours, key_id))
            con.execute("UPDATE keys SET ver=ver+1 WHERE id=?", (key_id,))
            after = next(key for key in _keys(con) if key.id == key_id)
            self._note(con, after, "edited", message=_difference(before, after))
        return after

    def renews(self, key_id: str, on: date | None) -> Account:
        """The day (local) on which unused credits of the key's account lapse; None: nobody knows."""
        key = self.get(key_id)
        at = None if on is None else datetime.combine(on, time()).astimezone(UTC)
        with self._db.write() as con:
            accounts.set_renewal(con, key.account_id, at)
            self._note(con, key, "edited", message=f"account renews: {on or 'unknown'}")
        return next(account for account in self.accounts() if account.id == key.account_id)

    def reconcile(self) -> Reconciled:
        """End what a crash left half done. At start in the background, and after a lock of the vault is lifted."""
        return self._custody.reconcile()

    def _taken_up(self, line: Line) -> tuple[Key, bool]:
        """The key of a line and whether it is new; another program may add or remove the same one meanwhile."""
        while (known := self._known(line.secret)) is None:
            if (added := self._add(line)) is not None:
                return added, True
        return self._again(known, line.secret, line.category), False

    def _add(self, line: Line) -> Key | None:
        """None: another program has just added it."""
        with self._db.read() as con:
            first = con.execute("SELECT 1 FROM keys").fetchone() is None
        if first:
            probe(self._vault)
        key_id, now, fp = uuid.uuid4().hex, self._clock(), self._custody.fingerprint(line.secret)
        with self._db.write() as con:
            if con.execute(attempts.KEYS + _NOT_GOING + " AND k.fp=?", (fp,)).fetchone():
                return None
            label = _free_label(con, line.label)
            con.execute(
                "INSERT INTO keys(id, account_id, category, label, last4, fp, position, secret, added_at, priority,"
                " schedule) SELECT ?,?,?,?,?,?, coalesce(max(position),0)+1, 'PENDING', ?, ?, ? FROM keys",
                (
                    key_id,
                    accounts.named(con, line.account, fallback=label, last4=line.secret.last4),
                    line.category.value,
                    label,
                    line.secret.last4,
                    fp,
                    now,
                    line.priority,
                    line.schedule,
                ),
            )
        self._custody.keep(key_id, line.secret)
        key = self.get(key_id)
        with self._db.write() as con:
            self._note(con, key, "added", to_status=key.status.value)
        return key

    def _again(self, key: Key, secret: Secret, category: Category) -> Key:
        """A known key is added once more: another kind of data widens it, a lost secret is put back."""
        if key.secret is not SecretState.HELD:
            self._custody.put_back(key, secret)
        if key.category in {Category.ANY, category}:
            return key
        return self.edit(key.id, category=Category.ANY)

    def _paused(self, key_id: str, *, paused: bool) -> Key:
        key = self.get(key_id)
        if key.paused is not paused:
            with self._db.write() as con:
                con.execute("UPDATE keys SET paused=?, ver=ver+1 WHERE id=?", (int(paused), key_id))
                self._note(con, key, "paused" if paused else "resumed")
        return self.get(key_id)

    def _activate(self, con: Connection, key: Key, action: str) -> None:
        con.execute("UPDATE keys SET status='ACTIVE', reason=NULL, retry_at=NULL, ver=ver+1 WHERE id=?", (key.id,))
        reason = key.reason.value if key.reason else ""
        self._note(con, key, action, from_status=key.status.value, to_status=KeyStatus.ACTIVE.value, reason=reason)

    def _wake(self, con: Connection, key: Key) -> None:
        """Evidence that the account's limits may be probed from now on."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        wake = Evidence(
            seq=attempts.next_seq(con),
            key_id=key.id,
            account_id=key.account_id,
            key_epoch=key.epoch + 1,
            account_epoch=attempts.account_epoch(con, key.account_id),
            scope=Scope.ACCOUNT,
            kind=EvidenceKind.WAKE,
            at=now,
            until=now,
            actor=self._actor,
        )
        self._trail.append(con, [wake])

    def _note(self, con: Connection, key: Key, action: str, *, actor: str = "", **more: str) -> None:
        self._trail.note(con, Note(action, key, actor or self._actor, **more))

    def _known(self, secret: Secret) -> Key | None:
        with self._db.read() as con:
            found = con.execute(attempts.KEYS + _NOT_GOING + " AND k.fp=?", (self._custody.fingerprint(secret),)).fetchone()
        return attempts.key_of(found) if found else None


def _keys(con: Connection) -> tuple[Key, ...]:
    return tuple(attempts.key_of(row) for row in con.execute(attempts.KEYS + _NOT_GOING + _ORDER))


def _labels(con: Connection, but: str = "") -> set[str]:
    rows = con.execute("SELECT label FROM keys WHERE secret <> 'DELETING' AND id <> ?", (but,))
    return {label.casefold() for (label,) in rows}


def _free_label(con: Connection, label: str) -> str:
    """The label, numbered when another key has it; "Key 1" and so on for keys without one."""
    taken = _labels(con)
    if label and label.casefold() not in taken:
        return label
    first, name = (2, label) if label else (1, "Key")
    return next(f"{name} {n}" for n in count(first) if f"{name} {n}".casefold() not in taken)


def _own_label(con: Connection, label: str, key_id: str) -> str:
    _no_key_in(label)
    if not label.strip():
        raise UsageError("A key needs a label", "Type a few letters that tell this key from the others.")
    if label.strip().casefold() in _labels(con, but=key_id):
        raise UsageError("This label is taken", f"Another key is called “{label.strip()}”. Choose a different one.")
    return label.strip()


def _no_key_in(text: str) -> None:
    if any(looks_like_key(clean_secret(part)) for part in [text, *text.split()]):
        raise UsageError("That is a key", "A label or an account may not hold a key: everybody would see it.")


def _difference(before: Key, after: Key) -> str:
    """What an edit changed, for the trail."""
    pairs = (
        ("label", before.label, after.label),
        ("account", before.account, after.account),
        ("for", words.category_word(before.category), words.category_word(after.category)),
        ("priority", str(before.priority), str(after.priority)),
        ("schedule", before.schedule or "always", after.schedule or "always"),
    )
    return "; ".join(f"{name}: {old} to {new}" for name, old, new in pairs if old != new)
