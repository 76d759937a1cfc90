"""One call of ``magpie tag``: columns opened, work counted, an engine loaded if there is any, closed."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import msgspec

from magpie_core.backend import Backend
from magpie_core.dataset.columns import NAME, Columns, read_added, read_settings
from magpie_core.dataset.ids import IdSet
from magpie_core.dataset.source import Source
from magpie_core.plugins import Plugins
from magpie_core.record import Record
from magpie_core.run.recipe import Recipe
from magpie_core.tagger import Tagger
from magpie_core.tagging.engine import BackendEngine
from magpie_core.tagging.judge import Judge, find_judge
from magpie_core.tagging.schemas import checker
from magpie_core.tagging.step import IN_FLIGHT_PER_CAPACITY, Job, Tagging
from magpie_core.tagging.tally import TaggerTally, TagTally

if TYPE_CHECKING:
    from magpie_core.runner import Runner

UNITS_WITHOUT_ENGINE = 8
"""Units of work at once where no engine says how many it takes."""
FOLDER = "tags"


@dataclass
class Assigned:
    """A tagger, where its columns go, and what they depend on."""

    tagger: Tagger
    name: str
    """Of the folder, below ``tags/``."""
    folder: Path
    settings: dict[str, Any]
    engine: BackendEngine | None
    """One that writes prompts; it has no backend yet."""


@dataclass
class TagPlan:
    """What a call is to do, resolved, nothing written or loaded yet."""

    source: Source
    assigned: list[Assigned]
    judge: Judge | None
    recipe: Recipe
    limit: int | None = None
    """Only so many records, from the first."""
    notices: list[str] = field(default_factory=list)

    def records(self) -> Iterator[Record]:
        """The records in question."""
        return islice(self.source.records(), self.limit)


@dataclass
class TagOutcome:
    """What a call did."""

    tally: TagTally
    seconds: float = 0.0
    """From the first request to the last tag, engine start not included."""
    busy_seconds: float = 0.0
    """Of these, time inside the model."""


@dataclass
class TagObserver:
    """What a caller wants to hear; every part may be left out."""

    opening: Callable[[str], None] = lambda what: None
    """An engine is about to be loaded."""
    opened: Callable[[Backend], None] = lambda engine: None
    """It is loaded."""
    started: Callable[[TagTally, list[Backend]], None] = lambda tally, engines: None
    """Tagging begins; the tally changes from now on."""


def make_tag_plan(
    source: Source,
    taggers: Sequence[Tagger],
    recipe: Recipe,
    plugins: Plugins,
    *,
    name: str | None = None,
    limit: int | None = None,
) -> TagPlan:
    """Resolve a call.

    Args:
        source: records to tag.
        taggers: with their options.
        recipe: checkpoint, backend and engine.
        plugins: what is installed.
        name: folder of the columns instead of the tagger's own name; for one tagger.
        limit: only so many records.

    Raises:
        MagpieError: the checkpoint cannot be opened or prompted, or nobody offers the backend.
    """
    notices: list[str] = []
    judge = find_judge(taggers, recipe, plugins, notices)
    assigned = [
        assign(tagger, source.place / FOLDER / (name or tagger.name), judge) for tagger in taggers
    ]
    return TagPlan(
        source, assigned, judge, recipe, limit=limit, notices=list(dict.fromkeys(notices))
    )


def assign(tagger: Tagger, folder: Path, judge: Judge | None) -> Assigned:
    """``tagger`` with the settings it works by; its prompts hold the date of what is in ``folder`` already.

    Raises:
        RunFolderError: what is there cannot be read. ChatTemplateError: the judge cannot be prompted.
    """
    stored = read_settings(folder) if (folder / NAME).is_file() else {}
    own = stored.get("settings")
    settings, engine = tagger_settings(tagger), None
    if judge is not None and tagger.needs is not None:
        date = judge.date_for(own if isinstance(own, Mapping) else None)
        engine = judge.engine(date)
        settings |= judge.settings(engine, date)
    return Assigned(tagger, folder.name, folder, settings, engine)


def tagger_settings(tagger: Tagger) -> dict[str, Any]:
    """What of a tagger decides its columns, as TOML values."""
    options = msgspec.to_builtins(tagger)
    schema = hashlib.sha256(msgspec.json.encode(tagger.schema, order="sorted")).hexdigest()[:12]
    return {
        "tagger": tagger.name,
        "options": {key: value for key, value in options.items() if value is not None},
        **tagger.settings(),
        "schema": schema,
    }


def count_work(plan: TagPlan) -> TagTally:
    """What there is to do, nothing written: for ``--dry-run``."""
    done = {one.name: IdSet(added.id for added in read_added(one.folder)) for one in plan.assigned}
    tallies = [TaggerTally(one.name, str(one.folder)) for one in plan.assigned]
    return _counted(plan, tallies, done)


def _counted(plan: TagPlan, tallies: list[TaggerTally], done: Mapping[str, IdSet]) -> TagTally:
    tally = TagTally(tallies)
    for record in plan.records():
        tally.records += 1
        for one in tallies:
            if record.id in done[one.name]:
                one.before += 1
            else:
                one.wanted += 1
    tally.damaged = plan.source.damaged
    plan.source.on_damage = None  # said once is enough: they are read again
    return tally


async def execute_tagging(
    plan: TagPlan,
    plugins: Plugins,
    observer: TagObserver | None = None,
    *,
    runner: Runner | None = None,
) -> TagOutcome:
    """Tag what is left to tag.

    Args:
        plan: what to do.
        plugins: where the backends come from.
        observer: told of the steps.
        runner: what does it elsewhere; None for this process.

    Raises:
        MagpieError: see ``magpie_core.errors``; what is done is on disk, and the next call goes on.
    """
    observer = observer or TagObserver()
    with ExitStack() as stack:
        columns = {
            one.name: stack.enter_context(
                Columns(plan.source, f"{FOLDER}/{one.name}", one.settings)
            )
            for one in plan.assigned
        }
        checks = {one.name: checker(one.tagger.schema) for one in plan.assigned}
        tallies = [TaggerTally(one.name, str(one.folder)) for one in plan.assigned]
        tally = _counted(plan, tallies, {name: one.done for name, one in columns.items()})
        if not tally.wanted:
            return TagOutcome(tally)
        if runner is not None:
            return await runner.tag(plan, plugins, tally, observer)
        backend = await _open(plan, plugins, tally, observer)
        try:
            jobs = [
                Job(
                    tagger=one.tagger,
                    columns=columns[one.name],
                    wrong=checks[one.name],
                    engine=one.engine.on(backend) if one.engine and backend else None,
                    tally=counts,
                )
                for one, counts in zip(plan.assigned, tallies, strict=True)
                if counts.wanted
            ]
            return await _tag(plan, jobs, tally, backend, observer)
        finally:
            if backend is not None:
                with suppress(Exception):  # what it said is on disk; a clumsy end changes nothing
                    await backend.close()


async def _open(
    plan: TagPlan, plugins: Plugins, tally: TagTally, observer: TagObserver
) -> Backend | None:
    """The engine, unless every tagger that needs one is done."""
    needed = any(
        one.tagger.needs is not None and counts.wanted
        for one, counts in zip(plan.assigned, tally.taggers, strict=True)
    )
    if plan.judge is None or not needed:
        return None
    observer.opening(f"{plan.judge.checkpoint.name} with {plan.judge.backend}")
    backend = await plan.judge.open(plugins)
    observer.opened(backend)
    return backend


async def _tag(
    plan: TagPlan,
    jobs: Sequence[Job],
    tally: TagTally,
    backend: Backend | None,
    observer: TagObserver,
) -> TagOutcome:
    engines = [backend] if backend is not None else []
    observer.started(tally, engines)
    busy = sum(engine.stats().busy_seconds for engine in engines)
    begin = monotonic()
    await Tagging(jobs, plan.records(), in_flight(plan.recipe, backend)).run()
    return TagOutcome(
        tally,
        seconds=monotonic() - begin,
        busy_seconds=sum(engine.stats().busy_seconds for engine in engines) - busy,
    )


def in_flight(recipe: Recipe, backend: Backend | None) -> int:
    """Units of work at once: as the recipe says, else what keeps ``backend`` busy."""
    if recipe.run.in_flight:
        return recipe.run.in_flight
    if backend is None:
        return UNITS_WITHOUT_ENGINE
    return math.ceil(IN_FLIGHT_PER_CAPACITY * backend.capacity)
