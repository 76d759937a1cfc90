"""The driver of a run on Ray: starts the coordinator and the workers, replaces those that are lost.

Holds the run's lock and writes run.toml; writes no record and keeps no schedule: Ray places what it starts,
and the coordinator says who works on what.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from time import monotonic
from typing import Any

import msgspec
import ray

from magpie_core.plan import Plan
from magpie_core.plugins import Plugins
from magpie_core.preflight.check import Check
from magpie_core.run.contents import versions
from magpie_core.run.folder import RunFolder
from magpie_core.run.workers import await_end, worker_name
from magpie_core.session import Observer, Outcome
from magpie_core.steps.tally import tally_of
from magpie_ray.actors import start_coordinator, start_worker
from magpie_ray.crew import LOOK_SECONDS, Crew, rays_own_errors, result, told, unpacked
from magpie_ray.fleet import Fleet
from magpie_ray.messages import View
from magpie_ray.placement import Placed
from magpie_ray.worker import Opened


class Driver:
    """One session of a run.

    Args:
        plan: of the run.
        plugins: what is installed here.
        folder: open for writing.
        observer: told of the steps.
        workers: how many.
        placed: what each needs.
    """

    def __init__(
        self,
        plan: Plan,
        plugins: Plugins,
        folder: RunFolder,
        observer: Observer,
        workers: int,
        placed: Placed,
    ) -> None:
        self._plan = plan
        self._plugins = plugins
        self._folder = folder
        self._observer = observer
        self._workers = workers
        self._placed = placed
        self._run = str(folder.path.resolve())
        self._recipe = msgspec.json.encode(plan.recipe)
        self._tally = tally_of(folder.settled(), plan.recipe.run.n)
        self._fleet = Fleet(workers)
        self._coordinator: Any = None
        self._crew = Crew(workers, self._hire, self._work, self._after)
        self._view: View | None = None
        self._cleared = asyncio.Event()
        """The first worker that is ready has passed the checks."""
        self._checking = asyncio.Lock()
        self._samples = 0
        self._begun: float | None = None

    async def run(self, samples: int) -> Outcome:
        """Generate until it is enough; see ``Runner.generate``."""
        self._samples = samples
        self._coordinator = start_coordinator(self._run, self._recipe, self._workers)
        async with rays_own_errors():
            try:
                await self._remember()
                await self._crew.run(self._look, self._is_over)
                await self._look()
                seconds = monotonic() - self._begun if self._begun is not None else 0.0
            finally:
                await self._end()
        if self._view is not None and self._view.error is not None:
            raise self._view.error
        return Outcome(
            self._folder.path,
            self._tally,
            seconds=seconds,
            busy_seconds=self._fleet.stats().busy_seconds,
        )

    async def _remember(self) -> None:
        remembering = asyncio.ensure_future(result(self._coordinator.remember.remote()))
        try:
            while not remembering.done():
                await asyncio.wait({remembering}, timeout=LOOK_SECONDS)
                if not remembering.done() and self._plan.near is not None:
                    done, total = (await result(self._coordinator.look.remote())).remembered
                    if total:
                        self._observer.remembering(done, total)
        finally:
            remembering.cancel()
        if (error := remembering.result()) is not None:
            raise error

    def _is_over(self) -> bool:
        return self._view is not None and self._view.over

    async def _look(self) -> None:
        view: View = await result(self._coordinator.look.remote())
        self._view = view
        tally, counts = self._tally, view.counts
        tally.accepted, tally.failed = view.accepted, view.failed
        tally.rejected = Counter(view.rejected)
        tally.instructions, tally.tokens = counts.instructions, counts.tokens
        tally.response_tokens, tally.in_flight = counts.response_tokens, counts.in_flight
        tally.workers, tally.lost = len(self._crew.at_work), self._crew.lost
        self._fleet.take(counts.stats)

    def _hire(self, number: int) -> Any:
        return start_worker(self._run, self._recipe, worker_name(number), self._placed)

    async def _work(self, number: int, actor: Any) -> None:
        """One worker, from its opening to its end."""
        opened = unpacked(await actor.open.remote())
        await self._clear(actor, opened)
        await self._coordinator.join.remote(number)
        self._crew.at_work.add(number)
        unpacked(await actor.work.remote(self._coordinator, number, self._workers))

    async def _after(self, number: int) -> bool:
        """What the lost worker had begun is begun again by others; whether it had brought a record."""
        await self._coordinator.lost.remote(number)
        await self._look()
        assert self._view is not None
        return bool(self._view.accepted_by.get(number))

    async def _clear(self, actor: Any, opened: Opened) -> None:
        """Let the first worker that is ready go through the checks for all.

        Raises:
            PreflightError: the pilot failed.
        """
        async with self._checking:
            if self._cleared.is_set():
                return
            checks: list[Check] = list(opened.checks)
            found = versions(self._plugins, {**opened.versions, "ray": ray.__version__})
            self._folder.write_manifest({**self._folder.manifest, "versions": found})
            if self._samples:
                checks.append(unpacked(await actor.pilot.remote(self._samples)))
            self._observer.checked(checks)
            self._begun = monotonic()
            self._observer.started(self._tally, [self._fleet])
            self._cleared.set()

    async def _end(self) -> None:
        """Let the workers end, and those that do not be ended; leave the folder to whoever comes next."""
        try:
            await told(self._coordinator.stop.remote())
            await self._crew.end()
        finally:
            ray.kill(self._coordinator)
            await asyncio.to_thread(await_end, self._folder.path)
