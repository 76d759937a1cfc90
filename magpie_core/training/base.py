"""Which checkpoint is trained: the one that is named, or the likeliest. Opens its tokenizer, no weights."""

from __future__ import annotations

import os
import re

import msgspec

from magpie_core.checkpoint import Checkpoint
from magpie_core.errors import UnreachableError, UsageError
from magpie_core.opening import open_named
from magpie_core.plugins import Plugins
from magpie_core.training.formats import made_with
from magpie_core.training.hyperparameters import Stage
from magpie_core.training.scene import Scene
from magpie_core.training.trainers import Trainer

_TUNED = re.compile(r"[-_](?:instruct|chat|it)(?=$|[-_.])", re.IGNORECASE)
"""Words of a checkpoint's name that say it was tuned to follow instructions."""


def base_of(checkpoint: str) -> str | None:
    """The name of the base model of ``checkpoint``; None where the name does not say.

    ``meta-llama/Llama-3.1-8B-Instruct`` is ``meta-llama/Llama-3.1-8B`` without the word. That is what makers
    do, no promise: the hub is not asked. A folder, and a name without such a word, say nothing.
    """
    if os.path.exists(os.path.expanduser(checkpoint)) or checkpoint.count("/") != 1:
        return None
    maker, _, name = checkpoint.partition("/")
    plain = _TUNED.sub("", name, count=1)
    return f"{maker}/{plain}" if plain and plain != name else None


class Base(msgspec.Struct, frozen=True):
    """A checkpoint to train."""

    name: str
    """As a trainer takes it: a hub id, or a folder, absolute or relative to the recipe's."""
    where: str | None
    """Where its tokenizer can be looked at; None where nothing needs to be, or is there yet."""


def choose_base(scene: Scene, stage: Stage, trainer: Trainer) -> Base:
    """The checkpoint to train.

    Raises:
        UsageError: nobody says, and nothing suggests one.
    """
    if scene.request.base is not None:
        name = _location(scene.request.base, scene.plugins)
        return Base(name, name)
    if stage == "dpo":
        return _fine_tuned(scene, trainer)
    if scene.preset is not None:
        return Base(scene.preset.base, None)
    maker = made_with(scene.source) if scene.source is not None else None
    named = base_of(maker) if maker else None
    if named is None:
        about = f" The run was made with `{maker}`, whose name says no base" if maker else ""
        raise UsageError(
            f"which checkpoint is trained?{about}",
            hint="--base CHECKPOINT, such as --base meta-llama/Llama-3.1-8B",
        )
    scene.notes.append(
        f"trained is `{named}`, by its name the base of `{maker}`; another one: --base"
    )
    return Base(named, named)


def look_at_base(scene: Scene, base: Base) -> Checkpoint | None:
    """Its tokenizer and configuration; None, with a note, where it is neither here nor to be reached.

    Raises:
        CheckpointError: there is none of that name, or it cannot be read.
    """
    if base.where is None:
        return None
    try:
        return open_named(base.where, scene.plugins.models(), trust_remote_code=False)
    except UnreachableError as error:
        found = error.message
    scene.notes.append(
        f"`{base.name}` was not looked at, so its special tokens are not checked and none is named for "
        f"padding: {found}"
    )
    return None


def _fine_tuned(scene: Scene, trainer: Trainer) -> Base:
    """What the recipe for the stage before makes, where it stands in the same folder."""
    before = f"{trainer.name}-sft"
    if (scene.folder / f"{before}.yaml").is_file():
        scene.notes.append(f"trained is what {before}.yaml makes; another checkpoint: --base")
        output = f"outputs/{before}"
        where = scene.folder / output
        return Base(output, str(where.absolute()) if (where / "config.json").is_file() else None)
    raise UsageError(
        "which checkpoint is trained? For DPO it is one that was fine-tuned on such conversations before",
        hint=f"--base CHECKPOINT, or first: --trainer {trainer.name} --stage sft",
    )


def _location(name: str, plugins: Plugins) -> str:
    """A folder absolute, a short name as the folder it stands for, a hub id as it is."""
    model = plugins.models().get(name)
    where = os.path.expanduser(model.location() if model else name)
    return os.path.abspath(where) if os.path.isdir(where) else where
