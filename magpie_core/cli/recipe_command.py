"""``magpie recipe``: write a ready training configuration for this data set."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

EXAMPLES = """
\b
Examples:
  magpie recipe runs/first --trainer axolotl --stage sft
  magpie recipe runs/first --trainer trl --stage sft --base ./my-base --gpus 4
  magpie recipe runs/first --trainer trl --stage dpo          pairs of `magpie prefer`
  magpie recipe runs/first --trainer llama-factory --stage two-stage --selection best
  magpie recipe data.jsonl --trainer axolotl --stage sft --base B --chat-template chatml
  magpie recipe --preset llama-3.1-8b                         a released model's recipe, whole
  magpie recipe --list                                        trainers, published numbers, presets
"""


@click.command(name="recipe", epilog=EXAMPLES)
@click.argument("run", type=click.Path(path_type=Path), required=False)
@click.option(
    "--trainer", metavar="NAME", help="axolotl, trl, alignment-handbook or llama-factory."
)
@click.option("--stage", metavar="STAGE", help="sft, dpo, or two-stage: one after the other.")
@click.option("--preset", metavar="NAME", help="The recipe of a released model: see --list.")
@click.option(
    "--base",
    metavar="CHECKPOINT",
    help="The model to train (default: by its name, the base of the run's; for dpo what the recipe "
    "for sft makes).",
)
@click.option(
    "--gpus",
    type=click.IntRange(min=0),
    metavar="N",
    help="Keeps the published effective batch on N GPUs (default 1; 0 is a processor, to try it).",
)
@click.option("--epochs", type=float, metavar="N", help="In place of the published number.")
@click.option("--learning-rate", type=float, metavar="X", help="In place of the published number.")
@click.option("--max-length", type=int, metavar="N", help="Tokens of a sequence.")
@click.option(
    "--chat-template",
    metavar="WHICH",
    help="A checkpoint, a family or a .jinja file (default: that of the run).",
)
@click.option("--selection", metavar="NAME", help="Only the records that `magpie select` chose.")
@click.option(
    "--preferences", metavar="NAME", help="Pairs of this set, where `magpie prefer` made several."
)
@click.option(
    "--best",
    metavar="NAME",
    help="Answers are the responses that this set of `magpie prefer` rated highest.",
)
@click.option(
    "--reasoning",
    type=click.Choice(("keep", "drop")),
    help="Train on what was thought before each answer, or on answers alone.",
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The configuration, or for two stages their folder (default: RUN/recipes).",
)
@click.option("--overwrite", is_flag=True, help="Replace files that say something else.")
@click.option("--dry-run", is_flag=True, help="Print the configuration; write nothing.")
@click.option("--list", "listing", is_flag=True, help="List what there is, and end.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def command(
    run: Path | None,
    trainer: str | None,
    stage: str | None,
    preset: str | None,
    base: str | None,
    gpus: int | None,
    epochs: float | None,
    learning_rate: float | None,
    max_length: int | None,
    chat_template: str | None,
    selection: str | None,
    preferences: str | None,
    best: str | None,
    reasoning: Literal["keep", "drop"] | None,
    out: Path | None,
    overwrite: bool,
    dry_run: bool,
    listing: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write a ready training configuration for the records of a run or a data file.

    With the published numbers, the data in the form that the trainer reads, the chat template they were made
    in, and paths that work in the folder that is written: RUN/recipes. The one command that starts the
    training is printed. Learned are the assistant's turns, all of them, and nothing else.
    """
    from magpie_core.cli.recipe_report import list_all, write_and_report
    from magpie_core.training.request import Request

    if listing:
        list_all(as_json=as_json)
        return
    request = Request(
        run=run,
        trainer=trainer,
        stage=stage,
        preset=preset,
        base=base,
        gpus=gpus,
        epochs=epochs,
        learning_rate=learning_rate,
        max_length=max_length,
        chat_template=chat_template,
        selection=selection,
        preferences=preferences,
        best=best,
        reasoning=reasoning,
        out=out,
    )
    write_and_report(request, overwrite=overwrite, dry_run=dry_run, as_json=as_json, quiet=quiet)
