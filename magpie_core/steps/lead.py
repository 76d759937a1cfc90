"""What all work on a run agrees on: which index begins next, which of two twins stays, when it is enough.

One process leads itself (``OwnLead``). Where several work on one run, one of them has an ``OwnLead`` and
the others ask it, so the records are the same however many there are. Samples nothing, writes nothing.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from magpie_core.apportion import apportioned
from magpie_core.plan import Plan
from magpie_core.run.folder import RunFolder
from magpie_core.run.settled import Settled
from magpie_core.steps.indexes import ByShares, Indexes, InOrder
from magpie_core.steps.judging import Objection
from magpie_core.steps.tally import Tally, exhausted
from magpie_core.steps.twins import how_many_passed, make_twins, passed_filters

Tell = Callable[[int, int], None]
"""Told how many instructions on disk are embedded, and of how many."""


class Lead(Protocol):
    """Says what a process works on. An index that began ends by ``ended``, or the session ends before."""

    async def remember(self, tell: Tell) -> None:
        """Take in what earlier sessions left on disk; nothing where that was done before."""

    def next(self, room: int) -> int | None:
        """The index to begin now; None where first something must change, of which one is told.

        Args:
            room: how many could begin.
        """

    def is_over(self) -> bool:
        """Whether enough records are accepted.

        Raises:
            ExhaustedError: the bound on attempts was reached first.
        """

    async def meet(self, index: int, instruction: str) -> Objection | None:
        """The instruction of ``index`` got past its filters; what is known against it already.

        Raises:
            Exception: it cannot be embedded.
        """

    def leave(self, index: int) -> None:
        """Nothing more will be said of ``index`` that others wait for."""

    async def decide(self, index: int, instruction: str) -> Objection | None:
        """What there is against it, once every lower index has been met or has left."""

    def ended(
        self,
        index: int,
        instruction: str | None,
        *,
        accepted: bool,
        why: tuple[str, str] | None = None,
    ) -> None:
        """``index`` is on disk.

        Args:
            index: the index.
            instruction: its instruction; None where it was given up, and a later session tries it again.
            accepted: whether it is a record.
            why: step and reason, where it was turned down.
        """

    async def close(self) -> None:
        """Answer nothing any more."""


class OwnLead:
    """Leads by what stands in the run folder and what it is told since.

    The indexes that end up accepted do not depend on timing: an index begins only while all that have
    begun together could not reach the number wanted, so the last one that begins is the lowest that was
    needed.

    Args:
        plan: of the run.
        folder: where earlier sessions left what they made; it is read only.
        tally: counts of the run, kept up to date by whoever hears of the ends.
    """

    def __init__(self, plan: Plan, folder: RunFolder, tally: Tally) -> None:
        self._plan = plan
        self._folder = folder
        self._tally = tally
        self._twins = make_twins(plan.near, folder.path)
        self._indexes: Indexes | None = None
        self._open = 0
        self._given_back: list[int] = []

    @property
    def run(self) -> Path:
        """The run folder."""
        return self._folder.path

    async def remember(self, tell: Tell = lambda done, total: None) -> None:
        """Take in what earlier sessions left on disk; nothing where that was done before."""
        if self._indexes is not None:
            return
        settled = self._folder.settled()
        total = how_many_passed(settled)
        try:
            await self._twins.remember(passed_filters(self._folder), lambda done: tell(done, total))
        except BaseException:
            await self._twins.close()
            raise
        self._indexes = self._unsettled(settled)

    def _unsettled(self, settled: Settled) -> Indexes:
        """The indexes to work on; of what is steered by weights as many of each kind as its weight says."""
        control, run = self._plan.control, self._plan.recipe.run
        if control is None or len(kinds := control.kinds()) == 1:
            return InOrder(settled)
        return ByShares(
            settled,
            settled.accepted,
            partial(control.kind, run.seed),
            apportioned(run.n, kinds),
            may_come=self._twins.start,
            stays_away=self._twins.leave,
        )

    def next(self, room: int = 1) -> int | None:
        """The lowest index that is needed; None where one that has begun must end first."""
        if self._given_back:
            return heapq.heappop(self._given_back)
        tally, indexes = self._tally, self._read()
        if (
            tally.accepted + self._open >= tally.wanted
            or tally.attempts + self._open >= self._plan.max_attempts
            or (index := indexes.next()) is None
        ):
            return None
        self._open += 1
        self._twins.start(index)
        return index

    def give_back(self, index: int) -> None:
        """Whoever worked on ``index`` is gone, and nothing of it is on disk: it begins once more."""
        heapq.heappush(self._given_back, index)

    def is_over(self) -> bool:
        """Whether enough records are accepted.

        Raises:
            ExhaustedError: the bound on attempts was reached first.
        """
        tally = self._tally
        if tally.accepted >= tally.wanted:
            return True
        if not self._open and tally.attempts >= self._plan.max_attempts:
            raise exhausted(tally, self.run, self._read().missing())
        return False

    async def meet(self, index: int, instruction: str) -> Objection | None:
        """The instruction of ``index`` got past its filters; what is known against it already."""
        return await self._twins.meet(index, instruction)

    def leave(self, index: int) -> None:
        """Nothing more will be said of ``index`` that others wait for."""
        self._twins.leave(index)

    async def decide(self, index: int, instruction: str) -> Objection | None:
        """What there is against it, once every lower index has been met or has left."""
        return await self._twins.decide(index, instruction)

    def ended(
        self,
        index: int,
        instruction: str | None,
        *,
        accepted: bool,
        why: tuple[str, str] | None = None,
    ) -> None:
        """``index`` is on disk."""
        self._open -= 1
        self._read().ended(index, accepted=accepted)
        if instruction is not None:
            self._twins.finish(index, instruction)

    async def close(self) -> None:
        """Compare nothing any more."""
        await self._twins.close()

    def _read(self) -> Indexes:
        assert self._indexes is not None, "what is on disk was not taken in"
        return self._indexes
