"""What a person can do, each as one named function of the open App. Runs on the desk's thread, never on the screen's."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core import history, words
from core.errors import FileTrouble
from core.keys import carrying
from core.keys.lines import Malformed, read_lines
from core.keys.order import Move
from core.keys.store import AddReport
from core.keys.trail import Entry
from core.keys.vault import probe
from core.model import Category, Key
from core.secret import Secret
from core.settings import Settings
from core.settings import save as save_settings

if TYPE_CHECKING:
    from core.app import App
    from core.engine.checked import CheckEvent, KeyChecked


# -- keys --------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Sorted:
    """Pasted lines before anything is saved: how many are new, in twice, here already; and what is wrong with the rest."""

    new: int = 0
    twice: int = 0
    here: tuple[str, ...] = ()
    malformed: tuple[Malformed, ...] = ()
    keepable: int = 0  # of the malformed: could be kept on request


def sort_lines(app: App, text: str, *, anyway: bool) -> Sorted:
    """Say what adding these lines would do, without saving anything."""
    lines = text.lower().splitlines()  # a key is the same in any case
    prints = history.prints
    with app.db.read() as con:
        salt, labels = prints(con)
    seen: set[str] = set()
    new, twice, here, wrong = 0, 0, [], []
    for line in read_lines(lines, origin=app.settings.origin, anyway=anyway):
        if isinstance(line, Malformed):
            wrong.append(line)
            continue
        mark = line.secret.fingerprint(salt)
        if mark in seen:
            twice += 1
        elif mark in labels:
            here.append(labels[mark])
        else:
            new += 1
        seen.add(mark)
    kept = sum(not isinstance(line, Malformed) for line in read_lines(lines, origin=app.settings.origin, anyway=True))
    return Sorted(new, twice, tuple(here), tuple(wrong), 0 if anyway else kept - new - twice - len(here))


def add_keys(app: App, text: str, category: Category, *, account: str, anyway: bool) -> AddReport:
    """Save the keys of these lines; see `KeyStore.add_many`."""
    return app.keys.add_many(text.splitlines(), category, account=account, anyway=anyway)


def pause(app: App, ids: Iterable[str]) -> list[Key]:
    return [app.keys.pause(one) for one in ids]


def resume(app: App, ids: Iterable[str]) -> list[Key]:
    return [app.keys.resume(one) for one in ids]


def reactivate(app: App, ids: Iterable[str]) -> list[Key]:
    """Forget what was said against these keys: the next run tries them."""
    return [app.keys.reactivate(one) for one in ids]


def remove(app: App, ids: Iterable[str]) -> int:
    gone = 0
    for one in ids:
        app.keys.remove(one)
        gone += 1
    return gone


def replace_secret(app: App, key_id: str, text: str) -> Key:
    return app.keys.replace_secret(key_id, Secret(text.strip()))


def enter_again(app: App, key: Key, text: str) -> AddReport:
    """The secret of a key that the key store has lost."""
    return app.keys.add_many([text], key.category)


def check(ids: Sequence[str]) -> Callable[[App], Generator[CheckEvent, None, tuple[KeyChecked, ...]]]:
    """For a run of its own: ask for the balance of these keys, slowly enough for Lusha. Costs no credits."""

    def work(app: App) -> Generator[CheckEvent, None, tuple[KeyChecked, ...]]:
        return (yield from app.checking.run([key for key in app.keys.list() if key.id in set(ids)]))

    return work


def checked(outcomes: Sequence[KeyChecked]) -> str:
    """``5 keys checked: 4 fine, 1 refused``."""
    counts = Counter(one.outcome.value.replace("_", " ") for one in outcomes)
    many = "1 key" if len(outcomes) == 1 else f"{len(outcomes)} keys"
    return f"{many} checked: " + ", ".join(f"{count} {word}" for word, count in counts.most_common())


def carry_out_of_here(app: App, path: Path, passphrase: str) -> int:
    """Write all keys into an encrypted file; how many. Raises UsageError for a weak passphrase, FileTrouble."""
    return len(carrying.export(app.keys, app.settings.origin, passphrase, path, force=True).keys)


def carry_in(app: App, path: Path, passphrase: str) -> AddReport:
    """Add the keys of an encrypted file."""
    return carrying.import_(app.keys, app.settings.origin, carrying.read(path), passphrase)


def rename(app: App, key_id: str, label: str) -> Key:
    return app.keys.edit(key_id, label=label)


def change_category(app: App, ids: Iterable[str], category: Category) -> list[Key]:
    return [app.keys.edit(one, category=category) for one in ids]


def categories_were(app: App, before: Mapping[str, Category]) -> list[Key]:
    """Take a change of categories back."""
    return [app.keys.edit(one, category=category) for one, category in before.items()]


def change_account(app: App, ids: Iterable[str], account: str) -> list[Key]:
    """Say which Lusha account these keys belong to; an empty name gives each one of its own."""
    return [app.keys.edit(one, account=account) for one in ids]


def move_to(app: App, key_id: str, place: int) -> Key:
    app.keys.move(key_id, Move.TO, place)
    return app.keys.get(key_id)


def step(app: App, key_id: str, move: Move) -> Key:
    app.keys.move(key_id, move)
    return app.keys.get(key_id)


def story(app: App, key_id: str) -> list[Entry]:
    """What has happened to a key, newest first."""
    return app.trail.entries(key_id=key_id, most=200)


# -- the key store -----------------------------------------------------------------------------------------------------
def tidy(app: App) -> None:
    """End what a crash left half done among the keys."""
    app.keys.reconcile()


def open_key_store(app: App) -> str:
    """Find the store, end what a crash left half done; the store's name."""
    tidy(app)
    return key_store_name(app)


