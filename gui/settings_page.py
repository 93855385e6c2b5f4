"""Settings: how it looks, the key store, caps, how long things are kept, people's data, practice, where the data lies."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl, qVersion
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from core.errors import EnrichError
from core.settings import Settings, version
from core.words import ENTITLEMENT
from gui import actions
from gui.page import Page, Surroundings
from gui.support import offer
from gui.theme import Mode
from gui.widgets import Card, Check, Segmented, button, column, label, number, row

if TYPE_CHECKING:
    from gui.window import Window

_MODES = ((Mode.SYSTEM, "System"), (Mode.LIGHT, "Light"), (Mode.DARK, "Dark"))
_MOST = 10_000_000
_DAYS = 3650


class SettingsPage(Page):
    """A changed value is kept with Save; the home is opened again with it."""

    def __init__(self, around: Surroundings, window: Window) -> None:
        super().__init__(around, "Settings", "For this computer only")
        self._window = window
        self._cards()
        self.box.addStretch()

    def _cards(self) -> None:
        self.mode: Segmented[Mode] = Segmented(_MODES, "Theme")
        self.mode.choose(self._window.theme)
        self.mode.picked.connect(self._window.theme_is)
        self._store = label(self._window.store_words, "soft", wrap=True)
        self._check_store = button("Check now", "", "shield-check", do=self._try_store)
        values = self._window.settings
        self.cap_run = number("Credits a run may spend", values.cap_run or 0, _MOST, zero="no cap")
        self.cap_day = number("Credits a day may spend", values.cap_day or 0, _MOST, zero="no cap")
        self.found = number("Days a found answer is used again", values.found_days, _DAYS)
        self.not_found = number("Days a missing answer is used again", values.not_found_days, _DAYS)
        self.journal = number("Days the history and undo are kept", values.journal_days, _DAYS)
        self.activity = number("Days changes of keys are kept", values.activity_days, _DAYS)
        self.backups = number("Backups kept of each file", values.backups_kept, 1000)
        self.source = Check("Columns for the source, and for the do-not-call flag of each number", on=values.source_columns)
        self.flagged = Check("Write numbers that are flagged do-not-call", on=values.write_flagged)
        self._save = button("Save", "primary", do=self._keep)
        practice = button("Start practice", "", "flask-conical", do=self.around.practise)
        folder = button("Open folder", "", "folder-open", do=self._open_folder)
        support = button("Support bundle…", "", "download", do=lambda: offer(self, self.around))
        self._card("Appearance", "The theme of this window.", row(self.mode, None))
        self._card(
            "Key store", "Keys are kept by the operating system, never in our files.", row(self._store, None, self._check_store)
        )
        self._card("Credits and answers", _CREDITS, self._numbers())
        self._card("People's data", _PEOPLE, self._people())
        self._card(
            "Practice",
            "A pretend Lusha on this computer with invented people. Nothing is sent and nothing is charged.",
            row(practice, None),
        )
        self._card(
            "Data",
            f"Everything is in {values.home}.",
            row(folder, support, None, button("Wipe everything…", "danger", "trash-2", do=self._wipe)),
        )
        self._card("About", _about(), label(ENTITLEMENT, "small", wrap=True))

    def _card(self, title: str, text: str, part: object) -> None:
        card = Card(20, 10)
        card.box.addLayout(column(label(title, "h2"), label(text, "small", wrap=True), spacing=3))
        if isinstance(part, QWidget):
            card.box.addWidget(part)
        else:
            card.box.addLayout(part)  # type: ignore[arg-type]
        self.box.addWidget(card)

    def _numbers(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setVerticalSpacing(8)
        grid.setHorizontalSpacing(14)
        spins = (self.cap_run, self.cap_day, self.found, self.not_found, self.journal, self.activity, self.backups)
        for place, spin in enumerate(spins):
            title = label(spin.accessibleName(), "soft")
            title.setBuddy(spin)
            grid.addWidget(title, place, 0)
            grid.addWidget(spin, place, 1)
        for place, check in enumerate((self.source, self.flagged), len(spins)):
            grid.addWidget(check, place, 0, 1, 3)
        grid.addLayout(row(self._save, None), len(spins) + 2, 1)
        grid.setColumnStretch(2, 1)
        return grid

    def _people(self) -> QHBoxLayout:
        suppress = button("Do not contact…", "", "user-x", do=self._suppress)
        left = button("What left this PC", "", "upload", do=self._what_left)
        forget = button("Forget a person…", "", "trash-2", do=self._forget)
        self._clean = button("Clean up now", "", "rotate-ccw", do=self._clean_up)
        return row(suppress, left, forget, self._clean, None)

    def theme_changed(self) -> None:
        """The theme was chosen elsewhere, with Ctrl+Shift+D or in the side bar."""
        self.mode.choose(self._window.theme)

    # -- actions -------------------------------------------------------------------------------------------------------
    def _try_store(self) -> None:
        self._store.setText("Asking the key store…")
        self.around.desk().ask(actions.try_key_store, self._store_works, self._store_refused)

    def _store_works(self, name: str) -> None:
        self._store.setText(f"{name}: saves, reads back and deletes as it should.")
        self._window.store_is("Key store ready", "lock")

    def _store_refused(self, error: EnrichError) -> None:
        self._store.setText(f"{error.title}. {error.message}")
        self.around.trouble(error)

    def _keep(self) -> None:
        if not self._window.may_stop("Stop and save"):
            return
        fresh = replace(
            self._window.settings,
            cap_run=self.cap_run.value() or None,
            cap_day=self.cap_day.value() or None,
            found_days=self.found.value(),
            not_found_days=self.not_found.value(),
            journal_days=self.journal.value(),
            activity_days=self.activity.value(),
            source_columns=self.source.isChecked(),
            write_flagged=self.flagged.isChecked(),
            backups_kept=self.backups.value(),
        )
        self.around.ask(lambda app: actions.keep_settings(app, fresh), self._kept)

    def _kept(self, fresh: Settings) -> None:
        self._window.reopen(fresh)
        self.around.say("Settings saved", True, None)

    def _suppress(self) -> None:
        from gui.privacy import SuppressDialog  # noqa: PLC0415  # rarely needed

        SuppressDialog(self, self.around).open()

    def _forget(self) -> None:
        from gui.at_work import AtWork  # noqa: PLC0415  # rarely needed
        from gui.privacy import ForgetDialog, Told, forgotten  # noqa: PLC0415  # rarely needed

        work = ForgetDialog(self).ask(self._window.settings)
        if work is not None:
            at_work = AtWork(self, "Forgetting", "Everything that is kept is looked through.", work)
            at_work.start(
                lambda done: Told(self, "Forget a person", forgotten(done)).open(), self.around.trouble, self._window.crashed
            )

    def _clean_up(self) -> None:
        from gui.at_work import AtWork  # noqa: PLC0415  # rarely needed
        from gui.privacy import clean_up  # noqa: PLC0415  # rarely needed

        settings = self._window.settings
        at_work = AtWork(self, "Cleaning up", "What is too old is removed and overwritten.", lambda: clean_up(settings))
        at_work.start(lambda said: self.around.say(said, True, None), self.around.trouble, self._window.crashed)

    def _wipe(self) -> None:
        from gui.wipe import WipeDialog, Wiping  # noqa: PLC0415  # rarely needed

        if self._window.may_stop("Stop and wipe") and WipeDialog(self, str(self._window.settings.home)).exec():
            self.wiping = Wiping(self._window)
            self.wiping.start()

    def _what_left(self) -> None:
        self.around.go("activity")
        show: Callable[[str], None] | None = getattr(self._window.page("activity"), "show_list", None)
        if show is not None:
            show("left")

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._window.settings.home)))


_PEOPLE = "Whom not to contact, what was sent, and what is kept about people. What is too old goes by itself once a day."
_CREDITS = "A cap stops a run before the next request. Answers kept are used again for nothing instead of being paid for twice."


def _about() -> str:
    return (
        f"LushaEnrich {version()}, MIT. Python {platform.python_version()}, Qt {qVersion()} (LGPL, a separate package that "
        "can be replaced). Icons: Lucide (ISC). The texts of the licences are in NOTICE."
    )
