"""``magpie prefer``: several responses to each instruction, rewards, and a pair for preference training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from magpie_core.cli.limits import patience_options, take_patience
from magpie_core.cli.options import build_recipe, judge_options, step_options

EXAMPLES = """
\b
Examples:
  magpie prefer runs/first --reward Skywork/Skywork-Reward-V2-Qwen3-0.6B
  magpie prefer runs/first --samples 8 --margin 0.5 --reward C --as wide
  magpie prefer runs/first --reward C2 --as second --samples-from wide    the same responses
  magpie prefer runs/first --reward C --strategy against-other --other runs/base
  magpie prefer data.jsonl --checkpoint C --reward R --backend vllm       made elsewhere
  magpie prefer runs/first --reward C --dry-run                 the first prompt, nothing spent
  magpie export runs/first --to trl-preference --out pairs.jsonl

First all responses are sampled, then all are rated: one engine is loaded at a time. A response that the
run's filters object to is kept, and is in no pair. Equal texts or equal rewards make no pair. Everything
goes to preferences/NAME: responses, rewards, objections, chosen, rejected, margin, pair, no_pair.
"""


@click.command(name="prefer", epilog=EXAMPLES)
@click.argument("source", type=click.Path(path_type=Path))
@click.option(
    "--samples",
    type=click.IntRange(min=2),
    default=5,
    show_default=True,
    metavar="K",
    help="Responses to each instruction.",
)
@click.option("--reward", metavar="C", help="Checkpoint that rates: a folder, or a hub id.")
@click.option(
    "--by",
    default="reward",
    show_default=True,
    metavar="TAGGER",
    help="Tagger whose first number is the reward.",
)
@click.option(
    "--margin",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="M",
    help="Smallest difference of rewards in a pair.  [default: any above 0]",
)
@click.option(
    "--strategy",
    default="best-worst",
    show_default=True,
    metavar="NAME",
    help="Which two make the pair, see `magpie plugins`.",
)
@click.option(
    "--other",
    type=click.Path(path_type=Path),
    metavar="SOURCE",
    help="Another model's responses, for `against-other` and `other-best`.",
)
@click.option(
    "--response-temperature",
    type=float,
    metavar="T",
    help="Of the responses.  [default: 0.8]",
)
@click.option(
    "--response-top-p",
    type=float,
    metavar="P",
    help="Of the responses.  [default: as the run's]",
)
@click.option(
    "--max-response-tokens",
    type=int,
    metavar="N",
    help="Most tokens of a response.  [default: as the run's]",
)
@click.option("--seed", type=int, metavar="N", help="Of the samples.  [default: the run's]")
@click.option("--samples-from", metavar="NAME", help="Share the responses of preferences/NAME.")
@click.option("--reward-backend", metavar="B", help="Engine of --reward.  [default: as --backend]")
@click.option("--reward-dtype", metavar="auto|…", help="Precision of its weights.")
@click.option("--reward-max-batch", type=int, metavar="N", help="Most responses it rates together.")
@click.option("--reward-max-context", type=int, metavar="N", help="Its context length in tokens.")
@click.option("--reward-option", multiple=True, metavar="KEY=VALUE", help="Passed to its engine.")
@click.option(
    "--recipe", type=click.Path(path_type=Path), metavar="FILE", help="Options of the tagger."
)
@judge_options
@click.option("--as", "name", metavar="NAME", help="Name of the set: preferences/NAME.")
@patience_options
@step_options
def command(
    source: Path,
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    engine_option: tuple[str, ...],
    **given: Any,
) -> None:
    """Make pairs of a better and a worse response for every record of a run or a file.

    SOURCE is never written to. Killed or interrupted, it goes on with the same command.
    """
    from magpie_core.cli.prefer_plan import Wanted

    patience = take_patience(given)
    wanted = Wanted(**{name: given.pop(name) for name in Wanted.__struct_fields__})
    build_recipe(None, {**given, **wanted.of_the_samples()}, engine_option)  # cheap mistakes first
    from magpie_core.cli.prefer_report import prefer_and_report

    prefer_and_report(
        source,
        wanted,
        given,
        engine_option,
        dry_run=dry_run,
        as_json=as_json,
        quiet=quiet,
        patience=patience,
    )
