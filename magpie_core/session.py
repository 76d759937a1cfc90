"""A session: open the engines, check, generate, close. What the command line and a script both call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from magpie_core.backend import Backend
from magpie_core.engines import check_engine_options, open_engines
from magpie_core.errors import RunFolderError
from magpie_core.plan import Plan
from magpie_core.plugins import Plugins
from magpie_core.preflight.capabilities import engine_notes, require_capabilities
from magpie_core.preflight.check import Check, require
from magpie_core.preflight.static import static_checks
from magpie_core.run.atomic import storage_errors
from magpie_core.run.contents import check_same_run, check_unedited, contents, versions, with_wanted
from magpie_core.run.folder import RunFolder
from magpie_core.run.kind import require_generated
from magpie_core.run.stored import Stored
from magpie_core.steps.generate import Generation
from magpie_core.steps.pilot import pilot
from magpie_core.steps.tally import Tally, exhausted, tally_of

if TYPE_CHECKING:
    from magpie_core.runner import Runner


@dataclass
class Outcome:
    """What a session did."""

    path: Path
    tally: Tally
    seconds: float = 0.0
    """Wall time from the first request to the last record, engine start not included."""
    busy_seconds: float = 0.0
    """Of these, time inside the model."""

    @property
    def engine_share(self) -> float:
        """Share of the wall time spent inside the model, between 0 and 1."""
        return min(1.0, self.busy_seconds / self.seconds) if self.seconds else 0.0


@dataclass
class Observer:
    """What a caller wants to hear; every part may be left out."""

    checked: Callable[[list[Check]], None] = lambda checks: None
    """The preflight checks, when they have passed."""
    opening: Callable[[str], None] = lambda what: None
    """An engine is about to be loaded."""
    remembering: Callable[[int, int], None] = lambda done, total: None
    """So many instructions on disk are embedded, of so many; only where near-duplicates are turned down."""
    started: Callable[[Tally, list[Backend]], None] = lambda tally, engines: None
    """Generation begins; ``tally`` changes from now on."""


async def execute(
    plan: Plan,
    plugins: Plugins,
    path: Path,
    observer: Observer | None = None,
    *,
    stored: Stored | None = None,
    runner: Runner | None = None,
) -> Outcome:
    """Generate ``plan`` into ``path``, or finish what an earlier session left there.

    Args:
        plan: what to do.
        plugins: where the backends come from.
        path: the run folder.
        observer: told of the steps.
        stored: what its run.toml says, when a run is resumed.
        runner: what does it elsewhere; None for this process.

    Raises:
        MagpieError: see ``magpie_core.errors``. When it fails before anything was written, what it
            made in ``path`` is removed again.
    """
    observer = observer or Observer()
    sides = [plan.instruction] if plan.shares_engine else [plan.instruction, plan.response]
    checks = [check for side in sides for check in static_checks(side)]
    require(checks)
    check_engine_options(plan, plugins)
    if runner is not None:
        runner.check(plan)
    with storage_errors(path, "open"):
        made_folder, made_run = not path.exists(), not (path / "run.toml").exists()
        folder = _open_folder(plan, plugins, path, stored)
    engines: list[Backend] = []
    try:
        if (done := _nothing_to_do(folder, plan)) is not None:
            return done
        if runner is not None:
            return await runner.generate(plan, plugins, folder, observer, _samples(plan, folder))
        if plan.near is not None:  # what cannot be loaded is found before an engine is paid for
            observer.opening(f"{plan.near.embedder.name} for near-duplicates")
            await asyncio.to_thread(plan.near.embedder.embed, ["Loaded?"])
        engines += await open_engines(plan, plugins, observer.opening)
        for engine, side in zip(engines, sides, strict=True):
            require_capabilities(engine, side)
            checks += engine_notes(engine, side)
        checks += await _first_look(plan, folder, plugins, engines)
        observer.checked(checks)
        return await _generate(plan, folder, engines, observer)
    except BaseException:
        if made_run and _is_empty(folder):
            folder.discard(folder_too=made_folder)
        raise
    finally:
        for engine in engines:
            with suppress(Exception):  # what it made is on disk; a clumsy end changes nothing
                await engine.close()
        folder.close()


def _open_folder(plan: Plan, plugins: Plugins, path: Path, stored: Stored | None) -> RunFolder:
    """The run folder of ``plan``: a new one, or the same run begun earlier.

    Raises:
        RunFolderError: ``path`` holds something else, or another run.
    """
    if stored is None and not (path / "run.toml").exists():
        return RunFolder.create(path, contents(plan, plugins, {}))
    folder = RunFolder.open(path, write=True)
    try:
        require_generated(folder.manifest, str(path))
        if stored is None:
            check_same_run(folder.manifest, plan, str(path))
        else:
            check_unedited(stored, plan, str(path))
        changed = with_wanted(folder.manifest, plan)
        if changed != folder.manifest:
            folder.write_manifest(changed)
    except RunFolderError:
        folder.close()
        raise
    return folder


def _nothing_to_do(folder: RunFolder, plan: Plan) -> Outcome | None:
    """What there is to say of a run that needs no engine any more; None when there is work.

    Raises:
        ExhaustedError: its attempts are used up.
    """
    tally = tally_of(folder.settled(), plan.recipe.run.n)
    if tally.accepted >= tally.wanted:
        return Outcome(folder.path, tally)
    if tally.attempts >= plan.max_attempts:
        raise exhausted(tally, folder.path)
    return None


async def _first_look(
    plan: Plan, folder: RunFolder, plugins: Plugins, engines: list[Backend]
) -> list[Check]:
    """Note the engines' versions; draw the pilot unless samples are on disk already."""
    found = {name: one for engine in engines for name, one in engine.versions().items()}
    folder.write_manifest({**folder.manifest, "versions": versions(plugins, found)})
    samples = _samples(plan, folder)
    return [await pilot(plan, engines[0], samples)] if samples else []


def _samples(plan: Plan, folder: RunFolder) -> int:
    """How many samples the pilot draws."""
    return min(plan.recipe.run.pilot, plan.recipe.run.n) if _is_empty(folder) else 0


async def _generate(
    plan: Plan, folder: RunFolder, engines: list[Backend], observer: Observer
) -> Outcome:
    generation = Generation(plan, folder, engines[0], engines[-1])
    await generation.remember(observer.remembering)
    busy = sum(engine.stats().busy_seconds for engine in engines)
    observer.started(generation.tally, engines)
    begin = monotonic()
    tally = await generation.run()
    return Outcome(
        folder.path,
        tally,
        seconds=monotonic() - begin,
        busy_seconds=sum(engine.stats().busy_seconds for engine in engines) - busy,
    )


def _is_empty(folder: RunFolder) -> bool:
    settled = folder.settled()
    return not (settled.accepted or settled.rejected or settled.failed)
