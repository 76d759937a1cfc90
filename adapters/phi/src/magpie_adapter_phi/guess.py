"""Tell the Phi generations apart by their chat templates. Says nothing without a template."""

from __future__ import annotations

import re

from magpie_adapter_phi.phi3 import MARKERS, PHI3_MEDIUM, PHI3_MINI, PHI3_SMALL, PHI35_MINI, TOOLS
from magpie_adapter_phi.phi4 import MATH_EXPERT, PHI4_MINI, THINKS
from magpie_core import Checkpoint

PHI4_MINI_VOCABULARY = 200064


def guess(checkpoint: Checkpoint) -> str | None:
    """The family whose turn tokens the template writes, or None.

    The model type says little: Phi-4 and Phi-4-mini are `phi3` models. Phi-4's reasoning models have
    templates with long system prompts of their own and are nobody's.
    """
    template = checkpoint.chat_template or ""
    if "<|im_sep|>" in template:
        return None if THINKS in template else "phi4"
    if not all(marker in template for marker in MARKERS):
        return None
    if TOOLS in template or checkpoint.vocabulary == PHI4_MINI_VOCABULARY:
        return None if MATH_EXPERT in template else PHI4_MINI.name
    if checkpoint.model_type in PHI3_SMALL.model_types:
        return PHI3_SMALL.name
    for family in (PHI35_MINI, PHI3_MEDIUM, PHI3_SMALL, PHI3_MINI):
        if re.search(str(family.name_pattern), checkpoint.name, re.IGNORECASE):
            return family.name
    return _by_system(template)


def _by_system(template: str) -> str:
    """Tell Phi-3 templates apart by BOS and by what they do with a system message."""
    begins = "bos_token" in template
    if re.search(r"<\|['\"]\s*\+", template):  # any role is written, whatever it is called
        return PHI3_SMALL.name if begins else PHI3_MINI.name
    if "system" not in template:  # mini's first revision began with BOS
        return PHI3_MINI.name if begins else PHI3_MEDIUM.name
    skips_empty = re.search(r"system['\"]\s+and\s+message", template)
    return PHI35_MINI.name if skips_empty else PHI3_MINI.name
