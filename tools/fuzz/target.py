"""A target: what it is fed and what must hold for every input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

_CALM = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example)


@dataclass(frozen=True, slots=True)
class Target:
    """``examples`` are those of one bounded round."""

    name: str
    inputs: SearchStrategy[Any]
    check: Callable[[Any], None]
    examples: int

    def run(self, examples: int | None = None, *, same: bool = True) -> None:
        """Feed it; ``same`` takes the same inputs each time, else new ones. Raises what the check raises, input shrunk."""
        how = settings(
            max_examples=examples or self.examples,
            derandomize=same,
            database=None,
            deadline=None,
            suppress_health_check=_CALM,
            phases=(Phase.explicit, Phase.generate, Phase.shrink),
            print_blob=not same,
        )
        how(given(self.inputs)(self.check))()
