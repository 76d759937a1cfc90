"""``magpie extend``: more turns for conversations that are there already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from magpie_core.cli.limits import patience_options, take_patience
from magpie_core.cli.options import build_recipe, follow_up_option, judge_options, step_options

EXAMPLES = """
\b
Examples:
  magpie extend runs/first --turns 3                          with the checkpoint of the run
  magpie extend runs/first --turns 3 --follow-up-system multi-round
  magpie extend runs/first --turns 2 --max-batch 16           after the engine ran out of memory
  magpie extend data.jsonl --turns 2 --checkpoint C           conversations made elsewhere
  magpie export runs/first --to messages --out long.jsonl     writes the whole conversations

A turn is a question with its answer. The follow-up is sampled from the conversation and the opening of
the user's turn; it passes the run's filters, as its answer does. A conversation ends early when the
user's words are empty, a farewell or a repetition, when a filter objects, or when the context is full.
"""


@click.command(name="extend", epilog=EXAMPLES)
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "--turns",
    type=click.IntRange(min=2),
    required=True,
    metavar="N",
    help="Questions with answers that a conversation should have.",
)
@follow_up_option
@judge_options
@click.option("--as", "name", metavar="NAME", help="Name of the set: turns/NAME.")
@patience_options
@step_options
def command(
    source: Path,
    turns: int,
    follow_up_system: str | None,
    engine_option: tuple[str, ...],
    name: str | None,
    limit: int | None,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    **flags: Any,
) -> None:
    """Add turns to the conversations of a run or a file. The source is never written to.

    Killed or interrupted, it goes on with the same command.
    """
    patience = take_patience(flags)
    build_recipe(None, flags, engine_option)  # the cheapest mistakes first
    from magpie_core.cli.extend_report import Wanted, extend_and_report

    wanted = Wanted(turns=turns, system=follow_up_system, name=name, limit=limit)
    extend_and_report(
        source,
        wanted,
        flags,
        engine_option,
        dry_run=dry_run,
        as_json=as_json,
        quiet=quiet,
        patience=patience,
    )
