"""The role of what runs a plan elsewhere than in this process: ``magpie run --on NAME``. Knows no cluster."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

import msgspec

if TYPE_CHECKING:
    from magpie_core.plan import Plan
    from magpie_core.plugins import Plugins
    from magpie_core.run.folder import RunFolder
    from magpie_core.session import Observer, Outcome


class Runner(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Generates with several workers. Its fields are what ``--on-option`` sets, and ``workers``.

    The records must be those that one process would make: let one ``OwnLead`` (``steps/lead.py``) lead them
    all, and let each worker run a ``Generation`` on a ``RunFolder.join`` of its own.
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
