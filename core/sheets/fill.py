"""Pure: which rows a run may ask for and overwrite, by what their cells hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

NOT_FOUND_DAYS = 30


class FillRule(StrEnum):
    """What a run does with a row whose result cell is filled, or for which nothing was found earlier."""

    EMPTY = "empty"  # empty cells only
    NOT_FOUND = "not-found"  # and rows that were not found more than 30 days ago
    OLDER = "older"  # and filled cells whose "Checked" date is older than some days
    ALL = "all"  # every row


@dataclass(frozen=True, slots=True)
class Fill:
    """A rule for one kind of data; ``days`` belongs to OLDER."""

    rule: FillRule = FillRule.EMPTY
    days: int = 0

    def replaces(self, checked: str, today: date) -> bool:
        """Whether a filled result cell is asked for again. ``checked`` is the text of the row's date column."""
        match self.rule:
            case FillRule.ALL:
                return True
            case FillRule.OLDER:
                return _is_older(checked, today - timedelta(days=self.days))
            case _:
                return False

    def retention(self, found_days: int, not_found_days: int) -> tuple[int, int]:
        """For how many days a known answer (found, not found) may be used instead of asking; never longer than told.

        ALL is content with what is known: it writes anew, it does not pay anew.
        """
        match self.rule:
            case FillRule.OLDER:
                return min(found_days, self.days), min(not_found_days, self.days)
            case FillRule.NOT_FOUND:
                return found_days, min(not_found_days, NOT_FOUND_DAYS)
            case _:
                return found_days, not_found_days


def _is_older(checked: str, limit: date) -> bool:
    """A cell without a date of ours was not filled by us: its age is not known, so it stays."""
    try:
        return date.fromisoformat(checked.strip()[:10]) < limit
    except ValueError:
        return False
