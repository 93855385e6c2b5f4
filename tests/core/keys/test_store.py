"""Keys and their secrets: adding, finding, changing, removing, and what is left when the program is killed."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
import textwrap
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from core.database import Database
from core.errors import KeyStoreTrouble, UsageError
from core.keys.order import Move
from core.keys.store import KeyStore
from core.keys.trail import Trail
from core.keys.vault import MOST_KEYS, MemoryVault, Vault, choose
from core.model import Category, Key, KeyStatus, Reason, SecretState
from core.secret import Secret

ROOT = Path(__file__).parents[3]
REAL = os.environ.get("LUSHAENRICH_REAL_STORE") == "1"
NewKey = Callable[[], str]


class Ticks(Protocol):
    """The clock of these tests: it passes only when told to."""

    now: float

    def __call__(self) -> float: ...


def add(store: KeyStore, *lines: str, category: Category = Category.PHONE_ONLY, **more: str) -> list[Key]:
    return list(store.add_many(lines, category, **more).new)


def mark(db: Database, key: Key, status: KeyStatus, reason: Reason | None = None) -> None:
    """What the rotation does when Lusha refuses."""
    with db.write() as con:
        con.execute(
            "UPDATE keys SET status=?, reason=?, retry_at=? WHERE id=?",
            (status.value, reason.value if reason else None, 1.0 if status is KeyStatus.EXHAUSTED else None, key.id),
        )


class TestAdding:
    def test_a_new_key_is_active_held_and_shows_its_last_four_only(self, store: KeyStore, new_key: NewKey) -> None:
        plain = new_key()
        (key,) = add(store, plain, label="Sales", account="Team North")
        assert re.fullmatch("[0-9a-f]{32}", key.id)
        assert uuid.UUID(key.id).version == 4
        assert (key.label, key.account, key.last4, key.category) == (
            "Sales",
            "Team North",
            plain[-4:],
            Category.PHONE_ONLY,
        )
        assert (key.status, key.secret, key.paused, key.priority) == (KeyStatus.ACTIVE, SecretState.HELD, False, 100)
        assert key.is_active
        secret = store.secret(key.id)
        assert secret is not None
        assert secret.reveal() == plain
        assert plain not in repr((store.list(), store.accounts(), secret))

    def test_every_line_is_reported(self, store: KeyStore, new_key: NewKey) -> None:
        known, first, second = new_key(), new_key(), new_key()
        add(store, known)
        report = store.add_many([f"One,{first}", "", "nonsense", known, f"Two,{second},Team"], Category.PHONE_ONLY)
        assert [(key.label, key.last4) for key in report.new] == [("One", first[-4:]), ("Two", second[-4:])]
        assert [key.last4 for key in report.already_here] == [known[-4:]]
        assert [line for line, _ in report.malformed] == [3]
        assert len(store.list()) == 3

    def test_the_same_key_twice_in_one_list_is_one_key(self, store: KeyStore, new_key: NewKey) -> None:
        plain = new_key()
        report = store.add_many([plain, plain.upper()], Category.ANY)
        assert report.new == report.already_here == store.list()

    @pytest.mark.parametrize(
        ("first", "second", "becomes"),
        [
            (Category.PHONE_ONLY, Category.EMAIL_ONLY, Category.ANY),
            (Category.EMAIL_ONLY, Category.ANY, Category.ANY),
            (Category.ANY, Category.PHONE_ONLY, Category.ANY),
            (Category.PHONE_ONLY, Category.PHONE_ONLY, Category.PHONE_ONLY),
        ],
    )
    def test_a_known_key_for_another_kind_becomes_one_for_any(
        self, store: KeyStore, vault: MemoryVault, new_key: NewKey, first: Category, second: Category, becomes: Category
    ) -> None:
        plain = new_key()
        (key,) = add(store, plain, category=first)
        report = store.add_many([plain], second)
        assert (report.new, [one.id for one in report.already_here]) == ((), [key.id])
        assert [one.category for one in store.list()] == [becomes]
        assert list(vault.kept) == [key.id]

    def test_labels_are_never_the_same_twice(self, store: KeyStore, new_key: NewKey) -> None:
        add(store, new_key(), new_key())
        add(store, new_key(), new_key(), f"sales,{new_key()}", label="Sales")
        assert [key.label for key in store.list()] == ["Key 1", "Key 2", "Sales", "Sales 2", "sales 3"]

    def test_keys_without_an_account_have_one_of_their_own(self, store: KeyStore, new_key: NewKey) -> None:
        a, b, c, d = add(store, new_key(), new_key(), f"C,{new_key()},Team", f"D,{new_key()},TEAM")
        assert len({a.account_id, b.account_id, c.account_id}) == 3
        assert c.account_id == d.account_id
        assert [(one.label, one.own, one.keys) for one in store.accounts()] == [
            ("Key 1", True, 1),
            ("Key 2", True, 1),
            ("Team", False, 2),
        ]

    @pytest.mark.parametrize("place", ["label", "account"])
    def test_a_key_is_never_taken_for_a_name(self, store: KeyStore, new_key: NewKey, place: str) -> None:
        with pytest.raises(UsageError, match="That is a key"):
            add(store, new_key(), **{place: f"my {new_key()}"})
        assert store.list() == ()

    def test_practice_keys_and_real_keys_do_not_meet(
        self, db: Database, vault: MemoryVault, clock: Callable[[], float], new_key: NewKey
    ) -> None:
        real = str(uuid.uuid4())
        for origin, wrong in (("practice", real), ("lusha", new_key())):
            report = KeyStore(db, vault, clock, origin=origin).add_many([wrong], Category.ANY)
            assert [line for line, _ in report.malformed] == [1]
        assert vault.kept == {}

    def test_no_more_keys_than_the_smallest_system_can_keep(self, store: KeyStore, db: Database, new_key: NewKey) -> None:
        (key,) = add(store, new_key())
        with db.write() as con:
            con.executemany(
                "INSERT INTO keys(id, account_id, category, label, last4, fp, position, secret, added_at)"
                " VALUES(?,?,'ANY',?,'0000',?,1,'HELD',0)",
                [(str(n), key.account_id, str(n), str(n)) for n in range(MOST_KEYS - 1)],
            )
        report = store.add_many([new_key()], Category.ANY)
        assert report.new == ()
        assert str(MOST_KEYS) in report.malformed[0][1]

    def test_everybody_who_hides_secrets_is_told_before_they_are_used(
        self, db: Database, vault: MemoryVault, clock: Callable[[], float], new_key: NewKey
    ) -> None:
        learned: list[Secret] = []
        store = KeyStore(db, vault, clock, origin="practice", learn=learned.append)
        plain, other = new_key(), new_key()
        (key,) = add(store, plain)
        store.secret(key.id)
        store.replace_secret(key.id, Secret(other))
        assert [secret.reveal() for secret in learned] == [plain, plain, other]


class TestOrder:
    def test_priority_comes_first_then_the_oldest(self, store: KeyStore, new_key: NewKey) -> None:
        keys = add(store, *(f"{name},{new_key()}" for name in "ABCD"))
        store.edit(keys[2].id, priority=1)
        assert "".join(key.label for key in store.list()) == "CABD"

    def test_moving_changes_the_order_for_good(self, store: KeyStore, new_key: NewKey) -> None:
        keys = add(store, *(f"{name},{new_key()}" for name in "ABCD"))
        store.edit(keys[0].id, priority=1)
        got = store.move(keys[3].id, Move.TOP)
        assert "".join(key.label for key in got) == "DABC"
        assert store.list() == got
        assert "".join(key.label for key in store.move(keys[3].id, Move.TO, 2)) == "ADBC"
        (last,) = add(store, new_key())
        assert store.list()[-1].id == last.id


class TestFinding:
    def test_by_id_label_or_last_four(self, store: KeyStore, new_key: NewKey) -> None:
        key, _ = add(store, f"Sales DE,{new_key()}", f"Other,{new_key()}")
        for text in (key.id, "sales de", " Sales DE ", key.last4, f"...{key.last4}", f"…{key.last4.upper()}"):
            assert store.find(text) == key

    def test_two_that_fit_are_listed_by_label_and_last_four(self, store: KeyStore) -> None:
        add(store, "A,00000000-0000-4000-8000-11111111a41f", "B,00000000-0000-4000-8000-22222222a41f")
        with pytest.raises(UsageError) as caught:
            store.find("a41f")
        assert "“A” (...a41f" in caught.value.message
        assert "“B” (...a41f" in caught.value.message

    def test_none_that_fits_is_said_without_repeating_what_was_typed(self, store: KeyStore, new_key: NewKey) -> None:
        plain = new_key()
        with pytest.raises(UsageError) as caught:
            store.find(plain)
        assert plain[-12:] not in str(caught.value)


class TestChanging:
    def test_pausing_leaves_the_status_alone(self, store: KeyStore, db: Database, new_key: NewKey) -> None:
        (key,) = add(store, new_key())
        mark(db, key, KeyStatus.EXHAUSTED, Reason.CREDITS)
        paused = store.pause(key.id)
        assert (paused.paused, paused.status, paused.is_active) == (True, KeyStatus.EXHAUSTED, False)
        assert store.resume(key.id).paused is False
        assert store.get(key.id).status is KeyStatus.EXHAUSTED

    def test_reactivating_begins_a_new_epoch(self, store: KeyStore, db: Database, new_key: NewKey) -> None:
        (key,) = add(store, new_key())
        mark(db, key, KeyStatus.INVALID, Reason.REFUSED)
        got = store.reactivate(key.id)
        assert (got.status, got.reason, got.retry_at, got.epoch) == (KeyStatus.ACTIVE, None, None, key.epoch + 1)
        with db.read() as con:
            assert con.execute("SELECT kind, scope, until IS NOT NULL FROM evidence").fetchall() == [("WAKE", "A", 1)]

    def test_an_account_that_was_off_is_on_again_for_all_its_keys(self, store: KeyStore, db: Database, new_key: NewKey) -> None:
        keys = add(store, new_key(), new_key(), account="Team")
        for key in keys:
            mark(db, key, KeyStatus.INVALID, Reason.ACCOUNT_OFF)
        store.reactivate(keys[0].id)
        assert {key.status for key in store.list()} == {KeyStatus.ACTIVE}
        with db.read() as con:
            assert con.execute("SELECT epoch FROM accounts").fetchall() == [(1,)]

    def test_editing_changes_what_is_given_and_never_the_secret(
        self, store: KeyStore, vault: MemoryVault, new_key: NewKey
    ) -> None:
        (key,) = add(store, new_key())
        vault.locked = {"get", "set", "delete"}
        got = store.edit(key.id, label=" New ", account="Team", category=Category.ANY, priority=5)
        assert (got.label, got.account, got.category, got.priority) == ("New", "Team", Category.ANY, 5)
        back = store.edit(key.id, account="")
        assert (back.account, back.label) == ("New", "New")
        assert [one.label for one in store.accounts()] == ["New"]

    def test_an_own_account_is_called_as_its_key(self, store: KeyStore, new_key: NewKey) -> None:
        (key,) = add(store, new_key(), label="Before")
        assert store.edit(key.id, label="After").account == "After"

    @pytest.mark.parametrize("label", ["", "  ", "other"])
    def test_a_label_is_not_empty_and_not_taken(self, store: KeyStore, new_key: NewKey, label: str) -> None:
        key, _ = add(store, f"Mine,{new_key()}", f"Other,{new_key()}")
        with pytest.raises(UsageError):
            store.edit(key.id, label=label)
        assert store.get(key.id).label == "Mine"

    def test_a_key_that_is_gone_is_said_so(self, store: KeyStore) -> None:
        for act in (store.get, store.pause, store.remove, store.secret, store.reactivate):
            with pytest.raises(UsageError, match="not here any more"):
                act("gone")

    def test_everything_is_written_down(self, store: KeyStore, db: Database, clock: Callable[[], float], new_key: NewKey) -> None:
        (key,) = add(store, new_key(), label="Mine")
        store.pause(key.id)
        store.pause(key.id)  # nothing changed: no second line
        store.resume(key.id)
        mark(db, key, KeyStatus.INVALID, Reason.REFUSED)
        store.reactivate(key.id)
        store.edit(key.id, label="Yours", priority=3)
        store.move(key.id, Move.TOP)
        store.replace_secret(key.id, Secret(new_key()))
        store.remove(key.id)
        lines = Trail(db, clock).entries(key_id=key.id)[::-1]
        assert [line.action for line in lines] == [
            *("added", "paused", "resumed", "reactivated", "edited", "moved", "replaced", "removed")
        ]
        assert {line.actor for line in lines} == {"user"}
        assert (lines[3].from_status, lines[3].to_status, lines[3].reason) == ("INVALID", "ACTIVE", "refused")
        assert lines[4].message == "label: Mine to Yours; account: Mine to Yours; priority: 100 to 3"
        assert (lines[-1].label, len(lines[-1].last4)) == ("Yours", 4)


class TestReplacing:
    def test_the_new_secret_has_the_old_ones_place(
        self, store: KeyStore, vault: MemoryVault, db: Database, new_key: NewKey
    ) -> None:
        (key,) = add(store, new_key(), label="Mine")
        mark(db, key, KeyStatus.INVALID, Reason.REFUSED)
        fresh = new_key()
        got = store.replace_secret(key.id, Secret(fresh))
        assert (got.id, got.label, got.last4, got.epoch) == (key.id, "Mine", fresh[-4:], key.epoch + 1)
        assert (got.status, got.secret) == (KeyStatus.ACTIVE, SecretState.HELD)
        assert store.secret(key.id) == Secret(fresh)
        assert len(vault.kept) == 1

    def test_another_keys_secret_is_refused(self, store: KeyStore, new_key: NewKey) -> None:
        plain = new_key()
        mine, _ = add(store, new_key(), f"Other,{plain}")
        with pytest.raises(UsageError, match="already here"):
            store.replace_secret(mine.id, Secret(plain))
        with pytest.raises(UsageError, match="cannot be used"):
            store.replace_secret(mine.id, Secret(str(uuid.uuid4())))
        assert store.get(mine.id) == mine

    def test_a_refused_write_leaves_the_old_one_in_use(self, store: KeyStore, vault: MemoryVault, new_key: NewKey) -> None:
        plain = new_key()
        (key,) = add(store, plain)
        vault.locked = {"set"}
        with pytest.raises(KeyStoreTrouble):
            store.replace_secret(key.id, Secret(new_key()))
        assert store.get(key.id).is_active
        assert store.get(key.id).last4 == plain[-4:]
        assert store.secret(key.id) == Secret(plain)

    def test_a_store_that_stops_answering_leaves_the_key_to_reconcile(
        self,
        store: KeyStore,
        vault: MemoryVault,
        clock: Ticks,
        new_key: NewKey,
    ) -> None:
        (key,) = add(store, new_key())
        vault.locked = {"set", "get"}
        with pytest.raises(KeyStoreTrouble):
            store.replace_secret(key.id, Secret(new_key()))
        assert store.get(key.id).secret is SecretState.PENDING
        vault.locked = set()
        clock.now += 61
        assert store.reconcile().missing == 1  # the old secret is not the one the row speaks of
        assert store.get(key.id).secret is SecretState.MISSING

    def test_a_missing_key_whose_replacement_is_refused_stays_missing(
        self, store: KeyStore, vault: MemoryVault, new_key: NewKey
    ) -> None:
        (key,) = add(store, new_key())
        vault.kept.clear()
        store.secret(key.id)
        vault.locked = {"set"}
        with pytest.raises(KeyStoreTrouble):
            store.replace_secret(key.id, Secret(new_key()))
        assert store.get(key.id).secret is SecretState.MISSING


class TestRemoving:
    def test_nothing_is_left_but_the_trail(self, store: KeyStore, vault: MemoryVault, db: Database, new_key: NewKey) -> None:
        plain = new_key()
        (key,) = add(store, plain)
        store.remove(key.id)
        assert (store.list(), store.accounts(), vault.kept) == ((), (), {})
        with db.read() as con:
            assert con.execute("SELECT count(*) FROM accounts").fetchone() == (0,)
        assert add(store, plain)[0].id != key.id

    def test_a_secret_that_was_gone_already_counts_as_removed(self, store: KeyStore, vault: MemoryVault, new_key: NewKey) -> None:
        (key,) = add(store, new_key())
        vault.kept.clear()
        store.remove(key.id)
        assert store.list() == ()

    def test_a_locked_store_takes_the_key_out_of_use_and_reconcile_ends_it(
        self, store: KeyStore, vault: MemoryVault, new_key: NewKey
    ) -> None:
        plain = new_key()
        (key,) = add(store, plain)
        vault.locked = {"delete"}
        with pytest.raises(KeyStoreTrouble):
            store.remove(key.id)
        assert store.list() == ()
        assert list(vault.kept) == [key.id]
        vault.locked = set()
        (again,) = add(store, plain)  # may come back meanwhile
        assert store.reconcile().deleted == 1
        assert list(vault.kept) == [again.id]

    def test_an_account_something_was_asked_of_stays_for_the_books(self, store: KeyStore, db: Database, new_key: NewKey) -> None:
        (key,) = add(store, new_key(), label="Mine")
        with db.write() as con:
            con.execute("INSERT INTO ledger VALUES('p', 'phones', ?, 1, 1, 5, '')", (key.account_id,))
        store.remove(key.id)
        (again,) = add(store, new_key(), label="Mine")
        with db.read() as con:
            assert con.execute("SELECT label FROM accounts WHERE id=?", (key.account_id,)).fetchone() == ("Mine",)
        assert again.account == f"Mine ...{again.last4}"


class TestTrouble:
    def test_a_refused_write_leaves_no_key(self, store: KeyStore, vault: MemoryVault, new_key: NewKey) -> None:
        add(store, new_key())
        vault.locked = {"set"}
        with pytest.raises(KeyStoreTrouble):
            add(store, new_key())
        assert len(store.list()) == len(vault.kept) == 1

    def test_the_store_is_probed_before_the_first_key(
        self, store: KeyStore, db: Database, vault: MemoryVault, new_key: NewKey
    ) -> None:
        vault.set = lambda *_: None  # type: ignore[method-assign]  # forgets
        with pytest.raises(KeyStoreTrouble, match="does not keep"):
            add(store, new_key())
        with db.read() as con:
            assert con.execute("SELECT count(*) FROM keys").fetchone() == (0,)

    def test_a_store_locked_on_the_way_is_settled_later(
        self,
        store: KeyStore,
        vault: MemoryVault,
        clock: Ticks,
        new_key: NewKey,
    ) -> None:
        add(store, new_key())
        vault.locked = {"set", "get"}
        with pytest.raises(KeyStoreTrouble, match="locked"):
            add(store, new_key())
        assert [key.secret for key in store.list()] == [SecretState.HELD, SecretState.PENDING]
        vault.locked = set()
        clock.now += 59
        assert store.reconcile().dropped == 0  # young: another program may be at work
        clock.now += 1
        assert store.reconcile().dropped == 1
        assert len(store.list()) == 1

    def test_a_secret_removed_outside_makes_the_key_missing_and_nothing_else(
        self, store: KeyStore, vault: MemoryVault, db: Database, new_key: NewKey
    ) -> None:
        plain = new_key()
        (key,) = add(store, plain)
        mark(db, key, KeyStatus.EXHAUSTED, Reason.CREDITS)
        store.pause(key.id)
        vault.kept.clear()
        assert store.secret(key.id) is None
        got = store.get(key.id)
        assert (got.secret, got.status, got.paused) == (SecretState.MISSING, KeyStatus.EXHAUSTED, True)
        report = store.add_many([plain], Category.PHONE_ONLY)  # entered again
        assert [one.id for one in report.already_here] == [key.id]
        assert store.get(key.id).secret is SecretState.HELD
        assert store.secret(key.id) == Secret(plain)

    def test_a_secret_that_is_another_key_is_not_used(self, store: KeyStore, vault: MemoryVault, new_key: NewKey) -> None:
        (key,) = add(store, new_key())
        right = vault.kept[key.id]
        vault.kept[key.id] = Secret(new_key())
        assert store.secret(key.id) is None
        assert store.get(key.id).secret is SecretState.MISSING
        vault.kept[key.id] = right
        assert store.secret(key.id) == right
        assert store.get(key.id).secret is SecretState.HELD

    def test_a_locked_store_is_no_reason_to_call_a_key_missing(
        self, store: KeyStore, vault: MemoryVault, new_key: NewKey
    ) -> None:
        (key,) = add(store, new_key())
        vault.locked = {"get"}
        with pytest.raises(KeyStoreTrouble):
            store.secret(key.id)
        assert store.get(key.id).secret is SecretState.HELD

    def test_a_key_another_program_gave_up_meanwhile_leaves_no_secret(
        self,
        db: Database,
        clock: Ticks,
        new_key: NewKey,
    ) -> None:
        """The system asked its user for longer than others wait."""
        vault = MemoryVault()
        store = KeyStore(db, vault, clock, origin="practice")
        add(store, new_key())
        keep = vault.set

        def slow(key_id: str, secret: Secret) -> None:
            clock.now += 3600
            assert KeyStore(db, vault, clock, origin="practice").reconcile().dropped == 1
            keep(key_id, secret)

        vault.set = slow  # type: ignore[method-assign]
        with pytest.raises(KeyStoreTrouble, match="took too long"):
            add(store, new_key())
        assert len(store.list()) == len(vault.kept) == 1


class TestLeaks:
    def test_no_part_of_a_key_beyond_its_last_four_is_in_any_file(
        self, tmp_path: Path, clock: Callable[[], float], new_key: NewKey
    ) -> None:
        plains = [new_key() for _ in range(6)]
        for version in ((3, 40, 1), (3, 51, 3)):  # with a rollback journal and with a WAL
            folder = tmp_path / str(version[1])
            with Database(folder / "practice.sqlite3", version=version) as db:
                store = KeyStore(db, MemoryVault(), clock, origin="practice")
                keys = add(store, *plains[:4])
                store.replace_secret(keys[0].id, Secret(plains[4]))
                store.remove(keys[1].id)
                store.add_many([plains[2], plains[5][:-1]], Category.ANY)
                with db.write() as con:  # the journal's file exists just now
                    con.execute("UPDATE keys SET ver=ver+1")
                    _nothing_of(plains, con, folder)


def _nothing_of(plains: list[str], con: sqlite3.Connection, folder: Path) -> None:
    """No whole key and no nine characters of its end in any file, no five in any value.

    Ids, salt and fingerprints are random hex digits, in which five of a key's would turn up by chance.
    """
    files = {file.name: file.read_bytes().lower() for file in folder.iterdir()}
    assert len(files) > 1  # the journal too
    long = {plain[-12:][n : n + 9].encode() for plain in plains for n in range(4)}
    assert [(name, part) for name, data in files.items() for part in long if part in data] == []
    short = {plain[-12:][n : n + 5] for plain in plains for n in range(8)}
    tables = [name for (name,) in con.execute("SELECT name FROM sqlite_master WHERE type='table'")]
    for table in tables:
        rows = con.execute(f"SELECT * FROM {table}")
        names = [column[0] for column in rows.description]
        for row in rows:
            values = [str(v).lower() for name, v in zip(names, row, strict=True) if name not in RANDOM]
            assert [(table, part) for part in short for value in values if part in value] == []


RANDOM = {"id", "key_id", "account_id", "fp", "value"}


class FileVault:
    """A store that outlives a killed process; ``die`` is the call during which the process is killed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, key_id: str) -> Secret | None:
        value = self._all().get(key_id)
        return None if value is None else Secret(value)

    def set(self, key_id: str, secret: Secret) -> None:
        self._path.write_text(json.dumps({**self._all(), key_id: secret.reveal()}), encoding="utf-8")

    def delete(self, key_id: str) -> bool:
        kept = self._all()
        there = kept.pop(key_id, None) is not None
        self._path.write_text(json.dumps(kept), encoding="utf-8")
        return there

    def ids(self) -> frozenset[str] | None:
        return frozenset(self._all())

    def describe(self) -> str:
        return "a file of the tests"

    def _all(self) -> dict[str, str]:
        return dict(json.loads(self._path.read_text(encoding="utf-8"))) if self._path.exists() else {}


