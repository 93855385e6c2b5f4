"""A run on the practice server: real socket, real database, keys of a scenario, a clock both sides share."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from core.app import App, open_app
from core.engine.batch import Limits, Result
from core.engine.events import Event, Tick
from core.engine.policy import Pauses, Policy, policy_of
from core.engine.preflight import Row
from core.keys.vault import MemoryVault
from core.model import Category, Key, Kind, Prospect
from core.settings import Settings
from sandbox.scenarios import Scenario
from sandbox.server import PracticeServer
from sandbox.world import World

PHONES = frozenset({Kind.PHONES})


@dataclass
class Bench:
    """One app against one practice world."""

    app: App
    world: World
    url: str
    events: list[Event] = field(default_factory=list)

    def run(
        self,
        prospects: Sequence[Prospect],
        kinds: frozenset[Kind] = PHONES,
        limits: Limits | None = None,
        on: Callable[[Event], object] = lambda _event: None,
    ) -> Result:
        """Run to the end; ``on`` is called with each event. Ticks are not kept."""
        rows = [Row(number, who, wanted=kinds) for number, who in enumerate(prospects, 2)]
        return self.follow(self.app.run(self.app.plan(rows, kinds), source="test", limits=limits), on)

    def follow(self, events: Generator[Event, None, Result], on: Callable[[Event], object] = lambda _event: None) -> Result:
        self.events.clear()
        while True:
            try:
                event = next(events)
            except StopIteration as end:
                return end.value
            if not isinstance(event, Tick):
                self.events.append(event)
            on(event)

    def key(self, last4: str) -> Key:
        return self.app.keys.find(last4)


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """Opens a scenario: server, app and keys; the clock of the world is the app's too."""
    with ExitStack() as stack:

        def start(scenario: Scenario, policy: Policy | None = None) -> Bench:
            server = stack.enter_context(PracticeServer(scenario.world))
            settings = Settings(tmp_path, server.url)
            pauses = Pauses(lost=(0.0, 0.0), server=(0.0, 0.0), offline=(0.0, 0.0))
            rules = replace(policy or policy_of(settings), pauses=pauses)
            app = stack.enter_context(open_app(settings, vault=MemoryVault(), policy=rules, clock=scenario.world.clock))
            for one in scenario.keys:
                app.keys.add_many([f"{one.label},{one.key},{one.account}"], Category(one.category))
            return Bench(app, scenario.world, server.url)

        yield start
