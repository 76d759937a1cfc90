"""One worker that tags: opens its engine, tags what it is handed, writes parts of its own. Knows no Ray.

What is expected to go wrong comes back as a value, as in ``worker.py``.
"""

from __future__ import annotations

import asyncio
import os
import socket
import tomllib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import msgspec
import tomli_w

from magpie_core.backend import Backend, Capabilities, EngineStats
from magpie_core.dataset.columns import NAME, Lines, read_settings
from magpie_core.errors import MagpieError, RunFolderError
from magpie_core.plugins import Plugins, load_plugins
from magpie_core.record import Record
from magpie_core.run.recipe import Recipe
from magpie_core.run.workers import hold
from magpie_core.tagging.choosing import choose_taggers
from magpie_core.tagging.judge import find_judge
from magpie_core.tagging.schemas import checker
from magpie_core.tagging.session import Assigned, assign, in_flight
from magpie_core.tagging.step import Job, Tagging
from magpie_core.tagging.tally import TaggerTally
from magpie_ray.doing import does
from magpie_ray.tag_messages import Handed, Ready, Settled, TagReport, TagWork

TELL_SECONDS = 0.5
"""Between two reports."""

Take = Callable[[], list[Handed]]
Tell = Callable[[TagReport], Awaitable[None]]


class Noted(Lines):
    """The columns of one tagger, as this worker writes them, and what is still to be told of them."""

    def __init__(self, folder: Path, writer: str) -> None:
        super().__init__(folder, writer)
        self.untold: list[Settled] = []

    def add(self, id: str, columns: dict[str, object]) -> None:
        """See ``Lines.add``."""
        super().add(id, columns)
        self.untold.append(Settled(self.folder.name, id, tagged=True))

    def fail(self, id: str, error: str) -> None:
        """See ``Lines.fail``."""
        super().fail(id, error)
        self.untold.append(Settled(self.folder.name, id, tagged=False))


class TagWorker:
    """One engine, or none, for the taggers of one call.

    Args:
        work: what to do.
        name: of its parts.
    """

    def __init__(self, work: TagWork, name: str) -> None:
        self._work = work
        self._name = name
        self._assigned: list[Assigned] = []
        self._backend: Backend | None = None
        self._in_flight = 1
        self._loop = asyncio.Runner()  # an engine belongs to the loop that opened it

    def open(self) -> Ready | MagpieError:
        """See that the columns would be the same here, and load the engine."""
        return does(self._loop, self._open(load_plugins()), self._name)

    def tag(self, take: Take, tell: Tell) -> EngineStats | MagpieError:
        """Tag until nothing is handed out any more; then close the engine.

        Args:
            take: the next records; none when there are no more.
            tell: one report.
        """
        try:
            return does(self._loop, self._tag(take, tell), self._name)
        finally:
            self.close()

    def close(self) -> None:
        """Work no more; twice is once."""
        self._loop.close()

    @property
    def room(self) -> int:
        """How many records it wants at a time."""
        return self._in_flight * max(one.tagger.batch for one in self._assigned)

    async def _open(self, plugins: Plugins) -> Ready:
        with suppress(OSError):  # paths are read where they are used, and it is said there
            os.chdir(self._work.directory)
        recipe = msgspec.json.decode(self._work.recipe, type=Recipe)
        names = [one.tagger for one in self._work.taggers]
        taggers = choose_taggers(names, recipe.taggers, plugins)
        judge = find_judge(taggers, recipe, plugins, [])
        for tagger, one in zip(taggers, self._work.taggers, strict=True):
            folder = Path(one.folder)
            _require_seen(folder)
            assigned = assign(tagger, folder, judge)
            _require_same(assigned)
            self._assigned.append(assigned)
        if judge is not None:
            self._backend = await judge.open(plugins)
        self._in_flight = in_flight(recipe, self._backend)
        able = Capabilities() if self._backend is None else self._backend.capabilities
        return Ready(judge.backend if judge else None, able, self._in_flight)

    async def _tag(self, take: Take, tell: Tell) -> EngineStats:
        with ExitStack() as stack:
            jobs: list[Job] = []
            lines: list[Noted] = []
            for one, work in zip(self._assigned, self._work.taggers, strict=True):
                stack.callback(hold(one.folder, self._name).release)
                mine = stack.enter_context(Noted(one.folder, self._name))
                lines.append(mine)
                jobs.append(
                    Job(
                        tagger=one.tagger,
                        columns=mine,
                        wrong=checker(one.tagger.schema),
                        engine=one.engine.on(self._backend)
                        if one.engine and self._backend
                        else None,
                        tally=TaggerTally(one.name, work.folder, before=work.before),
                    )
                )

            def report() -> TagReport:
                settled = [said for mine in lines for said in mine.untold]
                for mine in lines:
                    mine.untold.clear()
                return TagReport(
                    settled,
                    {job.tally.name: job.tally.retried for job in jobs},
                    {job.tally.name: job.tally.cut for job in jobs},
                    self._stats(),
                )

            telling = asyncio.create_task(_again_and_again(lambda: tell(report())))
            try:
                await Tagging(jobs, _handed(take, jobs), self._in_flight).run()
            finally:
                telling.cancel()
                await asyncio.gather(telling, return_exceptions=True)
                await self._close()
            await tell(report())
        return self._stats()

    async def _close(self) -> None:
        if self._backend is not None:
            with suppress(Exception):  # what it said is on disk; a clumsy end changes nothing
                await self._backend.close()

    def _stats(self) -> EngineStats:
        return EngineStats() if self._backend is None else self._backend.stats()


def _handed(take: Take, jobs: list[Job]) -> Iterator[Record]:
    """What this worker is to tag, as long as there is something; each job passes over what it has done."""
    while some := take():
        for record, names in some:
            for job in jobs:
                if job.tally.name not in names:
                    job.columns.done.add(record.id)
            yield record


async def _again_and_again(say: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(TELL_SECONDS)
        await say()


def _require_seen(folder: Path) -> None:
    if not (folder / NAME).exists():
        raise RunFolderError(
            f"machine `{socket.gethostname()}` does not see `{folder}`",
            hint="put the records on a file system that all machines share",
        )


def _require_same(assigned: Assigned) -> None:
    """Refuse a machine with other weights, another version or another prompt: its columns would be others.

    Raises:
        RunFolderError: it is one.
    """
    stored = read_settings(assigned.folder).get("settings", {})
    here = tomllib.loads(tomli_w.dumps(assigned.settings))  # as the driver's were written
    for key in sorted({*stored, *here}):
        if stored.get(key) != here.get(key):
            raise RunFolderError(
                f"machine `{socket.gethostname()}` would tag with {key} = {here.get(key)!r}, and "
                f"`{assigned.folder}` has {stored.get(key)!r}",
                hint="have the same checkpoint, magpie and plugins on all machines",
            )
