"""Tell the Llama generations apart by their chat templates. Says nothing without a template."""

from __future__ import annotations

import re

from magpie_core import Checkpoint


def guess(checkpoint: Checkpoint) -> str | None:
    """The family whose header tokens the template writes, or None.

    The architecture says nothing: Yi, DeepSeek LLM and the R1 distillates are `llama` models with
    templates of their own, and Mistral writes ``[INST]`` too, but never ``<<SYS>>``.
    """
    template = checkpoint.chat_template or ""
    if "<|header_start|>" in template:
        return "llama4"
    if "<|start_header_id|>" in template:
        return _llama3(template, checkpoint.name)
    if "<<SYS>>" in template and "[INST]" in template:
        return "llama2"
    return None


def _llama3(template: str, name: str) -> str:
    if "Cutting Knowledge Date" not in template:
        return "llama3"
    if "strftime_now" in template:
        return "llama3.2"
    # 3.1 and 3.3 publish the same template, byte for byte.
    return "llama3.3" if re.search(r"llama-?3\.3", name, re.IGNORECASE) else "llama3.1"
