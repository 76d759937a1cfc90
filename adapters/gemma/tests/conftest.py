"""Toy tokenizers: real transformers classes over vocabularies made on the spot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

Toy = Callable[..., Any]


@pytest.fixture
def byte_level() -> Toy:
    """Builds a byte-level BPE whose only merge is of two newlines, which are one token in Gemma too."""

    def build(template: str | None = None, *, special: Sequence[str] = ()) -> Any:
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        vocabulary = {piece: index for index, piece in enumerate([*alphabet, "ĊĊ"])}
        backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[("Ċ", "Ċ")]))
        backend.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(r"[\r\n]+|[^\r\n]+"), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
        backend.decoder = decoders.ByteLevel()
        backend.add_special_tokens(list(dict.fromkeys(["<bos>", "<eos>", *special])))
        return PreTrainedTokenizerFast(
            tokenizer_object=backend, bos_token="<bos>", eos_token="<eos>", chat_template=template
        )

    return build
