"""Families of the Llama line for Magpie: facts and policy only, no engine and no weights."""

from __future__ import annotations

from magpie_adapter_llama.guess import guess
from magpie_adapter_llama.hermes import NOUS_HERMES_LLAMA2
from magpie_adapter_llama.llama2 import LLAMA2
from magpie_adapter_llama.llama3 import LLAMA3, LLAMA31, LLAMA32, LLAMA33
from magpie_adapter_llama.llama4 import LLAMA4
from magpie_adapter_llama.rules import NO_HEADING_FIRST
from magpie_adapter_llama.vicuna import VICUNA
from magpie_core import Checkpoint, Family, FirstTokenRule, hookimpl

__all__ = [
    "FAMILIES",
    "LLAMA2",
    "LLAMA3",
    "LLAMA4",
    "LLAMA31",
    "LLAMA32",
    "LLAMA33",
    "NOUS_HERMES_LLAMA2",
    "NO_HEADING_FIRST",
    "VICUNA",
]

FAMILIES = (LLAMA2, LLAMA3, LLAMA31, LLAMA32, LLAMA33, LLAMA4, VICUNA, NOUS_HERMES_LLAMA2)


@hookimpl
def magpie_register_families() -> tuple[Family, ...]:
    """Offer the Llama line."""
    return FAMILIES


@hookimpl
def magpie_register_logits_processors() -> list[FirstTokenRule]:
    """Offer the rule that Llama 3.1 needs in its bare form."""
    return [NO_HEADING_FIRST]


@hookimpl
def magpie_guess_family(checkpoint: Checkpoint) -> str | None:
    """Name a family by markers of its chat template; without a template the core compares names."""
    return guess(checkpoint)
