"""Which families there are, in which architecture, with which vocabulary, from which trained weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from magpie_tiny_families import vocabularies as known
from magpie_tiny_families.vocabularies import Vocabulary

Stem = Literal["llama", "gemma"]
"""A trained model that others are computed from."""


@dataclass(frozen=True)
class Member:
    """The tiny checkpoint of one family."""

    family: str
    architecture: str
    """transformers' name of it (``model_type``)."""
    vocabulary: Vocabulary
    stem: Stem = "llama"
    swallows: bool = False
    """Whether role tokens take the white space after them along (Phi-3)."""

    @property
    def name(self) -> str:
        """What it is called under ``--checkpoint``."""
        return f"tiny-{self.family}"


MEMBERS: tuple[Member, ...] = (
    Member("chatml", "llama", known.CHATML),
    # Llama
    Member("llama2", "llama", known.SENTENCEPIECE),
    Member("vicuna", "llama", known.SENTENCEPIECE),
    Member("nous-hermes-llama2", "llama", known.SENTENCEPIECE),
    Member("llama3", "llama", known.LLAMA3),
    Member("llama3.1", "llama", known.LLAMA3),
    Member("llama3.2", "llama", known.LLAMA3),
    Member("llama3.3", "llama", known.LLAMA3),
    Member("llama4", "llama4_text", known.LLAMA4),
    # Mistral
    Member("mistral-v1", "mistral", known.SENTENCEPIECE),
    Member("mistral-v3-spm", "mistral", known.MISTRAL_V3),
    Member("mistral-v3-tekken", "mistral", known.MISTRAL_V3),
    Member("mistral-v7-tekken", "mistral", known.MISTRAL_V7),
    # Yi
    Member("yi-1.5", "llama", known.YI),
    # Qwen
    Member("qwen1.5", "qwen2", known.CHATML),
    Member("qwen2", "qwen2", known.CHATML),
    Member("qwen2-math", "qwen2", known.CHATML),
    Member("qwen2.5", "qwen2", known.CHATML),
    Member("qwen2.5-coder", "qwen2", known.CHATML),
    Member("qwen2.5-math", "qwen2", known.CHATML),
    Member("qwq", "qwen2", known.CHATML_THINKING),
    Member("qwen3", "qwen3", known.CHATML_THINKING),
    Member("qwen3-2507", "qwen3", known.CHATML),
    Member("qwen3.5", "qwen3_5_text", known.CHATML_THINKING),
    # Phi: phi3-small's own architecture is code that transformers does not hold
    Member("phi3-mini", "phi3", known.PHI3, swallows=True),
    Member("phi3-medium", "phi3", known.PHI3, swallows=True),
    Member("phi3.5-mini", "phi3", known.PHI3, swallows=True),
    Member("phi3-small", "phi3", known.PHI4_MINI),
    Member("phi4", "phi3", known.PHI4),
    Member("phi4-mini", "phi3", known.PHI4_MINI),
    # Gemma
    Member("gemma1.1", "gemma", known.GEMMA),
    Member("gemma2", "gemma2", known.GEMMA, stem="gemma"),
    Member("gemma3", "gemma3_text", known.GEMMA, stem="gemma"),
    Member("gemma4", "gemma4_text", known.GEMMA4, stem="gemma"),
    # DeepSeek
    Member("deepseek-llm", "llama", known.DEEPSEEK_LLM),
    Member("deepseek-coder", "llama", known.DEEPSEEK_CODER),
    Member("deepseek-v2", "deepseek_v2", known.DEEPSEEK_V2),
    Member("deepseek-v2.5", "deepseek_v2", known.DEEPSEEK_V2),
    Member("deepseek-v3", "deepseek_v3", known.DEEPSEEK_V2),
    Member("deepseek-v3.1", "deepseek_v3", known.DEEPSEEK_V3),
    Member("deepseek-r1", "deepseek_v3", known.DEEPSEEK_V3),
    Member("deepseek-r1-distill-qwen", "qwen2", known.DEEPSEEK_V3),
    Member("deepseek-r1-distill-llama", "llama", known.DEEPSEEK_V3),
)
