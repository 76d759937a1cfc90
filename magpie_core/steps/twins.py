"""Instructions that are there already, equal or near: which, and which of two is kept. Knows no engine.

Of two the one with the lower index stays. Near-duplicates go by the published meaning: an instruction is
turned down when a lower index is near it that passed the instruction filters, whatever became of that
one (so of a chain A ~ B ~ C only A is kept).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from magpie_core.record import Record, Rejection
from magpie_core.run.folder import RunFolder
from magpie_core.run.settled import Settled
from magpie_core.steps.duplicates import Duplicates
from magpie_core.steps.judging import Objection
from magpie_core.tagging.gates import GATE

if TYPE_CHECKING:
    from magpie_core.neighbours.online import NearDuplicates, Tell
    from magpie_core.neighbours.wanted import Near

DUPLICATE = Objection("duplicate", "duplicate")
NEAR_DUPLICATE = Objection("near_duplicate", "near_duplicate")
NO_ROOM = Objection("no_room_for_response", "context")
"""The instruction fills the context."""
AFTER_FILTERS = {DUPLICATE.by, NEAR_DUPLICATE.by, NO_ROOM.by, GATE}
"""Who turns down instructions that got past the instruction filters."""


class Passed(msgspec.Struct, frozen=True):
    """An instruction on disk that got past the instruction filters."""

    index: int
    text: str
    accepted: bool


class Twins:
    """Every index that got past the instruction filters, and what it said.

    Args:
        near: tells near-duplicates; None for equal instructions only.
    """

    def __init__(self, near: NearDuplicates | None) -> None:
        self._equal = Duplicates()
        self._near = near

    async def remember(self, passed: Iterable[Passed], tell: Tell) -> None:
        """Take in what is on disk; an accepted instruction comes before all others.

        Args:
            passed: all of it.
            tell: told how many are embedded; never where only equal ones count.
        """
        if self._near is None:
            for one in passed:
                self._equal.remember(one.index, one.text, accepted=one.accepted)
        else:
            await self._near.remember(self._equal_remembered(passed), tell)

    def start(self, index: int) -> None:
        """An index begins; higher ones wait for its instruction before they are decided."""
        self._equal.start(index)

    async def meet(self, index: int, instruction: str) -> Objection | None:
        """The instruction of ``index`` got past its filters; what is known against it already.

        Raises:
            Exception: it cannot be embedded.
        """
        if self._near is not None:
            await self._near.meet(index, instruction)
        self._equal.settle(index, instruction)
        return self._objection(index, self._equal.twin(index, instruction))

    def leave(self, index: int) -> None:
        """Nothing more will be said of ``index`` that others wait for."""
        self._equal.settle(index, None)

    async def decide(self, index: int, instruction: str) -> Objection | None:
        """What there is against it, once every lower index has been met or has left."""
        return self._objection(index, await self._equal.final_twin(index, instruction))

    def finish(self, index: int, instruction: str) -> None:
        """``index`` has been decided, and will not be asked about again."""
        self._equal.finish(index, instruction)
        if self._near is not None:
            self._near.finish(index)

    async def close(self) -> None:
        """Compare nothing any more."""
        if self._near is not None:
            await self._near.close()

    def _objection(self, index: int, twin: int | None) -> Objection | None:
        if twin is not None:
            return DUPLICATE
        near = self._near is not None and self._near.twin(index)
        return NEAR_DUPLICATE if near else None

    def _equal_remembered(self, passed: Iterable[Passed]) -> Iterator[tuple[int, str]]:
        from magpie_core.neighbours.online import BEFORE_ALL

        for one in passed:
            self._equal.remember(one.index, one.text, accepted=one.accepted)
            yield BEFORE_ALL if one.accepted else one.index, one.text


def make_twins(near: Near | None, run: Path) -> Twins:
    """What tells twins in ``run``, as its recipe asks."""
    if near is None:
        return Twins(None)
    from magpie_core.neighbours.online import NearDuplicates

    return Twins(NearDuplicates(near.embedder, near.threshold, run))


def passed_filters(folder: RunFolder) -> Iterator[Passed]:
    """What earlier sessions left in ``folder``: records first."""
    folder.damaged = 0
    for records in folder.batches(Record):
        for record in records:
            yield Passed(record.index, record.instruction, True)
    for rejections in folder.batches(Rejection):
        for rejection in rejections:
            ours = rejection.step == "instruction" and rejection.filter in AFTER_FILTERS
            text = rejection.text if ours else rejection.instruction
            if text is not None:
                yield Passed(rejection.index, text, False)


def how_many_passed(settled: Settled) -> int:
    """About how many ``passed_filters`` will give."""
    return len(settled.accepted) + sum(
        count
        for (step, by, _), count in settled.reasons.items()
        if step == "response" or by in AFTER_FILTERS
    )
