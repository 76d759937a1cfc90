"""Toy tokenizers: real transformers classes over vocabularies made on the spot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast

SPLIT = r"\s*[\r\n]+|\s+(?!\S)|\s+|[^\s]+"
"""Line breaks stay together."""
Toy = Callable[..., Any]
HEADS = ("Write", "how", "3", "`", "潮", "¿", "How", "[INST]", "[/INST]")


@pytest.fixture
def byte_level() -> Toy:
    """Builds a byte-level BPE whose only merge is of two newlines."""

    def build(
        template: str | None = None,
        *,
        bos: str = "<s>",
        eos: str = "</s>",
        special: Sequence[str] = (),
    ) -> Any:
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        vocabulary = {piece: index for index, piece in enumerate([*alphabet, "ĊĊ"])}
        backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[("Ċ", "Ċ")]))
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
def sentence_piece() -> Toy:
    """Builds a BPE in SentencePiece's manner: words carry the space before them (``▁How``)."""

    def build(template: str | None = None, *, special: Sequence[str] = ()) -> Any:
        pieces = {"<unk>": 0, "<s>": 1, "</s>": 2, "▁": 3}
        merges: list[tuple[str, str]] = []
        for character in map(chr, [10, *range(32, 127), *map(ord, "潮汐¿ó")]):
            pieces.setdefault(character, len(pieces))
        for head in HEADS:
            left = "▁"
            for character in head:
                if left + character not in pieces:
                    pieces[left + character] = len(pieces)
                    merges.append((left, character))
                left += character
        backend = Tokenizer(models.BPE(vocab=pieces, merges=merges, unk_token="<unk>"))
        backend.normalizer = normalizers.Sequence(
            [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
        )
        backend.add_special_tokens(["<s>", "</s>", *special])
        return PreTrainedTokenizerFast(
            tokenizer_object=backend,
            bos_token="<s>",
            eos_token="</s>",
            unk_token="<unk>",
            chat_template=template,
        )

    return build


@pytest.fixture
def own_template() -> Callable[[str], str]:
    """Reads a template written for these tests."""
    return lambda name: (
        Path(__file__).with_name("templates").joinpath(f"{name}.jinja").read_text("utf-8")
    )
