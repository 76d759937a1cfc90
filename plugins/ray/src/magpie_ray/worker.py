"""One worker: opens its engines, and generates as it is led. Knows no Ray.

What is expected to go wrong comes back as a value: it must reach the driver as it is, and Ray would wrap it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from magpie_core.backend import Backend, EngineStats
from magpie_core.engines import check_engine_options, open_engines
from magpie_core.errors import MagpieError
from magpie_core.plan import Plan
from magpie_core.plugins import Plugins, load_plugins
from magpie_core.preflight.capabilities import engine_notes, require_capabilities
from magpie_core.preflight.check import Check, require
from magpie_core.preflight.static import static_checks
from magpie_core.run.folder import RunFolder
from magpie_core.steps.generate import Generation
from magpie_core.steps.pilot import pilot
from magpie_core.steps.tally import Tally
from magpie_ray.again import plan_again
from magpie_ray.doing import does
from magpie_ray.led import Led
from magpie_ray.messages import Counts, Report, Word
from magpie_ray.stats import added

T = TypeVar("T")
Ask = Callable[[Report], Awaitable[list[Word]]]


class Opened(NamedTuple):
    """A worker whose engines are ready."""

    checks: list[Check]
    versions: dict[str, str]


class Worker:
    """One engine, or two that serve one plan.

    Args:
        run: the run folder.
        recipe: of this session, as JSON.
        name: of its parts.
    """

    def __init__(self, run: str, recipe: bytes, name: str) -> None:
        self._run = Path(run)
        self._recipe = recipe
        self._name = name
        self._engines: list[Backend] = []
        self._plan: Plan | None = None
        self._loop = (
            asyncio.Runner()
        )  # one for all calls: engines belong to the loop that opened them

    def open(self) -> Opened | MagpieError:
        """Load what is to be run, check it on this machine, open the engines."""
        return self._do(self._open(load_plugins()))

    def pilot(self, samples: int) -> Check | MagpieError:
        """Draw and judge ``samples`` instructions."""
        return self._do(pilot(self._planned(), self._engines[0], samples))

    def generate(self, exchange: Ask, workers: int) -> EngineStats | MagpieError:
        """Work until the coordinator says that it is enough; then close the engines.

        Args:
            exchange: one call to the coordinator.
            workers: how many there are.
        """
        return self._do(self._generate(exchange, workers))

    def _do(self, work: Coroutine[Any, Any, T]) -> T | MagpieError:
        return does(self._loop, work, self._name)

    async def _open(self, plugins: Plugins) -> Opened:
        plan = self._plan = plan_again(self._run, self._recipe, plugins)
        sides = [plan.instruction] if plan.shares_engine else [plan.instruction, plan.response]
        checks = [check for side in sides for check in static_checks(side)]
        require(checks)
        check_engine_options(plan, plugins)
        self._engines = await open_engines(plan, plugins, lambda what: None)
        for engine, side in zip(self._engines, sides, strict=True):
            require_capabilities(engine, side)
            checks += engine_notes(engine, side)
        found = {name: one for engine in self._engines for name, one in engine.versions().items()}
        return Opened(checks, found)

    async def _generate(self, exchange: Ask, workers: int) -> EngineStats:
        tally = Tally(0)

        def counts() -> Counts:
            return Counts(
                tally.instructions,
                tally.tokens,
                tally.response_tokens,
                tally.in_flight,
                self._stats(),
            )

        lead = Led(exchange, counts, workers)
        try:
            with RunFolder.join(self._run, self._name) as folder:
                generation = Generation(
                    self._planned(), folder, self._engines[0], self._engines[-1], lead=lead
                )
                tally = generation.tally
                lead.look_again = generation.look_again
                await generation.run()
        finally:
            await self._close()
        return self._stats()

    async def _close(self) -> None:
        for engine in self._engines:
            with suppress(Exception):  # what it made is on disk; a clumsy end changes nothing
                await engine.close()

    def _stats(self) -> EngineStats:
        return reduce(added, (engine.stats() for engine in self._engines), EngineStats())

    def _planned(self) -> Plan:
        assert self._plan is not None, "opened first"
        return self._plan
