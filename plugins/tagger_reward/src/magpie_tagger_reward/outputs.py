"""Which of a checkpoint's outputs is the reward. Knows numbers and a checkpoint's configuration only."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from magpie_core import RequestError


def the_reward(scores: Sequence[float], output: int | None, checkpoint: str) -> float:
    """The one number that is the reward.

    Args:
        scores: raw outputs, one per label.
        output: index of the one that counts; None where there is only one.
        checkpoint: its name, for messages.

    Raises:
        RequestError: several and none chosen, none of that index, or no number.
    """
    if output is None and len(scores) != 1:
        raise RequestError(
            f"`{checkpoint}` gives {len(scores)} outputs ({_named(checkpoint, len(scores))}), and a reward "
            "is one number: choose with [taggers.reward] output = 0, or take a reward model"
        )
    place = output or 0
    if place >= len(scores):
        raise RequestError(
            f"`{checkpoint}` has no output {place} (there are: {_named(checkpoint, len(scores))})"
        )
    if not math.isfinite(scores[place]):
        raise RequestError(f"`{checkpoint}` gave {scores[place]}, which is no number")
    return float(scores[place])


def _named(checkpoint: str, count: int) -> str:
    """The outputs with their labels, as far as the checkpoint's configuration names them."""
    labels = _labels(checkpoint)
    return ", ".join(
        f"{place} = {label}" if (label := labels.get(str(place))) else str(place)
        for place in range(count)
    )


def _labels(checkpoint: str) -> Mapping[str, Any]:
    """``id2label`` of a folder, or of a hub checkpoint that is on this machine; empty where unknown."""
    from huggingface_hub import try_to_load_from_cache

    folder = Path(checkpoint).expanduser()
    try:
        cached = try_to_load_from_cache(checkpoint, "config.json") if not folder.is_dir() else None
        path = Path(cached) if isinstance(cached, str) else folder / "config.json"
        labels = json.loads(path.read_text("utf-8")).get("id2label")
    except (OSError, ValueError, AttributeError):  # HFValidationError is a ValueError
        return {}
    return labels if isinstance(labels, Mapping) else {}
