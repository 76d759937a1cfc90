"""The trained weights in other architectures: the same function, computed by other layers.

Each module turns a stem's weights into configurations and weights that transformers' own classes load.
What is equal in exact arithmetic is equal here to rounding; ``gemma`` says where it is only close.
"""

from __future__ import annotations

from collections.abc import Callable

from magpie_tiny_families.architectures import gemma, latent, normed, plain
from magpie_tiny_families.architectures.weights import Built, Weights

ARCHITECTURES: dict[str, Callable[[Weights], Built]] = {
    "deepseek_v2": latent.deepseek_v2,
    "deepseek_v3": latent.deepseek_v3,
    "gemma": gemma.gemma,
    "gemma2": gemma.gemma2,
    "gemma3_text": gemma.gemma3,
    "gemma4_text": gemma.gemma4,
    "llama": plain.llama,
    "llama4_text": plain.llama4,
    "mistral": plain.mistral,
    "mixtral": plain.mixtral,
    "phi3": plain.phi3,
    "qwen2": plain.qwen2,
    "qwen3": normed.qwen3,
    "qwen3_5_text": normed.qwen35,
}
"""By transformers' ``model_type``."""

__all__ = ["ARCHITECTURES", "Built", "Weights"]
