"""How each page is made, by name: its module is loaded when it is first shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gui.pages import ACTIVITY, DASHBOARD, ENRICH, KEYS, SETTINGS

if TYPE_CHECKING:
    from gui.page import Page
    from gui.window import Window


def make(name: str, window: Window) -> Page:
    """The page of this name; its module is loaded now."""
    return _MAKERS[name](window)


def _dashboard(window: Window) -> Page:
    from gui.dashboard import Dashboard  # noqa: PLC0415  # pages are loaded when they are first shown

    return Dashboard(window.around)


def _key_list(window: Window) -> Page:
    from gui.keys_page import KeysPage  # noqa: PLC0415  # as above

    return KeysPage(window.around)


def _enrich(window: Window) -> Page:
    from gui.enrich_page import EnrichPage  # noqa: PLC0415  # as above

    return EnrichPage(window.around)


def _activity(window: Window) -> Page:
    from gui.activity_page import ActivityPage  # noqa: PLC0415  # as above

    return ActivityPage(window.around)


def _settings(window: Window) -> Page:
    from gui.settings_page import SettingsPage  # noqa: PLC0415  # as above

    return SettingsPage(window.around, window)


_MAKERS: dict[str, Callable[[Window], Page]] = {
    DASHBOARD: _dashboard,
    KEYS: _key_list,
    ENRICH: _enrich,
    ACTIVITY: _activity,
    SETTINGS: _settings,
}
