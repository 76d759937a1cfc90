"""The step that makes preferences: several responses to each instruction, rewards, and a pair of them.

    PLACE/preferences/NAME/  part-00000.jsonl …    responses, rewards, the pair or why there is none
                             sampled/              the responses before they had rewards

Two phases, one engine each, so that memory need never hold both. Each is a tagging loop of its own, whose
lines are on disk at every moment: whatever was sampled or rated is never paid for twice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from magpie_core.backend import Backend
from magpie_core.dataset.columns import Columns, read_added
from magpie_core.dataset.ids import IdSet
from magpie_core.engines import check_engine_options, open_response_engine
from magpie_core.plugins import Plugins
from magpie_core.preflight.capabilities import require_capabilities
from magpie_core.preflight.check import require
from magpie_core.preflight.static import static_checks
from magpie_core.record import Record
from magpie_core.steps.answering import Answering
from magpie_core.steps.prefer_plan import FOLDER, PreferPlan
from magpie_core.steps.rate_responses import Rater
from magpie_core.steps.sample_responses import ResponseSampler
from magpie_core.tagger import Tagger
from magpie_core.tagging.engine import BackendEngine
from magpie_core.tagging.schemas import checker
from magpie_core.tagging.session import UNITS_WITHOUT_ENGINE
from magpie_core.tagging.step import IN_FLIGHT_PER_CAPACITY, Job, Tagging
from magpie_core.tagging.tally import TaggerTally, TagTally


@dataclass
class PreferOutcome:
    """What a call did."""

    responses: TaggerTally
    rewards: TaggerTally
    records: int = 0
    damaged: int = 0
    tokens: int = 0
    """Sampled in this call."""
    sampling_seconds: float = 0.0
    """From the first request to the last response, engine start not included."""
    rating_seconds: float = 0.0


@dataclass
class PreferObserver:
    """What a caller wants to hear; every part may be left out."""

    opening: Callable[[str], None] = lambda what: None
    """An engine is about to be loaded."""
    started: Callable[[TagTally, list[Backend]], None] = lambda tally, engines: None
    """A phase begins; its tally changes from now on."""


async def execute_preferences(
    plan: PreferPlan, plugins: Plugins, observer: PreferObserver | None = None
) -> PreferOutcome:
    """Sample, rate and pair what is left to do.

    Raises:
        MagpieError: see ``magpie_core.errors``; what is done is on disk, and the next call goes on.
    """
    observer = observer or PreferObserver()
    require(static_checks(plan.plan.response))
    check_engine_options(plan.plan, plugins)
    with (
        Columns(plan.source, f"{FOLDER}/{plan.name}", plan.settings) as columns,
        Columns(plan.source, plan.sampled_name, plan.sample_settings) as sampled,
    ):
        outcome = PreferOutcome(
            TaggerTally("responses", str(sampled.folder)),
            TaggerTally("rewards", str(columns.folder)),
        )
        work = _Work(plan, plugins, observer, columns, sampled, outcome)
        work.count()
        await work.sample()
        await work.rate()
    return outcome


def count_work(plan: PreferPlan) -> PreferOutcome:
    """What there is to do, nothing written: for ``--dry-run``."""
    done, sampled = (
        IdSet(one.id for one in read_added(folder))
        for folder in (plan.folder, plan.source.place / plan.sampled_name)
    )
    outcome = PreferOutcome(
        TaggerTally("responses", str(plan.source.place / plan.sampled_name)),
        TaggerTally("rewards", str(plan.folder)),
    )
    _counted(plan, done, sampled, outcome)
    return outcome


def _counted(plan: PreferPlan, done: IdSet, sampled: IdSet, outcome: PreferOutcome) -> IdSet:
    """Fill the tallies; the ids of the records that have no preferences yet."""
    left = IdSet()
    for record in plan.records():
        outcome.records += 1
        if record.id in done:
            outcome.rewards.before += 1
        else:
            left.add(record.id)
            outcome.responses.wanted += record.id not in sampled
        outcome.responses.before += record.id in sampled
    outcome.rewards.wanted = len(left)
    outcome.damaged = plan.source.damaged
    plan.source.on_damage = None  # said once is enough: they are read again
    return left


@dataclass
class _Work:
    """One call at work."""

    plan: PreferPlan
    plugins: Plugins
    observer: PreferObserver
    columns: Columns
    sampled: Columns
    outcome: PreferOutcome
    left: IdSet = field(default_factory=IdSet)
    """Ids of the records without preferences."""

    def count(self) -> None:
        """See what there is to do."""
        self.left = _counted(self.plan, self.columns.done, self.sampled.done, self.outcome)

    async def sample(self) -> None:
        """The first phase: responses, with the engine that answers."""
        tally = self.outcome.responses
        if not tally.wanted:
            return
        side = self.plan.plan.response
        backend = await open_response_engine(self.plan.plan, self.plugins, self.observer.opening)
        try:
            require_capabilities(backend, side)
            sampler = ResponseSampler(
                side=side,
                answering=Answering(
                    side,
                    backend,
                    self.plan.seed,
                    self.plan.plan.reasoning_budget,
                    self.plan.sampling,
                ),
                judges=self.plan.plan.judges,
                samples=self.plan.samples,
                tell=self._sampled_tokens,
            )
            records = (one for one in self.plan.records() if one.id in self.left)
            self.outcome.sampling_seconds = await self._phase(
                sampler, self.sampled, records, tally, backend
            )
        finally:
            with suppress(Exception):  # what it made is on disk; a clumsy end changes nothing
                await backend.close()

    async def rate(self) -> None:
        """The second phase: rewards and pairs, with the engine that scores, if there is any."""
        self.sampled.sync()  # after a power cut no pair may be there without its responses
        tally = self.outcome.rewards
        tally.wanted = sum(one in self.sampled.done for one in self.left)
        if not tally.wanted:
            return
        backend = None
        engine = None
        if self.plan.judge is not None:
            judge = self.plan.judge
            self.observer.opening(f"{judge.checkpoint.name} with {judge.backend}")
            backend = await judge.open(self.plugins)
            engine = judge.engine(self.plan.judge_date).on(backend)
        try:
            rater = Rater(
                by=self.plan.by,
                column=self.plan.column,
                strategy=self.plan.strategy,
                margin=self.plan.margin,
            )
            self.outcome.rating_seconds = await self._phase(
                rater, self.columns, self._with_responses(), tally, backend, engine
            )
        finally:
            if backend is not None:
                with suppress(Exception):
                    await backend.close()

    async def _phase(
        self,
        tagger: Tagger,
        columns: Columns,
        records: Iterator[Record],
        tally: TaggerTally,
        backend: Backend | None,
        engine: BackendEngine | None = None,
    ) -> float:
        """Run one tagging loop; how long it took, in seconds."""
        self.observer.started(TagTally([tally]), [backend] if backend is not None else [])
        job = Job(
            tagger=tagger,
            columns=columns,
            wrong=checker(tagger.schema),
            engine=engine,
            tally=tally,
        )
        begin = monotonic()
        await Tagging([job], records, self._in_flight(backend)).run()
        return monotonic() - begin

    def _in_flight(self, backend: Backend | None) -> int:
        """Records at once: each is as many requests as it has responses."""
        if chosen := self.plan.plan.recipe.run.in_flight:
            return chosen
        if backend is None:
            return UNITS_WITHOUT_ENGINE
        return math.ceil(IN_FLIGHT_PER_CAPACITY * backend.capacity / self.plan.samples)

    def _sampled_tokens(self, count: int) -> None:
        self.outcome.tokens += count

    def _with_responses(self) -> Iterator[Record]:
        """What waits for rewards, as records that hold the sampler's columns."""
        for number, one in enumerate(read_added(self.sampled.folder)):
            if one.id in self.left:
                yield Record(
                    id=one.id, index=number, instruction="", response="", extra=one.columns
                )


def read_preferences(folder: Path) -> Iterator[Mapping[str, Any]]:
    """The columns of every record in ``folder``; nothing where there is no folder."""
    if folder.is_dir():
        yield from (one.columns for one in read_added(folder))
