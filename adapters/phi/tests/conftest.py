"""Toy tokenizers: real transformers classes over vocabularies made on the spot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

Toy = Callable[..., Any]


@pytest.fixture
def byte_level() -> Toy:
    """Builds a byte-level BPE without merges; ``swallows`` makes its special tokens take white space."""

    def build(
        template: str | None = None,
        *,
        bos: str = "<|endoftext|>",
        eos: str = "<|endoftext|>",
        special: Sequence[str] = (),
        swallows: bool = False,
    ) -> Any:
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        backend = Tokenizer(models.BPE(vocab={p: i for i, p in enumerate(alphabet)}, merges=[]))
        backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        backend.decoder = decoders.ByteLevel()
        backend.add_special_tokens(
            [
                AddedToken(token, rstrip=swallows, normalized=False)
                for token in dict.fromkeys([bos, eos, *special])
            ]
        )
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
