"""Run ``magpie estimate`` from the terminal: a short run for real, and a table of what a long one takes."""

from __future__ import annotations

import dataclasses
import shlex
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from msgspec.structs import replace

from magpie_core.backend import Backend
from magpie_core.cli.console import note, print_json, stderr, stdout, visible
from magpie_core.cli.display import RunDisplay
from magpie_core.cli.interruptible import run_interruptible, same_again, shown_until_stopped
from magpie_core.cli.live import clock
from magpie_core.cli.load import plugins_with_warnings
from magpie_core.errors import UsageError
from magpie_core.estimate import FULL, SAMPLES, Estimate, Pilot, estimate
from magpie_core.plan import Plan, make_plan
from magpie_core.plugins import Plugins
from magpie_core.run.atomic import TEMPORARY
from magpie_core.run.recipe import Recipe
from magpie_core.run.stored import with_date_of
from magpie_core.session import Observer, execute
from magpie_core.spending import Prices
from magpie_core.steps.tally import Tally

UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def estimate_and_report(
    recipe: Recipe, samples: int, prices: Prices, *, as_json: bool, quiet: bool
) -> None:
    """Make ``samples`` records of ``recipe`` and print what its ``n`` take.

    Raises:
        UsageError: the run in its output folder has that many already.
        MagpieError: whatever ``execute`` raises.
    """
    recipe = with_date_of(recipe)
    plugins = plugins_with_warnings(quiet=quiet)
    wanted = recipe.run.n
    plan = _shortened(make_plan(recipe, plugins), samples)
    with ExitStack() as stack:
        kept = recipe.run.output is not None
        path = Path(recipe.run.output or "")
        if not kept:
            path = Path(stack.enter_context(TemporaryDirectory(prefix=TEMPORARY)), "run")
        pilot = _pilot(plan, plugins, path, prices, kept=kept, quiet=quiet, silent=quiet or as_json)
    if not pilot.records:
        raise UsageError(
            f"`{path}` has {pilot.tally.accepted:,} records already, and none was made to estimate by",
            hint=f"--samples {pilot.tally.accepted + SAMPLES}, or leave out -o",
        )
    found = estimate(pilot, wanted, prices)
    if as_json:
        print_json({**found.plain(), "pilot": _plain(pilot), "key": plan.key}, indent=2)
    elif not quiet:
        _print(found, pilot, plan, prices, path if kept else None)


def _shortened(plan: Plan, samples: int) -> Plan:
    """The same run, ended sooner; planned for all records, so that no stand-in is taken for a model."""
    run = plan.recipe.run
    return dataclasses.replace(
        plan, recipe=replace(plan.recipe, run=replace(run, n=min(samples, run.n)))
    )


def _pilot(
    plan: Plan,
    plugins: Plugins,
    path: Path,
    prices: Prices,
    *,
    kept: bool,
    quiet: bool,
    silent: bool,
) -> Pilot:
    """Run ``plan`` and see what it used."""
    progress = stderr(quiet=silent)
    display = RunDisplay(progress, quiet=silent, prices=prices)
    begin, started, before, together = monotonic(), 0.0, _size(path), 1

    def start(tally: Tally, engines: list[Backend]) -> None:
        nonlocal started, together
        started = monotonic()
        capacity = min(one.capacity for one in engines)
        together = min(capacity, plan.recipe.run.in_flight or capacity)
        display.start(tally, engines)

    observer = Observer(
        opening=lambda what: progress.print(f"opening {what} …", markup=False), started=start
    )
    with shown_until_stopped(
        display, stderr(quiet=quiet), lambda: same_again(path) if kept else None
    ):
        outcome = run_interruptible(execute(plan, plugins, path, observer))
    return Pilot(
        outcome.tally,
        outcome.seconds,
        opening_seconds=max(0.0, started - begin) if started else 0.0,
        used=display.used(),
        bytes=_size(path) - before,
        together=together,
    )


def _size(path: Path) -> int:
    return sum(one.stat().st_size for one in path.rglob("part-*.jsonl")) if path.is_dir() else 0


def _plain(pilot: Pilot) -> dict[str, Any]:
    return {
        "records": pilot.records,
        "attempts": pilot.tally.attempts,
        "seconds": round(pilot.seconds, 3),
        "opening_seconds": round(pilot.opening_seconds, 3),
        "prompt_tokens": pilot.used.prompt_tokens,
        "sampled_tokens": pilot.used.sampled_tokens,
        "bytes": pilot.bytes,
        "too_short": pilot.too_short,
    }


def _print(found: Estimate, pilot: Pilot, plan: Plan, prices: Prices, path: Path | None) -> None:
    console = stdout()
    rate = pilot.records / pilot.seconds if pilot.seconds else 0.0
    console.print(
        f"from {pilot.records:,} records in {clock(pilot.seconds)} ({rate:.1f}/s) with "
        f"{visible(plan.instruction.checkpoint.name)}, {found.records:,} records take about:"
    )
    rows = [
        ("time", _time(found.hours)),
        ("attempts", f"{found.attempts:,.0f}"),
        ("tokens", f"{found.sampled_tokens:,.0f} sampled, {found.prompt_tokens:,.0f} of prompts"),
        ("disk", _disk(found.bytes)),
    ]
    if found.money is not None:
        each = 1000 * found.money / found.records
        rows.append(("money", f"{found.money:,.2f}, {each:,.3f} for 1,000 records"))
    for name, said in rows:
        console.print(f"  {name:9} {said}")
    if pilot.too_short and pilot.records < found.records:
        note(
            f"{pilot.together} records are worked on at once, so these seldom filled the engine: expect "
            f"less time, or ask again with --samples {FULL * pilot.together}"
        )
    if path is not None:
        console.print(
            f"\nthe records are in {shlex.quote(str(path))}, and `magpie run` with the same options goes on",
            soft_wrap=True,
        )


def _time(hours: float) -> str:
    return f"{hours:,.1f} hours" if hours >= 1 else clock(hours * 3600)


def _disk(size: float) -> str:
    for unit in UNITS:
        if size < 1024 or unit == UNITS[-1]:
            break
        size /= 1024
    return f"{size:.1f} {unit}" if unit != UNITS[0] else f"{size:.0f} bytes"
