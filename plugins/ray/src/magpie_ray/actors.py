"""The coordinator and the workers as Ray's actors. The only module that turns one into the other."""

from __future__ import annotations

from typing import Any

import ray
from ray.exceptions import RayActorError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from magpie_core.backend import EngineStats
from magpie_core.errors import EngineDeadError, MagpieError
from magpie_core.preflight.check import Check
from magpie_ray.coordinator import Coordinator
from magpie_ray.embed_worker import EmbedWork, EmbedWorker
from magpie_ray.handout import Handout
from magpie_ray.messages import Report, Word
from magpie_ray.placement import Placed
from magpie_ray.tag_messages import Handed, Ready, TaggerWork, TagReport, TagWork
from magpie_ray.tag_worker import TagWorker
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


class LedTagger:
    """A worker that is handed records through Ray. Its methods are no coroutines either."""

    def __init__(self, work: TagWork, name: str) -> None:
        self._worker = TagWorker(work, name)

    def open(self) -> Ready | MagpieError:
        """See ``TagWorker.open``."""
        return self._worker.open()

    def tag(self, handout: Any, number: int) -> EngineStats | MagpieError:
        """Tag until nothing is handed out any more; see ``TagWorker.tag``."""
        room = self._worker.room
        ahead = handout.take.remote(number, room)

        def take() -> list[Handed]:
            # What comes next is asked for before it is needed, so that the engine does not wait for it.
            nonlocal ahead
            some: list[Handed] = _got(ahead)
            ahead = handout.take.remote(number, room) if some else ahead
            return some

        async def tell(report: TagReport) -> None:
            try:
                await handout.report.remote(number, report)
            except RayActorError as error:
                raise _nobody_leads(error) from error

        return self._worker.tag(take, tell)


def _got(reference: Any) -> list[Handed]:
    try:
        answer = ray.get(reference)
    except RayActorError as error:
        raise _nobody_leads(error) from error
    if isinstance(answer, MagpieError):
        raise answer
    some: list[Handed] = answer
    return some


def _nobody_leads(error: RayActorError) -> EngineDeadError:
    return EngineDeadError(f"who hands out the records does not answer: {error}")


def start_handout(
    source: str, limit: int | None, taggers: list[TaggerWork], wanted: int, workers: int
) -> Any:
    """An actor on the machine of the driver, with which it goes."""
    kind: Any = ray.remote(Handout)
    return kind.options(num_cpus=0, scheduling_strategy=_here()).remote(
        source, limit, taggers, wanted, workers
    )


def start_tagger(work: TagWork, name: str, placed: Placed) -> Any:
    """An actor wherever there is room for it."""
    return _wherever(LedTagger, placed).remote(work, name)


def start_embedder(work: EmbedWork, name: str, placed: Placed) -> Any:
    """An actor wherever there is room for it. While it embeds, another thread says how far it is."""
    return _wherever(EmbedWorker, placed, max_concurrency=2).remote(work, name)


def start_coordinator(run: str, recipe: bytes, workers: int) -> Any:
    """An actor on the machine of the driver, with which it goes."""
    kind: Any = ray.remote(Coordinator)
    return kind.options(
        num_cpus=0,
        max_concurrency=CALLS_OF_A_WORKER * workers + 100,
        scheduling_strategy=_here(),
    ).remote(run, recipe)


def start_worker(run: str, recipe: bytes, name: str, placed: Placed) -> Any:
    """An actor wherever there is room for it."""
    return _wherever(LedWorker, placed).remote(run, recipe, name)


def _here() -> NodeAffinitySchedulingStrategy:
    return NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)


def _wherever(worker: type, placed: Placed, **more: Any) -> Any:
    kind: Any = ray.remote(worker)
    return kind.options(
        num_cpus=placed.num_cpus, num_gpus=placed.num_gpus, scheduling_strategy="SPREAD", **more
    )
