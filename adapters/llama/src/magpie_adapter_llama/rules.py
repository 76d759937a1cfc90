"""What Llama models should not begin an instruction with."""

from __future__ import annotations

from magpie_core import FirstTokenRule

NO_HEADING_FIRST = FirstTokenRule(
    name="no-heading-first",
    ban=("#", "##", "###", "####"),
    description="no markdown heading as the first token: without a system block Llama 3.1 often writes "
    "a document instead of an instruction",
)
"""Ids 2, 567, 14711 and 827 in the Llama 3 vocabulary. Strings, so that it serves others as well: where
a longer one is several tokens, the first of them is a shorter one, which is banned itself."""
