"""The step that makes conversations longer: exchanges added to finished records, as columns beside them.

The work is that of tagging (a bounded number of records at once, retries, failures counted, everything
on disk at every moment), so it is done by the same loop; what differs is that the columns are sampled.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any, ClassVar

from magpie_core.backend import Backend
from magpie_core.dataset.columns import Columns
from magpie_core.dataset.conversation import conversation_of, reasonings_of
from magpie_core.dataset.source import Source
from magpie_core.engines import check_engine_options, open_engines
from magpie_core.errors import UsageError
from magpie_core.export.exporter import has_answer
from magpie_core.plan import Plan
from magpie_core.plugins import Plugins
from magpie_core.preflight.capabilities import require_capabilities
from magpie_core.preflight.check import require
from magpie_core.preflight.static import static_checks
from magpie_core.record import WHOLE, Record
from magpie_core.steps.answering import Answering
from magpie_core.steps.follow_up import FollowUps
from magpie_core.tagger import TagError, Tagger, TaggerEngine
from magpie_core.tagging.schemas import checker
from magpie_core.tagging.step import IN_FLIGHT_PER_CAPACITY, Job, Tagging
from magpie_core.tagging.tally import TaggerTally, TagTally

FOLDER = "turns"
NAME = "extended"


class Extender(Tagger):
    """Gives each record its conversation with more exchanges."""

    name: ClassVar[str] = "extend"
    looks_at = "response"
    schema: ClassVar[dict[str, Any]] = {
        "type": "object",
        "properties": {
            WHOLE: {"type": "array"},
            "exchanges": {"type": "integer"},
            "ended": {"type": ["string", "null"]},
        },
        "required": [WHOLE, "exchanges", "ended"],
    }

    follow_ups: FollowUps
    tell: Callable[[int], None]
    """Told how many tokens were sampled."""

    async def tag(
        self, records: Sequence[Record], engine: TaggerEngine | None
    ) -> list[dict[str, Any] | TagError]:
        """The columns of each record."""
        return [await self._one(record) for record in records]

    async def _one(self, record: Record) -> dict[str, Any]:
        turns = conversation_of(record)
        if not has_answer(record) or turns[-1].role != "assistant":
            raise UsageError("the conversation does not end with an answer")
        grown = await self.follow_ups.grow(record.index, turns, reasonings_of(record))
        self.tell(grown.tokens)
        return grown.columns()


@dataclass
class ExtendPlan:
    """What a call is to do, resolved."""

    source: Source
    plan: Plan
    turns: int
    """Exchanges that each conversation should have."""
    system: str | None = None
    """System prompt while a user's next words are sampled, and only then."""
    name: str = NAME
    """Of the set of columns, below ``turns/``."""
    limit: int | None = None

    def records(self) -> Iterator[Record]:
        """The records in question."""
        return islice(self.source.records(), self.limit)

    @property
    def folder(self) -> Path:
        """Where the columns go."""
        return self.source.place / FOLDER / self.name

    @property
    def settings(self) -> dict[str, Any]:
        """What decides the columns, as TOML values."""
        system = {} if self.system is None else {"system": self.system}
        return {"key": self.plan.key, "turns": self.turns, **system}


@dataclass
class ExtendOutcome:
    """What a call did."""

    tally: TagTally
    seconds: float = 0.0
    """From the first request to the last conversation, engine start not included."""
    tokens: int = 0
    """Sampled in this call."""


@dataclass
class ExtendObserver:
    """What a caller wants to hear; every part may be left out."""

    opening: Callable[[str], None] = lambda what: None
    started: Callable[[TagTally, list[Backend]], None] = lambda tally, engines: None


async def execute_extension(
    plan: ExtendPlan, plugins: Plugins, observer: ExtendObserver | None = None
) -> ExtendOutcome:
    """Extend what is left to extend.

    Raises:
        MagpieError: see ``magpie_core.errors``; what is done is on disk, and the next call goes on.
    """
    observer = observer or ExtendObserver()
    sides = (
        [plan.plan.instruction]
        if plan.plan.shares_engine
        else [plan.plan.instruction, plan.plan.response]
    )
    require([check for side in sides for check in static_checks(side)])
    if plan.system is not None:
        plan.plan.instruction.prompts.chat.opening(
            plan.system
        )  # raises where there is no place for one
    check_engine_options(plan.plan, plugins)
    with Columns(plan.source, f"{FOLDER}/{plan.name}", plan.settings) as columns:
        tally = count_work(plan, columns.done)
        outcome = ExtendOutcome(tally)
        if not tally.wanted:
            return outcome
        engines = await open_engines(plan.plan, plugins, observer.opening)
        try:
            for engine, side in zip(engines, sides, strict=True):
                require_capabilities(engine, side)
            observer.started(tally, engines)
            await _extend(plan, engines, columns, outcome)
        finally:
            for engine in engines:
                with suppress(Exception):  # what it made is on disk; a clumsy end changes nothing
                    await engine.close()
    return outcome


def count_work(plan: ExtendPlan, done: Collection[str]) -> TagTally:
    """What there is to do where the conversations of ``done`` are there."""
    one = TaggerTally("extend", str(plan.folder))
    tally = TagTally([one])
    for record in plan.records():
        tally.records += 1
        one.before += record.id in done
    one.wanted = tally.records - one.before
    tally.damaged = plan.source.damaged
    plan.source.on_damage = None  # said once is enough: they are read again
    return tally


async def _extend(
    plan: ExtendPlan, engines: Sequence[Backend], columns: Columns, outcome: ExtendOutcome
) -> None:
    def tell(tokens: int) -> None:
        outcome.tokens += tokens

    one = plan.plan
    answering = Answering(one.response, engines[-1], one.recipe.run.seed, one.reasoning_budget)
    extender = Extender(
        follow_ups=FollowUps(one, engines[0], answering, plan.turns, plan.system), tell=tell
    )
    [counts] = outcome.tally.taggers
    job = Job(
        tagger=extender,
        columns=columns,
        wrong=checker(Extender.schema),
        engine=None,
        tally=counts,
    )
    capacity = sum(one.capacity for one in engines)
    chosen = plan.plan.recipe.run.in_flight
    begin = monotonic()
    await Tagging(
        [job], plan.records(), chosen or math.ceil(IN_FLIGHT_PER_CAPACITY * capacity)
    ).run()
    outcome.seconds = monotonic() - begin
