"""The driver of a run on Ray: starts the coordinator and the workers, replaces those that are lost.

Holds the run's lock and writes run.toml; writes no record and keeps no schedule: Ray places what it starts,
and the coordinator says who works on what.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from itertools import count
from time import monotonic
from typing import Any

import msgspec
import ray
from ray.exceptions import RayActorError, RayError, RayTaskError

from magpie_core.errors import EngineDeadError, MagpieError
from magpie_core.plan import Plan
from magpie_core.plugins import Plugins
from magpie_core.preflight import Check
from magpie_core.run.contents import versions
from magpie_core.run.folder import RunFolder
from magpie_core.run.workers import await_end, worker_name
from magpie_core.session import Observer, Outcome
from magpie_core.steps.tally import tally_of
from magpie_ray.actors import start_coordinator, start_worker
from magpie_ray.fleet import Fleet
from magpie_ray.messages import View
from magpie_ray.placement import Placed
from magpie_ray.worker import Opened

LOOK_SECONDS = 0.5
"""How often the display hears of the coordinator."""
FRUITLESS = 3
"""So many workers one after the other that are lost before they bring a record: the place is given up."""
END_SECONDS = 20.0
"""A worker that was told to end has so long to put what it did on disk and to close its engines."""


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
        self._numbers = count()
        self._actors: dict[int, Any] = {}
        self._at_work: set[int] = set()
        self._view: View | None = None
        self._cleared = asyncio.Event()
        """The first worker that is ready has passed the checks."""
        self._checking = asyncio.Lock()
        self._samples = 0
        self._begun: float | None = None
        self._given_up: list[MagpieError] = []

    async def run(self, samples: int) -> Outcome:
        """Generate until it is enough; see ``Runner.generate``."""
        self._samples = samples
        self._coordinator = start_coordinator(self._run, self._recipe, self._workers)
        places: list[asyncio.Task[None]] = []
        try:
            await self._remember()
            places = [asyncio.create_task(self._keep(place)) for place in range(self._workers)]
            await self._watch(places)
            await self._look()
            seconds = monotonic() - self._begun if self._begun is not None else 0.0
        except RayTaskError:
            raise  # a mistake of ours, which keeps its traceback
        except RayError as error:
            raise EngineDeadError(f"Ray failed: {str(error).strip().splitlines()[0]}") from error
        finally:
            await self._end(places)
        if self._view is not None and self._view.error is not None:
            raise self._view.error
        return Outcome(
            self._folder.path,
            self._tally,
            seconds=seconds,
            busy_seconds=self._fleet.stats().busy_seconds,
        )

    async def _remember(self) -> None:
        remembering = asyncio.ensure_future(_result(self._coordinator.remember.remote()))
        try:
            while not remembering.done():
                await asyncio.wait({remembering}, timeout=LOOK_SECONDS)
                if not remembering.done() and self._plan.near is not None:
                    done, total = (await _result(self._coordinator.look.remote())).remembered
                    if total:
                        self._observer.remembering(done, total)
        finally:
            remembering.cancel()
        if (error := remembering.result()) is not None:
            raise error

    async def _watch(self, places: list[asyncio.Task[None]]) -> None:
        """Wait for all who work, and show meanwhile how far they are; not for whom there never was room.

        Raises:
            MagpieError: what ended one of them ends the run.
        """
        pending: set[asyncio.Task[None]] = set(places)
        while pending and not (self._is_over() and not self._at_work):
            done, pending = await asyncio.wait(
                pending, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_EXCEPTION
            )
            for one in done:
                one.result()
            await self._look()
        if len(self._given_up) == len(places):
            raise self._given_up[-1]

    def _is_over(self) -> bool:
        return self._view is not None and self._view.over

    async def _look(self) -> None:
        view: View = await _result(self._coordinator.look.remote())
        self._view = view
        tally, counts = self._tally, view.counts
        tally.accepted, tally.failed = view.accepted, view.failed
        tally.rejected = Counter(view.rejected)
        tally.instructions, tally.tokens = counts.instructions, counts.tokens
        tally.response_tokens, tally.in_flight = counts.response_tokens, counts.in_flight
        self._fleet.take(counts.stats)

    async def _keep(self, place: int) -> None:
        """Keep one worker at work until the run is over, by another one where it is lost."""
        fruitless = 0
        while True:
            number = next(self._numbers)
            lost = await self._employ(number)
            if lost is None:
                return
            await self._coordinator.lost.remote(number)
            await self._look()
            assert self._view is not None
            fruitless = 0 if self._view.accepted_by.get(number) else fruitless + 1
            if fruitless >= FRUITLESS:
                self._given_up.append(lost)
                return

    async def _employ(self, number: int) -> MagpieError | None:
        """One worker from its start to its end.

        Returns:
            why it was lost, if it was.

        Raises:
            MagpieError: what another worker would meet too.
        """
        name = worker_name(number)
        actor = self._actors[number] = start_worker(self._run, self._recipe, name, self._placed)
        try:
            opened = _unpacked(await actor.open.remote())
            await self._clear(actor, opened)
            await self._coordinator.join.remote(number)
            self._at_work.add(number)
            self._tally.workers = len(self._at_work)
            _unpacked(await actor.work.remote(self._coordinator, number, self._workers))
        except RayActorError as error:
            self._tally.lost += 1
            said = str(error).strip().splitlines()[0]
            return EngineDeadError(f"worker `{name}` was lost: {said}")
        except EngineDeadError as error:
            self._tally.lost += 1
            return error
        finally:
            self._at_work.discard(number)
            self._tally.workers = len(self._at_work)
            self._actors.pop(number)
            ray.kill(actor)
        return None

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
                checks.append(_unpacked(await actor.pilot.remote(self._samples)))
            self._observer.checked(checks)
            self._begun = monotonic()
            self._observer.started(self._tally, [self._fleet])
            self._cleared.set()

    async def _end(self, places: list[asyncio.Task[None]]) -> None:
        """Let the workers end, and those that do not be ended; leave the folder to whoever comes next."""
        try:
            with suppress(RayError):
                await self._coordinator.stop.remote()
            begin = monotonic()
            while self._at_work and monotonic() - begin < END_SECONDS:
                await asyncio.sleep(0.05)
        finally:
            for place in places:
                place.cancel()
            await asyncio.gather(*places, return_exceptions=True)
            for actor in (*self._actors.values(), self._coordinator):
                ray.kill(actor)
            await asyncio.to_thread(await_end, self._folder.path)


async def _result(reference: Any) -> Any:
    """What a call to the coordinator gives.

    Raises:
        EngineDeadError: it is gone.
    """
    try:
        return await reference
    except RayActorError as error:
        raise EngineDeadError(f"the coordinator was lost: {str(error).splitlines()[0]}") from error


def _unpacked(answer: Any) -> Any:
    """What a worker answered; raised, where it is an error."""
    if isinstance(answer, MagpieError):
        raise answer
    return answer
