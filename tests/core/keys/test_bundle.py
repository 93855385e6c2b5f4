"""The encrypted key file: what comes back, what is refused, and that nothing can be read in it."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.database import Database
from core.errors import EnrichError, FileTrouble, KeyStoreTrouble, UsageError
from core.keys import bundle, carrying
from core.keys.bundle import Bundle, Entry, seal, unseal
from core.keys.store import KeyStore
from core.keys.vault import MemoryVault
from core.model import Category, KeyStatus, SecretState
from core.secret import Secret

NewKey = Callable[[], str]
PASSPHRASE = "correct horse battery"  # four words are better; tests do not keep secrets
PLAIN = "00000000-0000-4000-8000-7c1e5a90b3d2"
ONE = Bundle(
    "practice", (Entry(Secret(PLAIN), 'Main, "Zoë"', "Sales", Category.PHONE_ONLY, 7, "mon-fri 09:00-18:00 Europe/Berlin"),)
)
CHEAP = (15, 8, 1)  # the least that is read: tests guess no passphrases
SEALED = seal(ONE, PASSPHRASE, cost=CHEAP)
HEADER = 8 + 4 + 16 + 12 + 4


def resummed(data: bytes) -> bytes:
    """With the checksum of somebody who changed the file on purpose."""
    return data[:-32] + hashlib.sha256(data[:-32]).digest()


def test_keys_come_back_as_they_were() -> None:
    assert unseal(SEALED, PASSPHRASE) == ONE
    assert unseal(seal(Bundle("lusha", ()), PASSPHRASE), PASSPHRASE) == Bundle("lusha", ())


def test_what_is_made_costs_as_much_to_guess_as_the_format_promises() -> None:
    made = seal(ONE, PASSPHRASE)
    assert tuple(made[9:12]) == bundle.COST == (17, 8, 1)
    assert unseal(made, PASSPHRASE) == ONE


def test_nothing_of_a_key_stands_in_the_file_or_in_any_repr() -> None:
    for part in (PLAIN, PLAIN[-12:], "Zoë", "Sales", PASSPHRASE):
        assert part.encode() not in SEALED
    assert PLAIN[-12:] not in repr(ONE)
    assert "b3d2" in repr(ONE)


def test_the_same_keys_never_make_the_same_file() -> None:
    other = seal(ONE, PASSPHRASE, cost=CHEAP)
    assert other[12:40] != SEALED[12:40]
    blocks = range(HEADER, len(SEALED) - 32, 16)
    assert {SEALED[at : at + 16] for at in blocks}.isdisjoint({other[at : at + 16] for at in blocks})


def test_a_composed_and_a_decomposed_passphrase_are_one() -> None:
    assert unseal(seal(ONE, "Mu\u0308ller und S\u00f6hne"), "M\u00fcller und So\u0308hne") == ONE


def test_a_short_passphrase_is_refused_before_anything_is_made() -> None:
    with pytest.raises(UsageError, match="too short"):
        seal(ONE, "123456789")
    assert unseal(seal(ONE, "1234567890"), "1234567890") == ONE


@pytest.mark.parametrize("wrong", ["", "correct horse batterz", PASSPHRASE.upper(), PASSPHRASE + " "])
def test_a_wrong_passphrase_is_said_as_such(wrong: str) -> None:
    with pytest.raises(FileTrouble, match="passphrase is not right") as caught:
        unseal(SEALED, wrong)
    assert caught.value.code == "bundle_passphrase"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "bundle_not"),
        (b"PK\x03\x04 a workbook", "bundle_not"),
        (SEALED[:8], "bundle_cut"),
        (SEALED[:40], "bundle_cut"),
        (SEALED[:-1], "bundle_cut"),
        (SEALED[: len(SEALED) // 2], "bundle_cut"),
        (SEALED + b"\n", "bundle_damaged"),
        (SEALED[:9] + bytes([200]) + SEALED[10:], "bundle_damaged"),
        (SEALED[:-1] + bytes([SEALED[-1] ^ 1]), "bundle_damaged"),
        (SEALED[:60] + bytes([SEALED[60] ^ 1]) + SEALED[61:], "bundle_damaged"),
        (SEALED[:8] + b"\x02" + SEALED[9:], "bundle_newer"),
        (SEALED[:8] + b"\x02", "bundle_newer"),
        (SEALED + bytes(bundle.BIGGEST), "bundle_too_big"),
    ],
)
def test_a_file_that_is_not_in_order_is_refused_with_one_sentence(data: bytes, code: str) -> None:
    with pytest.raises(FileTrouble) as caught:
        unseal(data, PASSPHRASE)
    assert caught.value.code == code
    assert caught.value.title
    assert caught.value.message


@pytest.mark.parametrize("log_n", [0, 14, 19, 31, 255])
def test_a_file_cannot_make_the_computer_work_or_weaken_the_key(log_n: int) -> None:
    forged = resummed(SEALED[:9] + bytes([log_n]) + SEALED[10:])
    with pytest.raises(FileTrouble, match="damaged"):
        unseal(forged, PASSPHRASE)


@pytest.mark.parametrize("place", [9, 12, 27, 28, 39, HEADER, len(SEALED) - 33])
def test_whoever_changes_a_byte_on_purpose_is_found_out(place: int) -> None:
    """The cost, the salt, the nonce, the first and the last byte of what is encrypted."""
    changed = bytearray(SEALED)
    changed[place] = 16 if place == 9 else changed[place] ^ 1
    with pytest.raises(FileTrouble, match="passphrase is not right"):
        unseal(resummed(bytes(changed)), PASSPHRASE)


def test_the_header_is_authenticated_itself() -> None:
    """The encryption alone, with the right key and nonce, does not open without the exact header."""
    key = bundle._key(PASSPHRASE, SEALED[12:28], CHEAP)
    nonce, body = SEALED[28:40], SEALED[HEADER:-32]
    assert json.loads(AESGCM(key).decrypt(nonce, body, SEALED[:HEADER]))["origin"] == "practice"
    with pytest.raises(InvalidTag):
        AESGCM(key).decrypt(nonce, body, SEALED[: HEADER - 1] + b"\0")


@pytest.mark.parametrize("document", [b"[]", b"{", b'{"origin": "practice"}', b'{"origin": "practice", "keys": [{"key": "x"}]}'])
def test_an_odd_document_of_another_version_of_ours_is_refused(document: bytes) -> None:
    header = struct.pack(">8sBBBB16s12sI", bundle.MAGIC, 1, *CHEAP, bytes(16), bytes(12), len(document) + 16)
    sealed = header + AESGCM(bundle._key(PASSPHRASE, bytes(16), CHEAP)).encrypt(bytes(12), document, header)
    with pytest.raises(FileTrouble, match="something unknown"):
        unseal(sealed + hashlib.sha256(sealed).digest(), PASSPHRASE)


# -- out of one store and into another --------------------------------------------------------------------------------
@pytest.fixture
def elsewhere(tmp_path: Path, clock: Callable[[], float]) -> Iterator[KeyStore]:
    with Database(tmp_path / "other" / "practice.sqlite3") as db:
        yield KeyStore(db, MemoryVault(), clock, origin="practice")


def filled(store: KeyStore, new_key: NewKey) -> list[str]:
    plain = [new_key() for _ in range(3)]
    store.add_many([f"Main,{plain[0]},Sales", f"Spare,{plain[1]}"], Category.PHONE_ONLY)
    store.add_many([f"Mails,{plain[2]},Sales"], Category.EMAIL_ONLY)
    main = store.find("Main").id
    store.edit(main, priority=3, schedule="mon-fri 09:00-18:00")
    store.pause(main)
    return plain


def test_keys_travel_with_all_that_makes_them(store: KeyStore, elsewhere: KeyStore, new_key: NewKey, tmp_path: Path) -> None:
    plain, file = filled(store, new_key), tmp_path / "keys.bundle"
    done = carrying.export(store, "practice", PASSPHRASE, file)
    assert (len(done.keys), done.missing) == (3, ())
    report = carrying.import_(elsewhere, "practice", carrying.read(file), PASSPHRASE)
    assert (len(report.new), report.already_here, report.malformed) == (3, (), ())
    shape = [(key.label, key.account, key.category, key.priority, key.schedule, key.last4) for key in store.list()]
    assert [(key.label, key.account, key.category, key.priority, key.schedule, key.last4) for key in elsewhere.list()] == shape
    assert {account.label: account.own for account in elsewhere.accounts()} == {"Sales": False, "Spare": True}
    for one in plain:
        secret = elsewhere.secret(elsewhere.find(one[-4:]).id)
        assert secret is not None
        assert secret.reveal() == one
    assert all(key.is_active for key in elsewhere.list())  # what this computer paused or learned stays here


def test_importing_twice_changes_nothing(store: KeyStore, new_key: NewKey, tmp_path: Path) -> None:
    filled(store, new_key)
    file = tmp_path / "keys.bundle"
    carrying.export(store, "practice", PASSPHRASE, file)
    store.edit(store.find("Spare").id, label="Renamed", priority=50)
    before = store.list()
    report = carrying.import_(store, "practice", carrying.read(file), PASSPHRASE)
    assert (report.new, len(report.already_here), report.malformed) == ((), 3, ())
    assert store.list() == before


def test_practice_and_real_keys_never_mix(
    store: KeyStore, tmp_path: Path, vault: MemoryVault, clock: Callable[[], float], new_key: NewKey
) -> None:
    filled(store, new_key)
    file = tmp_path / "keys.bundle"
    carrying.export(store, "practice", PASSPHRASE, file)
    with Database(tmp_path / "lusha.sqlite3") as db:
        real = KeyStore(db, MemoryVault(), clock, origin="lusha")
        with pytest.raises(UsageError, match="for practice"):
            carrying.import_(real, "lusha", carrying.read(file), PASSPHRASE)
        claimed = seal(Bundle("lusha", unseal(file.read_bytes(), PASSPHRASE).entries), PASSPHRASE)
        report = carrying.import_(real, "lusha", claimed, PASSPHRASE)
        assert (real.list(), [number for number, _ in report.malformed]) == ((), [1, 2, 3])
    with pytest.raises(UsageError, match="are Lusha's"):
        carrying.import_(store, "practice", claimed, PASSPHRASE)


def test_entries_that_cannot_be_used_are_named_by_their_place(elsewhere: KeyStore, new_key: NewKey) -> None:
    good, other = new_key(), new_key()
    entries = (
        Entry(Secret(good), "Fine", "", Category.ANY, 100, ""),
        Entry(Secret("12345678-1234-4123-8123-123456789012"), "Real", "", Category.ANY, 100, ""),
        Entry(Secret(new_key()), other, "", Category.ANY, 100, ""),
        Entry(Secret(other), "Odd", "", Category.ANY, 100, "mon-fry"),
    )
    report = carrying.import_(elsewhere, "practice", seal(Bundle("practice", entries), PASSPHRASE), PASSPHRASE)
    assert [key.label for key in report.new] == ["Fine"]
    assert [number for number, _ in report.malformed] == [2, 3, 4]
    assert "may not be a key" in report.malformed[1][1]
    assert "mon-fry" in report.malformed[2][1]


@pytest.mark.skipif(os.name != "posix", reason="modes are a POSIX idea")
def test_the_file_is_private_whole_and_alone(store: KeyStore, new_key: NewKey, tmp_path: Path) -> None:
    filled(store, new_key)
    folder = tmp_path / "out"
    folder.mkdir()
    carrying.export(store, "practice", PASSPHRASE, folder / "keys.bundle")
    assert [path.name for path in folder.iterdir()] == ["keys.bundle"]
    assert stat.S_IMODE((folder / "keys.bundle").stat().st_mode) == 0o600


def test_a_file_that_is_there_is_replaced_only_by_force(store: KeyStore, new_key: NewKey, tmp_path: Path) -> None:
    filled(store, new_key)
    file = tmp_path / "keys.bundle"
    file.write_text("mine")
    with pytest.raises(UsageError, match="there already"):
        carrying.export(store, "practice", PASSPHRASE, file)
    assert file.read_text() == "mine"
    carrying.export(store, "practice", PASSPHRASE, file, force=True)
    assert unseal(file.read_bytes(), PASSPHRASE).entries


def test_a_place_that_cannot_be_written_is_said_and_nothing_is_left(store: KeyStore, new_key: NewKey, tmp_path: Path) -> None:
    filled(store, new_key)
    (tmp_path / "folder").mkdir()
    for target in (tmp_path / "none" / "keys.bundle", tmp_path / "folder"):
        with pytest.raises(FileTrouble, match="cannot be written"):
            carrying.export(store, "practice", PASSPHRASE, target, force=True)
    assert not list(tmp_path.rglob("*.new"))


@pytest.mark.parametrize("name", ["none.bundle", "."])
def test_a_file_that_cannot_be_read_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileTrouble, match="cannot be read"):
        carrying.read(tmp_path / name)


def test_a_huge_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "huge.bundle"
    with file.open("wb") as out:
        out.write(SEALED[:40])
        out.truncate(50 * 1024**3)  # sparse
    with pytest.raises(FileTrouble, match="too big"):
        carrying.read(file)


def test_a_key_whose_secret_is_gone_is_left_out_and_named(
    store: KeyStore, vault: MemoryVault, new_key: NewKey, tmp_path: Path
) -> None:
    filled(store, new_key)
    gone = store.find("Spare")
    del vault.kept[gone.id]
    done = carrying.export(store, "practice", PASSPHRASE, tmp_path / "keys.bundle")
    assert ([key.label for key in done.missing], len(done.keys)) == (["Spare"], 2)
    assert store.get(gone.id).secret is SecretState.MISSING
    vault.kept.clear()
    with pytest.raises(UsageError, match="no key to export"):
        carrying.export(store, "practice", PASSPHRASE, tmp_path / "other.bundle")
    assert not (tmp_path / "other.bundle").exists()


def test_a_locked_key_store_writes_nothing(store: KeyStore, vault: MemoryVault, new_key: NewKey, tmp_path: Path) -> None:
    filled(store, new_key)
    vault.locked.add("get")
    with pytest.raises(KeyStoreTrouble):
        carrying.export(store, "practice", PASSPHRASE, tmp_path / "keys.bundle")
    assert list(tmp_path.glob("*.bundle")) == []


def test_no_error_shows_a_key_or_the_passphrase(elsewhere: KeyStore, tmp_path: Path) -> None:
    for data, typed in ((SEALED, "wrong horse battery"), (SEALED[:-1], PASSPHRASE)):
        with pytest.raises(EnrichError) as caught:
            carrying.import_(elsewhere, "practice", data, typed)
        assert typed not in repr(caught.value)
        assert caught.value.__cause__ is None
    assert elsewhere.list() == ()


def test_an_imported_key_starts_ready_whatever_was_said_of_it_elsewhere(
    db: Database, store: KeyStore, elsewhere: KeyStore, new_key: NewKey, tmp_path: Path
) -> None:
    filled(store, new_key)
    with db.write() as con:
        con.execute("UPDATE keys SET status='INVALID', reason='refused'")
    carrying.export(store, "practice", PASSPHRASE, tmp_path / "keys.bundle")
    carrying.import_(elsewhere, "practice", carrying.read(tmp_path / "keys.bundle"), PASSPHRASE)
    assert {key.status for key in elsewhere.list()} == {KeyStatus.ACTIVE}
