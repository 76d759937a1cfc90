"""``magpie estimate``: what a run will take, from a few records of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from magpie_core.cli.limits import NAMES, take_limits
from magpie_core.cli.run_command import SECTIONS
from magpie_core.cli.run_command import command as run_command
from magpie_core.cli.sections import sectioned
from magpie_core.estimate import SAMPLES

EXAMPLES = """
\b
Examples:
  magpie estimate --checkpoint C --backend vllm -n 300000 --price-per-gpu-hour 2.5
  magpie estimate recipe.toml -n 300000 --price-per-gpu-hour 2.5 --gpus 4
  magpie estimate recipe.toml -n 300000 --price-per-million 0.6,2.4     a hosted model
  magpie estimate recipe.toml -n 300000 -o runs/all                     its records are the run's first

A few records are made for real, and multiplied. With -o they stay, and `magpie run` with the same options
goes on from there; without, nothing stays.
"""
LEFT_OUT = {"dry_run", "max_hours", "max_budget", "engine_timeout", "json_log", "metrics"}
LEFT_OUT |= {"on", "workers", "on_option"}  # one engine is enough to estimate by


@click.command(
    name="estimate",
    epilog=EXAMPLES,
    cls=sectioned(SECTIONS),
    params=[one for one in run_command.params if one.name not in LEFT_OUT],
)
@click.option(
    "--samples",
    type=click.IntRange(min=1),
    default=SAMPLES,
    show_default=True,
    help="Records to make. A full engine is faster for each: take at least as many as it works on at once.",
)
def command(
    recipe: Path | None,
    engine_option: tuple[str, ...],
    samples: int,
    as_json: bool,
    quiet: bool,
    **flags: Any,
) -> None:
    """Say what a run will take before it is paid for: time, tokens, disk and money.

    Takes every option of `magpie run`; -n is the number of records in question.
    """
    from magpie_core.cli.estimate_report import estimate_and_report
    from magpie_core.cli.options import build_recipe
    from magpie_core.run.recipe import read_recipe

    prices = take_limits({name: flags.pop(name, None) for name in NAMES}).prices
    chosen = build_recipe(read_recipe(recipe) if recipe else None, flags, engine_option)
    estimate_and_report(chosen, samples, prices, as_json=as_json, quiet=quiet)
