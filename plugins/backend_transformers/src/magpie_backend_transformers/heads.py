"""Opens a checkpoint under its reward or classification head, and refuses one that has none."""

from __future__ import annotations

from typing import Any

import transformers

from magpie_backend_transformers.gated import ARCHITECTURE, GatedRewardModel
from magpie_core.chat.template import derive_from_tokenizer
from magpie_core.checkpoint import Checkpoint
from magpie_core.errors import CheckpointError


def open_with_head(checkpoint: Checkpoint, **options: Any) -> Any:
    """The checkpoint's model with its head.

    Raises:
        CheckpointError: its weights hold no head, so its scores would be random.
    """
    architectures = checkpoint.config.get("architectures") or [""]
    gated = architectures[0] == ARCHITECTURE
    kind = GatedRewardModel if gated else transformers.AutoModelForSequenceClassification
    model, found = kind.from_pretrained(checkpoint.path, output_loading_info=True, **options)
    missing = sorted(found["missing_keys"])
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise CheckpointError(
            f"`{checkpoint.name}` ({architectures[0] or 'of no named architecture'}) has no reward or "
            f"classification head that gives scores: its weights lack `{missing[0]}`{more}",
            hint="choose a reward model, such as --checkpoint Skywork/Skywork-Reward-V2-Qwen3-0.6B",
        )
    if gated:
        chat = derive_from_tokenizer(checkpoint.tokenizer)
        opening = checkpoint.tokenizer.encode(
            chat.user_to_assistant_history, add_special_tokens=False
        )
        model.answer_opening = tuple(opening)
    return model
