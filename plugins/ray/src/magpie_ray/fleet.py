"""All engines of a run as the display and the limits see them: as one engine's counters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from magpie_core.backend import Backend, Capabilities, Completion, EngineSettings, EngineStats
from magpie_core.errors import RequestError
from magpie_core.sampling import Sampling


class Fleet(Backend):
    """The sum of the workers' counters; of the time inside the model, the mean."""

    name = "fleet"

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._stats = EngineStats()

    @classmethod
    async def open(cls, settings: EngineSettings) -> Self:
        """Workers open their engines themselves."""
        raise RequestError("a fleet is not opened")

    async def complete(
        self, prompt: Sequence[int], sampling: Sampling, n: int = 1
    ) -> list[Completion]:
        """Requests are made where the engines are."""
        raise RequestError("a fleet completes nothing itself")

    def take(self, sums: EngineStats) -> None:
        """Note the sums over all workers."""
        self._stats = EngineStats(
            busy_seconds=sums.busy_seconds / self._workers,
            sampled_tokens=sums.sampled_tokens,
            prompt_tokens=sums.prompt_tokens,
            running=sums.running,
            waiting=sums.waiting,
        )

    def stats(self) -> EngineStats:
        """The counters, as of the last look."""
        return self._stats


def fleet_of(backend: str, capabilities: Capabilities, workers: int) -> Fleet:
    """A fleet that says what its engines are and can do."""
    said = {"name": backend, "capabilities": capabilities}
    fleet: Fleet = type("FleetOfOneKind", (Fleet,), said)(workers)
    return fleet
