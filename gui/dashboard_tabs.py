"""The two views of the Dashboard: the overview of the last days and the insights, which are built when first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from gui.page import Page
from gui.widgets import Segmented

if TYPE_CHECKING:
    from core.board import Snapshot
    from gui.insights import InsightsView

OVERVIEW, INSIGHTS = "overview", "insights"
_OVERVIEW_SUB = "The last seven days on this computer"
_INSIGHTS_SUB = "Counted from your own look-ups on this computer; nothing is estimated unless it says so"


class DashboardTabs:
    """Puts the choice into the page's head; ``overview`` is hidden while the insights are shown."""

    def __init__(self, page: Page, overview: QWidget) -> None:
        self._page, self._overview = page, overview
        self.insights: InsightsView | None = None
        self.choice: Segmented[str] = Segmented(((OVERVIEW, "Overview"), (INSIGHTS, "Insights")), "View")
        self.choice.picked.connect(lambda _: self._show())
        self.choice.hide()
        page.head.addWidget(self.choice)
        QShortcut(QKeySequence("Ctrl+I"), page, self.turn)

    def load(self, snapshot: Snapshot) -> None:
        """Nothing to choose before there is anything to count."""
        self.choice.setVisible(bool(snapshot.keys or snapshot.runs))
        if self.insights is not None:
            self._say()
            self.insights.changed()

    def show_view(self, name: str) -> None:
        self.choice.choose(name)
        self._show()

    def turn(self) -> None:
        """The other view."""
        if self.choice.isVisible():
            self.show_view(OVERVIEW if self.choice.value == INSIGHTS else INSIGHTS)

    def close_runs(self) -> None:
        if self.insights is not None:
            self.insights.close_runs()

    def _show(self) -> None:
        if self.choice.value == INSIGHTS and self.insights is None:
            from gui.insights import InsightsView  # noqa: PLC0415  # built on the first visit, as pages are

            self.insights = InsightsView(self._page.around)
            self._page.box.addWidget(self.insights, 1)
        shown = self.choice.value == INSIGHTS
        self._overview.setVisible(not shown)
        self._say()
        if self.insights is not None:
            self.insights.setVisible(shown)
            if shown:
                self.insights.refresh()

    def _say(self) -> None:
        if not self.choice.isHidden():
            self._page.sub.setText(_INSIGHTS_SUB if self.choice.value == INSIGHTS else _OVERVIEW_SUB)
