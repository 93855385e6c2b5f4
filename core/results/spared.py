"""What a job did not have to ask: counted when it is planned, kept with the job, read by the statistics. Numbers only."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True)
class Spared:
    """``known``: rows the store answered wholly; ``duplicates``: rows of a person who stands in an earlier row.

    ``phones`` and ``emails``: rows whose number or address came from the store, also where the other kind was asked for.
    ``misses``: of the known rows, those of whom the store knew that Lusha has nothing.
    """

    known: int = 0
    duplicates: int = 0
    phones: int = 0
    emails: int = 0
    misses: int = 0

    def __add__(self, other: Spared) -> Spared:
        return Spared(
            self.known + other.known,
            self.duplicates + other.duplicates,
            self.phones + other.phones,
            self.emails + other.emails,
            self.misses + other.misses,
        )


def written(spared: Spared) -> str:
    """The text to keep in ``jobs.snapshot``."""
    return msgspec.json.encode(spared).decode()


def read(text: str | None) -> Spared | None:
    """What a job has kept; None when it was made before this was counted, or holds something else."""
    try:
        return msgspec.json.decode(text, type=Spared) if text else None
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
