"""A tokenizer of transformers' own class around a vocabulary of bytes, so that its real sandbox renders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

Build = Callable[..., Any]


@pytest.fixture(scope="session")
def build_tokenizer() -> Build:
    def build(
        template: str | None = None,
        *,
        bos: str | None = "<s>",
        eos: str | None = "</s>",
        special: Sequence[str] = (),
    ) -> Any:
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        vocabulary = {piece: index for index, piece in enumerate([*alphabet, "ĊĊ"])}
        backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[("Ċ", "Ċ")]))
        backend.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(r"\s*[\r\n]+|\s+(?!\S)|\s+|[^\s]+"), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
        backend.decoder = decoders.ByteLevel()
        backend.add_special_tokens([one for one in (bos, eos, *special) if one])
        return PreTrainedTokenizerFast(
            tokenizer_object=backend, bos_token=bos, eos_token=eos, chat_template=template
        )

    return build
