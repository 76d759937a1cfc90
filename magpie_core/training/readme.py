"""The README beside a recipe of two stages: what is there, and the two commands. Text only."""

from __future__ import annotations

from magpie_core.training.hyperparameters import Dpo
from magpie_core.training.plan import RecipePlan, StagePlan

TITLES = {"sft": "Supervised fine-tuning", "dpo": "Direct preference optimisation"}


def readme(plan: RecipePlan) -> str:
    """The file's text."""
    title = plan.preset.name if plan.preset else "Two stages"
    lines = [f"# {title}", ""]
    if plan.preset is not None:
        lines += [f"The recipe of {plan.preset.what}.", ""]
    lines += [
        "Written by `magpie recipe`. Run both commands in this folder, one after the other.",
        "",
    ]
    for number, stage in enumerate(plan.stages, 1):
        lines += _stage(number, stage)
    return "\n".join(lines)


def _stage(number: int, stage: StagePlan) -> list[str]:
    job, numbers = stage.job, stage.job.numbers
    data = ", ".join(
        f"`{one.path}`" + (" on the hub" if one.hub else f" ({one.rows:,} rows)")
        for one in job.data
    )
    beta = f", beta {numbers.beta:g}" if isinstance(numbers, Dpo) else ""
    return [
        f"## {number}. {TITLES[job.stage]}, with {stage.trainer.title}",
        "",
        "```bash",
        stage.configuration.command,
        "```",
        "",
        f"- needs: {stage.configuration.install}",
        f"- trains: `{job.base}`, into `{job.output}`",
        f"- on: {data}",
        f"- numbers: learning rate {numbers.learning_rate:g}, {numbers.schedule}, warm-up {numbers.warmup:g} "
        f"of the steps, epochs {numbers.epochs:g}, sequences of {numbers.max_length:,} tokens{beta}",
        f"- one step: {job.batch.effective} sequences = {job.batch} (micro batch x accumulation x GPUs)",
        "",
    ]
