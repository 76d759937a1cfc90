"""What ``--on ray`` offers to the core: its options, what it refuses, and the way to the driver."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Annotated, ClassVar

import msgspec

from magpie_core.errors import MissingEngineError, UsageError
from magpie_core.plan import Plan
from magpie_core.plugins import Plugins
from magpie_core.run.folder import RunFolder
from magpie_core.runner import Runner
from magpie_core.session import Observer, Outcome

NotNegative = Annotated[float, msgspec.Meta(ge=0)]


class RayRunner(Runner):
    """Workers on a Ray cluster: one that is there, or one on this machine for the time of the run."""

    name: ClassVar[str] = "ray"
    address: str | None = None
    """Of the cluster: ``HOST:PORT``, ``auto`` for one this machine belongs to, ``local`` for one of our own;
    by default what ``RAY_ADDRESS`` says, else ``local``."""
    num_cpus: NotNegative = 1
    """Of each worker; Ray counts them, it does not hold a worker to them."""
    num_gpus: NotNegative | None = None
    """Of each worker; by default what its engines need, none where no machine has any."""

    def check(self, plan: Plan) -> None:
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
        from magpie_ray.cluster import joined
        from magpie_ray.driver import Driver
        from magpie_ray.placement import gpus_of, place

        gpus = gpus_of(plan) if self.num_gpus is None else self.num_gpus
        with joined(self.address, cpus=self.workers * self.num_cpus) as where:
            observer.opening(f"{self.workers} workers on Ray ({where})")
            placed = place(self.num_cpus, gpus, asked_for=self.num_gpus is not None)
            if placed.fit < self.workers:
                observer.opening(f"{placed.fit} of them; the others wait until there is room")
            driver = Driver(plan, plugins, folder, observer, self.workers, placed)
            return await driver.run(samples)
