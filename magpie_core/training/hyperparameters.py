"""The published numbers of Magpie models, one struct a stage. Knows no trainer and no GPU.

Sources: the Magpie paper (arXiv 2406.08464v2, appendix on training) and the published training recipes of
the Magpie-Align models, which were trained on 4 GPUs. What differs between the two is said at each number.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Stage = Literal["sft", "dpo"]
STAGES: tuple[Stage, ...] = ("sft", "dpo")


class Hyperparameters(msgspec.Struct, frozen=True, kw_only=True):
    """What both stages have."""

    learning_rate: float
    epochs: float
    effective_batch: int
    """Conversations, or packed sequences, that make one step: micro batch x accumulation x GPUs."""
    micro_batch: int
    """Of them on one GPU at a time, as published for 80 GB of memory and 8 billion parameters."""
    max_length: int
    """Tokens of a sequence."""
    optimizer: str
    schedule: str = "cosine"
    warmup: float = 0.1
    """Share of the steps. The paper's first SFT runs had 100 steps in its place."""
    weight_decay: float = 0.0
    seed: int = 42


class Sft(Hyperparameters, frozen=True, kw_only=True):
    """Supervised fine-tuning; the defaults are the paper's.

    The paper: 2e-5, cosine, two epochs, batch 32 on 4 GPUs, 8,192 tokens. The published configurations add
    sample packing, paged AdamW in 8 bits, loss on responses only, gradient checkpointing.
    """

    learning_rate: float = 2e-5
    epochs: float = 2
    effective_batch: int = 32
    micro_batch: int = 1
    max_length: int = 8192
    optimizer: str = "paged_adamw_8bit"
    packing: bool = True


class Dpo(Hyperparameters, frozen=True, kw_only=True):
    """Direct preference optimisation; the defaults are those for Magpie's own preference pairs.

    The paper, and the published recipe on Magpie's 100K pairs: 5e-7. The released Llama-3.1-8B, on
    UltraFeedback pairs: 1e-6. All: beta 0.01, one epoch, cosine, 2,048 tokens of which the prompt may have
    1,800, batch 128 (2 x 16 x 4 GPUs; 256 on 8).
    """

    learning_rate: float = 5e-7
    epochs: float = 1
    effective_batch: int = 128
    micro_batch: int = 2
    max_length: int = 2048
    max_prompt_length: int = 1800
    optimizer: str = "adamw_torch"
    beta: float = 0.01


PAPER: dict[Stage, Sft | Dpo] = {"sft": Sft(), "dpo": Dpo()}
"""What is written unless a preset or the user says otherwise."""
