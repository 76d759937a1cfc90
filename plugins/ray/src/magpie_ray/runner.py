"""What ``--on ray`` offers to the core: its options, what it refuses, and the way to the drivers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, ClassVar

import msgspec

from magpie_core.errors import MissingEngineError, UsageError
from magpie_core.plan import Plan
from magpie_core.plugins import Plugins
from magpie_core.run.folder import RunFolder
from magpie_core.runner import Runner, ToEmbed
from magpie_core.session import Observer, Outcome

if TYPE_CHECKING:
    from magpie_core.neighbours.embedders import Embedder
    from magpie_core.tagging.session import TagObserver, TagOutcome, TagPlan
    from magpie_core.tagging.tally import TagTally
    from magpie_ray.placement import Placed

NotNegative = Annotated[float, msgspec.Meta(ge=0)]


class RayRunner(Runner):
    """Workers on a Ray cluster: one that is there, or one on this machine for the time of the work."""

    name: ClassVar[str] = "ray"
    address: str | None = None
    """Of the cluster: ``HOST:PORT``, ``auto`` for one this machine belongs to, ``local`` for one of our own;
    by default what ``RAY_ADDRESS`` says, else ``local``."""
    num_cpus: NotNegative = 1
    """Of each worker; Ray counts them, it does not hold a worker to them."""
    num_gpus: NotNegative | None = None
    """Of each worker; by default what its engines need, none where no machine has any."""

    def check(self, plan: Plan) -> None:
        """Refuse what cannot be done; see ``refuse``."""
        self.refuse()

    def refuse(self) -> None:
        """Refuse what cannot be done.

        Raises:
            UsageError: no worker at all. MissingEngineError: Ray is not installed.
        """
        if self.workers < 1:
            raise UsageError(f"--workers {self.workers}: at least one works", hint="--workers 2")
        if find_spec("ray") is None:
            raise MissingEngineError("Ray is not installed", hint="pip install magpie-ray")

    async def generate(
        self, plan: Plan, plugins: Plugins, folder: RunFolder, observer: Observer, samples: int
    ) -> Outcome:
        """See ``Runner.generate``."""
        from magpie_ray.placement import gpus_of

        with self._placed(gpus_of(plan), observer.opening) as placed:
            from magpie_ray.driver import Driver

            driver = Driver(plan, plugins, folder, observer, self.workers, placed)
            return await driver.run(samples)

    async def tag(
        self, plan: TagPlan, plugins: Plugins, tally: TagTally, observer: TagObserver
    ) -> TagOutcome:
        """See ``Runner.tag``."""
        from magpie_ray.placement import gpus_of_judge

        with self._placed(gpus_of_judge(plan, tally), observer.opening) as placed:
            from magpie_ray.tag_driver import TagDriver

            return await TagDriver(plan, tally, observer, self.workers, placed).run()

    def embed(
        self,
        embedder: Embedder,
        device: str | None,
        work: Sequence[ToEmbed],
        tell: Callable[[int], None],
    ) -> None:
        """See ``Runner.embed``."""
        with self._placed(0 if device == "cpu" else 1) as placed:
            from magpie_ray.embed_driver import EmbedDriver
            from magpie_ray.embed_worker import EmbedWork

            asked = EmbedWork(embedder.asked, embedder.identity, device)
            asyncio.run(EmbedDriver(asked, work, self.workers, placed, tell).run())

    @contextmanager
    def _placed(
        self, gpus: float, opening: Callable[[str], None] = lambda what: None
    ) -> Iterator[Placed]:
        """Be on the cluster while the block runs.

        Args:
            gpus: what each worker needs, unless the user said so.
            opening: told of the workers, and of those for whom there is no room yet.
        """
        self.refuse()
        from magpie_ray.cluster import joined
        from magpie_ray.placement import place

        wanted = gpus if self.num_gpus is None else self.num_gpus
        with joined(self.address, cpus=self.workers * self.num_cpus) as where:
            opening(f"{self.workers} workers on Ray ({where})")
            placed = place(self.num_cpus, wanted, asked_for=self.num_gpus is not None)
            if placed.fit < self.workers:
                opening(f"{placed.fit} of them; the others wait until there is room")
            yield placed
