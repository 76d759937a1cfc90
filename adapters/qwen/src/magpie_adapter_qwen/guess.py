"""Tell the Qwen generations apart by their chat templates. Says nothing without a template.

All of them write ChatML, as many other makers do, so ChatML alone is no sign of Qwen.
"""

from __future__ import annotations

import re

from magpie_adapter_qwen.qwen2 import QWEN2, QWEN2_MATH, QWEN15
from magpie_adapter_qwen.qwen3 import QWEN3, QWEN3_2507, QWEN35, QWQ
from magpie_adapter_qwen.qwen25 import QWEN25, QWEN25_CODER, QWEN25_MATH
from magpie_core import Checkpoint, Family


def guess(checkpoint: Checkpoint) -> str | None:
    """The family whose words the template holds, or None."""
    template = checkpoint.chat_template or ""
    if "<|im_start|>" not in template:
        return None  # DeepSeek's distillates are Qwen models with DeepSeek's format
    if _fits(QWEN25, template):
        return QWEN25_CODER.name if _named(QWEN25_CODER, checkpoint) else QWEN25.name
    for family in (QWEN25_MATH, QWEN35, QWEN3, QWEN3_2507, QWQ):
        if _fits(family, template):
            return family.name
    return _qwen2(checkpoint, template)


def _qwen2(checkpoint: Checkpoint, template: str) -> str | None:
    """Qwen1.5 to Qwen2-Math: anybody may write their default system prompt, so it must be their model.

    From Qwen2.5 on templates know tools; Qwen2-VL and Qwen2.5-VL write the same prompt and know images.
    """
    if "You are a helpful assistant" not in template:
        return None
    if "# Tools" in template or "<|vision_start|>" in template:
        return None
    for family in (QWEN2_MATH, QWEN15, QWEN2):
        if _named(family, checkpoint):
            return family.name
    # A name that tells a generation, and is none of the three, is another one's: a base model's, say.
    told = re.search(r"qwen-?\d|qwq", checkpoint.name, re.IGNORECASE)
    return QWEN2.name if checkpoint.model_type in QWEN2.model_types and not told else None


def _fits(family: Family, template: str) -> bool:
    return all(marker in template for marker in family.template_markers) and not any(
        marker in template for marker in family.template_absent
    )


def _named(family: Family, checkpoint: Checkpoint) -> bool:
    return bool(re.search(family.name_pattern or "$^", checkpoint.name, re.IGNORECASE))