KILLED = """
    import importlib.util, os, sys, time
    sys.path.insert(0, {root!r})
    from pathlib import Path
    from core.database import Database
    from core.keys.store import KeyStore
    from core.keys.vault import choose
    from core.model import Category
    from core.secret import Secret
    spec = importlib.util.spec_from_file_location("the_tests", {tests!r})
    tests = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tests)

    folder, which, work, point, plain, fresh = Path(sys.argv[1]), *sys.argv[2:]
    inner = choose() if which == "real" else tests.FileVault(folder / "vault.json")

    class Deadly:
        armed = False
        def get(self, key_id): return inner.get(key_id)
        def set(self, key_id, secret): return self._around("set", inner.set, key_id, secret)
        def delete(self, key_id): return self._around("delete", inner.delete, key_id)
        def ids(self): return inner.ids()
        def describe(self): return inner.describe()
        def _around(self, name, call, key_id, *more):
            mine = self.armed and not key_id.startswith("probe-")
            if mine and point == "before-" + name: os._exit(9)
            done = call(key_id, *more)
            if mine and point == "after-" + name: os._exit(9)
            return done

    vault = Deadly()
    with Database(folder / "practice.sqlite3") as db:
        store = KeyStore(db, vault, time.time, origin="practice")
        vault.armed = work == "add"
        (key,) = store.add_many([plain], Category.ANY).new
        vault.armed = True
        if work == "remove": store.remove(key.id)
        if work == "replace": store.replace_secret(key.id, Secret(fresh))
"""


