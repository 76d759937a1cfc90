"""The model that is trained: which checkpoint, in which chat format, with which special tokens."""

from __future__ import annotations

import msgspec

from magpie_core.checkpoint import Checkpoint
from magpie_core.training.base import Base, choose_base, look_at_base
from magpie_core.training.formats import Found, find_format
from magpie_core.training.hyperparameters import Stage
from magpie_core.training.pieces import Pieces, pieces_of
from magpie_core.training.scene import Scene
from magpie_core.training.tokens import Tokens, tokens_for


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """What is trained, as far as it is known."""

    base: Base
    opened: Checkpoint | None
    """Its tokenizer and configuration; None where nothing could be looked at."""
    found: Found
    pieces: Pieces
    tokens: Tokens


def choose_model(scene: Scene, stage: Stage) -> Model:
    """Decide what is trained in ``stage``.

    Raises:
        UsageError: nothing says which checkpoint, or in which format.
        CheckpointError: one that was named cannot be opened, or has an unusable template.
    """
    request, preset = scene.request, scene.preset
    base = choose_base(scene, stage, request.trainer_of(stage))
    opened = look_at_base(scene, base)
    asked = request.chat_template or (preset.family if preset else None)
    found = find_format(asked, scene.source, opened, scene.plugins)
    pieces = pieces_of(found.format)
    pad = preset.pad if preset and request.base is None else None
    tokens = tokens_for(pieces, opened, pad)
    return Model(base=base, opened=opened, found=found, pieces=pieces, tokens=tokens)
