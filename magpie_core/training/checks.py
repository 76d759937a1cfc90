"""What would make a training learn something else than it should, seen before it is paid for."""

from __future__ import annotations

from magpie_core.checkpoint import Checkpoint
from magpie_core.errors import CheckpointError, UsageError
from magpie_core.opening import open_named
from magpie_core.training.fidelity import first_difference
from magpie_core.training.formats import made_with
from magpie_core.training.model import Model
from magpie_core.training.records import Survey
from magpie_core.training.scene import Scene
from magpie_core.training.trainers import TemplateFrom, Trainer


def check_tokens(scene: Scene, model: Model, trainer: Trainer) -> None:
    """See that the vocabulary has what the format writes, or gets it.

    Raises:
        UsageError: it has not, and the trainer adds no tokens.
    """
    if not model.tokens.missing:
        return
    base, named = model.base.name, ", ".join(f"`{one}`" for one in model.tokens.missing)
    if not trainer.adds_tokens:
        raise UsageError(
            f"`{base}` has no {named}, which this chat format needs, and {trainer.title} adds no tokens",
            hint="--trainer axolotl, which does, or a format it has the tokens for: --chat-template C",
        )
    scene.notes.append(f"tokens are added to `{base}`: {named}")


def check_system_prompts(scene: Scene, model: Model, place: TemplateFrom, survey: Survey) -> None:
    """See that the format has a place for the system prompts that are in the data.

    Args:
        scene: a note is added to it where they are not written as the format does.
        model: holds the format.
        place: where the trainer takes its template from; its own adds nothing around a system prompt.
        survey: of the data.

    Raises:
        UsageError: it refuses them.
    """
    pieces = model.pieces
    if not survey.systems:
        return
    if pieces.before_system is not None:
        around = (model.found.format.default_system or "").strip()
        if place == "own" and around and around in pieces.before_system:
            scene.notes.append(
                f"the system prompts of {survey.systems:,} rows are written without what the chat format "
                f"puts before them: {around!r}"
            )
        return
    if pieces.system_role != "dropped":
        raise UsageError(
            f"{survey.systems:,} of {survey.rows:,} rows have a system prompt, and this chat format has no "
            "place for one",
            hint="another format: --chat-template chatml",
        )
    scene.notes.append(f"the chat format drops the system prompts of {survey.systems:,} rows")


def check_template(
    scene: Scene, model: Model, place: TemplateFrom, trainer: Trainer, survey: Survey
) -> None:
    """Write some conversations by the template they were made with, or will be trained with, and compare.

    Args:
        scene: a note is added to it where they differ.
        model: holds the format, cut for training.
        place: where the trainer takes its template from.
        trainer: for messages.
        survey: holds the conversations.

    Raises:
        UsageError: the checkpoint must bring the template, and has none.
    """
    held = _maker(scene, model)
    if place == "checkpoint":
        if model.base.where is None:  # it gets the template in the stage before
            return
        held = model.opened
        if held is not None and not held.chat_template:
            raise UsageError(
                f"`{held.name}` has no chat template, and {trainer.title} takes none in this stage",
                hint="fine-tune it first: --stage sft, which puts the template there",
            )
    if held is None or not held.chat_template:
        return
    parted = first_difference(held.tokenizer, model.pieces, survey.samples)
    if parted is not None:
        scene.notes.append(
            f"the template of `{held.name}` writes these conversations in another way than they are "
            f"trained in: {parted}"
        )


def _maker(scene: Scene, model: Model) -> Checkpoint | None:
    """The checkpoint that made the data in the format, where that is so and it can be opened."""
    source = scene.source
    maker = made_with(source) if source is not None and model.found.of_the_run else None
    if maker is None:
        return None
    try:
        return open_named(maker, scene.plugins.models(), trust_remote_code=False)
    except CheckpointError:  # it has done its work, and may be gone
        return None
