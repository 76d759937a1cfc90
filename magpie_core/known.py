"""Plugins we know of that may not be installed. The only place in the core where names stand.

A name a user types that no installed plugin offers is looked up here, to say what to install.
"""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution

KNOWN: tuple[tuple[str, str, str], ...] = (
    ("backend", r"openai|server", "magpie-backend-openai"),
    ("backend", r"sglang", "'magpie-backend-sglang[engine]'"),
    ("backend", r"transformers|hf", "'magpie-backend-transformers[engine]'"),
    ("backend", r"vllm", "'magpie-backend-vllm[engine]'"),
    ("family", r"deepseek.*|r1.*", "magpie-adapter-deepseek"),
    ("family", r"gemma.*", "magpie-adapter-gemma"),
    ("family", r"llama.*|meta-llama.*|vicuna.*|nous-?hermes.*", "magpie-adapter-llama"),
    ("family", r"mistral.*|mixtral.*|ministral.*|nemo", "magpie-adapter-mistral"),
    ("family", r"phi.*", "magpie-adapter-phi"),
    ("family", r"qwen.*|qwq.*", "magpie-adapter-qwen"),
    ("family", r"yi.*", "magpie-adapter-yi"),
    ("figure", r"vendi", "magpie-filter-diversity"),
    ("filter", r"decontamination|contamination", "magpie-filter-decontamination"),
    ("filter", r"repetition", "magpie-filter-repetition"),
    ("model", r"tiny", "magpie-tiny"),
    ("picker", r"deita", "magpie-filter-diversity"),
    ("runner", r"ray", "magpie-ray"),
    ("tagger", r"decontamination|contamination", "magpie-filter-decontamination"),
    ("tagger", r"ifd", "'magpie-tagger-ifd[engine]'"),
    ("tagger", r"language", "magpie-tagger-language"),
    ("tagger", r"majority", "magpie-tagger-majority"),
    ("tagger", r"quality|difficulty|category", "magpie-tagger-llm"),
    ("tagger", r"reward", "magpie-tagger-reward"),
    ("tagger", r"rip", "magpie-tagger-rip"),
    ("tagger", r"safety", "magpie-tagger-safety"),
)
"""(kind, pattern of the name, what to install), sorted."""

ADAPTERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "magpie-adapter-deepseek",
        (
            "deepseek-coder",
            "deepseek-llm",
            "deepseek-r1",
            "deepseek-r1-distill-llama",
            "deepseek-r1-distill-qwen",
            "deepseek-v2",
            "deepseek-v2.5",
            "deepseek-v3",
            "deepseek-v3.1",
        ),
    ),
    ("magpie-adapter-gemma", ("gemma1.1", "gemma2", "gemma3", "gemma4")),
    (
        "magpie-adapter-llama",
        (
            "llama2",
            "llama3",
            "llama3.1",
            "llama3.2",
            "llama3.3",
            "llama4",
            "nous-hermes-llama2",
            "vicuna",
        ),
    ),
    (
        "magpie-adapter-mistral",
        ("mistral-v1", "mistral-v3-spm", "mistral-v3-tekken", "mistral-v7-tekken"),
    ),
    (
        "magpie-adapter-phi",
        ("phi3-medium", "phi3-mini", "phi3-small", "phi3.5-mini", "phi4", "phi4-mini"),
    ),
    (
        "magpie-adapter-qwen",
        (
            "qwen1.5",
            "qwen2",
            "qwen2-math",
            "qwen2.5",
            "qwen2.5-coder",
            "qwen2.5-math",
            "qwen3",
            "qwen3-2507",
            "qwen3.5",
            "qwq",
        ),
    ),
    ("magpie-adapter-yi", ("yi-1.5",)),
)
"""(distribution, families it brings), both sorted: what ``magpie families`` lists as not installed."""


def is_installed(requirement: str) -> bool:
    """Whether the distribution that ``requirement`` asks for is on this machine, loaded or not."""
    name = requirement.strip("'").partition("[")[0]
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def offered_by(kind: str) -> tuple[str, str] | None:
    """The first ``kind`` of plugin we know of, as (its name's pattern, what to install); None without."""
    found = [one for one in KNOWN if one[0] == kind]
    return found[0][1:] if found else None


def install_hint(kind: str, name: str) -> str | None:
    """What to install to get the ``kind`` called ``name``, or None when nobody is known to offer it."""
    for known_kind, pattern, requirement in KNOWN:
        if kind == known_kind and re.fullmatch(pattern, name):
            return requirement
    return None
