"""Toy tokenizers: a real transformers class over a vocabulary made on the spot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

SPLIT = r"\s*[\r\n]+|\s+(?!\S)| ?[^\s]+|\s+"
"""Line breaks stay together, and a word carries the space before it."""


@pytest.fixture
def byte_level() -> Callable[..., Any]:
    """Builds a byte-level BPE that merges two newlines, and a space with the letter H."""

    def build(
        template: str | None = None,
        *,
        bos: str = "<｜begin▁of▁sentence｜>",
        eos: str = "<｜end▁of▁sentence｜>",
        special: Sequence[str] = (),
    ) -> Any:
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        vocabulary = {piece: index for index, piece in enumerate([*alphabet, "ĊĊ", "ĠH"])}
        backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[("Ċ", "Ċ"), ("Ġ", "H")]))
        backend.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(SPLIT), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
        backend.decoder = decoders.ByteLevel()
        backend.add_special_tokens([bos, eos, *special])
        return PreTrainedTokenizerFast(
            tokenizer_object=backend, bos_token=bos, eos_token=eos, chat_template=template
        )

    return build


@pytest.fixture
def own_template() -> Callable[[str], str]:
    """Reads a template written for these tests."""
    return lambda name: (
        Path(__file__).with_name("templates").joinpath(f"{name}.jinja").read_text("utf-8")
    )
