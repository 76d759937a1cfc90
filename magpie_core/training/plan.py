"""A recipe worked out: which files, with what in them, and what a user should know. Writes nothing."""

from __future__ import annotations

import math
import shlex
from pathlib import Path

import msgspec
from msgspec.structs import replace

from magpie_core.checkpoint import Checkpoint
from magpie_core.dataset.source import Source
from magpie_core.errors import UsageError
from magpie_core.plugins import Plugins
from magpie_core.training.base import Base
from magpie_core.training.batch import Batch, batch_for
from magpie_core.training.checks import check_system_prompts, check_template, check_tokens
from magpie_core.training.data import Writing, choose_data
from magpie_core.training.hyperparameters import PAPER, Dpo, Sft, Stage
from magpie_core.training.job import Configuration, Job
from magpie_core.training.model import Model, choose_model
from magpie_core.training.presets import Preset
from magpie_core.training.records import Records, Survey
from magpie_core.training.request import Request
from magpie_core.training.scene import Scene
from magpie_core.training.template import marks_answers, training_template
from magpie_core.training.trainers import Trainer

FOLDER = "recipes"
TEMPLATE = "chat_template.jinja"


class StagePlan(msgspec.Struct, frozen=True, kw_only=True):
    """One stage."""

    job: Job
    trainer: Trainer
    configuration: Configuration
    origin: str
    """Of the chat format, for people."""
    survey: Survey | None
    """None for data sets on the hub, which are not read."""
    writing: Writing | None

    @property
    def steps(self) -> int | None:
        """Steps of the whole training, were nothing packed; None where the rows are not known."""
        if self.survey is None:
            return None
        return math.ceil(self.survey.rows / self.job.batch.effective * self.job.numbers.epochs)


class RecipePlan(msgspec.Struct, frozen=True, kw_only=True):
    """All stages, in one folder."""

    folder: Path
    stages: tuple[StagePlan, ...]
    notes: list[str]
    preset: Preset | None


def plan(
    request: Request, source: Source | None, plugins: Plugins, records: Records | None
) -> RecipePlan:
    """Work a recipe out.

    Args:
        request: what was asked for.
        source: where the data come from; None for a preset's own.
        plugins: what is installed.
        records: those of ``source``.

    Raises:
        UsageError: something is missing, or cannot be used together.
        CheckpointError: a checkpoint that was named cannot be opened, or has an unusable template.
    """
    preset = request.published()
    folder, configs = _places(request, source, preset)
    scene = Scene(request, plugins, source, records, preset, folder)
    made: list[StagePlan] = []
    model: Model | None = None
    for stage in request.stages():
        if model is None:
            model = choose_model(scene, stage)
        else:  # what the stage before makes, with the tokens and in the format it was given
            model = replace(model, base=Base(made[-1].job.output, None))
        made.append(_stage(scene, stage, configs[stage], model))
    notes = list(dict.fromkeys(scene.notes))
    return RecipePlan(folder=folder, stages=tuple(made), notes=notes, preset=preset)


def _places(
    request: Request, source: Source | None, preset: Preset | None
) -> tuple[Path, dict[Stage, str]]:
    """The folder, and the names of the configurations in it."""
    stages = request.stages()
    names = {one: f"{request.trainer_of(one).name}-{one}.yaml" for one in stages}
    out = request.out
    if out is None:
        own = preset.name if preset is not None else ""
        return (source.place / FOLDER if source is not None else Path(FOLDER) / own), names
    if len(stages) > 1:
        return out, names
    if out.is_dir():
        raise UsageError(
            f"`{out}` is a folder", hint=f"--out {shlex.quote(str(out / names[stages[0]]))}"
        )
    return out.parent, {stages[0]: out.name}


def _stage(scene: Scene, stage: Stage, config: str, model: Model) -> StagePlan:
    request, preset = scene.request, scene.preset
    trainer = request.trainer_of(stage)
    check_tokens(scene, model, trainer)
    data = choose_data(scene, stage, trainer)
    if data.survey is not None:
        check_system_prompts(scene, model, trainer.template[stage], data.survey)
        check_template(scene, model, trainer.template[stage], trainer, data.survey)
    gpus = request.gpus if request.gpus is not None else preset.gpus if preset else 1
    numbers = _numbers(scene, stage, model.opened)
    found = model.found
    own = found.written if found.written and marks_answers(found.written) else None
    job = Job(
        stage=stage,
        base=model.base.name,
        numbers=numbers,
        batch=_batch(scene, numbers, gpus),
        gpus=gpus,
        data=data.sets,
        pieces=model.pieces,
        format=found.format,
        tokens=model.tokens,
        template=own or training_template(model.pieces),
        template_file=TEMPLATE,
        output=f"outputs/{Path(config).stem}",
        config=config,
    )
    return StagePlan(
        job=job,
        trainer=trainer,
        configuration=trainer.configure(job),
        origin=found.origin,
        survey=data.survey,
        writing=data.writing,
    )


def _numbers(scene: Scene, stage: Stage, opened: Checkpoint | None) -> Sft | Dpo:
    """The published numbers, with what was asked for, and no sequence longer than the checkpoint reads."""
    published = (scene.preset.numbers if scene.preset else PAPER)[stage]
    numbers = scene.request.numbers_of(stage, published)
    longest = opened.context_length if opened is not None else None
    if longest is None or longest >= numbers.max_length:
        return numbers
    scene.notes.append(f"sequences have {longest:,} tokens at most: the checkpoint reads no more")
    if isinstance(numbers, Dpo):
        prompt = min(numbers.max_prompt_length, longest)
        return replace(numbers, max_length=longest, max_prompt_length=prompt)
    return replace(numbers, max_length=longest)


def _batch(scene: Scene, numbers: Sft | Dpo, gpus: int) -> Batch:
    batch = batch_for(numbers.effective_batch, numbers.micro_batch, gpus)
    if batch.effective != numbers.effective_batch:
        scene.notes.append(
            f"{gpus} GPUs make no step of {numbers.effective_batch} sequences, but {batch.effective}: {batch}"
        )
    return batch
