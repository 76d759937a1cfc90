"""A session: open the engines, check, generate, close. What the command line and a script both call."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import msgspec

from magpie_core.backend import Backend, EngineSettings, EngineStats
from magpie_core.errors import MagpieError, RunFolderError
from magpie_core.plan import Plan, Side
from magpie_core.plugins import Plugins, pick
from magpie_core.preflight import Check, pilot, require, require_capabilities, static_checks
from magpie_core.run.contents import check_same_run, contents
from magpie_core.run.folder import RunFolder
from magpie_core.run.recipe import EngineSection
from magpie_core.steps.generate import Generation
from magpie_core.steps.tally import Tally, tally_of


@dataclass
class Outcome:
    """What a session did."""

    path: Path
    tally: Tally
    seconds: float
    """Wall time from the first request to the last record, engine start not included."""
    engine: EngineStats

    @property
    def engine_share(self) -> float:
        """Share of the wall time spent inside the model, between 0 and 1."""
        return min(1.0, self.engine.busy_seconds / self.seconds) if self.seconds else 0.0


@dataclass
class Observer:
    """What a caller wants to hear; every part may be left out."""

    checked: Callable[[list[Check]], None] = lambda checks: None
    """The preflight checks, when they have passed."""
    opening: Callable[[str], None] = lambda what: None
    """An engine is about to be loaded."""
    started: Callable[[Tally, Backend], None] = lambda tally, backend: None
    """Generation begins; ``tally`` changes from now on."""


def open_folder(plan: Plan, plugins: Plugins, path: Path) -> tuple[RunFolder, bool]:
    """The run folder of ``plan``: a new one, or the same run begun earlier.

    Returns:
        the folder, open for writing, and whether it is new.

    Raises:
        RunFolderError: ``path`` holds something else, or another run.
    """
    if (path / "run.toml").exists():
        folder = RunFolder.open(path, write=True)
        try:
            check_same_run(folder.manifest, plan, str(path))
        except RunFolderError:
            folder.close()
            raise
        return folder, False
    return RunFolder.create(path, contents(plan, plugins, {})), True


async def execute(
    plan: Plan, plugins: Plugins, path: Path, observer: Observer | None = None
) -> Outcome:
    """Generate ``plan`` into ``path``, or finish what an earlier session left there.

    Raises:
        MagpieError: see ``magpie_core.errors``; a folder that was new and holds no record is removed.
    """
    observer = observer or Observer()
    sides = [plan.instruction] if plan.shares_engine else [plan.instruction, plan.response]
    checks = [check for side in sides for check in static_checks(side)]
    require(checks)
    folder, new = open_folder(plan, plugins, path)
    engines: list[Backend] = []
    try:
        _note_wanted(folder, plan)
        if not new and (done := _complete(folder, plan)) is not None:
            return done
        for side, section in zip(sides, _sections(plan), strict=True):
            observer.opening(f"{side.checkpoint.name} with {side.backend}")
            engines.append(await _open_engine(plan, plugins, side, section))
            require_capabilities(engines[-1], side)
        if new:
            checks += await _first_look(plan, folder, plugins, engines)
        observer.checked(checks)
        return await _generate(plan, folder, engines, observer)
    except (MagpieError, asyncio.CancelledError):
        if new and not _holds_anything(folder):
            folder.close()
            shutil.rmtree(path, ignore_errors=True)
        raise
    finally:
        for engine in engines:
            await engine.close()
        folder.close()


async def _first_look(
    plan: Plan, folder: RunFolder, plugins: Plugins, engines: list[Backend]
) -> list[Check]:
    """Note the engines' versions and draw the pilot, once in a run's life."""
    versions = {name: one for engine in engines for name, one in engine.versions().items()}
    folder.write_manifest(contents(plan, plugins, versions))
    samples = min(plan.recipe.run.pilot, plan.recipe.run.n)
    return [await pilot(plan, engines[0], samples)] if samples else []


def _complete(folder: RunFolder, plan: Plan) -> Outcome | None:
    """What there is to say of a run that needs no engine any more; None when it is not complete."""
    tally = tally_of(folder.settled(), plan.recipe.run.n)
    if tally.accepted < tally.wanted:
        return None
    return Outcome(path=folder.path, tally=tally, seconds=0.0, engine=EngineStats())


def _note_wanted(folder: RunFolder, plan: Plan) -> None:
    """Keep run.toml true when a later session asks for another number of records."""
    recipe = msgspec.to_builtins(plan.recipe)
    if folder.manifest.get("recipe") != recipe:
        folder.write_manifest({**folder.manifest, "recipe": recipe})


async def _generate(
    plan: Plan, folder: RunFolder, engines: list[Backend], observer: Observer
) -> Outcome:
    generation = Generation(plan, folder, engines[0], engines[-1])
    before = [engine.stats() for engine in engines]
    busy = sum(one.busy_seconds for one in before)
    observer.started(generation.tally, engines[0])
    begin = monotonic()
    tally = await generation.run()
    stats = [engine.stats() for engine in engines]
    return Outcome(
        path=folder.path,
        tally=tally,
        seconds=monotonic() - begin,
        engine=EngineStats(
            busy_seconds=sum(one.busy_seconds for one in stats) - busy,
            sampled_tokens=sum(one.sampled_tokens for one in stats),
            prompt_tokens=sum(one.prompt_tokens for one in stats),
        ),
    )


def _sections(plan: Plan) -> list[EngineSection]:
    first, second = plan.recipe.engine, plan.recipe.response_engine
    return [first] if second is None else [first, second.over(first)]


async def _open_engine(plan: Plan, plugins: Plugins, side: Side, section: EngineSection) -> Backend:
    backend = pick("backend", side.backend, plugins.backends())
    return await backend.open(
        EngineSettings(
            checkpoint=side.checkpoint.path,
            device=section.device,
            dtype=section.dtype,
            max_batch=section.max_batch,
            max_context=section.max_context,
            trust_remote_code=plan.recipe.run.trust_remote_code,
            options=dict(section.options),
        )
    )


def _holds_anything(folder: RunFolder) -> bool:
    settled = folder.settled()
    return bool(settled.accepted or settled.rejected or settled.failed)
