"""Tell Mistral's formats apart by their chat templates. Says nothing without a template."""

from __future__ import annotations

import re

from magpie_adapter_mistral.spm import MISTRAL_V1, MISTRAL_V3_SPM
from magpie_adapter_mistral.tekken import MISTRAL_V3_TEKKEN, MISTRAL_V7_TEKKEN
from magpie_core import Checkpoint, Family

V3_VOCABULARY = 32768
"""Size from which SentencePiece vocabularies have control tokens; before, there were 32000."""
OTHER_FORMATS = ("<<SYS>>", "[MODEL_SETTINGS]", "[THINK]", "[SYSTEM_PROMPT] ")
"""Llama 2, Mistral's reasoning models, and v7 with SentencePiece."""


def guess(checkpoint: Checkpoint) -> str | None:
    """The family whose markers the template writes, or None.

    The first v0.3 template is written as v0.2's: its vocabulary, or else its name, tells them apart.
    """
    template = checkpoint.chat_template or ""
    if "[INST]" not in template or any(marker in template for marker in OTHER_FORMATS):
        return None
    spaced = "[INST] " in template
    if "[SYSTEM_PROMPT]" in template:
        return None if spaced else MISTRAL_V7_TEKKEN.name
    if not spaced:
        return MISTRAL_V3_TEKKEN.name
    tokens = "[AVAILABLE_TOOLS]" in template or checkpoint.vocabulary == V3_VOCABULARY
    if tokens or _named(MISTRAL_V3_SPM, checkpoint):
        return MISTRAL_V3_SPM.name
    return MISTRAL_V1.name


def _named(family: Family, checkpoint: Checkpoint) -> bool:
    return bool(re.search(str(family.name_pattern), checkpoint.name, re.IGNORECASE))
