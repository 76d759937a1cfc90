"""The embedded model as a reward model, for tests of engines that score: its head is random. Needs torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from magpie_tiny import CHECKPOINT


def reward_checkpoint(folder: Path, *, labels: int = 1, seed: int = 0) -> Path:
    """Write the embedded model's weights under a sequence-classification head of random weights.

    Scores are about 1 in size, and differ from text to text.
    """
    model = AutoModelForSequenceClassification.from_pretrained(
        CHECKPOINT, num_labels=labels, dtype=torch.float32
    )
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        head = torch.randn(model.score.weight.shape, generator=random)
        model.score.weight.copy_(head / model.config.hidden_size**0.5)
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(CHECKPOINT).save_pretrained(folder)
    return folder


def expected_scores(folder: Path, prompts: Sequence[Sequence[int]]) -> list[list[float]]:
    """What transformers computes in float32, one prompt at a time: raw outputs, one per label."""
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.no_grad():
        return [model(torch.tensor([list(ids)])).logits[0].tolist() for ids in prompts]
