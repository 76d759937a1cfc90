"""The coordinator and the workers as Ray's actors. The only module that turns one into the other."""

from __future__ import annotations

from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from magpie_core.backend import EngineStats
from magpie_core.errors import MagpieError
from magpie_core.preflight import Check
from magpie_ray.coordinator import Coordinator
from magpie_ray.messages import Report, Word
from magpie_ray.placement import Placed
from magpie_ray.worker import Opened, Worker

CALLS_OF_A_WORKER = 4
"""Most that are at the coordinator together: one waits there, others come or go."""


class LedWorker:
    """A worker that reaches its coordinator through Ray.

    No method is a coroutine: Ray would run them all in a thread, and engines want the main one.
    """

    def __init__(self, run: str, recipe: bytes, name: str) -> None:
        self._worker = Worker(run, recipe, name)

    def open(self) -> Opened | MagpieError:
        """See ``Worker.open``."""
        return self._worker.open()

    def pilot(self, samples: int) -> Check | MagpieError:
        """See ``Worker.pilot``."""
        return self._worker.pilot(samples)

    def work(self, coordinator: Any, number: int, workers: int) -> EngineStats | MagpieError:
        """Work until the coordinator says that it is enough; see ``Worker.generate``."""

        async def exchange(report: Report) -> list[Word]:
            words: list[Word] = await coordinator.exchange.remote(number, report)
            return words

        return self._worker.generate(exchange, workers)


def start_coordinator(run: str, recipe: bytes, workers: int) -> Any:
    """An actor on the machine of the driver, with which it goes."""
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    kind: Any = ray.remote(Coordinator)
    return kind.options(
        num_cpus=0,
        max_concurrency=CALLS_OF_A_WORKER * workers + 100,
        scheduling_strategy=here,
    ).remote(run, recipe)


def start_worker(run: str, recipe: bytes, name: str, placed: Placed) -> Any:
    """An actor wherever there is room for it."""
    kind: Any = ray.remote(LedWorker)
    return kind.options(
        num_cpus=placed.num_cpus, num_gpus=placed.num_gpus, scheduling_strategy="SPREAD"
    ).remote(run, recipe, name)
