"""The driver of ``magpie tag`` on Ray: starts who hands out and who tags, replaces those that are lost.

Holds the columns' locks and writes none of their lines.
"""

from __future__ import annotations

import asyncio
import os
from time import monotonic
from typing import Any

import msgspec
import ray

from magpie_core.backend import Backend, EngineStats
from magpie_core.errors import EngineDeadError
from magpie_core.opening import with_absolute_paths
from magpie_core.run.workers import await_end, worker_name
from magpie_core.tagging.session import TagObserver, TagOutcome, TagPlan
from magpie_core.tagging.tally import TagTally
from magpie_ray.actors import start_handout, start_tagger
from magpie_ray.crew import Crew, rays_own_errors, result, told, unpacked
from magpie_ray.fleet import Fleet, fleet_of
from magpie_ray.placement import Placed
from magpie_ray.tag_messages import Ready, TaggerWork, TagView, TagWork


class TagDriver:
    """One call.

    Args:
        plan: what to do; its columns are held.
        tally: what there is to do, kept up to date.
        observer: told of the steps.
        workers: how many.
        placed: what each needs.
    """

    def __init__(
        self,
        plan: TagPlan,
        tally: TagTally,
        observer: TagObserver,
        workers: int,
        placed: Placed,
    ) -> None:
        self._plan = plan
        self._tally = tally
        self._observer = observer
        self._workers = workers
        self._placed = placed
        self._fleet = Fleet(workers)
        self._work = TagWork(
            msgspec.json.encode(with_absolute_paths(plan.recipe)),
            [
                TaggerWork(one.tagger.name, str(one.folder.resolve()), counts.before)
                for one, counts in zip(plan.assigned, tally.taggers, strict=True)
                if counts.wanted
            ],
            os.getcwd(),
        )
        self._crew = Crew(workers, self._hire, self._employ, self._after)
        self._handout: Any = None
        self._view: TagView | None = None
        self._begun: float | None = None

    async def run(self) -> TagOutcome:
        """Tag until nothing is left; see ``Runner.tag``."""
        wanted = max(one.wanted for one in self._tally.taggers)
        source = str(self._plan.source.path.resolve())
        self._handout = start_handout(
            source, self._plan.limit, self._work.taggers, wanted, self._workers
        )
        async with rays_own_errors():
            try:
                await self._crew.run(self._look, self._is_over)
                await self._look()
                seconds = monotonic() - self._begun if self._begun is not None else 0.0
            finally:
                await self._end()
        self._refuse_hopeless()
        return TagOutcome(self._tally, seconds, self._fleet.stats().busy_seconds)

    def _is_over(self) -> bool:
        return self._view is not None and (self._view.over or self._view.hopeless is not None)

    async def _look(self) -> None:
        view: TagView = await result(self._handout.look.remote())
        self._view = view
        for one in self._tally.taggers:
            if (far := view.taggers.get(one.name)) is not None:
                one.tagged, one.failed = far.tagged, far.failed
                one.retried, one.cut = far.retried, far.cut
        self._tally.workers, self._tally.lost = len(self._crew.at_work), self._crew.lost
        self._fleet.take(view.stats)

    def _hire(self, number: int) -> Any:
        return start_tagger(self._work, worker_name(number), self._placed)

    async def _employ(self, number: int, actor: Any) -> None:
        """One worker, from its opening to its end."""
        ready: Ready = unpacked(await actor.open.remote())
        if self._begun is None:
            self._begun = monotonic()
            engines: list[Backend] = []
            if ready.backend is not None:
                self._fleet = fleet_of(ready.backend, ready.capabilities, self._workers)
                self._observer.opened(self._fleet)
                engines.append(self._fleet)
            self._observer.started(self._tally, engines)
        await result(self._handout.join.remote(number))
        self._crew.at_work.add(number)
        _: EngineStats = unpacked(await actor.tag.remote(self._handout, number))

    async def _after(self, number: int) -> bool:
        """What the lost worker had is handed to others; whether it had brought any columns."""
        await result(self._handout.lost.remote(number))
        await self._look()
        assert self._view is not None
        self._refuse_hopeless()
        return bool(self._view.brought.get(number))

    def _refuse_hopeless(self) -> None:
        """Raise what one process would raise where nearly every record fails."""
        if self._view is None or self._view.hopeless is None:
            return
        if self._crew.last is not None:
            raise self._crew.last
        one = next(one for one in self._tally.taggers if one.name == self._view.hopeless)
        raise EngineDeadError(
            f"tagger `{one.name}`: {one.failed} records failed and {one.tagged} did not",
            hint=f"see failures/ in {one.folder}",
        )

    async def _end(self) -> None:
        """Let the workers finish what they have begun; leave the folders to whoever comes next."""
        try:
            await told(self._handout.stop.remote())
            await self._crew.end()
        finally:
            ray.kill(self._handout)
            for one in self._plan.assigned:
                await asyncio.to_thread(await_end, one.folder)