@pytest.mark.parametrize("which", ["file", "real"])
@pytest.mark.parametrize(
    ("work", "point", "left"),
    [
        ("add", "before-set", []),
        ("add", "after-set", [SecretState.HELD]),
        ("remove", "before-delete", []),
        ("remove", "after-delete", []),
        ("replace", "before-set", [SecretState.MISSING]),
        ("replace", "after-set", [SecretState.HELD]),
    ],
)
def test_killed_at_any_step_leaves_no_secret_without_a_key_and_no_key_without_a_word(
    tmp_path: Path,
    clock: Ticks,
    new_key: NewKey,
    which: str,
    work: str,
    point: str,
    left: list[SecretState],
) -> None:
    if which == "real" and not REAL:
        pytest.skip("set LUSHAENRICH_REAL_STORE=1 beside a real, unlocked key store")
    vault: Vault = choose() if which == "real" else FileVault(tmp_path / "vault.json")
    before = vault.ids() or frozenset()
    code = textwrap.dedent(KILLED).format(root=str(ROOT), tests=__file__)
    plain, fresh = new_key(), new_key()
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), which, work, point, plain, fresh], check=False, capture_output=True
    )
    assert ended.returncode == 9, ended.stderr.decode()
    with Database(tmp_path / "practice.sqlite3") as db:
        clock.now += 10_000_000_000.0  # long after
        store = KeyStore(db, vault, clock, origin="practice")
        store.reconcile()
        keys = store.list()
        assert [key.secret for key in keys] == left
        assert (vault.ids() or frozenset()) - before == {key.id for key in keys}
        for key in keys:
            secret = store.secret(key.id)
            assert (secret is not None) == (key.secret is SecretState.HELD)
            assert secret is None or secret.reveal()[-4:] == key.last4
            store.remove(key.id)
        assert store.reconcile() == type(store.reconcile())()
        assert (vault.ids() or frozenset()) - before == frozenset()


def test_a_key_that_another_program_adds_at_the_same_moment_is_here_once(db: Database, clock: Ticks, new_key: NewKey) -> None:
    class Meanwhile(MemoryVault):
        """The other program adds it while this one tries the key store."""

        def delete(self, key_id: str) -> bool:
            if not theirs:
                theirs.append(KeyStore(db, MemoryVault(), clock, origin="practice"))
                assert len(theirs[0].add_many([key], Category.EMAIL_ONLY).new) == 1
            return super().delete(key_id)

    key, theirs = new_key(), list[KeyStore]()
    one = KeyStore(db, Meanwhile(), clock, origin="practice")
    report = one.add_many([key], Category.PHONE_ONLY)
    assert report.new == ()
    assert [kept.category for kept in report.already_here] == [Category.ANY]
    assert len(one.list()) == 1
