"""``magpie run``: generate instructions and responses into a run folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from magpie_core.cli.elsewhere import elsewhere_options, take_elsewhere
from magpie_core.cli.limits import limit_options, take_limits, take_watching, watch_options
from magpie_core.cli.options import (
    budget_option,
    build_recipe,
    checkpoint_options,
    follow_up_option,
    thinking_option,
)
from magpie_core.cli.sections import sectioned
from magpie_core.run.recipe import read_recipe

EXAMPLES = """
\b
Examples:
  magpie run                                     100 records from the embedded model, offline
  magpie run --family llama3 -n 1000 -o runs/a   the family's default checkpoint
  magpie run --checkpoint ./my-model --dry-run   the exact prompts and token ids, nothing spent
  magpie run recipe.toml -n 50                   a recipe; flags override it
  magpie run --family llama3.1 --temperature 1.1 --top-p 0.995 --respond-with ./bigger
  magpie run --task math=2,code --language German   steered by system prompts, with weights
  magpie run --turns 3                           conversations instead of single questions
  magpie run --dedup minilm                      what is nearly said already is not answered

The same command again continues the same run: nothing is lost and nothing is done twice.
"""


SECTIONS = {
    "Model": [
        "family",
        "checkpoint",
        "backend",
        "respond_with",
        "format",
        "form",
        "date",
        "trust_remote_code",
    ],
    "Run": ["n", "output", "seed", "max_attempts", "pilot"],
    "Sampling": [
        "temperature",
        "top_p",
        "max_instruction_tokens",
        "schedule",
        "response_temperature",
        "response_top_p",
        "max_response_tokens",
        "thinking",
        "reasoning_budget",
    ],
    "What is asked for": [
        "system",
        "task",
        "steer",
        "language",
        "personas",
        "turns",
        "follow_up_system",
    ],
    "What is answered": ["gate", "dedup"],
    "Many engines": ["on", "workers", "on_option"],
    "Cost": ["max_hours", "max_budget", "price_per_gpu_hour", "gpus", "price_per_million"],
    "Watching": ["engine_timeout", "json_log", "metrics"],
    "Engine": ["device", "dtype", "max_batch", "max_context", "engine_option", "in_flight"],
}


@click.command(name="run", epilog=EXAMPLES, cls=sectioned(SECTIONS))
@click.argument("recipe", required=False, type=click.Path(path_type=Path))
@checkpoint_options
@click.option(
    "--backend", metavar="B", help="Engine, see `magpie plugins`.  [default: transformers]"
)
@click.option("-n", type=int, help="Accepted records wanted.  [default: 100]")
@click.option("--seed", type=int, help="Seed of the run.  [default: 0]")
@click.option("-o", "--output", metavar="RUN", help="Run folder.  [default: runs/CHECKPOINT-KEY]")
@click.option("--max-attempts", type=int, help="Most indexes to try.  [default: 10 × n]")
@click.option("--system", metavar="TEXT", help="System prompt, for both; '' is an empty one.")
@click.option("--temperature", type=float, help="Temperature of instructions.")
@click.option("--top-p", type=float, help="Nucleus of instructions.")
@click.option("--max-instruction-tokens", type=int, help="Most tokens of an instruction.")
@click.option("--response-temperature", type=float, help="Temperature of responses; 0 is greedy.")
@click.option("--response-top-p", type=float, help="Nucleus of responses.")
@click.option("--max-response-tokens", type=int, help="Most tokens of a response.")
@thinking_option
@budget_option
@click.option("--respond-with", metavar="C", help="Another checkpoint for the responses.")
@click.option(
    "--gate",
    metavar="CONDITION",
    help="Answer only instructions whose tags meet it: 'quality >= good'.",
)
@click.option(
    "--task",
    metavar="NAMES",
    help="Steer instructions to tasks, with weights: math=2,code; `ultra` is a mixture.",
)
@click.option(
    "--steer", metavar="FILE", help="System prompts of yours with weights, in place of --task."
)
@click.option("--language", metavar="NAMES", help="Steer to languages: German=2,French.")
@click.option(
    "--schedule",
    metavar="POINTS",
    help="Temperature:top-p of instructions with weights: 1.0=3,1.1:0.995; or `air`, `pro` (the paper's).",
)
@click.option("--personas", metavar="FILE", help="Steer to personas, one a line.")
@click.option("--turns", type=int, metavar="N", help="Questions with answers.  [default: 1]")
@follow_up_option
@click.option(
    "--dedup",
    metavar="MODEL",
    help="Answer no near-duplicates, told by this embedding model: minilm, mpnet, a folder.",
)
@click.option("--device", metavar="auto|cpu|cuda|mps", help="Where the engine runs.")
@click.option("--dtype", metavar="auto|float32|bfloat16|float16", help="Precision of the weights.")
@click.option("--max-batch", type=int, help="Most requests decoded together.")
@click.option("--max-context", type=int, help="Context length in tokens.")
@click.option("--engine-option", multiple=True, metavar="KEY=VALUE", help="Passed to the engine.")
@click.option("--in-flight", type=int, help="Records worked on at once.")
@click.option("--pilot", type=int, help="Samples judged before the run; 0 for none.  [default: 8]")
@elsewhere_options
@limit_options
@watch_options
@click.option(
    "--dry-run", is_flag=True, help="Show the exact prompts and token ids; spend nothing."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def command(
    recipe: Path | None,
    engine_option: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    **flags: Any,
) -> None:
    """Generate instructions and their responses into a run folder.

    Without arguments it runs offline on the embedded demonstration model.
    """
    limits, elsewhere = take_limits(flags), take_elsewhere(flags)
    watched = take_watching(flags)
    chosen = build_recipe(read_recipe(recipe) if recipe else None, flags, engine_option)
    # Everything below may import transformers, so it waits until the flags are known to be good.
    from magpie_core.cli.execute import execute_and_report
    from magpie_core.cli.load import plugins_with_warnings
    from magpie_core.plan import make_plan
    from magpie_core.run.stored import with_date_of

    chosen = with_date_of(chosen)
    plugins = plugins_with_warnings(quiet=quiet)
    runner = elsewhere.runner(plugins)
    plan = make_plan(chosen, plugins)
    if dry_run:
        from magpie_core.cli.dry_run import show_plan

        show_plan(plan, as_json=as_json)
        return
    path = Path(
        chosen.run.output or f"runs/{_short(plan.instruction.checkpoint.name)}-{plan.key[:8]}"
    )
    execute_and_report(
        plan,
        plugins,
        path,
        as_json=as_json,
        quiet=quiet,
        limits=limits,
        runner=runner,
        watched=watched,
    )


def _short(checkpoint: str) -> str:
    """Last part of a folder or hub id, fit for a folder name."""
    name = Path(checkpoint).name.lower()
    return "".join(c if c.isalnum() or c in "-._" else "-" for c in name).strip(".-") or "run"
