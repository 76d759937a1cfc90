"""Plugins we know of that may not be installed. The only place in the core where names stand.

A name a user types that no installed plugin offers is looked up here, to say what to install.
"""

from __future__ import annotations

import re

KNOWN: tuple[tuple[str, str, str], ...] = (
    ("backend", r"openai|server", "magpie-backend-openai"),
    ("backend", r"sglang", "'magpie-backend-sglang[engine]'"),
    ("backend", r"transformers|hf", "'magpie-backend-transformers[engine]'"),
    ("backend", r"vllm", "'magpie-backend-vllm[engine]'"),
    ("family", r"deepseek.*|r1.*", "magpie-adapter-deepseek"),
    ("family", r"gemma.*", "magpie-adapter-gemma"),
    ("family", r"llama.*|vicuna.*|nous-?hermes.*", "magpie-adapter-llama"),
    ("family", r"mistral.*|mixtral.*|ministral.*", "magpie-adapter-mistral"),
    ("family", r"phi.*", "magpie-adapter-phi"),
    ("family", r"qwen.*|qwq.*", "magpie-adapter-qwen"),
    ("family", r"yi.*", "magpie-adapter-yi"),
    ("model", r"tiny", "magpie-tiny"),
)
"""(kind, pattern of the name, what to install), sorted."""


def install_hint(kind: str, name: str) -> str | None:
    """What to install to get the ``kind`` called ``name``, or None when nobody is known to offer it."""
    for known_kind, pattern, requirement in KNOWN:
        if kind == known_kind and re.fullmatch(pattern, name):
            return requirement
    return None
