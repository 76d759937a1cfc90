"""The role of what does a step elsewhere than in this process: ``--on NAME``. Knows no cluster."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import msgspec

from magpie_core.errors import UsageError

if TYPE_CHECKING:
    from magpie_core.neighbours.embedders import Embedder
    from magpie_core.plan import Plan
    from magpie_core.plugins import Plugins
    from magpie_core.run.folder import RunFolder
    from magpie_core.session import Observer, Outcome
    from magpie_core.tagging.session import TagObserver, TagOutcome, TagPlan
    from magpie_core.tagging.tally import TagTally


class ToEmbed(NamedTuple):
    """Texts of one source that have no vector yet."""

    folder: Path
    """Of the vectors (``neighbours/cache.py``), whose lock is held."""
    texts: Sequence[str]
    """Each once, the longest first."""


class Runner(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Does a step with several workers. Its fields are what ``--on-option`` sets, and ``workers``.

    Who generates must make the records that one process would make: let one ``OwnLead``
    (``steps/lead.py``) lead them all, and let each worker run a ``Generation`` on a ``RunFolder.join`` of
    its own. Who tags or embeds lets each worker write parts of its own, under a lock of its own
    (``run/workers.py``).
    """

    name: ClassVar[str]
    workers: int = 1
    """Engines, or groups of engines, that work at the same time; at least 1."""

    @abstractmethod
    def check(self, plan: Plan) -> None:
        """Refuse what cannot be done, before anything is written.

        Raises:
            UsageError: it cannot.
        """

    @abstractmethod
    async def generate(
        self, plan: Plan, plugins: Plugins, folder: RunFolder, observer: Observer, samples: int
    ) -> Outcome:
        """Open the engines, check them, generate, close them; leave nothing running, however it ends.

        Args:
            plan: what to do; it is not complete yet.
            plugins: what is installed here.
            folder: open for writing, which is for run.toml only: workers write to parts of their own.
            observer: told of the steps.
            samples: of the pilot; 0 for none.

        Raises:
            MagpieError: as ``session.execute``; what is done is on disk.
        """

    async def tag(
        self, plan: TagPlan, plugins: Plugins, tally: TagTally, observer: TagObserver
    ) -> TagOutcome:
        """Give what is left to tag its columns; leave nothing running, however it ends.

        Args:
            plan: what to do. The columns of its taggers are held, and their settings on disk.
            plugins: what is installed here.
            tally: what there is to do, to be kept up to date.
            observer: told of the steps.

        Raises:
            UsageError: it does not tag. MagpieError: as ``execute_tagging``; what is done is on disk.
        """
        raise UsageError(f"--on {self.name}: it does not tag", hint="leave out --on")

    def embed(
        self,
        embedder: Embedder,
        device: str | None,
        work: Sequence[ToEmbed],
        tell: Callable[[int], None],
    ) -> None:
        """Put a vector of every text beside its source; leave nothing running, however it ends.

        Args:
            embedder: the model; workers must have the same weights.
            device: of torch, as the user gave it; None for a GPU where there is one.
            work: the texts.
            tell: told how many of them are done.

        Raises:
            UsageError: it does not embed. MagpieError: the model cannot be loaded, or all workers are
                lost; what is done is on disk.
        """
        raise UsageError(f"--on {self.name}: it does not embed", hint="leave out --on")