def try_key_store(app: App) -> str:
    """Save, read back and delete a random value; the store's name. Raises KeyStoreTrouble with what to do."""
    probe(app.vault)
    return app.vault.describe()


def key_store_name(app: App) -> str:
    """Finds the store without touching an entry."""
    return app.vault.describe()


# -- what happened -----------------------------------------------------------------------------------------------------
def trail(app: App, key_id: str) -> list[Entry]:
    return app.trail.entries(key_id=key_id or None, most=2000)


def look_ups(app: App, which: history.Which, before: int | None) -> list[history.LookUp]:
    with app.db.reader() as con:
        return history.look_ups(con, which, before=before)


def departures(app: App) -> list[history.Departure]:
    with app.db.reader() as con:
        return history.departures(con)


def export(_app: App, path: Path, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    """Write a list as CSV that spreadsheet programs open as it is. Raises FileTrouble."""
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(head)
            writer.writerows([[_plain(cell) for cell in row] for row in rows])
    except OSError as error:
        raise FileTrouble(f"{path.name} cannot be written", f"{error.strerror}. Choose another place.") from error
    return path


def _plain(text: str) -> str:
    """A cell that no spreadsheet program takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} and len(text) > 1 else text


# -- settings ----------------------------------------------------------------------------------------------------------
def keep_settings(_app: App, settings: Settings) -> Settings:
    save_settings(settings)
    return settings


def key_name(key: Key) -> str:
    """How a key is called in sentences."""
    return f"{key.label} (ends in {key.last4})"


def kinds_word(kinds: Iterable[str]) -> str:
    """``Phones``, ``Emails`` or ``Both``."""
    found = sorted(kinds)
    return words.category_word(Category.PHONE_ONLY if found == ["phones"] else Category.EMAIL_ONLY) if len(found) == 1 else "Both"


TRAIL_HEAD = ("Time", "Who", "What", "Key", "Ends in", "From", "To", "Reason", "Message")


def export_trail(app: App, path: Path) -> Path:
    """The whole audit trail as CSV."""
    rows = [
        (
            entry.at.isoformat(),
            entry.actor,
            entry.action,
            entry.label,
            entry.last4,
            entry.from_status,
            entry.to_status,
            entry.reason,
            entry.message,
        )
        for entry in app.trail.entries(most=1_000_000)
    ]
    return export(app, path, TRAIL_HEAD, rows)
