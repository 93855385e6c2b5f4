"""What is done with keys: asks where that is needed, hands the work to the desk, says what came of it and offers to undo it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from core.keys.order import Move
from core.model import Category, Key
from gui import actions
from gui.dialogs import AskChoice, AskText, Confirm
from gui.key_rows import Row
from gui.page import Surroundings

if TYPE_CHECKING:
    from core.app import App


class KeyWork:
    """Dialogs belong to ``parent``; everything comes back to the screen through the watcher."""

    def __init__(self, parent: QWidget, around: Surroundings) -> None:
        self._parent, self._around = parent, around

    def pause(self, keys: list[Key]) -> None:
        ids = [key.id for key in keys if not key.paused]
        self._around.ask(
            lambda app: actions.pause(app, ids),
            lambda done: self._say(done, "paused", lambda: self._around.ask(lambda app: actions.resume(app, ids), _nothing)),
        )

    def resume(self, keys: list[Key]) -> None:
        ids = [key.id for key in keys if key.paused]
        self._around.ask(
            lambda app: actions.resume(app, ids),
            lambda done: self._say(done, "in use again", lambda: self._around.ask(lambda app: actions.pause(app, ids), _nothing)),
        )

    def reactivate(self, keys: list[Key]) -> None:
        ids = [key.id for key in keys]
        self._around.ask(lambda app: actions.reactivate(app, ids), lambda done: self._say(done, "ready to be tried again"))

    def step(self, moved: Row, move: Move) -> None:
        """One up, one down, to the top."""
        self._place(moved, lambda app: actions.step(app, moved.id, move))

    def move_to(self, moved: Row, place: int) -> None:
        self._place(moved, lambda app: actions.move_to(app, moved.id, place))

    def rename(self, key: Key) -> None:
        text = "The label is how you tell this key from the others."
        said = AskText(self._parent, "Rename key", text, "Rename", value=key.label).ask()
        if said and said != key.label:
            self._around.ask(
                lambda app: actions.rename(app, key.id, said),
                lambda done: self._say([done], "renamed", lambda: self._undo_label(key)),
            )

    def account(self, keys: list[Key], labels: Sequence[str]) -> None:
        text = "Keys of one Lusha account share its credits and limits. Choose one, or type a new name."
        said = AskChoice(self._parent, "Account of this key", text, "Move", labels, name="Account").ask()
        if said:
            ids = [key.id for key in keys]
            self._around.ask(lambda app: actions.change_account(app, ids, said), lambda done: self._say(done, f"now in “{said}”"))

    def category(self, keys: list[Key], category: Category) -> None:
        ids, before = [key.id for key in keys], {key.id: key.category for key in keys}

        def undo() -> None:
            self._around.ask(lambda app: actions.categories_were(app, before), _nothing)

        self._around.ask(
            lambda app: actions.change_category(app, ids, category), lambda done: self._say(done, "moved to the other list", undo)
        )

    def replace(self, key: Key) -> None:
        text = f"The new key takes the place of {actions.key_name(key)}: its label, account and order stay."
        said = AskText(self._parent, "Replace key", text, "Replace", name="New key", hidden=True).ask()
        if said:
            self._around.ask(lambda app: actions.replace_secret(app, key.id, said), lambda done: self._say([done], "replaced"))

    def enter_again(self, key: Key) -> None:
        text = f"{actions.key_name(key)} is missing from the key store. Enter the same key again."
        said = AskText(self._parent, "Enter key again", text, "Save", name="Key", hidden=True).ask()
        if said:
            self._around.ask(lambda app: actions.enter_again(app, key, said), lambda _: self._around.say("Key saved", True, None))

    def remove(self, keys: list[Key]) -> None:
        """Asks first: a removed key cannot be had back."""
        one = len(keys) == 1
        what = f"“{keys[0].label}” (ends in {keys[0].last4}) will be deleted" if one else "They will be deleted"
        text = (
            f"{what} from this computer's key store. Excel stops using {'it' if one else 'them'} at once. "
            f"{'Its' if one else 'Their'} history stays. The key itself keeps working at Lusha."
        )
        title, verb = ("Remove this key?", "Remove key") if one else (f"Remove {len(keys)} keys?", f"Remove {len(keys)} keys")
        if Confirm(self._parent, title, text, verb).exec():
            ids = [key.id for key in keys]
            self._around.ask(lambda app: actions.remove(app, ids), self._removed)

    def _say(self, keys: list[Key], what: str, undo: Callable[[], None] | None = None) -> None:
        name = f"Key “{keys[0].label}”" if len(keys) == 1 else f"{len(keys)} keys"
        self._around.say(f"{name} {what}", True, undo)

    def _place(self, moved: Row, work: Callable[[App], Key]) -> None:
        def undo() -> None:
            self._around.ask(lambda app: actions.move_to(app, moved.id, moved.number), _nothing)

        self._around.ask(work, lambda key: self._say([key], "moved", undo))

    def _undo_label(self, key: Key) -> None:
        self._around.ask(lambda app: actions.rename(app, key.id, key.label), _nothing)

    def _removed(self, gone: int) -> None:
        self._around.say("Removed 1 key" if gone == 1 else f"Removed {gone} keys", True, None)


def _nothing(_: object) -> None:
    pass
