"""Every family keeps the contract: golden renderings, stops, names, guesses, token boundaries."""

from __future__ import annotations

from typing import Any

import pytest

from magpie_adapter_mistral import (
    FAMILIES,
    MISTRAL_V1,
    MISTRAL_V3_SPM,
    MISTRAL_V3_TEKKEN,
    MISTRAL_V7_TEKKEN,
)
from magpie_adapter_mistral.tekken import DAY
from magpie_core.testing.contracts.family import FamilyContract


class ByteLevel(FamilyContract):
    """With the family's stop tokens as special tokens of a toy vocabulary."""

    @pytest.fixture(autouse=True)
    def _build(self, byte_level: Any) -> None:
        self.toy = byte_level(special=self.family.stop_tokens)

    def tokenizer(self) -> Any:
        return self.toy


class SentencePiece(FamilyContract):
    """Where the user's first word carries the space before it."""

    @pytest.fixture(autouse=True)
    def _build(self, sentence_piece: Any) -> None:
        self.toy = sentence_piece(special=[t for t in self.family.stop_tokens if t != "<unk>"])

    def tokenizer(self) -> Any:
        return self.toy


RELEASED = (
    "the template as first published: no space after BOS or before an answer, and no system prompt"
)


class TestMistralV1(SentencePiece):
    family = MISTRAL_V1
    goldens = (
        "mistralai__Mistral-7B-Instruct-v0.1",
        "mistralai__Mistral-7B-Instruct-v0.2",
        "mistralai__Mixtral-8x7B-Instruct-v0.1",
        "mistral-common__v1_spm",
        "mistralai__Mistral-7B-Instruct-v0.1.at-release",
        "mistralai__Mistral-7B-Instruct-v0.2.at-release",
    )
    known_exceptions = {
        "mistralai__Mistral-7B-Instruct-v0.1.at-release": RELEASED,
        "mistralai__Mistral-7B-Instruct-v0.2.at-release": RELEASED,
    }


class TestMistralV3Spm(SentencePiece):
    family = MISTRAL_V3_SPM
    goldens = (
        "mistralai__Mistral-7B-Instruct-v0.3",
        "mistral-common__v2_spm",
        "mistral-common__v3_spm",
    )


class TestMistralV3Tekken(ByteLevel):
    family = MISTRAL_V3_TEKKEN
    goldens = ("mistralai__Mistral-Nemo-Instruct-2407", "mistral-common__v3")


class TestMistralV7Tekken(ByteLevel):
    family = MISTRAL_V7_TEKKEN
    goldens = ("mistralai__Mistral-Small-24B-Instruct-2501",)
    golden_edits = {"2026-11-20": DAY}  # its template asks the clock


def test_every_family_is_under_contract() -> None:
    tested = {
        one.family.name for one in globals().values() if "family" in getattr(one, "__dict__", {})
    }
    assert tested == {family.name for family in FAMILIES}


def test_no_name_is_used_twice() -> None:
    names = [name for family in FAMILIES for name in (family.name, *family.aliases)]
    assert sorted(names) == sorted(set(names))
