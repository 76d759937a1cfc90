"""Every family keeps the contract: golden renderings, stops, names, guesses, token boundaries."""

from __future__ import annotations

from typing import Any

import pytest

from magpie_adapter_llama import (
    FAMILIES,
    LLAMA2,
    LLAMA3,
    LLAMA4,
    LLAMA31,
    LLAMA32,
    LLAMA33,
    NOUS_HERMES_LLAMA2,
    VICUNA,
)
from magpie_core.testing.contracts.family import FamilyContract


class ByteLevel(FamilyContract):
    """With the family's stop tokens as special tokens of a toy vocabulary."""

    @pytest.fixture(autouse=True)
    def _build(self, byte_level: Any) -> None:
        special = [self.family.bos, *self.family.stop_tokens]
        self.toy = byte_level(bos=special[0], eos=special[1], special=special[2:])

    def tokenizer(self) -> Any:
        return self.toy


class SentencePiece(FamilyContract):
    """Where the user's first word carries the space before it."""

    @pytest.fixture(autouse=True)
    def _build(self, sentence_piece: Any) -> None:
        self.toy = sentence_piece()

    def tokenizer(self) -> Any:
        return self.toy


class TestLlama2(SentencePiece):
    family = LLAMA2
    goldens = ("meta-llama__Llama-2-7b-chat-hf",)


class TestLlama3(ByteLevel):
    family = LLAMA3
    goldens = ("meta-llama__Meta-Llama-3-8B-Instruct",)


class TestLlama31(ByteLevel):
    family = LLAMA31
    goldens = ("meta-llama__Llama-3.1-8B-Instruct",)


class TestLlama32(ByteLevel):
    family = LLAMA32
    goldens = ("meta-llama__Llama-3.2-3B-Instruct",)
    golden_edits = {"20 Nov 2026": "26 Jul 2024"}  # its template asks the clock


class TestLlama33(ByteLevel):
    family = LLAMA33
    goldens = ("meta-llama__Llama-3.3-70B-Instruct",)


class TestLlama4(ByteLevel):
    family = LLAMA4
    goldens = ("meta-llama__Llama-4-Scout-17B-16E-Instruct",)


class TestVicuna(SentencePiece):
    family = VICUNA
    goldens = ("vicuna.chujiezheng",)
    known_exceptions = {
        "vicuna.chujiezheng": "a third party's template: it indents the turns, drops the default system "
        "prompt and differs from FastChat's own code, which the family follows",
    }


class TestNousHermesLlama2(SentencePiece):
    family = NOUS_HERMES_LLAMA2


def test_every_family_is_under_contract() -> None:
    tested = {
        one.family.name for one in globals().values() if "family" in getattr(one, "__dict__", {})
    }
    assert tested == {family.name for family in FAMILIES}


def test_no_name_is_used_twice() -> None:
    names = [name for family in FAMILIES for name in (family.name, *family.aliases)]
    assert sorted(names) == sorted(set(names))
